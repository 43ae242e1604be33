"""What tests of the configuration are given: the example, and the faults of a folder. Fixtures are in conftest."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import ConfigFaults
from agent.settings import Settings, load
from tests.builders import REPOSITORY

CONFIG = REPOSITORY / "config"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
Edit = Callable[[str, str, str], None]


def faults(cwd: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigFaults) as caught:
        load(environ, cwd)
    return caught.value.faults


def example(**environ: str) -> Settings:
    return load({"HOME": "/somewhere", **environ}, REPOSITORY)
