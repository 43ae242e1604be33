"""What the steps of a journey found, at hand for the steps after them: in this process, and no longer than it.

What must outlive the process is in the store: what a model was paid for, and the Proposal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from agent.domain.assessments import Assessment, Matched
from agent.domain.reports import Report
from agent.errors import Unavailable
from agent.store.codec import from_json
from agent.triage.decide import Decision, Known
from agent.triage.state import State

T = TypeVar("T")


@dataclass(slots=True)
class Notes:
    """What was found so far on the way of one revision."""

    began: datetime
    is_offered: bool = False  #: the Proposal is there: a journey that was killed before its thread waited
    report: Report | None = None
    matched: Matched | None = None
    assessment: Assessment | None = None
    known: Known | None = None
    decision: Decision | None = None

    def carry(self, found: Mapping[str, str]) -> None:
        """Take what the store has of these steps: carried over from an earlier revision, or paid for."""
        self.matched = from_json(Matched, found["match"]) if "match" in found else None
        self.assessment = from_json(Assessment, found["assess"]) if "assess" in found else None


class Notebook:
    """Notes by revision. Threads of one process share it; a revision has one journey at a time."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], Notes] = {}

    def begin(self, state: State, now: datetime) -> Notes:
        """Begin a journey: nothing is found yet."""
        self._held[_key(state)] = begun = Notes(began=now)
        return begun

    def of(self, state: State) -> Notes:
        """Return the notes of a journey that has begun here; raises Unavailable where it has not."""
        return had(self._held.get(_key(state)))

    def forget(self, case: int, revision: int) -> None:
        """Forget a journey that ended."""
        self._held.pop((case, revision), None)


def had(found: T | None) -> T:
    """Return what an earlier step found; raises Unavailable where none did, as in the middle of a lost journey."""
    if found is None:
        raise Unavailable("What an earlier step found is gone; the revision is judged anew.")
    return found


def _key(state: State) -> tuple[int, int]:
    return state["case"], state["revision"]
