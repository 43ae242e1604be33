"""A storm of webhooks while the worker runs: each delivery is one row, and the answers stay quick."""

import os
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.running import Place, place_in, send, serving
from tests.end_to_end.storms import P99_SECONDS, judged, kept, need_weights, pace, show
from tests.fakes.github.hooks import SECRET, Hook, of_comment, of_issue
from tests.fakes.github.hub import Hub

pytestmark = pytest.mark.processes

SEEDS = int(os.environ.get("SEEDS", "1"))
REDELIVERED = 0.3


@dataclass
class Storm:
    """Deliveries in the order in which they are sent, redeliveries among them, and what they are about."""

    sent: list[Hook]
    written: set[str]

    @property
    def ids(self) -> set[str]:
        return {each.id for each in self.sent}


def storm(number: int, seed: int) -> Storm:
    """Make so many deliveries: Issues, comments and edits, and three of ten sent again later."""
    chance, hub = random.Random(seed), Hub()
    here = hub.repository("example/millrace")
    again = int(number * REDELIVERED)
    new: list[Hook] = []
    written: set[str] = set()
    issues = []
    while len(new) < number - again:
        kind = chance.random()
        if kind < 0.5 or not issues:
            title = f"Step {len(issues)} hangs {chance.choice(('on save', 'behind a proxy', 'after the upgrade'))}"
            issues.append(here.file(title, f"It stops in step {len(issues)}.", author=f"user-{len(issues)}"))
            written.add(f"example/millrace#{issues[-1].number}")
            new.append(of_issue(here, issues[-1]))
        elif kind < 0.85:
            on = chance.choice(issues)
            said = here.comment(on, f"Seen in build {len(new)}, too.", f"user-{len(new)}")
            written.add(f"example/millrace#{on.number}/issuecomment-{said.id}")
            new.append(of_comment(here, on, said))
        else:
            on = chance.choice(issues)
            here.edit(on, body=f"{on.body} And in build {len(new)}.")
            new.append(of_issue(here, on, "edited"))
    for each in chance.sample(new, again):
        new.insert(chance.randrange(new.index(each) + 1, len(new) + 1), each)
    return Storm(new, written)


def run(number: int, seconds: float, seed: int, folder: Path) -> dict[str, float]:
    """Let the storm blow at a `triage run`, and hold its store against what was sent."""
    need_weights()
    place, blown = place_in(folder), storm(number, seed)
    errors = place.home.parent / "triage-run.stderr"
    with serving(place, "--webhook-port", "0", GITHUB_WEBHOOK_SECRET=SECRET):
        found = re.search(r"Webhooks are taken at (\S+/hooks/github)", errors.read_text())
        assert found is not None
        began = time.monotonic()
        answers = send([(found[1], each.body, each.headers()) for each in blown.sent], seconds)
        took = time.monotonic() - began
        waiting = judged(place)
    assert {status for status, _ in answers} == {202}
    _hold_against_what_was_sent(place, blown)
    times = sorted(each for _, each in answers)
    return {
        "deliveries": len(answers),
        "of them again": number - len(blown.ids),
        "rows": len(blown.ids),
        "messages": len(blown.written),
        "cases judged meanwhile": waiting,
        **pace(times, took),
    }


def _hold_against_what_was_sent(place: Place, blown: Storm) -> None:
    found = kept(place)
    assert sorted(found.deliveries) == sorted(blown.ids)
    assert sorted(found.messages) == sorted(blown.written)


def test_a_short_storm_of_webhooks_is_answered_and_each_is_one_row(tmp_path: Path) -> None:
    told = run(200, 6, seed=3, folder=tmp_path)
    show(told)
    assert told["of them again"] == 60


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(SEEDS))
def test_two_thousand_deliveries_in_a_minute_are_answered_within_half_a_second(
    seed: int, tmp_path: Path
) -> None:
    told = run(2000, 60, seed, tmp_path)
    show(told)
    assert (told["deliveries"], told["of them again"]) == (2000, 600)
    assert told["p99 ms"] < P99_SECONDS * 1000
