"""Cases are drawn where the team sees them, after each event, as the store has them then.

A card is booked in the outbox like everything that leaves, and drawn anew from there on: drawing is
setting what stands, so it may be done twice. What a card looks like is the surface's.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import sqlalchemy as sa

from agent.domain.actions import Notice, NoticeKind, OutboxState, Outcome, Receipt, Refusal
from agent.domain.jobs import Job
from agent.domain.shifts import Person
from agent.domain.views import CaseView, HomeView
from agent.errors import Limited, Missing, TriageError, Unavailable
from agent.policy.clocks import add_business
from agent.ports import Now, Queue, Surface
from agent.settings import HOLDER, Settings
from agent.store import cases, outbox, proposals, surfaces
from agent.store.database import Store

#: How long a place rests that did not answer, where it does not say so itself.
REST = timedelta(seconds=15)
#: Homes are drawn at most this often: a list changes with every event of any Case.
HOMES_EVERY = timedelta(seconds=5)
#: How long a change may be on its way in while later ones are there: longer than any transaction.
SETTLED = timedelta(seconds=30)
#: What is out of date is looked for with each event, and this often without one.
LOOK = timedelta(seconds=5)
#: A deleted card is posted anew this often; after that somebody does not want it there.
CARDS_A_PLACE = 2


class Looks(Protocol):
    """Reads what is drawn, as every door does."""

    def case(self, case_id: str, shown_to: str | None = None) -> CaseView: ...

    def home_of(self, person: str) -> HomeView: ...


class Cards:
    """The surface as the outbox sees it: a channel for cards, which are drawn as they are posted."""

    def __init__(self, surface: Surface, looks: Looks) -> None:
        self.surface = surface
        self.looks = looks
        self.listing_is_final = surface.listing_is_final

    def carry_out(self, card: Notice) -> Outcome:
        """Post it as the Case is now."""
        return self.surface.post(card, self.looks.case(card.case_id))

    def find(self, card: Notice) -> Receipt | None:
        """Look for it where it would stand."""
        return self.surface.find(card)


class NoCards:
    """Stands in where no surface is connected."""

    listing_is_final = True

    def carry_out(self, card: Notice) -> Outcome:
        """Refuse."""
        return Refusal(key=card.key, why="Slack is not connected any more, so there is no place for a card.")

    def find(self, card: Notice) -> Receipt | None:
        """Nothing can be there."""
        return None


class Showing:
    """Books cards, and draws what is out of date. Everything it does can be done twice."""

    def __init__(
        self, store: Store, queue: Queue, settings: Settings, surface: Surface | None, looks: Looks, now: Now
    ) -> None:
        self.store = store
        self.queue = queue
        self.settings = settings
        self.surface = surface
        self.looks = looks
        self.now = now
        self.seen, self.looked_at = -1, now()  #: the newest event that `once` has looked at, and when

    def begin(self) -> None:
        """Remember from which event on Cases get cards: what is older than the first start gets none by itself."""
        if self.surface is not None:
            with self.store.write() as tx:
                surfaces.begin_cards(tx)

    def once(self) -> None:
        """Book the cards that are missing, and make jobs of what is out of date."""
        if self.surface is None or self.settings.slack is None:
            return
        now, people = self.now(), [person.slack for person in self._people()]
        with self.store.read() as tx:
            newest = surfaces.newest_event(tx)
            if newest == self.seen and now - self.looked_at < LOOK:
                return
            wanted, late = self._wanted(tx), [cases.id_of(each) for each in surfaces.outdated(tx, now)]
            settled = SETTLED / self.settings.haste if self.store.is_shared else timedelta(0)
            if surfaces.homes_outdated(tx, people, now, HOMES_EVERY, settled):
                late.append("")
        if wanted or late:
            with self.store.write() as tx:
                for number, owner, to in wanted:
                    self._card(tx, number, owner, to)
                for case_id in late:
                    self.queue.enqueue(Job.show(case_id), tx)
        self.seen, self.looked_at = newest, now

    def _people(self) -> list[Person]:
        return [person for person in self.settings.team.people if person.slack]

    def _wanted(self, tx: sa.Connection) -> list[tuple[int, str, str]]:
        """Return (Case, owner, place) of each card that is missing where the owner would see it (T17)."""
        owners = surfaces.that_get_cards(tx)
        booked = surfaces.cards_of(tx, list(owners))
        places = {owner: place_of(self.settings, owner) for owner in set(owners.values())}
        return [
            (number, owner, places[owner])
            for number, owner in owners.items()
            if places[owner] and all(each.to != places[owner] for each in _standing(booked.get(number, [])))
        ]

    def _card(self, tx: sa.Connection, number: int, owner: str, to: str) -> None:
        """Book a card for the owner's hours (S3); one that still waits for another's morning makes way.

        None where another process was faster, or the Case moved on since it was looked at.
        """
        case = cases.by_number(tx, number)
        booked = _standing(surfaces.cards_of(tx, [number]).get(number, []))
        if case.owner != owner or case.open_revision is None or any(each.to == to for each in booked):
            return
        stand = [each for each in booked if not outbox.take_back(tx, each.key, f"the card goes to {owner}")]
        hours = self.settings.hours_of(self.settings.person_named(owner))
        self._post(tx, number, to, stand, add_business(self.now(), 0, hours))

    def _post(
        self, tx: sa.Connection, number: int, to: str, beside: Sequence[surfaces.Booked], due_at: datetime
    ) -> None:
        """Book one more card beside those that stand, or may stand, somewhere."""
        case_id = cases.id_of(number)
        taken = {each.key for each in beside}
        keys = (f"{case_id}:card:{at}" for at in range(2, len(taken) + 3))
        key = next(key for key in (f"{case_id}:card", *keys) if key not in taken)
        outbox.add(tx, Notice(key=key, case_id=case_id, kind=NoticeKind.CARD, to=to, text=""), to, due_at)

    def draw(self, case_id: str) -> None:
        """Draw a Case wherever it stands; "" draws the homes."""
        if self.surface is None:
            return
        try:
            if case_id:
                self._cards(self.surface, case_id)
            else:
                self._homes(self.surface)
        except Limited as error:
            self._rest(case_id, timedelta(seconds=error.seconds))
        except Unavailable:
            self._rest(case_id, REST)

    def _rest(self, case_id: str, span: timedelta) -> None:
        with self.store.write() as tx:
            surfaces.rest(tx, cases.number_of(case_id) if case_id else None, self.now() + span)

    def _cards(self, surface: Surface, case_id: str) -> None:
        number = cases.number_of(case_id)
        with self.store.read() as tx:
            event, places = surfaces.newest_of(tx, number), surfaces.of_case(tx, number)
        for drawn in places:
            view = self.looks.case(case_id)
            if self._set(drawn, event, partial(surface.redraw, drawn.place, view, drawn.digest)):
                self._was_shown(view)

    def _was_shown(self, view: CaseView) -> None:
        """Remember when the owner first had the open revision before them."""
        if view.case.open_revision is not None and view.case.owner:
            number = cases.number_of(view.case.id)
            with self.store.write() as tx:
                proposals.show(tx, number, view.case.open_revision, view.case.owner, self.now())

    def _homes(self, surface: Surface) -> None:
        people = self._people()
        with self.store.write() as tx:
            for person in people:
                surfaces.stand(tx, surfaces.HOME, person.slack, None)
        with self.store.read() as tx:
            event, known = surfaces.newest_event(tx), {each.place: each for each in surfaces.homes(tx)}
        for person in people:
            drawn, home = known[person.slack], self.looks.home_of(person.id)
            self._set(drawn, event, partial(surface.publish_home, home, drawn.digest))

    def _set(self, drawn: surfaces.Drawn, event: int, draw: Callable[[], str]) -> bool:
        """Draw one place and remember what stands there; False where it was refused, or nothing stands there.

        What was refused waits for the next event.
        """
        try:
            digest, trouble = draw(), ""
        except Unavailable:
            raise
        except Missing:
            self._gone(drawn)
            return False
        except TriageError as error:
            digest, trouble = drawn.digest, str(error)
        with self.store.write() as tx:
            if trouble and trouble != drawn.trouble and drawn.case is not None:
                text = f"The card could not be drawn: {trouble} The Case is as true as ever: triage show"
                cases.record(tx, drawn.case, self.now(), "not drawn", "triage", text)
                event = surfaces.newest_of(tx, drawn.case)
            surfaces.drew(tx, drawn, event, digest, self.now(), trouble=trouble)
        return not trouble

    def _gone(self, drawn: surfaces.Drawn) -> None:
        """Post a deleted card anew while its Case waits; say in the history what became of it."""
        with self.store.write() as tx:
            if drawn.case is not None:
                cases.hold(tx, drawn.case)
            if not surfaces.forget(tx, drawn) or drawn.case is None:
                return
            booked = surfaces.cards_of(tx, [drawn.case]).get(drawn.case, [])
            to = next((each.to for each in booked if _stands_at(tx, each, drawn.place)), "")
            here = [each for each in _standing(booked) if each.to == to]
            is_open = cases.by_number(tx, drawn.case).open_revision is not None
            again = bool(to) and is_open and len(here) < CARDS_A_PLACE
            if again:
                self._post(tx, drawn.case, to, _standing(booked), self.now())
            text = "The card was deleted where it stood" + ("; it is posted anew" if again else "")
            cases.record(tx, drawn.case, self.now(), "card deleted", "triage", text)


def _standing(booked: Sequence[surfaces.Booked]) -> list[surfaces.Booked]:
    return [each for each in booked if each.state is not OutboxState.CANCELLED]


def _stands_at(tx: sa.Connection, booked: surfaces.Booked, place: str) -> bool:
    row = outbox.by_key(tx, booked.key)
    return row is not None and row.receipt is not None and row.receipt.destination_id == place


def place_of(settings: Settings, owner: str) -> str:
    """Return where the cards of an owner's Cases go; "" where that is nowhere."""
    places = settings.slack
    if places is None or not any(person.id == owner for person in settings.team.people):
        return ""
    to = settings.person_named(owner).slack if places.cards == HOLDER else places.cards
    return f"slack:{to}" if to else ""
