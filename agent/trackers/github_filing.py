"""How an Issue is filed at GitHub: labels, type, assignee, board and its fields, closed as a duplicate.

Each is a state that can be looked at: it is set where it does not hold, and found again by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from agent.clients.github import Reading, Writing
from agent.clients.github_marks import Named
from agent.domain.actions import Action, ActionKind
from agent.errors import Missing, Rejected
from agent.trackers.github_issues import DETAILS, issue_of

ITEMS = """
query($owner: String!, $name: String!, $number: Int!, $field: String!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      id
      projectItems(first: 100) {
        nodes {
          id
          project { id }
          fieldValueByName(name: $field) { ... on ProjectV2ItemFieldSingleSelectValue { name } }
        }
      }
    }
  }
}
"""
BOARD = """
query($login: String!, $number: Int!, $field: String!) {
  organization(login: $login) {
    projectV2(number: $number) {
      id
      url
      field(name: $field) { ... on ProjectV2SingleSelectField { id options { id name } } }
    }
  }
}
"""
PUT_ON = """
mutation($project: ID!, $content: ID!) {
  addProjectV2ItemById(input: {projectId: $project, contentId: $content}) { item { id } }
}
"""
SET_FIELD = """
mutation($project: ID!, $item: ID!, $field: ID!, $option: String!) {
  updateProjectV2ItemFieldValue(
    input: {projectId: $project, itemId: $item, fieldId: $field, value: {singleSelectOptionId: $option}}
  ) { projectV2Item { id } }
}
"""
#: Every board has it; asked for where no field is meant.
TITLE = "Title"


@dataclass(frozen=True, slots=True)
class Filing:
    """An Issue with the clients of its repository."""

    reading: Reading
    writing: Writing
    issue: Named

    def payload(self) -> Mapping[str, Any]:
        """Read the Issue; raises Moved and Missing."""
        found: Mapping[str, Any] = self.reading.get(self.issue.path).body
        return found


def find_held(at: Filing, action: Action) -> str | None:
    """Return a link to where it holds already; None where it does not, or the Issue is gone."""
    try:
        if action.kind in (ActionKind.BOARD_ISSUE, ActionKind.FIELD_ISSUE):
            return _on_board(at, action)
        found = at.payload()
        closes = action.kind is ActionKind.CLOSE_DUPLICATE
        holds = _is_closed_as_duplicate(at, found, action.fields) if closes else _holds(found, action)
        return str(found["html_url"]) if holds else None
    except Missing:
        return None


def hold(at: Filing, action: Action) -> None:
    """Set it, with one write. Raises Rejected with the reason where it cannot be set."""
    _HOLD[action.kind](at, action.fields)


def _holds(found: Mapping[str, Any], action: Action) -> bool:
    return _HOLDS[action.kind](found, action.fields)


def _has_label(found: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    names = {each["name"] if isinstance(each, dict) else each for each in found["labels"]}
    return fields["label"].casefold() in {str(name).casefold() for name in names}


def _has_no_label(found: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    return not _has_label(found, fields)


def _has_type(found: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    name = (found.get("type") or {}).get("name", "")
    return str(name).casefold() == fields["type"].casefold()


def _is_assigned(found: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    logins = {str(each["login"]).casefold() for each in found.get("assignees") or []}
    return fields["login"].casefold() in logins


def _is_closed_as_duplicate(at: Filing, found: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    if found["state"] != "closed" or found.get("state_reason") != "duplicate":
        return False
    details = at.reading.graphql(DETAILS, {"ids": [found["node_id"]]}, partial=True)["nodes"][0]
    return issue_of(found, details or {}).duplicate_of == fields["known"]


def _label(at: Filing, fields: Mapping[str, str]) -> None:
    """Put a label on. GitHub would make one that is not there; a team that removed it meant that."""
    project, label = at.issue.project, fields["label"]
    try:
        at.reading.get(f"/repos/{project}/labels/{quote(label, safe='')}")
    except Missing as error:
        raise Rejected(
            f"The label {label!r} is not in {project} (any more). Make it there and try again, or leave this out."
        ) from error
    at.writing.send("POST", f"{at.issue.path}/labels", {"labels": [label]})


def _unlabel(at: Filing, fields: Mapping[str, str]) -> None:
    at.writing.send("DELETE", f"{at.issue.path}/labels/{quote(fields['label'], safe='')}")


def _set_type(at: Filing, fields: Mapping[str, str]) -> None:
    at.writing.send("PATCH", at.issue.path, {"type": fields["type"]})


def _assign(at: Filing, fields: Mapping[str, str]) -> None:
    at.writing.send("POST", f"{at.issue.path}/assignees", {"assignees": [fields["login"]]})


def _close_as_duplicate(at: Filing, fields: Mapping[str, str]) -> None:
    """Close it, linked to the one that is known; that one must be open and older, or nothing is closed."""
    mine, known = at.payload(), Named.read(fields["known"])
    if mine["state"] == "closed":
        raise Rejected(f"{at.issue} was closed meanwhile. Nothing was changed; leave this out.")
    if known is None:
        raise Rejected(f"{fields['known']} is no Issue of GitHub. Nothing was closed; leave this out.")
    target = at.reading.get(known.path).body
    if target["state"] != "open" or target["created_at"] > mine["created_at"]:
        raise Rejected(f"{known} is closed, or newer than {at.issue}. Nothing was closed; decide again.")
    closing = {"state": "closed", "state_reason": "duplicate", "duplicate_issue_id": target["id"]}
    at.writing.send("PATCH", at.issue.path, closing)


def _board_of(at: Filing, fields: Mapping[str, str]) -> Mapping[str, Any]:
    login, _, number = fields["board"].partition("/")
    asked = {"login": login, "number": int(number), "field": fields.get("field", TITLE)}
    found = at.reading.graphql(BOARD, asked)["organization"]
    board: Mapping[str, Any] | None = found and found["projectV2"]
    if not board:
        raise Rejected(
            f"There is no board {fields['board']} that may be seen. Look at tracker.yaml, then: triage doctor"
        )
    return board


def _items(at: Filing, field: str) -> Mapping[str, Any]:
    owner, _, name = at.issue.project.partition("/")
    asked = {"owner": owner, "name": name, "number": at.issue.number, "field": field}
    found = at.reading.graphql(ITEMS, asked)["repository"]["issue"]
    if not found:
        at.payload()  # says where it went
        raise Missing(f"{at.issue} is not there. Leave this out.")
    items: Mapping[str, Any] = found
    return items


def _item(at: Filing, board: Mapping[str, Any], field: str) -> Mapping[str, Any] | None:
    nodes = _items(at, field)["projectItems"]["nodes"]
    return next((each for each in nodes if each and each["project"]["id"] == board["id"]), None)


def _on_board(at: Filing, action: Action) -> str | None:
    board = _board_of(at, action.fields)
    item = _item(at, board, action.fields.get("field", TITLE))
    if item is None:
        return None
    if action.kind is ActionKind.FIELD_ISSUE:
        value = (item["fieldValueByName"] or {}).get("name")
        return str(board["url"]) if value == action.fields["value"] else None
    return str(board["url"])


def _put_on_board(at: Filing, fields: Mapping[str, str]) -> None:
    board, issue = _board_of(at, fields), _items(at, TITLE)
    at.writing.graphql(PUT_ON, {"project": board["id"], "content": issue["id"]})


def _set_field(at: Filing, fields: Mapping[str, str]) -> None:
    board = _board_of(at, fields)
    item, field = _item(at, board, fields["field"]), board["field"]
    if item is None:
        raise Rejected(f"{at.issue} is not on the board {fields['board']}. Put it there, then try again.")
    options = (field or {}).get("options") or []
    option = next((each["id"] for each in options if each["name"] == fields["value"]), None)
    if option is None:
        raise Rejected(
            f"The board {fields['board']} has no field {fields['field']!r} with {fields['value']!r}. "
            "Add it there or change tracker.yaml, then try again."
        )
    set_to = {"project": board["id"], "item": item["id"], "field": field["id"], "option": option}
    at.writing.graphql(SET_FIELD, set_to)


_HOLDS: Mapping[ActionKind, Callable[[Mapping[str, Any], Mapping[str, str]], bool]] = {
    ActionKind.LABEL_ISSUE: _has_label,
    ActionKind.UNLABEL_ISSUE: _has_no_label,
    ActionKind.TYPE_ISSUE: _has_type,
    ActionKind.ASSIGN_ISSUE: _is_assigned,
}
_HOLD: Mapping[ActionKind, Callable[[Filing, Mapping[str, str]], None]] = {
    ActionKind.LABEL_ISSUE: _label,
    ActionKind.UNLABEL_ISSUE: _unlabel,
    ActionKind.TYPE_ISSUE: _set_type,
    ActionKind.ASSIGN_ISSUE: _assign,
    ActionKind.CLOSE_DUPLICATE: _close_as_duplicate,
    ActionKind.BOARD_ISSUE: _put_on_board,
    ActionKind.FIELD_ISSUE: _set_field,
}
