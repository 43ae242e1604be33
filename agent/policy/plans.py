"""What would happen on approval, in order, each text fit for where it goes.

What is done to an Issue beside its words is tracking's. The words come from the caller; here they pass the redaction gate and the rule of flow. Nothing
is carried out here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent.domain.actions import NEW_ISSUE, ActionKind, PlannedAction, Removal
from agent.domain.messages import HANDLERS, TEAM, Level, Visibility
from agent.domain.proposals import Duplicate
from agent.domain.reports import Intent, Report
from agent.policy.disclosure import may_flow
from agent.policy.github.ids import is_of_pull, issue_of
from agent.policy.redaction import redact
from agent.policy.replies import files_issue, notes_issue, works_on_issue
from agent.policy.tracking import OF_FIELDS, Change, TrackerRule, changes

#: Who reads the local tracker: the team. A tracker on the network has the readers of its repository.
TRACKER = TEAM


@dataclass(frozen=True, slots=True)
class Place:
    """A destination and who reads there."""

    id: str
    visibility: Visibility


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """What the plan may say, and how far what it was made from may travel; the note has its own."""

    visibility: Visibility
    reply: str = ""
    issue_title: str = ""
    issue_body: str = ""
    note: str = ""
    note_visibility: Visibility | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Tracking:
    """What the tracker's Issues are given, and what is known of those that the plan would change."""

    rule: TrackerRule = field(default_factory=TrackerRule)
    labels: tuple[str, ...] = ()  #: of the Issue that the report is, where it is one
    known_is_open: bool = False


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
    made_from: Visibility | None = None


def plan(
    what_for: Intent | None,
    report: Report,
    reply_to: Place,
    tracker: Place,
    duplicate: Duplicate | None,
    texts: Texts,
    fields: Mapping[str, str],
    private: PrivateNames,
    tracking: Tracking | None = None,
) -> tuple[PlannedAction, ...]:
    """Return the steps: a new Issue before the reply that names it, a note and what is filed after it.

    `fields` (type, priority, status, area, assignee, estimate) go with a new Issue. Nothing is planned
    where there is nothing to say. A security report gets the reply and the private path, no Issue (A9).
    """
    if what_for is None:
        return ()
    tracking = tracking or Tracking()
    steps = [_Step(kind=ActionKind.REPLY, place=reply_to, body=texts.reply)]
    itself = is_issue_itself(report)
    files = files_issue(what_for) and may_file(report)
    if files:
        new = _Step(
            kind=ActionKind.CREATE_ISSUE,
            place=tracker,
            title=texts.issue_title,
            body=texts.issue_body,
            fields=fields,
        )
        steps.insert(0, new)
    if notes_issue(what_for) and duplicate is not None:
        steps += _of_known(report, duplicate, tracker, texts, tracking, itself=itself)
    if what_for is Intent.SECURITY:
        steps += _private_path(tracker, texts, fields, tracking.rule)
    if files and not blocked(ActionKind.CREATE_ISSUE, texts.visibility, tracker.visibility):
        steps += filing(f"{tracker.id}{NEW_ISSUE}", tracker.visibility, fields, tracking)
    elif itself and works_on_issue(what_for):
        steps += filing(report.id, tracker.visibility, fields, tracking)
    return tuple(_planned(step, texts.visibility, private) for step in steps)


def needs_description(what_for: Intent) -> bool:
    """Tell whether a plan for this may say something in the tracker: an Issue, a note, an advisory."""
    return files_issue(what_for) or notes_issue(what_for) or what_for is Intent.SECURITY


def _of_known(
    report: Report, duplicate: Duplicate, tracker: Place, texts: Texts, tracking: Tracking, *, itself: bool
) -> Iterator[_Step]:
    known = Place(duplicate.issue_id, tracker.visibility)
    yield _Step(kind=ActionKind.NOTE_ISSUE, place=known, body=texts.note, made_from=texts.note_visibility)
    if itself and tracking.rule.closes_duplicates and tracking.known_is_open:
        yield _Step(
            kind=ActionKind.CLOSE_DUPLICATE,
            place=Place(report.id, tracker.visibility),
            fields={"known": duplicate.issue_id},
            made_from=tracker.visibility,
        )


def _private_path(
    tracker: Place, texts: Texts, fields: Mapping[str, str], rule: TrackerRule
) -> Iterator[_Step]:
    """Propose the advisory that only those who handle it read; where nobody else reads, an Issue is none."""
    if rule.opens_advisories and tracker.visibility.level is Level.PUBLIC:
        yield _Step(
            kind=ActionKind.OPEN_ADVISORY,
            place=Place(tracker.id, HANDLERS),
            title=texts.issue_title,
            body=texts.issue_body,
            fields={"priority": fields.get("priority", "")},
        )


def filing(
    issue_id: str, visibility: Visibility, fields: Mapping[str, str], tracking: Tracking
) -> Iterator[_Step]:
    """Yield a step for each change of an Issue. What is set are the team's own words: they may stand there."""
    for change in changes(fields, tracking.rule, tracking.labels):
        yield _filed(change, Place(issue_id, visibility))


def _filed(change: Change, place: Place) -> _Step:
    return _Step(
        kind=change.kind, place=place, body=change.body, fields=change.fields, made_from=place.visibility
    )


def as_corrected(
    planned: Sequence[tuple[int, PlannedAction]],
    left_out: Sequence[PlannedAction],
    fields: Mapping[str, str],
    tracking: Tracking,
    private: PrivateNames,
) -> list[tuple[int, PlannedAction]]:
    """Return the kept steps, by position, with their changes of the Issue as corrected fields have them.

    What was left out stays out, whatever would be set; where no Issue is filed or changed, nothing is.
    """
    kept = [(at, step) for at, step in planned if step.kind not in OF_FIELDS]
    target = _target([step for _, step in planned])
    if target is None:
        return kept
    out = {(step.kind, step.fields.get("of", "")) for step in left_out}
    places: dict[tuple[str, str], int] = {(step.kind, step.fields.get("of", "")): at for at, step in planned}
    following = 1 + max(at for at, _ in planned)
    for change in changes(fields, tracking.rule, tracking.labels):
        if change.slot not in out:
            step = _planned(_filed(change, target), target.visibility, private)
            kept.append((places.get(change.slot, following), step))
            following += change.slot not in places
    return sorted(kept, key=lambda pair: pair[0])


def _target(steps: Sequence[PlannedAction]) -> Place | None:
    for step in steps:
        if step.kind is ActionKind.CREATE_ISSUE:
            return Place(f"{step.destination}{NEW_ISSUE}", step.visibility)
    return next((Place(each.destination, each.visibility) for each in steps if each.kind in OF_FIELDS), None)


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
    made_from = step.made_from or made_from
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
