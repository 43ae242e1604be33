"""How late we are ourselves, in words: what waits to be judged, and what was judged long after it came."""

from datetime import datetime, timedelta, tzinfo

from agent.domain.cases import FIRST, NEWS
from agent.domain.figures import Backlog
from agent.domain.views import CaseView
from agent.wording.times import clock, span

#: Judging takes seconds; from here on a person is told that it took longer.
SLOW = timedelta(minutes=2)


def being_judged(view: CaseView, now: datetime, zone: tzinfo) -> str:
    """Say since when a Case is judged, and what is before it: "Being judged since 10:32:05, usually 4 s"."""
    since = clock(view.case.last_message_at, now, zone, seconds=True)
    if not view.ahead:
        return f"Being judged since {since}, usually 4 s"
    return f"Being judged since {since}, {view.ahead:,} {_wait(view.ahead)} before it"


def judged_late(view: CaseView) -> str:
    """Say how late a Message was judged: "judged 12 min after it came"; "" where that was at once."""
    proposal = view.proposal
    if proposal is None or not proposal.because.startswith((FIRST, NEWS)):
        return ""
    came = [said.received_at for said in view.messages if said.received_at <= proposal.created_at]
    if not came or proposal.created_at - max(came) < SLOW:
        return ""
    return f"judged {span((proposal.created_at - max(came)).total_seconds())} after it came"


def backlog(found: Backlog, now: datetime) -> str:
    """Say what waits to be judged, where that takes long: "340 wait to be judged, the first for 12 min"."""
    if found.since is None or now - found.since < SLOW:
        return ""
    span_ = span((now - found.since).total_seconds())
    return f"{found.count:,} {_wait(found.count)} to be judged, the first for {span_}"


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"
