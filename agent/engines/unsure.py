"""What the engine does not know, in words a person reads. How sure is sure is decided here."""

from collections.abc import Iterator, Mapping

from agent.domain.assessments import CaseType, Effort, Matched
from agent.engines.cues import cues, plain
from agent.engines.reading import prose
from agent.policy.likelihood import percent

SURE_FROM = 0.66
DOUBTFUL = (0.34, 0.66)
SECOND_FROM = 0.10
LANGUAGES = {
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "pt": "Portuguese",
    "it": "Italian",
    "ja": "Japanese",
    "zh": "Chinese",
    "ru": "Russian",
    "ar": "Arabic",
    "he": "Hebrew",
}


def doubts(
    words: str, types: Mapping[CaseType, float], effort: Effort, matched: Matched, language: str
) -> Iterator[str]:
    """Yield each doubt as a short sentence."""
    first, second = sorted(types, key=lambda kind: types[kind], reverse=True)[:2]
    if types[first] < SURE_FROM:
        also = f", or {name_of(second)} {percent(types[second])}" if types[second] >= SECOND_FROM else ""
        yield f"Type: {name_of(first)} {percent(types[first])}{also}"
    best = max(matched.likenesses, key=lambda each: each.probability, default=None)
    if best and DOUBTFUL[0] <= best.probability < DOUBTFUL[1]:
        number = "#" + best.issue_id.rpartition("#")[2]
        yield f"Whether it is known: the same problem as {number}, {percent(best.probability)}"
    if (first.is_bug or first is CaseType.FEATURE) and not effort.sure:
        yield "Effort is not in the text"
    if cues().two_problems.search(plain(prose(words))):
        yield "It may hold two problems"
    if language != "en":
        yield f"The report is in {LANGUAGES.get(language, language)}; the reply is in English"


def name_of(kind: CaseType) -> str:
    """Return a type as people read it: `Quick fix`."""
    return kind.value.replace("_", " ").capitalize()
