"""Reports and comments as files: who reads them and what they hold is `evals/report/`'s."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.doors.cli.output import say
from agent.errors import Misuse

if TYPE_CHECKING:
    from evals.comparing import Comparison, Sheets
    from evals.report.judged import Judged
    from evals.running.runs import Run

Comment = Annotated[
    Path | None,
    typer.Option("--comment", metavar="F", help="Write the comment for a pull request, verdict first."),
]
Report = Annotated[
    Path | None, typer.Option("--report", metavar="F", help="Write the report, one HTML file.")
]


def judged(run: Run, against: Run | None, comparison: Comparison | None, sheets: Sheets) -> Judged:
    """Return what a report is made of, with the command that was typed."""
    from agent.wiring import clock
    from evals.report.judged import Judged

    return Judged(
        run=run,
        against=against,
        comparison=comparison,
        sheets=sheets,
        made_at=clock(),
        command=shlex.join(["triage", *sys.argv[1:]]),
    )


def write(given: Judged, report: Path | None, comment: Path | None) -> None:
    """Write what is asked for. Raises Misuse where a file cannot be written."""
    from evals.report.comment import comment as commented
    from evals.report.page import page

    if report:
        write_file(report, page(given))
        say(f"{report}: {given.sentence()}. It quotes the cases, and is as private as they are.")
    if comment:
        write_file(comment, commented(given))
        say(f"{comment}: the comment. It names cases and quotes none.")


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner alone. Raises Misuse where that fails."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.touch(0o600)
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise Misuse(f"{path}: cannot be written ({error.strerror}). Nothing else was lost.") from error
