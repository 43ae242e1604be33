"""What a reply is for. Its words are the templates' and the engine's."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.domain.assessments import AnswerHit, CaseType, DuplicateVerdict, Factor, FactorKind
from agent.domain.proposals import Duplicate, Priority
from agent.domain.reports import Intent
from agent.policy.duplicates import Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyRule:
    """When an answer of the team is close enough, and from how many open questions on we ask first."""

    answer_at: float  #: cosine
    ask_at: int


def intent(
    kind: CaseType,
    priority: Priority,
    factors: Sequence[Factor],
    duplicate: Duplicate | None,
    standing: Standing | None,
    missing: Sequence[str],
    answers: Sequence[AnswerHit],
    rule: ReplyRule,
) -> Intent | None:
    """Return what the reply is for; None where nothing is to be said (noise).

    `standing` is that of the duplicate's Issue for this reporter. A security report gets an
    acknowledgement that says nothing, whatever else is true of it (A9).
    """
    found = {factor.kind for factor in factors}
    if FactorKind.SECURITY in found:
        return Intent.SECURITY
    if kind is CaseType.NOISE:
        return None
    if FactorKind.OUTAGE in found and priority is Priority.P0:
        return Intent.OUTAGE
    if kind is CaseType.BUSINESS:
        return Intent.BUSINESS
    if kind is CaseType.QUESTION and closest_answer(answers, rule):
        return Intent.ANSWER
    if duplicate is not None and duplicate.verdict is DuplicateVerdict.DUPLICATE:
        return _of_known(kind, standing)
    return _of_new(kind, priority, missing, rule)


def closest_answer(answers: Sequence[AnswerHit], rule: ReplyRule) -> AnswerHit | None:
    """Return the team's answer that is closest, if it is close enough to be the answer (A15)."""
    close = [each for each in answers if each.cosine >= rule.answer_at]
    return max(close, key=lambda each: each.cosine, default=None)


def files_issue(what_for: Intent | None) -> bool:
    """Tell whether what is reported becomes an Issue, were it not one already (T13, A12, A13)."""
    return what_for in (Intent.NEW_BUG, Intent.FEATURE_NEW, Intent.OUTAGE)


def works_on_issue(what_for: Intent | None) -> bool:
    """Tell whether an Issue that is reported as such is one to work on: it is labelled and put on the board."""
    return files_issue(what_for) or what_for is Intent.ASK


def notes_issue(what_for: Intent | None) -> bool:
    """Tell whether the report is noted on the known Issue (T14, A13)."""
    return what_for in (Intent.KNOWN, Intent.FIXED, Intent.REGRESSION, Intent.FEATURE_KNOWN)


def asks_missing(what_for: Intent) -> bool:
    """Tell whether the reply asks for what the report lacks: all of it at once."""
    return what_for in (Intent.ASK, Intent.NEW_BUG, Intent.KNOWN, Intent.REGRESSION)


def _of_known(kind: CaseType, standing: Standing | None) -> Intent:
    if kind is CaseType.FEATURE:
        return Intent.FEATURE_KNOWN
    if standing is Standing.REGRESSION:
        return Intent.REGRESSION
    return Intent.FIXED if standing in (Standing.UPGRADE, Standing.FIXED) else Intent.KNOWN


def _of_new(kind: CaseType, priority: Priority, missing: Sequence[str], rule: ReplyRule) -> Intent:
    if kind is CaseType.FEATURE:
        return Intent.FEATURE_NEW
    if kind is CaseType.QUESTION:
        return Intent.QUESTION
    can_wait = priority in (Priority.P2, Priority.P3)
    return Intent.ASK if can_wait and len(missing) >= rule.ask_at else Intent.NEW_BUG
