"""A draft graded by a model against `evals/rubric.yaml`: for comparing drafts, and nothing that is sent rests on it.

A model that grades is to be checked against people first; nobody has done so here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from agent.engines.claude.answers import Graded, Mark, faults_of_names
from agent.engines.claude.drafting import inputs
from agent.engines.claude.quotes import locate
from agent.engines.claude.shown import Shown
from agent.policy.untrusted import Gate

if TYPE_CHECKING:
    from agent.domain.proposals import Draft
    from agent.domain.reports import Brief
    from agent.engines.claude.asking import Asks
    from agent.engines.claude.guidance import Guidance

RUBRIC = Path(__file__).with_name("rubric.yaml")
RECORDS = ("report", "issue", "answer")


@cache
def rubric() -> tuple[Mapping[str, str], ...]:
    """Return the criteria, each with `name` and `asks`."""
    return tuple(yaml.safe_load(RUBRIC.read_text(encoding="utf-8")))


def grade(asks: Asks, guidance: Guidance, brief: Brief, draft: Draft) -> dict[str, Mark]:
    """Return a mark a criterion. The judge sees what the writer saw; raises EngineFailed where it does not answer.

    A mark below good that names words which are not in the draft counts as good: it rests on nothing.
    """
    shown = Shown(Gate(brief.visibility, guidance.private))
    given = inputs(brief, shown, guidance)
    answered = asks.ask(
        "judge",
        {
            **given,
            "rubric": rubric(),
            "records": "\n".join(str(given[name]) for name in RECORDS if given[name]),
            "draft": shown.text("draft", draft.text),
        },
        Graded,
        check=lambda answer: _faults(answer, [each["name"] for each in rubric()]),
    )
    return {each.criterion: _mark(each.grade, each.quote, draft.text) for each in answered.value.grades}


def _faults(answer: Graded, names: Sequence[str]) -> Iterator[str]:
    yield from faults_of_names([each.criterion for each in answer.grades], names, wanted=names)


def _mark(mark: Mark, quote: str, text: str) -> Mark:
    return Mark.GOOD if mark is not Mark.GOOD and quote.strip() and locate(text, quote) is None else mark
