"""Listeners for what is written: commit the row, nothing else. What it means is policy's."""

import logging
import re
from typing import Any

from slack_bolt import Ack, App

from agent.desk import Desk
from agent.domain.arrivals import Delivery, Taken
from agent.doors.slack.keeping import Keeping
from agent.policy.slack import deliveries
from agent.policy.slack.deliveries import COMMAND, SHORTCUT, Misshapen

#: Every event; those that others draw from are registered before.
EVENTS = re.compile(r".*", re.DOTALL)
TAKEN = "It is in the inbox and is judged now."
SAME = "It is in the inbox already."
EMPTY = f"Write behind it what happened: {COMMAND} Sync stops after the upgrade to 1.8.2"

log = logging.getLogger(__name__)


def register(app: App, desk: Desk) -> None:
    """Have an app take in events, the shortcut and the command."""
    keeping = Keeping(desk)

    def told(body: dict[str, Any]) -> None:
        keeping.keep(_event(desk, body))

    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        keeping.keep(deliveries.shortcut(body, desk.settings.slack_watch))
        ack()

    def typed(ack: Ack, body: dict[str, Any]) -> None:
        if not str(body.get("text") or "").strip():
            ack(text=EMPTY, response_type="ephemeral")
            return
        taken = keeping.keep(deliveries.command(body, desk.settings.slack_watch, desk.now()))
        ack(text=SAME if taken is Taken.SAME else TAKEN, response_type="ephemeral")

    app.shortcut(SHORTCUT)(pressed)
    app.command(COMMAND)(typed)
    app.event(EVENTS)(told)


def _event(desk: Desk, body: dict[str, Any]) -> Delivery:
    """Read an event; what cannot be read is kept by its id with why, because sent again it is the same."""
    try:
        return deliveries.event(body, desk.settings.slack_watch, desk.now())
    except Misshapen as error:
        log.error("an event of Slack could not be read", exc_info=error)
        return deliveries.unread(body, str(error))
