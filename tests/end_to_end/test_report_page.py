"""The evaluation report in a real browser, without a network: accessible, filterable, printable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.report.page import page as drawn
from tests.end_to_end.browser import needs_chromium
from tests.evals.made_runs import judged, run

pytest.importorskip("playwright", reason="playwright is not installed")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    report = judged(run("branch", broken=14, fixed=3, breached=True, failed=True), run("main"))
    path.write_text(drawn(report), encoding="utf-8")
    return path


def opened(chromium: Browser, file: Path, **given: object) -> Iterator[Page]:
    context = chromium.new_context(offline=True, **given)  # type: ignore[arg-type]
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda asked: said.append(asked.url) if not asked.url.startswith(file.as_uri()) else None
    )
    page.goto(file.as_uri())
    yield page
    context.close()
    assert said == []


@pytest.fixture
def page(chromium: Browser, file: Path) -> Iterator[Page]:
    yield from opened(chromium, file, viewport={"width": 1280, "height": 900})


@pytest.fixture
def plain(chromium: Browser, file: Path) -> Iterator[Page]:
    yield from opened(chromium, file, java_script_enabled=False)


def shown(page: Page) -> set[str]:
    return {text.split()[2] for text in page.locator(".case > summary:visible").all_inner_texts()}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_breaks_no_rule_of_axe_nor_scrolls_sideways(
    chromium: Browser, file: Path, width: int, scheme: str
) -> None:
    for page in opened(chromium, file, viewport={"width": width, "height": 900}, color_scheme=scheme):
        page.locator(".case > summary").nth(1).click()
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_filters_work_without_scripts(plain: Page) -> None:
    assert plain.locator(".case:visible").count() == 170
    plain.check("#show-broken")
    assert plain.locator(".case:visible").count() == plain.locator(".case.broken").count() == 15
    plain.check("#in-3")
    assert shown(plain) == {"injection-3"}
    assert not plain.locator(".find").is_visible()


def test_the_state_of_the_filters_is_in_the_address(page: Page, file: Path) -> None:
    page.check("#show-fixed")
    page.fill("input[name=text]", "report 98")
    assert shown(page) == {"priority-98"}
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert shown(page) == {"priority-98"}
    page.fill("input[name=text]", "nowhere at all")
    assert page.locator(".none").is_visible()


def test_a_link_opens_its_case_even_where_a_filter_hides_it(page: Page) -> None:
    page.check("#show-fixed")
    page.locator(".change.broken a").first.click()
    opened = page.locator(".case[open]")
    assert opened.count() == 1
    assert "priority-0" in opened.locator("summary").inner_text()
    assert opened.is_visible()


def test_print_opens_every_broken_case(page: Page) -> None:
    assert page.locator(".case.broken .inside:visible").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".case.broken .inside:visible").count() == 15


def test_print_opens_every_broken_case_without_scripts(plain: Page) -> None:
    plain.emulate_media(media="print")
    assert plain.locator(".case.broken .inside").first.bounding_box()["height"] > 40  # type: ignore[index]
