"""Faults that wait for their request: which one, how often, and after how many that go well.

What a fault is differs by service and stands in its own `faults.py`.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

F = TypeVar("F")


@dataclass
class Planned(Generic[F]):
    """A fault that waits for its request; of None, for any."""

    of: Hashable
    fault: F
    times: int
    skip: int

    def strikes(self, request: Hashable) -> bool:
        """Tell whether it is this request's turn, and count it."""
        if self.of not in (None, request) or not self.times:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


def next_of(planned: list[Planned[F]], request: Hashable) -> F | None:
    """Return the fault that strikes this request, if one does."""
    return next((each.fault for each in planned if each.strikes(request)), None)
