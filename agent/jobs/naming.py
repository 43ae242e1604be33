"""Learns what a place calls the people who write there. Nothing waits for a name: where none is had, the id stays."""

import logging
import threading
from datetime import datetime, timedelta

from agent.errors import Limited, Rejected, Unavailable
from agent.policy.slack.people import met
from agent.ports import Directory, Now
from agent.store import messages, people
from agent.store.database import Store

#: Names a Message; whoever mentions more calls everybody.
MOST = 20
#: How long the directory rests that did not answer, or that refused us.
REST, REFUSED = timedelta(minutes=1), timedelta(hours=1)

log = logging.getLogger(__name__)


class Naming:
    """Asks each id once. What cannot be had is asked for again when its person is met again."""

    def __init__(self, store: Store, directory: Directory | None, now: Now) -> None:
        self.store = store
        self.directory = directory
        self.now = now
        self.rests_until: datetime | None = None
        self.lock = threading.Lock()

    def meet(self, seq: int) -> None:
        """Have the names ready that a Message needs, as far as they can be had now."""
        if self.directory is None:
            return
        with self.store.read() as tx:
            ids = met(messages.by_seq(tx, seq))
            if not ids:
                return
            unknown = sorted(ids - people.of(tx, ids).keys())
        with self.lock:  # two threads would ask the same
            for id in unknown[:MOST]:
                self._ask(self.directory, id)

    def _ask(self, directory: Directory, id: str) -> None:
        now = self.now()
        if self.rests_until and now < self.rests_until:
            return
        try:
            named = directory.named(id)
        except (Unavailable, Rejected) as error:
            self.rests_until = now + _rest(error)
            log.warning("a name could not be had", exc_info=error)
            return
        with self.store.write() as tx:
            people.keep(tx, id, named, now)


def _rest(error: Unavailable | Rejected) -> timedelta:
    if isinstance(error, Limited):
        return max(REST, timedelta(seconds=error.seconds))
    return REFUSED if isinstance(error, Rejected) else REST
