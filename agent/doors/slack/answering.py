"""What a refusal reads like in Slack, for the eyes of the one who pressed. Nothing typed is lost in it."""

from agent.cards.parts import Seen
from agent.domain.cases import NEWS
from agent.domain.views import CaseView
from agent.errors import LostRace, Stale, TriageError
from agent.wording import cases as wording
from agent.wording.texts import quoted


def refusal(error: TriageError, view: CaseView | None, seen: Seen, who: str) -> str:
    """Say why nothing was done and what is true now, in plain words."""
    if isinstance(error, LostRace) and view is not None:
        return _lost(error, view, seen, who)
    if isinstance(error, Stale) and view is not None:
        return _moved_on(view, seen)
    return str(error)


def _lost(error: LostRace, view: CaseView, seen: Seen, who: str) -> str:
    verdict = view.verdict
    if verdict is None:
        return str(error)
    did = wording.verdict_line(verdict, seen.who(verdict.person), seen.now, seen.zone)
    if verdict.person == who:
        return f"{did} already. Nothing is done twice."
    return f"{did}, before you. Nothing of yours was sent."


def _moved_on(view: CaseView, seen: Seen) -> str:
    case, now = view.case, f"Look at r{view.case.revision} of {view.case.id}."
    newer = [said for said in view.messages if said.after_proposal or case.because.startswith(NEWS)]
    if newer:
        last = newer[-1]
        moved = f"the thread moved on at {seen.clock(last.received_at)}: {quoted(last.message.words)}"
        return f"Not sent: {moved}. Read the new message. {now}"
    because = f": {case.because}" if case.because else ""
    return f"Not sent: {case.id} is at r{case.revision} now{because}. {now}"
