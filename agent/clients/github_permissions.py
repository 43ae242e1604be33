"""What the product needs to be allowed at GitHub, and what of it a key lacks, by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.clients.github import GitHub, Reading
from agent.errors import Denied, Missing

_LEVELS = ("", "read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission by the name that an app's settings page gives it, and what it is for."""

    key: str
    level: str
    name: str
    purpose: str
    is_needed: bool = True  #: without it nothing works; without another, one thing

    def __str__(self) -> str:
        return f"{self.name}: {self.level} ({self.purpose})"


PERMISSIONS = (
    Permission("metadata", "read", "Metadata", "to find the repository"),
    Permission("issues", "write", "Issues", "to read, file, note and label Issues"),
    Permission("contents", "read", "Contents", "to know the release that holds a fix", is_needed=False),
    Permission("pull_requests", "read", "Pull requests", "to see review requests", is_needed=False),
    Permission("discussions", "read", "Discussions", "to read discussions", is_needed=False),
    Permission("members", "read", "Members", "to know who is in a @team", is_needed=False),
    Permission(
        "repository_advisories",
        "write",
        "Repository security advisories",
        "to open a private advisory for a security report",
        is_needed=False,
    ),
    Permission("organization_projects", "write", "Projects", "to put Issues on the board", is_needed=False),
)
#: Which scopes of a classic token hold a permission; the first two hold all of a repository.
_SCOPES = {
    "repository_advisories": ("repo", "repository_advisories:write"),
    "members": ("read:org", "write:org", "admin:org"),
    "organization_projects": ("project",),
}
#: Reading these tells whether a fine-grained token may; it does not say what it was given.
_PROBES = {"issues": "issues", "contents": "releases", "pull_requests": "pulls"}


def missing(access: GitHub, repository: str) -> tuple[Permission, ...]:
    """Return what the key lacks in a repository, as far as GitHub shows it without anything being written.

    An app's permissions are listed. A classic token has scopes. Of a fine-grained token only reading
    can be tried, and its owner's role says the most that it may write.
    """
    if access.keys.app_id:
        return _below(access.installation(repository)["permissions"])
    reading = access.reading(repository)
    answer = reading.get(f"/repos/{repository}")
    roles = answer.body.get("permissions") or {}
    lacking = [] if roles.get("triage") or roles.get("push") else ["issues"]
    scopes = answer.headers.get("x-oauth-scopes")
    if scopes is None:
        lacking += _unreadable(reading, repository)
    else:
        lacking += _outside(scopes, is_private=answer.body["private"])
    return tuple(each for each in PERMISSIONS if each.key in lacking)


def _below(granted: Mapping[str, str]) -> tuple[Permission, ...]:
    held = {key: _LEVELS.index(level) if level in _LEVELS else 0 for key, level in granted.items()}
    return tuple(each for each in PERMISSIONS if held.get(each.key, 0) < _LEVELS.index(each.level))


def _outside(scopes: str, *, is_private: bool) -> list[str]:
    held = {each.strip() for each in scopes.split(",")}
    of_repository = {"repo"} if is_private else {"repo", "public_repo"}
    lacking = [] if held & of_repository else ["issues"]
    return lacking + [key for key, any_of in _SCOPES.items() if not held & set(any_of)]


def _unreadable(reading: Reading, repository: str) -> list[str]:
    lacking = []
    for key, place in _PROBES.items():
        try:
            reading.get(f"/repos/{repository}/{place}", {"per_page": 1})
        except (Denied, Missing):
            lacking.append(key)
    return lacking
