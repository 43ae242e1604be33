"""An answer to `issue.md` as a Description: laid out by the same template as the embedded engine's (A4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agent.domain.assessments import Assessment
from agent.domain.made import Made
from agent.domain.reports import Brief, Description
from agent.engines.claude.answers import Described
from agent.engines.claude.guidance import Guidance
from agent.engines.claude.quotes import said_in
from agent.engines.claude.shown import Shown
from agent.engines.description import EVIDENCE_LINES, IMPACT, LINE_CHARACTERS, MOST_STEPS, PROSE_CHARACTERS
from agent.engines.replies import TITLE_CHARACTERS, harmless
from agent.policy.mentions import without_mentions
from agent.prompts import Prompts

MOST_LISTED = 8  #: systems, and clauses of impact


def inputs(brief: Brief, assessment: Assessment, shown: Shown, guidance: Guidance) -> dict[str, object]:
    """Return the inputs of `issue.md`."""
    return {
        **shown.report(brief.report),
        "product": guidance.product,
        "type": brief.type.value,
        "version": assessment.version or "",
        "findings": tuple(IMPACT[each.kind] for each in assessment.factors if each.kind in IMPACT),
        "missing": assessment.missing,
    }


def faults(answer: Described) -> Iterator[str]:
    """Yield what is wrong with an answer of the right shape."""
    if not answer.title.strip():
        yield "title: is empty"
    if not answer.what_happened.strip():
        yield "what_happened: is empty"


def description_of(
    answer: Described, brief: Brief, assessment: Assessment, beside: Description, layout: Prompts, made: Made
) -> Description:
    """Return the Issue in the team's layout; the note is the embedded engine's: it holds none of the words."""
    words = brief.report.words
    evidence = (line for line in answer.evidence if said_in(words, line[:LINE_CHARACTERS]))
    body = layout.render(
        "issue",
        {
            "what_happened": _quiet(answer.what_happened)[:PROSE_CHARACTERS],
            "expected": _line(answer.expected),
            "steps": tuple(map(_line, answer.steps[:MOST_STEPS])),
            "version": assessment.version or "",
            "systems": tuple(map(_line, answer.systems[:MOST_LISTED])),
            "impact": tuple(map(_line, answer.impact[:MOST_LISTED])),
            "workaround": f"{_line(answer.workaround)} (not confirmed)" if answer.workaround.strip() else "",
            "evidence": tuple(line[:LINE_CHARACTERS] for line in evidence)[:EVIDENCE_LINES],
            "reporters": brief.reporters,
            "area": assessment.area or "",
            "missing": assessment.missing,
        },
    )
    return replace(beside, title=harmless(answer.title, TITLE_CHARACTERS), body=body.text, made=made)


def _quiet(text: str) -> str:
    return without_mentions(text.strip())[0]


def _line(text: str) -> str:
    return harmless(text, LINE_CHARACTERS)
