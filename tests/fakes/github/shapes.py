"""What the wire carries of a record. What is not said here is what the description asks for at the least."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.github.description import DOCUMENT
from tests.fakes.github.state import Account, Advisory, Comment, Event, Issue, Milestone, Release, Repository

if TYPE_CHECKING:
    from tests.fakes.github.hub import Hub

WEB = "https://github.example"


def moment(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def dull(schema: str, **said: Any) -> dict[str, Any]:
    """Fill a schema with what says nothing, and with what is said."""
    if schema not in _dull:
        _dull[schema] = DOCUMENT.dull(schema)
    return {**_dull[schema], **said}


_dull: dict[str, dict[str, Any]] = {}


def user(hub: "Hub", login: str | None) -> dict[str, Any] | None:
    if login is None:
        return None
    account: Account = hub.account(login)
    return dull(
        "simple-user",
        login=login,
        id=account.id,
        node_id=f"U_{account.id}",
        type=account.kind,
        url=f"{hub.address}/users/{login}",
        html_url=f"{WEB}/{login}",
    )


def association(repository: Repository, login: str) -> str:
    role = repository.roles.get(login, "")
    return {"": "NONE", "read": "CONTRIBUTOR"}.get(role, "MEMBER")


def url(repository: Repository, *parts: object) -> str:
    return "/".join([repository.hub.address, "repos", repository.full_name, *map(str, parts)])


def label(repository: Repository, name: str) -> dict[str, Any]:
    return dull(
        "label",
        id=repository.labels[name],
        node_id=f"LA_{repository.labels[name]}",
        name=name,
        url=url(repository, "labels", name.replace("/", "%2F").replace(" ", "%20")),
        color="ededed",
        description="",
    )


def milestone(repository: Repository, found: Milestone) -> dict[str, Any]:
    return dull(
        "milestone",
        id=found.number,
        node_id=f"MI_{repository.id}_{found.number}",
        number=found.number,
        title=found.title,
        state=found.state,
        url=url(repository, "milestones", found.number),
    )


def issue(repository: Repository, found: Issue) -> dict[str, Any]:
    hub, here = repository.hub, url(repository, "issues", found.number)
    kind = "pull" if found.is_pull else "issues"
    planned = repository.milestones.get(found.milestone or 0)
    said = dull(
        "issue",
        id=found.id,
        node_id=f"{'PR' if found.is_pull else 'I'}_{found.id}",
        number=found.number,
        title=found.title,
        body=found.body,
        user=user(hub, found.author),
        author_association=association(repository, found.author),
        state=found.state,
        state_reason=found.state_reason,
        labels=[label(repository, name) for name in found.labels],
        assignee=user(hub, found.assignees[0] if found.assignees else None),
        assignees=[user(hub, login) for login in found.assignees],
        milestone=milestone(repository, planned) if planned else None,
        locked=found.locked,
        comments=len(found.comments),
        created_at=moment(found.created_at),
        updated_at=moment(found.updated_at),
        closed_at=moment(found.closed_at),
        closed_by=user(hub, found.closed_by),
        url=here,
        html_url=f"{WEB}/{repository.full_name}/{kind}/{found.number}",
        repository_url=url(repository),
        labels_url=f"{here}/labels{{/name}}",
        comments_url=f"{here}/comments",
        events_url=f"{here}/events",
        timeline_url=f"{here}/timeline",
    )
    if found.type:
        number = hub.issue_types[found.type]
        said["type"] = {"id": number, "node_id": f"IT_{number}", "name": found.type, "description": None}
    if found.is_pull:
        pull = url(repository, "pulls", found.number)
        said["pull_request"] = {
            "url": pull,
            "html_url": said["html_url"],
            "diff_url": None,
            "patch_url": None,
        }
    return said


def comment(repository: Repository, on: Issue, found: Comment) -> dict[str, Any]:
    return dull(
        "issue-comment",
        id=found.id,
        node_id=f"IC_{found.id}",
        body=found.body,
        user=user(repository.hub, found.author),
        author_association=association(repository, found.author),
        created_at=moment(found.created_at),
        updated_at=moment(found.updated_at),
        url=url(repository, "issues", "comments", found.id),
        html_url=f"{WEB}/{repository.full_name}/issues/{on.number}#issuecomment-{found.id}",
        issue_url=url(repository, "issues", on.number),
    )


def event(repository: Repository, found: Event) -> dict[str, Any]:
    said = dull(
        "added-to-project-issue-event",  # what every kind of event has
        id=found.id,
        node_id=f"E_{found.id}",
        event=found.event,
        actor=user(repository.hub, found.actor),
        created_at=moment(found.created_at),
        url=url(repository, "issues", "events", found.id),
        commit_id=found.more.get("commit_id"),
    )
    if "label" in found.more:
        said["label"] = {"name": found.more["label"], "color": "ededed"}
    return said


def release(repository: Repository, found: Release) -> dict[str, Any]:
    return dull(
        "release",
        id=found.id,
        node_id=f"RE_{found.id}",
        tag_name=found.tag,
        name=found.tag,
        draft=found.draft,
        prerelease=found.prerelease,
        created_at=moment(found.published_at),
        published_at=moment(found.published_at),
        author=user(repository.hub, repository.owner),
        url=url(repository, "releases", found.id),
        html_url=f"{WEB}/{repository.full_name}/releases/tag/{found.tag}",
    )


def advisory(repository: Repository, found: Advisory) -> dict[str, Any]:
    return dull(
        "repository-advisory",
        ghsa_id=found.id,
        summary=found.summary,
        description=found.description,
        severity=found.severity,
        author=user(repository.hub, found.author),
        publisher=user(repository.hub, repository.owner),
        private_fork=dull("simple-repository", owner=user(repository.hub, repository.owner)),
        state="draft",
        created_at=moment(found.created_at),
        url=url(repository, "security-advisories", found.id),
        html_url=f"{WEB}/{repository.full_name}/security/advisories/{found.id}",
    )


def repository(found: Repository, who: str) -> dict[str, Any]:
    role = found.roles.get(who, "")
    ladder = ("read", "triage", "write", "maintain", "admin")
    held = ladder[: ladder.index(role) + 1] if role in ladder else ()
    names = dict(zip(("pull", "triage", "push", "maintain", "admin"), ladder, strict=True))
    return dull(
        "full-repository",
        id=found.id,
        node_id=f"R_{found.id}",
        name=found.full_name.partition("/")[2],
        full_name=found.full_name,
        private=found.private,
        visibility="private" if found.private else "public",
        owner=user(found.hub, found.owner),
        url=url(found),
        html_url=f"{WEB}/{found.full_name}",
        has_issues=True,
        open_issues_count=sum(each.state == "open" for each in found.issues.values()),
        permissions={
            name: level in held or (name == "pull" and not found.private) for name, level in names.items()
        },
    )
