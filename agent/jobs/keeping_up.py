"""One round of keeping up with places: their Issues, what was written there, and what our keys see.

Repositories whose Issues were never read in full are left to `triage sync`, which shows how far it is.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from agent.domain.views import ReadReport
from agent.jobs.reading import Rounds
from agent.jobs.sync import Sync
from agent.ports import Now
from agent.store import syncs
from agent.store.database import Store

#: What the keys see is looked at this often.
LOOK_AROUND = timedelta(days=1)


class KeepingUp:
    """Runs rounds; whatever fails is told and tried again in the next one."""

    def __init__(
        self, store: Store, rounds: Rounds, sync: Sync, repositories: Sequence[str], now: Now
    ) -> None:
        self.store = store
        self.rounds = rounds
        self.sync = sync
        self.repositories = repositories
        self.now = now
        self.looked_at: datetime | None = None
        self.log = structlog.get_logger("keeping up")

    def once(self) -> list[ReadReport]:
        """Run a round; return what it found in each stream."""
        for project in self.repositories:
            self._tell(partial(self._sync, project), "Issues could not be read")
        found = self.rounds.once()
        if self.looked_at is None or self.now() - self.looked_at >= LOOK_AROUND:
            self.looked_at = self.now()
            self._tell(self.rounds.look_around, "what the keys see could not be read")
        return found

    def _sync(self, project: str) -> None:
        with self.store.read() as tx:
            is_known = syncs.state_of(tx, project).read_at is not None
        if is_known:
            self.sync.run(project)

    def _tell(self, act: Callable[[], None], what: str) -> None:
        try:
            act()
        except Exception as error:  # whatever it is, the rest of the round goes on
            self.log.error(what, exc_info=error)
