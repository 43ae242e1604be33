"""Access to Slack: a token, reading with patience, writing once.

What lives here: authentication, the limits' timing, and Slack's errors as ours. What does not: any
meaning of what is read or written. A reading client may ask again. A writing one never does, because
Slack has no key that would make a second post the same one; a limit alone it waits out for a moment,
since what was refused was not done.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPException
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.web import SlackResponse

from agent.clients.patience import Pace, Patience, was_refused
from agent.clients.slack_errors import translated

API_URL = "https://slack.com/api/"
USER_AGENT = "triage-agent"
TIMEOUT_SECONDS = 30
PAGE = 200  #: messages or channels asked for at once; Slack gives fewer where it likes

T = TypeVar("T")
Answer = Mapping[str, Any]


def api_url(asked: str | None) -> str:
    """Return the address that the methods' names are put behind: the one asked for, else Slack's own."""
    url = asked or API_URL
    return url if url.endswith("/") else f"{url}/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """What opens Slack, and what the token is called where it is set."""

    token: str = field(repr=False)
    api_url: str = API_URL
    name: str = "SLACK_BOT_TOKEN"


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Who the token is: the user that its messages are from, its team, and what it may."""

    user: str
    team: str
    url: str
    name: str
    scopes: frozenset[str]


class Reading:
    """Reads. Waits as long as a limit says, up to `Pace.patience`, then `Limited`.

    Raises `Denied` and `Missing` at once, `Unavailable` after some tries. Safe to share.
    """

    def __init__(self, client: WebClient, keys: Keys, pace: Pace) -> None:
        self._client = client
        self._keys = keys
        self._patience = Patience("Slack", pace)

    def get(self, method: str, params: Mapping[str, object] | None = None) -> Answer:
        """Ask a method that changes nothing and return its body."""
        return self._patience.ask(lambda: self._asked(method, params or {})[0])

    def get_with_headers(self, method: str) -> tuple[Answer, Mapping[str, str]]:
        """Ask a method and return its body and the headers of the answer, their names in lower case."""
        return self._patience.ask(lambda: self._asked(method, {}))

    def pages(self, method: str, params: Mapping[str, object] | None = None) -> Iterator[Answer]:
        """Yield every page of a list, by its cursor."""
        asked = {"limit": PAGE, **(params or {})}
        while True:
            page = self.get(method, asked)
            yield page
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
            asked["cursor"] = cursor

    def _asked(self, method: str, params: Mapping[str, object]) -> tuple[Answer, Mapping[str, str]]:
        # Not every method that reads takes JSON; all of them take a form.
        answer = told(lambda: self._client.api_call(method, params=dict(params)), self._keys, is_write=False)
        return _body(answer), {name.lower(): value for name, value in answer.headers.items()}


class Writing:
    """Writes, each call once; only after a limit, which refused it, it asks again within a short patience.

    Raises `OutcomeUnknown` where the answer was lost, `Limited` and `Unavailable` where nothing was
    done and trying later can help, `Denied`, `Missing` and `Rejected` where it cannot.
    """

    def __init__(self, client: WebClient, keys: Keys, pace: Pace) -> None:
        self._client = client
        self._keys = keys
        self._patience = Patience("Slack", pace)

    def send(self, method: str, body: Mapping[str, object]) -> Answer:
        """Send one request and return what it answered."""
        return self._patience.ask(lambda: self._sent(method, body), was_refused)

    def _sent(self, method: str, body: Mapping[str, object]) -> Answer:
        return _body(told(lambda: self._client.api_call(method, json=dict(body)), self._keys, is_write=True))


def _body(response: SlackResponse) -> Answer:
    assert isinstance(response.data, dict)  # what is no JSON was raised as an error
    return response.data


def told(call: Callable[[], T], keys: Keys, *, is_write: bool) -> T:
    """Make a call and raise what goes wrong as one of our errors."""
    try:
        return call()
    except (SlackClientError, HTTPException, OSError, UnicodeDecodeError) as error:
        raise translated(error, keys.name, is_write=is_write) from error


class Slack:
    """Hands out the clients of a token."""

    def __init__(self, keys: Keys, pace: Pace | None = None, timeout: int = TIMEOUT_SECONDS) -> None:
        self.keys = keys
        self.client = WebClient(
            keys.token,
            base_url=keys.api_url,
            timeout=timeout,
            user_agent_prefix=USER_AGENT,
            retry_handlers=[],  # slack_sdk's own would post twice
        )
        self.reading = Reading(self.client, keys, pace or Pace())
        self.writing = Writing(self.client, keys, pace or Pace())

    @cached_property
    def account(self) -> Account:
        """Who the token is; asked once. Raises `Denied` for one that is not valid."""
        body, headers = self.reading.get_with_headers("auth.test")
        return Account(
            user=str(body["user_id"]),
            team=str(body["team_id"]),
            url=str(body["url"]),
            name=str(body.get("user", "")),
            scopes=frozenset(filter(None, headers.get("x-oauth-scopes", "").replace(" ", "").split(","))),
        )
