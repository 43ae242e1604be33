"""Draft: the words of a decision, and the plan of what would leave when it is approved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agent.domain.actions import ActionKind, PlannedAction
from agent.domain.assessments import Assessment
from agent.domain.issues import IssueState
from agent.domain.made import Made
from agent.domain.proposals import Draft
from agent.domain.reports import Answer, Brief, Intent, Report
from agent.policy import plans, replies
from agent.policy.disclosure import addressed, may_flow
from agent.ports import Engine
from agent.settings import Settings
from agent.triage import vet
from agent.triage.decide import Decision, Known


@dataclass(frozen=True, slots=True)
class Drafted:
    """The reply, if there is anything to say, the plan that carries it, and what made their words."""

    draft: Draft | None = None
    plan: tuple[PlannedAction, ...] = ()
    made: tuple[Made, ...] = ()


def draft(
    report: Report,
    assessment: Assessment,
    decision: Decision,
    known: Known,
    engine: Engine,
    settings: Settings,
) -> Drafted:
    """Have reply, Issue and note written, as far as the plan has a place for them."""
    if decision.intent is None:
        return Drafted()
    brief = brief_of(report, assessment, decision, known, settings)
    written = replace(engine.draft(brief), asks=brief.missing)
    drafted, from_reply = vet.fit_reply(written, brief)
    tracker = plans.Place(report.project, settings.filing_visibility(report.project))
    texts, removed, made = _texts(brief, assessment, drafted, engine, tracker)
    planned = plans.plan(
        decision.intent,
        report,
        plans.Place(report.source, brief.visibility),
        tracker,
        decision.duplicate,
        texts,
        fields_of(decision),
        settings.private,
        tracking_of(report, decision, known, settings),
    )
    if known.own_issue:
        planned = tuple(step for step in planned if step.destination != known.own_issue)
    source = settings.source(report.source)
    if not source.sends:
        planned = tuple(replace(step, blocked=plans.drafts_only(source)) for step in planned)
    planned = vet.with_removals(planned, {ActionKind.REPLY: from_reply, **removed})
    shown = vet.checked(_as_planned(drafted, planned), brief, settings, decision.estimate)
    return Drafted(shown, planned, (drafted.made, *made))


def _texts(
    brief: Brief, assessment: Assessment, drafted: Draft, engine: Engine, tracker: plans.Place
) -> tuple[plans.Texts, dict[ActionKind, vet.Removals], tuple[Made, ...]]:
    """Have Issue and note described; a note for readers who may not see the report is made without it (T14)."""
    made_from = brief.report.visibility
    texts = plans.Texts(visibility=made_from, reply=drafted.text)
    if not plans.needs_description(brief.intent):
        return texts, {}, ()
    said = engine.describe(brief, assessment)
    issue, from_issue, from_note = vet.fit_description(said, brief)
    noted = issue
    note_from = made_from
    if not may_flow(made_from, tracker.visibility):
        unseen = engine.describe(*_unseen(brief, assessment))
        (noted, _, from_note), note_from = vet.fit_description(unseen, brief), tracker.visibility
    described = replace(
        texts,
        issue_title=issue.title,
        issue_body=issue.body,
        note=noted.note,
        note_visibility=note_from,
    )
    made = (issue.made,) if noted is issue else (issue.made, noted.made)
    filed = dict.fromkeys((ActionKind.CREATE_ISSUE, ActionKind.OPEN_ADVISORY), from_issue)
    return described, {**filed, ActionKind.NOTE_ISSUE: from_note}, made


def _unseen(brief: Brief, assessment: Assessment) -> tuple[Brief, Assessment]:
    """Return them without the reporter's words, without what was read in them, and without the place."""
    report = replace(brief.report, id="", source="", author="", title="", text="")
    empty = replace(assessment, factors=(), area=None, area_quote=None, missing=(), version=None)
    return replace(brief, report=report, destination_name="", version=None, issue=None), empty


def tracking_of(report: Report, decision: Decision, known: Known, settings: Settings) -> plans.Tracking:
    """Return what the project's tracker gives its Issues, and what is known of those that the plan names."""
    itself = known.issues.get(report.id)
    target = known.issues.get(decision.duplicate.issue_id) if decision.duplicate else None
    return plans.Tracking(
        rule=settings.rule_of(report.project),
        labels=itself.labels if itself else (),
        known_is_open=target is not None and target.state is IssueState.OPEN,
    )


def brief_of(
    report: Report, assessment: Assessment, decision: Decision, known: Known, settings: Settings
) -> Brief:
    """Gather what the reply may be made from."""
    source = settings.source(report.source)
    place = addressed(source.visibility, report.author)
    issue = known.issues.get(decision.duplicate.issue_id) if decision.duplicate else None
    if issue is not None and not may_flow(issue.visibility, place):
        issue = replace(issue, title="", body="", url="")
    intent = decision.intent or Intent.QUESTION
    names_issue = replies.notes_issue(decision.intent)
    # An Issue that nobody may file from these words is none that a reply can point to.
    may_file = plans.may_file(report) and may_flow(
        report.visibility, settings.filing_visibility(report.project)
    )
    return Brief(
        intent=intent,
        type=decision.type,
        destination=report.source,
        destination_name=source.name,
        visibility=place,
        report=report,
        language=assessment.language,
        issue=issue if names_issue else None,
        answer=_answer(decision.answer, settings.answers) if decision.intent is Intent.ANSWER else None,
        missing=assessment.missing if replies.asks_missing(intent) else (),
        version=assessment.version,
        reporters=1 + (known.reporters.get(decision.duplicate.issue_id, 0) if decision.duplicate else 0),
        files_issue=replies.files_issue(decision.intent) and may_file,
    )


def fields_of(decision: Decision) -> Mapping[str, str]:
    """Return what goes onto a new Issue beside its words."""
    fields = {
        "type": decision.type.value,
        "priority": decision.priority.value,
        "status": decision.status.value,
        "area": decision.area or "",
        "assignee": decision.assignee,
        "estimate": decision.estimate,
    }
    return {name: value for name, value in fields.items() if value}


def _answer(answer_id: str | None, answers: Sequence[Answer]) -> Answer | None:
    return next((each for each in answers if each.id == answer_id), None)


def _as_planned(drafted: Draft, planned: Sequence[PlannedAction]) -> Draft:
    """Show the reply as it would leave, after the redaction gate."""
    reply = next((step for step in planned if step.kind is ActionKind.REPLY), None)
    return drafted if reply is None else replace(drafted, text=reply.body)
