"""A Case is answered in Slack: the real Bolt app hears signed requests, the real SDK writes to the stand-in.

Here is what must be shown of it: the scenario whose calls are a golden file, and what each fault leads to.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.assessments import CaseType
from agent.domain.cases import CaseState
from agent.domain.messages import SourceUse
from agent.doors.slack import pressing
from tests.fakes.engine import ScriptedEngine
from tests.fakes.slack import Message, Workspace, hands
from tests.fakes.slack.faults import LOST_AFTER
from tests.fakes.slack.room import Room, drawing_room, source
from tests.fakes.slack.state import View
from tests.fakes.slack.transcript import transcript

HOLDER, OTHER, THIRD = 0, 1, 2
GOLDEN = Path(__file__).parent.parent / "data" / "slack" / "answered.txt"
WORDS = "Sync stops after the upgrade to 2.8.2"


def engine() -> ScriptedEngine:
    return ScriptedEngine(CaseType.COMPLEX)


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with drawing_room(tmp_path, slack, engine()) as opened:
        yield opened


def reported(at: Room, text: str = WORDS) -> Message:
    """Let a user report something, and the card be drawn."""
    asked = at.help.says(at.slack.user("user-4821"), text)
    works(at)
    return asked


def works(at: Room) -> None:
    """Let what was pressed be taken, and what follows be done and drawn."""
    at.settle()
    at.settle()


def cards(at: Room, person: int = HOLDER) -> list[Message]:
    direct = at.slack.direct(at.colleague(person))
    return [each for each in direct.in_order if each.is_root and each.blocks]


def card(at: Room, person: int = HOLDER) -> Message:
    """Give the newest card that somebody of the team has."""
    return cards(at, person)[-1]


def says(card: Message) -> str:
    return str(card.blocks)


def press(at: Room, action: str, by: int = HOLDER, on: Message | None = None) -> None:
    hands.click(at.slack, at.colleague(by), on or card(at), action)
    works(at)


def eventually(found: Callable[[], Any]) -> Any:
    """Wait for what another thread tells Slack."""
    until = time.monotonic() + 10
    while not (it := found()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)
    return it


def opened(at: Room, action: str = "edit", by: int = HOLDER) -> View:
    """Press what opens a modal and give the modal."""
    before = set(at.slack.views)
    hands.click(at.slack, at.colleague(by), card(at), action)
    return eventually(lambda: [view for id, view in at.slack.views.items() if id not in before])[-1]


def whispered(at: Room) -> str:
    """Give what was told for one person's eyes, last."""
    return str(eventually(lambda: at.slack.called("chat.postEphemeral"))[-1].args["text"])


def replies(at: Room, asked: Message) -> list[str]:
    return [each.text for each in at.help.replies(asked.ts)]


# What must be shown, 1


def test_from_the_report_to_the_reply_and_the_issue(at: Room) -> None:  # T2 T13 N6
    asked = reported(at)
    hands.choose(at.slack, at.colleague(HOLDER), card(at), "priority", "P1")
    works(at)
    view = opened(at)
    typed = {"reply:1": "It is filed, thank you: {issue.url}", "issue_title": "Sync stops after an upgrade"}
    hands.submit(at.slack, at.colleague(HOLDER), view, typed)
    works(at)

    assert replies(at, asked) == ["It is filed, thank you: example/millrace#L1"]
    filed = at.house.desk.search("Sync stops after an upgrade").issues
    assert [issue.id for issue in filed] == ["example/millrace#L1"]
    case = at.house.desk.case("C-1")
    assert case.verdict is not None
    assert (case.verdict.kind, case.verdict.person) == ("edit", "first-engineer")
    assert case.proposal is not None
    assert case.proposal.corrected == {"priority": "P1"}

    written = transcript(at.slack, at.slack.writes)
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.parent.mkdir(parents=True, exist_ok=True)
        GOLDEN.write_text(written, encoding="utf-8")
    assert written == GOLDEN.read_text(encoding="utf-8"), "WRITE_GOLDEN=1 writes it; read what changed"


# The interactive rows of the fault table, 2


def test_a_button_that_is_pressed_twice_sends_once(at: Room) -> None:
    asked = reported(at)
    shown = card(at)
    for _ in range(2):
        hands.click(at.slack, at.colleague(HOLDER), shown, "approve")
    works(at)
    assert len(replies(at, asked)) == 1
    assert "approved r1" in whispered(at)
    assert "Nothing is done twice." in whispered(at)


def test_of_two_people_one_wins_and_the_other_is_told_alone(at: Room) -> None:
    asked = reported(at)
    shown = card(at)
    press(at, "approve", OTHER, shown)
    at.pass_by(seconds=3)
    press(at, "approve", HOLDER, shown)
    assert len(replies(at, asked)) == 1
    told = eventually(lambda: at.slack.called("chat.postEphemeral"))
    assert [call.args["user"] for call in told] == [at.colleague(HOLDER).id]
    assert "@second-engineer approved r1" in whispered(at)
    assert "Nothing of yours was sent." in whispered(at)
    assert "Sent by @second-engineer." in says(card(at))


def test_two_people_at_the_same_moment_send_once(at: Room) -> None:
    asked = reported(at)
    shown = card(at)
    told = [hands.click(at.slack, at.colleague(by), shown, "approve") for by in (HOLDER, OTHER, THIRD)]
    assert all(each.settled() and each.is_taken for each in told)
    works(at)
    assert len(replies(at, asked)) == 1
    eventually(lambda: len(at.slack.called("chat.postEphemeral")) == 2)


def test_a_click_on_a_card_that_is_behind_sends_nothing_and_says_what_moved(at: Room) -> None:
    asked = reported(at)
    shown = Message(**card(at).__dict__)
    at.help.says(at.slack.user("user-4821"), "Going back does not help.", thread=asked)
    works(at)
    press(at, "approve", on=shown)
    assert replies(at, asked) == ["Going back does not help."]
    assert "Not sent: the thread moved on" in whispered(at)
    assert "“Going back does not help.”" in whispered(at)
    assert "r2" in says(card(at))


def test_a_modal_that_is_behind_keeps_the_text_and_shows_both(at: Room) -> None:
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


def test_a_modal_that_lost_the_race_shows_the_text_that_was_not_sent(at: Room) -> None:
    asked = reported(at)
    view = opened(at)
    press(at, "approve", OTHER)
    hands.submit(at.slack, at.colleague(HOLDER), view, {"reply:1": "Mine, too late."})
    works(at)
    assert replies(at, asked) == ["A new_bug reply. example/millrace#L1"]
    shown = str(at.slack.views[view.id].given)
    assert "@second-engineer approved r1" in shown
    assert "Mine, too late." in shown


def test_a_restart_between_the_click_and_the_send_sends_once(tmp_path: Path, slack: Workspace) -> None:
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


def test_what_was_approved_can_be_taken_back_before_it_leaves(tmp_path: Path, slack: Workspace) -> None:
    with drawing_room(tmp_path, slack, engine(), hold_seconds=5) as at:
        asked = reported(at)
        press(at, "approve")
        press(at, "undo")
        at.pass_by(seconds=60)
        works(at)
        assert replies(at, asked) == []
        assert "r2" in says(card(at))


def test_a_trigger_that_came_too_late_says_what_to_press(at: Room) -> None:
    reported(at)
    at.slack.trigger_seconds = -1.0
    hands.click(at.slack, at.colleague(HOLDER), card(at), "edit")
    assert whispered(at) == "Slack gave up waiting. Press Edit again; nothing is lost."
    at.slack.trigger_seconds = 3.0
    assert opened(at).given["title"]["text"] == "Edit C-1"


def test_a_slow_store_is_not_waited_for_and_what_was_pressed_is_done_once(
    at: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressing, "BUDGET_SECONDS", 0.5)
    asked = reported(at)
    release = threading.Event()

    def holds() -> None:
        with at.house.store.write():
            release.wait(20)

    holding = threading.Thread(target=holds)
    holding.start()
    began = time.monotonic()
    told = hands.click(at.slack, at.colleague(HOLDER), card(at), "approve")
    assert told.settled()
    assert told.is_taken
    assert time.monotonic() - began < 3.0
    assert "The store is slow." in whispered(at)
    release.set()
    holding.join()
    eventually(lambda: at.house.desk.case("C-1").verdict)
    works(at)
    assert len(replies(at, asked)) == 1


def settled(at: Room) -> None:
    """Let the look for what was lost come round."""
    for _ in range(4):
        at.pass_by(minutes=2)
        at.house.sweep.lost()
        works(at)


def test_a_reply_whose_answer_was_lost_stands_once(at: Room) -> None:
    asked = reported(at)
    at.slack.fails("chat.postMessage", LOST_AFTER)
    press(at, "approve")
    settled(at)
    assert len(replies(at, asked)) == 1
    assert "Sent by @first-engineer." in says(card(at))


def test_a_card_whose_answer_was_lost_stands_once(at: Room) -> None:
    at.slack.fails("chat.postMessage", LOST_AFTER)
    reported(at)
    settled(at)
    assert len(cards(at)) == 1
    press(at, "approve")
    assert "Sent by @first-engineer." in says(card(at))


def test_a_redraw_whose_answer_was_lost_is_drawn_again(at: Room) -> None:
    reported(at)
    at.slack.fails("chat.update", LOST_AFTER)
    press(at, "approve")
    settled(at)
    assert "Sent by @first-engineer." in says(card(at))
    assert len(cards(at)) == 1


# Who may, and what else the card can do


def test_one_who_is_no_approver_is_told_who_is_and_it_is_audited(tmp_path: Path, slack: Workspace) -> None:
    with drawing_room(tmp_path, slack, engine()) as plain:
        team = plain.house.settings.team
    from dataclasses import replace

    with drawing_room(tmp_path, slack, engine(), team=replace(team, approvers=())) as at:
        asked = reported(at)
        press(at, "approve", THIRD)
        assert "You are not an approver for #help" in whispered(at)
        assert replies(at, asked) == []
        events = [event.text for event in at.house.desk.case("C-1").history if event.who == "third-engineer"]
        assert events


def test_somebody_who_is_not_of_the_team_does_nothing(at: Room) -> None:
    asked = reported(at)
    hands.click(at.slack, at.slack.user("user-4821"), card(at), "approve")
    works(at)
    assert "nobody in team.yaml has the Slack id" in whispered(at)
    assert replies(at, asked) == []


def test_an_acknowledgement_is_one_click_and_once(at: Room) -> None:  # S5
    asked = reported(at)
    shown = Message(**card(at).__dict__)
    press(at, "acknowledge")
    press(at, "acknowledge", on=shown)
    assert len(replies(at, asked)) == 1
    assert at.house.desk.case("C-1").case.first_response_at is not None
    assert "acknowledged already" in whispered(at)
    assert "'acknowledge'" not in says(card(at))


def test_a_case_is_handed_over_and_its_new_owner_has_the_card(at: Room) -> None:  # A1
    reported(at)
    hands.choose(at.slack, at.colleague(HOLDER), card(at), "more", "hand_over")
    view = eventually(lambda: list(at.slack.views.values()))[-1]
    hands.submit(at.slack, at.colleague(HOLDER), view, {"choice": "second-engineer"})
    works(at)
    assert at.house.desk.case("C-1").case.owner == "second-engineer"
    assert at.colleague(OTHER).id in says(card(at, OTHER))


def test_a_case_is_snoozed_until_a_time_and_woken(at: Room) -> None:
    reported(at)
    view = opened(at, "snooze")
    hands.submit(at.slack, at.colleague(HOLDER), view, {"choice": "hour"})
    works(at)
    assert at.house.desk.case("C-1").case.state is CaseState.SNOOZED
    assert "Snoozed until" in says(card(at))
    press(at, "wake")
    assert at.house.desk.case("C-1").case.state is CaseState.WAITING_ON_US


def test_a_rejection_asks_why_and_sends_nothing(at: Room) -> None:
    asked = reported(at)
    hands.choose(at.slack, at.colleague(HOLDER), card(at), "more", "reject")
    view = eventually(lambda: list(at.slack.views.values()))[-1]
    hands.submit(at.slack, at.colleague(HOLDER), view, {"choice": "not_ours"})
    works(at)
    assert replies(at, asked) == []
    assert "rejected r1" in says(card(at))


def test_the_team_is_asked_and_the_question_has_its_context(at: Room) -> None:  # T26
    reported(at)
    hands.choose(at.slack, at.colleague(HOLDER), card(at), "more", "ask")
    view = eventually(lambda: list(at.slack.views.values()))[-1]
    hands.submit(at.slack, at.colleague(HOLDER), view, {"words": "Is that the watcher?"})
    works(at)
    asked = at.channel("triage-bugs").texts[-1]
    assert "Is that the watcher?" in asked


def test_a_reply_with_a_sentence_that_has_no_source_is_checked_first(at: Room) -> None:
    asked = reported(at)
    view = opened(at)
    answered = hands.submit(at.slack, at.colleague(HOLDER), view, {"reply:1": None}, keep=True)
    assert answered.answer["response_action"] == "errors"
    assert "The reply is empty" in answered.answer["errors"]["reply:1"]
    assert replies(at, asked) == []


def test_an_issue_with_what_may_not_be_read_there_is_refused_and_the_text_stays(at: Room) -> None:  # A2
    reported(at)
    view = opened(at)
    typed = {"issue_body:1": "They wrote from someone@customer-a.test about it"}
    answered = hands.submit(at.slack, at.colleague(HOLDER), view, typed, keep=True)
    assert answered.answer["response_action"] == "errors"
    assert "mail address" in str(answered.answer["errors"])


def test_a_home_is_drawn_when_it_is_opened(at: Room) -> None:
    reported(at)
    at.slack.forget()
    hands.open_home(at.slack, at.colleague(HOLDER))
    home = eventually(lambda: at.slack.called("views.publish"))[-1].args["view"]
    assert WORDS in str(home)
    hands.open_home(at.slack, at.slack.user("user-4821"))
    eventually(lambda: "nobody in team.yaml" in str(at.slack.called("views.publish")[-1].args))


def test_review_on_the_home_opens_the_case(at: Room) -> None:
    reported(at)
    home = at.slack.homes[at.colleague(HOLDER).id]
    hands.click(at.slack, at.colleague(HOLDER), home, "review")
    view = eventually(lambda: list(at.slack.views.values()))[-1]
    assert view.given["title"]["text"] == "Edit C-1"


def test_the_search_of_the_modal_finds_issues_of_the_project(at: Room) -> None:
    reported(at)
    press(at, "approve")
    reported(at, "Uploads fail with 503")
    view = opened(at)
    found = hands.suggest(at.slack, at.colleague(HOLDER), view, "another", "Sync stops")
    assert [each["value"] for each in found.answer["options"]] == ["example/millrace#L1"]


def test_a_long_reply_stands_below_the_card_before_it_can_be_approved(
    tmp_path: Path, slack: Workspace
) -> None:
    long = "\n\n".join(f"Paragraph {n} of a long answer, with some words in it." for n in range(400))
    with drawing_room(tmp_path, slack, engine()) as at:
        reported(at)
        view = opened(at)
        at.house.desk.correct("C-1", 1, {"priority": "P1"}, "first-engineer", typed=long)
        works(at)
        assert view
        assert "A text typed on an earlier revision is kept" in says(card(at))


def test_a_deleted_card_is_posted_anew_while_its_case_waits(at: Room) -> None:
    reported(at)
    first = card(at)
    at.slack.direct(at.colleague(HOLDER)).deletes(first)
    hands.open_home(at.slack, at.colleague(HOLDER))
    at.help.says(at.slack.user("user-4821"), "Anybody?", thread=at.help.in_order[0])
    works(at)
    works(at)
    assert [each.ts for each in cards(at)] != [first.ts]
    assert len(cards(at)) == 1


def test_drafts_are_shown_and_never_sendable_where_the_source_says_so(
    tmp_path: Path, slack: Workspace
) -> None:
    with ExitStack() as stack:
        help_ = source(slack, "help", sends=False, use=SourceUse.SUPPORT)
        at = stack.enter_context(drawing_room(tmp_path, slack, engine(), sources=(help_,)))
        asked = reported(at)
        assert "stays out" in says(card(at))
        press(at, "approve")
        assert replies(at, asked) == []


def test_a_p0_is_told_on_call_at_once_and_at_night_the_card_waits(tmp_path: Path, slack: Workspace) -> None:
    from agent.domain.assessments import Factor, FactorKind
    from tests.builders import MONDAY, Clock

    night = Clock(MONDAY + timedelta(hours=14))
    scripted = ScriptedEngine(CaseType.COMPLEX, (Factor(kind=FactorKind.OUTAGE, record="3 customers"),))
    with drawing_room(tmp_path, slack, scripted, clock=night) as at:
        reported(at, "Uploads answer 503 for every project")
        assert any("P0" in text for text in at.channel("on-call").texts)
        assert cards(at) == []
        at.pass_by(hours=10)
        works(at)
        assert "without waiting for you" in says(card(at))
