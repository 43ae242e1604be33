"""`triage eval judge`: how far the model that graded a run's drafts agrees with people."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.doors.cli import evals as evaluating
from agent.doors.cli import options
from agent.doors.cli.output import console, put, put_json, say, styled
from agent.errors import Misuse
from agent.wording.texts import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evals.agreement import Agreement

Grades = Annotated[
    Path | None, typer.Option("--grades", metavar="F", help="The sheet of what people graded.")
]
ToGrade = Annotated[
    Path | None,
    typer.Option(
        "--to-grade", metavar="F", help="Write the replies for people to grade: F.yaml and F.jsonl."
    ),
]


def judge(
    name: Annotated[str, typer.Argument(metavar="RUN", help="A run of drafts with --judge.")],
    grades: Grades = None,
    to_grade: ToGrade = None,
    as_json: options.Json = False,
) -> None:
    """Measure how far the model that graded drafts agrees with people, criterion by criterion.

    People grade the replies without seeing what the model said. A judge under kappa 0.6, or measured on fewer than
    30 replies, informs and has no vote at a gate. Nothing is asked here.

    \b
    triage eval run draft --judge claude --name graded
    triage eval judge graded --to-grade grades.yaml
    triage eval judge graded --grades grades.yaml
    """
    if (grades is None) == (to_grade is None):
        raise Misuse("Either --to-grade F writes the replies, or --grades F measures with what people said.")
    with evaluating.open_bench() as bench:
        from evals import agreement
        from evals import grades as people
        from evals.evaluating import read_run

        done = read_run(bench, name)
        if to_grade:
            say(
                f"{count(people.to_grade(done, to_grade), 'reply', 'replies')} to grade. Next: fill in {to_grade}"
            )
            return
        assert grades is not None
        found = agreement.agreement(done, people.grades_of(grades))
        who = str(done.setup.parameters["judge"])
        agreement.keep(bench.folder / "datasets", who, found)
    if as_json:
        put_json({"judge": who, "criteria": {name: _line(each) for name, each in found.items()}})
    else:
        put(f"the judge {who}")
        _print(found)


def _line(each: Agreement) -> dict[str, object]:
    kappa = {name: None if isnan(value) else value for name, value in each.kappa._asdict().items()}
    return {
        "kappa": kappa.pop("value"),
        **kappa,
        "agreed": each.agreed,
        "replies": each.replies,
        "may_vote": each.may_vote,
    }


def _print(found: Mapping[str, Agreement]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("criterion", "kappa", "95 % between", "agreed", "replies", ""):
        table.add_column(head)
    for name, each in found.items():
        low, high = each.kappa.low, each.kappa.high
        cells = (
            name,
            f"{each.kappa.value:.2f}",
            f"{low:.2f} and {high:.2f}",
            f"{each.agreed:.0%}",
            f"{each.replies}",
        )
        table.add_row(*(styled(cell) for cell in (*cells, each.why())))
    console().print(table)
