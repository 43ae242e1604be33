"""Endpoints that read."""

from datetime import UTC, datetime
from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.shapes import dull, moment
from tests.fakes.github.state import Issue, Repository
from tests.fakes.github.wire import Answer, Asked, Problem, endpoint, page

REPOSITORY = "/repos/{owner}/{repo}"
OF_ISSUE = f"{REPOSITORY}/issues/{{issue_number}}"


@endpoint("GET", REPOSITORY)
def repository(asked: Asked) -> Answer:
    return Answer(200, shapes.repository(asked.repository, asked.who))


@endpoint("GET", f"{REPOSITORY}/issues", "issues:read")
def issues(asked: Asked) -> Answer:
    here, query = asked.repository, asked.query
    found = list(here.issues.values())
    if query.get("state", "open") != "all":
        found = [each for each in found if each.state == query.get("state", "open")]
    if "since" in query:
        since = datetime.fromisoformat(query["since"].replace("Z", "+00:00"))
        found = [each for each in found if each.updated_at >= since]
    if "labels" in query:
        wanted = {name.casefold() for name in query["labels"].split(",")}
        found = [each for each in found if wanted <= {name.casefold() for name in each.labels}]
    if "creator" in query:
        found = [each for each in found if each.author == query["creator"]]
    return page(asked, _sorted(found, query), lambda each: shapes.issue(here, each))


def _sorted(found: list[Issue], query: dict[str, str]) -> list[Issue]:
    by = {"created": "created_at", "updated": "updated_at"}[query.get("sort", "created")]
    return sorted(
        found,
        key=lambda each: (getattr(each, by), each.number),
        reverse=query.get("direction", "desc") == "desc",
    )


@endpoint("GET", OF_ISSUE, "issues:read")
def issue(asked: Asked) -> Answer:
    return Answer(200, shapes.issue(asked.repository, asked.issue))


@endpoint("GET", f"{OF_ISSUE}/comments", "issues:read")
def comments(asked: Asked) -> Answer:
    on = asked.issue
    found = [each for each in on.comments if _is_since(each.updated_at, asked.query)]
    return page(asked, found, lambda each: shapes.comment(asked.repository, on, each))


@endpoint("GET", f"{REPOSITORY}/issues/comments", "issues:read")
def all_comments(asked: Asked) -> Answer:
    here, query = asked.repository, asked.query
    found = [(each, said) for each in here.issues.values() for said in each.comments]
    found = [(on, said) for on, said in found if _is_since(said.updated_at, query)]
    by = {"created": "created_at", "updated": "updated_at"}[query.get("sort", "created")]
    found.sort(
        key=lambda pair: (getattr(pair[1], by), pair[1].id), reverse=query.get("direction", "asc") == "desc"
    )
    return page(asked, found, lambda pair: shapes.comment(here, *pair))


def _is_since(at: datetime, query: dict[str, str]) -> bool:
    if "since" not in query:
        return True
    return at >= datetime.fromisoformat(query["since"].replace("Z", "+00:00"))


@endpoint("GET", f"{OF_ISSUE}/events", "issues:read")
def events(asked: Asked) -> Answer:
    here = asked.repository
    return page(asked, asked.issue.events, lambda each: shapes.event(here, each))


@endpoint("GET", f"{REPOSITORY}/labels", "issues:read")
def labels(asked: Asked) -> Answer:
    here = asked.repository
    return page(asked, list(here.labels), lambda name: shapes.label(here, name))


@endpoint("GET", f"{REPOSITORY}/labels/{{name}}", "issues:read")
def label(asked: Asked) -> Answer:
    here = asked.repository
    for name in here.labels:
        if name.casefold() == asked.path["name"].casefold():
            return Answer(200, shapes.label(here, name))
    raise Problem(404, "Not Found")


@endpoint("GET", f"{OF_ISSUE}/labels", "issues:read")
def labels_of_issue(asked: Asked) -> Answer:
    here = asked.repository
    return page(asked, asked.issue.labels, lambda name: shapes.label(here, name))


@endpoint("GET", f"{REPOSITORY}/milestones", "issues:read")
def milestones(asked: Asked) -> Answer:
    here = asked.repository
    wanted = asked.query.get("state", "open")
    found = [each for each in here.milestones.values() if wanted in ("all", each.state)]
    return page(asked, found, lambda each: shapes.milestone(here, each))


@endpoint("GET", f"{REPOSITORY}/releases", "contents:read")
def releases(asked: Asked) -> Answer:
    here = asked.repository
    return page(asked, here.releases, lambda each: shapes.release(here, each))


@endpoint("GET", f"{REPOSITORY}/compare/{{basehead}}", "contents:read")
def compare(asked: Asked) -> Answer:
    here = asked.repository
    base, _, head = asked.path["basehead"].partition("...")
    if base not in here.tags or head not in here.tags:
        raise Problem(404, "Not Found")
    new = here.commits[here.tags[base] : here.tags[head]]
    shown = page(asked, new, lambda sha: _commit(here, sha))
    said = dull(
        "commit-comparison",
        status="ahead" if new else "identical",
        ahead_by=len(new),
        total_commits=len(new),
        commits=shown.body,
        base_commit=_commit(here, (here.commits or [""])[0]),
        merge_base_commit=_commit(here, (here.commits or [""])[0]),
    )
    return Answer(200, said, shown.headers)


def _commit(here: Repository, sha: str) -> dict[str, Any]:
    author = shapes.user(here.hub, here.owner)
    return dull("commit", sha=sha, url=shapes.url(here, "commits", sha), author=author, committer=author)


@endpoint("GET", f"{REPOSITORY}/collaborators/{{username}}/permission")
def permission(asked: Asked) -> Answer:
    here, login = asked.repository, asked.path["username"]
    role = here.roles.get(login, "none" if here.private else "read")
    known = {"triage": "read", "maintain": "write"}
    said = dull(
        "repository-collaborator-permission",
        permission=known.get(role, role),
        role_name=role,
        user=dull("nullable-collaborator", **(shapes.user(asked.hub, login) or {}), role_name=role),
    )
    return Answer(200, said)


@endpoint("GET", f"{REPOSITORY}/pulls", "pull_requests:read")
def pulls(asked: Asked) -> Answer:
    here, query = asked.repository, asked.query
    found = [each for each in here.issues.values() if each.is_pull]
    if query.get("state", "open") != "all":
        found = [each for each in found if each.state == query.get("state", "open")]
    by_update = query.get("sort") == "updated"
    found.sort(
        key=lambda each: each.updated_at if by_update else each.created_at,
        reverse=query.get("direction", "desc") == "desc",
    )
    return page(asked, found, lambda each: _pull(here, each, "pull-request-simple"))


@endpoint("GET", f"{REPOSITORY}/pulls/{{pull_number}}", "pull_requests:read")
def pull(asked: Asked) -> Answer:
    found = asked.repository.issues.get(int(asked.path["pull_number"]))
    if found is None or not found.is_pull:
        raise Problem(404, "Not Found")
    return Answer(200, _pull(asked.repository, found, "pull-request"))


def _pull(here: Repository, found: Issue, schema: str) -> dict[str, Any]:
    as_issue = shapes.issue(here, found)
    names = ("number", "title", "body", "user", "state", "locked", "created_at", "updated_at", "closed_at")
    shared = {name: as_issue[name] for name in (*names, "html_url", "assignee", "milestone", "labels")}
    teams = [dull("team", slug=slug, name=slug) for slug in found.review_teams]
    return dull(
        schema,
        **shared,
        id=found.id,
        node_id=f"PR_{found.id}",
        url=shapes.url(here, "pulls", found.number),
        merge_commit_sha=found.merge_commit,
        requested_reviewers=[shapes.user(here.hub, login) for login in found.reviewers],
        requested_teams=teams,
    )


@endpoint("GET", "/user")
def me(asked: Asked) -> Answer:
    return Answer(200, dull("public-user", **(shapes.user(asked.hub, asked.who) or {})))


@endpoint("GET", "/app")
def app(asked: Asked) -> Answer:
    said = dull(
        "integration",
        id=int(asked.hub.app_id),
        slug="app",
        name="app",
        owner=shapes.user(asked.hub, "example"),
        permissions=asked.hub.granted,
        events=[],
    )
    return Answer(200, said)


@endpoint("GET", f"{REPOSITORY}/security-advisories", "repository_advisories:read")
def advisories(asked: Asked) -> Answer:
    here, wanted = asked.repository, asked.query.get("state", "draft")
    found = list(reversed(here.advisories)) if wanted == "draft" else []
    return Answer(200, [shapes.advisory(here, each) for each in found])


@endpoint("GET", "/users/{username}")
def account(asked: Asked) -> Answer:
    if asked.path["username"] not in asked.hub.accounts:
        raise Problem(404, "Not Found")
    return Answer(200, dull("public-user", **(shapes.user(asked.hub, asked.path["username"]) or {})))


@endpoint("GET", "/rate_limit")
def rate_limit(asked: Asked) -> Answer:
    quota = asked.hub.quota
    said = {
        "limit": quota.limit,
        "remaining": quota.remaining,
        "reset": int(quota.resets_at.timestamp()),
        "used": quota.used,
    }
    return Answer(200, {"resources": {"core": said, "search": said, "graphql": said}, "rate": said})


@endpoint("GET", "/orgs/{org}/teams/{team_slug}/members", "members:read")
def members(asked: Asked) -> Answer:
    found = asked.hub.teams.get((asked.path["org"], asked.path["team_slug"]))
    if found is None:
        raise Problem(404, "Not Found")
    return page(asked, found, lambda login: shapes.user(asked.hub, login))


@endpoint("GET", f"{REPOSITORY}/installation")
def installation(asked: Asked) -> Answer:
    here = asked.hub.named(f"{asked.path['owner']}/{asked.path['repo']}")
    if here is None or here.installation is None:
        raise Problem(404, "Not Found")
    said = dull(
        "installation",
        id=here.installation,
        app_id=int(asked.hub.app_id),
        account=shapes.user(asked.hub, here.owner),
        permissions=asked.hub.granted,
        access_tokens_url=f"{asked.hub.address}/app/installations/{here.installation}/access_tokens",
        repository_selection="selected",
    )
    return Answer(200, said)


@endpoint("POST", "/app/installations/{installation_id}/access_tokens")
def access_token(asked: Asked) -> Answer:
    if int(asked.path["installation_id"]) in asked.hub.suspended:
        raise Problem(403, "This installation has been suspended")
    token = f"ghs_{asked.hub.next_id()}"
    asked.hub.tokens[token] = "app[bot]"
    expires = moment(datetime.now(UTC).replace(microsecond=0) + asked.hub.token_life)
    return Answer(201, {"token": token, "expires_at": expires, "permissions": asked.hub.granted})
