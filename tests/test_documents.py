"""Documents cannot rot: what is generated is fresh, what is named exists, what is set is told."""

import re

import pytest

from agent import settings
from scripts import docs
from tests.builders import REPOSITORY

WRITTEN = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")])


def test_the_picture_of_the_graph_is_the_graph() -> None:
    assert docs.picture() in docs.GRAPH.read_text(), "Run: make docs"


def test_the_commands_page_is_what_the_commands_say() -> None:
    assert docs.COMMANDS.read_text() == docs.commands(), "Run: make docs"


def test_every_command_has_an_example_in_the_readme() -> None:
    named = set(re.findall(r"^## triage ([\w-]+)$", docs.COMMANDS.read_text(), re.MULTILINE))
    readme = (REPOSITORY / "README.md").read_text()
    assert named
    assert not [name for name in named if f"triage {name}" not in readme]


def test_every_variable_that_is_read_is_explained() -> None:
    source = (REPOSITORY / "agent" / "settings.py").read_text()
    read = set(re.findall(r'environ(?:\.get)?[\[(]"([A-Z_]+)"', source)) | set(settings._EXTERNAL)
    page = (REPOSITORY / "docs" / "configuration.md").read_text()
    assert not [name for name in read - {"HOME"} if f"`{name}`" not in page]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: docs.Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


def test_architecture_fits_in_150_lines() -> None:
    assert len(docs.GRAPH.read_text().splitlines()) <= 150


@pytest.mark.parametrize("place", ["agent", "evals", "config", "prompts", "docs"])
def test_nothing_names_a_machine_or_a_registry(place: str) -> None:
    files = [
        path for path in (REPOSITORY / place).rglob("*") if path.suffix in (".py", ".md", ".yaml", ".jsonl")
    ]
    named = re.compile(r"(?<![\w.])/(?:work|farm|root)/|pypi\.org|files\.pythonhosted")
    assert not [path for path in files if named.search(path.read_text())]
