"""The scripted person: a browser that opens Cases, and what is pressed there, twice, late or changed.

What was meant is kept beside what was answered, so that the end can be held against both.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.chaos.processes import Entrance

TIMEOUT = 8.0
PAUSE = 0.5
APPROVE, EDIT, REJECT, LEAVE, TAKE_BACK = "approve", "edit", "reject", "leave", "take back"
#: Of a hundred Cases that wait, what becomes of them.
FATES = {APPROVE: 75, EDIT: 10, REJECT: 10, LEAVE: 5}
DOUBLE, STALE, REGRETTED = 0.2, 0.15, 0.1
#: Seconds until a press is regretted: at once, or when it may have left.
LATER = (0, 2.5)
FORM = "case"


class Page(HTMLParser):
    """What a browser would send of a page's form when nothing was touched, and every hidden field."""

    def __init__(self, html: str, form: str = FORM) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}  #: hidden ones, of every form
        self.given: dict[str, list[str]] = {}
        self.keeps: list[str] = []
        self._form, self._inside, self._text, self._select = form, False, "", ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._inside = has.get("id") == self._form
        elif tag == "input" and has.get("type") == "hidden":
            self.fields.setdefault(has.get("name", ""), has.get("value", ""))
        if "disabled" in has or not (self._inside or has.get("form") == self._form):
            return
        name, value = has.get("name", ""), has.get("value", "")
        if tag == "input" and name == "keep":
            self.keeps.append(value)
        elif tag == "input" and (has.get("type") not in ("radio", "checkbox") or "checked" in has):
            self.given.setdefault(name, []).append(value)
        elif tag == "textarea":
            self._text = name
            self.given[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in has:
            self.given[self._select] = [value]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._text = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            said = self.given[self._text]
            said[0] += data if said[0] else data.removeprefix("\n")

    @property
    def form(self) -> dict[str, Any]:
        """The form of a Case as it was opened; every sentence without a source is vouched for."""
        given: dict[str, Any] = {name: list(values) for name, values in self.given.items() if name}
        given.pop("person", None)
        return {**given, "keep": self.keeps}


class Browser:
    """A browser that opened the link of a door."""

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance
        self.client = httpx.Client(base_url=entrance.address, trust_env=False, timeout=TIMEOUT)
        self.opened = ""  #: the token of the link that it opened last

    def page(self, path: str) -> Page:
        """Open a page; raises httpx.HTTPError while the door is not there."""
        token = self.entrance.token
        if token != self.opened:
            self.client.get("/", params={"token": token})
            self.opened = token
        answer = self.client.get(path)
        if answer.status_code == 401:
            self.opened = ""
        return Page(answer.raise_for_status().text)

    def press(self, path: str, form: Mapping[str, Any], page: Page) -> httpx.Response:
        """Press a button: send a form with what this browser must prove."""
        return self.client.post(path, data={**form, "csrf": page.fields["csrf"]})

    def close(self) -> None:
        """Forget the door."""
        self.client.close()


#: (Case, revision, what is pressed, the text where it was changed)
Meant = tuple[str, int, str, str | None]


@dataclass(frozen=True)
class Press:
    """A press of Approve, Reject or Undo: what was meant, and whether it was taken; None is not known."""

    case_id: str
    revision: int
    kind: str
    text: str | None
    taken: bool | None


@dataclass
class Person:
    """Answers what waits until told to stop. `open_cases` looks into the store, as the inbox does."""

    entrances: Sequence[Entrance]
    open_cases: Callable[[], list[tuple[str, int]]]
    seed: int
    stop: threading.Event
    hands: int = 3
    presses: list[Press] = field(default_factory=list)
    taken_back: list[Press] = field(default_factory=list)
    left: set[tuple[str, int]] = field(default_factory=set)
    troubles: Counter[str] = field(default_factory=Counter)
    _at: set[str] = field(default_factory=set)
    _old: list[tuple[dict[str, Any], Meant]] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def work(self) -> None:
        """Answer, with several hands at once."""
        with ThreadPoolExecutor(self.hands) as hands:
            for each in [hands.submit(self._answer, at) for at in range(self.hands)]:
                each.result()

    def _answer(self, hand: int) -> None:
        try:
            self._answer_all(hand)
        finally:  # where one hand fails all of them end, and the failure is seen
            self.stop.set()

    def _answer_all(self, hand: int) -> None:
        chance = random.Random(f"hand {self.seed} {hand}")
        browsers = [Browser(each) for each in self.entrances]
        while not self.stop.is_set():
            found = self._take(chance)
            if found is None:
                self.stop.wait(PAUSE)
                continue
            try:
                self._decide(*found, chance, chance.choice(browsers), browsers)
            except httpx.HTTPError as error:
                self.troubles[type(error).__name__] += 1
                self.stop.wait(PAUSE)
            finally:
                with self._guard:
                    self._at.discard(found[0])
        for each in browsers:
            each.close()

    def _take(self, chance: random.Random) -> tuple[str, int] | None:
        """Take a Case that no other hand has."""
        waiting = self.open_cases()
        with self._guard:
            free = [each for each in waiting if each[0] not in self._at and each not in self.left]
            if not free:
                return None
            found = chance.choice(free)
            self._at.add(found[0])
            return found

    def _decide(
        self, case_id: str, revision: int, chance: random.Random, here: Browser, browsers: Sequence[Browser]
    ) -> None:
        # The Case's own chance: the same fate at every try, whatever was killed meanwhile.
        own = random.Random(f"fate {self.seed} {case_id} {revision}")
        kind = own.choices(list(FATES), list(FATES.values()))[0]
        if kind == LEAVE:
            with self._guard:
                self.left.add((case_id, revision))
            return
        page = here.page(f"/cases/{case_id}")
        if page.given.get("revision") != [str(revision)]:
            return  # answered, or another revision by now
        form, text = self._filled(page, kind, case_id, revision)
        form["verdict"] = "reject:noise" if kind == REJECT else "approve"
        meant = (case_id, revision, kind, text)
        if own.random() < DOUBLE:
            self._press_both(form, meant, here, page, browsers)
        else:
            self._press(here, form, page, meant)
        if own.random() < REGRETTED:
            self.stop.wait(own.choice(LATER))
            self._take_back(here, page, case_id, revision)
        with self._guard:
            self._old.append((form, meant))
            old = own.choice(self._old)
        if own.random() < STALE:
            self._press(here, old[0], page, old[1])

    def _filled(
        self, page: Page, kind: str, case_id: str, revision: int
    ) -> tuple[dict[str, Any], str | None]:
        form = page.form
        if kind != EDIT or "draft" not in form:
            return form, None
        text = f"{form['draft'][0]}\n\nWe look at {case_id} r{revision} today."
        return {**form, "draft": [text]}, text

    def _press_both(
        self, form: dict[str, Any], meant: Meant, here: Browser, page: Page, browsers: Sequence[Browser]
    ) -> None:
        """Press the same button twice at once, through two doors where there are two."""
        other = next((each for each in browsers if each is not here), here)
        seen = page if other is here else other.page(f"/cases/{meant[0]}")
        with ThreadPoolExecutor(2) as at_once:
            pressed = [
                at_once.submit(self._press, *each, meant)
                for each in ((here, form, page), (other, form, seen))
            ]
        for each in pressed:
            each.result()

    def _press(self, browser: Browser, form: Mapping[str, Any], page: Page, meant: Meant) -> None:
        taken: bool | None = None
        try:
            answer = browser.press(f"/cases/{meant[0]}", form, page)
            if answer.status_code == 422:  # a sentence of theirs has no source: they vouch for it
                kept = {**form, "keep": Page(answer.text).keeps}
                answer = browser.press(f"/cases/{meant[0]}", kept, page)
            self.troubles[f"answered {answer.status_code}"] += answer.status_code not in (200, 303, 409)
            if answer.status_code in (303, 409, 422):
                taken = answer.status_code == 303 and "done=" in answer.headers["location"]
        except httpx.HTTPError as error:
            self.troubles[type(error).__name__] += 1
        with self._guard:
            self.presses.append(Press(*meant, taken))

    def _take_back(self, browser: Browser, page: Page, case_id: str, revision: int) -> None:
        taken: bool | None = None
        try:
            answer = browser.press(f"/cases/{case_id}/undo", {}, page)
            self.troubles[f"undo answered {answer.status_code}"] += answer.status_code not in (303, 409)
            if answer.status_code in (303, 409):
                taken = "undone=" in answer.headers.get("location", "")
        except httpx.HTTPError as error:
            self.troubles[type(error).__name__] += 1
        with self._guard:
            self.taken_back.append(Press(case_id, revision, TAKE_BACK, None, taken))

    def press_old_ones(self, number: int) -> None:
        """Press Approve so often on pages that have long been open."""
        chance, browser = random.Random(f"old {self.seed}"), Browser(self.entrances[0])
        for form, meant in (chance.choice(self._old) for _ in range(number)):
            self._press(browser, form, browser.page("/paste"), meant)
        browser.close()

    def resolve(self, steps: Sequence[tuple[str, str, bool]]) -> None:
        """Say of each (Case, key, whether it is there) what nobody knew, or what failed."""
        browser = Browser(self.entrances[0])
        for case_id, key, is_there in steps:
            page = browser.page(f"/cases/{case_id}")
            form = {"key": key, "choice": "it_is_there" if is_there else "retry"}
            answer = browser.press(f"/cases/{case_id}/steps", form, page)
            self.troubles[f"resolve answered {answer.status_code}"] += answer.status_code != 303
        browser.close()

    def retry(self, case_ids: Sequence[str]) -> None:
        """Have Cases judged again that got stuck."""
        browser = Browser(self.entrances[0])
        for case_id in case_ids:
            page = browser.page(f"/cases/{case_id}")
            browser.press(f"/cases/{case_id}/retry", {}, page)
        browser.close()


def approvals(presses: Sequence[Press]) -> Iterator[Press]:
    """Yield the presses of Approve, the double and the stale ones too."""
    return (each for each in presses if each.kind != REJECT)
