"""`triage backup` and `restore`: what they refuse, what they leave alone, and what they say."""

import json
import resource
import sqlite3
import stat
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.domain.actions import OutboxState
from agent.domain.cases import VerdictKind
from agent.errors import Unavailable
from agent.store import backup, cases, issues, restored
from agent.store.database import Store
from agent.store.tables import marks, outbox, surfaces
from agent.wiring_home import back_up
from tests.builders import MONDAY, ONE, issue, message, settings_in
from tests.doors.cli import Terminal, triaged, working


def backed_up(terminal: Terminal, folder: Path) -> Path:
    """Back a home up and return the file."""
    result = terminal.run("backup", "--to", str(folder))
    assert result.exit_code == 0, result.stderr
    return Path(result.stdout.strip())


def inbox(terminal: Terminal) -> list[object]:
    return [line["case"] for line in terminal.lines("inbox", "--json")]


@contextmanager
def files_of_at_most(most: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_home_comes_back_elsewhere_with_its_cases(tmp_path: Path) -> None:
    old, new = Terminal(tmp_path / "old"), Terminal(tmp_path / "new")
    triaged(old.home, ["sync stops", "the console is white"])
    file = backed_up(old, tmp_path / "kept")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = new.run("restore", str(file))
    assert done.exit_code == 0, done.stderr
    assert "2 Cases, 2 of them wait for an answer" in done.stderr
    assert inbox(new) == inbox(old)
    assert not list((tmp_path / "kept").glob(".*"))


def test_a_backup_replaces_no_file_and_a_restore_no_home(tmp_path: Path) -> None:
    at = Terminal(tmp_path / "home")
    triaged(at.home, ["sync stops"])
    file = backed_up(at, tmp_path / "one.tar")
    again = at.run("backup", "--to", str(file))
    assert (again.exit_code, "replaces nothing" in again.stderr) == (2, True)
    triaged(at.home, ["sync stops", "the console is white"])
    refused = at.run("restore", str(file))
    assert (refused.exit_code, "--force" in refused.stderr) == (2, True)
    assert len(inbox(at)) == 2


def test_with_force_what_was_there_is_moved_aside_whole(tmp_path: Path) -> None:
    at = Terminal(tmp_path / "home")
    triaged(at.home, ["sync stops"])
    file = backed_up(at, tmp_path / "one.tar")
    triaged(at.home, ["sync stops", "the console is white"])
    done = at.run("restore", str(file), "--force")
    assert done.exit_code == 0, done.stderr
    assert inbox(at) == ["C-1"]
    aside = next(at.home.glob("before-restore-*"))
    assert str(aside) in done.stderr
    with closing(sqlite3.connect(aside / "triage.db")) as before:
        assert before.execute("SELECT count(*) FROM cases").fetchone() == (2,)
    assert not (at.home / "triage.db-wal").exists() or inbox(at) == ["C-1"]


def test_a_store_that_another_process_has_open_is_not_moved_away_under_it(tmp_path: Path) -> None:
    at = Terminal(tmp_path / "home")
    triaged(at.home, ["sync stops"])
    file = backed_up(at, tmp_path / "one.tar")
    other = Store(f"sqlite:///{at.home / 'triage.db'}")
    with other.read() as tx:
        assert cases.by_number(tx, 1)
    refused = at.run("restore", str(file), "--force")
    assert (refused.exit_code, "Nothing was changed" in refused.stderr) == (1, True)
    assert not list(at.home.glob("before-restore-*"))
    other.close()
    assert at.run("restore", str(file), "--force").exit_code == 0


def test_a_home_that_is_served_is_not_restored_into(tmp_path: Path) -> None:
    from agent.store.home import Home

    at = Terminal(tmp_path / "home")
    triaged(at.home, ["sync stops"])
    file = backed_up(at, tmp_path / "one.tar")
    with Home(at.home).locked("triage run", MONDAY):
        refused = at.run("restore", str(file), "--force")
    assert (refused.exit_code, "triage run" in refused.stderr) == (3, True)


def test_a_restore_that_was_killed_half_way_is_begun_again(tmp_path: Path) -> None:
    at = Terminal(tmp_path / "home")
    triaged(at.home, ["sync stops"])
    file = backed_up(at, tmp_path / "one.tar")
    left = at.home / ".restore-killed"
    left.mkdir()
    (left / "triage.db").write_bytes(b"private")
    files = backup.HomeFiles(home=at.home, store=at.home / "triage.db", outbox=at.home / "outbox.jsonl")
    assert backup.set_aside(files, at.home / "before-restore-1")  # killed here: the home has no store
    done = at.run("restore", str(file))
    assert done.exit_code == 0, done.stderr
    assert inbox(at) == ["C-1"]
    assert not left.exists()


def test_a_damaged_backup_and_a_strange_file_change_nothing(tmp_path: Path) -> None:
    at, new = Terminal(tmp_path / "home"), Terminal(tmp_path / "new")
    triaged(at.home, ["sync stops"])
    file = backed_up(at, tmp_path / "one.tar")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    damaged = new.run("restore", str(file))
    assert (damaged.exit_code, "damaged" in damaged.stderr) == (1, True)
    (tmp_path / "two.tar").write_text("not a tar")
    strange = new.run("restore", str(tmp_path / "two.tar"))
    assert (strange.exit_code, "no backup" in strange.stderr) == (2, True)
    assert new.run("restore", str(tmp_path / "three.tar")).exit_code == 2
    assert not (new.home / "triage.db").exists()


def test_a_place_that_takes_no_backup_is_named_and_nothing_is_left_there(tmp_path: Path) -> None:
    at = Terminal(tmp_path / "home")
    triaged(at.home, ["sync stops"])
    (tmp_path / "file").touch()
    refused = at.run("backup", "--to", str(tmp_path / "file"))
    assert (refused.exit_code, "name another place with --to" in refused.stderr) == (3, True)
    with files_of_at_most(65_536):
        full = at.run("backup", "--to", str(tmp_path / "full"))
    assert (full.exit_code, "Make room" in full.stderr) == (3, True)
    assert not list((tmp_path / "full").iterdir())


def test_a_disk_without_room_for_a_restore_is_not_taken_for_a_damaged_backup(tmp_path: Path) -> None:
    at, new = Terminal(tmp_path / "home"), tmp_path / "new"
    triaged(at.home, ["sync stops"])
    file = backed_up(at, tmp_path / "one.tar")
    new.mkdir()
    with (
        files_of_at_most(65_536),
        pytest.raises(Unavailable, match="no room for what is in"),
    ):
        backup.unpack(file, new)


def test_a_tar_that_reaches_out_of_the_home_is_refused(tmp_path: Path) -> None:
    at, new = Terminal(tmp_path / "home"), Terminal(tmp_path / "new")
    triaged(at.home, ["sync stops"])
    made = back_up(settings_in(at.home), tmp_path / "one.tar").manifest
    (tmp_path / "evil").write_text("{}")
    for name in ("../outside", "/outside", "evals/../../outside", "config/team.yaml"):
        file = tmp_path / "evil.tar"
        file.unlink(missing_ok=True)
        backup.pack({name: tmp_path / "evil"}, made, file)
        assert new.run("restore", str(file)).exit_code == 2
    assert not (tmp_path / "outside").exists()


def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    at, new = Terminal(tmp_path / "home"), Terminal(tmp_path / "new")
    triaged(at.home, ["sync stops"])
    made = back_up(settings_in(at.home), tmp_path / "one.tar").manifest
    backup.pack({"triage.db": at.home / "triage.db"}, replace(made, schema="9999"), tmp_path / "two.tar")
    refused = new.run("restore", str(tmp_path / "two.tar"))
    assert (refused.exit_code, "newer" in refused.stderr) == (1, True)
    assert not (new.home / "triage.db").exists()


def test_nothing_to_back_up_is_said(tmp_path: Path) -> None:
    nothing = Terminal(tmp_path / "home").run("backup")
    assert (nothing.exit_code, "nothing to back up" in nothing.stderr) == (2, True)


def test_with_postgresql_its_own_tools_are_named(tmp_path: Path) -> None:
    at = Terminal(tmp_path / "home")
    told = at.run("backup", DATABASE_URL="postgresql://triage@127.0.0.1/triage")
    assert told.exit_code == 2
    assert "pg_dump" in told.stderr
    assert "triage restore --as-of" in told.stderr


def test_it_says_what_is_not_as_it_was(tmp_path: Path) -> None:
    at, new = Terminal(tmp_path / "home"), Terminal(tmp_path / "new")
    triaged(at.home, ["sync stops"])
    from dataclasses import replace

    made = back_up(settings_in(at.home), tmp_path / "one.tar").manifest
    parts = {"triage.db": at.home / "triage.db"}
    backup.pack(parts, replace(made, policy="another", prompts="others"), tmp_path / "two.tar")
    told = new.run("restore", str(tmp_path / "two.tar"))
    assert "Not as they were when it was made: the policy files and the prompts" in told.stderr


def test_the_moment_that_another_tool_put_the_store_back_to_needs_its_zone_and_a_past(tmp_path: Path) -> None:
    at = Terminal(tmp_path / "home")
    triaged(at.home, ["sync stops"])
    assert at.run("restore", "--as-of", "yesterday").exit_code == 2
    assert at.run("restore", "--as-of", "2026-01-31T10:00").exit_code == 2
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert at.run("restore", "--as-of", later).exit_code == 2
    assert at.run("restore").exit_code == 2
    noted = at.run("restore", "--as-of", "2026-01-31T10:00+00:00")
    assert (noted.exit_code, "0 steps wait to leave" in noted.stderr) == (0, True)


def test_what_the_outbox_file_has_stays_and_what_it_lacks_is_added(tmp_path: Path) -> None:
    kept, here = tmp_path / "kept.jsonl", tmp_path / "outbox.jsonl"
    kept.write_text('{"key": "one"}\n{"key": "two"}\n')
    here.write_text('{"key": "one"}\n{"key": "three"}\n')
    backup.join_outbox(kept, here)
    assert [json.loads(line)["key"] for line in here.read_text().splitlines()] == ["one", "three", "two"]


def test_a_restored_store_looks_first_numbers_on_and_draws_everything_anew(tmp_path: Path) -> None:
    at = Terminal(tmp_path / "home")
    triaged(at.home, ["sync stops"])
    with working(at.home) as work:
        house = work.house
        with house.store.write() as tx:
            issues.upsert(tx, [issue(1)])
            generation = issues.generation_of(tx)
            tx.execute(surfaces.insert().values(surface="card", place="C1/1", case=1, drawn_event=5))
        house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        with house.store.write() as tx:
            assert restored.begin(tx, MONDAY - timedelta(days=1), MONDAY, ONE) > 0
        with house.store.read() as tx:
            assert set(tx.scalars(sa.select(outbox.c.attempts))) == {1}
            assert issues.generation_of(tx) == generation + restored.GENERATIONS
            assert tx.scalar(sa.select(surfaces.c.drawn_event)) == 0
        house.desk.receive([message("another one", id="m-2"), message("and one more", id="m-3")])
        house.drain()
        assert [row.case.id for row in house.desk.inbox()] == ["C-1002", "C-1003"]
        with house.store.read() as tx:
            assert restored.may_have_left_since(tx, 1) == MONDAY - timedelta(days=1)
            assert restored.may_have_left_since(tx, None) == MONDAY - timedelta(days=1)
            assert restored.may_have_left_since(tx, 1002) is None
            assert tx.scalar(sa.select(marks.c.value).where(marks.c.name == restored.NEXT_CASE)) is None
        work.clock.pass_by(minutes=1)
        house.drain()
        assert {step.state for step in house.desk.case("C-1").steps} == {OutboxState.SENT}


def test_a_snapshot_of_a_store_that_is_being_written_is_of_one_moment(tmp_path: Path) -> None:
    import threading

    store, over = Store(f"sqlite:///{tmp_path / 'triage.db'}"), threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            with store.write() as tx:  # both rows or none
                tx.execute(marks.insert().values(name=f"a{number}", value="x" * 4000))
                tx.execute(marks.insert().values(name=f"b{number}", value="x" * 4000))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(20):
            copy = tmp_path / f"{number}.db"
            backup.snapshot(tmp_path / "triage.db", copy)
            with closing(sqlite3.connect(copy)) as copied:
                assert copied.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                a, b = (
                    copied.execute(
                        "SELECT count(*) FROM marks WHERE name GLOB ?", (f"{each}[0-9]*",)
                    ).fetchone()
                    for each in "ab"
                )
                assert a == b
    finally:
        over.set()
        writer.join()
        store.close()


def test_a_thread_that_the_copied_store_does_not_know_cannot_be_in_the_copied_checkpoints(
    tmp_path: Path,
) -> None:
    with tarfile.open(backed_up(_with_a_case(tmp_path), tmp_path / "one.tar")) as tar:
        names = tar.getnames()
    assert names.index("checkpoints.db") < names.index("triage.db")


def _with_a_case(folder: Path) -> Terminal:
    at = Terminal(folder / "home")
    triaged(at.home, ["sync stops"])
    return at


@pytest.mark.parametrize("lost", ["checkpoints.db", "outbox.jsonl"])
def test_a_home_goes_on_without_what_can_be_made_again(tmp_path: Path, lost: str) -> None:
    old, new = _with_a_case(tmp_path), Terminal(tmp_path / "new")
    made = back_up(settings_in(old.home), tmp_path / "one.tar").manifest
    files = {"triage.db": old.home / "triage.db", "checkpoints.db": old.home / "checkpoints.db"}
    (old.home / "outbox.jsonl").touch()
    files["outbox.jsonl"] = old.home / "outbox.jsonl"
    del files[lost]
    backup.pack(files, made, tmp_path / "two.tar")
    assert new.run("restore", str(tmp_path / "two.tar")).exit_code == 0
    with working(new.home) as work:
        work.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        work.house.drain()
        work.clock.pass_by(minutes=1)
        work.house.drain()
        assert {step.state for step in work.house.desk.case("C-1").steps} == {OutboxState.SENT}
