"""A report as the inputs of `prompts/embedded/issue.md` and `note.md`. The words there are the template's."""

import re

from agent.domain.assessments import Assessment, Factor, FactorKind
from agent.domain.reports import Report
from agent.engines.details import systems
from agent.engines.reading import machine_lines, prose, sentences

IMPACT = {
    FactorKind.SECURITY: "security",
    FactorKind.OUTAGE: "an outage",
    FactorKind.DATA_LOSS: "data loss",
    FactorKind.CRASH: "a crash",
    FactorKind.REGRESSION: "it worked before",
    FactorKind.BLOCKED: "blocks somebody's work",
    FactorKind.MANY_AFFECTED: "several people are affected",
    FactorKind.KEY_CUSTOMER: "a key customer is affected",
    FactorKind.NO_DATA_LOSS: "no data was lost",
    FactorKind.COSMETIC: "looks only",
}
PROSE_CHARACTERS = 2_000
#: A line of a log may be a whole file; what tells the error stands in its first words.
LINE_CHARACTERS = 300
EVIDENCE_LINES = 30
MOST_STEPS = 20

_EXPECTED = re.compile(
    r"\b(?:expected|should (?:have|be|not)?|supposed to|instead of|erwartet|debería|devrait|deveria)\b", re.I
)
_STEP = re.compile(r"^[ \t]*(?:\d{1,4}[.)]|[-*])\s{1,9}(.*)$", re.MULTILINE)


def issue_inputs(report: Report, assessment: Assessment, reporters: int) -> dict[str, object]:
    """Return the inputs of `issue.md` (A4), in the reporter's own words where they are needed."""
    expected = next((each.text for each in sentences(report.text) if _EXPECTED.search(each.text)), "")
    workaround = _quoted(assessment, FactorKind.WORKAROUND)
    return {
        "what_happened": prose(report.text)[:PROSE_CHARACTERS] or report.title,
        "expected": _cut(expected),
        "steps": tuple(_cut(step) for step in _STEP.findall(prose(report.text))[:MOST_STEPS]),
        "version": assessment.version or "",
        "systems": systems(report.words),
        "impact": tuple(_with_quote(factor) for factor in assessment.factors if factor.kind in IMPACT),
        "workaround": f"“{workaround}” (not confirmed)" if workaround else "",
        "evidence": tuple(_cut(line.text) for line in machine_lines(report.text)[:EVIDENCE_LINES]),
        "reporters": reporters,
        "area": assessment.area or "",
        "missing": assessment.missing,
    }


def note_inputs(report: Report, assessment: Assessment, reporters: int, where: str) -> dict[str, object]:
    """Return the inputs of `note.md`: findings and versions, none of the reporter's words."""
    return {
        "version": assessment.version or "",
        "systems": systems(report.words),
        "impact": tuple(IMPACT[factor.kind] for factor in assessment.factors if factor.kind in IMPACT),
        "reporters": reporters,
        "where": where,
    }


def _cut(line: str) -> str:
    line = line.strip()
    return line if len(line) <= LINE_CHARACTERS else f"{line[:LINE_CHARACTERS]}…"


def _quoted(assessment: Assessment, kind: FactorKind) -> str:
    quotes = (factor.quote for factor in assessment.factors if factor.kind is kind)
    return next((quote.text for quote in quotes if quote), "")


def _with_quote(factor: Factor) -> str:
    return f"{IMPACT[factor.kind]}: “{factor.quote.text}”" if factor.quote else IMPACT[factor.kind]
