"""What GitHub's refusals and a broken line mean, as our errors, each with the next step.

For a write one question comes first: can it have happened? Where it can, it is `OutcomeUnknown`.
"""

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import github
import requests
from urllib3.exceptions import NewConnectionError

from agent.errors import (
    Denied,
    Limited,
    Missing,
    Moved,
    OutcomeUnknown,
    Rejected,
    TriageError,
    Unavailable,
)

#: What GitHub asks to wait for a secondary limit that says no time.
SECONDARY_SECONDS = 60.0
_DOCTOR = "Then: triage doctor"


class Redirected(Exception):
    """A request was pointed elsewhere and not followed there."""


def said(output: object) -> Any:
    """Read a body; what is no JSON (a proxy's page, an empty answer) says nothing."""
    try:
        return json.loads(str(output)) if output else None
    except json.JSONDecodeError:
        return None


def translated(error: Exception, key: str, *, is_write: bool) -> TriageError:
    """Return what an error of PyGithub, of requests or of a redirect is to us."""
    if isinstance(error, Redirected):
        return Moved(
            "GitHub answered that this has another address now. Nothing was done at either; "
            "look at it there, then decide again.",
            to=str(error),
        )
    if isinstance(error, github.GithubException):
        return _answered(error, key, is_write=is_write)
    return _broken(error, is_write=is_write)


def _answered(error: github.GithubException, key: str, *, is_write: bool) -> TriageError:
    headers, words = error.headers or {}, _words(error.data)
    if _is_limit(error.status, headers, words):
        return rate_limit(headers, words)
    told = f"GitHub answered {error.status}" + (f": {words}" if words else "")
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _lost(told) if is_write else Unavailable(f"{told}. Nothing is lost; try again in a minute.")
    return _refused(error.status, told, headers, key)


def _refused(status: int, told: str, headers: Mapping[str, Any], key: str) -> TriageError:
    if status == HTTPStatus.UNAUTHORIZED:
        return Denied(f"{told}. {key} is not valid, or not any more. Set a new one. {_DOCTOR}")
    if status == HTTPStatus.FORBIDDEN:
        wanted = headers.get("x-accepted-github-permissions", "")
        need = (
            f"It wants {wanted.replace('=', ': ')}. Give {key} that"
            if wanted
            else f"Look at what {key} may do"
        )
        return Denied(f"{told}. {need}. {_DOCTOR}")
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return Missing(f"{told}. It is gone, or {key} may not see it. To find out: triage doctor")
    return Rejected(f"{told}. The same again would be refused again; change it, then approve it anew.")


def _words(data: Any) -> str:
    """Return GitHub's own words, with the field that it found invalid."""
    if not isinstance(data, dict):
        return ""
    found = [
        " ".join(str(each[name]) for name in ("resource", "field", "code", "message") if each.get(name))
        for each in data.get("errors") or []
        if isinstance(each, dict)
    ]
    message = str(data.get("message") or "").rstrip(".")
    return f"{message} ({'; '.join(found)})" if found else message


def _is_limit(status: int, headers: Mapping[str, Any], words: str) -> bool:
    """Tell a limit from a missing permission: both are 403."""
    if status not in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
        return False
    said_so = "rate limit" in words.lower() or "wait a few minutes" in words.lower()
    used_up = str(headers.get("x-ratelimit-remaining", "")) == "0"
    return "retry-after" in headers or said_so or used_up or status == HTTPStatus.TOO_MANY_REQUESTS


def rate_limit(headers: Mapping[str, Any], words: str) -> Limited:
    """Return the limit with the seconds that GitHub asks for: retry-after, the hour's end, or a minute."""
    after, reset = str(headers.get("retry-after", "")), str(headers.get("x-ratelimit-reset", ""))
    if after.isdigit():
        seconds = float(after)
    elif str(headers.get("x-ratelimit-remaining", "")) == "0" and reset.isdigit():
        # A second more: it is not said when in that second the limit is renewed.
        seconds = max(0.0, int(reset) - time.time()) + 1
    else:
        seconds = SECONDARY_SECONDS
    told = f"GitHub asks to wait {seconds:.0f} s ({words}). Nothing was done; try again then."
    return Limited(told, seconds)


def _broken(error: Exception, *, is_write: bool) -> TriageError:
    why = type(error).__name__
    if isinstance(error, (requests.exceptions.SSLError, requests.exceptions.ProxyError)):
        return Unavailable(f"GitHub cannot be reached: {why}: {error}. Look at the network, then try again.")
    if is_write and not _never_sent(error):
        return _lost(f"The line to GitHub broke ({why})")
    return Unavailable(f"GitHub cannot be reached ({why}). Nothing is lost; try again in a minute.")


def _never_sent(error: Exception) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


def _lost(told: str) -> OutcomeUnknown:
    return OutcomeUnknown(f"{told} after the write was sent: it may have happened. It is looked for first.")
