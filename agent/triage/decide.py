"""Decide: what policy makes of an Assessment. Pure; the same facts give the same decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.domain.assessments import (
    Assessment,
    CaseType,
    DuplicateVerdict,
    Factor,
    FactorKind,
    Likeness,
    Matched,
)
from agent.domain.issues import Issue
from agent.domain.proposals import Duplicate, Priority, Reason, Status
from agent.domain.reports import Intent, Report
from agent.policy import duplicates, replies, routing
from agent.policy.corrections import NO_AREA, NO_DUPLICATE
from agent.policy.effort import belongs_on_board, split
from agent.policy.priority import prioritise, status_of
from agent.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the records say about the candidates, as the decision may use it."""

    issues: Mapping[str, Issue] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    reporters: Mapping[str, int] = field(default_factory=dict)
    holder: str = ""
    own_issue: str | None = None  #: the Issue that this Case filed or was noted on before


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A Proposal without its words."""

    type: CaseType
    priority: Priority
    status: Status
    reasons: tuple[Reason, ...]
    area: str | None
    assignee: str
    assignee_reason: str
    duplicate: Duplicate | None
    intent: Intent | None
    answer: str | None
    estimate: str = ""  #: as a person typed it (A12)


def decide(
    report: Report,
    matched: Matched,
    assessment: Assessment,
    known: Known,
    settings: Settings,
    corrected: Mapping[str, str],
) -> Decision:
    """Return type, priority, duplicate and what the reply is for; a person's corrections stand."""
    duplicate = _duplicate(report, matched.likenesses, assessment.version, known, settings, corrected)
    kind = CaseType(corrected.get("type") or split(assessment.type, assessment.effort, settings.effort))
    factors = (*assessment.factors, *_of_records(duplicate, known, settings))
    ranked = prioritise(kind, factors, settings.rubric)
    priority = Priority(corrected.get("priority") or ranked.priority)
    area = _area(assessment.area, settings.areas, corrected)
    for_board = kind.is_bug and belongs_on_board(assessment.effort, settings.effort)
    assignment = routing.assignee(area, known.holder, for_board=for_board)
    standing = _standing(duplicate, report, assessment.version, known)
    answer = replies.closest_answer(matched.answers, settings.replies)
    return Decision(
        type=kind,
        priority=priority,
        status=Status(corrected.get("status") or status_of(kind, priority, settings.rubric)),
        reasons=ranked.reasons,
        area=area.id if area else None,
        assignee=assignment.person,
        assignee_reason=assignment.reason,
        duplicate=duplicate,
        intent=replies.intent(
            kind,
            priority,
            factors,
            duplicate,
            standing,
            assessment.missing,
            matched.answers,
            settings.replies,
        ),
        answer=answer.answer_id if answer else None,
        estimate=corrected.get("estimate", ""),
    )


def _duplicate(
    report: Report,
    likenesses: Sequence[Likeness],
    version: str | None,
    known: Known,
    settings: Settings,
    corrected: Mapping[str, str],
) -> Duplicate | None:
    chosen = corrected.get("duplicate")
    if chosen == NO_DUPLICATE and not known.own_issue:
        return None
    named = known.own_issue if chosen == NO_DUPLICATE else chosen or known.own_issue
    if named:
        why = "chosen by a person" if named == chosen else "filed or noted from this Case before"
        return Duplicate(
            issue_id=duplicates.canonical(named, known.links),
            probability=1.0,
            verdict=DuplicateVerdict.DUPLICATE,
            reason=why,
        )
    return duplicates.judge(likenesses, known.issues, known.links, settings.duplicates, report, version)


def _of_records(duplicate: Duplicate | None, known: Known, settings: Settings) -> list[Factor]:
    """How common is it: distinct reporters of the canonical Issue (T24)."""
    if duplicate is None or duplicate.verdict is not DuplicateVerdict.DUPLICATE:
        return []
    reporters = known.reporters.get(duplicate.issue_id, 0)
    if reporters < settings.many_reporters:
        return []
    record = f"{reporters} reporters of #{duplicate.issue_id.rpartition('#')[2]}"
    return [Factor(kind=FactorKind.MANY_AFFECTED, record=record)]


def _area(
    found: str | None, areas: Sequence[routing.Area], corrected: Mapping[str, str]
) -> routing.Area | None:
    chosen = corrected.get("area", found)
    if chosen == NO_AREA:
        return None
    return next((area for area in areas if area.id == chosen), None)


def _standing(
    duplicate: Duplicate | None, report: Report, version: str | None, known: Known
) -> duplicates.Standing | None:
    issue = known.issues.get(duplicate.issue_id) if duplicate else None
    return duplicates.standing(issue, report.sent_at, version) if issue else None
