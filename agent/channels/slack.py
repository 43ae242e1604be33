"""The Slack channel: a reply is a message in the user's thread, or several where one does not hold it.

What Slack does with a thread that is gone is to post into the whole channel and say nothing. So the
thread is looked at before anything is written, by the same request that finds what stands there already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from agent.channels.slack_mrkdwn import parts
from agent.clients.outcomes import attempt
from agent.clients.slack import Slack
from agent.clients.slack_marks import BACK, Place, is_whole, marked, opened, ours, permalink, written
from agent.domain.actions import Action, Later, Notice, NoticeKind, Outcome, Receipt, Refusal, Unknown
from agent.errors import Missing, TriageError
from agent.policy.slack.ids import SLACK, place_of
from agent.ports import Now

NO_THREAD = "This came from no thread of Slack's. Answer it there by hand."
GONE = "The thread is not there any more. Nothing was written; answer it there by hand."
#: After this long what was seen of a thread holds no more: less than half of what a claim holds.
HELD_UP = timedelta(seconds=45)


class SlackChannel:
    """Implements `ports.Channel` by messages. What Slack lists can be late, so a look is not final.

    `people` are the ids of the team, whom an alert may mention; a reply mentions its thread's author at most.
    """

    listing_is_final = False

    def __init__(self, access: Slack, people: frozenset[str], now: Now) -> None:
        self.access = access
        self.people = people
        self.now = now

    def carry_out(self, action: Action | Notice) -> Outcome:
        return attempt(action.key, lambda: self._written(action))

    def find(self, action: Action | Notice) -> Receipt | None:
        place = self._place(action)
        if place is None:
            return None
        try:
            found = ours(self.access, self._there(place), action.key)
        except Missing:
            return None
        return self.receipt(action.key, place, found[1]) if is_whole(found) else None

    def _written(self, action: Action | Notice) -> Outcome:
        place = self._place(action)
        if place is None:
            return Refusal(key=action.key, why=NO_THREAD)
        try:
            there = self._there(place)
        except Missing as error:
            return Refusal(key=action.key, why=GONE if place.thread else str(error))
        return self._posted(
            action.key, place, self._texts(action, there), ours(self.access, there, action.key)
        )

    def _posted(
        self, key: str, place: Place, texts: Sequence[str], there: Mapping[int, Mapping[str, Any]]
    ) -> Outcome:
        """Post the parts that do not stand there yet, in order."""
        if not texts:
            return Refusal(key=key, why="There is no text to send. Write one, then approve it anew.")
        receipts = {part: self.receipt(key, place, each) for part, each in there.items()}
        looked_at = self.now()
        for part, text in enumerate(texts, start=1):
            if part not in receipts:
                is_late = self.now() - looked_at >= HELD_UP
                made = _held_up(key) if is_late else self._tried(key, place, text, part, len(texts))
                if not isinstance(made, Receipt):
                    return _with_progress(made, receipts.get(1), part, len(texts))
                receipts[part] = made
        return receipts[1]

    def _tried(self, key: str, place: Place, text: str, part: int, of: int) -> Outcome:
        return attempt(key, lambda: self._post(key, place, text, part, of))

    def _post(self, key: str, place: Place, text: str, part: int, of: int) -> Outcome:
        body = {
            "channel": place.channel,
            "text": text,
            "metadata": marked(key, part, of),
            "unfurl_links": False,
            "unfurl_media": False,
            "link_names": False,
        }
        if place.thread:
            body["thread_ts"] = place.thread
        made = self.access.writing.send("chat.postMessage", body)
        if place.thread and made["message"].get("thread_ts") != place.thread:
            return self._taken_back(key, place, str(made["ts"]))
        return self.receipt(key, place, made)

    def _taken_back(self, key: str, place: Place, ts: str) -> Outcome:
        """Take away what Slack put before the whole channel because its thread had just gone."""
        try:
            self.access.writing.send("chat.delete", {"channel": place.channel, "ts": ts})
        except TriageError as error:
            where = permalink(self.access, Place(place.channel), ts)
            return Unknown(key=key, why=f"The thread had gone, so it stands in the channel: {where}. {error}")
        return Refusal(key=key, why=GONE)

    def _place(self, action: Action | Notice) -> Place | None:
        if isinstance(action, Notice):
            return opened(self.access, action.to) if action.to.startswith(SLACK) else None
        thread = action.thread or ""
        if not thread.startswith(SLACK):
            return None
        return Place.of_message(thread) or self._alone_with(thread)

    def _alone_with(self, thread: str) -> Place | None:
        """Return the direct messages with who typed a command; it stands nowhere, so nothing is below it."""
        return opened(self.access, thread) if place_of(thread)[0].startswith(("U", "W")) else None

    def _there(self, place: Place) -> list[Mapping[str, Any]]:
        return list(written(self.access, place, self.now() - BACK))

    def _texts(self, action: Action | Notice, there: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the texts to post, the same at every try."""
        if isinstance(
            action, Notice
        ):  # an alert quotes nobody; in any other a user's words may name somebody
            return parts(action.text, self.people if action.kind is NoticeKind.ALERT else frozenset())
        return parts(action.body, {str(root.get("user", "")) for root in there[:1]})

    def receipt(self, key: str, place: Place, message: Mapping[str, Any]) -> Receipt:
        """Say where a message of ours stands."""
        ts = str(message["ts"])
        return Receipt(
            key=key,
            destination_id=f"{place.channel}/{ts}",
            url=permalink(self.access, place, ts),
            at=self.now(),
        )


def _held_up(key: str) -> Later:
    return Later(key=key, why="This process was held up; another may have written the rest.", seconds=0)


def _with_progress(outcome: Outcome, begun: Receipt | None, part: int, of: int) -> Outcome:
    """Say how much stands there already: the next try goes on behind it."""
    if part == 1 or isinstance(outcome, Receipt):
        return outcome
    why = f"{part - 1} of {of} parts stand in the thread. {outcome.why}"
    if isinstance(outcome, Unknown):
        return replace(outcome, why=why)
    return replace(outcome, why=why, begun=begun)
