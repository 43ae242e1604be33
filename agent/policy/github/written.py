"""Makes Messages of what was written at GitHub, the same from a webhook as from a list."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agent.domain.arrivals import Arrival
from agent.domain.messages import Message
from agent.policy.github.ids import comment_id, issue_thread, review_id
from agent.policy.github.watching import Place, Watch, mentioned, team_label

GHOST = "ghost"  #: whom GitHub names in the place of an account that is gone


def moment(text: str) -> datetime:
    """Read GitHub's time, `2026-11-20T09:00:00Z`."""
    return datetime.fromisoformat(text)


def stamp_of(at: datetime) -> str:
    """Return a moment as GitHub writes it: what `moment` reads, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def login_of(account: Mapping[str, Any] | None) -> str:
    """Return who it is."""
    return str(account["login"]) if account else GHOST


def wanted(place: Place, watch: Watch, text: str, labels: tuple[str, ...] = ()) -> bool:
    """Tell whether this is for the team: in a watched repository, or calling it by name (S11, S12)."""
    return place.is_watched or bool(mentioned(text, watch.teams) or team_label(labels, watch.labels))


def labels_of(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of a payload's labels."""
    return tuple(str(each["name"]) for each in payload.get("labels") or ())


def written(place: Place, payload: Mapping[str, Any], thread: str, *, opens: bool, who: str = "") -> Arrival:
    """Return an Issue, a pull request or a discussion: what begins a thread."""
    state = payload.get("state")
    return Arrival(
        message=_message(place, payload, id=thread, title=str(payload["title"]), thread=None),
        changed_at=moment(payload["updated_at"]),
        opens=opens,
        state=state if state in ("open", "closed") else "",
        who=who,
    )


def issue(place: Place, payload: Mapping[str, Any], *, opens: bool, who: str = "") -> Arrival:
    """Return an Issue, or a pull request that is listed as one."""
    return written(place, payload, issue_thread(place.name, payload), opens=opens, who=who)


def comment(place: Place, payload: Mapping[str, Any], thread: str, *, opens: bool, who: str = "") -> Arrival:
    """Return a comment below a thread."""
    return Arrival(
        message=_message(place, payload, id=comment_id(thread, payload["html_url"]), title="", thread=thread),
        changed_at=moment(payload["updated_at"]),
        opens=opens,
        who=who,
    )


def review_request(
    place: Place, pull: Mapping[str, Any], thread: str, team: str, *, who: str = ""
) -> Arrival:
    """Return the request that a team reviews a pull request (S7)."""
    asked = f"{login_of(pull['user'])} asks @{team} to review {pull['html_url']}"
    said = _message(
        place, pull, id=review_id(thread, team), title=f"Review: {pull['title']}", thread=thread, before=asked
    )
    return Arrival(message=said, changed_at=moment(pull["updated_at"]), opens=True, who=who)


def _message(
    place: Place, payload: Mapping[str, Any], *, id: str, title: str, thread: str | None, before: str = ""
) -> Message:
    body = str(payload["body"] or "")
    return Message(
        id=id,
        source=place.source,
        author=login_of(payload["user"]),
        title=title,
        text=f"{before}\n\n{body}".strip() if before else body,
        sent_at=moment(payload["created_at"]),
        thread=thread,
        visibility=place.visibility,
    )
