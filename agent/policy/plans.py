"""What would happen on approval, in order, each text fit for where it goes.

The words come from the caller; here they pass the redaction gate and the rule of flow. Nothing
is carried out here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.domain.actions import ActionKind, PlannedAction, Removal
from agent.domain.messages import TEAM, Visibility
from agent.domain.proposals import Duplicate
from agent.domain.reports import Intent, Report
from agent.policy.disclosure import may_flow
from agent.policy.github.ids import is_of_pull, issue_of
from agent.policy.redaction import redact
from agent.policy.replies import files_issue, notes_issue

#: Who reads the local tracker: the team. A tracker on the network brings its own.
TRACKER = TEAM


@dataclass(frozen=True, slots=True)
class Place:
    """A destination and who reads there."""

    id: str
    visibility: Visibility


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """What the plan may say, and how far what it was made from may travel."""

    visibility: Visibility
    reply: str = ""
    issue_title: str = ""
    issue_body: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateNames:
    """The team's words and hosts that no outsider may read; hosts are globs."""

    words: Sequence[str] = ()
    hosts: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    kind: ActionKind
    place: Place
    title: str = ""
    body: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def plan(
    what_for: Intent | None,
    report: Report,
    reply_to: Place,
    tracker: Place,
    duplicate: Duplicate | None,
    texts: Texts,
    fields: Mapping[str, str],
    private: PrivateNames,
) -> tuple[PlannedAction, ...]:
    """Return the steps: a new Issue before the reply that names it, a note after it.

    `fields` (type, priority, status, area, assignee) go with a new Issue. Nothing is planned
    where there is nothing to say, and for a security report no more than the reply (A9).
    """
    if what_for is None:
        return ()
    steps = [_Step(kind=ActionKind.REPLY, place=reply_to, body=texts.reply)]
    if files_issue(what_for) and may_file(report):
        new = _Step(
            kind=ActionKind.CREATE_ISSUE,
            place=tracker,
            title=texts.issue_title,
            body=texts.issue_body,
            fields=fields,
        )
        steps.insert(0, new)
    if notes_issue(what_for) and duplicate is not None:
        known = Place(duplicate.issue_id, tracker.visibility)
        steps.append(_Step(kind=ActionKind.NOTE_ISSUE, place=known, body=texts.note))
    return tuple(_planned(step, texts.visibility, private) for step in steps)


def is_issue_itself(report: Report) -> bool:
    """Tell whether the Message is an Issue of the repository that it came from."""
    scheme, _, repository = report.source.partition(":")
    return scheme == "github" and bool(re.fullmatch(re.escape(repository) + r"#\d+", report.id))


def may_file(report: Report) -> bool:
    """Tell whether an Issue may be filed about it: not about an Issue, a comment below one, or a pull request."""
    is_from_there = report.source.startswith("github:") and report.id.startswith(
        report.source.removeprefix("github:")
    )
    return not (is_from_there and (issue_of(report.id) or is_of_pull(report.id)))


def blocked(kind: ActionKind, made_from: Visibility, to: Visibility) -> str:
    """Say why the words may not go there, "" when they may.

    A reply goes back to where the report came from; its words were drawn for that place.
    """
    if kind is ActionKind.REPLY or may_flow(made_from, to):
        return ""
    return f"the report is {made_from} and this place is {to}: say it in words of your own"


def _planned(step: _Step, made_from: Visibility, private: PrivateNames) -> PlannedAction:
    to = step.place.visibility
    title, from_title = redact(step.title, private.words, private.hosts, to)
    body, from_body = redact(step.body, private.words, private.hosts, to)
    removed: tuple[Removal, ...] = from_title + from_body
    return PlannedAction(
        kind=step.kind,
        destination=step.place.id,
        visibility=to,
        made_from=to if step.kind is ActionKind.REPLY else made_from,
        title=title,
        body=body,
        fields=dict(step.fields),
        removed=removed,
        blocked=blocked(step.kind, made_from, to),
    )
