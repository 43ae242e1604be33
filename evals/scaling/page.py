"""Writes what was measured into its block of docs/scaling.md, with the day and the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from scripts.docs import between

DOCS = Path(__file__).parents[2] / "docs"
PAGE, OPERATE = DOCS / "scaling.md", DOCS / "operate.md"
LIBRARIES = ("langgraph", "onnxruntime", "sqlalchemy", "psycopg", "procrastinate")


def write(block: str, command: str, lines: Sequence[str], page: Path = PAGE) -> None:
    """Replace what stands in a block of a page."""
    said = f"{datetime.now(UTC):%Y-%m-%d}, `{command}`: {machine()}."
    page.write_text(between(page.read_text(), block, "\n".join([said, "", *lines])))


def machine() -> str:
    """Say what it was measured on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}"
