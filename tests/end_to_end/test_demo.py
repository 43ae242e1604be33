"""The demo as a stranger meets it: the table, then every page of it, served."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.builders import REPOSITORY
from tests.end_to_end.browser import CHROMIUM, NO_CHROMIUM, watched
from tests.end_to_end.conftest import Demo
from tests.end_to_end.running import Serving, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def run(demo: Demo, folder: Path) -> Iterator[Serving]:
    with serving(demo.copied_to(folder)) as found:
        yield found


def test_the_table_has_a_line_for_every_message_and_ends_with_the_timings(demo: Demo) -> None:
    lines = (REPOSITORY / "config" / "demo" / "messages.jsonl").read_text().splitlines()
    # An Issue is named as people write it: "#431".
    named = [re.sub(r"^.*#", "#", json.loads(line)["id"]) for line in lines]
    printed = [row.split()[:2] for row in demo.printed.splitlines() if re.match(r"\S+ +C-\d", row)]
    assert sorted(name for name, _ in printed) == sorted(named)
    assert len({case_id for _, case_id in printed}) >= 45
    assert re.search(r"Index: \d+ Issues, .* Triage: \d+ messages in [\d.]+ s", demo.printed.splitlines()[-1])


def test_every_case_and_every_list_of_the_demo_has_a_page(run: Serving) -> None:
    desk = run.place.desk()
    case_ids = [row.case.id for row in (*desk.inbox(), *desk.dropped())]
    assert len(case_ids) > 60
    with run.browser() as page:
        pages = [*(f"/cases/{case_id}" for case_id in case_ids), "/", "/waiting", "/snoozed", "/dropped"]
        pages += ["/answered", "/search?q=sync", "/paste", "/who", "/keys"]
        assert [path for path in pages if page.get(path).status_code != 200] == []


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason=NO_CHROMIUM)
def test_the_inbox_of_the_demo_breaks_no_rule_of_axe(run: Serving, chromium: "Browser") -> None:
    from axe_playwright_python.sync_playwright import Axe

    with watched(chromium, run.address) as page:
        page.goto(run.link)
        assert page.locator(".row").count() > 40
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
