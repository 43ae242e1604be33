"""Writes what was measured into its block of docs/scaling.md, with the day and the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from scripts.docs import between

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
LIBRARIES = ("langgraph", "onnxruntime", "sqlalchemy", "psycopg", "procrastinate")


def write(part: str, command: str, lines: Sequence[str]) -> None:
    """Replace what stands in the block of this part."""
    said = f"{datetime.now(UTC):%Y-%m-%d}, `{command}`: {machine()}."
    PAGE.write_text(between(PAGE.read_text(), part, "\n".join([said, "", *lines])))


def machine() -> str:
    """Say what it was measured on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}"
