"""What every channel and tracker keeps: one effect, a Receipt, and the key found again."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from agent.channels.console import ConsoleChannel
from agent.channels.file import FileChannel
from agent.channels.github import GitHubChannel
from agent.channels.off import OffChannel
from agent.channels.slack import SlackChannel
from agent.domain.actions import Action, ActionKind, Notice, NoticeKind, Receipt, Refusal, Unknown
from agent.domain.messages import Level, Visibility
from agent.ports import Channel, Tracker
from agent.store import issues
from agent.store.database import Store
from agent.store.records import StoreShelf
from agent.trackers.github import GitHubTracker
from agent.trackers.local import LocalTracker
from tests.builders import HELP, MONDAY, PROJECT, Clock, issue
from tests.fakes.github import Hub
from tests.fakes.github.keys import as_app, by_token
from tests.fakes.slack import Workspace
from tests.fakes.slack.keys import by_token as slack_by_token


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
        approved_at=MONDAY,
    )


def at_the_stand_in(hub: Hub) -> None:
    """Give the stand-in four Issues of the example project."""
    hub.clock.at = MONDAY
    here = hub.repository(PROJECT)
    for number in range(1, 5):
        here.file(f"issue {number}")


#: Each way of writing to an Issue of GitHub: by a token, and as an app.
AT_GITHUB = {"GitHub by token": by_token, "GitHub as an app": as_app}


@pytest.fixture(params=["file", "Slack", *AT_GITHUB])
def place(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def thread(place: str, slack: Workspace) -> str:
    """Return a thread of the place."""
    if place != "Slack":
        return f"{PROJECT}#4"
    asked = slack.channel("help").says(slack.user("user-4821"), "It hangs")
    return f"slack:{asked.channel.id}/{asked.ts}"


@pytest.fixture
def channel(place: str, tmp_path: Path, hub: Hub, slack: Workspace) -> Channel:
    if place == "file":
        return FileChannel(tmp_path / "outbox.jsonl", Clock())
    if place == "Slack":
        return SlackChannel(slack_by_token(slack), frozenset(), Clock())
    at_the_stand_in(hub)
    return GitHubChannel(AT_GITHUB[place](hub), Clock())


@pytest.fixture(params=["local", *AT_GITHUB])
def any_tracker(request: pytest.FixtureRequest, tmp_path: Path, hub: Hub) -> Tracker:
    if request.param == "local":
        store = Store(f"sqlite:///{tmp_path / 'triage.db'}")
        with store.write() as tx:
            issues.upsert(tx, [issue(4)])
        return LocalTracker(StoreShelf(store), Clock())
    at_the_stand_in(hub)
    return GitHubTracker(AT_GITHUB[request.param](hub), Clock())


def test_a_reply_ends_in_a_receipt_and_is_found_by_its_key_alone(channel: Channel, thread: str) -> None:
    reply = replace(action(), thread=thread)
    assert channel.find(reply) is None
    receipt = channel.carry_out(reply)
    assert isinstance(receipt, Receipt)
    assert channel.find(reply) == receipt
    assert receipt.url
    assert channel.find(replace(reply, key="C-2:r1:reply")) is None


@pytest.mark.parametrize("thread", ["m-1", f"{PROJECT}#L1", f"{PROJECT}#9"])
def test_a_reply_to_what_is_no_issue_of_github_is_refused(hub: Hub, thread: str) -> None:
    at_the_stand_in(hub)
    channel, stray = GitHubChannel(by_token(hub), Clock()), replace(action(), thread=thread)
    assert isinstance(channel.carry_out(stray), Refusal)
    assert channel.find(stray) is None


def test_a_channel_that_is_not_connected_sends_nothing_and_says_so() -> None:
    off = OffChannel("GitHub is not connected.")
    outcome = off.carry_out(action())
    assert isinstance(outcome, Refusal)
    assert outcome.why == "GitHub is not connected."
    assert off.find(action()) is None


@pytest.mark.parametrize(
    ("kind", "to"),
    [
        (ActionKind.CREATE_ISSUE, PROJECT),
        (ActionKind.NOTE_ISSUE, f"{PROJECT}#4"),
        (ActionKind.ESTIMATE_ISSUE, f"{PROJECT}#4"),
    ],
)
def test_what_a_tracker_wrote_is_found_by_its_key_alone(
    any_tracker: Tracker, kind: ActionKind, to: str
) -> None:
    written = action(kind, f"C-1:{kind}", to)
    assert any_tracker.find(written) is None
    receipt = any_tracker.carry_out(written)
    assert isinstance(receipt, Receipt)
    assert any_tracker.find(written) == receipt
    assert receipt.destination_id.startswith(f"{PROJECT}#")
    assert any_tracker.find(replace(written, key="C-2:issue")) is None


@pytest.mark.parametrize(
    "kind",
    [ActionKind.NOTE_ISSUE, ActionKind.ESTIMATE_ISSUE, ActionKind.LABEL_ISSUE, ActionKind.ASSIGN_ISSUE],
)
def test_what_an_issue_that_is_gone_would_get_is_refused_and_not_found(
    any_tracker: Tracker, kind: ActionKind
) -> None:
    gone = replace(action(kind, "C-1:9", f"{PROJECT}#9"), fields={"label": "bug", "login": "dev-1"})
    assert isinstance(any_tracker.carry_out(gone), Refusal)
    assert any_tracker.find(gone) is None


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
