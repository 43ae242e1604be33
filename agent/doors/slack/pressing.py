"""Who pressed what, read from Slack's payloads; and what is told to them, after Slack was answered.

A listener rests on the store alone. What has to be said to Slack (a modal, a line for one person's eyes)
is said by a thread of its own, so that no listener waits for Slack; if it cannot be said, the card,
which is drawn from the store, says it all the same.
"""

import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import Any, TypeVar

from agent.cards.parts import Seen
from agent.cards.seeing import seen_by
from agent.clients.slack import Slack
from agent.desk import Desk
from agent.domain.shifts import Person
from agent.domain.views import CaseView
from agent.doors.slack.answering import refusal
from agent.errors import Refused, TriageError

#: Slack waits three seconds for its answer; a store that is slower works on, and the card tells the end.
BUDGET_SECONDS = 2.0
THREADS = 4
BROKE = "What you pressed could not be done; the log says why. Look at the card: where nothing changed, press again."
GAVE_UP = "Slack gave up waiting. Press {} again; nothing is lost."

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """One click: whose, on which Case and revision, and where it was made."""

    user: str  #: the person's id in Slack
    case_id: str
    revision: int
    step: tuple[int, int] | None = None  #: revision and position of the step that the button is about
    chosen: str = ""
    trigger: str = ""
    channel: str = ""
    ts: str = ""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Press":
        """Read a click on a button or a menu of ours; ValueError for what is not."""
        action = body["actions"][0]
        case_id, revision, step = _about(action)
        return cls(
            user=str(body["user"]["id"]),
            case_id=case_id,
            revision=revision,
            step=step,
            chosen=str((action.get("selected_option") or {}).get("value", "")),
            trigger=str(body.get("trigger_id", "")),
            channel=str((body.get("channel") or {}).get("id", "")),
            ts=str((body.get("container") or {}).get("message_ts", "")),
        )


def _about(action: Mapping[str, Any]) -> tuple[str, int, tuple[int, int] | None]:
    """Give the Case, the revision and the step that a control is about: a menu has them in its row's name."""
    if "value" in action:
        said = json.loads(action["value"])
        step = (int(said["of"]), int(said["s"])) if "s" in said else None
        return str(said["c"]), int(said["r"]), step
    _, case_id, revision = str(action["block_id"]).split(":")
    return case_id, int(revision), None


class Reception:
    """What all listeners share: the desk, the way to Slack, and who somebody is."""

    def __init__(self, desk: Desk, slack: Slack) -> None:
        self.desk = desk
        self.slack = slack
        self.working = ThreadPoolExecutor(THREADS, thread_name_prefix="pressed")
        self.telling = ThreadPoolExecutor(THREADS, thread_name_prefix="told")

    def person(self, user: str) -> Person:
        """Return the colleague with this id in Slack; raises Refused with what to do."""
        found = self._known(user)
        if found is None:
            raise Refused(
                f"Nothing was done: nobody in team.yaml has the Slack id {user}. Write it there as `slack:`."
            )
        return found

    def _known(self, user: str) -> Person | None:
        return next((each for each in self.desk.settings.team.people if each.slack == user), None)

    def refused(self, error: TriageError, case_id: str, user: str) -> tuple[str, CaseView | None, Seen]:
        """Say why nothing was done, with the Case as it is now, if there is one, as who pressed sees it."""
        known = self._known(user)
        who = known.id if known else ""
        seen, view = self.seen(who or None), self._view(case_id)
        return refusal(error, view, seen, who), view, seen

    def _view(self, case_id: str) -> CaseView | None:
        try:
            return self.desk.case(case_id)
        except TriageError:
            return None

    def seen(self, person: str | None) -> Seen:
        """Give how a person sees a Case; links into the workspace need Slack and are left out here."""
        return seen_by(self.desk.settings, self.desk.now(), person)

    def within_budget(
        self, press: Press, work: Callable[[], T], afterwards: Callable[[], object] = lambda: None
    ) -> T:
        """Do work of the store; raises `Late` when Slack must be answered first.

        The work goes on then, and `afterwards` tells how it ended; where it broke, who pressed is told.
        """
        doing = self.working.submit(work)
        try:
            return doing.result(timeout=BUDGET_SECONDS)
        except Late:
            doing.add_done_callback(lambda done: self._ended(press, done, afterwards))
            raise

    def _ended(self, press: Press, done: "Future[T]", afterwards: Callable[[], object]) -> None:
        error = done.exception()
        if error is None:
            afterwards()
            return
        log.error("what was pressed could not be worked after Slack was answered", exc_info=error)
        self.whisper(press, BROKE)

    def later(self, work: Callable[[], object]) -> "Future[None]":
        """Say something to Slack once it has been answered."""
        return self.telling.submit(self._guarded, work)

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except TriageError as error:
            log.warning("Slack was not told", exc_info=error)
        except Exception as error:  # the thread has nobody else who would hear of it
            log.error("Slack was not told", exc_info=error)

    def whisper(self, press: Press, text: str) -> None:
        """Tell one person something, for their eyes only, where they pressed."""
        if press.channel:
            self.later(lambda: self._whispered(press.channel, press.user, text))
        else:
            log.info("nowhere to tell %s what became of a press", press.user)

    def _whispered(self, channel: str, user: str, text: str) -> None:
        body = {"channel": channel, "user": user, "text": text, "unfurl_links": False}
        self.slack.writing.send("chat.postEphemeral", body)

    def open(self, press: Press, view: Mapping[str, Any], button: str) -> None:
        """Open a modal; where Slack did not take it, as a trigger that is too old, say what to press."""

        def opened() -> None:
            try:
                self.slack.writing.send("views.open", {"trigger_id": press.trigger, "view": view})
            except TriageError:
                self.whisper(press, GAVE_UP.format(button))
                raise

        self.later(opened)


__all__ = ["BUDGET_SECONDS", "Late", "Press", "Reception"]
