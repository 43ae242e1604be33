"""Commands beside a `triage run` that serves, each in a process of its own; and what a kill leaves."""

import json
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from agent.desk import Desk
from agent.domain.actions import ActionKind, OutboxState
from agent.domain.cases import VerdictKind
from agent.domain.views import Step
from agent.errors import LostRace, Stale
from agent.index import weights
from tests.builders import HELP, ONE, REPOSITORY, TRY_KEYS, TWO, message
from tests.end_to_end.running import END_SECONDS, Serving, place_in, serving, until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        weights.describe().startswith("not here"), reason="the embedder's weights are not installed"
    ),
]

ISSUES = str(REPOSITORY / "config" / "demo" / "issues.jsonl")
UPLOAD = "upload to our self-hosted object store fails for big files since we are on 2.9.1, small ones work"


def message_line(id: str, text: str, author: str = "user-1") -> str:
    return json.dumps({"id": id, "source": HELP, "author": author, "text": text})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Serve a home with the sample Issues, handed over by `triage index`, and a Case that waits: C-1."""
    place = place_in(tmp_path_factory.mktemp("beside"))
    with serving(place) as found:
        indexed = place.lines("index", "--json", ISSUES)[0]
        assert indexed["read"] == indexed["new"] == indexed["embedded"] == 183
        place.triage("receive", "--file", "-", stdin=message_line("m-1", UPLOAD))
        until(lambda: place.desk().inbox(), "the received message waits for a person")
        yield found


def test_indexing_again_is_handed_over_and_embeds_nothing(run: Serving) -> None:
    done = run.place.triage("index", ISSUES)
    assert done.returncode == 0
    assert f"process {run.process.pid}" in done.stderr
    assert "0 new, 0 changed, 0 embedded" in done.stdout


def test_try_beside_it_gives_the_frozen_line_and_stores_nothing(run: Serving) -> None:
    before = run.place.desk().counts()
    lines = [message_line("t-1", UPLOAD), message_line("t-2", "thanks!"), "no JSON"]
    done = run.place.triage("try", "--json", "--candidates", "4", "--file", "-", stdin="\n".join(lines))
    assert done.returncode == 0
    report, thanks = (json.loads(line) for line in done.stdout.splitlines())
    assert set(report) == set(thanks) == set(TRY_KEYS)
    assert (report["id"], thanks["id"]) == ("t-1", "t-2")
    assert 1 <= len(report["candidates"]) <= 4
    assert thanks["screened"]
    assert "3" in done.stderr  # the number of the line that could not be read
    assert run.place.desk().counts() == before


def test_what_is_received_beside_it_is_judged_and_shown(run: Serving) -> None:
    received = run.place.triage("receive", "the console is white after login", "--source", HELP)
    assert received.returncode == 0
    assert received.stdout.startswith("new")
    waits = until(
        lambda: [row for row in run.place.lines("inbox", "--json") if "console" in str(row["title"])],
        "the message is on the list",
    )
    case_id = str(waits[0]["case"])
    shown = run.place.triage("show", case_id)
    assert shown.returncode == 0
    assert "the console is white after login" in shown.stdout
    with run.browser() as page:
        assert "the console is white after login" in page.get(f"/cases/{case_id}").text


def test_the_terminals_verdict_is_seen_on_the_page_and_leaves_once(run: Serving) -> None:
    with run.browser() as page:
        assert "Approve &amp; send" in page.get("/cases/C-1").text
        approved = run.place.triage("approve", "C-1", "--revision", "1", "--as", ONE)
        assert approved.returncode == 0, approved.stderr
        sent = until(lambda: _done(page, "C-1"), "the page shows the Receipt")
    assert f"Done. @{ONE} approved r1" in sent
    assert "Approve &amp; send" not in sent
    assert [line["key"] for line in run.place.outbox() if line.get("case") == "C-1"] == ["C-1:r1:reply"]
    again = run.place.triage("approve", "C-1", "--revision", "1", "--as", TWO)
    assert again.returncode == 1
    assert ONE in again.stderr
    assert len(run.place.replies("C-1")) == 1


def _done(page: httpx.Client, case_id: str) -> str:
    text = page.get(f"/cases/{case_id}").text
    return text if "Done." in text else ""


def test_a_second_run_on_the_home_names_the_holder_and_ends(run: Serving) -> None:
    second = run.place.triage("run", "--port", "0")
    assert second.returncode == 3
    assert f"`triage run` (process {run.process.pid})" in second.stderr
    assert "Traceback" not in second.stderr
    assert run.place.desk().worker().pid == run.process.pid  # the address of the first still stands
    with run.browser() as page:
        assert page.get("/").status_code == 200


def test_told_to_end_it_ends_within_seconds_and_takes_its_address_back(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    with serving(place) as run:
        assert (place.home / "run.json").exists()
        asked_at = time.monotonic()
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(END_SECONDS) == 0
        assert time.monotonic() - asked_at < 5
    assert not (place.home / "run.json").exists()
    received = place.triage("receive", "sync stops", "--source", HELP)
    assert "No worker is running" in received.stderr


PARTS = ("scheduler", "worker", "console", "postgres sink", "s3 sink", "backfill", "git sync", "login")


def burst() -> list[dict[str, str]]:
    """Forty messages of forty people, none of which is noise."""
    return [
        {
            "id": f"b-{at}",
            "author": f"user-{at}",
            "text": f"the {PARTS[at % len(PARTS)]} stops after {at + 3} minutes since the upgrade to 2.9.0, "
            f"it says exit code {100 + at} and nothing else",
        }
        for at in range(40)
    ]


def test_a_kill_in_the_middle_of_a_burst_loses_no_message_and_repeats_no_action(tmp_path: Path) -> None:
    place, half = place_in(tmp_path), len(burst()) // 2
    with serving(place) as run:
        lines = "\n".join(message_line(**each) for each in burst()[:half])
        assert place.triage("receive", "--file", "-", stdin=lines).returncode == 0
        desk = place.desk()
        waiting = until(lambda: _at_least(desk, 10), "ten Cases wait")
        approve_twice(run, desk, waiting)
        desk.receive([message(**each) for each in burst()[half:]])
        run.process.kill()
        assert run.process.wait() == -signal.SIGKILL
        assert desk.counts().judged_now, "the burst was over before the kill"
    with serving(place):
        until(lambda: not desk.counts().judged_now, "all of it is judged", 60)
        until(lambda: _all_sent(desk, waiting), "all that was approved is sent")
    rows = [*desk.inbox(), *desk.recent(), *desk.dropped(), *desk.snoozed()]
    case_ids = sorted({row.case.id for row in rows})
    said = Counter(each.message.id for case in case_ids for each in desk.case(case).messages)
    assert said == Counter(f"b-{at}" for at in range(40))
    keys = Counter(str(line["key"]) for line in place.outbox() if line["kind"] == "reply")
    assert keys == Counter(f"{case_id}:r1:reply" for case_id in waiting)
    to_file = [case_id for case_id in waiting if any(_is_filing(step) for step in desk.case(case_id).steps)]
    with sqlite3.connect(place.home / "triage.db") as store:
        filed = store.execute("SELECT count(*) FROM issues").fetchone()[0]
    store.close()
    assert filed == len(to_file) > 0


def _is_filing(step: Step) -> bool:
    return step.action.kind is ActionKind.CREATE_ISSUE


def _at_least(desk: Desk, number: int) -> list[str]:
    rows = desk.inbox()
    return [row.case.id for row in rows[:number]] if len(rows) >= number else []


def _all_sent(desk: Desk, case_ids: Sequence[str]) -> bool:
    steps = [step for case_id in case_ids for step in desk.case(case_id).steps]
    return bool(steps) and all(step.state is OutboxState.SENT for step in steps)


def approve_twice(run: Serving, desk: Desk, case_ids: Sequence[str]) -> None:
    """Approve each Case, every second one from two processes at the same time."""

    def here(case_id: str) -> None:
        with suppress(LostRace, Stale):
            desk.decide(case_id, 1, VerdictKind.APPROVE, ONE)

    def there(case_id: str, form: dict[str, str | list[str]]) -> None:
        answered = page.post(f"/cases/{case_id}", data={**form, "verdict": "approve", "person": TWO})
        assert answered.status_code in (200, 409)

    with run.browser() as page, ThreadPoolExecutor(4) as threads:
        # Read before anybody presses: a Case that was answered has nothing to press any more.
        forms = {case_id: form_of(page.get(f"/cases/{case_id}").text) for case_id in case_ids[::2]}
        pressed = [threads.submit(here, case_id) for case_id in case_ids]
        pressed += [threads.submit(there, case_id, form) for case_id, form in forms.items()]
        for each in pressed:
            each.result()


def form_of(page: str) -> dict[str, str | list[str]]:
    """Read what a browser would send of a Case's form when nothing was touched."""
    said: dict[str, str | list[str]] = dict(
        re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    )
    return {**said, "step": re.findall(r'name="step" value="(\d+)"', page)}
