"""A sync that is killed with -9 goes on where it was: all Issues are here, and no page is asked for twice over."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from agent.store import issues
from agent.wiring import open_house
from tests.builders import REPOSITORY
from tests.end_to_end.running import Place, place_in
from tests.fakes.github import TOKEN, Hub, standing
from tests.fakes.github.state import Repository

pytestmark = pytest.mark.processes

NAME = "example/millrace"
REPOSITORY_ITSELF = "/repos/{owner}/{repo}"
KILLS = 5
SEEDS = int(os.environ.get("SEEDS", "1"))


def filled(hub: Hub, number: int, seed: int) -> Repository:
    """Return a repository of so many Issues, some of them closed, linked, planned or pull requests."""
    here, chance = hub.repository(NAME), random.Random(seed)
    filed = [here.file("Step 0 hangs")]
    here.plan("1.4.0")
    here.commit()
    here.release("v1.0.0")
    for at in range(1, number):
        milestone = 1 if at % 50 == 0 else None
        issue = here.file(f"Step {at} hangs", f"It stops in step {at}.", labels=("bug",), milestone=milestone)
        if at % 7 == 0:
            here.mark_duplicate(issue, chance.choice(filed))
            here.close(issue, "duplicate")
        elif at % 5 == 0:
            here.close(issue, by=here.commit())
        filed.append(issue)
        if at % 11 == 0:
            here.file("Let it not hang", is_pull=True)
    here.release("v1.1.0")
    return here


def synced(place: Place, hub: Hub) -> "subprocess.Popen[str]":
    """Start `triage sync` in a process of its own."""
    keys = {"GITHUB_API_URL": hub.address, "GITHUB_TOKEN": TOKEN}
    return subprocess.Popen(
        [sys.executable, "-c", "from agent.doors.cli.app import main; main()", "sync", "--json"],
        env={**place.environment, **keys},
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed(process: "subprocess.Popen[str]", hub: Hub, after: int, pause: float) -> None:
    """Kill the process with -9 a moment after so many more requests."""
    wanted = len(hub.calls) + after
    with process:
        while len(hub.calls) < wanted:
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.001)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def asked(hub: Hub) -> Counter[str]:
    """Count the pages by what was asked for; whether the repository is public is no page, and asked anew each time."""
    pages = [call for call in hub.calls if call.template != REPOSITORY_ITSELF]
    return Counter(f"{call.method} {call.url} {json.dumps(call.body)}" for call in pages)


def run(number: int, seed: int, folder: Path) -> dict[str, float]:
    """Sync so many Issues with five kills; hold what is here against the source."""
    chance = random.Random(seed)
    place = place_in(folder)
    with standing() as hub:
        there = filled(hub, number, seed)
        pages = len(there.issues) // 100  # two requests each: the page, and what it does not say
        for _ in range(KILLS):
            # Three pages at the least, so that no two kills strike the same page.
            after = chance.randrange(7, max(9, 2 * pages // (KILLS + 1)))
            killed(synced(place, hub), hub, after, chance.random() * 0.1)
        began = time.monotonic()
        last = synced(place, hub)
        out, err = last.communicate(timeout=1500)
        assert last.returncode == 0, err
        assert json.loads(out)["removed"] == 0
        counts = asked(hub)
        hold_against_the_source(place, there)
        return {
            "issues": number,
            "requests": counts.total(),
            "asked twice": sum(each == 2 for each in counts.values()),
            "asked more often": sum(each > 2 for each in counts.values()),
            "seconds of the last": round(time.monotonic() - began, 1),
        }


def hold_against_the_source(place: Place, there: Repository) -> None:
    source = {each.number: each for each in there.issues.values() if not each.is_pull}
    with open_house(place.settings, command="test") as house:
        assert house.take_in() == 0
        with house.store.read() as tx:
            kept = {
                int(each.number[1:]): each for each in issues.by_ids(tx, issues.tracked(tx, NAME)).values()
            }
    assert kept.keys() == source.keys()
    for number, issue in source.items():
        mine = kept[number]
        marked = [each.more["canonical"][1].number for each in issue.events if "canonical" in each.more]
        assert (mine.title, mine.body, mine.state.value) == (issue.title, issue.body, issue.state)
        assert mine.closed_at == issue.closed_at
        assert mine.duplicate_of == (f"{NAME}#{marked[-1]}" if marked else None)
        is_fixed = issue.state_reason == "completed"
        assert mine.fixed_in == ("1.1.0" if is_fixed else None), number


def test_a_sync_killed_five_times_at_random_asks_no_page_more_than_once_too_often(tmp_path: Path) -> None:
    told = run(2000, seed=7, folder=tmp_path)
    print(told)
    assert told["asked more often"] == 0
    assert told["asked twice"] <= 2 * KILLS


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_same_with_twenty_thousand_issues(seed: int, tmp_path: Path) -> None:
    told = run(20_000, seed, tmp_path)
    print(told)
    assert told["asked more often"] == 0
    assert told["asked twice"] <= 2 * KILLS
