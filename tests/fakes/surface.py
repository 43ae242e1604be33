"""A surface that remembers what was drawn on it, and fails when it is told to."""

from dataclasses import dataclass, field
from datetime import datetime

from agent.domain.actions import Notice, Outcome, Receipt
from agent.domain.views import CaseView, HomeView
from agent.errors import TriageError
from agent.wording.stages import stage


@dataclass
class Board:
    """Cards by place, each as the line that it shows; `faults` are raised one by one before a drawing."""

    cards: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    posted: list[Notice] = field(default_factory=list)
    keys: dict[str, Receipt] = field(default_factory=dict)
    faults: list[TriageError] = field(default_factory=list)
    redrawn: int = 0
    listing_is_final: bool = True

    def post(self, card: Notice, view: CaseView) -> Outcome:
        place = f"{card.to.removeprefix('slack:')}/{len(self.posted) + 1}"
        self.posted.append(card)
        self.cards[place] = shown(view)
        receipt = Receipt(
            key=card.key, destination_id=place, url="", at=datetime.fromisoformat("2026-03-02T10:00Z")
        )
        self.keys[card.key] = receipt
        return receipt

    def find(self, card: Notice) -> Receipt | None:
        return self.keys.get(card.key)

    def redraw(self, place: str, view: CaseView, drawn: str) -> str:
        self._fail()
        if shown(view) != drawn:
            self.cards[place] = shown(view)
            self.redrawn += 1
        return shown(view)

    def publish_home(self, home: HomeView, drawn: str) -> str:
        self._fail()
        line = " ".join(row.case.id for row in home.inbox)
        self.homes[home.person.slack] = line
        return line

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)


def shown(view: CaseView) -> str:
    """Return what the card of a Case would say."""
    paused = ", paused" if view.paused_by else ""
    return f"{view.case.id} r{view.case.revision} {stage(view)} of {view.case.owner}{paused}"
