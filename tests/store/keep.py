"""Writes the rows of a small home as this version makes it: `python -m tests.store.keep FILE`. See `tests/data/stores`."""

import base64
import json
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent.domain.cases import VerdictKind
from tests.builders import ONE, message, world

REPORTS = (
    "the scheduler hangs on Sunday",
    "the console is white after login",
    "exports are slow since the upgrade",
)
#: What is derived from rows, or belongs to SQLite.
DERIVED = ("issues_words", "issues_terms", "sqlite_")


def lived_in(home: Path) -> None:
    """Receive three reports: one waits, one is approved and has not left, one is snoozed."""
    with world(home, hold_seconds=30) as at:
        received = [message(text, id=f"m-{n}", author=f"user-{n}") for n, text in enumerate(REPORTS, start=1)]
        at.house.desk.receive(received)
        at.house.drain()
        at.house.desk.decide("C-2", 1, VerdictKind.APPROVE, ONE)
        at.house.desk.snooze("C-3", at.clock() + timedelta(days=1), ONE)


def rows_of(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each table that has rows; bytes as base64."""
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        names = [
            row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        for name in names:
            found = [dict(row) for row in db.execute(f'SELECT * FROM "{name}"')]
            if found and not name.startswith(DERIVED):
                yield name, [{key: _plain(value) for key, value in row.items()} for row in found]


def _plain(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def newest(checkpoints: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Keep of each thread where it stands now."""
    last: dict[str, str] = {}
    for row in checkpoints["checkpoints"]:
        last[row["thread_id"]] = max(last.get(row["thread_id"], ""), row["checkpoint_id"])
    return {
        name: [row for row in rows if row["checkpoint_id"] == last[row["thread_id"]]]
        for name, rows in checkpoints.items()
    }


def main(to: Path) -> None:
    """Write the file, a row a line."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        lived_in(home)
        kept = {f"store.{name}": rows for name, rows in rows_of(home / "triage.db")}
        threads = newest(dict(rows_of(home / "checkpoints.db")))
        kept |= {f"checkpoints.{name}": rows for name, rows in threads.items()}
    tables = (
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"
        for name, rows in kept.items()
    )
    to.write_text("{\n" + ",\n".join(tables) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
