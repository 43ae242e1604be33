"""Messages come in: the row and its job are one transaction, and that is the acknowledgement."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from agent.desk.counter import Counter
from agent.domain.arrivals import Delivery, Taken
from agent.domain.jobs import Job
from agent.domain.messages import Message
from agent.domain.views import Fate, Received
from agent.errors import Refused
from agent.jobs.arriving import Arriving
from agent.store import arrivals, messages

#: Rows a transaction: long enough to be fast, short enough to let a Verdict in between.
BATCH = 200
#: How long a delivery is remembered; what sends one does not send it again after some days.
REMEMBERED = timedelta(days=14)


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

    def deliver(self, delivery: Delivery) -> Taken:
        """Take in a webhook delivery once; what it says is committed when this returns.

        Raises Refused where its id came before with another body. The same body under another id is
        the same delivery: the id is not part of what is signed.
        """
        now = self.now()
        with self.store.write() as tx:
            has_id, has_body = arrivals.known_delivery(tx, delivery)
            if has_id and not has_body:
                raise Refused(f"The delivery {delivery.id} came before with another body.")
            if has_body:
                return Taken.SAME
            arrivals.keep_delivery(tx, delivery, now)
            arrivals.forget_deliveries(tx, now - REMEMBERED)
            Arriving(self.queue, self.settings).take(tx, delivery.happened, now)
        return Taken.IGNORED if delivery.happened.ignored else Taken.TAKEN

    def _batch(self, pairs: Sequence[tuple[Message, Mapping[str, object]]]) -> list[Received]:
        now = self.now()
        received = []
        with self.store.write() as tx:
            for message, extra in pairs:
                seq, fate = messages.receive(tx, message, now, extra)
                messages.touch_source(tx, message.source, now)
                if fate is not Fate.SAME:
                    self.queue.enqueue(Job.intake(message.source, message.thread or message.id, seq), tx)
                received.append(Received(message=message, fate=fate))
        return received
