"""Words are kept as long as the team says, and not longer; what was done with them stays."""

from datetime import date, datetime, timedelta
from functools import partial

import sqlalchemy as sa

from agent.channels.file import without_words
from agent.policy.removal import after
from agent.ports import Now
from agent.settings import Settings
from agent.store import cases, removing
from agent.store.database import Store

#: Cases a transaction: other writers get their turn in between.
BATCH = 50


class Retaining:
    """Looks once a day (UTC) for Cases whose words are older than that, a batch a round."""

    def __init__(self, store: Store, settings: Settings, now: Now) -> None:
        self.store = store
        self.settings = settings
        self.now = now
        self.looked_on: date | None = None

    def once(self) -> int:
        """Take the words out of a batch of Cases that ended long enough ago; return how many those were."""
        days, now = self.settings.team.keep_words_days, self.now()
        if days is None or self.looked_on == now.date():
            return 0
        found = self.store.erased(partial(self._batch, days, now))
        if found < BATCH:
            self.looked_on = now.date()
        return found

    def _batch(self, days: int, now: datetime, tx: sa.Connection) -> int:
        ended = removing.ended_before(tx, now - timedelta(days=days), BATCH)
        # Before the commit: what is not committed is looked for again.
        without_words(self.settings.outbox_file, {cases.id_of(number) for number in ended})
        for number in ended:
            removing.of_case(tx, number, after(days), now)
        return len(ended)
