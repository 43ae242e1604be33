"""Claude in the terminal: what doctor says of its key, what report sums, what show says of who wrote it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.domain.made import Call, Tokens
from agent.store.calls import StoreLedger
from agent.store.database import Store
from tests.doors.cli import Terminal, triaged
from tests.fakes.claude import KEY, Claude, standing
from tests.fakes.claude.faults import NO_CREDIT, OVERLOADED


@pytest.fixture
def claude() -> Iterator[Claude]:
    with standing() as stands:
        yield stands


def keys(claude: Claude, key: str = KEY) -> dict[str, str]:
    return {"ANTHROPIC_API_KEY": key, "ANTHROPIC_BASE_URL": claude.address}


def call(day: int, cost: int, prompt: str = "assess", outcome: str = "answered") -> Call:
    return Call(
        at=datetime(2026, 11, day, 10, tzinfo=UTC),
        case="C-1",
        source="slack:C-HELP",
        prompt=prompt,
        prompt_hash="abc",
        model="claude-haiku-5-5",
        tokens=Tokens(input=1_000, output=100, cache_read=3_000),
        microdollars=cost,
        seconds=1.5,
        outcome=outcome,
    )


def spend(home: Path, *made: Call) -> None:
    store = Store(f"sqlite:///{home / 'triage.db'}")
    for each in made:
        StoreLedger(store).record(each)
    store.close()


def test_the_doctor_asks_whether_the_key_may_use_each_model(tmp_path: Path, claude: Claude) -> None:
    result = Terminal(tmp_path).run("doctor", **keys(claude))
    assert "ok      Engine         Claude, up to $5.00 a day" in result.stdout
    assert "ok      Claude         claude-haiku-5-5 (small): the key may ask it" in result.stdout
    assert {each.path for each in claude.calls} == {"/v1/messages/count_tokens"}


def test_the_doctor_says_what_is_wrong_with_key_and_model(tmp_path: Path, claude: Claude) -> None:
    result = Terminal(tmp_path).run("doctor", **keys(claude, "sk-ant-old"))
    assert result.exit_code == 1
    assert "broken  Claude" in result.stdout
    assert "the key is not accepted" in result.stdout
    assert "sk-ant-old" not in result.stdout
    claude.models = ("claude-sonnet-5-5",)
    assert "no such model" in Terminal(tmp_path).run("doctor", **keys(claude)).stdout
    claude.models = ("claude-haiku-5-5", "claude-sonnet-5-5")
    claude.fails(NO_CREDIT, times=2)
    assert "no credit left" in Terminal(tmp_path).run("doctor", **keys(claude)).stdout
    claude.fails(OVERLOADED, times=2)
    assert "overloaded" in Terminal(tmp_path).run("doctor", **keys(claude)).stdout


def test_without_a_key_nothing_is_asked(tmp_path: Path, claude: Claude) -> None:
    result = Terminal(tmp_path).run("doctor", ANTHROPIC_BASE_URL=claude.address)
    assert "embedded: works offline, needs no key" in result.stdout
    assert claude.calls == []


def test_the_report_sums_by_day_prompt_and_model(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.run("inbox")
    spend(tmp_path, call(20, 300), call(21, 500), call(21, 200, outcome="overloaded"), call(21, 900, "draft"))
    lines = [
        {name: each[name] for name in ("day", "prompt", "model", "calls", "unused", "microdollars")}
        for each in terminal.lines("report", "--since", "2026-11-21", "--until", "2026-11-21", "--json")
    ]
    shared = {"day": "2026-11-21", "model": "claude-haiku-5-5"}
    assert lines == [
        {**shared, "prompt": "assess", "calls": 2, "unused": 1, "microdollars": 700},
        {**shared, "prompt": "draft", "calls": 1, "unused": 0, "microdollars": 900},
    ]
    told = terminal.run("report", "--since", "2026-11-20", "--until", "2026-11-21")
    assert "4 calls from 2026-11-20 to 2026-11-21: 0.19 ¢." in told.stderr
    assert "0.09 ¢" in told.stdout
    assert "75%" in told.stdout


def test_a_report_of_nothing_and_days_that_are_none(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    assert "No model was called" in terminal.run("report").stderr
    wrong = terminal.run("report", "--since", "yesterday")
    assert (wrong.exit_code, "'yesterday' is no day" in wrong.stderr) == (2, True)
    turned = terminal.run("report", "--since", "2026-11-21", "--until", "2026-11-20")
    assert (turned.exit_code, "is after" in turned.stderr) == (2, True)


def test_show_says_which_engine_made_it(tmp_path: Path) -> None:
    triaged(tmp_path, ["sync stops"])
    shown = Terminal(tmp_path).run("show", "C-1").stdout
    assert "Made by   none, prompts 0, policy" in shown
    assert "¢" not in shown


def test_what_no_engine_stood_in_for_is_not_judged_again(tmp_path: Path) -> None:
    triaged(tmp_path, ["sync stops"])
    result = Terminal(tmp_path).run("snooze", "C-1", "--judge-again")
    assert (result.exit_code, "No engine stood in" in result.stderr) == (1, True)


def test_the_inbox_and_the_doctor_say_that_the_days_cap_is_reached(tmp_path: Path, claude: Claude) -> None:
    terminal = Terminal(tmp_path)
    terminal.run("inbox")
    spend(tmp_path, replace(call(21, 5_000_000), at=datetime.now(UTC)))
    said = "Claude is off until midnight UTC: $5.00 of $5.00 are spent today; the embedded engine answers"
    assert said in terminal.run("inbox", **keys(claude)).stderr
    assert said in terminal.run("doctor", **keys(claude)).stdout
    assert said not in terminal.run("inbox").stderr
