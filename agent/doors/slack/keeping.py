"""Keeps deliveries that wait together in one transaction, so that a storm costs few of them.

They are kept in the order in which they were written, because a reply that overtook what it replies to would
belong to nothing; one that overtook it by more than the wait is read by the next round.
"""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from agent.desk import Desk
from agent.domain.arrivals import Delivery, Taken

#: Deliveries a transaction.
TOGETHER = 50


class Keeping:
    """Called by many threads. One thread keeps what all of them brought, and each waits for its own alone."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._waiting: deque[tuple[Delivery, Future[Taken]]] = deque()
        self._one = ThreadPoolExecutor(1, thread_name_prefix="keeping")

    def keep(self, delivery: Delivery) -> Taken:
        """Return what became of a delivery once it is committed; raises what its own commit raised."""
        mine: Future[Taken] = Future()
        self._waiting.append((delivery, mine))
        self._one.submit(self._keep_waiting)
        return mine.result()

    def _keep_waiting(self) -> None:
        """Keep what waits; those that an earlier turn took along leave nothing for theirs."""
        batch = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
        if batch:
            self._keep(sorted(batch, key=lambda each: _written_at(each[0])))

    def _keep(self, batch: list[tuple[Delivery, Future[Taken]]]) -> None:
        """Keep a batch; what fails together is tried one by one, so that one hurts no other."""
        try:
            taken = self.desk.deliver([delivery for delivery, _ in batch])
        except Exception as error:  # noqa: BLE001 - it belongs to who brought it, and is raised there
            if len(batch) > 1:
                for each in batch:
                    self._keep([each])
            else:
                batch[0][1].set_exception(error)
            return
        for (_, waits), fate in zip(batch, taken, strict=True):
            waits.set_result(fate)


def _written_at(delivery: Delivery) -> datetime:
    """Return when the first of what a delivery tells was written; what tells of no words goes last."""
    moments = (each.message.sent_at for each in delivery.happened.arrivals)
    return min(moments, default=datetime.max.replace(tzinfo=UTC))
