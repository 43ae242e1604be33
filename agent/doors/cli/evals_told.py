"""How runs and comparisons read in a terminal: tables, JSON lines, and what is wrong with them in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Any

from agent.doors.cli.output import console, put, styled
from agent.wording.texts import count, cut, one_line

if TYPE_CHECKING:
    from rich.table import Table

    from evals.comparing import Changed, Comparison, Sheets
    from evals.comparison.verdict import Finding
    from evals.datasets import Sheet
    from evals.figures import Figure
    from evals.running.runs import Run

#: Lines of one kind that are printed; the rest is counted.
MOST = 12


def only(run: Run, datasets: Sequence[str]) -> Run:
    """Return the part of a run that is of these datasets."""
    cases = tuple(case for case in run.cases if case.dataset in datasets)
    ids = {case.id for case in cases}
    outcomes = {key: each for key, each in run.outcomes.items() if key[0] in ids}
    return replace(run, datasets=tuple(datasets), cases=cases, outcomes=outcomes)


def print_run(run: Run, sheets: Sheets) -> None:
    """Print the figures of a run, a table for all its datasets, and what it took."""
    table = _table("dataset", "metric", "value", "95 % between", "cases")
    for figure in _figures(run, sheets):
        mark = "*" if figure.votes else ""
        value, low, high = figure.value
        between = "" if isnan(low) else f"{low:.3f} and {high:.3f}"
        _row(table, figure.dataset, f"{figure.metric}{mark}", f"{value:.3f}", between, f"{figure.cases:,}")
    console().print(table)
    put("* has a vote at the gate")
    for name, sheet in sheets.items():
        if run.setup.engine in sheet.trained_on:
            put(f"{name}: this engine was fitted on these cases; its figures are too good.")
    put(_took(run))


def run_lines(run: Run, sheets: Sheets) -> Iterator[dict[str, Any]]:
    """Yield a JSON object a figure, and one of the run."""
    for figure in _figures(run, sheets):
        value, low, high = figure.value
        interval = {} if isnan(low) else {"low": low, "high": high}
        named = {"dataset": figure.dataset, "metric": figure.metric, "votes": figure.votes}
        yield {**named, "value": value, **interval, "cases": figure.cases}
    yield {"run": run.name, "setup": run.setup, "errors": len(_errors(run)), "missing": run.missing}


def _figures(run: Run, sheets: Sheets) -> Iterator[Figure]:
    from evals.figures import figures

    for name in run.datasets:
        yield from figures(run, sheets[name])


def _took(run: Run) -> str:
    answers = [each.answer for each in run.outcomes.values() if each.answer]
    seconds, tokens = sum(each.seconds for each in answers), sum(each.tokens for each in answers)
    cents = sum(each.cents for each in answers)
    return f"{count(len(answers), 'answer')}: {seconds:,.1f} s of work, {tokens:,} tokens, {cents:,.2f} ¢"


def _errors(run: Run) -> list[str]:
    return [f"{each.case}: no answer: {one_line(each.error)}" for each in run.outcomes.values() if each.error]


def faults_of(run: Run, sheets: Sheets) -> list[str]:
    """Return what is wrong with a run: what must never happen and did, and cases without an answer."""
    from evals.comparing import breaches

    return [f"{each.case}: must never happen: {each.reason}" for each in breaches(run, sheets)] + _errors(run)


def gate_faults(found: Comparison) -> list[str]:
    """Return why the gate is red; nothing where it is not."""
    if not found.is_red:
        return []
    never = [f"{each.case}: must never happen: {each.reason}" for each in found.breaches]
    errors = [f"{each.case}: no answer: {one_line(each.error)}" for each in found.errors]
    return ["The gate is red.", *never, *errors]


def print_comparison(found: Comparison, before: str, after: str) -> None:
    """Print every metric of two runs, what changed, and what it costs."""
    put(f"A is {before}, B is {after}")
    table = _table("metric", "A", "B", "difference", "95 % between", "broken", "fixed", "")
    for finding in sorted(found.findings, key=lambda each: not each.gates):
        _row(table, *_cells(finding))
    console().print(table)
    put("* has a vote at the gate")
    for change in found.changed[:MOST]:
        word = "fixed" if change.after > change.before else "broken"
        put(f"{word} {change.case}: {cut(one_line(change.reason))}{_both(change)}")
    if len(found.changed) > MOST:
        put(f"and {len(found.changed) - MOST} more that changed: triage eval compare A B --json has all")
    for spent in found.spent:
        before, after = (f"{each:,.3f} {spent.unit}".rstrip() for each in (spent.before, spent.after))
        put(f"{spent.what} a case: A {before}, B {after}")
    if found.left_out:
        put(f"{count(found.left_out, 'case')} not compared: not in both runs, or not the same in both")
    if found.unanswered:
        put(f"{count(found.unanswered, 'case')} of B not run yet: the same run again goes on")


def _both(change: Changed) -> str:
    """Return what both said, where that is a label; a reply stands in the report."""
    sides = (("A", change.said_before), ("B", change.said_after))
    told = [f"{name} said {labels}" for name, said in sides if (labels := _labels(said))]
    return f" ({'; '.join(told)})" if told else ""


def _labels(said: Mapping[str, Any]) -> str:
    names = ("type", "priority", "duplicate")
    return ", ".join(f"{name} {said[name]}" for name in names if isinstance(said.get(name), str))


def _cells(finding: Finding) -> tuple[str, ...]:
    from evals.comparison.verdict import points

    gain, low, high = finding.interval
    broken, fixed = finding.changed
    return (
        f"{finding.metric}{'*' if finding.gates else ''}",
        f"{finding.before:.3f}",
        f"{finding.after:.3f}",
        points(gain),
        f"{points(low)} and {points(high)}",
        str(broken),
        str(fixed),
        finding.verdict.value,
    )


def print_list(sheets: Sequence[Sheet], there: Mapping[str, int | None], runs: Sequence[Run]) -> None:
    """Print the datasets and the runs."""
    table = _table("dataset", "cases", "vote", "purpose")
    for sheet in sheets:
        cases = there[sheet.name]
        _row(table, sheet.name, "not here" if cases is None else f"{cases:,}", sheet.vote, cut(sheet.purpose))
    console().print(table)
    if not runs:
        put("No runs are kept yet. Next: triage eval run draft")
        return
    kept = _table("run", "engine", "prompts", "answers", "errors")
    for run in runs:
        left = f" ({run.missing} left)" if run.missing else ""
        done = f"{len(run.outcomes):,}{left}"
        prompts = f"{run.setup.prompts_from} {run.setup.prompts[:7]}"
        _row(kept, run.name, run.setup.engine, prompts, done, str(len(_errors(run))))
    console().print(kept)


def list_lines(
    sheets: Sequence[Sheet], there: Mapping[str, int | None], runs: Sequence[Run]
) -> Iterator[dict[str, Any]]:
    """Yield a JSON object a dataset and a run."""
    for sheet in sheets:
        yield {
            "dataset": sheet.name,
            "cases": there[sheet.name],
            **sheet.model_dump(exclude={"folder", "name", "cases"}, mode="json"),
        }
    for run in runs:
        yield {
            "run": run.name,
            "setup": run.setup,
            "datasets": run.datasets,
            "missing": run.missing,
            "errors": len(_errors(run)),
        }


def _table(*heads: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(
            head, justify="right" if head in ("value", "cases", "A", "B", "broken", "fixed") else "left"
        )
    return table


def _row(table: Table, *cells: str) -> None:
    table.add_row(*(styled(cell) for cell in cells))
