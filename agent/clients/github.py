"""Access to GitHub: an app or a token, reading with patience, writing once.

What lives here: authentication, the rate limits' timing, and GitHub's errors as ours. What does not:
any meaning of what is read or written. A reading client may ask again; a writing client never does,
because a write whose answer was lost may have happened.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any, TypeVar

import github
import requests
from github import Auth
from github.Repository import Repository
from github.Requester import Requester
from jwt.exceptions import InvalidKeyError

from agent.clients.github_errors import Redirected, rate_limit, said, translated
from agent.clients.github_requests import InstallationAuth, Persistent, Steadfast
from agent.clients.patience import Pace, Patience
from agent.errors import Denied, Missing, Misuse, Unavailable
from agent.ports import Quota

API_URL = "https://api.github.com"
USER_AGENT = "triage-agent"
API_VERSION = "2022-11-28"
PAGE = 100  #: the most that GitHub gives at once
NO_JSON = "the answer is no JSON"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """What opens GitHub: a token, or an app's id with its private key in PEM."""

    api_url: str = API_URL
    token: str = field(default="", repr=False)
    app_id: str = ""
    private_key: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """What the keys are called where they are set."""
        return "GITHUB_APP_ID" if self.app_id else "GITHUB_TOKEN"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: 200 with a body, or 304 without one where the ETag still holds."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def etag(self) -> str | None:
        return self.headers.get("etag")

    @property
    def unchanged(self) -> bool:
        return self.status == HTTPStatus.NOT_MODIFIED

    @property
    def next(self) -> str | None:
        """The address of the page after this one."""
        return self._link("next")

    @property
    def last(self) -> str | None:
        """The address of the last page, where it is another one."""
        return self._link("last")

    def _link(self, name: str) -> str | None:
        links = requests.utils.parse_header_links(self.headers.get("link", ""))
        return next((each["url"] for each in links if each.get("rel") == name), None)


class Reading:
    """Reads as one account. Waits as long as a limit says, up to `Pace.patience`, then `Limited`.

    Raises `Denied`, `Missing` and `Moved` at once, `Unavailable` after TRIES. Safe to share.
    """

    def __init__(self, requester: Requester, keys: Keys, pace: Pace) -> None:
        self.requester = requester
        self._keys = keys
        self._patience = Patience("GitHub", pace)

    def get(
        self, path: str, params: Mapping[str, object] | None = None, *, etag: str | None = None
    ) -> Answer:
        """Ask for a path or a full address; with an ETag the answer may be `unchanged`, which is free."""
        headers = {"If-None-Match": etag} if etag else {}
        return self.patiently(lambda: self._asked(path, dict(params or {}), headers))

    def pages(self, path: str, params: Mapping[str, object] | None = None) -> Iterator[Answer]:
        """Yield every page of a list."""
        answer = self.get(path, {"per_page": PAGE, **(params or {})})
        yield answer
        while answer.next:
            answer = self.get(answer.next)
            yield answer

    def graphql(
        self, query: str, variables: Mapping[str, object], *, partial: bool = False
    ) -> Mapping[str, Any]:
        """Ask a query and return its data; `partial`: what it could not find is None there, not `Missing`."""
        return self.patiently(lambda: queried(self.requester, query, variables, partial=partial))

    def repository(self, name: str) -> Repository:
        """Return PyGithub's own object, which asks nothing until it is used; use it within `patiently`."""
        return Repository(self.requester, url=f"/repos/{name}")

    def patiently(self, call: Callable[[], T]) -> T:
        """Make calls of PyGithub that only read, again where that can help."""
        return self._patience.ask(lambda: told(call, self.requester, self._keys, is_write=False))

    @property
    def quota(self) -> Quota:
        return Quota(*self.requester.rate_limiting)

    def _asked(self, path: str, params: dict[str, Any], headers: dict[str, Any]) -> Answer:
        status, got, output = self.requester.requestJson("GET", path, params, headers)
        body = said(output)
        if status >= HTTPStatus.BAD_REQUEST:
            raise self.requester.createException(status, got, body)
        if status == HTTPStatus.OK and body is None:
            raise github.GithubException(HTTPStatus.BAD_GATEWAY, {"message": NO_JSON}, got)
        return Answer(status, body, got)


class Writing:
    """Writes as one account, each call once. A redirect is followed by no write.

    Raises `OutcomeUnknown` where the answer was lost, `Limited` and `Unavailable` where nothing was
    done and trying later can help, `Denied`, `Missing`, `Moved` and `Rejected` where it cannot.
    """

    def __init__(self, requester: Requester, keys: Keys, prepare: Callable[[], object]) -> None:
        self.requester = requester
        self._keys = keys
        self._prepare = prepare

    def send(self, verb: str, path: str, body: Any = None) -> Any:
        """Send one request and return what it answered."""
        return self.once(lambda: self.requester.requestJsonAndCheck(verb, path, input=body)[1])

    def graphql(self, mutation: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        """Send a mutation and return its data."""
        return self.once(lambda: queried(self.requester, mutation, variables))

    def repository(self, name: str) -> Repository:
        """Return PyGithub's own object, which asks nothing until it is used; use it within `once`."""
        return Repository(self.requester, url=f"/repos/{name}")

    def once(self, call: Callable[[], T]) -> T:
        """Make one writing call of PyGithub, its errors told as ours."""
        self._prepare()
        return told(call, self.requester, self._keys, is_write=True)


def queried(
    requester: Requester, query: str, variables: Mapping[str, object], *, partial: bool = False
) -> Mapping[str, Any]:
    """Ask GraphQL, which tells its errors beside the data and with a status of 200."""
    asked = {"query": query, "variables": dict(variables)}
    headers, answer = requester.requestJsonAndCheck("POST", requester.graphql_url, input=asked)
    errors, data = answer.get("errors") or [], answer.get("data")
    kinds = {each.get("type") for each in errors}
    if "RATE_LIMITED" in kinds:
        raise rate_limit(headers, "the queries of this hour are used up")
    if errors and not (partial and data and kinds <= {"NOT_FOUND"}):
        status = HTTPStatus.NOT_FOUND if kinds == {"NOT_FOUND"} else HTTPStatus.UNPROCESSABLE_ENTITY
        raise github.GithubException(status, {"message": errors[0].get("message", "")}, headers)
    if not isinstance(data, dict):
        raise github.GithubException(HTTPStatus.BAD_GATEWAY, {"message": NO_JSON}, headers)
    return data


def told(call: Callable[[], T], requester: Requester, keys: Keys, *, is_write: bool) -> T:
    """Make a call and raise what goes wrong as one of our errors."""
    try:
        return call()
    except github.BadCredentialsException as error:
        if not isinstance(requester.auth, InstallationAuth):
            raise translated(error, keys.name, is_write=is_write) from error
        requester.auth.renew()
        raise Unavailable(
            "GitHub no longer takes the app's token; the next request gets a new one. Nothing was done; try again."
        ) from error
    except (github.GithubException, requests.RequestException, Redirected) as error:
        raise translated(error, keys.name, is_write=is_write) from error


@dataclass(frozen=True, slots=True)
class _Account:
    reading: Reading
    writing: Writing


class GitHub:
    """Hands out the clients of a repository."""

    def __init__(self, keys: Keys, pace: Pace | None = None) -> None:
        self.keys = keys
        self._pace = pace or Pace()
        self._lock = threading.RLock()
        self._accounts: dict[int, _Account] = {}  # by installation; 0 is the token
        self._installations: dict[str, int] = {}

    def reading(self, repository: str) -> Reading:
        """Return the client that reads a repository, `owner/name`."""
        return self._account(repository).reading

    def writing(self, repository: str) -> Writing:
        """Return the client that writes to a repository."""
        return self._account(repository).writing

    def everywhere(self) -> Iterator[Reading]:
        """Yield a client for each place that the keys open: the token's, or one an installation."""
        if not self.keys.app_id:
            yield self._numbered(0).reading
            return
        for page in self._app.pages("/app/installations"):
            for found in page.body:
                if not found.get("suspended_at"):
                    yield self._numbered(int(found["id"])).reading

    def repositories(self) -> Iterator[str]:
        """Yield the name of every repository that the keys see."""
        path = "/installation/repositories" if self.keys.app_id else "/user/repos"
        for reading in self.everywhere():
            for page in reading.pages(path):
                listed = page.body["repositories"] if self.keys.app_id else page.body
                yield from (str(each["full_name"]) for each in listed)

    def installation(self, repository: str) -> Mapping[str, Any]:
        """Return the app's installation in a repository, with its `permissions`; raises Denied for none."""
        try:
            found: Mapping[str, Any] = self._app.get(f"/repos/{repository}/installation").body
        except Missing as error:
            raise Denied(
                f"The app {self.keys.app_id} is not installed in {repository}. "
                "Install it there (the app's page, Install App), then: triage doctor"
            ) from error
        return found

    @cached_property
    def login(self) -> str:
        """The account that writes: the token's, or the app's own."""
        if self.keys.app_id:
            return f"{self._app.get('/app').body['slug']}[bot]"
        return str(self._account("").reading.get("/user").body["login"])

    def _account(self, repository: str) -> _Account:
        with self._lock:
            return self._numbered(self._installation(repository) if self.keys.app_id else 0)

    def _numbered(self, installation: int) -> _Account:
        with self._lock:
            if installation not in self._accounts:
                self._accounts[installation] = self._opened(installation)
            return self._accounts[installation]

    def _installation(self, repository: str) -> int:
        if repository not in self._installations:
            self._installations[repository] = int(self.installation(repository)["id"])
        return self._installations[repository]

    def _opened(self, installation: int) -> _Account:
        auth: Auth.Auth = (
            InstallationAuth(self._app_auth, installation) if installation else Auth.Token(self.keys.token)
        )
        writer = _requester(Steadfast, auth, self.keys.api_url, self._pace.answer, self._pace.between_writes)
        reader = _requester(Persistent, auth, self.keys.api_url, self._pace.answer)
        reading = Reading(reader, self.keys, self._pace)

        def prepare() -> None:
            """Get the installation's token first: that it cannot be had leaves no write unknown."""
            reading.patiently(lambda: auth.token)

        return _Account(reading, Writing(writer, self.keys, prepare))

    @cached_property
    def _app_auth(self) -> Auth.AppAuth:
        auth = Auth.AppAuth(self.keys.app_id, self.keys.private_key)
        try:
            auth.create_jwt()
        except (ValueError, TypeError, InvalidKeyError) as error:
            raise Misuse(
                "GITHUB_APP_PRIVATE_KEY is no RSA key in PEM. Give the text of the app's .pem file, "
                "or the file's path, then: triage doctor"
            ) from error
        return auth

    @cached_property
    def _app(self) -> Reading:
        requester = _requester(Persistent, self._app_auth, self.keys.api_url, self._pace.answer)
        return Reading(requester, self.keys, self._pace)


def _requester(
    kind: type[Requester],
    auth: Auth.Auth,
    api_url: str,
    timeout: int,
    write_seconds: float | None = None,
) -> Requester:
    # `retry=None` is requests' own default: none.
    return kind(
        auth=auth,
        base_url=api_url.rstrip("/"),
        timeout=timeout,
        user_agent=USER_AGENT,
        per_page=PAGE,
        verify=True,
        retry=None,
        pool_size=None,
        seconds_between_writes=write_seconds,
        lazy=True,
        api_version=API_VERSION,
    )
