"""`triage try` and `triage index`: lines in, lines out, in this process or in the one that holds the home."""

import io
import json
from contextlib import redirect_stderr
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
import uvicorn

from agent.domain.issues import Issue
from agent.domain.messages import Level, Visibility
from agent.doors.cli.bringing import Bringing, messages_of
from agent.doors.cli.index import _issues
from agent.doors.cli.reading import issue_from
from agent.doors.cli.trial import readable, tried
from agent.doors.trial_line import trial_line
from tests.builders import issue, message
from tests.doors.cli import Terminal, Unsourced, working

NOW = datetime(2026, 11, 20, 10, 42, tzinfo=UTC)


def brought(*lines: object) -> Bringing:
    return messages_of(
        None, "-", source="slack:C-HELP", now=NOW, visibility_of=lambda source: Visibility(Level.PUBLIC)
    )


@pytest.fixture
def house(tmp_path):
    with working(tmp_path, Unsourced()) as world:
        world.house.add_issues([issue(12, "sync stops after the upgrade")])
        yield world.house


def lines_of(tmp_path, *said):
    file = tmp_path / "m.jsonl"
    file.write_text("\n".join(json.dumps(each) if isinstance(each, dict) else each for each in said))
    return messages_of(
        None, str(file), source="slack:C-HELP", now=NOW, visibility_of=lambda source: Visibility(Level.PUBLIC)
    )


def test_every_readable_line_has_an_answer_in_order(tmp_path, house):
    given = lines_of(
        tmp_path,
        {"id": "1", "text": "sync stops"},
        "{",
        {"id": "2", "text": "thanks!"},
        {"id": "3", "text": ""},
    )
    with redirect_stderr(io.StringIO()) as told:
        found = list(tried(house, given, 10))
    assert [line["id"] for _, line in found] == ["1", "2", "3"]
    assert [bool(line["screened"]) for _, line in found] == [False, True, True]
    assert "line 2: is not JSON" in told.getvalue()


def test_a_line_is_rendered_for_a_person(house):
    (trial,) = house.trials([message("sync stops after the upgrade")], 10)
    said = readable(trial.message, trial_line(trial))
    assert "P2 Medium · Quick fix 99%" in said
    assert "Looked at: #12" in said
    assert "1 sentence without a source" in said
    (dropped,) = house.trials([message("thanks!")], 10)
    assert "Screened out: thanks" in readable(dropped.message, trial_line(dropped))


def test_issues_that_stand_twice_with_other_content_are_said(tmp_path):
    file = tmp_path / "i.jsonl"
    one = {"id": "o/r#1", "title": "a", "created_at": "2026-01-01T00:00:00Z"}
    file.write_text("\n".join(json.dumps(each) for each in (one, one, {**one, "title": "b"})))
    with redirect_stderr(io.StringIO()) as told:
        found = list(_issues(Bringing([str(file)], issue_from)))
    assert [each.title for each in found] == ["a", "a", "b"]
    assert all(isinstance(each, Issue) for each in found)
    assert told.getvalue() == "line 3: o/r#1 stood before with other content; this one counts\n"


def test_several_files_are_named_with_their_lines(tmp_path):
    names = []
    for name in ("one", "two"):
        file = tmp_path / name
        file.write_text("{\n")
        names.append(str(file))
    bringing = Bringing(names, issue_from)
    with redirect_stderr(io.StringIO()) as told:
        assert list(bringing) == []
    assert bringing.skipped == 2
    assert f"{names[1]} line 1: is not JSON" in told.getvalue()


@pytest.fixture
def served(house, tmp_path):
    """The house behind its pages, announced, with the home's lock held: another process's view."""
    import threading

    from agent.doors.cli.serve import _address, listening
    from agent.doors.web.app import build_app

    with listening("127.0.0.1", 0) as bound, house.home.locked("triage run", house.now()):
        run = house.home.announce(_address(bound, "127.0.0.1"), house.now())
        app = build_app(house.desk, token=run.token, house=house)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        yield Terminal(tmp_path)
        server.should_exit = True
        thread.join()
        house.home.withdraw()


def test_try_and_index_hand_over_to_the_process_that_holds_the_home(served):
    line = json.dumps({"id": "o/r#7", "title": "uploads hang", "created_at": "2026-01-01T00:00:00Z"})
    indexed = served.run("index", "-", "--json", stdin=line.encode())
    assert indexed.exit_code == 0, indexed.stderr
    assert json.loads(indexed.stdout)["new"] == 1
    (answer,) = served.lines("try", "--json", "uploads hang", "--source", "github:o/r")
    assert [each["issue"] for each in answer["candidates"]] == ["o/r#7"]
    assert answer["engine"] == "scripted"


def test_a_home_that_is_held_by_nobody_who_answers_is_unavailable(house, tmp_path):
    with house.home.locked("triage index", house.now()):
        result = Terminal(tmp_path).run("try", "x")
    assert result.exit_code == 3
    assert "`triage index`" in result.stderr


def test_an_index_that_is_used_is_not_built_anew(served):
    result = served.run("index", "--rebuild")
    assert result.exit_code == 2
    assert "Stop `triage run`" in result.stderr


def test_a_run_can_be_handed_as_it_is_kept(house):
    run = house.home.announce("http://127.0.0.1:1", house.now())
    assert set(asdict(run)) == {"address", "token", "pid", "started_at"}
