"""One tree of errors; each knows whether trying again can help and what the person is told.

    TriageError
    ├── Misuse                 wrong words on the command line, or input that cannot be read   exit 2
    │   ├── ConfigFaults       every fault of the configuration at once, with file and key
    │   └── UnknownPerson      a Verdict by somebody who is not in `team.yaml`
    ├── Refused                the store says no; what is true now comes with it               exit 1
    │   ├── NotFound           no such Case or Source
    │   ├── Stale              the click was on an older revision
    │   ├── LostRace           another person answered this revision first
    │   ├── NotApprover        this person may not say what leaves here
    │   └── CannotUndo         it has left, or nothing was approved
    ├── Unavailable            something outside does not answer; trying again can help        exit 3
    │   ├── HomeLocked         another process holds the home
    │   ├── WeightsMissing     the embedder's weights are neither installed nor cached
    │   ├── Limited            asked too much; it says when to ask again, and nothing was done
    │   ├── EngineFailed       a model did not answer, or not in a way that can be used; it says why
    │   └── OutcomeUnknown     a write was sent and its answer never came
    └── Rejected               the destination said no; trying the same again cannot help      exit 1
        ├── Denied             the key is not known, or may not do this
        ├── Missing            what was asked for is not there, or not any more
        ├── Moved              it has another address now
        └── IndexMismatch      the index was built by another embedder

An adapter raises these with `raise … from error`; nothing above an adapter sees a library's own.
"""

from enum import StrEnum
from typing import ClassVar


class TriageError(Exception):
    """Something a person is told in one sentence, with the next step."""

    retry: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1
    may_quote: bool = False  #: its words may hold a user's: the Case shows them, the log does not


class Misuse(TriageError):
    """Wrong words on the command line, or input that cannot be read."""

    exit_code = 2


class ConfigFaults(Misuse):
    """Every fault of the configuration at once, a line each: file, key, what is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("The configuration has faults:\n" + "\n".join(f"  {fault}" for fault in faults))
        self.faults = faults


class UnknownPerson(Misuse):
    """A Verdict names its person, and this one is not in `team.yaml`."""

    def __init__(self, person: str | None, known: list[str]) -> None:
        who = f"{person!r} is not in team.yaml" if person else "A Verdict needs its person"
        super().__init__(f"{who}. Use `--as` or TRIAGE_PERSON with one of: {', '.join(known)}.")


class Refused(TriageError):
    """The store says no; the message says what is true now."""


class NotFound(Refused):
    """No such thing in the store."""


class Stale(Refused):
    """The click was on an older revision; `current` is the one that counts now."""

    def __init__(self, case_id: str, asked: int, current: int, why: str) -> None:
        super().__init__(
            f"Not sent: {case_id} r{asked} is no longer open. {why} "
            f"Your text is kept. Look at r{current}: triage show {case_id}"
        )
        self.current = current


class LostRace(Refused):
    """Another person answered this revision first; nothing of the loser's was sent."""

    def __init__(self, case_id: str, winner: str, what: str, ago: str) -> None:
        super().__init__(
            f"{winner} {what} {case_id} {ago} before you. Nothing of yours was sent. "
            f"See what was: triage show {case_id}"
        )
        self.winner = winner


class NotApprover(Refused):
    """Somebody of the team, who may not say what leaves through this Source."""

    def __init__(self, source: str, holder: str) -> None:
        super().__init__(
            f"You are not an approver for {source}. The holder is {holder}; ask them, or run `triage shift`."
        )


class CannotUndo(Refused):
    """It has left already, or nothing was approved."""


class Unavailable(TriageError):
    """Something outside does not answer; trying again can help."""

    retry = True
    exit_code = 3


class HomeLocked(Unavailable):
    """Another process holds the home; the message names it."""


class WeightsMissing(Unavailable):
    """The embedder's weights are neither installed nor in the cache, and none could be fetched."""

    retry = False


class Limited(Unavailable):
    """Asked too much in its time: nothing was done, and `seconds` from now it may be asked again."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Failure(StrEnum):
    """Why a model did not answer; the value goes into the sentence that a person reads."""

    OVERLOADED = "overloaded"
    RATE_LIMITED = "asked too often"
    NO_CREDIT = "no credit left"
    BAD_KEY = "the key is not accepted"
    NOT_ALLOWED = "the key may not use this model"
    NO_MODEL = "no such model"
    TOO_LARGE = "the text is too long"
    REFUSED = "it refused"
    CUT_SHORT = "its answer was cut short"
    WRONG_SHAPE = "its answer had the wrong shape"
    TOO_MANY_STEPS = "it did not come to an end"
    BAD_REQUEST = "the request was not accepted"
    BROKEN = "an error of the service"
    TOO_SLOW = "no answer in time"
    NO_ANSWER = "no connection"
    NOT_RECORDED = "its reply was not recorded"  #: in a replay, which asks nobody
    SPEND_CAP = "the day's spend cap is reached"

    @property
    def may_pass(self) -> bool:
        """Whether another moment may have another answer, without anybody doing anything."""
        return self in _MAY_PASS

    @property
    def is_of_one_question(self) -> bool:
        """Whether it is wrong with one text or one answer, so that the next question may well be answered."""
        return self in _OF_ONE_QUESTION


_MAY_PASS = (Failure.OVERLOADED, Failure.RATE_LIMITED, Failure.BROKEN, Failure.TOO_SLOW, Failure.NO_ANSWER)
_OF_ONE_QUESTION = (
    Failure.TOO_LARGE,
    Failure.REFUSED,
    Failure.CUT_SHORT,
    Failure.WRONG_SHAPE,
    Failure.TOO_MANY_STEPS,
    Failure.BAD_REQUEST,
)


class EngineFailed(Unavailable):
    """A model gave no answer that can be used. What it cost all the same is in the ledger."""

    def __init__(
        self,
        kind: Failure,
        detail: str = "",
        tries: int = 1,
        seconds: float = 0.0,
        *,
        is_charged: bool = False,
    ) -> None:
        asked = f"asked {tries} times" if tries > 1 else "asked once" if tries else "not asked"
        super().__init__(f"Claude did not answer: {kind.value} ({asked}). {detail}".rstrip())
        self.kind = kind
        self.detail = detail
        self.may_quote = kind.is_of_one_question
        self.tries = tries
        self.seconds = seconds  #: from now, before which the service does not want to be asked again
        self.is_charged = is_charged  #: it may cost something, and nobody said how much


class OutcomeUnknown(Unavailable):
    """A write was sent and its answer never came: it may have happened."""

    retry = False


class Rejected(TriageError):
    """The destination said no; trying the same again cannot help."""

    may_quote = True


class Denied(Rejected):
    """The key is not known, or may not do this; the message names what is missing."""


class Missing(Rejected):
    """What was asked for is not there, or not any more."""


class Moved(Rejected):
    """It has another address now: `to`. Nothing was done at either."""

    def __init__(self, message: str, to: str) -> None:
        super().__init__(message)
        self.to = to


class IndexMismatch(Rejected):
    """The index holds vectors of another embedder."""
