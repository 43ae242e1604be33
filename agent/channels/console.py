"""The console channel: prints what would be sent, for a person who watches `triage run`.

A screen cannot be read back: when a process dies in the middle, the outcome stays unknown and
a person decides.
"""

import sys
from typing import TextIO

from agent.domain.actions import Action, Notice, Outcome, Receipt, Unknown
from agent.ports import Now


class ConsoleChannel:
    """Implements `ports.Channel` by printing."""

    listing_is_final = False

    def __init__(self, now: Now, screen: TextIO | None = None) -> None:
        self.now = now
        self.screen = screen or sys.stderr

    def carry_out(self, action: Action | Notice) -> Outcome:
        to, text = (
            (action.to, action.text) if isinstance(action, Notice) else (action.destination, action.body)
        )
        try:
            self.screen.write(f"── to {to} ({action.case_id})\n{text}\n")
            self.screen.flush()
        except (OSError, ValueError) as error:
            return Unknown(key=action.key, why=f"The console did not take it: {error}")
        return Receipt(key=action.key, destination_id="console", url="", at=self.now())

    def find(self, action: Action | Notice) -> Receipt | None:
        return None
