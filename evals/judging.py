"""A draft graded by a model against `evals/rubric.yaml`: for comparing drafts, and nothing that is sent rests on it.

A model that grades is to be checked against people first: how far they agree is `evals/agreement.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from agent.engines.claude.answers import Grade, Graded, Mark, faults_of_names
from agent.engines.claude.drafting import inputs
from agent.engines.claude.quotes import locate
from agent.engines.claude.shown import Shown
from agent.policy.texts import content_hash
from agent.policy.untrusted import Gate

if TYPE_CHECKING:
    from agent.domain.proposals import Draft
    from agent.domain.reports import Brief
    from agent.engines.claude.asking import Asks
    from agent.engines.claude.guidance import Guidance

RUBRIC = Path(__file__).with_name("rubric.yaml")
JUDGE = "judge"  #: the question of `prompts/`
RECORDS = ("report", "issue", "answer")


@cache
def rubric() -> tuple[Mapping[str, str], ...]:
    """Return the criteria, each with `name` and `asks`."""
    return tuple(yaml.safe_load(RUBRIC.read_text(encoding="utf-8")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Judge:
    """A model that grades drafts: its prompt is the shipped one, whichever prompts wrote the draft."""

    asks: Asks
    guidance: Guidance
    model: str
    prompt: str  #: content hash of the question that it is asked

    @property
    def name(self) -> str:
        """Name what its grades hang on: another model, question or rubric is another judge."""
        return f"{self.model} {self.prompt[:7]} {content_hash(RUBRIC.read_text(encoding='utf-8'))[:7]}"

    def grades(self, brief: Brief, draft: Draft) -> dict[str, Grade]:
        """Grade a draft; raises EngineFailed where there is no answer."""
        return grade(self.asks, self.guidance, brief, draft)


def grade(asks: Asks, guidance: Guidance, brief: Brief, draft: Draft) -> dict[str, Grade]:
    """Return a grade a criterion. The judge sees what the writer saw; raises EngineFailed where it does not answer.

    A mark below good that names words which are not in the draft counts as good: it rests on nothing.
    """
    shown = Shown(Gate(brief.visibility, guidance.private))
    given = inputs(brief, shown, guidance)
    answered = asks.ask(
        JUDGE,
        {
            **given,
            "rubric": rubric(),
            "records": "\n".join(str(given[name]) for name in RECORDS if given[name]),
            "draft": shown.text("draft", draft.text),
        },
        Graded,
        check=lambda answer: _faults(answer, [each["name"] for each in rubric()]),
    )
    return {each.criterion: _resting(each, draft.text) for each in answered.value.grades}


def _faults(answer: Graded, names: Sequence[str]) -> Iterator[str]:
    yield from faults_of_names([each.criterion for each in answer.grades], names, wanted=names)


def _resting(given: Grade, text: str) -> Grade:
    rests = given.grade is Mark.GOOD or not given.quote.strip() or locate(text, given.quote) is not None
    return given if rests else given.model_copy(update={"grade": Mark.GOOD})
