"""A Contact who asks to be forgotten: taken out of the store, the index and the home's files; audited."""

import json
from collections.abc import Collection
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from agent.channels.file import without_words
from agent.desk.counter import Counter
from agent.domain.forgetting import Forgotten, Traces
from agent.errors import NotFound, Refused
from agent.jobs.revising import begin_anew
from agent.policy.removal import ON_REQUEST
from agent.store import cases, forgetting
from agent.store.removing import OPEN


class Forgetting(Counter):
    """Shows what there is of a Contact, and removes it."""

    def traces(self, contact: str) -> Traces:
        """Return all that is here of a Contact; raises NotFound for none, Refused for several of that name."""
        with self.store.read() as tx:
            found = forgetting.find(tx, contact)
        if len(found.ids) > 1:
            ids = ", ".join(found.ids)
            raise Refused(
                f"{len(found.ids)} people are called {contact!r}: {ids}. Name one of them by its id."
            )
        if not found.names:
            raise NotFound(
                f"Nobody called {contact!r} wrote here. Names are as the place has them: triage show CASE says them."
            )
        return found

    def forget(self, contact: str, person: str) -> Forgotten:
        """Remove a Contact everywhere here; what others wrote stays, and is judged again where it is open.

        Raises NotFound, and Refused while something of their Cases is on its way out.
        """
        who, found = self.person(person).id, self.traces(contact)
        self._refuse_leaving(found)
        # First what is beside the store: what is not committed is done again.
        lines = without_words(self.settings.outbox_file, {*found.cases, *found.beside})
        dropped = _without_cases(self.settings.home / "evals", {*found.cases, *found.beside}, found.names)
        found = self.store.erased(partial(self._forget, contact, who))
        self.store.leave_no_trace()
        return Forgotten(traces=found, lines=lines, cases_kept=dropped)

    def _forget(self, contact: str, who: str, tx: sa.Connection) -> Traces:
        found = forgetting.find(tx, contact)
        self._refuse_leaving(found)
        forgetting.forget(tx, contact, self.now(), who)
        for number in map(cases.number_of, found.beside):
            case = cases.by_number(tx, number)
            if case.open_revision is not None or case.state in OPEN:
                begin_anew(tx, self.queue, number, f"words of {found.alias} {ON_REQUEST}", self.now())
        return found

    def _refuse_leaving(self, found: Traces) -> None:
        if found.leaving:
            raise Refused(
                f"Nothing was removed: something of {', '.join(found.leaving)} is about to leave. "
                "Let it leave or take it back, then try again."
            )


def _without_cases(folder: Path, case_ids: Collection[str], names: Collection[str]) -> int:
    """Drop the lines of a home's evaluation files that are of these Cases or hold these names; return how many."""
    return sum(_kept_lines(file, case_ids, names) for file in sorted(folder.rglob("*.json*")))


def _kept_lines(file: Path, case_ids: Collection[str], names: Collection[str]) -> int:
    lines = file.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not _is_of(line, case_ids, names)]
    if len(kept) < len(lines):
        written = file.with_suffix(".new")
        written.write_text("".join(kept))
        written.replace(file)
    return len(lines) - len(kept)


def _is_of(line: str, case_ids: Collection[str], names: Collection[str]) -> bool:
    try:
        values = _strings(json.loads(line))
    except json.JSONDecodeError:
        return False
    return any(value in case_ids or any(name in value for name in names) for value in values)


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [each for part in value.values() for each in _strings(part)]
    if isinstance(value, list):
        return [each for part in value for each in _strings(part)]
    return [value] if isinstance(value, str) else []
