"""The stand-in as a test sees it: its state, who may do what, what was asked, and what was refused."""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.faults import Planned
from tests.fakes.github.faults import Fault
from tests.fakes.github.state import Account, Clock, Field, Project, Repository

TOKEN = "token-of-the-stand-in"
LEVELS = ("", "read", "write", "admin")
#: What an app is given in a test that says nothing else.
GRANTED = {
    "issues": "write",
    "metadata": "read",
    "pull_requests": "read",
    "discussions": "write",
    "contents": "read",
    "members": "read",
    "organization_projects": "write",
    "repository_advisories": "write",
}
ROLES = {"read": "read", "triage": "write", "write": "write", "maintain": "write", "admin": "admin"}


@dataclass(frozen=True)
class Call:
    """A request as it was answered; a status of 0 was no answer at all."""

    method: str
    template: str
    url: str
    status: int
    body: Any = None

    @property
    def is_write(self) -> bool:
        if self.template == "/graphql":
            return str((self.body or {}).get("query", "")).lstrip().startswith("mutation")
        return self.method != "GET" and "access_tokens" not in self.template


@dataclass
class Quota:
    """The hour's requests. An answer of 304 costs none."""

    limit: int = 5000
    used: int = 0
    resets_at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(hours=1))

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


class Hub:
    """All of the stand-in's state. `refused` must be empty at the end of a test: see `serving.py`."""

    def __init__(self) -> None:
        self.address = ""
        self.clock = Clock()
        self._ids = itertools.count(1001)
        self.accounts: dict[str, Account] = {}
        self.repositories: dict[str, Repository] = {}
        self.renamed: dict[str, Repository] = {}
        self.projects: dict[tuple[str, int], Project] = {}
        self.teams: dict[tuple[str, str], list[str]] = {}
        self.issue_types: dict[str, int] = {}
        self.tokens: dict[str, str] = {TOKEN: "dev-1"}
        self.scopes: dict[str, str] = {}  #: of a classic token, as its header says them
        self.app_id, self.app_key = "", ""  #: the public key that tokens of the app are checked by
        self.granted = dict(GRANTED)
        self.suspended: list[int] = []  #: installations that an owner switched off
        self.token_life = timedelta(hours=1)
        self.quota = Quota()
        self.search_shows = 1000  #: results of a search at the most
        self.searches_cut = 0  #: how many searches from now on end before all is found
        self.keeps: Callable[[str], str] = str  #: what stands of a text that was written
        self.calls: list[Call] = []
        self.refused: list[str] = []
        self.planned: list[Planned[Fault]] = []

    def next_id(self) -> int:
        return next(self._ids)

    def account(self, login: str) -> Account:
        """Return an account, made when it is first named."""
        kind = "Bot" if login.endswith("[bot]") else "User"
        return self.accounts.setdefault(login, Account(login, len(self.accounts) + 1, kind))

    def repository(self, full_name: str, *, private: bool = False, role: str = "write") -> Repository:
        """Add a repository in which dev-1, whose token the tests use, has a role."""
        made = Repository(self, full_name, private=private)
        made.roles["dev-1"] = role
        made.installation = made.id
        self.account(made.owner)
        self.repositories[full_name] = made
        return made

    def named(self, full_name: str) -> Repository | None:
        """Return a repository; upper and lower case are the same."""
        found = (each for name, each in self.repositories.items() if name.casefold() == full_name.casefold())
        return next(found, None)

    def rename(self, repository: Repository, full_name: str) -> None:
        """Give a repository another name: its old one answers 301."""
        self.renamed[repository.full_name] = self.repositories.pop(repository.full_name)
        repository.full_name = full_name
        self.repositories[full_name] = repository

    def project(self, owner: str, title: str = "Triage", **fields: tuple[str, ...]) -> Project:
        """Add a board: `hub.project("example", Status=("Backlog", "Prioritized"))`."""
        made = Project(self.next_id(), len(self.projects) + 1, owner, title, [])
        for name, options in fields.items():
            made.fields.append(
                Field(self.next_id(), name, {f"opt{self.next_id()}": option for option in options})
            )
        self.projects[owner, made.number] = made
        return made

    def fails(self, method: str, template: str, fault: Fault, *, times: int = 1, skip: int = 0) -> None:
        """Plan a fault for the next requests of an operation, after `skip` that go well."""
        self.planned.append(Planned((method, template), fault, times, skip))

    def may(self, who: str, repository: Repository, name: str, level: str) -> bool:
        """Tell whether an account may; the app's name is `app[bot]`."""
        if who == "app[bot]":
            held = self.granted.get(name, "") if repository.installation else ""
        else:
            held = ROLES.get(repository.roles.get(who, ""), "")
            if level == "read" and not repository.private:
                return True
        return LEVELS.index(held) >= LEVELS.index(level)

    @property
    def writes(self) -> list[Call]:
        """What was asked to be changed, carried out or not, in order."""
        return [call for call in self.calls if call.is_write]

    def asked(self) -> Counter[str]:
        """Return how often each address was asked for, whatever the answer."""
        return Counter(f"{call.method} {call.url}" for call in self.calls)

    def forget(self) -> None:
        """Forget what was asked, so that a test can count from here."""
        self.calls.clear()
        self.quota.used = 0
