"""One thing to do, as the queue carries it: ids only."""

from dataclasses import dataclass, field
from enum import StrEnum


class JobKind(StrEnum):
    INTAKE = "intake"  #: a Message that belongs to no Case yet
    TURN = "turn"  #: what became of a Message whose words did not change
    TRIAGE = "triage"  #: a Case's revision, from screen to review
    RESUME = "resume"  #: the graph is told what was decided
    SEND = "send"  #: what is due in the outbox of a Case
    SHOW = "show"  #: a Case is drawn anew wherever it is shown
    SHADOW = "shadow"  #: a candidate prompt set is asked about a revision; nobody sees it

    @property
    def may_take_minutes(self) -> bool:
        """Whether it waits for a model; what a person has approved is not to stand behind it."""
        return self in (JobKind.TRIAGE, JobKind.SHADOW)


#: What never waits for a model.
QUICK = tuple(kind for kind in JobKind if not kind.may_take_minutes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One thing to do. Jobs of one `key` run one after the other in the normal case."""

    kind: JobKind
    key: str
    payload: dict[str, str] = field(default_factory=dict)

    @property
    def case_id(self) -> str:
        """The Case that it is about; "" for what belongs to none yet."""
        if self.kind is JobKind.SHADOW:
            return self.payload["case"]
        return "" if self.kind in (JobKind.INTAKE, JobKind.TURN) else self.key

    @classmethod
    def intake(cls, source: str, thread: str, seq: int) -> "Job":
        """Take in a Message; those of one thread come one after the other."""
        return cls(kind=JobKind.INTAKE, key=f"{source}/{thread}", payload={"message": str(seq)})

    @classmethod
    def turn(cls, source: str, thread: str, seq: int) -> "Job":
        """Tell a thread's Cases of a Turn, after what was written before it."""
        return cls(kind=JobKind.TURN, key=f"{source}/{thread}", payload={"turn": str(seq)})

    @classmethod
    def triage(cls, case_id: str, revision: int) -> "Job":
        """Judge a revision."""
        return cls(kind=JobKind.TRIAGE, key=case_id, payload={"revision": str(revision)})

    @classmethod
    def resume(cls, case_id: str, revision: int) -> "Job":
        """Tell the graph what was decided about a revision."""
        return cls(kind=JobKind.RESUME, key=case_id, payload={"revision": str(revision)})

    @classmethod
    def send(cls, case_id: str) -> "Job":
        """Send what is due of a Case; "" sends what is of none."""
        return cls(kind=JobKind.SEND, key=case_id)

    @classmethod
    def show(cls, case_id: str) -> "Job":
        """Draw a Case as it is now."""
        return cls(kind=JobKind.SHOW, key=case_id)

    @classmethod
    def shadow(cls, case_id: str, revision: int) -> "Job":
        """Ask the candidate prompts about a revision: all under one key, so that one at a time waits for a model."""
        return cls(kind=JobKind.SHADOW, key="shadow", payload={"case": case_id, "revision": str(revision)})
