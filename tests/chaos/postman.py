"""Brings what users write: webhooks to a door, once, twice or three times, and pasted words by the page's form.

What a door does not acknowledge is brought again, as GitHub lets a person do; what never comes by a
webhook is found by reading.
"""

import heapq
import random
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.person import Browser
from tests.chaos.processes import Entrance
from tests.chaos.streams import EDIT, ISSUE, PASTED, Writing

#: Where pasted words were written.
PLACE = "slack:C-HELP"
PAUSE = 0.3
TIMEOUT = 5.0


@dataclass(order=True)
class Parcel:
    """Something to be brought at a time."""

    at: float
    order: int
    writing: Writing = field(compare=False)
    hook: Any = field(compare=False, default=None)
    form: dict[str, Any] | None = field(compare=False, default=None)
    left: int = field(compare=False, default=1)


class Postman:
    """Brings a stream; `written` names each Message that is there by the id that the product gives it."""

    def __init__(self, outside: str, entrances: Sequence[Entrance], seed: int, stop: threading.Event) -> None:
        self.outside = outside
        self.entrances = entrances
        self.chance = random.Random(f"postman {seed}")
        self.stop = stop
        self.written: set[str] = set()
        self.pasted: set[str] = set()  #: titles
        self.numbers: list[int] = []
        self.deliveries = self.again = self.refused = 0
        self.client = httpx.Client(trust_env=False, timeout=TIMEOUT)

    def bring(self, stream: Iterable[Writing]) -> None:
        """Bring all of it, each at its time."""
        began, parcels = time.monotonic(), [Parcel(each.at, at, each) for at, each in enumerate(stream)]
        heapq.heapify(parcels)
        while parcels and not self.stop.is_set():
            parcel = heapq.heappop(parcels)
            self.stop.wait(max(0.0, began + parcel.at - time.monotonic()))
            for following in self._brought(parcel):
                following.at += time.monotonic() - began
                heapq.heappush(parcels, following)
        self.client.close()

    def _brought(self, parcel: Parcel) -> list[Parcel]:
        """Bring one; return what of it is to be brought later, with the seconds until then."""
        writing = parcel.writing
        if writing.what == PASTED:
            return self._pasted(parcel)
        if parcel.hook is None:
            parcel.hook, parcel.left = self._write(writing), writing.times
        if not parcel.left:
            return []
        if not self._posted(parcel.hook):
            return [Parcel(PAUSE, parcel.order, writing, parcel.hook, left=parcel.left)]
        left = parcel.left - 1
        pauses = writing.later[: writing.times - 1]
        self.again += left > 0
        return [Parcel(pauses[left - 1], parcel.order, writing, parcel.hook, left=left)] if left else []

    def _write(self, writing: Writing) -> Any:
        asked: dict[str, Any] = {
            "what": writing.what,
            "author": writing.author,
            "text": writing.text,
            "title": writing.title,
        }
        if writing.what != ISSUE:
            asked["number"] = self.numbers[int(writing.about * len(self.numbers))]
        made = httpx.post(f"{self.outside}/stand/writes", json=asked, timeout=30, trust_env=False).json()
        if writing.what == ISSUE:
            self.numbers.append(made["number"])
        if writing.what != EDIT:
            self.written.add(made["id"])
        return made

    def _posted(self, hook: Any) -> bool:
        to = self.chance.choice(self.entrances).hook
        try:
            answer = self.client.post(to, content=hook["body"], headers=hook["headers"])
        except httpx.HTTPError:
            self.refused += 1
            return False
        assert answer.status_code in (202, 503), f"{answer.status_code}: {answer.text}"
        self.deliveries += answer.is_success
        self.refused += not answer.is_success
        return answer.is_success

    def _pasted(self, parcel: Parcel) -> list[Parcel]:
        """Press the button of the page for pasting, as often as the stream says, with one form."""
        writing = parcel.writing
        again = [Parcel(PAUSE, parcel.order, writing, form=parcel.form, left=parcel.left)]
        browser = Browser(self.chance.choice(self.entrances))
        try:
            page = browser.page("/paste")
            form = parcel.form or {"nonce": page.fields["nonce"]}
            again[0].form = form
            said = {"source": PLACE, "author": writing.author, "title": writing.title}
            answer = browser.press("/paste", {**said, **form, "text": writing.text}, page)
        except httpx.HTTPError:
            self.refused += 1
            return again
        finally:
            browser.close()
        if answer.status_code != 303:
            self.refused += 1
            return again
        self.pasted.add(writing.title)
        self.deliveries += 1
        if parcel.left < writing.times:
            self.again += 1
            return [Parcel(writing.later[0], parcel.order, writing, form=form, left=parcel.left + 1)]
        return []
