"""What no event told is read: after a time without a connection, and where a guest's token is all there is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest

from agent.domain.messages import ReplyBy
from agent.domain.views import ReadReport
from agent.doors.cli.slack_export import take_export
from agent.settings import Settings, SlackPlaces
from agent.wiring_slack import SlackReading, reading
from tests.fakes.slack import Workspace
from tests.fakes.slack.faults import SERVER_ERROR, rate_limited
from tests.fakes.slack.room import Room, asked_about, connected, room, source, sources_of


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with room(tmp_path, slack) as opened:
        yield opened


def reader(at: Room) -> SlackReading:
    house = at.house
    return reading(house.settings, house.store, house.ports.queue, at.clock)


def new(at: Room, reads: SlackReading) -> int:
    found = reads.once()
    at.house.drain()
    assert not [each.trouble for each in found if each.trouble]
    return sum(each.new for each in found)


@contextmanager
def unheard(at: Room) -> Iterator[None]:
    """Let nothing be told for a while."""
    hooks, at.slack.hooks = at.slack.hooks, ""
    yield
    at.slack.hooks = hooks


def test_what_was_written_while_nothing_listened_is_read_once(at: Room) -> None:
    reads = reader(at)
    assert new(at, reads) == 0
    user = at.slack.user("user-1")
    heard = at.help.says(user, "sync stops")
    at.settle()
    with unheard(at):
        at.pass_by(minutes=30)
        at.help.says(user, "only on Linux", thread=heard)
        other = at.help.says(at.slack.user("user-2"), "the installer hangs")
        at.help.says(at.slack.user("user-2"), "at step 3", thread=other)
        at.help.joins(at.slack.user("user-3"))
    assert new(at, reads) == 3
    assert [at.said(case) for case in at.inbox()] == [
        ["sync stops", "only on Linux"],
        ["the installer hangs", "at step 3"],
    ]
    assert new(at, reads) == 0


def test_events_and_reading_mean_the_same_rows(at: Room) -> None:
    reads, user = reader(at), at.slack.user("user-1")
    asked = at.help.says(user, "sync <https://example.com|stops> &amp; hangs", files=[{"name": "a.log"}])
    at.help.says(at.colleague(), "which version?", thread=asked)
    at.help.says(user, "1.8.2", thread=asked)
    at.help.edits(asked, "sync stops for ever")
    at.channel("alerts").says(
        at.slack.user("monitor"), "[FIRING] DiskFull host-3", subtype="bot_message", bot_id="B1"
    )
    ours = at.slack.users[at.slack.bot]
    at.help.says(ours, "Thanks", thread=asked, bot_id=at.slack.bot_id, app_id=at.slack.app_id)
    at.settle()
    before = [at.said(case) for case in at.inbox()]
    assert (new(at, reads), [at.said(case) for case in at.inbox()]) == (0, before)


def test_an_edit_that_no_event_told_is_read(at: Room) -> None:
    asked = at.help.says(at.slack.user("user-1"), "sync stops")
    at.settle()
    reads = reader(at)
    new(at, reads)
    with unheard(at):
        at.pass_by(hours=1)
        at.help.edits(asked, "sync stops and loses files")
    assert (new(at, reads), at.said("C-1")) == (1, ["sync stops and loses files"])


def test_a_long_list_is_read_page_by_page_and_goes_on_after_a_fault(at: Room) -> None:
    reads = reader(at)
    new(at, reads)
    at.slack.page_most = 2
    with unheard(at):
        for number in range(7):
            at.pass_by(minutes=6)
            at.help.says(at.slack.user(f"user-{number}"), f"step {number} hangs")
    at.slack.fails("conversations.history", SERVER_ERROR, times=1, skip=2)
    total = sum(each.new for each in _tried(at, reads)) + new(at, reads)
    assert total == 7
    assert len(at.inbox()) == 7
    assert new(at, reads) == 0


def _tried(at: Room, reads: SlackReading) -> list[ReadReport]:
    found = reads.once()
    at.house.drain()
    return found


def test_what_was_written_long_before_opens_nothing_and_a_reply_to_it_brings_it_along(at: Room) -> None:
    with unheard(at):
        old = at.help.says(at.slack.user("user-1"), "sync stops since spring")
        at.pass_by(days=3)
        reads = reader(at)
        assert new(at, reads) == 0
        at.pass_by(minutes=5)
        at.help.says(at.slack.user("user-2"), "for us, too, in 1.8.2", thread=old)
    assert new(at, reads) == 2
    assert at.said("C-1") == ["sync stops since spring", "for us, too, in 1.8.2"]


def test_a_channel_that_the_app_is_not_in_is_told_and_stops_no_other(at: Room) -> None:
    at.help.members.remove(at.slack.bot)
    at.slack.hooks = ""
    at.channel("dogfood").says(at.colleague(), "the button is too small")
    found = {each.source: each for each in reader(at).once() if each.trouble or each.new}
    at.house.drain()
    assert "/invite @triage" in found[f"slack:{at.help.id}"].trouble
    line = next(each for each in at.house.desk.sources() if each.source.id == f"slack:{at.help.id}")
    assert "/invite @triage" in line.trouble
    assert at.inbox() == ["C-1"]


def test_what_the_app_is_in_and_nobody_watches_is_listed(at: Room) -> None:  # S14
    random = at.channel("random")
    at.slack.channel("elsewhere", app=False)
    reader(at).once()
    assert at.house.desk.elsewhere().unwatched == (f"slack:{random.id}",)


def test_a_community_that_is_not_ours_is_read_with_a_guests_token(
    tmp_path: Path, slack: Workspace
) -> None:  # T8
    lobby, guest = slack.channel("lobby", app=False), slack.user("our-guest")
    lobby.members.append(guest.id)
    token = slack.token(guest, "channels:history")

    def change(settings: Settings) -> dict[str, object]:
        ours = source(slack, "lobby", is_guest=True, reply_by=ReplyBy.HAND)
        changed = connected(settings, slack, sources=(*sources_of(slack), ours))
        changed["_secrets"] = {**changed["_secrets"], "SLACK_GUEST_TOKEN": token}
        return changed

    with room(tmp_path, slack, change) as at:
        reads = reader(at)
        assert new(at, reads) == 0
        asked = lobby.says(slack.user("user-1"), "sync stops")
        lobby.says(guest, "We look at it", thread=asked)
        assert new(at, reads) == 1
        view = at.house.desk.case("C-1")
        assert (at.said("C-1"), view.source.reply_by) == (["sync stops"], ReplyBy.HAND)
        by_guest = {call.args["channel"] for call in slack.called("conversations.history")}
        assert lobby.id in by_guest


def test_a_reader_waits_out_a_limit(at: Room) -> None:
    at.slack.fails("conversations.history", rate_limited(1), times=1)
    assert new(at, reader(at)) == 0


def test_an_answer_to_what_the_team_was_asked_is_read_although_no_event_told_it(at: Room) -> None:  # T26
    bugs = at.channel("triage-bugs")
    at.help.says(at.slack.user("user-1"), "sync stops")
    at.settle()
    reads = reader(at)
    new(at, reads)
    with unheard(at):
        asked = bugs.says(
            at.slack.users[at.slack.bot], "Who knows this?", bot_id=at.slack.bot_id, app_id=at.slack.app_id
        )
        asked_about(at, "C-1", asked)
        at.pass_by(minutes=30)
        bugs.says(at.colleague(), "The watcher's limit, I think", thread=asked)
    assert new(at, reads) == 1
    assert at.said("C-1") == ["sync stops", "The watcher's limit, I think"]
    assert new(at, reads) == 0


def test_what_overtook_the_mention_that_it_belongs_to_is_read_with_the_next_round(at: Room) -> None:
    reads, user, general = reader(at), at.slack.user("user-1"), at.channel("general")
    new(at, reads)
    with unheard(at):
        called = general.says(user, "<@U0TRIAGE> sync stops")
    general.says(user, "since the upgrade")
    at.settle()
    assert at.inbox() == []
    for each in [each for each in at.slack.unheard if each.payload["event"]["ts"] == called.ts]:
        at.slack.tell("events_api", each.payload)
    at.settle()
    assert at.said("C-1") == ["@U0TRIAGE sync stops"]
    assert new(at, reads) == 1
    assert at.said("C-1") == ["@U0TRIAGE sync stops", "since the upgrade"]


def test_a_place_where_the_team_is_asked_is_read_although_it_is_no_source(
    tmp_path: Path, slack: Workspace
) -> None:  # T26
    bugs = slack.channel("bugs")

    def asks_there(settings: Settings) -> dict[str, object]:
        return {"slack": SlackPlaces(triage_bugs=bugs.id)}

    with room(tmp_path, slack, asks_there) as at:
        at.help.says(at.slack.user("user-1"), "sync stops")
        at.settle()
        reads = reader(at)
        new(at, reads)
        with unheard(at):
            asked = bugs.says(slack.users[slack.bot], "Who knows?", bot_id=slack.bot_id, app_id=slack.app_id)
            asked_about(at, "C-1", asked)
            bugs.says(at.colleague(), "The watcher's limit, I think", thread=asked)
        assert new(at, reads) == 1
        assert at.said("C-1")[1:] == ["The watcher's limit, I think"]


def test_an_export_of_a_channel_that_is_read_means_the_same_rows(at: Room, tmp_path: Path) -> None:  # T8
    reads, user = reader(at), at.slack.user("user-1")
    asked = at.help.says(user, f"<@{at.slack.user('user-2').id}> sync stops")
    at.settle()
    assert new(at, reads) == 0
    day = [each.shown() for each in at.help.in_order]
    listed = [{"id": each.id, "name": each.name} for each in at.slack.users.values()]
    with ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("channels.json", json.dumps([{"id": at.help.id, "name": "help"}]))
        archive.writestr("users.json", json.dumps(listed))
        archive.writestr("help/2026-03-02.json", json.dumps(day))
    take_export(at.house.desk, str(tmp_path / "export.zip"), "help", None)
    at.house.drain()
    at.help.says(user, "thanks, that works", thread=asked)
    at.settle()
    case = at.house.desk.case("C-1").case
    assert (case.author, case.because) == (user.id, "they say that it works")
    assert at.said("C-1")[0] == f"@{at.slack.user('user-2').id} sync stops"


def test_a_message_that_cannot_be_read_stops_no_other(at: Room) -> None:
    reads = reader(at)
    new(at, reads)
    with unheard(at):
        at.help.says(at.slack.user("user-1"), "of nobody").user = ""
        at.help.says(at.slack.user("user-2"), "sync stops")
        at.channel("community").says(at.slack.user("user-3"), "the installer hangs")
    assert new(at, reads) == 2
    assert [at.said(case) for case in at.inbox()] == [["sync stops"], ["the installer hangs"]]
