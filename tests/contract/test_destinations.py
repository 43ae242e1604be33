"""What every channel and tracker keeps: one effect, a Receipt, and the key found again."""

import io
from pathlib import Path

import pytest

from agent.channels.console import ConsoleChannel
from agent.channels.file import FileChannel
from agent.domain.actions import Action, ActionKind, Notice, NoticeKind, Receipt, Refusal, Unknown
from agent.domain.messages import Level, Visibility
from agent.store import issues
from agent.store.database import Store
from agent.store.records import StoreShelf
from agent.trackers.local import LocalTracker
from tests.builders import HELP, PROJECT, Clock, issue


def action(kind: ActionKind = ActionKind.REPLY, key: str = "C-1:r1:reply", to: str = HELP) -> Action:
    return Action(
        key=key,
        case_id="C-1",
        revision=1,
        position=0,
        kind=kind,
        destination=to,
        visibility=Visibility(Level.PUBLIC),
        thread="m-1",
        title="It hangs",
        body="Zeile 1\nline 2 \u2028 \0 🦭",
        fields={"type": "quick_fix", "priority": "P2"},
    )


@pytest.fixture
def file(tmp_path: Path) -> FileChannel:
    return FileChannel(tmp_path / "outbox.jsonl", Clock())


@pytest.fixture
def tracker(tmp_path: Path) -> LocalTracker:
    store = Store(f"sqlite:///{tmp_path / 'triage.db'}")
    with store.write() as tx:
        issues.upsert(tx, [issue(4)])
    return LocalTracker(StoreShelf(store), Clock())


def test_a_reply_leaves_as_one_line_and_is_found_by_its_key(file: FileChannel) -> None:
    assert file.find(action()) is None
    receipt = file.carry_out(action())
    assert isinstance(receipt, Receipt)
    assert file.find(action()) == receipt
    assert file.find(action(key="C-2:r1:reply")) is None
    assert len(file.path.read_text().splitlines()) == 1


def test_a_line_torn_by_a_kill_is_no_effect_and_harms_no_later_one(file: FileChannel) -> None:
    file.carry_out(action(key="first"))
    with file.path.open("a") as torn:
        torn.write('{"key": "torn", "at": "2026-')
    assert file.find(action(key="torn")) is None
    file.carry_out(action(key="torn"))
    assert file.find(action(key="torn")) is not None
    assert file.find(action(key="first")) is not None


def test_a_file_that_cannot_be_written_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    channel = FileChannel(tmp_path / "no such folder" / "outbox.jsonl", Clock())
    assert isinstance(channel.carry_out(action()), Unknown)


def test_a_notice_leaves_by_the_same_channel(file: FileChannel) -> None:
    alert = Notice(key="C-1:alert", case_id="C-1", kind=NoticeKind.ALERT, to="on-call", text="P0")
    assert isinstance(file.carry_out(alert), Receipt)
    assert file.find(alert) is not None


def test_the_console_prints_and_admits_that_it_cannot_be_read_back() -> None:
    screen = io.StringIO()
    channel = ConsoleChannel(Clock(), screen)
    assert isinstance(channel.carry_out(action()), Receipt)
    assert "line 2" in screen.getvalue()
    assert channel.find(action()) is None
    assert not channel.listing_is_final
    screen.close()
    assert isinstance(channel.carry_out(action()), Unknown)


def test_an_issue_is_filed_once_a_key_and_read_back(tracker: LocalTracker) -> None:  # T13
    new = action(ActionKind.CREATE_ISSUE, "C-1:issue", PROJECT)
    first, again = tracker.carry_out(new), tracker.carry_out(new)
    assert isinstance(first, Receipt)
    assert isinstance(again, Receipt)
    assert first.destination_id == again.destination_id == f"{PROJECT}#L1"
    filed = tracker.shelf.by_key("C-1:issue")
    assert filed is not None
    assert filed.labels == ("quick_fix", "P2")


def test_a_note_on_an_issue_that_is_gone_is_refused(tracker: LocalTracker) -> None:  # T14
    known = action(ActionKind.NOTE_ISSUE, "C-1:note:4", f"{PROJECT}#4")
    gone = action(ActionKind.NOTE_ISSUE, "C-1:note:9", f"{PROJECT}#9")
    assert isinstance(tracker.carry_out(known), Receipt)
    assert isinstance(tracker.carry_out(gone), Refusal)
