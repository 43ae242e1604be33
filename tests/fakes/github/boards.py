"""Boards (Projects v2) over REST; the same boards stand behind GraphQL."""

from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.graph import put_on
from tests.fakes.github.shapes import dull
from tests.fakes.github.state import Field, Item, Project
from tests.fakes.github.wire import Answer, Asked, Problem, endpoint, page

BOARD = "/orgs/{org}/projectsV2/{project_number}"
READ, WRITE = "organization_projects:read", "organization_projects:write"


def _board(asked: Asked) -> Project:
    found = asked.hub.projects.get((asked.path["org"], int(asked.path["project_number"])))
    if found is None:
        raise Problem(404, "Not Found")
    return found


@endpoint("GET", BOARD, READ)
def board(asked: Asked) -> Answer:
    found = _board(asked)
    owner = shapes.user(asked.hub, found.owner)
    said = dull(
        "projects-v2",
        id=found.id,
        node_id=f"PVT_{found.id}",
        number=found.number,
        title=found.title,
        owner=owner,
        creator=owner,
    )
    return Answer(200, said)


@endpoint("GET", f"{BOARD}/fields", READ)
def fields(asked: Asked) -> Answer:
    return page(asked, _board(asked).fields, _field)


def _field(found: Field) -> dict[str, Any]:
    def text(said: str) -> dict[str, str]:
        return {"raw": said, "html": said}

    options = [
        {"id": id, "name": text(name), "description": text(""), "color": "GRAY"}
        for id, name in found.options.items()
    ]
    return dull(
        "projects-v2-field",
        id=found.id,
        node_id=f"PVTSSF_{found.id}",
        name=found.name,
        data_type="single_select",
        options=options,
    )


@endpoint("GET", f"{BOARD}/items", READ)
def items(asked: Asked) -> Answer:
    found = _board(asked)
    return page(asked, found.items, lambda each: _item(asked, found, each))


@endpoint("POST", f"{BOARD}/items", WRITE)
def add(asked: Asked) -> Answer:
    found = _board(asked)
    for here in asked.hub.repositories.values():
        for issue in here.issues.values():
            if issue.id == asked.body.get("id"):
                item = put_on(asked.hub, found, here, issue)
                return Answer(201, dull("projects-v2-item-simple", **_shared(asked, item)))
    raise Problem(404, "Not Found")


def _one(asked: Asked) -> tuple[Project, Item]:
    found = _board(asked)
    for each in found.items:
        if each.id == int(asked.path["item_id"]):
            return found, each
    raise Problem(404, "Not Found")


@endpoint("GET", f"{BOARD}/items/{{item_id}}", READ)
def item(asked: Asked) -> Answer:
    return Answer(200, _item(asked, *_one(asked)))


@endpoint("PATCH", f"{BOARD}/items/{{item_id}}", WRITE)
def set_fields(asked: Asked) -> Answer:
    found, each = _one(asked)
    for change in asked.body["fields"]:
        field = next((known for known in found.fields if known.id == change["id"]), None)
        if field is None or change["value"] not in field.options:
            raise Problem(422, "Validation Failed")
        each.values[field.id] = change["value"]
    return Answer(200, _item(asked, found, each))


def _shared(asked: Asked, found: Item) -> dict[str, Any]:
    return {
        "id": found.id,
        "node_id": f"PVTI_{found.id}",
        "content_type": "Issue",
        "content": shapes.issue(found.repository, found.issue),
        "creator": shapes.user(asked.hub, found.repository.owner),
    }


def _item(asked: Asked, project: Project, found: Item) -> dict[str, Any]:
    values = [
        {"id": each.id, "name": each.name, "data_type": "single_select", "value": _chosen(each, found)}
        for each in project.fields
    ]
    return dull("projects-v2-item-with-content", **_shared(asked, found), fields=values)


def _chosen(field: Field, item: Item) -> dict[str, Any] | None:
    option = item.values.get(field.id)
    return None if option is None else {"id": option, "name": field.options[option]}
