"""Why two texts look like the same problem: the closest words of each, what both name, what differs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from agent.domain.assessments import Likeness, Quote
from agent.engines.details import systems
from agent.engines.likeness import Text, normal_line, taken_apart
from agent.engines.reading import machine_lines, sentences
from agent.lexicon import BODY_CHARACTERS, Weigh, rarity, tokens, weight

if TYPE_CHECKING:
    from agent.domain.issues import Issue
    from agent.domain.reports import Report
    from agent.policy.routing import Area
    from agent.ports import Embedder

OURS_CHARACTERS = 200
MOST_SENTENCES = 40
MOST_SHARED = 5
#: Long sentences share words by chance: their overlap is divided by their length to this power.
LENGTH_POWER = 0.35
#: Below this rarity (nats) a shared word is no evidence of the same problem.
RARE = 3.5


@lru_cache(maxsize=512)
def _said(words: str) -> tuple[tuple[Quote, frozenset[str]], ...]:
    """Return sentences and log lines with their tokens, as far as they hold any."""
    said = (*sentences(words), *machine_lines(words))[:MOST_SENTENCES]
    parted = ((each, frozenset(tokens(each.text))) for each in said)
    return tuple((each, found) for each, found in parted if found)


def _closest(
    said: Sequence[tuple[Quote, frozenset[str]]], other: frozenset[str], weigh: Weigh
) -> Quote | None:
    best, highest = None, 0.0
    for each, mine in said:
        score = weight(mine & other, weigh) / len(mine) ** LENGTH_POWER
        if score > highest:
            best, highest = each, score
    return best


def explain(report: Report, issue: Issue, probability: float, weigh: Weigh) -> Likeness:
    """Return the Likeness of a report and an Issue, with its evidence."""
    theirs_apart = taken_apart(report.title, report.text)
    ours_apart = taken_apart(issue.title, issue.body)
    ours_text = f"{issue.title}\n\n{issue.body[:BODY_CHARACTERS]}".strip()
    theirs = _closest(_said(report.words), ours_apart.every, weigh)
    known = frozenset(tokens(theirs.text)) if theirs else theirs_apart.every
    ours = _closest(_said(ours_text), known, weigh)
    return Likeness(
        issue_id=issue.id,
        probability=probability,
        theirs=theirs,
        ours=_cut(ours.text if ours else issue.title),
        same=_same(report.words, ours_text, theirs_apart, ours_apart),
        differs=_differs(report.words, ours_text, issue.number, theirs_apart, ours_apart),
    )


def closest_by_vector(report: Report, issue: Issue, embedder: Embedder) -> tuple[Quote | None, str]:
    """Return the closest pair of sentences where no word is shared, as between two languages."""
    theirs = [each for each, _ in _said(report.words)][:8]
    ours = [each.text for each, _ in _said(f"{issue.title}\n\n{issue.body[:BODY_CHARACTERS]}".strip())][:8]
    if not theirs or not ours:
        return None, _cut(issue.title)
    vectors = embedder.embed([*(each.text for each in theirs), *ours])
    cosines = vectors[: len(theirs)] @ vectors[len(theirs) :].T
    mine, other = divmod(int(cosines.argmax()), len(ours))
    return theirs[mine], _cut(ours[other])


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= OURS_CHARACTERS else text[: OURS_CHARACTERS - 1].rpartition(" ")[0] + "…"


def _same(report: str, issue: str, theirs: Text, ours: Text) -> tuple[str, ...]:
    shared = theirs.errors & ours.errors
    written = {normal_line(line.text): _cut(line.text) for line in machine_lines(report)}
    errors = sorted(written.get(each, each) for each in shared)
    names = sorted(theirs.names & ours.names, key=lambda name: (-len(name), name))
    versions = [each for each in theirs.versions if each in ours.versions]
    both = set(systems(report)) & set(systems(issue))
    return tuple([*errors, *names, *versions, *sorted(both)][:MOST_SHARED])


def _differs(report: str, issue: str, number: str, theirs: Text, ours: Text) -> tuple[str, ...]:
    found: list[str] = []
    if theirs.versions and ours.versions and not set(theirs.versions) & set(ours.versions):
        found.append(f"{number} names {ours.versions[0]}; they name {theirs.versions[0]}")
    mine, other = systems(report), systems(issue)
    if mine and other and not set(mine) & set(other):
        found.append(f"{number} is about {other[0]}; they are on {mine[0]}")
    return tuple(found)


def components_differ(report: Area | None, issue: Area | None, number: str) -> tuple[str, ...]:
    """Say that the two are about different parts of the product, where both name one."""
    if report is None or issue is None or report.id == issue.id:
        return ()
    return (f"{number} is about {issue.name}; they write about {report.name}",)


def shares_rare_words(one: str, other: str) -> bool:
    """Tell whether two texts share a word that is rare enough to mean something."""
    return any(rarity(token) >= RARE for token in frozenset(tokens(one)) & frozenset(tokens(other)))
