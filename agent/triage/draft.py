"""Draft: the words of a decision, and the plan of what would leave when it is approved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.domain.actions import ActionKind, PlannedAction
from agent.domain.assessments import Assessment
from agent.domain.proposals import Draft
from agent.domain.reports import Answer, Brief, Intent, Report
from agent.policy import plans, replies
from agent.policy.disclosure import addressed, may_flow
from agent.ports import Engine
from agent.settings import Settings
from agent.triage.decide import Decision, Known


def draft(
    report: Report,
    assessment: Assessment,
    decision: Decision,
    known: Known,
    engine: Engine,
    settings: Settings,
) -> tuple[Draft | None, tuple[PlannedAction, ...]]:
    """Return the reply, if there is anything to say, and the plan that carries it."""
    if decision.intent is None:
        return None, ()
    brief = brief_of(report, assessment, decision, known, settings)
    drafted = engine.draft(brief)
    issue = engine.describe(brief, assessment)
    texts = plans.Texts(
        visibility=report.visibility,
        reply=drafted.text,
        issue_title=issue.title,
        issue_body=issue.body,
        note=issue.note,
    )
    planned = plans.plan(
        decision.intent,
        report,
        plans.Place(report.source, brief.visibility),
        plans.Place(report.project, plans.TRACKER),
        decision.duplicate,
        texts,
        fields_of(decision),
        settings.private,
    )
    if known.own_issue:
        planned = tuple(step for step in planned if step.destination != known.own_issue)
    return _as_planned(drafted, planned), planned


def brief_of(
    report: Report, assessment: Assessment, decision: Decision, known: Known, settings: Settings
) -> Brief:
    """Gather what the reply may be made from."""
    source = settings.source(report.source)
    place = addressed(source.visibility, report.author)
    issue = known.issues.get(decision.duplicate.issue_id) if decision.duplicate else None
    if issue is not None and not may_flow(issue.visibility, place):
        issue = replace(issue, title="", body="", url="")
    names_issue = replies.notes_issue(decision.intent)
    return Brief(
        intent=decision.intent or Intent.QUESTION,
        type=decision.type,
        destination=report.source,
        destination_name=source.name,
        visibility=place,
        report=report,
        language=assessment.language,
        issue=issue if names_issue else None,
        answer=_answer(decision.answer, settings.answers) if decision.intent is Intent.ANSWER else None,
        missing=assessment.missing,
        version=assessment.version,
        reporters=1 + (known.reporters.get(decision.duplicate.issue_id, 0) if decision.duplicate else 0),
        files_issue=replies.files_issue(decision.intent) and plans.may_file(report),
    )


def fields_of(decision: Decision) -> Mapping[str, str]:
    """Return what goes onto a new Issue beside its words."""
    fields = {
        "type": decision.type.value,
        "priority": decision.priority.value,
        "status": decision.status.value,
        "area": decision.area or "",
        "assignee": decision.assignee,
    }
    return {name: value for name, value in fields.items() if value}


def _answer(answer_id: str | None, answers: Sequence[Answer]) -> Answer | None:
    return next((each for each in answers if each.id == answer_id), None)


def _as_planned(drafted: Draft, planned: Sequence[PlannedAction]) -> Draft:
    """Show the reply as it would leave, after the redaction gate."""
    reply = next((step for step in planned if step.kind is ActionKind.REPLY), None)
    return drafted if reply is None else replace(drafted, text=reply.body)
