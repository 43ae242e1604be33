"""How fast calls are made: so many at once, and so many tokens a minute, kept as a bucket. Waits are bounded."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.errors import EngineFailed, Failure

_MINUTE = 60.0
_OWN_LIMIT = "It is our own limit: `at_once` and `tokens_a_minute` of models.yaml."


class Pace:
    """Hands out turns. A turn takes its tokens beforehand, so that two never take the same ones."""

    def __init__(
        self,
        at_once: int,
        tokens_a_minute: int,
        seconds: Callable[[], float],
        sleep: Callable[[float], object],
    ) -> None:
        self._slots = threading.BoundedSemaphore(at_once)
        self._most = float(tokens_a_minute)
        self._rate = tokens_a_minute / _MINUTE
        self._seconds = seconds
        self._sleep = sleep
        self._lock = threading.Lock()
        self._level = self._most
        self._as_of = seconds()

    @contextmanager
    def turn(self, tokens: int, patience: float) -> Iterator[None]:
        """Wait for a turn and hold it; raises EngineFailed where that takes longer than `patience` seconds."""
        began = self._seconds()
        if not self._slots.acquire(timeout=max(patience, 0)):
            raise EngineFailed(Failure.RATE_LIMITED, _OWN_LIMIT, tries=0)
        try:
            self._take(tokens, patience - (self._seconds() - began))
            yield
        finally:
            self._slots.release()

    def _take(self, tokens: int, patience: float) -> None:
        """Take tokens from the bucket, also ones that are not there yet, and wait until they are."""
        with self._lock:
            now = self._seconds()
            self._level = min(self._most, self._level + (now - self._as_of) * self._rate)
            self._as_of = now
            taken = min(float(tokens), self._most)
            wait = max(0.0, (taken - self._level) / self._rate)
            if wait > patience:
                raise EngineFailed(Failure.RATE_LIMITED, _OWN_LIMIT, tries=0, seconds=wait)
            self._level -= taken
        if wait:
            self._sleep(wait)
