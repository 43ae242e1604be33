"""Which Case a Message of a chat belongs to, although it is not written in the Case's thread.

A person's consecutive messages, thanks beside the thread, an alert that comes again, and what teammates
answer to a question that the team was asked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from agent.domain.actions import NoticeKind
from agent.domain.cases import CaseState
from agent.domain.messages import Message, SourceUse
from agent.policy.alerts import fingerprint, is_over
from agent.policy.screening import says_it_works
from agent.policy.slack.ids import SLACK
from agent.settings import Settings
from agent.store import grouping, outbox
from agent.store.locks import hold

#: How long after a Case's last word its writer's "that works" is about it.
THANKED_WITHIN = timedelta(days=7)
ENDED = (CaseState.SOLVED, CaseState.TRIAGED_OUT)


class Sort(StrEnum):
    """What a Message is to the Case that it belongs to."""

    ECHO = "echo"  #: what we did ourselves; nothing new
    AGAIN = "again"  #: the same once more; counted, and nothing is judged again
    NEWS = "news"  #: to be judged with the rest
    ANSWER = "answer"  #: what a teammate answered to our question (T26)


@dataclass(frozen=True, kw_only=True, slots=True)
class Belongs:
    """A Case, and why."""

    case: int
    why: str
    sort: Sort


def in_chat(tx: sa.Connection, message: Message, settings: Settings) -> Belongs | None:
    """Return the Case that a Message of a chat belongs to; None when it opens its own."""
    if message.thread is not None:
        case = asked_in(tx, message.thread)
        why = "an answer to what the team was asked"
        return None if case is None else Belongs(case=case, why=why, sort=Sort.ANSWER)
    is_alert = settings.source(message.source).use is SourceUse.ALERTS
    # Two at once would each open a Case without the other: of one person, and of machines that tell the same.
    hold(tx, f"{message.source} by {'machines' if is_alert else message.author}")
    if is_alert:
        return _alert(tx, message)
    if says_it_works(message):
        return _confirmed(tx, message)
    return _consecutive(tx, message, _window(message, settings))


def _consecutive(tx: sa.Connection, message: Message, within: timedelta) -> Belongs | None:
    case = grouping.case_beside(tx, message, within, ENDED) if within else None
    why = f"written by the same person within {within.total_seconds() / 60:.0f} minutes"
    return None if case is None else Belongs(case=case, why=why, sort=Sort.NEWS)


def follows(tx: sa.Connection, message: Message, settings: Settings) -> bool:
    """Tell whether the same person wrote in the same place shortly before or after."""
    within = _window(message, settings)
    return within > timedelta(0) and grouping.is_beside(tx, message, within)


def _window(message: Message, settings: Settings) -> timedelta:
    return timedelta(minutes=settings.source(message.source).group_minutes)


def asked_in(tx: sa.Connection, thread: str | None) -> int | None:
    """Return the Case that the team was asked about where a thread begins (T26)."""
    if thread is None or not thread.startswith(SLACK):
        return None
    return outbox.case_told_at(tx, NoticeKind.ASK, thread.removeprefix(SLACK))


def _confirmed(tx: sa.Connection, message: Message) -> Belongs | None:
    since: datetime = message.sent_at - THANKED_WITHIN
    case = grouping.newest_case_by(tx, message, since)
    return None if case is None else Belongs(case=case, why="they say that it works", sort=Sort.NEWS)


def _alert(tx: sa.Connection, message: Message) -> Belongs | None:
    """Find the open Case of the same alert; the one that says it is over is news to it."""
    print_ = fingerprint(message.text)
    for number, text in grouping.open_alerts(tx, message, ENDED):
        if print_ and fingerprint(text) == print_:
            is_end = is_over(message.text)
            why = "the alert says that it is over" if is_end else "the same alert again"
            return Belongs(case=number, why=why, sort=Sort.NEWS if is_end else Sort.AGAIN)
    return None
