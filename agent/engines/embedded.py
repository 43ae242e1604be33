"""The offline engine: reads, compares and writes with rules, small linear models and templates.

It never calls anything outside the process. Which candidates it is shown and what becomes of its
findings is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.domain.assessments import (
    Assessment,
    Candidate,
    CaseType,
    Compared,
    Factor,
    FactorKind,
    Likeness,
    Matched,
    Quote,
    Researched,
)
from agent.domain.made import Made
from agent.domain.proposals import Draft
from agent.domain.reports import Description, Intent
from agent.engines.cues import CUES_FILE, cues, effort, factors, plain, type_odds
from agent.engines.description import issue_inputs, note_inputs
from agent.engines.details import missing, version_of
from agent.engines.evidence import closest_by_vector, components_differ, explain, shares_rare_words
from agent.engines.features import headline, headline_text, judged_text
from agent.engines.language import language_of
from agent.engines.linear import WEIGHTS, text_model
from agent.engines.reading import ends, prose, quote
from agent.engines.replies import INPUTS, TITLE_CHARACTERS, harmless, reply_inputs, template_of
from agent.engines.unsure import doubts
from agent.lexicon import read, weigher
from agent.policy.duplicates import probabilities
from agent.policy.routing import area_of

if TYPE_CHECKING:
    from agent.domain.issues import Issue
    from agent.domain.reports import Brief, Report
    from agent.policy.routing import Area
    from agent.ports import Embedder, Library, Vector
    from agent.prompts import Prompts

#: From here on the learned severity is a finding.
SEVERE_AT = 0.5
#: The split of bugs is learned near chance: it moves the odds by this share of what it says.
EFFORT_TRUST = 0.4
EFFORT_SAID = 0.85  #: probability of the split where the text has words on how much work it is
#: From here on a candidate without shared words gets its evidence from sentence vectors.
WORTH_A_LOOK = 0.34
#: Candidates below this are counted and not shown, but for the best few.
SHOWN_AT, ALWAYS_SHOWN = 0.10, 3


class EmbeddedEngine:
    """Implements `ports.Engine` without a network."""

    name = "embedded"

    def __init__(
        self,
        embedder: Embedder,
        replies: Prompts,
        areas: Sequence[Area] = (),
        *,
        duplicate_share: float,
    ) -> None:
        """Check that every reply has its template. Raises ConfigFaults where one is missing or asks too much."""
        replies.require(map(template_of, Intent), INPUTS)
        self._embedder = embedder
        self._replies = replies
        self._areas = tuple(areas)
        self._share = duplicate_share
        weights = _hash_of_files()
        self.model = f"linear-{weights[:7]}"
        self.prompt = hashlib.sha256(f"{replies.hash} {weights}".encode()).hexdigest()[:7]
        self._made = Made(engine=self.name, model=self.model, prompts={self.name: self.prompt})

    def research(
        self, report: Report, found: Sequence[tuple[Candidate, Issue]], library: Library
    ) -> Researched:
        """Return what was found: what it could look for, retrieval has looked for already."""
        return Researched(found=tuple(found), made=self._made)

    def compare(self, report: Report, found: Sequence[tuple[Candidate, Issue]]) -> Compared:
        """Compare the report with each candidate, in the order given, one Likeness each.

        How likely each is comes from the index, which learned it; what speaks for it is found here, for
        the best few and for whatever is likely enough to be shown.
        """
        return Compared(likenesses=self._likenesses(report, found), made=self._made)

    def _likenesses(self, report: Report, found: Sequence[tuple[Candidate, Issue]]) -> tuple[Likeness, ...]:
        if not found:
            return ()
        chances = probabilities([candidate.score for candidate, _ in found], self._share)
        weigh = weigher([read(issue.title, issue.body).every for _, issue in found])
        shown = min(SHOWN_AT, sorted(chances, reverse=True)[:ALWAYS_SHOWN][-1])
        area = self._area(report.words)
        return tuple(
            self._with_evidence(report, area, issue, explain(report, issue, chance, weigh))
            if chance >= shown
            else Likeness(issue_id=issue.id, probability=chance)
            for (_, issue), chance in zip(found, chances, strict=True)
        )

    def _with_evidence(self, report: Report, area: Area | None, issue: Issue, likeness: Likeness) -> Likeness:
        """Fill in what sentences alone do not show: the parts of the product, other languages."""
        about = self._area(f"{issue.title}\n{issue.body}") if area else None
        apart = components_differ(area, about, issue.number)
        theirs, ours = likeness.theirs, likeness.ours
        if likeness.probability >= WORTH_A_LOOK and not shares_rare_words(report.words, ours):
            theirs, ours = closest_by_vector(report, issue, self._embedder)
        return replace(likeness, theirs=theirs, ours=ours, differs=likeness.differs + apart)

    def assess(self, report: Report, matched: Matched) -> Assessment:
        """Read type, factors, effort, area and what is missing, each with its evidence."""
        words = report.title, report.text
        whole, head = self._embedder.embed([judged_text(*words), headline_text(*words)])
        found = factors(report.words)
        types = _types(report, whole, _quick_share(report, head), found)
        first = max(types, key=lambda kind: types[kind])
        severity = text_model("priorities")
        priorities = severity.probabilities(*words, head)
        work = effort(
            report.words, "bug" if first.is_bug else "feature" if first is CaseType.FEATURE else "other"
        )
        language = language_of(prose(report.words), cues().stop_words)
        area = _area_in(report.words, self._areas)
        version = version_of(report.words)
        return Assessment(
            types=types,
            priorities=priorities,
            factors=(*found, *_severe(severity.at_their_shares(priorities))),
            effort=work,
            area=area[0].id if area else None,
            area_quote=area[1] if area else None,
            missing=missing(report, version) if first.is_bug else (),
            version=version,
            language=language,
            unsure=tuple(doubts(report.words, types, work, matched, language)),
            made=self._made,
        )

    def draft(self, brief: Brief) -> Draft:
        """Write the reply from what the brief holds and from nothing else."""
        template = template_of(brief.intent)
        rendered = self._replies.render(template, reply_inputs(brief))
        return Draft(
            destination=brief.destination,
            visibility=brief.visibility,
            text=rendered.text,
            claims=rendered.claims,
            typed=rendered.typed,
            template=template,
            made=self._made,
        )

    def describe(self, brief: Brief, assessment: Assessment) -> Description:
        """Write the Issue that would be filed, and the note that a known one would get (A4)."""
        report, reporters = brief.report, brief.reporters
        note = note_inputs(report, assessment, reporters, brief.destination_name)
        return Description(
            title=harmless(headline(report.title, report.text), TITLE_CHARACTERS),
            body=self._replies.render("issue", issue_inputs(report, assessment, reporters)).text,
            note=self._replies.render("note", note).text,
            made=self._made,
        )

    def _area(self, words: str) -> Area | None:
        found = _area_in(words, self._areas)
        return found[0] if found else None


def _area_in(words: str, areas: Sequence[Area]) -> tuple[Area, Quote] | None:
    """Return the area that is named in what is read of the text, with its words."""
    for start, end in ends(words):
        if found := area_of(words[start:end], areas):
            area, named = found
            return area, quote(words, start + named.start, start + named.end)
    return None


def _types(report: Report, vector: Vector, quick: float, found: Sequence[Factor]) -> dict[CaseType, float]:
    """Return the six types: rules for business and noise, the models for the rest, split for bugs."""
    learned = text_model("types").probabilities(report.title, report.text, vector)
    trust = (1.0, cues().in_trackers) if _is_tracker(report) else (cues().learned_elsewhere, 1.0)
    read = _moved(learned, type_odds(report.words, found), *trust)
    business = _chance(cues().business.evidence(report.words).log_odds)
    noise = _chance(cues().noise.evidence(report.words).log_odds)
    rest = (1 - business) * (1 - noise)
    return {
        CaseType.QUICK_FIX: rest * read["bug"] * quick,
        CaseType.COMPLEX: rest * read["bug"] * (1 - quick),
        CaseType.FEATURE: rest * read["feature"],
        CaseType.QUESTION: rest * read["question"],
        CaseType.BUSINESS: business * (1 - noise),
        CaseType.NOISE: noise,
    }


def _is_tracker(report: Report) -> bool:
    return report.source.partition(":")[0] == "github"


def _moved(
    chances: Mapping[str, float], odds: Mapping[str, float], learned: float, said: float
) -> dict[str, float]:
    """Pool what was learned with what forms of speech say, each by its trust, in log-odds."""
    raised = {name: chance**learned * math.exp(said * odds[name]) for name, chance in chances.items()}
    return {name: each / sum(raised.values()) for name, each in raised.items()}


def _quick_share(report: Report, vector: Vector) -> float:
    own = plain(prose(report.words))
    if cues().large.search(own):
        return 1 - EFFORT_SAID
    if cues().small.search(own):
        return EFFORT_SAID
    learned = text_model("bugs").probabilities(report.title, report.text, vector)["quick_fix"]
    return 0.5 + EFFORT_TRUST * (learned - 0.5)


def _severe(priorities: Mapping[str, float]) -> tuple[Factor, ...]:
    urgent = priorities["P0"] + priorities["P1"]
    if urgent < SEVERE_AT:
        return ()
    return (Factor(kind=FactorKind.SEVERE, record="learned from labelled titles", probability=urgent),)


def _chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _hash_of_files() -> str:
    digest = hashlib.sha256()
    for path in (CUES_FILE, *sorted(WEIGHTS.glob("*.npz"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()
