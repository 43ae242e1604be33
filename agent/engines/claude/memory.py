"""What was answered a moment ago: so that two steps of one Case ask once. Lost with the process, and nothing with it."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Generic, TypeVar

from agent.domain.made import Made, Tokens
from agent.domain.reports import Report

A = TypeVar("A")

MOST = 128  #: answers


class Memory(Generic[A]):
    """The newest answers by what was asked. What one cost is said once: to who asked, or to who takes it first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[A, Made]] = OrderedDict()

    def keep(self, key: str, value: A, made: Made) -> None:
        """Remember an answer in place of the oldest."""
        with self._lock:
            self._kept[key] = value, made
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def look(self, key: str) -> A | None:
        """Return an answer without taking what it cost."""
        with self._lock:
            found = self._kept.get(key)
        return found[0] if found else None

    def take(self, key: str) -> tuple[A, Made] | None:
        """Return an answer; from the second time on it cost nothing."""
        with self._lock:
            found = self._kept.get(key)
            if found:
                self._kept[key] = found[0], costless(found[1])
        return found


def costless(made: Made) -> Made:
    """Return who made it, for an answer that is used again."""
    return replace(made, seconds=0.0, tokens=Tokens(), microdollars=0)


def key_of(report: Report, *more: str) -> str:
    """Name a report by everything of it that an answer can depend on."""
    parts = (report.id, report.source, report.title, report.text, report.sent_at.isoformat())
    told = (str(report.visibility), *report.asked, *more)
    return hashlib.sha256("\0".join((*parts, *told)).encode()).hexdigest()
