"""What an event, a shortcut or a command of Slack says happened. What is not acted on is named, with why.

A payload that lacks what it must have is refused. Reactions, typing and the like are no news.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.domain.arrivals import Arrival, Delivery, Happened, Turn, TurnKind
from agent.domain.messages import Message
from agent.policy.slack import written
from agent.policy.slack.ids import message_id, source_id
from agent.policy.slack.texts import plain
from agent.policy.slack.watching import Place, SlackWatch, Us, author_of, calls, channel_at

Payload = Mapping[str, Any]
#: What the manifest calls the shortcut "Triage this", and the command.
SHORTCUT, COMMAND = "triage_this", "/triage"
OURS = "written by this app"
#: Ids of deliveries are told apart from those of other places by how they begin.
_ID = "slack"


class Misshapen(ValueError):
    """A payload that lacks what it must have; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a delivery told in one channel."""

    event: Payload
    place: Place
    watch: SlackWatch
    us: Us
    now: datetime

    def ignored(self, why: str) -> Happened:
        return Happened(ignored=why)


def event(body: object, watch: SlackWatch, now: datetime) -> Delivery:
    """Return an `event_callback` as a delivery; raises Misshapen. The same event has the same id."""
    try:
        if not isinstance(body, Mapping):
            raise TypeError("no object")
        told = body["event"]
        name, happened, source = _read(told, _us(body), watch, now)
        return _delivery(str(body["event_id"]), name, source, happened)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Misshapen(f"an event of Slack lacks what it must have: {error!r}") from error


def unread(body: Payload, why: str) -> Delivery:
    """Return an event that lacks what it must have, to be kept by its id alone."""
    return _delivery(str(body.get("event_id") or _digest(repr(body))), "event", "", Happened(ignored=why))


def shortcut(body: Payload, watch: SlackWatch) -> Delivery:
    """Return the shortcut "Triage this" as a delivery; raises Misshapen."""
    try:
        place = channel_at(str(body["channel"]["id"]), watch)
        us = Us(app=str(body.get("api_app_id") or ""), team=_team(body))
        id, message = str(body["trigger_id"]), body["message"]
        if us.wrote(message):  # a card tells of a Case, and is read by more than its words may be
            return _delivery(id, "shortcut", place.source, Happened(ignored=OURS))
        arrival = written.pointed_at(place, message, watch, us, str(body["user"]["id"]))
        return _delivery(id, "shortcut", place.source, Happened(arrivals=(arrival,)))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Misshapen(f"a shortcut of Slack lacks what it must have: {error!r}") from error


def command(body: Payload, watch: SlackWatch, now: datetime) -> Delivery:
    """Return the text of `/triage` as a delivery; raises Misshapen.

    Nobody but its writer has read it, so it comes from the conversation between the writer and the app.
    """
    try:
        user, trigger = str(body["user_id"]), str(body["trigger_id"])
        place = channel_at(user, watch)
        message = Message(
            id=f"{source_id(user)}/command-{_digest(trigger)[:16]}",
            source=place.source,
            author=watch.people.get(user, user),
            title="",
            text=plain(str(body["text"]), watch.everybody).strip(),
            sent_at=now,
            thread=None,
            visibility=place.visibility,
        )
        arrival = Arrival(message=message, changed_at=now, opens=True, is_asked_for=user in watch.people)
        return _delivery(trigger, "command", place.source, Happened(arrivals=(arrival,)))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Misshapen(f"a command of Slack lacks what it must have: {error!r}") from error


def _delivery(id: str, name: str, source: str, happened: Happened) -> Delivery:
    """Make a delivery. Slack signs the id with the rest, so it alone says what is the same."""
    return Delivery(
        id=f"{_ID}:{id}", digest=_digest(f"{_ID}:{id}"), event=name, source=source, happened=happened
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _team(body: Payload) -> str:
    team = body.get("team")
    return str(team["id"] if isinstance(team, Mapping) else body.get("team_id") or "")


def _us(body: Payload) -> Us:
    """Return who we are to the workspace: an event names the app and its user."""
    users = (each["user_id"] for each in body.get("authorizations") or () if each.get("is_bot"))
    return Us(app=str(body.get("api_app_id") or ""), users=frozenset(users), team=_team(body))


def _read(told: Payload, us: Us, watch: SlackWatch, now: datetime) -> tuple[str, Happened, str]:
    kind = str(told["type"])
    if kind not in ("message", "app_mention"):
        return kind, Happened(ignored=_UNUSED.get(kind, "not an event of anything written to the team")), ""
    subtype = told.get("subtype")
    name = f"{kind}.{subtype}" if subtype else kind
    place = channel_at(str(told["channel"]), watch)
    reader = _READERS.get(str(subtype), _said if subtype in written.SAID else _not_said)
    return name, reader(_Told(told, place, watch, us, now)), place.source


def _said(told: _Told) -> Happened:
    if told.us.wrote(told.event):
        return told.ignored(OURS)
    arrival = written.said(told.place, told.event, told.watch, told.us)
    if arrival.dropped and told.place.configured is None:
        return told.ignored(f"{arrival.dropped}, where nothing is watched")
    return Happened(arrivals=(arrival,))


def _changed(told: _Told) -> Happened:
    """An edit; what only then calls the team is news. Previews of links change no word."""
    message = told.event["message"]
    if message.get("subtype") == written.TOMBSTONE:
        return _deleted(told)
    if told.us.wrote(message):
        return told.ignored(OURS)
    if message.get("subtype") not in written.SAID:
        return _not_said(told)
    before = str((told.event.get("previous_message") or {}).get("text") or "")
    text = str(message.get("text") or "")
    is_news = calls(text, told.watch, told.us) and not calls(before, told.watch, told.us)
    who = author_of(message, told.watch).name
    return Happened(
        arrivals=(written.said(told.place, message, told.watch, told.us, is_news=is_news, who=who),)
    )


def _deleted(told: _Told) -> Happened:
    """A message is gone, and what others wrote below it is not."""
    ts = told.event.get("deleted_ts") or told.event["message"]["ts"]
    before = told.event.get("previous_message") or {}
    if told.us.wrote(before):
        return told.ignored(OURS)
    turn = Turn(
        kind=TurnKind.DELETED,
        source=told.place.source,
        message=message_id(told.place.channel, str(ts)),
        at=told.now,
    )
    return Happened(turns=(turn,))


def _not_said(told: _Told) -> Happened:
    subtype = str((told.event.get("message") or told.event).get("subtype"))
    return told.ignored(_TELLS.get(subtype, f"tells of the channel: {subtype}"))


_READERS: Mapping[str, Callable[[_Told], Happened]] = {
    "message_changed": _changed,
    "message_deleted": _deleted,
}
#: Subtypes that tell of a channel, or of a message that is told by itself.
_TELLS = {
    "channel_join": "somebody joined",
    "group_join": "somebody joined",
    "channel_leave": "somebody left",
    "group_leave": "somebody left",
    "bot_add": "an app was added",
    "bot_remove": "an app was removed",
    "message_replied": "the reply comes by itself",
    "pinned_item": "something was pinned",
    "reminder_add": "a reminder was set",
}
_UNUSED = {
    "reaction_added": "a reaction says nothing to work on",
    "reaction_removed": "a reaction says nothing to work on",
    "member_joined_channel": "somebody joined",
    "member_left_channel": "somebody left",
    "app_home_opened": "the home is drawn, and nothing is taken in",
    "file_shared": "a file comes with its message",
    "link_shared": "a link comes with its message",
}
