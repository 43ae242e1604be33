"""Messages come in: the row and its job are one transaction, and that is the acknowledgement."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from agent.desk.counter import Counter
from agent.domain.arrivals import Delivery, Taken
from agent.domain.jobs import Job
from agent.domain.messages import Message
from agent.domain.views import Fate, Received
from agent.jobs.arriving import Arriving
from agent.store import arrivals, messages

#: Rows a transaction: long enough to be fast, short enough to let a Verdict in between.
BATCH = 200
#: How long a delivery is remembered; what sends one does not send it again after some days.
REMEMBERED = timedelta(days=14)

_NEW = (Taken.TAKEN, Taken.IGNORED)


class Receiving(Counter):
    """The way in."""

    def receive(
        self, incoming: Sequence[Message], extra: Sequence[Mapping[str, object]] | None = None
    ) -> list[Received]:
        """Put Messages into the inbox; the same delivery twice is one row."""
        extras = extra or [{}] * len(incoming)
        pairs = list(zip(incoming, extras, strict=True))
        received: list[Received] = []
        for start in range(0, len(pairs), BATCH):
            received += self._batch(pairs[start : start + BATCH])
        return received

    def deliver(self, deliveries: Sequence[Delivery]) -> list[Taken]:
        """Take in webhook deliveries, each once; what they say is committed when this returns.

        The same body under another id is the same delivery: the id is not part of what is signed.
        """
        now = self.now()
        if not deliveries:
            return []

        def take(tx: sa.Connection) -> list[Taken]:
            if len(deliveries) > 1:
                messages.hold_many(tx)
            known = arrivals.known_deliveries(tx, deliveries)
            taken = [_taken(each, *known) for each in deliveries]
            new = [each for each, what in zip(deliveries, taken, strict=True) if what in _NEW]
            arrivals.keep_deliveries(tx, new, now)
            Arriving(self.queue, self.settings).take_all(tx, [each.happened for each in new], now)
            arrivals.forget_deliveries(tx, now - REMEMBERED)
            return taken

        return self.store.written(take)

    def _batch(self, pairs: Sequence[tuple[Message, Mapping[str, object]]]) -> list[Received]:
        now = self.now()

        def take(tx: sa.Connection) -> list[Received]:
            if len(pairs) > 1:
                messages.hold_many(tx)
            for source in sorted({message.source for message, _ in pairs}):
                messages.touch_source(tx, source, now)
            return [self._receive(tx, message, extra, now) for message, extra in pairs]

        return self.store.written(take)

    def _receive(
        self, tx: sa.Connection, message: Message, extra: Mapping[str, object], now: datetime
    ) -> Received:
        seq, fate = messages.receive(tx, message, now, extra)
        if fate is not Fate.SAME:
            self.queue.enqueue(Job.intake(message.source, message.root, seq), tx)
        return Received(message=message, fate=fate)


def _taken(delivery: Delivery, ids: set[str], digests: set[str]) -> Taken:
    """Say what becomes of a delivery beside those that are known, and count it to them."""
    if delivery.digest in digests:
        return Taken.SAME
    if delivery.id in ids:
        return Taken.REFUSED
    ids.add(delivery.id)
    digests.add(delivery.digest)
    return Taken.IGNORED if delivery.happened.ignored else Taken.TAKEN
