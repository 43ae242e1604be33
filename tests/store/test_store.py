"""The store: migrations and tables agree, and what it promises the index holds."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from agent.domain.views import Fate
from agent.errors import Misuse
from agent.store import issues, messages
from agent.store.database import HEAD, Store
from agent.store.records import StoreRecords, StoreShelf
from agent.store.tables import Utc, metadata, outbox
from tests.builders import MONDAY, PROJECT, issue, message


def test_the_migrations_build_what_the_tables_say(store: Store) -> None:
    with store.read() as tx:
        ours = MigrationContext.configure(
            tx, opts={"include_name": lambda name, kind, _: kind != "table" or name in metadata.tables}
        )
        assert compare_metadata(ours, metadata) == []


def test_the_newest_migration_is_the_one_that_the_code_expects(store: Store) -> None:
    from alembic.script import ScriptDirectory

    folder = Path(messages.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


def test_a_store_that_a_newer_version_changed_is_refused_and_left_as_it_is(store: Store) -> None:
    newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
    with store.write() as tx:
        tx.execute(newer)
    with pytest.raises(Misuse, match="A newer version of triage changed this store"):
        Store(store.db.url.render_as_string(hide_password=False))


def test_commits_are_durable_and_readers_do_not_block(store: Store) -> None:
    with store.read() as tx:
        if store.is_shared:
            assert tx.exec_driver_sql("SHOW transaction_isolation").scalar_one() == "repeatable read"
        else:
            assert tx.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert tx.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        with store.write() as other:
            messages.receive(other, message(), MONDAY, {})


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        Utc().process_bind_param(datetime(2026, 3, 2), sa.create_engine("sqlite://").dialect)  # noqa: DTZ001


def test_the_same_delivery_twice_is_one_row(store: Store) -> None:
    with store.write() as tx:
        first, fate = messages.receive(tx, message(), MONDAY, {"mood": "grim"})
        assert fate is Fate.NEW
        assert messages.receive(tx, message(), MONDAY, {}) == (first, Fate.SAME)
        assert messages.receive(tx, message("other words"), MONDAY, {}) == (first, Fate.CHANGED)
        assert messages.by_seq(tx, first).text == "other words"
        assert messages.earlier(tx, [first]) == {first: ("sync stops after the upgrade",)}


def test_an_issue_that_has_not_changed_gets_no_new_generation(store: Store) -> None:
    records = StoreRecords(store)
    with store.write() as tx:
        assert issues.upsert(tx, [issue(1), issue(2)]) == (2, 0)
        before = issues.generation_of(tx)
        assert issues.upsert(tx, [issue(1), issue(2)]) == (0, 0)
        assert issues.generation_of(tx) == before
        assert issues.upsert(tx, [issue(1), issue(2, closed_at=MONDAY)]) == (0, 1)
    changed = [each for batch in records.changed_since(before) for each in batch]
    assert [each.issue.id for each in changed] == [f"{PROJECT}#2"]


def test_every_changed_issue_has_a_generation_of_its_own(store: Store) -> None:
    with store.write() as tx:
        issues.upsert(tx, [issue(number) for number in range(600)])
    generations = [each.generation for batch in StoreRecords(store).changed_since(0) for each in batch]
    assert generations == list(range(1, 601))


def test_a_changed_title_is_found_by_its_new_words_and_not_by_the_old(store: Store) -> None:
    holds = "document @@ CAST(:words AS tsquery)" if store.is_shared else "issues_words MATCH :words"
    find = sa.text(f"SELECT count(*) FROM issues_words WHERE {holds}")
    with store.write() as tx:
        issues.upsert(tx, [issue(1, "walrus")])
        issues.upsert(tx, [issue(1, "penguin")])
        assert tx.scalar(find, {"words": "penguin"}) == 1
        assert tx.scalar(find, {"words": "walrus"}) == 0


def test_the_count_of_candidates_stops_at_the_moment_asked_for(store: Store) -> None:
    with store.write() as tx:
        issues.upsert(tx, [issue(1), issue(2, age=timedelta(0))])
    assert StoreRecords(store).count(PROJECT, MONDAY) == 1


def test_the_shelf_files_one_issue_a_key_apart_from_the_numbers_of_a_tracker(store: Store) -> None:
    shelf = StoreShelf(store)
    with store.write() as tx:
        issues.upsert(tx, [issue(7)])
    first = shelf.add("C-1:issue", issue(0, "filed"), MONDAY)
    again = shelf.add("C-1:issue", issue(0, "filed"), MONDAY)
    assert first.id == again.id == f"{PROJECT}#L1"
    assert shelf.note("C-2:note", f"{PROJECT}#L1", "one more", MONDAY)
    assert not shelf.note("C-3:note", f"{PROJECT}#99", "one more", MONDAY)
    assert shelf.by_key("C-3:note") is None


def test_one_person_is_one_reporter_however_often_they_write(store: Store) -> None:  # T24
    from agent.store import cases

    with store.write() as tx:
        seq, _ = messages.receive(tx, message(), MONDAY, {})
        number = cases.open_case(
            tx,
            seq=seq,
            source="s",
            project=PROJECT,
            title="t",
            author="a",
            opened_at=MONDAY,
            last_message_at=MONDAY,
            first_due_at=MONDAY,
        )
        for author in ("user-1", "user-1", "user-2"):
            issues.report(tx, f"{PROJECT}#1", "slack:C1", author, number, MONDAY)
        assert issues.reporters_of(tx, [f"{PROJECT}#1"]) == {f"{PROJECT}#1": 2}


def test_what_was_to_leave_before_the_outbox_was_built_anew_is_still_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'older.db'}"
    folder = Path(messages.__file__).parent / "migrations"
    older = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(folder))
    with older.begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0003")
        reflected = sa.MetaData()
        reflected.reflect(tx, only=["cases", "outbox"])
        at = {name: MONDAY.replace(tzinfo=None) for name in ("opened_at", "last_message_at", "first_due_at")}
        text = dict.fromkeys(("source", "project", "title", "author"), "x")
        tx.execute(
            reflected.tables["cases"].insert().values(state="new", revision=1, corrected={}, **at, **text)
        )
        row = {"key": "C-1:r1:reply", "case": 1, "revision": 1, "position": 0, "is_notice": False}
        left = {
            "kind": "reply",
            "source": "x",
            "payload": "{}",
            "state": "pending",
            "due_at": at["opened_at"],
        }
        tx.execute(reflected.tables["outbox"].insert().values(**row, **left))
    older.dispose()
    with Store(url).read() as tx:
        kept = tx.execute(sa.select(outbox.c.key, outbox.c.case, outbox.c.attempts)).all()
        indexes = {each["name"] for each in sa.inspect(tx).get_indexes("outbox")}
    assert kept == [("C-1:r1:reply", 1, 0)]
    assert indexes == {"outbox_by_case", "outbox_due"}
