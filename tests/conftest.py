"""What tests of many folders start from. The stand-in is loaded where it is asked for, and not before."""

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import structlog

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.github import Hub
    from tests.fakes.github.state import Repository
    from tests.fakes.slack import Workspace

# Half a million objects live as long as a run does; to look for garbage among them at the usual pace takes
# a seventh of it.
gc.set_threshold(10_000, 20, 100)

# As it is by itself, but for tracebacks with every variable in them: one takes longer than most tests.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest, tmp_path: "Path") -> Iterator[None]:
    """Have the test's house keep its store in either database, one after the other."""
    from tests.builders import STORE
    from tests.databases import address

    with address(request.param, tmp_path) as url:
        given = STORE.set(url)
        yield
        STORE.reset(given)


@pytest.fixture
def hub() -> Iterator["Hub"]:
    """Serve a stand-in for GitHub; what its own description refuses fails the test."""
    from tests.fakes.github import standing

    with standing() as served:
        yield served


@pytest.fixture
def here(hub: "Hub") -> "Repository":
    """Add the example project's repository."""
    return hub.repository("example/millrace")


@pytest.fixture
def slack() -> Iterator["Workspace"]:
    """Serve a stand-in for Slack; what it refuses as malformed fails the test."""
    from tests.fakes.slack import standing

    with standing() as served:
        yield served
