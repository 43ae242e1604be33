"""Keeps deliveries that wait together in one transaction, so that a storm costs few of them."""

from collections import deque
from concurrent.futures import Future
from threading import Lock

from agent.desk import Desk
from agent.domain.arrivals import Delivery, Taken

#: Deliveries a transaction.
TOGETHER = 50


class Keeping:
    """Called by many threads. Who has the turn keeps what all of them brought, and the others find it done."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._turn = Lock()
        self._waiting: deque[tuple[Delivery, Future[Taken]]] = deque()

    def keep(self, delivery: Delivery) -> Taken:
        """Return what became of a delivery once it is committed; raises what its own commit raised."""
        mine: Future[Taken] = Future()
        self._waiting.append((delivery, mine))
        while not mine.done():
            with self._turn:
                if not mine.done():
                    self._keep([self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))])
        return mine.result()

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
