"""The stand-in for GitHub, for the time of a test."""

from collections.abc import Iterator

import pytest

from tests.fakes.github import Hub, standing
from tests.fakes.github.state import Repository


@pytest.fixture
def hub() -> Iterator[Hub]:
    with standing() as served:
        yield served


@pytest.fixture
def here(hub: Hub) -> Repository:
    return hub.repository("example/millrace")
