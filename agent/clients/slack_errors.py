"""What Slack's refusals and a broken line mean, as our errors, each with the next step.

Slack answers a refusal with 200 and a code. For a write one question comes first: can it have happened?
Where it can, it is `OutcomeUnknown`.
"""

import errno
import socket
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError

from agent.errors import (
    Denied,
    Limited,
    Missing,
    OutcomeUnknown,
    Rejected,
    TriageError,
    Unavailable,
)

#: What is waited for a limit that says no time.
LIMIT_SECONDS = 30.0
_DOCTOR = "Then: triage doctor"
_LIMITS = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_KEY = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
_GONE = {
    "channel_not_found": "The channel is not there, or the app is in none of its private ones. Look at its id",
    "message_not_found": "The message is not there any more",
    "thread_not_found": "The thread is not there any more",
    "user_not_found": "Nobody has this id there",
    "not_found": "The view is not there any more",
}
_MAY_NOT = {
    "cant_update_message": "It was written by somebody else",
    "cant_delete_message": "It was written by somebody else",
    "is_archived": "The channel is archived",
    "not_in_channel": "The app is not in this channel. Write there: /invite @triage",
    "restricted_action": "The workspace does not let the app write there. Ask who runs it",
    "user_not_in_channel": "This person is not in the channel",
}
_TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
#: Said by Slack before anything was done; every other trouble of its own can come in the middle of it.
_NOT_BEGUN = frozenset({"request_timeout"})
_TROUBLE = frozenset({"fatal_error", "internal_error", "service_unavailable", "team_added_to_org"})
_UNREACHED = frozenset({errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN})


def translated(error: Exception, key: str, *, is_write: bool) -> TriageError:
    """Return what an error of slack_sdk, or of the line below it, is to us; `key` names the token."""
    if isinstance(error, SlackApiError):
        return _answered(error, key, is_write=is_write)
    return _broken(error, is_write=is_write)


def _answered(error: SlackApiError, key: str, *, is_write: bool) -> TriageError:
    response = error.response
    body = response.data if isinstance(response.data, dict) else {}
    code = str(body.get("error", ""))
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS or code in _LIMITS:
        return _limit(response.headers)
    if response.status_code != HTTPStatus.OK or " " in code or not code:
        return _troubled(f"Slack answered {response.status_code} and nothing that can be read", is_write)
    if code in _NOT_BEGUN:
        return Unavailable(f"Slack answered {code}: nothing was done. Try again in a minute.")
    if code in _TROUBLE:
        return _troubled(f"Slack answered {code}", is_write)
    return _refused(code, body, key)


def _refused(code: str, body: Mapping[str, Any], key: str) -> TriageError:
    told = f"Slack answered {code}"
    if code in _KEY:
        return Denied(f"{told}. {key} is not valid, or not any more. Set a new one. {_DOCTOR}")
    if code == "missing_scope":
        needed = body.get("needed", "another scope")
        return Denied(f"{told}. It wants {needed}. Add it to the app and install it again. {_DOCTOR}")
    if code in _GONE:
        return Missing(f"{told}. {_GONE[code]}.")
    if code in _MAY_NOT:
        return Denied(f"{told}. {_MAY_NOT[code]}. {_DOCTOR}")
    if code in _TOO_LATE:
        return Rejected(f"{told}. Slack gives three seconds to open a window. Press the button again.")
    why = _words(body)
    return Rejected(f"{told}{why}. The same again would be refused again; change it, then approve it anew.")


def _words(body: Mapping[str, Any]) -> str:
    """Return Slack's own words about what it found invalid."""
    said = (body.get("response_metadata") or {}).get("messages") or []
    return f" ({'; '.join(str(each) for each in said[:3])})" if said else ""


def _limit(headers: Mapping[str, Any]) -> Limited:
    after = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    seconds = float(after) if after.isdigit() else LIMIT_SECONDS
    return Limited(f"Slack asks to wait {seconds:.0f} s. Nothing was done; try again then.", seconds)


def _broken(error: Exception, *, is_write: bool) -> TriageError:
    reason = error.reason if isinstance(error, URLError) else error
    why = type(reason).__name__
    if isinstance(reason, ssl.SSLError) or "Tunnel connection failed" in str(reason):
        return Unavailable(f"Slack cannot be reached: {why}: {reason}. Look at the network, then try again.")
    if is_write and not _never_sent(reason):
        return _troubled(f"The line to Slack broke ({why})", is_write)
    return Unavailable(f"Slack cannot be reached ({why}). Nothing is lost; try again in a minute.")


def _never_sent(reason: object) -> bool:
    """Tell whether no connection was made; a timeout may have come later than that."""
    if isinstance(reason, socket.gaierror):
        return True
    return isinstance(reason, OSError) and reason.errno in _UNREACHED


def _troubled(told: str, is_write: bool) -> TriageError:
    if not is_write:
        return Unavailable(f"{told}. Nothing is lost; try again in a minute.")
    return OutcomeUnknown(f"{told} after the write was sent: it may have happened. It is looked for first.")
