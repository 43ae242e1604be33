"""Makes Messages of what was written in Slack, the same from an event as from a list or an export."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.domain.arrivals import Arrival
from agent.domain.messages import Message, Reports, SourceUse
from agent.policy.slack.ids import message_id, moment, thread_id
from agent.policy.slack.texts import words
from agent.policy.slack.watching import Author, Place, SlackWatch, Us, author_of, calls, origin_of

#: What a person writes; every other subtype tells of the channel.
SAID = frozenset({None, "file_share", "me_message", "thread_broadcast", "bot_message"})
#: What stands where a message was that others have answered.
TOMBSTONE = "tombstone"
NOT_A_REPORT = "a colleague's own message, and it does not call the app"


def said(
    place: Place,
    message: Mapping[str, Any],
    watch: SlackWatch,
    us: Us,
    *,
    is_news: bool = True,
    who: str = "",
) -> Arrival:
    """Return a message with whether it opens a Case, and why that is dropped where it is.

    Without `is_news` it opens nothing, as what was edited or was written before we watched.
    """
    author = author_of(message, watch)
    is_called = calls(str(message.get("text") or ""), watch, us)
    begins = thread_id(place.channel, message) is None
    dropped = _dropped(place, author, begins=begins, is_called=is_called)
    return Arrival(
        message=as_message(place, message, watch, us),
        changed_at=changed_at(message),
        opens=is_news and (is_called or _opens(place, author, begins=begins)),
        who=who,
        dropped=dropped,
    )


def pointed_at(place: Place, message: Mapping[str, Any], watch: SlackWatch, us: Us, user: str) -> Arrival:
    """Return a message that somebody wants triaged, wherever it is; what a colleague wants is not screened."""
    return Arrival(
        message=as_message(place, message, watch, us),
        changed_at=changed_at(message),
        opens=True,
        who=watch.people.get(user, user),
        is_asked_for=user in watch.people,
    )


def as_message(place: Place, message: Mapping[str, Any], watch: SlackWatch, us: Us) -> Message:
    """Return a message in our words; raises ValueError or KeyError where it is none."""
    ts, origin = str(message["ts"]), origin_of(message, us)
    text = words(message, watch.everybody)
    return Message(
        id=message_id(place.channel, ts),
        source=place.source,
        author=_named(author_of(message, watch), origin),
        title="",
        text=text,
        sent_at=moment(ts),
        thread=thread_id(place.channel, message),
        visibility=place.visibility,
    )


def changed_at(message: Mapping[str, Any]) -> datetime:
    """Return when a message was last edited by its writer; as it was written where it never was."""
    edited = message.get("edited") or {}
    return moment(str(edited.get("ts") or message["ts"]))


def _named(author: Author, origin: str) -> str:
    return f"{author.name} ({origin})" if origin and not author.is_colleague else author.name


def _opens(place: Place, author: Author, *, begins: bool) -> bool:
    """Tell whether a message that calls nobody is a report, by the policy of its channel (S10)."""
    source = place.configured
    if source is None:
        return place.is_direct and not author.is_bot
    if author.is_bot or (author.is_colleague and source.use is SourceUse.SUPPORT):
        return begins and source.reports is not Reports.MENTIONS
    if source.reports is Reports.TOP_LEVEL:
        return begins
    return source.reports is Reports.ALL and not (author.is_colleague and not begins)


def _dropped(place: Place, author: Author, *, begins: bool, is_called: bool) -> str:
    """Say why a message is not worked on although it is taken in; "" where it is."""
    use = place.configured.use if place.configured else None
    if author.is_bot:
        return "" if use is SourceUse.ALERTS else f"written by a bot, {author.name}"
    is_talk = author.is_colleague and use is SourceUse.SUPPORT and begins and not is_called
    return NOT_A_REPORT if is_talk else ""
