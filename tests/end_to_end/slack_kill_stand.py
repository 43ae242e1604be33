"""Answers in a thread of the stand-in for Slack from real processes, and kills each with -9 at another point.

Started by `test_slack_kills.py`. The reply is so long that it is two posts. Prints a JSON line a point:
where it died, which parts stand in the thread after the next start, and how the step stands.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from slack_sdk import WebClient

from agent.channels.slack import SlackChannel
from agent.clients.slack import Keys, Slack
from agent.clients.slack_marks import mark_of
from agent.domain.actions import ActionKind, OutboxState
from agent.domain.cases import VerdictKind
from agent.domain.messages import ReplyBy
from agent.domain.proposals import Draft
from agent.domain.reports import Brief
from agent.domain.views import Step
from agent.errors import LostRace, Stale
from agent.house import House
from agent.jobs.outbox import SETTLE
from tests.builders import HELP, ONE, Clock, home_of, message, ports_with, settings_in
from tests.end_to_end.kill_stand import Deadly, DeadlyStore, Death, in_a_process
from tests.fakes.engine import ScriptedEngine


class Wordy(ScriptedEngine):
    """Writes a reply that one message of Slack's does not hold."""

    def draft(self, brief: Brief) -> Draft:
        said = super().draft(brief)
        return replace(said, text="\n\n".join([said.text, *("word " * 300 for _ in range(3))]))


def house_in(home: Path, keys: Keys, death: Death, clock: Clock) -> House:
    """Wire a house whose every request to Slack and every commit can kill it."""
    settings = settings_in(home)
    sources = tuple(
        replace(each, reply_by=ReplyBy.SLACK) if each.id == HELP else each for each in settings.sources
    )
    settings = replace(settings, sources=sources)
    place = home_of(settings)
    store = DeadlyStore(settings.database_url, death)
    access: Any = Slack(keys)
    access.reading = Deadly(access.reading, "reading", death)
    access.writing = Deadly(access.writing, "writing", death)
    ports = ports_with(settings, store, clock, Wordy())
    channels = {**ports.channels, ReplyBy.SLACK: SlackChannel(access, frozenset(), clock)}
    return House(settings, store, place, replace(ports, channels=channels), clock)


def reply_of(house: House) -> Step:
    return next(each for each in house.desk.case("C-1").steps if each.action.kind is ActionKind.REPLY)


def begin(home: Path, keys: Keys, root: str) -> None:
    """Bring a Case to where a person decides; nobody dies yet."""
    house = house_in(home, keys, Death(), Clock())
    house.desk.receive([message("the scheduler hangs on Sunday", id=root)])
    house.drain()
    house.close()


def live(home: Path, keys: Keys, death: Death) -> None:
    """Approve and send, look for what is not known, and try again what a person is asked about."""
    clock = Clock()
    house = house_in(home, keys, death, clock)
    if house.desk.inbox():
        with suppress(Stale, LostRace):
            house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    for _ in range(4):
        house.drain()
        if reply_of(house).state is OutboxState.SENT:
            break
        clock.pass_by(seconds=SETTLE.total_seconds() + 1)
    if reply_of(house).state is OutboxState.UNKNOWN:
        house.desk.resolve(reply_of(house).action.key, "retry", ONE)
        house.drain()
    house.close()


def truth(home: Path, keys: Keys, channel: str, ts: str) -> dict[str, object]:
    """Return what stands in the thread, and how the step stands."""
    told = WebClient(keys.token, base_url=keys.api_url).conversations_replies(
        channel=channel, ts=ts, include_all_metadata=True
    )
    marks = [mark_of(each) for each in told["messages"][1:]]
    house = house_in(home, keys, Death(), Clock())
    state = reply_of(house).state
    house.close()
    return {"parts": [mark.part for mark in marks if mark], "state": state}


@contextmanager
def served() -> Iterator[tuple[Keys, str]]:
    """Serve the stand-in in a process of its own; yield what opens it, and a channel."""
    command = [sys.executable, "-m", "tests.fakes.slack"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().strip() for _ in range(5)]
            said = dict(line.split("=", 1) for line in lines[:4])
            keys = Keys(token=said["SLACK_BOT_TOKEN"], api_url=said["SLACK_API_URL"])
            yield keys, lines[4].rpartition(" ")[2]
        finally:
            process.kill()


def main() -> None:
    """Find the points, then die at each of them once; every death has a thread of its own."""
    with tempfile.TemporaryDirectory() as folder, served() as (keys, channel):
        client = WebClient(keys.token, base_url=keys.api_url)

        def ready(name: str) -> tuple[Path, str]:
            ts = str(client.chat_postMessage(channel=channel, text="the scheduler hangs")["ts"])
            begin(Path(folder) / name, keys, f"slack:{channel}/{ts}")
            return Path(folder) / name, ts

        home, ts = ready("counted")
        counting = Death()
        live(home, keys, counting)
        print(
            json.dumps({"point": "nobody dies", "signal": 0, "restart": 0, **truth(home, keys, channel, ts)})
        )
        for at, point in enumerate(counting.points):
            home, ts = ready(f"at-{at}")
            died = in_a_process(lambda home=home, at=at: live(home, keys, Death(at)))
            again = in_a_process(lambda home=home: live(home, keys, Death()))
            line = {"point": f"{at} {point}", "signal": died, "restart": again}
            print(json.dumps({**line, **truth(home, keys, channel, ts)}), flush=True)
            shutil.rmtree(home)


if __name__ == "__main__":
    main()
