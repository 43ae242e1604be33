"""`triage eval shadow`: what a candidate prompt set said beside the live one, against what people decided."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from agent.doors.cli import evals_told as told
from agent.doors.cli import opening, options
from agent.doors.cli.harvest import print_fields
from agent.doors.cli.output import put, put_json, say
from agent.wording.texts import count, one_line

if TYPE_CHECKING:
    from evals.shadowing import Beside

Named = Annotated[
    str, typer.Option("--candidate", metavar="HASH", help="Which one, by its hash; without it the newest.")
]


def shadow(candidate: Named = "", as_json: options.Json = False) -> None:
    """Compare the candidate prompts of models.yaml with the live ones, on Cases that people have answered.

    Nothing is asked here: `triage run` asked, and showed nobody. People saw what the live prompts said, so what they
    let stand speaks for those.

    \b
    triage eval shadow
    """
    settings = opening.settings()
    from evals.datasets import shelf_of
    from evals.shadowing import beside
    from evals.stores import read

    sheet = shelf_of(settings).sheet("corrections")
    found = read(settings, lambda tx: beside(tx, candidate, sheet))
    if as_json:
        comparison = found.comparison
        put_json({"sentence": comparison.sentence(), "verdict": comparison.verdict, **asdict(found)})
    else:
        _print(found)
    for failed in found.comparison.errors:
        say(f"{failed.case}: no answer: {one_line(failed.error)}")


def _print(found: Beside) -> None:
    put(found.comparison.sentence())
    fields = replace(found.comparison, changed=())
    told.print_comparison(fields, "the live prompts", f"the candidate {found.prompts}")
    print_fields(found.impacts, told.MOST)
    put(
        f"{count(found.asked, 'Case')} asked: {found.decided:,} answered by people, {found.undecided:,} not yet or not "
        f"as they were, {found.late:,} answered before the candidate was"
    )
