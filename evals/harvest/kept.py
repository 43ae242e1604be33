"""The accepted corrections of a home: a line each, added and never rewritten, and the Issues that they are tried against.

A line that was refused holds no text, so that it is not asked about again. Of the same words the last line counts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import NotFound
from agent.store import issues as stored
from evals.harvest.finding import INDEX, Found, found

if TYPE_CHECKING:
    import sqlalchemy as sa

    from agent.domain.issues import Issue
    from agent.settings import Settings

FILE = "harvest.jsonl"


@dataclass(frozen=True, slots=True)
class Kept:
    """The folder of a home's evaluations, as far as corrections go."""

    folder: Path

    def lines(self) -> list[dict[str, Any]]:
        """Return what was accepted or refused, of the same words the last."""
        return list({line["words"]: line for line in whole_lines(self.folder / FILE)}.values())

    def open(self, tx: sa.Connection, settings: Settings) -> list[Found]:
        """Return the corrections that nobody accepted or refused as they are now, newest first."""
        known = {line["words"]: line for line in self.lines()}
        return [each for each in found(tx, settings) if not _is_known(each, known.get(each.words))]

    def accept(self, tx: sa.Connection, chosen: Iterable[Found], who: str, now: datetime) -> None:
        """Keep corrections as cases, and the Issues that were there when they came in."""
        self._add(
            {**each.line, "words": each.words, "project": each.project, "accepted": _by(who, now)}
            for each in chosen
        )
        self._keep_issues(tx)

    def refuse(self, chosen: Iterable[Found], who: str, now: datetime) -> None:
        """Remember that these are no cases, without their words."""
        self._add(
            {
                "id": each.id,
                "case": each.line["case"],
                "words": each.words,
                "expected": each.line["expected"],
                "refused": _by(who, now),
            }
            for each in chosen
        )

    def _add(self, lines: Iterable[Mapping[str, Any]]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.folder / FILE
        if file.exists() and not file.read_bytes().endswith(b"\n"):
            _write(
                file, whole_lines(file)
            )  # a crash cut the last line: what follows it must not be lost with it
        file.touch(0o600)
        with file.open("ab") as out:
            out.write("".join(map(_spelled, lines)).encode())
            out.flush()
            os.fsync(out.fileno())

    def _keep_issues(self, tx: sa.Connection) -> None:
        accepted = [line for line in self.lines() if "accepted" in line]
        last = max(
            datetime.fromisoformat(said["sent_at"]) for line in accepted for said in line["input"]["said"]
        )
        projects = sorted({line["project"] for line in accepted})
        known = (each for project in projects for each in stored.of_project(tx, project))
        file = self.folder / "issues" / f"{INDEX}.jsonl"
        file.parent.mkdir(mode=0o700, exist_ok=True)
        _write(file, (_of_issue(each) for each in known if each.created_at < last))


def choose(there: Iterable[Found], ids: Iterable[str]) -> list[Found]:
    """Return the corrections of these names. Raises NotFound for one that is not there."""
    known = {each.id: each for each in there}
    wanted = list(dict.fromkeys(ids))
    if strange := [name for name in wanted if name not in known]:
        raise NotFound(f"No correction {strange[0]} waits to be accepted. See them: triage eval harvest")
    return [known[name] for name in wanted]


def whole_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines that were written to their end."""
    content = file.read_bytes() if file.exists() else b""
    yield from (json.loads(line) for line in content[: content.rfind(b"\n") + 1].splitlines())


def _is_known(each: Found, line: Mapping[str, Any] | None) -> bool:
    return line is not None and line["expected"] == each.line["expected"]


def _by(who: str, now: datetime) -> dict[str, str]:
    return {"by": who, "at": now.isoformat()}


def _of_issue(issue: Issue) -> dict[str, Any]:
    return {
        "id": issue.id,
        "title": issue.title,
        "body": issue.body,
        "url": issue.url,
        "state": issue.state.value,
        "labels": list(issue.labels),
        "duplicate_of": issue.duplicate_of,
        "fixed_in": issue.fixed_in,
        "created_at": issue.created_at.isoformat(),
        "closed_at": issue.closed_at.isoformat() if issue.closed_at else None,
    }


def _spelled(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n"


def _write(file: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    half = file.with_name(f".{file.name}.{os.getpid()}")
    half.touch(0o600)
    with half.open("w", encoding="utf-8") as out:
        out.writelines(map(_spelled, lines))
        out.flush()
        os.fsync(out.fileno())
    half.replace(file)
