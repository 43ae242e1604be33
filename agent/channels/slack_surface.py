"""Slack as the surface that Cases are drawn on: cards in a channel or with their owner, and homes.

Setting what stands somewhere may be done twice, so a redraw whose answer was lost is drawn again. The
messages that a long Draft goes on in lie in the card's thread: each carries its mark and is found again,
and all of them stand before the card offers to approve what is in them.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from agent.cards import home as homes
from agent.cards.blocks import Json, context, to_json
from agent.cards.card import Card, card
from agent.cards.parts import Seen
from agent.cards.seeing import seen_by
from agent.channels.slack import SlackChannel
from agent.clients.outcomes import attempt
from agent.clients.slack import Slack
from agent.clients.slack_marks import Place, mark_of, marked, opened, ours, ours_again, written
from agent.domain.actions import Notice, NoticeKind, Outcome, Receipt
from agent.domain.views import CaseView, HomeView
from agent.errors import Missing, OutcomeUnknown, Unavailable
from agent.ports import Now
from agent.settings import Settings

NOT_PART = "This is no part of the reply any more."


class SlackSurface:
    """Implements `ports.Surface` by messages with blocks, and by homes."""

    listing_is_final = False

    def __init__(self, access: Slack, channel: SlackChannel, settings: Settings, now: Now) -> None:
        self.access = access
        self.channel = channel
        self.settings = settings
        self.now = now

    def post(self, card: Notice, view: CaseView) -> Outcome:
        """Post the card of a Case once; one whose Draft goes on below comes without its buttons at first."""
        return attempt(card.key, lambda: self._posted(card, view))

    def _posted(self, notice: Notice, view: CaseView) -> Receipt:
        place = opened(self.access, notice.to)
        drawn = self._card(view)
        body = self._body(drawn if not drawn.parts else _without_answers(drawn), notice.key)
        made = self.access.writing.send("chat.postMessage", {"channel": place.channel, **body})
        return self.channel.receipt(notice.key, place, made)

    def find(self, card: Notice) -> Receipt | None:
        """Look for a card of this key where it would stand."""
        return self.channel.find(card)

    def redraw(self, place: str, view: CaseView, drawn: str) -> str:
        """Draw a card anew unless `drawn` is what it would be; return its digest."""
        shown = self._card(view)
        digest = f"{shown.digest}:{len(shown.parts)}"
        if digest == drawn:
            return digest
        channel, _, ts = place.partition("/")
        key = _key(view, place)
        if shown.parts:
            self._below(Place(channel, ts), key, shown)
        self._set("chat.update", {"channel": channel, "ts": ts, **self._body(shown, key)})
        return digest

    def _below(self, thread: Place, key: str, shown: Card) -> None:
        """Have the rest of the Draft stand in the thread, in order: set anew, or posted where it is missing."""
        key = f"{key}:reply"
        stands = self._written(thread)
        there = ours(self.access, stands, key)
        for part, blocks in enumerate(shown.parts, start=1):
            body = self._body(Card(shown.text, blocks), key, part, len(shown.parts))
            if part in there:
                mark = mark_of(there[part])
                is_same = mark and mark.of == len(shown.parts) and _says(there[part]) == _says(body)
                if not is_same:
                    ts = str(there[part]["ts"])
                    self._set("chat.update", {"channel": thread.channel, "ts": ts, **body})
            else:
                told = {"channel": thread.channel, "thread_ts": thread.thread, **body}
                self._set("chat.postMessage", told)
        gone = Card(shown.text, tuple(to_json([context(NOT_PART)])))
        for part in sorted(set(there) - set(range(1, len(shown.parts) + 1))):
            body = self._body(gone, key, part, part)
            self._set("chat.update", {"channel": thread.channel, "ts": str(there[part]["ts"]), **body})
        is_posted = not there.keys() >= set(range(1, len(shown.parts) + 1))
        self._once_each(thread, self._written(thread) if is_posted else stands, key)

    def _written(self, thread: Place) -> list[Mapping[str, Any]]:
        return list(written(self.access, thread, self.now()))

    def _once_each(self, thread: Place, stands: Sequence[Mapping[str, Any]], key: str) -> None:
        """Take away what stands twice: a process that was held up between its look and its post posted, too."""
        for each in ours_again(self.access, stands, key):
            with suppress(Missing):  # the other one was faster
                self._set("chat.delete", {"channel": thread.channel, "ts": str(each["ts"])})

    def publish_home(self, home: HomeView, drawn: str) -> str:
        """Draw a person's home anew unless `drawn` is what it would be; return its digest."""
        view = homes.home(home, self._seen(home.person.id))
        digest = homes.digest(view)
        if digest != drawn:
            self._set("views.publish", {"user_id": home.person.slack, "view": view})
        return digest

    def _set(self, method: str, body: Mapping[str, object]) -> None:
        """Send what may be sent again; a lost answer is a place that did not answer."""
        try:
            self.access.writing.send(method, body)
        except OutcomeUnknown as error:
            raise Unavailable(str(error)) from error

    def _card(self, view: CaseView) -> Card:
        return card(view, self._seen(view.case.owner))

    def _seen(self, person: str | None) -> Seen:
        return seen_by(self.settings, self.now(), person, self.access.account.url)

    def _body(self, shown: Card, key: str, part: int = 1, of: int = 1) -> dict[str, Any]:
        return {
            "text": shown.text,
            "blocks": list(shown.blocks),
            "metadata": marked(key, part, of),
            "unfurl_links": False,
            "unfurl_media": False,
        }


def _key(view: CaseView, place: str) -> str:
    """Give the key of the card that stands at a place: an update takes the mark away that it does not bring."""
    cards = (told for told in view.told if told.notice.kind is NoticeKind.CARD and told.receipt)
    found = (told.notice.key for told in cards if told.receipt and told.receipt.destination_id == place)
    return next(found, f"{view.case.id}:card")


def _without_answers(drawn: Card) -> Card:
    """Take the controls off: what they are about is not there yet."""
    return replace(drawn, blocks=tuple(block for block in drawn.blocks if block["type"] != "actions"))


def _says(message: Mapping[str, Any]) -> list[str]:
    """Give the texts of a message's blocks, to tell whether it stands as it should."""
    return [_text(block) for block in message.get("blocks") or []]


def _text(block: Json) -> str:
    texts = block.get("elements") or [block.get("text") or {}]
    return "\n".join(str(each.get("text", "")) for each in texts)
