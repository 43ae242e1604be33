"""The GraphQL endpoint: GitHub's own schema, cut to what is in use, runs over the state.

A query that the schema does not know is refused like any other request.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import GraphQLSchema, build_schema, graphql_sync, parse, validate

from tests.fakes.github import shapes
from tests.fakes.github.description import DATA
from tests.fakes.github.state import Comment, Discussion, Event, Field, Issue, Item, Project, Repository

if TYPE_CHECKING:
    from tests.fakes.github.hub import Hub

Node = dict[str, Any]


@cache
def schema() -> GraphQLSchema:
    return build_schema((DATA / "schema.graphql").read_text())


def refusals(query: str) -> list[str]:
    """Say what the schema refuses of a query."""
    try:
        document = parse(query)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is refused
        return [str(error)]
    return [each.message for each in validate(schema(), document)]


def run(hub: "Hub", query: str, variables: dict[str, Any], who: str) -> dict[str, Any]:
    """Run a query; errors come as GitHub gives them, beside the data."""
    result = graphql_sync(schema(), query, root_value=_root(hub, who), variable_values=variables)
    said: dict[str, Any] = {"data": result.data}
    if result.errors:
        said["errors"] = [
            {"message": each.message, "type": getattr(each.original_error, "type", ""), "path": each.path}
            for each in result.errors
        ]
    return said


class NotFound(Exception):
    type = "NOT_FOUND"


def _root(hub: "Hub", who: str) -> Node:
    def repository_of(_info: Any, owner: str, name: str, **_: Any) -> Node:
        found = hub.named(f"{owner}/{name}")
        if found is None or (found.private and not hub.may(who, found, "metadata", "read")):
            raise NotFound(f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        return _repository(found)

    return {
        "repository": repository_of,
        "nodes": lambda _info, ids: [_found(hub, each) for each in ids],
        "node": lambda _info, id: _by_id(hub, id),
        "organization": lambda _info, login: _organization(hub, login),
        "rateLimit": lambda _info, dryRun=False: {
            "cost": 1,
            "limit": hub.quota.limit,
            "remaining": hub.quota.remaining,
            "resetAt": shapes.moment(hub.quota.resets_at),
        },
        "addProjectV2ItemById": lambda _info, input: _add_item(hub, input),
        "updateProjectV2ItemFieldValue": lambda _info, input: _set_field(hub, input),
    }


def _found(hub: "Hub", wanted: str) -> Node | NotFound:
    """Give a node or, in its place, the error that GitHub tells beside those that it found."""
    found = _by_id(hub, wanted)
    return (
        NotFound(f"Could not resolve to a node with the global id of '{wanted}'") if found is None else found
    )


def _by_id(hub: "Hub", wanted: str) -> Node | None:
    kind, _, number = wanted.partition("_")
    for here in hub.repositories.values():
        if kind in ("I", "PR"):
            for found in here.issues.values():
                if str(found.id) == number:
                    return _issue(here, found)
        if kind == "D":
            for each in here.discussions.values():
                if str(each.id) == number:
                    return _discussion(here, each)
    for project in hub.projects.values():
        for item in project.items:
            if wanted == f"PVTI_{item.id}":
                return _item(project, item)
    return None


def _connection(found: Sequence[Any], shape: Callable[[Any], Node], given: dict[str, Any]) -> Node:
    """Give a page of a list, as cursors ask for it: `first` and `after`, or `last`."""
    nodes = [(str(at), each) for at, each in enumerate(found)]
    if given.get("after"):
        nodes = [(at, each) for at, each in nodes if int(at) > int(given["after"])]
    total, more = len(found), False
    if given.get("first") is not None:
        more, nodes = len(nodes) > given["first"], nodes[: given["first"]]
    elif given.get("last") is not None:
        nodes = nodes[-given["last"] :]
    return {
        "nodes": [shape(each) for _, each in nodes],
        "totalCount": total,
        "pageInfo": {"hasNextPage": more, "endCursor": nodes[-1][0] if nodes else None},
    }


def _listed(found: Callable[[], Sequence[Any]], shape: Callable[[Any], Node]) -> Callable[..., Node]:
    return lambda _info, **given: _connection(found(), shape, given)


def _actor(here: Repository, login: str) -> Node:
    account = here.hub.account(login)
    return {"__typename": account.kind, "login": login, "id": f"U_{account.id}"}


def _repository(here: Repository) -> Node:
    return {
        "__typename": "Repository",
        "id": f"R_{here.id}",
        "nameWithOwner": here.full_name,
        "issue": lambda _info, number: _issue(here, here.issues[number]) if number in here.issues else None,
        "issues": _listed(
            lambda: [each for each in here.issues.values() if not each.is_pull],
            lambda each: _issue(here, each),
        ),
        "discussions": _listed(
            lambda: sorted(here.discussions.values(), key=lambda each: each.updated_at, reverse=True),
            lambda each: _discussion(here, each),
        ),
    }


def _issue(here: Repository, found: Issue) -> Node:
    planned = here.milestones.get(found.milestone or 0)

    def items(_info: Any, **given: Any) -> Node:
        mine = [
            (project, item)
            for project in here.hub.projects.values()
            for item in project.items
            if item.issue is found
        ]
        return _connection(mine, lambda pair: _item(*pair), given)

    return {
        "__typename": "PullRequest" if found.is_pull else "Issue",
        "id": f"{'PR' if found.is_pull else 'I'}_{found.id}",
        "number": found.number,
        "title": found.title,
        "body": found.body,
        "url": f"{shapes.WEB}/{here.full_name}/issues/{found.number}",
        "state": found.state.upper(),
        "stateReason": (found.state_reason or "").upper() or None,
        "author": _actor(here, found.author),
        "repository": lambda _info: _repository(here),
        "milestone": {"title": planned.title} if planned else None,
        "merged": found.merge_commit is not None,
        "mergeCommit": {"oid": found.merge_commit} if found.merge_commit else None,
        "comments": _listed(lambda: found.comments, lambda each: _comment(here, each)),
        "timelineItems": lambda _info, **given: _timeline(here, found, given),
        "projectItems": items,
    }


def _comment(here: Repository, found: Comment) -> Node:
    return {
        "__typename": "IssueComment",
        "id": f"IC_{found.id}",
        "body": found.body,
        "author": _actor(here, found.author),
        "authorAssociation": shapes.association(here, found.author),
        "createdAt": shapes.moment(found.created_at),
        "updatedAt": shapes.moment(found.updated_at),
        "replies": lambda _info, **given: _connection((), dict, given),
        "url": f"{shapes.WEB}/{here.full_name}#comment-{found.id}",
    }


_KINDS = {
    "closed": ("CLOSED_EVENT", "ClosedEvent"),
    "marked_as_duplicate": ("MARKED_AS_DUPLICATE_EVENT", "MarkedAsDuplicateEvent"),
    "unmarked_as_duplicate": ("UNMARKED_AS_DUPLICATE_EVENT", "UnmarkedAsDuplicateEvent"),
}


def _timeline(here: Repository, found: Issue, given: dict[str, Any]) -> Node:
    wanted = given.get("itemTypes") or [kind for kind, _ in _KINDS.values()]
    shown = [each for each in found.events if _KINDS.get(each.event, ("",))[0] in wanted]
    return _connection(shown, lambda each: _event(here, each), given)


def _event(here: Repository, found: Event) -> Node:
    said: Node = {"__typename": _KINDS[found.event][1], "createdAt": shapes.moment(found.created_at)}
    if "canonical" in found.more:
        said["canonical"] = _issue(*found.more["canonical"])
    if "state_reason" in found.more:
        said["stateReason"] = found.more["state_reason"].upper()
    closer = found.more.get("closer")
    if isinstance(closer, Issue):
        said["closer"] = _issue(here, closer)
    elif closer:
        said["closer"] = {"__typename": "Commit", "oid": closer}
    return said


def _discussion(here: Repository, found: Discussion) -> Node:
    return {
        "__typename": "Discussion",
        "id": f"D_{found.id}",
        "number": found.number,
        "title": found.title,
        "body": found.body,
        "url": f"{shapes.WEB}/{here.full_name}/discussions/{found.number}",
        "author": _actor(here, found.author),
        "authorAssociation": shapes.association(here, found.author),
        "createdAt": shapes.moment(found.created_at),
        "updatedAt": shapes.moment(found.updated_at),
        "isAnswered": False,
        "category": {"name": "Q&A", "isAnswerable": True},
        "comments": _listed(lambda: found.comments, lambda each: _discussion_comment(here, found, each)),
    }


def _discussion_comment(here: Repository, on: Discussion, found: Comment) -> Node:
    url = f"{shapes.WEB}/{here.full_name}/discussions/{on.number}#discussioncomment-{found.id}"
    return {**_comment(here, found), "__typename": "DiscussionComment", "url": url}


def _organization(hub: "Hub", login: str) -> Node:
    account = hub.account(login)
    return {
        "__typename": "Organization",
        "login": login,
        "id": f"O_{account.id}",
        "projectV2": lambda _info, number: (
            _project(hub.projects[login, number]) if (login, number) in hub.projects else None
        ),
    }


def _project(found: Project) -> Node:
    fields = {each.name: _field(each) for each in found.fields}
    return {
        "__typename": "ProjectV2",
        "id": f"PVT_{found.id}",
        "number": found.number,
        "title": found.title,
        "url": f"{shapes.WEB}/orgs/{found.owner}/projects/{found.number}",
        "field": lambda _info, name: fields.get(name),
        "items": _listed(lambda: found.items, lambda each: _item(found, each)),
    }


def _field(found: Field) -> Node:
    options = [{"id": id, "name": name} for id, name in found.options.items()]
    return {
        "__typename": "ProjectV2SingleSelectField",
        "id": f"PVTSSF_{found.id}",
        "name": found.name,
        "options": lambda _info, names=None: [each for each in options if not names or each["name"] in names],
    }


def _item(project: Project, found: Item) -> Node:
    def value(_info: Any, name: str) -> Node | None:
        for each in project.fields:
            if each.name == name and each.id in found.values:
                option = found.values[each.id]
                return {
                    "__typename": "ProjectV2ItemFieldSingleSelectValue",
                    "optionId": option,
                    "name": each.options[option],
                }
        return None

    return {
        "__typename": "ProjectV2Item",
        "id": f"PVTI_{found.id}",
        "content": lambda _info: _issue(found.repository, found.issue),
        "project": lambda _info: _project(project),
        "fieldValueByName": value,
    }


def _project_by_id(hub: "Hub", wanted: str) -> Project:
    for each in hub.projects.values():
        if wanted == f"PVT_{each.id}":
            return each
    raise NotFound(f"Could not resolve to a node with the global id of '{wanted}'")


def put_on(hub: "Hub", project: Project, here: Repository, issue: Issue) -> Item:
    """Put an Issue on a board; it is there once however often it is put."""
    for each in project.items:
        if each.issue is issue:
            return each
    project.items.append(Item(hub.next_id(), issue, here))
    return project.items[-1]


def _add_item(hub: "Hub", given: dict[str, Any]) -> Node:
    project = _project_by_id(hub, given["projectId"])
    for here in hub.repositories.values():
        for issue in here.issues.values():
            if given["contentId"] in (f"I_{issue.id}", f"PR_{issue.id}"):
                return {"item": _item(project, put_on(hub, project, here, issue))}
    raise NotFound(f"Could not resolve to a node with the global id of '{given['contentId']}'")


def _set_field(hub: "Hub", given: dict[str, Any]) -> Node:
    project = _project_by_id(hub, given["projectId"])
    item = next((each for each in project.items if given["itemId"] == f"PVTI_{each.id}"), None)
    field = next((each for each in project.fields if given["fieldId"] == f"PVTSSF_{each.id}"), None)
    option = given["value"].get("singleSelectOptionId")
    if item is None or field is None or option not in field.options:
        raise NotFound("Could not resolve to a node with the global id that was given")
    item.values[field.id] = option
    return {"projectV2Item": _item(project, item)}
