"""Endpoints that write."""

from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.reading import OF_ISSUE, REPOSITORY
from tests.fakes.github.state import Advisory, Issue, Repository
from tests.fakes.github.wire import Answer, Asked, Problem, endpoint


def _names(given: list[Any]) -> list[str]:
    return [each if isinstance(each, str) else each["name"] for each in given]


def _invalid(resource: str, name: str) -> Problem:
    return Problem(
        422, "Validation Failed", errors=[{"resource": resource, "field": name, "code": "invalid"}]
    )


@endpoint("POST", f"{REPOSITORY}/issues", "issues:write")
def create(asked: Asked) -> Answer:
    here, given = asked.repository, asked.body
    if given.get("type") and given["type"] not in asked.hub.issue_types:
        raise _invalid("Issue", "type")
    made = here.file(
        str(given["title"]),
        asked.hub.keeps(given.get("body", "")),
        author=asked.who,
        labels=tuple(_names(given.get("labels", []))),
        type=given.get("type"),
    )
    made.assignees = _assignable(here, given.get("assignees", []))
    return Answer(201, shapes.issue(here, made), {"location": shapes.url(here, "issues", made.number)})


def _assignable(here: Repository, logins: list[str]) -> list[str]:
    """Drop, as GitHub does and without a word, who cannot be assigned."""
    return [login for login in logins if login in here.roles]


@endpoint("PATCH", OF_ISSUE, "issues:write")
def update(asked: Asked) -> Answer:
    here, issue, given = asked.repository, asked.issue, asked.body
    if given.get("type") and given["type"] not in asked.hub.issue_types:
        raise _invalid("Issue", "type")
    fields = {name: given[name] for name in ("title", "body", "milestone", "type") if name in given}
    if "labels" in given:
        fields["labels"] = [here.label(name) for name in _names(given["labels"])]
    if "assignees" in given:
        fields["assignees"] = _assignable(here, given["assignees"])
    if fields:
        here.edit(issue, **fields)
    _change_state(asked, here, issue)
    return Answer(200, shapes.issue(here, issue))


def _change_state(asked: Asked, here: Repository, issue: Issue) -> None:
    given = asked.body
    if given.get("duplicate_issue_id") is not None:
        found = [each for each in here.issues.values() if each.id == given["duplicate_issue_id"]]
        if not found:
            raise _invalid("Issue", "duplicate_issue_id")
        here.mark_duplicate(issue, found[0], asked.who)
    if given.get("state") == "closed":
        here.close(issue, given.get("state_reason") or "completed", asked.who)
    elif given.get("state") == "open" and issue.state == "closed":
        here.reopen(issue, asked.who)


@endpoint("POST", f"{OF_ISSUE}/comments", "issues:write")
def comment(asked: Asked) -> Answer:
    issue = asked.issue
    if issue.locked and asked.repository.roles.get(asked.who) in (None, "read", "triage"):
        raise Problem(403, "Unable to create comment because issue is locked.")
    made = asked.repository.comment(issue, asked.hub.keeps(asked.body["body"]), asked.who)
    return Answer(201, shapes.comment(asked.repository, issue, made))


def _comment(asked: Asked) -> tuple[Issue, Any]:
    wanted = int(asked.path["comment_id"])
    for issue in asked.repository.issues.values():
        for each in issue.comments:
            if each.id == wanted:
                return issue, each
    raise Problem(404, "Not Found")


@endpoint("GET", f"{REPOSITORY}/issues/comments/{{comment_id}}", "issues:read")
def one_comment(asked: Asked) -> Answer:
    return Answer(200, shapes.comment(asked.repository, *_comment(asked)))


@endpoint("PATCH", f"{REPOSITORY}/issues/comments/{{comment_id}}", "issues:write")
def edit_comment(asked: Asked) -> Answer:
    issue, found = _comment(asked)
    found.body, found.updated_at = asked.body["body"], asked.hub.clock.tick()
    issue.updated_at = found.updated_at
    return Answer(200, shapes.comment(asked.repository, issue, found))


@endpoint("POST", f"{OF_ISSUE}/labels", "issues:write")
def add_labels(asked: Asked) -> Answer:
    here, issue = asked.repository, asked.issue
    given = asked.body if isinstance(asked.body, list) else asked.body["labels"]
    for name in _names(given):
        if (label := here.label(name)) not in issue.labels:
            issue.labels.append(label)
            here.happened(issue, "labeled", asked.who, label=label)
    return Answer(200, [shapes.label(here, name) for name in issue.labels])


@endpoint("DELETE", f"{OF_ISSUE}/labels/{{name}}", "issues:write")
def remove_label(asked: Asked) -> Answer:
    here, issue = asked.repository, asked.issue
    gone = [name for name in issue.labels if name.casefold() == asked.path["name"].casefold()]
    if not gone:
        raise Problem(404, "Label does not exist")
    issue.labels.remove(gone[0])
    here.happened(issue, "unlabeled", asked.who, label=gone[0])
    return Answer(200, [shapes.label(here, name) for name in issue.labels])


@endpoint("POST", f"{REPOSITORY}/labels", "issues:write")
def create_label(asked: Asked) -> Answer:
    here, name = asked.repository, asked.body["name"]
    if any(known.casefold() == name.casefold() for known in here.labels):
        raise Problem(
            422,
            "Validation Failed",
            errors=[{"resource": "Label", "field": "name", "code": "already_exists"}],
        )
    return Answer(201, shapes.label(here, here.label(name)))


@endpoint("POST", f"{REPOSITORY}/security-advisories", "repository_advisories:write")
def open_advisory(asked: Asked) -> Answer:
    here, given = asked.repository, asked.body
    made = Advisory(
        f"GHSA-{asked.hub.next_id()}-aaaa-bbbb",
        given["summary"],
        given["description"],
        asked.who,
        given.get("severity"),
        asked.hub.clock.tick(),
    )
    here.advisories.append(made)
    return Answer(201, shapes.advisory(here, made))


@endpoint("POST", f"{OF_ISSUE}/assignees", "issues:write")
def assign(asked: Asked) -> Answer:
    here, issue = asked.repository, asked.issue
    for login in _assignable(here, asked.body["assignees"]):
        if login not in issue.assignees:
            issue.assignees.append(login)
            here.happened(issue, "assigned", asked.who)
    return Answer(201, shapes.issue(here, issue))
