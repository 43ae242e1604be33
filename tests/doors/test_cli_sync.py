"""`triage sync` and what the doctor says about GitHub, in the terminal."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.settings import load
from agent.wiring import open_sync
from tests.doors.cli import Terminal, environment
from tests.fakes.github import TOKEN, Hub
from tests.fakes.github.faults import UNAUTHORIZED, secondary_limit
from tests.fakes.github.state import Repository

NAME = "example/millrace"


@pytest.fixture(autouse=True)
def there(here: Repository) -> Repository:
    return here


def keys(hub: Hub) -> dict[str, str]:
    return {"GITHUB_API_URL": hub.address, "GITHUB_TOKEN": TOKEN}


def test_without_keys_it_says_which_to_set(tmp_path: Path) -> None:
    result = Terminal(tmp_path).run("sync")
    assert result.exit_code == 2
    assert "Set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, then: triage sync" in result.stderr


def test_a_repository_that_is_not_watched_is_not_read(tmp_path: Path, hub: Hub) -> None:
    result = Terminal(tmp_path).run("sync", "example/other", **keys(hub))
    assert result.exit_code == 2
    assert "sources.yaml has no github:example/other" in result.stderr
    assert not hub.calls


def test_what_was_read_is_told_and_can_be_searched(tmp_path: Path, hub: Hub) -> None:
    hub.repositories[NAME].file("It hangs", "for ever")
    terminal = Terminal(tmp_path)
    result = terminal.run("sync", **keys(hub))
    assert result.exit_code == 0, result.stderr
    assert "example/millrace: 1 Issue read: 1 new, 0 changed, 0 gone, 0 moved" in result.stdout
    assert "of 5,000 requests left" in result.stdout
    assert "1 Issue embedded" in result.stderr
    again = terminal.run("sync", "--json", **keys(hub))
    assert '"read": 0' in again.stdout


def test_a_running_process_keeps_the_home_and_the_sync_works_beside_it(tmp_path: Path, hub: Hub) -> None:
    from agent.store.home import Home

    hub.repositories[NAME].file("It hangs")
    home, now = Home(tmp_path), datetime.now(UTC)
    with home.locked("triage run", now):
        home.announce("http://127.0.0.1:1", now)
        result = Terminal(tmp_path).run("sync", **keys(hub))
        home.withdraw()
    assert result.exit_code == 0, result.stderr
    assert "takes them in at its next search" in result.stderr


def test_a_repository_that_is_not_there_is_told_with_the_way_to_find_out(tmp_path: Path, hub: Hub) -> None:
    hub.repositories.clear()
    result = Terminal(tmp_path).run("sync", **keys(hub))
    assert result.exit_code == 1
    assert "GitHub answered 404: Not Found. It is gone, or GITHUB_TOKEN may not see it" in result.stderr


def test_a_limit_that_lasts_too_long_is_told_with_its_time(tmp_path: Path, hub: Hub) -> None:
    hub.fails("GET", "/repos/{owner}/{repo}/issues", secondary_limit(7200))
    result = Terminal(tmp_path).run("sync", **keys(hub))
    assert result.exit_code == 3
    assert "used up for 120 more minutes" in result.stderr


def test_the_doctor_names_what_is_missing(tmp_path: Path, hub: Hub) -> None:
    result = Terminal(tmp_path).run("doctor", **keys(hub))
    assert "ok      GitHub         example/millrace: GITHUB_TOKEN may do all that is needed" in result.stdout
    hub.repositories[NAME].roles["dev-1"] = "read"
    result = Terminal(tmp_path).run("doctor", **keys(hub))
    assert result.exit_code == 1
    assert "GITHUB_TOKEN lacks Issues: write (to read, file, note and label Issues)" in result.stdout
    hub.tokens.clear()
    result = Terminal(tmp_path).run("doctor", **keys(hub))
    assert "GITHUB_TOKEN is not valid" in result.stdout


def test_a_private_key_may_be_a_file_and_one_that_is_none_is_told(tmp_path: Path, hub: Hub) -> None:
    app = {"GITHUB_API_URL": hub.address, "GITHUB_APP_ID": "4711"}
    result = Terminal(tmp_path).run("sync", **app, GITHUB_APP_PRIVATE_KEY=str(tmp_path / "none.pem"))
    assert result.exit_code == 2
    assert "neither a key in PEM nor a file" in result.stderr
    from tests.fakes.github.keys import as_app

    file = tmp_path / "app.pem"
    file.write_text(as_app(hub).keys.private_key)
    result = Terminal(tmp_path).run("sync", **app, GITHUB_APP_PRIVATE_KEY=str(file))
    assert result.exit_code == 0, result.stderr


def test_what_was_written_is_taken_in_when_that_is_asked_for(tmp_path: Path, hub: Hub) -> None:
    terminal, there = Terminal(tmp_path), hub.repositories[NAME]
    hub.clock.at = datetime.now(UTC).replace(microsecond=0)
    there.file("It hangs", "for ever")
    hub.repository("example/other")
    assert "message" not in terminal.run("sync", **keys(hub)).stdout
    result = terminal.run("sync", "--receive", **keys(hub))
    assert result.exit_code == 0, result.stderr
    assert "example/millrace, issues: 1 new message\n" in result.stdout
    again = terminal.run("sync", "--receive", "--json", **keys(hub))
    assert '"stream": "issues", "new": 0' in again.stdout


def test_what_is_seen_and_not_watched_is_listed(tmp_path: Path, hub: Hub) -> None:  # S13, S14
    hub.repository("example/other")
    hub.fails("POST", "/graphql", UNAUTHORIZED, times=9)
    terminal = Terminal(tmp_path)
    told = terminal.run("sources")
    assert "@example/millrace-support, wherever the key sees it: never read." in told.stderr
    settings = load(environment_of(tmp_path, hub), tmp_path)
    with open_sync(settings) as opened:
        opened.keep_up()
    told = terminal.run("sources")
    assert "Seen by the key and not in sources.yaml, as of" in told.stderr
    assert ": example/other." in told.stderr
    assert "@example/millrace-support, wherever the key sees it: last read" in told.stderr
    line = next(each for each in terminal.lines("sources", "--json") if each["source"] == f"github:{NAME}")
    assert "GITHUB_TOKEN is not valid" in str(line["trouble"])


def environment_of(home: Path, hub: Hub) -> dict[str, str]:
    return {name: value for name, value in environment(home, **keys(hub)).items() if value is not None}
