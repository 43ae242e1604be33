"""`python -m scripts.github_description`: GitHub's own descriptions, cut down to what the tests use.

Takes three packages of npm (needs `npm`): the OpenAPI description, the GraphQL schema and the
examples of webhooks. What the stand-in of `tests/fakes/github` answers is named in OPERATIONS and
FIELDS; add a line and run this again.
"""

import gzip
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "tests" / "data" / "github"
PACKAGES = {
    "@octokit/openapi": ("23.0.2", "LICENSE"),
    "@octokit/graphql-schema": ("15.26.1", "LICENSE.md"),
    "@octokit/webhooks-examples": ("7.6.1", ""),
}
OF_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"
OPERATIONS = {
    "/app": ("get",),
    "/app/installations": ("get",),
    "/app/installations/{installation_id}/access_tokens": ("post",),
    "/installation/repositories": ("get",),
    "/orgs/{org}/issue-types": ("get",),
    "/orgs/{org}/projectsV2": ("get",),
    "/orgs/{org}/projectsV2/{project_number}": ("get",),
    "/orgs/{org}/projectsV2/{project_number}/fields": ("get",),
    "/orgs/{org}/projectsV2/{project_number}/items": ("get", "post"),
    "/orgs/{org}/projectsV2/{project_number}/items/{item_id}": ("get", "patch"),
    "/orgs/{org}/teams": ("get",),
    "/orgs/{org}/teams/{team_slug}/members": ("get",),
    "/rate_limit": ("get",),
    "/repos/{owner}/{repo}": ("get",),
    "/repos/{owner}/{repo}/assignees": ("get",),
    "/repos/{owner}/{repo}/collaborators/{username}/permission": ("get",),
    "/repos/{owner}/{repo}/compare/{basehead}": ("get",),
    "/repos/{owner}/{repo}/installation": ("get",),
    "/repos/{owner}/{repo}/issues": ("get", "post"),
    "/repos/{owner}/{repo}/issues/comments": ("get",),
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": ("get", "patch", "delete"),
    "/repos/{owner}/{repo}/issues/events": ("get",),
    OF_ISSUE: ("get", "patch"),
    f"{OF_ISSUE}/assignees": ("post", "delete"),
    f"{OF_ISSUE}/comments": ("get", "post"),
    f"{OF_ISSUE}/events": ("get",),
    f"{OF_ISSUE}/labels": ("get", "post"),
    f"{OF_ISSUE}/labels/{{name}}": ("delete",),
    f"{OF_ISSUE}/timeline": ("get",),
    "/repos/{owner}/{repo}/labels": ("get", "post"),
    "/repos/{owner}/{repo}/labels/{name}": ("get",),
    "/repos/{owner}/{repo}/milestones": ("get",),
    "/repos/{owner}/{repo}/pulls": ("get",),
    "/repos/{owner}/{repo}/pulls/comments": ("get",),
    "/repos/{owner}/{repo}/pulls/{pull_number}": ("get",),
    "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers": ("get",),
    "/repos/{owner}/{repo}/releases": ("get",),
    "/repos/{owner}/{repo}/security-advisories": ("get", "post"),
    "/repos/{owner}/{repo}/security-advisories/reports": ("post",),
    "/search/issues": ("get",),
    "/user": ("get",),
    "/user/repos": ("get",),
    "/users/{username}": ("get",),
}
CONNECTION = ("nodes", "pageInfo", "totalCount")
FIELDS = {
    "ClosedEvent": ("closer", "createdAt", "stateReason"),
    "Commit": ("oid",),
    "Discussion": (
        *("author", "authorAssociation", "body", "category", "comments", "createdAt", "id"),
        *("isAnswered", "number", "title", "updatedAt", "url"),
    ),
    "DiscussionCategory": ("isAnswerable", "name"),
    "DiscussionComment": (
        "author",
        "authorAssociation",
        "body",
        "createdAt",
        "id",
        "replies",
        "updatedAt",
        "url",
    ),
    "DiscussionCommentConnection": CONNECTION,
    "DiscussionConnection": CONNECTION,
    "Issue": (
        *("author", "body", "comments", "id", "number", "projectItems", "repository", "state"),
        *("stateReason", "timelineItems", "title", "url"),
    ),
    "IssueComment": ("author", "authorAssociation", "body", "createdAt"),
    "IssueCommentConnection": CONNECTION,
    "IssueConnection": CONNECTION,
    "IssueTimelineItemsConnection": CONNECTION,
    "MarkedAsDuplicateEvent": ("canonical", "createdAt"),
    "Milestone": ("title",),
    "Organization": ("id", "login", "projectV2"),
    "PageInfo": ("endCursor", "hasNextPage"),
    "ProjectV2": ("field", "id", "items", "number", "title", "url"),
    "ProjectV2Item": ("content", "fieldValueByName", "id", "project"),
    "ProjectV2ItemConnection": CONNECTION,
    "ProjectV2ItemFieldSingleSelectValue": ("name", "optionId"),
    "ProjectV2SingleSelectField": ("id", "name", "options"),
    "ProjectV2SingleSelectFieldOption": ("id", "name"),
    "PullRequest": ("id", "mergeCommit", "merged", "milestone", "number", "repository"),
    "Query": ("nodes", "node", "organization", "rateLimit", "repository"),
    "RateLimit": ("cost", "limit", "remaining", "resetAt"),
    "Repository": ("discussions", "id", "issue", "issues", "nameWithOwner"),
    "UnmarkedAsDuplicateEvent": ("canonical", "createdAt"),
    "User": ("id", "login"),
    "Bot": ("id", "login"),
    "Mutation": ("addProjectV2ItemById", "updateProjectV2ItemFieldValue"),
    "AddProjectV2ItemByIdPayload": ("item",),
    "UpdateProjectV2ItemFieldValuePayload": ("projectV2Item",),
    "Actor": ("login",),
    "Node": ("id",),
}


def main() -> None:
    """Fetch the packages and write what is left of them."""
    DATA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        found = {name: _unpacked(Path(folder), name) for name in PACKAGES}
        _write_openapi(found["@octokit/openapi"] / "generated" / "api.github.com.json")
        _write_graphql(found["@octokit/graphql-schema"] / "schema.graphql")
        examples = found["@octokit/webhooks-examples"] / "api.github.com" / "index.json"
        packed = gzip.compress(json.dumps(json.loads(examples.read_text())).encode(), 9, mtime=0)
        (DATA / "webhooks.json.gz").write_bytes(packed)
        for name, (_, licence) in PACKAGES.items():
            if licence:
                shutil.copy(found[name] / licence, DATA / f"LICENSE.{name.rpartition('/')[2]}.txt")


def _unpacked(folder: Path, name: str) -> Path:
    asked = f"{name}@{PACKAGES[name][0]}"
    packed = subprocess.run(
        ["npm", "pack", "--silent", asked], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.split()[-1]
    target = folder / packed.removesuffix(".tgz")
    with tarfile.open(folder / packed) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def _write_openapi(path: Path) -> None:
    whole = json.loads(path.read_text())
    kept: dict[str, Any] = {"openapi": whole["openapi"], "info": whole["info"], "paths": {}}
    for template, methods in OPERATIONS.items():
        found = whole["paths"][template]
        kept["paths"][template] = {
            name: _bare(found[name]) for name in (*methods, "parameters") if name in found
        }
    components: dict[str, dict[str, Any]] = {}
    waiting = list(_references(kept["paths"]))
    while waiting:
        kind, name = waiting.pop().split("/")[2:]
        if name not in components.setdefault(kind, {}):
            components[kind][name] = _bare(whole["components"][kind][name])
            waiting += _references(components[kind][name])
    kept["components"] = {kind: dict(sorted(found.items())) for kind, found in sorted(components.items())}
    (DATA / "openapi.json").write_text(json.dumps(kept, separators=(",", ":")) + "\n")


def _bare(found: Any, *, are_names: bool = False) -> Any:
    """Leave out what only people read; below `properties` every key is a name and stays."""
    if isinstance(found, list):
        return [_bare(each) for each in found]
    if not isinstance(found, dict):
        return found
    if not are_names and found.get("nullable") is True and None not in found.get("enum", [None]):
        # OpenAPI 3.0 wants null among the values too; GitHub's own answers hold it and its text forgot.
        found = {**found, "enum": [*found["enum"], None]}
    if are_names:
        return {key: _bare(each) for key, each in found.items()}
    left_out = {
        "description",
        "discriminator",
        "example",
        "examples",
        "externalDocs",
        "summary",
        "tags",
        "title",
    }
    return {
        # Schemas that GitHub calls alternatives overlap (an Issue is a valid draft, too).
        "anyOf" if key == "oneOf" else key: _bare(each, are_names=key == "properties")
        for key, each in found.items()
        if key not in left_out and not key.startswith("x-")
    }


def _references(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        if isinstance(name := found.get("$ref"), str):
            yield name
        for each in found.values():
            yield from _references(each)
    elif isinstance(found, list):
        for each in found:
            yield from _references(each)


def _write_graphql(path: Path) -> None:
    from graphql import parse, print_ast
    from graphql.language import ast

    definitions = {
        each.name.value: each
        for each in parse(path.read_text(), no_location=True).definitions
        if isinstance(each, ast.TypeDefinitionNode)
    }
    kept: dict[str, Any] = {}
    waiting = list(FIELDS)
    while waiting:
        name = waiting.pop()
        if name in kept or name not in definitions:
            continue
        kept[name] = _cut(definitions[name])
        waiting += _named(kept[name])
    _keep_implemented(kept)
    text = "\n\n".join(print_ast(kept[name]) for name in sorted(kept))
    (DATA / "schema.graphql").write_text(f"{text}\n")


def _cut(found: Any) -> Any:
    """Give a type with the fields in use alone; a member of a union that is not used is left out."""
    from graphql.language import ast

    found = replace(found, description=None, directives=())
    if isinstance(found, (ast.ObjectTypeDefinitionNode, ast.InterfaceTypeDefinitionNode)):
        wanted = FIELDS.get(found.name.value, ())
        missing = set(wanted) - {each.name.value for each in found.fields}
        assert not missing, f"{found.name.value} has no {missing}"
        return replace(
            found, fields=tuple(_plain(each) for each in found.fields if each.name.value in wanted)
        )
    if isinstance(found, ast.UnionTypeDefinitionNode):
        return replace(found, types=tuple(each for each in found.types if FIELDS.get(each.name.value)))
    if isinstance(found, ast.EnumTypeDefinitionNode):
        return replace(found, values=tuple(_plain(each) for each in found.values))
    if isinstance(found, ast.InputObjectTypeDefinitionNode):
        return replace(found, fields=tuple(_plain(each) for each in found.fields))
    return found


def _plain(field: Any) -> Any:
    bare = replace(field, description=None, directives=())
    if getattr(field, "arguments", None):
        return replace(bare, arguments=tuple(_plain(each) for each in field.arguments))
    return bare


def _named(found: Any) -> Iterator[str]:
    """Yield the types that a definition needs."""
    from graphql.language import Visitor, ast, visit

    names: list[str] = []

    class Names(Visitor):
        def enter_named_type(self, node: ast.NamedTypeNode, *_: Any) -> None:
            names.append(node.name.value)

    visit(ast.DocumentNode(definitions=(found,)), Names())
    interfaces = {each.name.value for each in getattr(found, "interfaces", None) or ()}
    yield from (name for name in names if name not in interfaces)


def _keep_implemented(kept: dict[str, Any]) -> None:
    """Leave out interfaces that are cut, and types that have no field left."""
    for name in [name for name, each in kept.items() if getattr(each, "fields", None) == ()]:
        del kept[name]
    for name, each in kept.items():
        own = {field.name.value for field in getattr(each, "fields", None) or ()}
        if getattr(each, "interfaces", None):
            faces = [face for face in each.interfaces if set(FIELDS.get(face.name.value, ".")) <= own]
            kept[name] = replace(each, interfaces=tuple(faces))


if __name__ == "__main__":
    main()
