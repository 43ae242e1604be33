"""How long a place outside is waited for, and what ends the wait: the same for every client that reads."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from agent.errors import Limited, Unavailable

#: Tries of one call, the first one included.
TRIES = 5

T = TypeVar("T")


def _ignore(seconds: float) -> None:
    """Wait without telling anybody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How long is waited, in seconds, what ends it, and who is told."""

    patience: float = 3700.0  #: the longest: an hour's limit is waited for, and not more
    first_wait: float = 1.0  #: after a fault that says no time; doubled with each try
    between_writes: float = 1.0  #: what GitHub asks for; Slack says when it is too much
    answer: int = 30  #: how long GitHub's answer is waited for
    stop: threading.Event = field(default_factory=threading.Event)
    waiting: Callable[[float], object] = _ignore


def can_help(error: BaseException) -> bool:
    """Tell whether the same again can go well: what a read asks."""
    return isinstance(error, Unavailable) and error.retry


def was_refused(error: BaseException) -> bool:
    """Tell whether it was a limit, so that nothing was done: all that a write may ask again after."""
    return isinstance(error, Limited)


class Patience:
    """Makes calls again where that can help, and waits as long as a limit says, up to `Pace.patience`."""

    def __init__(self, place: str, pace: Pace) -> None:
        self._place = place
        self._pace = pace

    def ask(self, call: Callable[[], T], again: Callable[[BaseException], bool] = can_help) -> T:
        """Make a call up to TRIES times; raises its last error, and `Limited` beyond the patience."""
        tries = Retrying(
            retry=retry_if_exception(again),
            wait=self._wait,
            stop=stop_after_attempt(TRIES),
            sleep=self._nap,
            reraise=True,
        )
        return tries(call)

    def _wait(self, state: RetryCallState) -> float:
        """Return the seconds that a limit asks for; for anything else once, twice, four times a short wait."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Limited):
            return error.seconds
        return min(self._pace.patience, self._pace.first_wait * 2.0 ** (state.attempt_number - 1))

    def _nap(self, seconds: float) -> None:
        if seconds > self._pace.patience:
            raise Limited(
                f"{self._place}'s limit is used up for {_spoken(seconds)}. Try again then; nothing is lost.",
                seconds,
            )
        self._pace.waiting(seconds)
        if self._pace.stop.wait(seconds):
            raise Limited(
                f"Stopped while waiting for {self._place}'s limit. Nothing is lost; try again.", seconds
            )


def _spoken(seconds: float) -> str:
    return f"{round(seconds / 60)} more minutes" if seconds >= 120 else f"{seconds:.0f} more seconds"
