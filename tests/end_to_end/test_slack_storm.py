"""A storm of Slack's events while the worker runs: each is acknowledged in time, and each is one row."""

import json
import os
import random
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.settings import load
from agent.wiring import open_desk
from agent.wiring_slack import reading
from tests.end_to_end.running import Place, place_in, send, serving, until
from tests.end_to_end.storms import P99_SECONDS, judged, kept, need_weights, pace, show
from tests.fakes.slack import Channel, Message, Workspace, standing
from tests.fakes.slack.deliveries import signed
from tests.fakes.slack.room import SECRETS

pytestmark = pytest.mark.processes

SEEDS = int(os.environ.get("SEEDS", "1"))
REDELIVERED = 0.2
#: What Slack would not wait for.
ACK_SECONDS = 3.0


@dataclass
class Storm:
    """Events in the order in which they are told, retries among them, and what they are about."""

    told: list[dict[str, Any]]
    written: set[str]

    @property
    def ids(self) -> set[str]:
        return {str(each["event_id"]) for each in self.told}


def storm(slack: Workspace, help_: Channel, number: int, seed: int) -> Storm:
    """Make so many events: messages, replies and edits, and two of ten told again later."""
    chance, roots = random.Random(seed), list[Message]()
    again = int(number * REDELIVERED)
    while len(slack.unheard) < number - again:
        kind, at = chance.random(), len(slack.unheard)
        if kind < 0.5 or not roots:
            roots.append(help_.says(slack.user(f"user-{at}"), f"Step {at} hangs behind the proxy"))
        elif kind < 0.85:
            help_.says(slack.user(f"user-{at}"), f"In build {at}, too.", thread=chance.choice(roots))
        else:
            on = chance.choice(roots)
            help_.edits(on, f"{on.text} And in build {at}.")
    told = [each.payload for each in slack.unheard]
    written = {f"slack:{help_.id}/{ts}" for ts in help_.messages}
    for each in chance.sample(told, again):
        told.insert(chance.randrange(told.index(each) + 1, len(told) + 1), each)
    slack.forget()
    return Storm(told, written)


def run(number: int, seconds: float, seed: int, folder: Path, *, by_http: bool) -> dict[str, float]:
    """Let the storm blow at a `triage run`, and hold its store against what was told."""
    need_weights()
    with standing() as slack:
        help_ = slack.channel("help")
        blown = storm(slack, help_, number, seed)
        # What is read by the rounds is not what is measured here; they read what overtook its root at the end.
        listed = dict(help_.messages)
        help_.messages.clear()
        place = place_in(folder)
        secrets = {**SECRETS, "SLACK_API_URL": slack.api_url}
        if by_http:
            del secrets["SLACK_APP_TOKEN"]
        _watch(place, help_.id)
        with serving(place, "--webhook-port", "0", **secrets):
            began = time.monotonic()
            times = (_posted if by_http else _through_the_socket)(slack, place, blown.told, seconds)
            took = time.monotonic() - began
            waiting = judged(place)
        help_.messages.update(listed)
        overtook = _read_the_rest(place, secrets)
    _hold_against_what_was_told(place, blown)
    return {
        "events": len(times),
        "of them again": number - len(blown.ids),
        "rows": len(blown.ids),
        "messages": len(blown.written),
        "messages that the next round read": overtook,
        "cases judged meanwhile": waiting,
        **pace(times, took),
    }


def _watch(place: Place, channel: str) -> None:
    """Have the example's #help stand for the stand-in's channel, with everything a report of its own."""
    sources = place.config / "sources.yaml"
    text = sources.read_text().replace("slack:C-HELP", f"slack:{channel}")
    sources.write_text(text.replace("group_minutes: 5", "group_minutes: 0"))


def _posted(slack: Workspace, place: Place, told: list[dict[str, Any]], seconds: float) -> list[float]:
    """Tell them by signed requests; return how long each answer took, in order of that."""
    errors = (place.home.parent / "triage-run.stderr").read_text()
    found = re.search(r"Webhooks are taken at (\S+/hooks/slack)", errors)
    assert found is not None
    bodies = [json.dumps(each).encode() for each in told]
    requests = [
        (found[1], body, {**signed(body, slack.signing_secret), "content-type": "application/json"})
        for body in bodies
    ]
    answers = send(requests, seconds)
    assert {status for status, _ in answers} == {200}
    return sorted(each for _, each in answers)


def _through_the_socket(
    slack: Workspace, place: Place, told: list[dict[str, Any]], seconds: float
) -> list[float]:
    """Tell them through the socket; return how long each acknowledgement took, in order of that."""
    until(lambda: slack.was_linked, "the socket is open", 60)
    began, pause = time.monotonic(), threading.Event()
    for at, each in enumerate(told):
        pause.wait(max(0.0, began + at * seconds / len(told) - time.monotonic()))
        slack.tell("events_api", each)
    assert slack.settle(60)
    assert all(len(each.attempts) == 1 and each.is_taken for each in slack.heard)
    return sorted(each.attempts[0].seconds for each in slack.heard)


def _read_the_rest(place: Place, secrets: dict[str, str]) -> int:
    """Read a round; return how many messages it found that no event had brought to where they belong."""
    settings = load({**place.environment, **secrets}, place.home.parent)
    desk = open_desk(settings)
    before = len(kept(place).messages)
    reading(settings, desk.store, desk.queue, desk.now).once()
    desk.store.close()
    return len(kept(place).messages) - before


def _hold_against_what_was_told(place: Place, blown: Storm) -> None:
    found = kept(place)
    assert sorted(found.deliveries) == sorted(f"slack:{each}" for each in blown.ids)
    assert sorted(found.messages) == sorted(blown.written)


@pytest.mark.parametrize("by_http", [False, True], ids=["socket", "http"])
def test_a_short_storm_of_events_is_acknowledged_and_each_is_one_row(tmp_path: Path, by_http: bool) -> None:
    told = run(150, 8, seed=3, folder=tmp_path, by_http=by_http)
    show(told)
    assert told["of them again"] == 30


@pytest.mark.chaos
@pytest.mark.parametrize("by_http", [False, True], ids=["socket", "http"])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_thousand_events_in_a_minute_are_acknowledged_within_three_seconds(
    seed: int, by_http: bool, tmp_path: Path
) -> None:
    told = run(1000, 60, seed, tmp_path, by_http=by_http)
    show(told)
    assert (told["events"], told["of them again"]) == (1000, 200)
    assert told["max ms"] < ACK_SECONDS * 1000
    assert told["p99 ms"] < P99_SECONDS * 1000
