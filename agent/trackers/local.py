"""The local tracker: Issues that live in the store, for a team that has connected none yet."""

from agent.domain.actions import Action, ActionKind, Outcome, Receipt, Refusal
from agent.domain.issues import Issue
from agent.ports import IssueShelf, Now

#: What is said below an Issue.
NOTES = (ActionKind.NOTE_ISSUE, ActionKind.ESTIMATE_ISSUE)


class LocalTracker:
    """Implements `ports.Tracker` on the store's shelf."""

    listing_is_final = True

    def __init__(self, shelf: IssueShelf, now: Now) -> None:
        self.shelf = shelf
        self.now = now

    def carry_out(self, action: Action) -> Outcome:
        if action.kind is ActionKind.CREATE_ISSUE:
            self.shelf.add(action.key, self._issue(action), self.now())
        elif action.kind not in NOTES:
            why = "The tracker of the store has no labels, no board and no advisories. Leave this out."
            return Refusal(key=action.key, why=why)
        elif not self.shelf.note(action.key, action.destination, action.body, self.now()):
            return Refusal(key=action.key, why=f"There is no Issue {action.destination}.")
        receipt = self.find(action)
        return receipt or Refusal(key=action.key, why="It was written and could not be read back.")

    def find(self, action: Action) -> Receipt | None:
        issue = self.shelf.by_key(action.key)
        if issue is None:
            return None
        return Receipt(key=action.key, destination_id=issue.id, url=issue.url, at=self.now())

    def _issue(self, action: Action) -> Issue:
        names = (action.fields.get(name) for name in ("type", "priority", "area"))
        return Issue(
            id=f"{action.destination}#0",  # the shelf gives the number
            title=action.title,
            body=action.body,
            created_at=self.now(),
            visibility=action.made_from,
            labels=tuple(name for name in names if name),
            extra={"key": action.key, **action.fields},
        )
