"""A team's own store, opened to be read: beside a running process, without its lock, its index or its engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from agent.store.database import Store
from agent.store.home import Home

if TYPE_CHECKING:
    import sqlalchemy as sa

    from agent.settings import Settings

Answer = TypeVar("Answer")


def read(settings: Settings, query: Callable[[sa.Connection], Answer]) -> Answer:
    """Return what a query of one moment of the store returns."""
    Home(settings.home).prepare()
    store = Store(settings.database_url)
    try:
        with store.read() as tx:
            return query(tx)
    finally:
        store.close()
