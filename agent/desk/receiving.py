"""Messages come in: the row and its job are one transaction, and that is the acknowledgement."""

from collections.abc import Mapping, Sequence

from agent.desk.counter import Counter
from agent.domain.jobs import Job
from agent.domain.messages import Message
from agent.domain.views import Fate, Received
from agent.store import messages

#: Rows a transaction: long enough to be fast, short enough to let a Verdict in between.
BATCH = 200


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
