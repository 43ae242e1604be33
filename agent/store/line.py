"""Writers of one process take turns, first come, first served.

SQLite lets one writer in and has the others look again after growing pauses: who writes often comes
first, and who writes now and then waits for seconds. Between processes it stays so.
"""

from collections import deque
from sqlite3 import Connection
from threading import Lock


class Line:
    """A lock that is handed to who waited longest."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()
        self._is_taken = False

    def take(self) -> None:
        """Wait for one's turn."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def pass_on(self) -> None:
        """End one's turn: the next in line has it."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


class InLine(Connection):
    """A connection that ends its turn with its transaction, however that ends."""

    line: Line | None = None  #: whose turn this connection has now

    def take_turn(self, line: Line) -> None:
        """Wait for a turn."""
        line.take()
        self.line = line

    def commit(self) -> None:
        """Commit; a transaction that could not is still to be rolled back, and keeps its turn."""
        super().commit()
        self.end_turn()

    def rollback(self) -> None:
        """Roll back."""
        try:
            super().rollback()
        finally:
            self.end_turn()

    def close(self) -> None:
        """Close."""
        try:
            super().close()
        finally:
            self.end_turn()

    def end_turn(self) -> None:
        """Let the next one have its turn."""
        line, self.line = self.line, None
        if line is not None:
            line.pass_on()
