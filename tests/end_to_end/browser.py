"""A person in a real Chromium, and what their browser must never report."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_CHROMIUM = f"there is no Chromium at {CHROMIUM}"
needs_chromium = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason=NO_CHROMIUM)]
#: How Chromium's console tells of a page whose status is not 200: a refusal that a test asks for.
REFUSED = "the server responded with a status of {status}"


@contextmanager
def launched() -> Iterator["Browser"]:
    """Start Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()


@contextmanager
def watched(
    browser: "Browser", address: str, *, scripts: bool = True, refusals: Collection[int] = ()
) -> Iterator["Page"]:
    """Open a window of its own.

    Fails at its end on an error of the console (a violation of the policy of contents is one), an
    error of a script, and a request to any other host. `refusals` are the statuses that the test asks for.
    """
    context = browser.new_context(
        base_url=address, viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
    )
    said = _listening(context, urlsplit(address).netloc)
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()
    expected = [REFUSED.format(status=status) for status in refusals]
    unexpected = [each for each in said if not any(words in each for words in expected)]
    assert not unexpected, unexpected


def _listening(context: "BrowserContext", host: str) -> list[str]:
    said: list[str] = []
    context.on(
        "console",
        lambda message: said.append(message.text) if message.type in ("error", "warning") else None,
    )
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.on(
        "request",
        lambda request: said.append(request.url) if urlsplit(request.url).netloc != host else None,
    )
    return said
