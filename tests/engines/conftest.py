"""Builders of the engine's tests: a Report from its words, and an embedder without weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agent.domain.messages import Visibility
from agent.domain.reports import Report
from agent.engines.embedded import EmbeddedEngine
from agent.policy.routing import Area
from agent.ports import Progress, no_progress
from agent.prompts import Prompts, prompts_dir

if TYPE_CHECKING:
    from agent.ports import Vector

AREAS = (
    Area(id="watcher", name="File watching", words=("watcher", "inotify", "file watching")),
    Area(id="cli", name="Command line", words=("command line", "cli", "flag")),
)


class SilentEmbedder:
    """Knows nothing: what holds with it rests on words alone."""

    id = "silent"
    dimensions = 384

    def embed(self, texts: Sequence[str], progress: Progress = no_progress) -> Vector:
        return np.zeros((len(texts), self.dimensions), np.float32)


@pytest.fixture(scope="session")
def engine() -> EmbeddedEngine:
    return EmbeddedEngine(
        SilentEmbedder(), Prompts(prompts_dir()).below("embedded"), AREAS, duplicate_share=0.2
    )


@pytest.fixture
def report() -> Callable[..., Report]:
    def build(text: str, title: str = "", source: str = "slack:C1") -> Report:
        return Report(
            id="m-1",
            project="example/ferry",
            source=source,
            author="user-1",
            title=title,
            text=text,
            sent_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
            visibility=Visibility.parse("public"),
        )

    return build
