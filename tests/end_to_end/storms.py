"""What a storm of deliveries at a `triage run` is held against: its store, and how long the answers took."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from agent.index import weights
from agent.store.tables import cases, deliveries, messages
from tests.end_to_end.running import Place

#: What is promised of an answer.
P99_SECONDS = 0.5


@dataclass(frozen=True)
class Kept:
    """What a store holds: ids of deliveries and of Messages."""

    deliveries: list[str]
    messages: list[str]


def need_weights() -> None:
    """Skip the test where the engine cannot be opened."""
    if weights.describe().startswith("not here"):
        pytest.skip("the embedder's weights are not installed")


def kept(place: Place) -> Kept:
    desk = place.desk()
    with desk.store.read() as tx:
        found = Kept(list(tx.scalars(sa.select(deliveries.c.id))), list(tx.scalars(sa.select(messages.c.id))))
    desk.store.close()
    return found


def judged(place: Place) -> int:
    """Count the Cases that have a Proposal which waits."""
    desk = place.desk()
    with desk.store.read() as tx:
        which = cases.c.open_revision.is_not(None)
        found = tx.scalar(sa.select(sa.func.count()).select_from(cases).where(which)) or 0
    desk.store.close()
    return found


def pace(times: Sequence[float], took: float) -> dict[str, float]:
    """Return how long it took in seconds, and the answers in milliseconds; `times` are in order."""
    return {
        "seconds": round(took, 1),
        "p50 ms": round(times[len(times) // 2] * 1000),
        "p99 ms": round(times[int(len(times) * 0.99)] * 1000),
        "max ms": round(times[-1] * 1000),
    }


def show(told: dict[str, float]) -> None:
    print("\n" + "\n".join(f"{name:<34}{value:>8,}" for name, value in told.items()))
