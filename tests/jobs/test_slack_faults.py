"""What goes wrong between an approval and Slack: no reply twice, none lost, none before the whole channel.

`pytest -n 0 -s tests/jobs/test_slack_faults.py` ends with the table: fault, posts that the server saw, how
often the reply stands in the thread, and how the step stands after the fault and after its way out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.channels.file import FileChannel
from agent.channels.slack import SlackChannel
from agent.domain.actions import ActionKind, OutboxState
from agent.domain.cases import VerdictKind
from agent.domain.messages import ReplyBy
from agent.domain.views import Step
from agent.jobs.outbox import SETTLE
from agent.settings import Settings
from tests.builders import ONE
from tests.fakes.slack import Message, Workspace
from tests.fakes.slack.faults import (
    LOST,
    LOST_AFTER,
    NO_JSON_AFTER,
    SERVER_ERROR,
    SERVER_ERROR_AFTER,
    Fault,
    rate_limited,
    says,
)
from tests.fakes.slack.keys import by_token
from tests.fakes.slack.room import Room, connected, room, source
from tests.faults_table import Table, printed

POST, REPLIES = "chat.postMessage", "conversations.replies"
FAILED, UNKNOWN, PENDING, SENT = (
    OutboxState.FAILED,
    OutboxState.UNKNOWN,
    OutboxState.PENDING,
    OutboxState.SENT,
)
NOTHING, RETRY = "nobody does anything", "a person tries it again"

Change = Callable[[Room], object]


@dataclass(frozen=True)
class Trouble:
    """A fault at the reply: how the step stands then, and how often it was posted in all."""

    what: str
    then: OutboxState
    posts: int
    said: str = ""
    fault: tuple[str, Fault] | None = None
    times: int = 1
    change: Change = lambda at: None
    way_out: str = NOTHING
    repair: Change = lambda at: None
    goes: bool = True  #: it stands in the thread in the end


def _leave(at: Room) -> None:
    at.help.members.remove(at.slack.bot)


def _return(at: Room) -> None:
    at.help.members.append(at.slack.bot)


def _archive(at: Room, *, is_archived: bool = True) -> None:
    at.help.is_archived = is_archived


def _vanish(at: Room) -> None:
    """Let the thread go without a word: its event is still on the way."""
    at.help.messages.pop(next(iter(at.help.messages)))


TROUBLES = [
    Trouble("line dropped after the post", SENT, 1, fault=(POST, LOST_AFTER)),
    Trouble("line dropped before the post", UNKNOWN, 2, "broke", (POST, LOST), way_out=RETRY),
    Trouble("500 after the post", SENT, 1, fault=(POST, SERVER_ERROR_AFTER)),
    Trouble("500, nothing posted", UNKNOWN, 2, "500", (POST, SERVER_ERROR), way_out=RETRY),
    Trouble("a proxy's page after the post", SENT, 1, fault=(POST, NO_JSON_AFTER)),
    Trouble(
        "internal_error, nothing posted",
        UNKNOWN,
        2,
        "internal_error",
        (POST, says("internal_error")),
        way_out=RETRY,
    ),
    Trouble("429, Retry-After 1", SENT, 2, fault=(POST, rate_limited(1))),
    Trouble(
        "429, Retry-After 40",
        PENDING,
        2,
        "40 more seconds",
        (POST, rate_limited(40)),
        way_out="40 s later",
        repair=lambda at: at.pass_by(seconds=41),
    ),
    Trouble(
        "the thread cannot be read",
        PENDING,
        1,
        "500",
        (REPLIES, SERVER_ERROR),
        times=5,
        way_out="a minute later",
        repair=lambda at: at.pass_by(seconds=61),
    ),
    Trouble(
        "the token was taken back",
        FAILED,
        2,
        "SLACK_BOT_TOKEN is not valid",
        (POST, says("token_revoked")),
        way_out=f"a new one, {RETRY}",
    ),
    Trouble(
        "the app was removed from the channel",
        FAILED,
        1,
        "/invite @triage",
        change=_leave,
        way_out=f"invited, {RETRY}",
        repair=_return,
    ),
    Trouble(
        "the channel was archived",
        FAILED,
        2,
        "archived",
        change=_archive,
        way_out=f"restored, {RETRY}",
        repair=lambda at: _archive(at, is_archived=False),
    ),
    Trouble("the thread was deleted", FAILED, 0, "thread is not there any more", change=_vanish, goes=False),
]


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    yield from printed("fault", "posts", "in the thread", "step", "way out", "then")


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    def answering(settings: Settings) -> dict[str, object]:
        channels = {
            ReplyBy.FILE: FileChannel(settings.home / "outbox.jsonl", lambda: slack.clock.at),  # type: ignore[arg-type,return-value]
            ReplyBy.SLACK: SlackChannel(by_token(slack), frozenset(), lambda: slack.clock.at),  # type: ignore[arg-type,return-value]
        }
        sources = (source(slack, "help", reply_by=ReplyBy.SLACK),)
        return connected(settings, slack, sources=sources) | {"channels": channels}

    with room(tmp_path, slack, answering) as opened:
        yield opened


def reply_of(at: Room) -> Step:
    steps = at.house.desk.case("C-1").steps
    return next(each for each in steps if each.action.kind is ActionKind.REPLY)


def wait(at: Room, **span: float) -> None:
    at.pass_by(**span)
    at.house.drain()


def ours(at: Room) -> list[Message]:
    """Return what we wrote, wherever in the channel."""
    return [each for each in at.help.in_order if each.user == at.slack.bot]


def begin(at: Room, trouble: Trouble) -> Message:
    asked = at.help.says(at.slack.user("user-4821"), "sync stops after the upgrade")
    at.settle()
    trouble.change(at)
    if trouble.fault:
        at.slack.fails(*trouble.fault, times=trouble.times)
    at.slack.forget()
    at.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    at.house.drain()
    if trouble.then in (SENT, UNKNOWN):
        for _ in range(2):
            wait(at, seconds=SETTLE.total_seconds() + 1)
    return asked


def end(at: Room, trouble: Trouble) -> None:
    trouble.repair(at)
    if RETRY in trouble.way_out:
        at.house.desk.resolve(reply_of(at).action.key, "retry", ONE)
    for _ in range(3):
        wait(at, seconds=3)
    assert at.slack.settle()


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.what)
def test_no_reply_stands_twice_and_none_is_lost(trouble: Trouble, at: Room, table: Table) -> None:
    asked = begin(at, trouble)
    hit = reply_of(at)
    assert (hit.state, trouble.said in hit.trouble) == (trouble.then, True), hit
    end(at, trouble)
    assert reply_of(at).state is (SENT if trouble.goes else trouble.then), reply_of(at)
    stands = [each for each in ours(at) if each.thread_ts == asked.ts]
    posts = len(at.slack.called(POST))
    assert (posts, len(stands)) == (trouble.posts, int(trouble.goes))
    assert ours(at) == stands, "nothing stands before the whole channel"
    then = reply_of(at).state.value
    table.rows.append((trouble.what, str(posts), str(len(stands)), hit.state.value, trouble.way_out, then))


def test_what_we_wrote_comes_back_as_an_event_and_opens_nothing(at: Room) -> None:
    begin(at, TROUBLES[0])
    assert at.slack.settle()
    at.house.drain()
    assert len(ours(at)) == 1
    assert len(at.house.desk.case("C-1").messages) == 1
    assert at.inbox() == []
    assert reply_of(at).state is SENT


def test_a_limit_of_hours_is_waited_for_and_then_told(at: Room) -> None:
    at.slack.fails(POST, rate_limited(60), times=99)
    begin(at, Trouble("a limit without end", PENDING, 0))
    for _ in range(12):
        wait(at, seconds=61)
    assert reply_of(at).state is FAILED
    assert len(at.slack.called(POST)) == 10
    assert not ours(at)
