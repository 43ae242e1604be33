"""What is written in Slack becomes Cases: each once, in its Case, and what is dropped is seen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.domain.messages import Level
from agent.store.tables import deliveries
from tests.fakes.slack import Workspace, hands
from tests.fakes.slack.room import Room, room


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with room(tmp_path, slack) as opened:
        yield opened


def test_a_message_opens_a_case_in_its_own_words(at: Room) -> None:
    asked = at.help.says(
        at.slack.user("user-4821"),
        "Sync stops &amp; <https://example.com/log|the log> says `x &lt; 1`, <@U0TRIAGE>",
        files=[
            {
                "name": "ferry.log",
                "mimetype": "text/plain",
                "size": 12_400,
                "permalink": "https://example.slack.com/files/U1/F1/ferry.log",
            }
        ],
    )
    at.settle()
    said = at.house.desk.case("C-1").messages[0].message
    assert (said.id, said.source) == (f"slack:{at.help.id}/{asked.ts}", f"slack:{at.help.id}")
    assert said.text == (
        "Sync stops & the log (https://example.com/log) says `x < 1`, @U0TRIAGE\n\n"
        "Attached, not read:\n- ferry.log (text/plain, 12 KB) https://example.slack.com/files/U1/F1/ferry.log"
    )
    assert (said.sent_at, said.thread, said.visibility.level) == (
        at.house.desk.case("C-1").case.last_message_at,
        None,
        Level.PUBLIC,
    )


def test_an_event_that_is_told_three_times_is_one_row(at: Room) -> None:
    at.help.says(at.slack.user("user-4821"), "sync stops")
    at.settle()
    for _ in range(2):
        at.slack.tell("events_api", at.slack.heard[0].payload)
    at.settle()
    assert (at.inbox(), at.stored()) == (["C-1"], ["sync stops"])
    with at.house.store.read() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(deliveries)) == 1


def test_a_message_and_its_mention_are_one_message(at: Room) -> None:
    at.help.says(at.slack.user("user-4821"), "<@U0TRIAGE> sync stops")
    at.settle()
    assert len(at.slack.heard) == 2
    assert (at.inbox(), len(at.stored())) == (["C-1"], 1)


def test_a_persons_consecutive_messages_are_one_case(at: Room) -> None:
    user, other = at.slack.user("user-1"), at.slack.user("user-2")
    at.help.says(user, "sync stops")
    at.help.says(other, "how do I install the agent on Windows?")
    at.help.says(user, "since the upgrade to 1.8.2")
    at.settle()
    at.pass_by(minutes=6)
    at.help.says(user, "and how do I reset my password?")
    at.settle()
    assert [at.said(case) for case in at.inbox()] == [
        ["sync stops", "since the upgrade to 1.8.2"],
        ["how do I install the agent on Windows?"],
        ["and how do I reset my password?"],
    ]


def test_bots_are_dropped_visibly_and_our_own_app_is_no_news(at: Room) -> None:
    at.help.says(at.slack.user("news"), "Release 1.9 is out", subtype="bot_message", bot_id="B0NEWS")
    ours = at.slack.users[at.slack.bot]
    at.help.says(ours, "Thanks", bot_id=at.slack.bot_id, app_id=at.slack.app_id)
    at.settle()
    assert at.dropped() == ["written by a bot, B0NEWS"]
    assert at.ignored() == ["written by this app"]


def test_an_alert_that_comes_again_is_one_case_until_it_is_over(at: Room) -> None:  # S10
    alerts, bot = at.channel("alerts"), at.slack.user("monitor")

    def fires(text: str) -> None:
        at.pass_by(minutes=3)
        at.channel("alerts").says(bot, text, subtype="bot_message", bot_id="B0MON")
        at.settle()

    fires("[FIRING:1] DiskFull host-3 92%\nsince 10:02")
    fires("[FIRING:2] DiskFull host-3 95%\nsince 10:05")
    fires("[FIRING:1] QueueStuck uploads\nsince 10:06")
    assert (at.inbox(), at.house.desk.case("C-1").case.revision) == (["C-1", "C-2"], 1)
    assert [each.what for each in at.house.desk.case("C-1").history].count("repeated") == 1
    fires("[RESOLVED] DiskFull host-3\nsince 10:12")
    assert at.house.desk.case("C-1").case.revision == 2
    assert len(at.said("C-1")) == 3
    alerts.says(at.slack.user("user-1"), "is anybody on the disk?")
    at.settle()
    assert at.inbox() == ["C-1", "C-2", "C-3"]


def test_only_a_mention_counts_where_the_channel_says_so_and_what_follows_it_belongs_to_it(at: Room) -> None:
    user, general = at.slack.user("user-1"), at.channel("general")
    group = next(iter(at.slack.groups))
    general.says(user, "lunch?")
    at.pass_by(minutes=10)
    general.says(user, f"<!subteam^{group}|@support> sync stops")  # S11
    general.says(user, "since the upgrade")
    at.settle()
    assert (at.inbox(), at.said("C-1")) == (["C-1"], ["@support sync stops", "since the upgrade"])


def test_a_mention_counts_where_nothing_is_watched_and_the_rest_is_not_kept(at: Room) -> None:  # S11
    user, random = at.slack.user("user-1"), at.channel("random")
    asked = random.says(user, "does anybody know ferry?")
    random.says(user, "<@U0TRIAGE> sync stops", thread=asked)
    at.settle()
    random.says(user, "in 1.8.2", thread=asked)
    random.says(user, "nice weather")
    at.settle()
    assert at.said("C-1") == ["@U0TRIAGE sync stops", "in 1.8.2"]
    assert len(at.stored()) == 2
    view = at.house.desk.case("C-1")
    assert (view.source.project, view.case.source) == ("example/millrace", f"slack:{random.id}")
    assert view.messages[0].message.visibility.level is Level.INTERNAL


def test_only_what_begins_a_thread_counts_where_the_channel_says_so(at: Room) -> None:
    community, user = at.channel("community"), at.slack.user("user-1")
    community.says(user, "an old thread's reply", thread="1700000000.000100")
    community.says(user, "sync stops")
    at.settle()
    assert (at.inbox(), at.stored()) == (["C-1"], ["sync stops"])


def test_a_direct_message_is_between_its_writer_and_us(at: Room) -> None:
    user = at.slack.user("user-1")
    at.slack.direct(user).says(user, "sync stops, but please keep our name out of it")
    at.settle()
    view = at.house.desk.case("C-1")
    assert (view.source.name, view.messages[0].message.visibility.level) == (
        "a direct message",
        Level.CUSTOMER,
    )


def test_a_colleagues_own_message_in_support_is_no_report_unless_it_calls_the_app(at: Room) -> None:
    at.help.says(at.colleague(), "We deploy at noon")
    at.help.says(at.colleague(), "<@U0TRIAGE> a customer says that sync stops")
    at.channel("triage-bugs").says(at.colleague(), "sync stops in my build")  # T15
    at.settle()
    assert at.dropped() == ["a colleague's own message, and it does not call the app"]
    assert [at.said(case) for case in at.inbox()] == [
        ["@U0TRIAGE a customer says that sync stops"],
        ["sync stops in my build"],
    ]


def test_the_shortcut_takes_in_any_message_and_what_was_dropped_comes_back(at: Room) -> None:
    random, dev = at.channel("random"), at.colleague()
    asked = random.says(at.slack.user("user-1"), "thanks and +1")
    news = at.help.says(at.slack.user("news"), "Sync is down", subtype="bot_message", bot_id="B0NEWS")
    at.settle()
    assert (at.inbox(), at.dropped()) == ([], ["written by a bot, B0NEWS"])
    assert hands.shortcut(at.slack, dev, asked).settled()
    assert hands.shortcut(at.slack, dev, news).settled()
    at.settle()
    assert at.inbox() == ["C-1", "C-2"]
    assert at.house.desk.case("C-1").history[-1].what in ("proposed", "offered", "told")


def test_the_command_takes_in_what_stands_behind_it(at: Room) -> None:
    dev = at.colleague()
    typed = hands.command(at.slack, dev, at.channel("random"), "sync stops for a customer")
    empty = hands.command(at.slack, dev, at.channel("random"), "  ")
    at.settle()
    assert typed.answer == {
        "text": "It is in the inbox and is judged now.",
        "response_type": "ephemeral",
    }
    assert "/triage Sync stops" in empty.answer["text"]
    view = at.house.desk.case("C-1")
    assert (at.said("C-1"), view.case.author) == (["sync stops for a customer"], "second-engineer")
    assert view.messages[0].message.visibility.level is Level.CUSTOMER


def test_guests_and_people_of_other_workspaces_are_named_so(at: Room) -> None:
    stranger = at.slack.user("stranger", elsewhere="T0OTHER")
    guest = at.slack.user("guest", is_guest=True)
    at.help.says(stranger, "sync stops")
    at.help.says(guest, "it does not start", more={"user_profile": {"is_restricted": True}})
    at.settle()
    authors = {at.house.desk.case(case).case.author for case in at.inbox()}
    assert authors == {f"{stranger.id} (of another workspace)", f"{guest.id} (a guest)"}


def test_reactions_and_what_cannot_be_read_are_kept_by_name(at: Room) -> None:
    at.slack.events.add("reaction_added")
    at.slack.event("reaction_added", {"type": "reaction_added", "user": "U1", "item": {"type": "message"}})
    at.slack.event("message.channels", {"type": "message", "channel": at.help.id, "user": "U1"})
    at.settle()
    found = sorted(at.ignored())
    assert found[0] == "a reaction says nothing to work on"
    assert found[1].startswith("an event of Slack lacks what it must have")
    assert all(each.is_taken for each in at.slack.heard)


def test_what_the_app_wrote_itself_is_not_triaged_by_the_shortcut(at: Room) -> None:
    ours = at.slack.users[at.slack.bot]
    card = at.channel("random").says(ours, "P1 · Sync stops", bot_id=at.slack.bot_id, app_id=at.slack.app_id)
    at.settle()
    assert hands.shortcut(at.slack, at.colleague(), card).settled()
    at.settle()
    assert (at.inbox(), at.stored()) == ([], [])
