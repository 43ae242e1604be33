"""A store on each database that it runs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store.database import Store
from tests.databases import DIALECTS, address


@pytest.fixture(params=DIALECTS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Open a store of a test's own."""
    with address(request.param, tmp_path) as url:
        opened = Store(url)
        yield opened
        opened.close()
