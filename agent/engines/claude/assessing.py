"""An answer to `assess.md` as an Assessment: what can be found again in the report's own words, and nothing else.

What was learned from labelled data (severity, and priorities as evidence) comes from the engine beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from agent.domain.assessments import Assessment, CaseType, Effort, Factor, FactorKind, Matched
from agent.domain.reports import Report
from agent.engines.claude.answers import ASKED_FOR, Assessed, Sureness
from agent.engines.claude.guidance import Guidance
from agent.engines.claude.quotes import locate
from agent.engines.claude.shown import Shown
from agent.engines.replies import harmless
from agent.engines.unsure import doubts

#: What "certain", "likely" and "unsure" come to for the first and the second type. Stated, not measured:
#: replies that a team records (`triage eval record`) are what they can be fitted on.
SHARES: Mapping[Sureness, tuple[float, float]] = {
    Sureness.CERTAIN: (0.93, 0.05),
    Sureness.LIKELY: (0.76, 0.18),
    Sureness.UNSURE: (0.50, 0.38),
}
MOST_HOURS = 400.0
LEAST_HOURS = 0.25
MOST_DOUBTS = 4
DOUBT_CHARACTERS = 160
_LANGUAGE = re.compile(r"[a-z]{2}")
#: What goes on into other calls by itself may be no sentence.
_VERSION = re.compile(r"v?\d[\w.+~-]{0,38}", re.IGNORECASE)


def inputs(report: Report, shown: Shown, guidance: Guidance) -> dict[str, object]:
    """Return the inputs of `assess.md`."""
    return {
        **shown.report(report),
        "product": guidance.product,
        "findings": guidance.rubric(),
        "areas": guidance.parts(),
        "asked": report.asked,
    }


def faults(answer: Assessed, guidance: Guidance) -> Iterator[str]:
    """Yield what is wrong with an answer of the right shape."""
    if answer.area and answer.area not in {area.id for area in guidance.areas}:
        yield "area: is none of the ids that were shown; use one of those or leave it empty"
    if not 0 <= answer.hours_low <= answer.hours_high:
        yield "hours_low and hours_high: are no range"
    if not _LANGUAGE.fullmatch(answer.language):
        yield "language: is no code of ISO 639-1"


def assessment_of(answer: Assessed, report: Report, matched: Matched, beside: Assessment) -> Assessment:
    """Return the reading; `beside` is the embedded engine's, for what is learned and not read."""
    types = _types(answer)
    found = tuple(_factors(answer, report.words))
    effort = _effort(answer)
    area_quote = locate(report.words, answer.area_quote)
    left = sum(locate(report.words, each.quote) is None for each in answer.findings)
    return replace(
        beside,
        types=types,
        factors=(*found, *(each for each in beside.factors if each.kind is FactorKind.SEVERE)),
        effort=effort,
        area=answer.area or None,
        area_quote=area_quote if answer.area else None,
        missing=tuple(ASKED_FOR[each] for each in dict.fromkeys(answer.missing)) if _is_bug(types) else (),
        version=version_of(answer.version, report.words),
        language=answer.language,
        unsure=(*doubts(report.words, types, effort, matched, "en"), *_doubts(answer, left)),
    )


def _types(answer: Assessed) -> dict[CaseType, float]:
    """Spread what it is sure of over the six types; what is left goes to the others in equal parts."""
    first, second = SHARES[answer.sure]
    given = {answer.type: first}
    if answer.second is not None and answer.second is not answer.type:
        given[answer.second] = second
    others = [kind for kind in CaseType if kind not in given]
    rest = (1 - sum(given.values())) / len(others)
    return {kind: given.get(kind, rest) for kind in CaseType}


def _is_bug(types: Mapping[CaseType, float]) -> bool:
    return max(types, key=lambda kind: types[kind]).is_bug


def _factors(answer: Assessed, words: str) -> Iterator[Factor]:
    """Yield each kind once, where its words are the reporter's."""
    seen = set[FactorKind]()
    for finding in answer.findings:
        quote = locate(words, finding.quote)
        if quote is not None and finding.kind not in seen:
            seen.add(finding.kind)
            yield Factor(kind=finding.kind, quote=quote)


def _effort(answer: Assessed) -> Effort:
    low = min(max(answer.hours_low, LEAST_HOURS), MOST_HOURS)
    return Effort(low=low, high=min(max(answer.hours_high, low), MOST_HOURS), sure=answer.hours_known)


def version_of(said: str, words: str) -> str | None:
    """Return the version as the reporter wrote it; one that they did not write is none."""
    found = locate(words, said) if _VERSION.fullmatch(said.strip()) else None
    return found.text if found else None


def _doubts(answer: Assessed, left: int) -> Iterator[str]:
    said = (harmless(each, DOUBT_CHARACTERS) for each in answer.unsure[:MOST_DOUBTS])
    yield from (each for each in said if each)
    if left:
        yield f"{left} of its findings had no words of the report to rest on; they do not count"
