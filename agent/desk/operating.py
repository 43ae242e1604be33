"""How the house stands, for those who operate it: figures of the store, and whether it can be worked with."""

from datetime import UTC

import sqlalchemy as sa

from agent.desk.looking import Looking
from agent.domain.figures import Check, Figures
from agent.errors import Unavailable
from agent.store import calls, figures, outbox, readings, views
from agent.wording.cases import was_read

#: Upper bounds in seconds of how long what was approved took to leave; the hold time is part of it.
SENT_WITHIN = (1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)


class Operating(Looking):
    """What metrics, readiness and the health lines are made of."""

    def figures(self) -> Figures:
        """Return the numbers of the whole store; the same from whatever process asks."""
        now = self.now()
        jobs, workers = self.queue.depth(), self.workers()
        with self.store.read() as tx:
            received, handled, dropped = figures.messages_by_fate(tx)
            waiting, waiting_since = figures.waiting(tx)
            sources, sources_read = self._sources_read(tx)
            return Figures(
                received=received,
                handled=handled,
                dropped=dropped,
                failed=views.stuck_by_source(tx).total(),
                waiting=waiting,
                waiting_since=waiting_since,
                late=figures.late(tx, now),
                backlog=figures.backlog(tx),
                outbox=figures.outbox_states(tx),
                due_since=figures.due_since(tx, now),
                sent=figures.sent(tx, SENT_WITHIN),
                jobs=jobs,
                workers=workers,
                calls=figures.calls_by_outcome(tx),
                spent=calls.spent(tx, now.astimezone(UTC).date()),
                cap=self.settings.models.daily_cap,
                sources=sources,
                sources_read=sources_read,
                is_paused=outbox.paused_by(tx, None) is not None,
            )

    def _sources_read(self, tx: sa.Connection) -> tuple[int, int]:
        """Return how many Sources are configured, and how many of them were read: of no other is it an alert."""
        known, troubles, now = views.source_rows(tx), readings.troubles(tx), self.now()
        names = {source.id for source in self.settings.sources}
        read_at = {name: known[name].last_read_at if name in known else None for name in names}
        return len(names), sum(was_read(read_at[name], troubles.get(name, ""), now) for name in names)

    def workers(self) -> int:
        """Return how many processes work what comes in; the one that serves this home is one."""
        return self.queue.workers() or int(self.worker() is not None)

    def checks(self) -> list[Check]:
        """Return whether the store can be worked with, and whether anybody works the queue."""
        try:
            is_current = self.store.is_current()
            workers = self.workers()
        except (Unavailable, sa.exc.SQLAlchemyError):
            return [Check("store", is_ok=False, said="it does not answer")]
        said = "" if is_current else "its tables are those of another version"
        nobody = "" if workers else "nobody works it: what comes in is kept and waits"
        return [Check("store", is_current, said), Check("queue", is_ok=True, said=nobody)]
