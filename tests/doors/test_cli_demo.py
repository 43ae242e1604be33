"""The demo: its dates, its table, its home, and that a second time changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.doors.cli.demo import NEWEST, _prepared, _take_home, issues_of, messages_of
from agent.errors import Misuse
from agent.settings import example
from agent.store.home import Home
from agent.wording.cases import short
from tests.builders import REPOSITORY, settings_in
from tests.doors.cli import Terminal, triaged, working

FILES = REPOSITORY / "config" / "demo"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_all_dates_move_by_the_same_constant(tmp_path):
    settings = settings_in(tmp_path)
    shift = timedelta(days=-200, seconds=7)
    for before, after in zip(issues_of(FILES, timedelta()), issues_of(FILES, shift), strict=True):
        assert after.created_at - before.created_at == shift
        assert (before.closed_at is None) == (after.closed_at is None)
        if before.closed_at and after.closed_at:
            assert after.closed_at - before.closed_at == shift
    before, after = (messages_of(settings, FILES, each) for each in (timedelta(), shift))
    assert [each.id for each in before] == [each.id for each in after]
    assert {late.sent_at - early.sent_at for early, late in zip(before, after, strict=True)} == {shift}


def test_the_demo_shows_every_message_and_the_second_time_changes_nothing(tmp_path, capsys):
    with working(tmp_path) as world:
        _prepared(world.house, once=True)
        first = capsys.readouterr()
        newest = max(line.last_read_at for line in world.house.desk.sources() if line.last_read_at)
        world.clock.pass_by(hours=30)
        _prepared(world.house, once=True)
        second = capsys.readouterr()
    messages = messages_of(settings_in(tmp_path), FILES, timedelta())
    for message in messages:
        assert f"\n{short(message.id)} " in first.out
    assert "screened" in first.out
    assert "Not triaged yet" not in first.out
    assert f"Triage: {len(messages)} messages in" in first.out
    assert "so that the newest message is 3 min old" in first.err
    assert "all of it was triaged before" in second.out
    assert "The demo was begun before" in second.err
    assert newest == NOW


def test_the_newest_message_is_three_minutes_old(tmp_path):
    with working(tmp_path) as world:
        _prepared(world.house, once=False)
        rows = world.house.desk.inbox() + world.house.desk.dropped()
        newest = max(row.case.last_message_at for row in rows)
        assert world.clock() - newest == NEWEST


def test_a_teams_own_home_is_never_taken(tmp_path):
    triaged(tmp_path, ["sync stops"])
    result = Terminal(tmp_path).run("demo", "--once", "--fresh")
    assert result.exit_code == 2
    assert "holds a team's own Cases" in result.stderr
    assert len(Terminal(tmp_path).lines("inbox", "--json")) == 1


def test_a_fresh_demo_clears_its_own_home_unless_somebody_holds_it(tmp_path):
    settings = settings_in(tmp_path)
    home = Home(tmp_path)
    home.prepare()
    for name in ("demo.json", "triage.db"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "chroma").mkdir()
    _take_home(settings, fresh=False)
    assert (tmp_path / "triage.db").exists()
    _take_home(settings, fresh=True)
    assert {path.name for path in tmp_path.iterdir()} <= {"lock", "lock.json"}


def test_the_demo_has_its_own_home_and_the_shipped_team(tmp_path):
    settings = example(tmp_path)
    assert settings.home == tmp_path
    assert settings.config_is_example
    assert str(tmp_path) in settings.database_url
    assert example(None).home.parts[-2:] == (".triage", "demo")


def test_misuse_is_what_a_wrong_home_is(tmp_path):
    (tmp_path / "triage.db").touch()
    with pytest.raises(Misuse):
        _take_home(settings_in(tmp_path), fresh=False)
