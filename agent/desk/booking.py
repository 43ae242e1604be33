"""What a step of a plan becomes once it is approved: an Action with its natural key. Nothing is stored here."""

from dataclasses import replace
from hashlib import sha256

from agent.domain.actions import Action, ActionKind, PlannedAction
from agent.domain.cases import Verdict, VerdictKind
from agent.domain.messages import TrackerKind
from agent.triage.decide import Decision
from agent.triage.draft import fields_of


def as_worded(step: PlannedAction, verdict: Verdict) -> PlannedAction:
    """Return a step with the title and text that the person gave the new Issue."""
    if step.kind is not ActionKind.CREATE_ISSUE:
        return step
    title, body = verdict.issue_title, verdict.issue_body
    return replace(
        step, title=step.title if title is None else title, body=step.body if body is None else body
    )


def action_of(
    verdict: Verdict,
    position: int,
    step: PlannedAction,
    decision: Decision,
    thread: str | None,
    tracker: TrackerKind,
) -> Action:
    """Return the Action that a kept step is approved as; `tracker` has the Issues of its destination."""
    is_reply = step.kind is ActionKind.REPLY
    edited = verdict.text if is_reply and verdict.kind is VerdictKind.EDIT else None
    return Action(
        key=key_of(verdict, step),
        case_id=verdict.case_id,
        revision=verdict.revision,
        position=position,
        kind=step.kind,
        destination=step.destination,
        visibility=step.visibility,
        made_from=step.made_from,
        thread=thread if is_reply else None,
        title=step.title,
        body=step.body if edited is None else edited,
        fields=dict(fields_of(decision)) if step.kind is ActionKind.CREATE_ISSUE else dict(step.fields),
        approved_at=verdict.at,
        tracker=None if is_reply else tracker,
    )


def key_of(verdict: Verdict, step: PlannedAction) -> str:
    """Return the natural key: an Issue once a Case, a note once an Issue, a reply once a revision.

    What is set on an Issue is the same intent however often it is approved; an estimate is words, and
    each is said once.
    """
    case, to, set_to = verdict.case_id, step.destination, step.fields
    named = {
        ActionKind.CREATE_ISSUE: f"{case}:issue",
        ActionKind.OPEN_ADVISORY: f"{case}:advisory",
        ActionKind.NOTE_ISSUE: f"{case}:note:{to}",
        ActionKind.REPLY: f"{case}:r{verdict.revision}:reply",
        ActionKind.ESTIMATE_ISSUE: f"{case}:estimate:{to}:{sha256(step.body.encode()).hexdigest()[:12]}",
    }
    values = [value for name, value in sorted(set_to.items()) if name != "of"]
    return named.get(step.kind) or ":".join([case, step.kind.removesuffix("_issue"), to, *values])
