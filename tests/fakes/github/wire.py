"""A request, an answer, and the table of endpoints. What an endpoint does is in its own module."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

if TYPE_CHECKING:
    from tests.fakes.github.hub import Hub
    from tests.fakes.github.state import Issue, Repository


class Problem(Exception):
    """An answer of 4xx."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "documentation_url": "https://docs.github.example/rest", **more}
        self.headers: dict[str, str] = {}


@dataclass
class Asked:
    """A request as an endpoint reads it. `who` is the login behind the token."""

    hub: "Hub"
    method: str
    template: str
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    who: str
    url: str = ""

    @property
    def repository(self) -> "Repository":
        name = f"{self.path['owner']}/{self.path['repo']}"
        if name in self.hub.renamed:
            rest = self.url.partition(f"/repos/{name}")[2]
            raise Elsewhere(f"{self.hub.address}/repositories/{self.hub.renamed[name].id}{rest}")
        found = self.hub.named(name)
        if found is None or (found.private and not self.hub.may(self.who, found, "metadata", "read")):
            raise Problem(404, "Not Found")
        return found

    @property
    def issue(self) -> "Issue":
        repository, number = self.repository, int(self.path["issue_number"])
        if number in repository.moved:
            to, new = repository.moved[number]
            raise Elsewhere(f"{self.hub.address}/repositories/{to.id}/issues/{new}")
        if number in repository.deleted:
            raise Problem(410, "This issue was deleted")
        if number not in repository.issues:
            raise Problem(404, "Not Found")
        return repository.issues[number]


class Elsewhere(Problem):
    """301: an Issue that was transferred."""

    def __init__(self, location: str) -> None:
        super().__init__(301, "Moved Permanently", url=location)
        self.headers = {"location": location}


@dataclass
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Asked], Answer]


@dataclass(frozen=True)
class Endpoint:
    """`needs` is the permission of an app, like `issues:write`."""

    method: str
    template: str
    handler: Handler
    needs: str
    pattern: re.Pattern[str]


ENDPOINTS: list[Endpoint] = []


def endpoint(method: str, template: str, needs: str = "metadata:read") -> Callable[[Handler], Handler]:
    """Register what answers an operation of the description."""

    def registered(handler: Handler) -> Handler:
        # Label names keep their %2F: paths are matched before they are decoded.
        pattern = re.compile(re.sub(r"\\{([\w-]+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))
        ENDPOINTS.append(Endpoint(method, template, handler, needs, pattern))
        ENDPOINTS.sort(key=lambda each: each.pattern.groups)
        return handler

    return registered


def route(method: str, raw_path: str) -> tuple[Endpoint, dict[str, str]] | None:
    """Return who answers, and the parameters of the path."""
    for each in ENDPOINTS:
        if each.method == method and (match := each.pattern.fullmatch(raw_path)):
            return each, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def page(asked: Asked, items: Sequence[Any], shape: Callable[[Any], Any]) -> Answer:
    """Answer with one page of a list and the Link header of its neighbours."""
    size = min(int(asked.query.get("per_page", 30)), 100)
    number = int(asked.query.get("page", 1))
    last = max(1, -(-len(items) // size))
    links = {"next": number + 1, "last": last} if number < last else {}
    links |= {"prev": number - 1, "first": 1} if number > 1 else {}
    told = [
        f'<{asked.url}?{urlencode({**asked.query, "page": at}, quote_via=quote)}>; rel="{name}"'
        for name, at in links.items()
    ]
    shown = [shape(each) for each in items[(number - 1) * size : number * size]]
    return Answer(200, shown, {"link": ", ".join(told)} if told else {})
