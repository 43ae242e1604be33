"""What goes wrong between a person and a card: nothing is sent twice, nothing typed is lost, the rest is told.

`pytest -n 0 -s tests/doors/test_slack_presses.py` ends with the table: fault, and what the stand-in received.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent import wiring_slack
from agent.domain.actions import OutboxState
from agent.doors.slack.buttons import do
from agent.doors.slack.pressing import Press, Reception
from agent.doors.slack.socket import listen
from tests.doors.slack_cards import (
    HOLDER,
    OTHER,
    THIRD,
    as_seen,
    card,
    cards,
    engine,
    eventually,
    opened,
    press,
    replies,
    reported,
    says,
    whispered,
    works,
)
from tests.fakes.slack import Message, Workspace, hands
from tests.fakes.slack.faults import LOST, LOST_AFTER
from tests.fakes.slack.room import Room, drawing_room
from tests.faults_table import Table, printed


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    yield from printed("fault", "posts", "updates", "told one person", "modals", "our replies", "cards")


def take_down(table: Table, what: str, at: Room, asked: Message, mine: int = 0) -> None:
    """Add what the stand-in received; `mine` of the replies were the user's own."""
    calls = Counter(call.method for call in at.slack.writes)
    methods = ("chat.postMessage", "chat.update", "chat.postEphemeral", "views.open")
    sent = str(len(replies(at, asked)) - mine)
    table.rows.append((what, *(str(calls[each]) for each in methods), sent, str(len(cards(at)))))


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with drawing_room(tmp_path, slack, engine()) as opened:
        yield opened


def test_a_button_that_is_pressed_twice_sends_once(at: Room, table: Table) -> None:
    asked = reported(at)
    shown = as_seen(at)
    for _ in range(2):
        hands.click(at.slack, at.colleague(HOLDER), shown, "approve")
    works(at)
    assert len(replies(at, asked)) == 1
    assert "approved r1" in whispered(at)
    assert "Nothing is done twice." in whispered(at)
    take_down(table, "a button pressed twice", at, asked)


def test_of_two_people_one_wins_and_the_other_is_told_alone(at: Room, table: Table) -> None:
    asked = reported(at)
    shown = as_seen(at)
    press(at, "approve", OTHER, shown)
    at.pass_by(seconds=3)
    press(at, "approve", HOLDER, shown)
    assert len(replies(at, asked)) == 1
    told = eventually(lambda: at.slack.called("chat.postEphemeral"))
    assert [call.args["user"] for call in told] == [at.colleague(HOLDER).id]
    assert "@second-engineer approved r1" in whispered(at)
    assert "Nothing of yours was sent." in whispered(at)
    assert "Sent by @second-engineer." in says(card(at))
    take_down(table, "two people, one after the other", at, asked)


def test_two_people_at_the_same_moment_send_once(at: Room, table: Table) -> None:
    asked = reported(at)
    shown = as_seen(at)
    told = [hands.click(at.slack, at.colleague(by), shown, "approve") for by in (HOLDER, OTHER, THIRD)]
    assert all(each.settled() and each.is_taken for each in told)
    works(at)
    assert len(replies(at, asked)) == 1
    eventually(lambda: len(at.slack.called("chat.postEphemeral")) == 2)
    take_down(table, "three people at the same moment", at, asked)


def test_a_click_on_a_card_that_is_behind_sends_nothing_and_says_what_moved(at: Room, table: Table) -> None:
    asked = reported(at)
    shown = Message(**card(at).__dict__)
    at.help.says(at.slack.user("user-4821"), "Going back does not help.", thread=asked)
    works(at)
    press(at, "approve", on=shown)
    assert replies(at, asked) == ["Going back does not help."]
    assert "Not sent: the thread moved on" in whispered(at)
    assert "“Going back does not help.”" in whispered(at)
    assert "r2" in says(card(at))
    take_down(table, "a click on a stale revision", at, asked, mine=1)


def test_a_click_behind_a_correction_does_not_say_that_the_thread_moved(at: Room) -> None:
    asked = reported(at)
    shown = as_seen(at)
    hands.choose(at.slack, at.colleague(OTHER), shown, "priority", "P1")
    works(at)
    press(at, "approve", on=shown)
    assert replies(at, asked) == []
    assert "Not sent: C-1 is at r2 now: a correction by second-engineer: priority is P1." in whispered(at)


def test_a_modal_that_is_behind_keeps_the_text_and_shows_both(at: Room, table: Table) -> None:
    asked = reported(at)
    view = opened(at)
    at.help.says(at.slack.user("user-4821"), "Going back does not help.", thread=asked)
    works(at)
    hands.submit(at.slack, at.colleague(HOLDER), view, {"reply:1": "Mine, typed before."})
    assert replies(at, asked) == ["Going back does not help."]
    shown = str(at.slack.views[view.id].given)
    assert "the thread moved on" in shown
    assert "Mine, typed before." in shown
    assert "A new_bug reply" in shown
    hands.submit(at.slack, at.colleague(HOLDER), at.slack.views[view.id])
    works(at)
    assert replies(at, asked)[1:] == ["Mine, typed before."]
    take_down(table, "a modal sent on a stale revision, then again", at, asked, mine=1)


def test_a_modal_that_lost_the_race_shows_the_text_that_was_not_sent(at: Room, table: Table) -> None:
    asked = reported(at)
    view = opened(at)
    press(at, "approve", OTHER)
    hands.submit(at.slack, at.colleague(HOLDER), view, {"reply:1": "Mine, too late."})
    works(at)
    assert replies(at, asked) == ["A new_bug reply. example/millrace#L1"]
    shown = str(at.slack.views[view.id].given)
    assert "@second-engineer approved r1" in shown
    assert "Mine, too late." in shown
    take_down(table, "a modal sent after somebody else approved", at, asked)


def test_a_restart_between_the_click_and_the_send_sends_once(
    tmp_path: Path, slack: Workspace, table: Table
) -> None:
    with drawing_room(tmp_path, slack, engine(), hold_seconds=5) as before:
        asked = reported(before)
        press(before, "approve")
        assert replies(before, asked) == []
        assert "Goes out" in says(card(before))
        clock = before.clock
    clock.pass_by(seconds=6)
    with drawing_room(tmp_path, slack, engine(), hold_seconds=5, clock=clock) as after:
        works(after)
        assert len(replies(after, asked)) == 1
        assert "Sent by @first-engineer." in says(card(after))
        assert len(cards(after)) == 1
        take_down(table, "a restart between the click and the send", after, asked)


def test_what_was_approved_can_be_taken_back_before_it_leaves(
    tmp_path: Path, slack: Workspace, table: Table
) -> None:
    with drawing_room(tmp_path, slack, engine(), hold_seconds=5) as at:
        asked = reported(at)
        press(at, "approve")
        press(at, "undo")
        at.pass_by(seconds=60)
        works(at)
        assert replies(at, asked) == []
        assert "r2" in says(card(at))
        take_down(table, "taken back before it left", at, asked)


def test_a_trigger_that_came_too_late_says_what_to_press(at: Room, table: Table) -> None:
    asked = reported(at)
    at.slack.trigger_seconds = -1.0
    hands.click(at.slack, at.colleague(HOLDER), card(at), "edit")
    assert whispered(at) == "Slack gave up waiting. Press Edit again; nothing is lost."
    at.slack.trigger_seconds = 3.0
    assert opened(at).given["title"]["text"] == "Edit C-1"
    take_down(table, "an expired trigger", at, asked)


@contextmanager
def held(at: Room) -> Iterator[None]:
    """Keep every other writer of the store waiting."""
    release, holds = threading.Event(), threading.Event()

    def hold() -> None:
        with at.house.store.write():
            holds.set()
            release.wait(20)

    holding = threading.Thread(target=hold)
    holding.start()
    assert holds.wait(5)
    try:
        yield
    finally:
        release.set()
        holding.join()


def test_a_slow_store_is_not_waited_for_and_what_was_pressed_is_done_once(at: Room, table: Table) -> None:
    asked = reported(at)
    with held(at):
        began = time.monotonic()
        told = hands.click(at.slack, at.colleague(HOLDER), card(at), "approve")
        assert told.settled()
        assert told.is_taken
        assert time.monotonic() - began < 3.0
        assert "The store is slow." in whispered(at)
    eventually(lambda: at.house.desk.case("C-1").verdict)
    works(at)
    assert len(replies(at, asked)) == 1
    take_down(table, "a store that is locked for longer than the budget", at, asked)


def settled(at: Room) -> None:
    """Let the look for what was lost come round."""
    for _ in range(4):
        at.pass_by(minutes=2)
        at.house.sweep.lost()
        works(at)


def test_a_reply_whose_answer_was_lost_stands_once(at: Room, table: Table) -> None:
    asked = reported(at)
    at.slack.fails("chat.postMessage", LOST_AFTER)
    press(at, "approve")
    settled(at)
    assert len(replies(at, asked)) == 1
    assert "Sent by @first-engineer." in says(card(at))
    take_down(table, "the answer to the reply lost after the post", at, asked)


def test_a_card_whose_answer_was_lost_stands_once(at: Room, table: Table) -> None:
    at.slack.fails("chat.postMessage", LOST_AFTER)
    asked = reported(at)
    settled(at)
    assert len(cards(at)) == 1
    press(at, "approve")
    assert "Sent by @first-engineer." in says(card(at))
    take_down(table, "the answer to the card lost after the post", at, asked)


def test_a_redraw_whose_answer_was_lost_is_drawn_again(at: Room, table: Table) -> None:
    asked = reported(at)
    at.slack.fails("chat.update", LOST_AFTER)
    press(at, "approve")
    settled(at)
    assert "Sent by @first-engineer." in says(card(at))
    assert len(cards(at)) == 1
    take_down(table, "the answer to a redraw lost", at, asked)


def test_a_press_over_socket_mode_is_the_same_press(at: Room, table: Table) -> None:
    asked = reported(at)
    at.slack.hooks = ""
    until = threading.Event()
    socket = threading.Thread(target=listen, args=(at.house.desk, until, 0.2))
    socket.start()
    try:
        eventually(lambda: at.slack.was_linked)
        press(at, "approve")
        at.slack.disconnects()
        eventually(lambda: at.slack.linked == 2)
        at.pass_by(minutes=10)
        again = reported(at, "Uploads fail with 503")
        press(at, "approve")
        assert [len(replies(at, each)) for each in (asked, again)] == [1, 1]
    finally:
        until.set()
        socket.join(20)
    take_down(table, "pressed over Socket Mode, then a reconnect", at, asked)


def test_a_modal_that_met_a_slow_store_is_told_what_became_of_it(at: Room, table: Table) -> None:
    asked = reported(at)
    view = opened(at)
    press(at, "approve", OTHER)
    with held(at):
        told = hands.submit(at.slack, at.colleague(HOLDER), view, {"reply:1": "Mine, too late."}, keep=True)
        assert told.is_taken
        assert "The store is slow." in str(told.answer)
        assert "Mine, too late." in str(told.answer)
    assert "@second-engineer approved r1" in whispered(at)
    assert len(replies(at, asked)) == 1
    take_down(table, "a modal sent to a locked store, after somebody else", at, asked)


def test_what_was_typed_is_in_the_box_again_after_it_was_taken_back(tmp_path: Path, slack: Workspace) -> None:
    with drawing_room(tmp_path, slack, engine(), hold_seconds=5) as at:
        reported(at)
        hands.submit(at.slack, at.colleague(HOLDER), opened(at), {"reply:1": "Mine, typed."})
        works(at)
        press(at, "undo")
        assert "A text typed on an earlier revision is kept: Edit has it." in says(card(at))
        shown = str(opened(at).given)
        assert "Mine, typed." in shown
        assert "A new_bug reply" in shown


def test_a_step_that_failed_is_tried_again_from_the_card(at: Room, table: Table) -> None:
    asked = reported(at)
    at.help.is_archived = True
    press(at, "approve")
    assert "1 of 2 done, 1 failed. What is done is not repeated." in says(card(at))
    at.help.is_archived = False
    press(at, "try_again")
    assert len(replies(at, asked)) == 1
    assert len(at.house.desk.search("Sync").issues) == 1
    assert "Sent by @first-engineer." in says(card(at))
    take_down(table, "a channel that was archived, tried again from the card", at, asked)


def test_what_failed_can_be_left_out(at: Room, table: Table) -> None:
    asked = reported(at)
    at.help.is_archived = True
    press(at, "approve")
    press(at, "leave_out")
    assert "left out" in says(card(at))
    assert replies(at, asked) == []
    take_down(table, "a channel that was archived, left out", at, asked)


def test_a_reply_that_is_nowhere_is_sent_again_by_a_person_alone(at: Room, table: Table) -> None:
    asked = reported(at)
    at.slack.fails("chat.postMessage", LOST)
    press(at, "approve")
    settled(at)
    assert "Not known whether this went out: Reply in the thread" in says(card(at))
    assert replies(at, asked) == []
    press(at, "send_again")
    assert len(replies(at, asked)) == 1
    take_down(table, "a reply that never arrived, sent again from the card", at, asked)


def test_replies_of_several_revisions_that_failed_are_each_left_out_by_their_own_button(at: Room) -> None:
    asked = reported(at)
    for more in ("And it loses files.", "And it eats the disk.", "And it is slow."):
        at.pass_by(minutes=1)
        at.help.says(at.slack.user("user-4821"), more, thread=asked)
        works(at)
        at.help.is_archived = True
        press(at, "approve")
        at.help.is_archived = False
    press(at, "leave_out:2")
    press(at, "leave_out:4")
    states = {step.action.revision: step.state for step in at.house.desk.case("C-1").steps}
    assert (states[3], states[4]) == (OutboxState.FAILED, OutboxState.CANCELLED)


def test_a_press_that_breaks_after_slack_was_answered_is_told_to_who_pressed(at: Room) -> None:
    reported(at)
    access = wiring_slack.slack(at.house.settings)
    assert access is not None
    reception, ready = Reception(at.house.desk, access), threading.Event()
    user, channel = at.colleague(HOLDER).id, at.slack.direct(at.colleague(HOLDER)).id

    def breaks(_press: Press, _who: str) -> None:
        assert ready.wait(20)
        raise RuntimeError("the disk is full")

    do(reception, Press(user=user, case_id="C-1", revision=1, channel=channel), breaks)
    assert "The store is slow." in whispered(at)
    ready.set()
    eventually(lambda: "could not be done; the log says why" in whispered(at))
