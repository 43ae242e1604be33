"""The web pages in a real browser: accessible, unbroken and usable in both themes and widths."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from agent.domain.actions import OutboxState
from agent.domain.cases import VerdictKind
from agent.doors.web.app import build_app
from tests.end_to_end.browser import needs_chromium
from tests.fakes import views as fake
from tests.fakes.desk import FakeDesk, furnished
from tests.fakes.serving import serving

pytest.importorskip("playwright", reason="playwright is not installed")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

LONG = "C-303"
PAGES = [
    "/",
    "/waiting",
    "/snoozed",
    "/dropped",
    "/search?q=sync",
    "/paste",
    "/who",
    "/keys",
    "/nowhere",
    *(f"/cases/C-{number}" for number in (204, 199, 207, 150, 195, 180, 190, 301, 302)),
    f"/cases/{LONG}",
]
pytestmark = needs_chromium


def full() -> FakeDesk:
    """Give a furnished desk with what is hard to lay out beside it."""
    desk = furnished()
    held = fake.answered(fake.step(0, OutboxState.PENDING, due_at=fake.soon(seconds=5)))
    unknown = fake.answered(fake.step(0, OutboxState.UNKNOWN, trouble="The channel did not answer."))
    desk.views["C-301"] = replace(held, case=replace(held.case, id="C-301"))
    desk.views["C-302"] = replace(unknown, case=replace(unknown.case, id="C-302"))
    text = "word " * 3000 + "\n\n" + "x" * 5000 + "\u202e right to left \x00\u200b" + "\N{PARTY POPPER}" * 500
    long = fake.case(LONG, title="L" * 300, author="a" * 200)
    desk.views[LONG] = fake.view(LONG, case=long, messages=(fake.said(text, author="a" * 200),))
    desk.lists["inbox"].append(fake.row(desk.views[LONG], first_words=text[:160]))
    return desk


@pytest.fixture(scope="module")
def desk() -> FakeDesk:
    return full()


@pytest.fixture(scope="module")
def address(desk: FakeDesk) -> Iterator[str]:
    app = build_app(desk, token="t", person="first-engineer")
    with serving(app) as address:
        yield address


@pytest.fixture(
    params=[(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def page(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    scheme, width = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        base_url=address,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/?token=t")
    yield page
    context.close()


@pytest.fixture
def wide(chromium: Browser, address: str, desk: FakeDesk) -> Iterator[Page]:
    desk.asked.clear()
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    page = context.new_page()
    page.goto("/?token=t")
    yield page
    context.close()


def test_no_page_breaks_a_rule_of_axe_nor_scrolls_sideways(page: Page) -> None:
    said: list[str] = []
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    # What does not depend on colours was seen in the light already.
    rules = {"runOnly": {"type": "rule", "values": ["color-contrast"]}} if is_dark else None
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in PAGES:
        page.goto(path)
        found = Axe().run(page, options=rules).response["violations"]
        assert [(path, each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert said == []


def test_rows_are_two_lines_high_and_the_words_come_before_the_proposal(wide: Page) -> None:
    assert max(wide.evaluate("[...document.querySelectorAll('.row')].map(row => row.offsetHeight)")) <= 60
    wide.goto("/cases/C-204")
    words, proposal = wide.locator(".said").bounding_box(), wide.locator(".judge").bounding_box()
    assert words is not None
    assert proposal is not None
    assert words["x"] + words["width"] <= proposal["x"]
    assert words["y"] < 400


def test_the_keyboard_alone_reaches_approve_and_sends_with_two_keys(wide: Page, desk: FakeDesk) -> None:
    wide.keyboard.press("j")
    wide.keyboard.press("j")
    wide.keyboard.press("j")
    assert wide.evaluate("document.activeElement.getAttribute('href')") == "/cases/C-204"
    wide.keyboard.press("Enter")
    wide.wait_for_url("**/cases/C-204")
    wide.check("input[name=keep]")
    wide.evaluate("document.activeElement.blur()")
    wide.keyboard.type("thnks")
    assert desk.asked == []
    wide.keyboard.press("Escape")
    wide.keyboard.press("Escape")
    wide.evaluate("document.activeElement.blur()")
    wide.keyboard.press("a")
    assert wide.evaluate("document.activeElement.value") == "approve"
    wide.keyboard.press("Enter")
    wide.wait_for_url("**/cases/C-201?done=C-204")
    assert [asked[0] for asked in desk.asked] == ["decide"]
    assert desk.asked[0][3] is VerdictKind.APPROVE


def test_enter_in_a_field_sends_nothing(wide: Page, desk: FakeDesk) -> None:
    wide.goto("/cases/C-204")
    wide.locator("#d-none").focus()
    wide.keyboard.press("Enter")
    wide.locator("input[name=step]").first.focus()
    wide.keyboard.press("Enter")
    wide.locator(".more-cand summary").click()
    wide.locator("#duplicate-other").fill("#77")
    wide.keyboard.press("Enter")
    wide.wait_for_timeout(200)
    assert desk.asked == []
    assert wide.url.endswith("/cases/C-204")


def test_pages_work_without_scripts(chromium: Browser, address: str, desk: FakeDesk) -> None:
    desk.asked.clear()
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?token=t")
    page.goto("/cases/C-204")
    page.select_option("#priority", "P2")
    page.fill("#draft", "Mine")
    page.click("button.go")
    assert desk.asked[0][5] == "Mine"
    assert desk.asked[0][7] == {"priority": "P2"}
    context.close()


def test_a_refused_verdict_takes_the_focus_to_the_reason(wide: Page, desk: FakeDesk) -> None:
    wide.goto("/cases/C-204")
    wide.fill("#draft", fake.UNSOURCED)
    wide.click("button.go")
    wide.wait_for_selector("#banner")
    assert wide.evaluate("document.activeElement.id") == "banner"
    assert wide.input_value("#draft") == fake.UNSOURCED
    assert desk.asked == []
