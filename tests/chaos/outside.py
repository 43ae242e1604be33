"""The world outside, in a process of its own: the stand-in for GitHub, bad weather, and who writes there.

`python -m tests.chaos.outside SEED PATIENCE` prints its address. Below `/stand/` a test has people write,
asks what was written with which key, and ends the weather; everything else is GitHub's.
"""

import asyncio
import json
import random
import re
import socket
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn

from agent.clients.github_marks import key_of
from tests.builders import PROJECT
from tests.fakes.github import hooks
from tests.fakes.github.faults import BAD_GATEWAY, Fault, secondary_limit
from tests.fakes.github.hub import Call, Hub
from tests.fakes.github.serving import Door
from tests.fakes.github.wire import Answer
from tests.fakes.serving import body_of

BACKLOG = 512
CONTROL = "/stand/"
LABELS = ("bug", "enhancement")
_LABELS = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)/issues/(?P<number>\d+)/labels")

#: What befalls a write, in how many of a thousand. LOST and LATE are carried out and GONE and LIMIT are not.
LOST, LATE, BROKEN, LIMIT, SLOW, GONE, FAR_TOO_LATE = [
    "lost",
    "late",
    "broken",
    "limit",
    "slow",
    "gone",
    "far-too-late",
]
WRITES = {LOST: 30, LATE: 20, BROKEN: 10, LIMIT: 10, SLOW: 50, GONE: 1, FAR_TOO_LATE: 1}
READS = {GONE: 10, BROKEN: 20, SLOW: 40}


class WallClock:
    """GitHub's clock: the real one, to the second, because what was approved is looked for by time."""

    def tick(self) -> datetime:
        """Return now."""
        return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Weather:
    """Decides, by its seed, what befalls each request. `patience` is how long a client waits, in seconds."""

    chance: random.Random
    patience: float
    is_calm: bool = False

    def befalls(self, *, is_write: bool) -> tuple[str, float]:
        """Return what happens, "" for nothing, and the seconds before the request is carried out."""
        drawn, lots = self.chance.random() * 1000, WRITES if is_write else READS
        if self.is_calm:
            return "", 0.0
        for what, share in lots.items():
            drawn -= share
            if drawn < 0:
                return what, self._seconds(what)
        return "", 0.0

    def _seconds(self, what: str) -> float:
        if what == LATE:  # after the client gave up, and before it has looked twice
            return self.patience + self.chance.uniform(0.05, 0.5) * self.patience
        if what == FAR_TOO_LATE:
            return self.patience * self.chance.uniform(3, 4)
        return self.chance.uniform(0.05, 0.6) * self.patience if what == SLOW else 0.0


class Outside:
    """The ASGI application. State changes between two awaits alone, so it needs no lock."""

    def __init__(self, hub: Hub, weather: Weather) -> None:
        self.hub, self.weather = hub, weather
        self.door = Door(hub)
        self.here = hub.repository(PROJECT)
        for label in LABELS:
            self.here.label(label)
        self.befell: Counter[str] = Counter()
        self.on_the_way = 0  #: writes that are still to be carried out

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or what the weather leaves of it."""
        body = await body_of(receive)
        if scope["path"].startswith(CONTROL):
            said = getattr(self, scope["path"].removeprefix(CONTROL))(**json.loads(body or b"{}"))
            await _told(send, Answer(200, said))
            return
        answer = await self._answer(scope, body)
        if answer is None:
            send.__self__.transport.abort()
            return
        await _told(send, answer)

    async def _answer(self, scope: Any, body: bytes) -> Answer | None:
        is_write = scope["method"] != "GET" and scope["path"] != "/graphql"
        what, seconds = self.weather.befalls(is_write=is_write)
        self.befell[f"{'write' if is_write else 'read'} {what}"] += bool(what)
        self.on_the_way += is_write
        try:
            await asyncio.sleep(seconds)
            if what == GONE:
                return None
            if what == LIMIT or (what == BROKEN and not is_write):
                return _failed(secondary_limit(1) if what == LIMIT else BAD_GATEWAY)
            answer = self.door.answer(scope, body)
        finally:
            self.on_the_way -= is_write
        if what in (LOST, LATE, FAR_TOO_LATE):
            return None
        return _failed(BAD_GATEWAY) if what == BROKEN else answer

    def writes(self, what: str, author: str, text: str, title: str = "", number: int = 0) -> Any:
        """Have a user open an Issue, comment on one or edit one; return the id and its webhook delivery."""
        here = self.here
        if what == "issue":
            issue = here.file(title, text, author=author)
            id, hook = f"{PROJECT}#{issue.number}", hooks.of_issue(here, issue)
            number = issue.number
        elif what == "comment":
            issue = here.issues[number]
            said = here.comment(issue, text, author)
            id = f"{PROJECT}#{number}/issuecomment-{said.id}"
            hook = hooks.of_comment(here, issue, said)
        else:
            issue = here.issues[number]
            here.edit(issue, body=f"{issue.body}\n\n{text}")
            id, hook = f"{PROJECT}#{number}", hooks.of_issue(here, issue, "edited")
        body = hook.body.decode()
        return {"id": id, "number": number, "body": body, "headers": hook.headers()}

    def effects(self) -> Any:
        """Return how often each key was written, each label put on, what befell, and what was refused."""
        marked = Counter(key for call in self.hub.calls if (key := _key(call)))
        labelled = Counter(name for call in self.hub.calls for name in _labelled(call))
        return {
            "keys": marked,
            "labels": labelled,
            "texts": {key: call.body["body"] for call in self.hub.calls if (key := _key(call))},
            "befell": self.befell,
            "refused": self.hub.refused,
            "on_the_way": self.on_the_way,
        }

    def calm(self) -> Any:
        """End the weather."""
        self.weather.is_calm = True
        return {}


def _took_place(call: Call) -> bool:
    return call.is_write and 200 <= call.status < 300


def _key(call: Call) -> str | None:
    """Return the key of an Action that a call wrote."""
    body = call.body if _took_place(call) and isinstance(call.body, dict) else {}
    return key_of(body.get("body") or body.get("description"))


def _labelled(call: Call) -> list[str]:
    """Name each label that a call put on an Issue, as `owner/name#1 bug`."""
    found = _LABELS.fullmatch(call.url)
    if not (found and call.method == "POST" and _took_place(call)):
        return []
    return [f"{found['name']}#{found['number']} {label}" for label in call.body["labels"]]


def _failed(fault: Fault) -> Answer:
    return Answer(fault.status, fault.body(), fault.told())


async def _told(send: Any, answer: Answer) -> None:
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    headers = {"content-type": "application/json; charset=utf-8", "content-length": str(len(content))}
    told = [(name.encode(), value.encode()) for name, value in (headers | answer.headers).items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": told})
    await send({"type": "http.response.body", "body": content})


def main(seed: int, patience: float) -> None:
    """Serve until the end of whoever asked for it."""
    hub = Hub()
    hub.clock = WallClock()  # type: ignore[assignment]
    hub.quota.limit = 10_000_000
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as bound:
        hub.address = f"http://127.0.0.1:{bound.getsockname()[1]}"
        app = Outside(hub, Weather(random.Random(f"weather {seed}"), patience))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        print(hub.address, flush=True)
        uvicorn.Server(config).run(sockets=[bound])


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
