"""What is done to an Issue beside its words: labels, type, assignee, board, estimate (T2, T16, S9, A6, A12).

The team's `tracker.yaml` decides; what it does not name is not done. Every change is a step of its own,
so that each can fail, be tried again or be left out alone.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from agent.domain.actions import FILING, ActionKind

#: The label of an area, as `routing.yaml` promises.
AREA_LABEL = "area/{}"
ESTIMATE = "Estimate: {}"
#: What a correction of fields alone can change in a plan.
OF_FIELDS = FILING | {ActionKind.ESTIMATE_ISSUE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """A board of the tracker: `owner/number`, its fields, and what it calls each priority."""

    id: str
    priority_field: str = ""  #: "" where the board has none
    status_field: str = ""
    priorities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackerRule:
    """What a team wants on its Issues. The empty one wants nothing."""

    type_labels: Mapping[str, str] = field(default_factory=dict)
    priority_labels: Mapping[str, str] = field(default_factory=dict)
    has_area_labels: bool = False
    issue_types: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, str] = field(default_factory=dict)  #: person → account at the tracker
    board: Board | None = None
    closes_duplicates: bool = False
    opens_advisories: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of one Issue: what kind, and what is set."""

    kind: ActionKind
    fields: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def slot(self) -> tuple[str, str]:
        """Tell which change of a plan it is, whatever is set: a person leaves out a slot."""
        return self.kind, self.fields.get("of", "")


def changes(fields: Mapping[str, str], rule: TrackerRule, labels: Collection[str] = ()) -> Iterator[Change]:
    """Yield what to do to an Issue with these fields (type, priority, status, area, assignee, estimate).

    `labels` are those that it carries already: they are not set again, and of the priorities' labels
    only the right one stays.
    """
    wanted = _labels(fields, rule)
    has = {label.casefold() for label in labels}
    for of, label in wanted.items():
        if label.casefold() not in has:
            yield Change(kind=ActionKind.LABEL_ISSUE, fields={"of": of, "label": label})
    yield from _wrong_priorities(wanted.get("priority", ""), rule, labels)
    if issue_type := rule.issue_types.get(fields.get("type", "")):
        yield Change(kind=ActionKind.TYPE_ISSUE, fields={"of": "type", "type": issue_type})
    if login := rule.logins.get(fields.get("assignee", "")):
        yield Change(kind=ActionKind.ASSIGN_ISSUE, fields={"of": "assignee", "login": login})
    if rule.board:
        yield from _board(fields, rule.board)
    if estimate := fields.get("estimate"):
        yield Change(
            kind=ActionKind.ESTIMATE_ISSUE, fields={"of": "estimate"}, body=ESTIMATE.format(estimate)
        )


def _labels(fields: Mapping[str, str], rule: TrackerRule) -> dict[str, str]:
    area = fields.get("area")
    wanted = {
        "type": rule.type_labels.get(fields.get("type", "")),
        "priority": rule.priority_labels.get(fields.get("priority", "")),
        "area": AREA_LABEL.format(area) if rule.has_area_labels and area else None,
    }
    return {of: label for of, label in wanted.items() if label}


def _wrong_priorities(right: str, rule: TrackerRule, labels: Collection[str]) -> Iterator[Change]:
    known = {label.casefold() for label in rule.priority_labels.values()} - {right.casefold()}
    for label in labels:
        if label.casefold() in known:
            yield Change(kind=ActionKind.UNLABEL_ISSUE, fields={"of": f"not {label}", "label": label})


def _board(fields: Mapping[str, str], board: Board) -> Iterator[Change]:
    yield Change(kind=ActionKind.BOARD_ISSUE, fields={"board": board.id})
    values = {
        "priority": (board.priority_field, board.priorities.get(fields.get("priority", ""))),
        "status": (board.status_field, fields.get("status")),
    }
    for of, (name, value) in values.items():
        if name and value:
            set_to = {"of": of, "board": board.id, "field": name, "value": value}
            yield Change(kind=ActionKind.FIELD_ISSUE, fields=set_to)
