"""What a failed write means to the outbox, at whatever place it was."""

from collections.abc import Callable

from agent.domain.actions import Later, Outcome, Refusal, Unknown
from agent.errors import Limited, OutcomeUnknown, TriageError, Unavailable

#: Seconds to wait where a place could not be reached at all.
UNREACHED = 60.0


def attempt(key: str, write: Callable[[], Outcome]) -> Outcome:
    """Carry something out and say how it ended; nothing is raised and nothing is done twice."""
    try:
        return write()
    except OutcomeUnknown as error:
        return Unknown(key=key, why=str(error))
    except Limited as error:
        return Later(key=key, why=str(error), seconds=error.seconds)
    except Unavailable as error:
        return Later(key=key, why=str(error), seconds=UNREACHED)
    except TriageError as error:
        return Refusal(key=key, why=str(error))
