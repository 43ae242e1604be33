"""A place that is configured and not connected: it sends nothing, and says what is missing."""

from agent.domain.actions import Action, Notice, Outcome, Receipt, Refusal


class OffChannel:
    """Implements `ports.Channel` and `ports.Tracker` by refusing."""

    listing_is_final = True

    def __init__(self, why: str) -> None:
        self.why = why

    def carry_out(self, action: Action | Notice) -> Outcome:
        return Refusal(key=action.key, why=self.why)

    def find(self, action: Action | Notice) -> Receipt | None:
        return None
