"""What every part of the desk stands on."""

import sqlalchemy as sa

from agent.domain.cases import Case
from agent.domain.shifts import Person
from agent.errors import NotApprover, UnknownPerson
from agent.policy.approving import may_approve
from agent.policy.shifts import holder
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

    def may_approve(self, source_id: str, person: str) -> bool:
        """Tell whether a person may say what leaves through a Source now."""
        source, team = self.settings.source(source_id), self.settings.team
        return may_approve(person, source, team.approvers, self.settings.rotation, self.now())

    def approver(self, case_id: str, person: str) -> str:
        """Return the id of the person, who may say what leaves of this Case; raises NotApprover.

        That somebody else tried stands in the history.
        """
        who = self.person(person)
        with self.store.read() as tx:
            number, case = self._case(tx, case_id)
        if self.may_approve(case.source, who.id):
            return who.id
        source = self.settings.source(case.source)
        on_shift = self.person(holder(self.settings.rotation, self.now()).holder)
        with self.store.write() as tx:
            text = f"{who.handle} is not an approver for {source.name}; nothing was done"
            cases.record(tx, number, self.now(), "refused", who.id, text)
        raise NotApprover(source.name, on_shift.handle)

    def _case(self, tx: sa.Connection, case_id: str) -> tuple[int, Case]:
        number = cases.number_of(case_id)
        return number, cases.by_number(tx, number)
