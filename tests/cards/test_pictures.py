"""The blocks in the documents are what the product draws today, and each has its picture."""

import json
from pathlib import Path

import pytest

from scripts.slack_screens import DOCS, drawings, page

PAGE = (DOCS / "slack-card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", drawings())
def test_the_blocks_in_the_documents_are_drawn_today(name: str) -> None:
    written = json.loads((DOCS / "slack" / f"{name}.json").read_text(encoding="utf-8"))
    assert written == drawings()[name], "Run: python -m scripts.slack_screens --take"


@pytest.mark.parametrize("name", drawings())
def test_each_has_its_picture_on_the_page(name: str) -> None:
    assert (DOCS / "images" / f"slack-{name}.png").exists()
    assert f"images/slack-{name}.png" in PAGE
    assert f"slack/{name}.json" in PAGE


def test_no_blocks_are_left_over() -> None:
    assert {Path(each).stem for each in (DOCS / "slack").glob("*.json")} == set(drawings())


@pytest.mark.parametrize("name", drawings())
def test_a_picture_shows_every_word_of_its_blocks(name: str) -> None:
    payload = drawings()[name]
    shown = page(payload)
    for block in payload["blocks"]:
        for element in block.get("elements", []):
            if element.get("type") == "button":
                assert element["text"]["text"] in shown
