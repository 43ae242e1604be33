"""What every part of the desk stands on."""

import sqlalchemy as sa

from agent.domain.cases import Case
from agent.domain.shifts import Person
from agent.errors import UnknownPerson
from agent.ports import Now, Queue
from agent.settings import Settings
from agent.store import cases
from agent.store.database import Store
from agent.store.home import Home


class Counter:
    """The store, the queue, the settings and the clock, as the doors were given them."""

    def __init__(self, store: Store, queue: Queue, settings: Settings, home: Home, now: Now) -> None:
        self.store = store
        self.queue = queue
        self.settings = settings
        self.home = home
        self.now = now

    def person(self, named: str | None) -> Person:
        """Return the person whose Verdict this is; raises UnknownPerson."""
        if not named:
            raise UnknownPerson(None, [person.id for person in self.settings.team.people])
        return self.settings.person_named(named)

    def _case(self, tx: sa.Connection, case_id: str) -> tuple[int, Case]:
        number = cases.number_of(case_id)
        return number, cases.by_number(tx, number)
