"""Many requests at once, at a share of the price: for evaluations, which can wait. No Case waits for a batch.

A batch is begun, looked at, and read when it has ended. What is in it and what becomes of an answer is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent.engines.claude.service import Said, Service, said_of, translated
from agent.errors import EngineFailed, Failure

#: Seconds for one look.
PATIENCE = 60.0
_ENDINGS = {"expired": Failure.TOO_SLOW, "canceled": Failure.NO_ANSWER}


class Batches:
    """The batches of an account."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def begin(self, requests: Mapping[str, Mapping[str, Any]]) -> str:
        """Send requests by names of at most 64 letters, digits, - and _; return the id of their batch.

        What was sent is paid when it is answered, whoever reads it: keep the id before anything else.
        """
        lines: Any = [{"custom_id": name, "params": dict(each)} for name, each in requests.items()]
        with translated():
            return self._service.client().messages.batches.create(requests=lines, timeout=PATIENCE).id

    def has_ended(self, id: str) -> bool:
        """Tell whether all of it was answered, or given up: after a day at the latest."""
        with translated():
            batch = self._service.client().messages.batches.retrieve(id, timeout=PATIENCE)
            return batch.processing_status == "ended"

    def results(self, id: str) -> Iterator[tuple[str, Said | EngineFailed]]:
        """Yield what became of each request, by its name, in no order."""
        with translated():
            for line in self._service.client().messages.batches.results(id, timeout=PATIENCE):
                yield line.custom_id, _result(line.result)


def _result(result: Any) -> Said | EngineFailed:
    if result.type == "succeeded":
        return said_of(result.message)
    if result.type == "errored":
        return EngineFailed(Failure.BAD_REQUEST, str(result.error.error.message))
    return EngineFailed(_ENDINGS.get(result.type, Failure.BROKEN))
