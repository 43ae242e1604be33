"""Is it known: which Issue a report is a duplicate of, and what may be said about it.

How alike two texts are is the engine's to say. Here: what may be a target at all (older,
canonical, open or fixed, never the report itself), and links that cannot run in circles.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.domain.assessments import DuplicateVerdict, Likeness
from agent.domain.issues import Issue
from agent.domain.proposals import Duplicate
from agent.domain.reports import Report
from agent.policy.likelihood import likelihood, percent, whole_percent
from agent.policy.versions import has_fix

_NOT_SHOWN_BELOW = 10  #: percent; a lower one is counted and not shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """From which probability on a candidate is called a duplicate, or related."""

    duplicate: float
    related: float


class Standing(StrEnum):
    """How a known Issue stood at the moment of the report."""

    OPEN = "open"
    UPGRADE = "upgrade"  #: fixed in a release later than the reporter's
    REGRESSION = "regression"  #: fixed, and the reporter's version has the fix
    FIXED = "fixed"  #: fixed in a known release; the reporter's version does not tell
    CLOSED = "closed"  #: closed, and no release with a fix is known


def chain(issue_id: str, links: Mapping[str, str]) -> tuple[str, ...]:
    """Return the Issue and all that confirmed links lead to from it, each once, in order."""
    seen = [issue_id]
    while (following := links.get(seen[-1])) is not None and following not in seen:
        seen.append(following)
    return tuple(seen)


def canonical(issue_id: str, links: Mapping[str, str]) -> str:
    """Return the end of the links; of links that run in a circle the earliest member, from anywhere."""
    path = chain(issue_id, links)
    back = links.get(path[-1])
    if back is None:
        return path[-1]
    return min(path[path.index(back) :], key=lambda member: (len(member), member))


def would_cycle(links: Mapping[str, str], child: str, target: str) -> bool:
    """Tell whether the link child → target would close a circle; such a link is refused."""
    return child in chain(target, links)


def standing(issue: Issue, at: datetime, version: str | None) -> Standing:
    """Tell how the Issue stood at `at`, for somebody who runs `version`."""
    if issue.open_at(at):
        return Standing.OPEN
    if not issue.fixed_in:
        return Standing.CLOSED
    fixes = {True: Standing.REGRESSION, False: Standing.UPGRADE, None: Standing.FIXED}
    return fixes[has_fix(version, issue.fixed_in)]


def probabilities(scores: Sequence[float], share: float) -> list[float]:
    """Return for each candidate how likely it, and none of the others, is the same problem.

    Scores are log-odds against none of them at even odds (`Candidate.score`); `share`, above 0 and
    below 1, is the share of reports that are about something known (Elkan 2001, theorem 2).
    """
    none = math.log((1 - share) / share)
    top = max([none, *scores])
    raised = [math.exp(score - top) for score in scores]
    total = sum(raised) + math.exp(none - top)
    return [each / total for each in raised]


def verdict(probability: float, thresholds: Thresholds) -> DuplicateVerdict:
    """Return what the probability amounts to."""
    if probability >= thresholds.duplicate:
        return DuplicateVerdict.DUPLICATE
    if probability >= thresholds.related:
        return DuplicateVerdict.RELATED
    return DuplicateVerdict.NONE


def judge(
    likenesses: Sequence[Likeness],
    issues: Mapping[str, Issue],
    links: Mapping[str, str],
    thresholds: Thresholds,
    report: Report,
    version: str | None,
) -> Duplicate | None:
    """Return the best candidate that may be a target, and what it amounts to; None if there is none.

    `issues` holds the candidates and those that `chain` leads to from them.
    """
    found: dict[str, list[Likeness]] = defaultdict(list)
    for each in likenesses:
        if target := target_of(each.issue_id, issues, links, report):
            found[target.id].append(each)
    if not found:
        return None
    # What is confirmed to be one problem is one candidate: its members' chances add up.
    chances = {name: min(1.0, sum(each.probability for each in members)) for name, members in found.items()}
    best = max(found, key=lambda name: (chances[name], issues[name].open_at(report.sent_at)))
    nearest = max(found[best], key=lambda each: each.probability).issue_id
    found_as = nearest if nearest != best else None
    return Duplicate(
        issue_id=best,
        probability=chances[best],
        verdict=verdict(chances[best], thresholds),
        reason=reason(issues[best], chances[best], report.sent_at, version, found_as),
        found_as=found_as,
    )


def target_of(
    issue_id: str, issues: Mapping[str, Issue], links: Mapping[str, str], report: Report
) -> Issue | None:
    """Return the canonical Issue, or the last before it that may be a target of this report."""
    if would_cycle(links, report.id, issue_id):
        return None
    end = canonical(issue_id, links)
    before = [each for each in chain(issue_id, links) if each != end]
    for each in (end, *reversed(before)):
        if each in issues and may_be_target(issues[each], report):
            return issues[each]
    return None


def may_be_target(issue: Issue, report: Report) -> bool:
    """Tell whether the Issue is another one of the same project, older than the report."""
    is_itself = issue.id == report.id
    return not is_itself and issue.project == report.project and issue.created_at < report.sent_at


def reason(issue: Issue, probability: float, at: datetime, version: str | None, found_as: str | None) -> str:
    """Say in one sentence how close it is, how it stood, and how it was found."""
    if whole_percent(probability) < _NOT_SHOWN_BELOW:
        return f"Nothing close; the nearest is {issue.number}"
    how = f"{likelihood(probability).capitalize()} the same problem as {issue.number}, {percent(probability)}"
    found = f"; found as #{found_as.rpartition('#')[2]}, a duplicate of it" if found_as else ""
    return f"{how}; {_how_it_stood(issue, at, version)}{found}"


def _how_it_stood(issue: Issue, at: datetime, version: str | None) -> str:
    fix = f"fixed in {issue.fixed_in}"
    return {
        Standing.OPEN: "open",
        Standing.UPGRADE: f"{fix}, they have {version}",
        Standing.REGRESSION: f"{fix}, but they have {version}: a regression",
        Standing.FIXED: f"{fix}, and whether theirs has it is not known",
        Standing.CLOSED: "closed without a release known",
    }[standing(issue, at, version)]
