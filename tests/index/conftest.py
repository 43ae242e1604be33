"""The real embedder, its graphs built once and kept between runs."""

from pathlib import Path

import pytest

from agent.index.embedder import MiniLM
from agent.index.network import Variant


@pytest.fixture(scope="session")
def graphs(request: pytest.FixtureRequest) -> Path:
    return Path(str(request.config.cache.mkdir("graphs")))


@pytest.fixture(scope="session")
def int8(graphs: Path) -> MiniLM:
    return MiniLM(graphs)


@pytest.fixture(scope="session")
def float32(graphs: Path) -> MiniLM:
    return MiniLM(graphs, Variant.FLOAT32)
