"""A Case is answered in Slack: the real Bolt app hears signed requests, the real SDK writes to the stand-in."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain.assessments import CaseType
from agent.domain.cases import CaseState
from agent.domain.proposals import Claim, Draft
from agent.domain.reports import Brief
from tests.doors.slack_cards import (
    HOLDER,
    THIRD,
    WORDS,
    as_seen,
    card,
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
from tests.fakes.engine import ScriptedEngine
from tests.fakes.slack import Workspace, hands
from tests.fakes.slack.room import Room, drawing_room
from tests.fakes.slack.transcript import transcript

GOLDEN = Path(__file__).parent.parent / "data" / "slack" / "answered.txt"


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with drawing_room(tmp_path, slack, engine()) as opened:
        yield opened


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


def test_one_who_is_no_approver_is_told_who_is_and_it_is_audited(tmp_path: Path, slack: Workspace) -> None:
    with drawing_room(tmp_path, slack, engine()) as plain:
        team = plain.house.settings.team
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
    shown = as_seen(at)
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
    hands.submit(at.slack, at.colleague(HOLDER), view, {"choice": "third-engineer"})
    works(at)
    assert at.house.desk.case("C-1").case.owner == "third-engineer"
    assert f"<@{at.colleague(THIRD).id}>" in says(card(at, THIRD))


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


class Unsourced(ScriptedEngine):
    """Says something that rests on nothing."""

    def draft(self, brief: Brief) -> Draft:
        made = super().draft(brief)
        guess = "The limit is 8192."
        return replace(made, text=f"{made.text} {guess}", claims=(Claim(text=guess),))


def test_a_sentence_without_a_source_is_checked_before_it_is_sent(tmp_path: Path, slack: Workspace) -> None:
    with drawing_room(tmp_path, slack, Unsourced(CaseType.COMPLEX)) as at:
        asked = reported(at)
        view = opened(at, "check")
        first = hands.submit(at.slack, at.colleague(HOLDER), view, keep=True)
        assert "1 sentence has no source" in first.answer["errors"]["keep:0"]
        assert replies(at, asked) == []
        ticked = [each["value"] for each in view.given["blocks"][0]["element"]["options"]]
        hands.submit(at.slack, at.colleague(HOLDER), view, {"keep:0": ticked})
        works(at)
        assert "The limit is 8192." in replies(at, asked)[0]
        verdict = at.house.desk.case("C-1").verdict
        assert verdict is not None
        assert verdict.note == "kept without a source: 1 sentence"


def test_a_sentence_that_the_person_wrote_asks_for_its_own_tick_and_nothing_typed_is_lost(at: Room) -> None:
    asked = reported(at)
    view = opened(at)
    typed = {"reply:1": "Thanks. Run mill watch --force to go on.", "issue_title": "Watcher stops"}
    typed |= {"priority": "P3"}
    first = hands.submit(at.slack, at.colleague(HOLDER), view, typed, keep=True)
    assert first.answer["response_action"] == "update"
    assert "1 sentence has no source. “Run mill watch --force to go on.”" in str(view.given["blocks"][0])
    assert replies(at, asked) == []
    box = next(block for block in view.given["blocks"] if block.get("block_id") == "keep:0")
    assert "In no source: " in str(box)
    again = hands.submit(at.slack, at.colleague(HOLDER), view, keep=True)
    assert again.answer["response_action"] == "update"
    ticked = [each["value"] for each in box["element"]["options"]]
    hands.submit(at.slack, at.colleague(HOLDER), view, {"keep:0": ticked})
    works(at)
    assert replies(at, asked) == ["Thanks. Run mill watch --force to go on."]
    case = at.house.desk.case("C-1")
    assert case.verdict is not None
    assert case.verdict.note == "kept without a source: 1 sentence"
    assert case.verdict.corrections == {"priority": "P3"}
    assert case.verdict.issue_title == "Watcher stops"


def test_an_empty_reply_is_not_sent_and_the_modal_stays(at: Room) -> None:
    asked = reported(at)
    view = opened(at)
    answered = hands.submit(at.slack, at.colleague(HOLDER), view, {"reply:1": None}, keep=True)
    assert answered.answer["response_action"] == "errors"
    assert "The reply is empty" in answered.answer["errors"]["reply:1"]
    assert replies(at, asked) == []


def test_an_issue_with_what_may_not_be_read_there_is_refused_and_the_text_stays(at: Room) -> None:  # A2
    reported(at)
    view = opened(at)
    typed = {"issue_body:1": "They use the key " + "AKIA" + "ABCDEFGH12345678"}
    answered = hands.submit(at.slack, at.colleague(HOLDER), view, typed, keep=True)
    assert answered.answer["response_action"] == "errors"
    assert "holds a secret" in str(answered.answer["errors"])


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
    at.pass_by(minutes=5)
    works(at)
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
