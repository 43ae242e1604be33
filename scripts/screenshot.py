"""Takes the pictures of the documents: the demo, as it is, in headless Chromium.

    python -m scripts.screenshot          # writes docs/images/*.png

Runs `triage demo` on a home of its own and ends it again; the report compares the shipped prompts with a copy
that lacks three sentences (needs the extra `evals`).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.end_to_end.browser import launched

IMAGES = Path(__file__).parent.parent / "docs" / "images"
PROMPTS = Path(__file__).parent.parent / "prompts"
#: Picture → (page or what to click on it, width, height, dark).
PICTURES = {
    "inbox": ("/", 1280, 900, False),
    "inbox-dark": ("/", 1280, 900, True),
    "inbox-phone": ("/", 390, 844, False),
    "case": ("text=ModuleNotFoundError for local", 1280, 1240, False),
    "case-phone": ("text=ModuleNotFoundError for local", 390, 844, True),
}
#: What the picture of the report takes out of the replies.
LEFT_OUT = {
    "new_bug.md": "We will write here when it is fixed.\n",
    "feature_new.md": "It will be discussed for a future cycle; we cannot promise whether or when it comes.\n",
    "known.md": "{% if issue_title %}Please add a +1 there, so that we know who to follow up with. {% endif %}",
}
PATIENCE = 120


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        command = [Path(sys.executable).with_name("triage"), "demo", "--port", "0"]
        environment = {**os.environ, "TRIAGE_HOME": str(home)}
        demo = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            run = _running(home)
            with launched() as browser:
                for name, picture in PICTURES.items():
                    _take(browser, run, name, *picture)
                _take_file(browser, _reported(Path(folder)))
        finally:
            demo.terminate()
            demo.wait(timeout=20)


def _reported(folder: Path) -> Path:
    """Return the report of what three sentences that are left out of the replies break."""
    other, file = folder / "fewer-words", folder / "report.html"
    shutil.copytree(PROMPTS, other)
    for name, sentence in LEFT_OUT.items():
        reply = other / "embedded" / "replies" / name
        assert sentence in reply.read_text(), f"{name} is worded otherwise now"
        reply.write_text(reply.read_text().replace(sentence, ""))
    datasets = ("draft", "injection", "journey")
    for name, more in (("before", ()), ("after", ("--prompts", other.name))):
        _triage(folder, "eval", "run", *datasets, "--name", name, *more)
    _triage(folder, "eval", "report", "after", "--against", "before", "-o", file.name)
    return file


def _triage(folder: Path, *words: str) -> None:
    command = [Path(sys.executable).with_name("triage"), *words]
    environment = {**os.environ, "TRIAGE_HOME": str(folder / "measured")}
    subprocess.run(command, cwd=folder, env=environment, check=True)


def _running(home: Path) -> dict[str, str]:
    for _ in range(PATIENCE * 10):
        if (home / "run.json").exists():
            found: dict[str, str] = json.loads((home / "run.json").read_text())
            return found
        time.sleep(0.1)
    raise SystemExit("the demo did not start")


def _take_file(browser: Browser, file: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1240}, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    page.screenshot(path=IMAGES / "evals.png")
    context.close()


def _take(
    browser: Browser, run: dict[str, str], name: str, where: str, width: int, height: int, dark: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(f"{run['address']}/?token={run['token']}")
    if not where.startswith("/"):
        page.click(where)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


if __name__ == "__main__":
    main()
