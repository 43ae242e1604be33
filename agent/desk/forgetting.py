"""A Contact who asks to be forgotten: taken out of the store, the index and the home's files; audited."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
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
from agent.store.home import Home
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
        case_ids = {*found.cases, *found.beside}
        lines = without_words(self.settings.outbox_file, case_ids)
        meant = _Meant(case_ids, {*found.names, *found.called}, {*found.issues})
        dropped = sum(_kept_lines(each, meant) for each in (self.settings.home / "evals").rglob("*.json*"))
        found = self.store.erased(partial(self._forget, contact, who))
        self.store.leave_no_trace()
        return Forgotten(
            traces=found, lines=lines, cases_kept=dropped, set_aside=Home(self.settings.home).set_aside()
        )

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


@dataclass(frozen=True, slots=True)
class _Meant:
    """Which lines of evaluation files go: of these Cases or Issues, or with these names in them.

    A line that only names an Issue, as what a report is known as, is not of it.
    """

    case_ids: Collection[str]
    names: Collection[str]
    issue_ids: Collection[str]

    def is_in(self, line: str) -> bool:
        try:
            values = list(_strings(json.loads(line)))
        except json.JSONDecodeError:
            return False
        return any(self._is(name, value) for name, value in values)

    def _is(self, name: str, value: str) -> bool:
        if value in self.case_ids or any(_holds(value, each) for each in self.names):
            return True
        # A run puts the dataset's name before that of its case.
        return name in ("id", "case") and value.rpartition(":")[2] in self.issue_ids


def _holds(text: str, name: str) -> bool:
    """Tell whether a text holds a name, and not only a longer word that begins or ends like it."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _kept_lines(file: Path, meant: _Meant) -> int:
    lines = file.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not meant.is_in(line)]
    if len(kept) < len(lines):
        written = file.with_suffix(".new")
        written.write_text("".join(kept))
        written.replace(file)
    return len(lines) - len(kept)


def _strings(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a line, with the name that it stands under."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _strings(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part, name)
    elif isinstance(value, str):
        yield name, value
