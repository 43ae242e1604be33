"""The comment under a pull request: verdict first, what changed by name, and nothing of what a case says.

The place may be public and the cases private, so no text of a case, an answer or a reason is in it; who may
read them has the report. The first line is how the comment of last time is found again and replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent.wording.texts import count
from evals.report import rows
from evals.report.entries import Entry, State, entries
from evals.report.judged import Judged

MARKER = "<!-- triage eval gate -->"
#: Cases that are named; the rest is counted.
MOST = 20
#: What is shown of an answer, and of what was expected: nothing else is a label.
LABELS = ("type", "priority", "duplicate")
#: A label is shown when it is one: a word or a few, never a text.
_LABEL = re.compile(r"[\w.:/# -]{1,40}")
_SIGNS = {State.ERROR: "! error", State.BROKEN: "✗ broken", State.FIXED: "✓ fixed"}


def comment(judged: Judged) -> str:
    """Return the comment, in the Markdown of GitHub; under 65,536 characters."""
    return "\n".join([MARKER, *_lines(judged)]) + "\n"


def _lines(judged: Judged) -> Iterator[str]:
    yield f"### {judged.sentence()}"
    yield ""
    gate = "✗ The gate stopped this." if judged.is_red else "✓ The gate passed."
    yield f"{gate} {count(len(judged.run.cases), 'case')}, A is {_code(_of(judged))}, B is {_code(judged.run.setup.prompts_from)}."
    yield from _never(judged)
    yield ""
    yield from _table(judged)
    changed = [entry for entry in entries(judged) if entry.state in _SIGNS]
    if changed:
        yield ""
        yield from _changed(changed)


def _of(judged: Judged) -> str:
    return judged.against.setup.prompts_from if judged.against else "nothing"


def _never(judged: Judged) -> Iterator[str]:
    for watched in judged.watched():
        sign = "✗" if watched.breaches else "✓"
        names = ", ".join(_code(each.outcome.case) for each in watched.breaches[:MOST])
        which = f": {names}. The report quotes them" if names else ""
        yield ""
        yield f"{sign} Must never happen, {watched.dataset}: {len(watched.breaches)} of {watched.tried:,} happened{which}."


def _table(judged: Judged) -> Iterator[str]:
    yield "| | A | B | difference | 95 of 100 | verdict |"
    yield "| --- | --: | --: | --: | --: | --- |"
    for row in (*rows.metric_rows(judged.findings), *rows.cost_rows(rows.costs(judged))):
        cells = (row.name, row.before, row.after, row.gain, row.between, row.word)
        yield f"| {' | '.join(cells)} |"


def _changed(changed: list[Entry]) -> Iterator[str]:
    yield f"<details><summary>{count(len(changed), 'case')} changed or failed</summary>"
    yield ""
    yield "| case | | expected | A | B |"
    yield "| --- | --- | --- | --- | --- |"
    for entry in changed[:MOST]:
        before, after = (side.said if side else {} for side in (entry.before, entry.after))
        cells = (_labels(each) for each in (entry.case.expected, before, after))
        yield f"| {_code(entry.case.id)} | {_SIGNS[entry.state]} | {' | '.join(cells)} |"
    if len(changed) > MOST:
        yield ""
        yield f"and {len(changed) - MOST:,} more, in the report."
    yield ""
    yield "</details>"


def _labels(said: Mapping[str, Any]) -> str:
    """Return the labels that an answer was compared by; a text is not a label, and stays out."""
    found = (str(said[name]) for name in LABELS if isinstance(said.get(name), str))
    return ", ".join(_code(each) for each in found if _LABEL.fullmatch(each))


def _code(text: str) -> str:
    """Write a name so that GitHub takes nothing in it for a mention, a link or a cell's end."""
    return "`" + re.sub(r"[`|\s]", " ", text) + "`"
