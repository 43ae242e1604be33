"""An answer to `match.md` as Likenesses: verdicts move the odds that the index gave, and quotes must be found again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agent.domain.assessments import Candidate, Likeness
from agent.domain.issues import Issue
from agent.domain.reports import Report
from agent.engines.claude.answers import Compared, Judged, Sameness, faults_of_names
from agent.engines.claude.quotes import locate, said_in
from agent.engines.replies import harmless
from agent.policy.duplicates import probabilities

Pair = tuple[Candidate, Issue]

#: How many times likelier than before a candidate is the same problem after each verdict. Stated, not
#: measured: replies that a team records (`triage eval record`) are what they can be fitted on.
WEIGHTS: Mapping[Sameness, float] = {
    Sameness.DUPLICATE: 25.0,
    Sameness.FIXED_IN: 25.0,
    Sameness.REGRESSION: 25.0,
    Sameness.RELATED: 0.6,
    Sameness.DIFFERENT: 0.05,
}
DIFFERS_CHARACTERS = 160


def faults(answer: Compared, wanted: Sequence[str], shown: Mapping[str, Issue]) -> Iterator[str]:
    """Yield what is wrong with an answer of the right shape: each of `wanted` is judged, and none beyond `shown`."""
    yield from faults_of_names([each.id for each in answer.compared], shown, wanted=wanted)


def likenesses(
    report: Report, found: Sequence[Pair], judged: Mapping[str, Judged], share: float
) -> tuple[Likeness, ...]:
    """Return a Likeness a candidate, in the order given; one without a verdict keeps what the index said."""
    before = probabilities([candidate.score for candidate, _ in found], share)
    weighed = [
        chance * _weight(judged.get(issue.id)) for chance, (_, issue) in zip(before, found, strict=True)
    ]
    whole = 1 - sum(before) + sum(weighed)
    return tuple(
        _likeness(report, issue, chance / whole, judged.get(issue.id))
        for chance, (_, issue) in zip(weighed, found, strict=True)
    )


def _weight(judged: Judged | None) -> float:
    return WEIGHTS[judged.verdict] if judged else 1.0


def _likeness(report: Report, issue: Issue, chance: float, judged: Judged | None) -> Likeness:
    if judged is None:
        return Likeness(issue_id=issue.id, probability=chance)
    differs = harmless(judged.differs, DIFFERS_CHARACTERS)
    return Likeness(
        issue_id=issue.id,
        probability=chance,
        theirs=locate(report.words, judged.theirs),
        ours=harmless(said_in(f"{issue.title}\n\n{issue.body}", judged.ours), DIFFERS_CHARACTERS),
        differs=(differs,) if differs else (),
    )
