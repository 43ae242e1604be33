"""A card over the life of its Case: long replies, P0, night, a colleague who answers; by clicks over real requests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.assessments import CaseType, Factor, FactorKind
from agent.domain.cases import CaseState
from agent.domain.made import StoodIn
from agent.domain.messages import ReplyBy
from agent.domain.proposals import Draft
from agent.domain.reports import Brief
from agent.settings import SignInPlace
from tests.builders import MONDAY, Clock
from tests.cards.reading import exact
from tests.doors.slack_cards import (
    HOLDER,
    OTHER,
    as_seen,
    card,
    cards,
    engine,
    press,
    replies,
    reported,
    says,
    works,
)
from tests.fakes.engine import ScriptedEngine
from tests.fakes.slack import Workspace, hands
from tests.fakes.slack.faults import LOST_AFTER, slow
from tests.fakes.slack.room import SECRETS, Room, drawing_room, source
from tests.fakes.views import SETTINGS
from tests.together import at_once


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with drawing_room(tmp_path, slack, engine()) as opened:
        yield opened


class Lengthy(ScriptedEngine):
    """Writes more than a card holds."""

    def draft(self, brief: Brief) -> Draft:
        text = "\n\n".join(
            f"This is a long answer, with some {'more ' * (n % 5)}words in it." for n in range(370)
        )
        return replace(super().draft(brief), text=text)


def test_a_long_reply_stands_below_the_card_before_it_can_be_approved(
    tmp_path: Path, slack: Workspace
) -> None:
    with drawing_room(tmp_path, slack, Lengthy(CaseType.COMPLEX)) as at:
        reported(at)
        works(at)
        shown = card(at)
        below = shown.channel.replies(shown.ts)
        assert "2 more parts below" in says(shown)
        assert len(below) == 2
        methods = [call.method for call in slack.writes if call.method.startswith("chat.")]
        assert methods == ["chat.postMessage", "chat.postMessage", "chat.postMessage", "chat.update"]
        first = slack.called("chat.postMessage")[0].args["blocks"]
        assert "actions" not in [block["type"] for block in first]
        whole = exact(shown.blocks) + "".join(exact(each.blocks) for each in below)
        proposal = at.house.desk.case("C-1").proposal
        assert proposal is not None
        assert proposal.draft is not None
        assert whole == proposal.draft.text

        press(at, "approve")
        assert len(shown.channel.replies(shown.ts)) == 2


def test_a_part_whose_answer_was_lost_stands_once(tmp_path: Path, slack: Workspace) -> None:
    with drawing_room(tmp_path, slack, Lengthy(CaseType.COMPLEX)) as at:
        slack.fails("chat.postMessage", LOST_AFTER, skip=1)
        reported(at)
        for _ in range(3):
            at.pass_by(minutes=2)
            works(at)
        shown = card(at)
        assert len(shown.channel.replies(shown.ts)) == 2
        assert "Approve &amp; send" in says(shown) or "Approve & send" in says(shown)


def test_of_two_processes_that_draw_a_long_reply_at_once_each_part_stands_once(
    tmp_path: Path, slack: Workspace
) -> None:
    with drawing_room(tmp_path, slack, Lengthy(CaseType.COMPLEX)) as at, ThreadPoolExecutor(2) as processes:
        reported(at)
        works(at)
        shown, surface = card(at), at.house.showing.surface
        assert surface is not None
        for part in shown.channel.replies(shown.ts):
            shown.channel.deletes(part)
        slack.fails("chat.postMessage", slow(0.5), times=2)  # both have looked before either posts
        view, place = at.house.desk.case("C-1"), f"{shown.channel.id}/{shown.ts}"
        posted_before = len(slack.called("chat.postMessage"))
        at_once(processes, [lambda: surface.redraw(place, view, "")] * 2)
        assert len(slack.called("chat.postMessage")) - posted_before > 2
        assert len(shown.channel.replies(shown.ts)) == 2


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
    help_ = source(slack, "help", sends=False)
    with drawing_room(tmp_path, slack, engine(), sources=(help_,)) as at:
        asked = reported(at)
        assert "stays out" in says(card(at))
        press(at, "approve")
        assert replies(at, asked) == []


def test_a_p0_is_taken_by_its_holder_and_the_card_says_so(tmp_path: Path, slack: Workspace) -> None:  # A1 A9
    scripted = ScriptedEngine(CaseType.COMPLEX, (Factor(kind=FactorKind.OUTAGE, record="3 customers"),))
    with drawing_room(tmp_path, slack, scripted) as at:
        reported(at, "Uploads answer 503 for every project")
        shown = as_seen(at)
        press(at, "take")
        press(at, "take", on=shown)
        assert "@first-engineer took it at" in says(card(at))
        taken = [event for event in at.house.desk.case("C-1").history if event.what == "taken"]
        assert [event.who for event in taken] == ["first-engineer"]


class StandIn(ScriptedEngine):
    """Answers in Claude's place until it is told not to."""

    is_in_place = True

    def draft(self, brief: Brief) -> Draft:
        made = super().draft(brief)
        if not self.is_in_place:
            return made
        instead = StoodIn(engine="claude", why="overloaded", tries=3, until=MONDAY)
        return replace(made, made=replace(made.made, engine="embedded", instead=instead))


def test_where_the_embedded_engine_stood_in_claude_is_asked_again_at_a_click(
    tmp_path: Path, slack: Workspace
) -> None:
    scripted = StandIn(CaseType.COMPLEX)
    keys = dict.fromkeys([*SECRETS, "SLACK_API_URL", "ANTHROPIC_API_KEY"], True)
    external = {**SETTINGS.external, **keys}
    with drawing_room(tmp_path, slack, scripted, external=external) as at:
        reported(at)
        assert "Claude did not answer (overloaded, 3 tries until" in says(card(at))
        scripted.is_in_place = False
        press(at, "ask_again")
        works(at)
        assert "Claude did not answer" not in says(card(at))
        assert at.house.desk.case("C-1").case.revision == 2


def test_a_p0_is_told_on_call_at_once_and_at_night_the_card_waits(tmp_path: Path, slack: Workspace) -> None:
    night = Clock(MONDAY + timedelta(hours=14))
    scripted = ScriptedEngine(CaseType.COMPLEX, (Factor(kind=FactorKind.OUTAGE, record="3 customers"),))
    with drawing_room(tmp_path, slack, scripted, clock=night) as at:
        reported(at, "Uploads answer 503 for every project")
        assert any("P0" in text for text in at.channel("on-call").texts)
        assert cards(at) == []
        at.pass_by(hours=10)
        works(at)
        assert "without waiting for you" in says(card(at))


def test_a_card_leads_to_the_inbox_where_others_can_reach_it(tmp_path: Path, slack: Workspace) -> None:
    place = SignInPlace(client_id="1.2", workspace="T0TEAM", url="https://triage.example.com")
    with drawing_room(tmp_path, slack, engine(), signs_in=place) as at:
        reported(at)
        assert "https://triage.example.com/cases/C-1" in says(card(at))


def test_a_colleagues_answer_withdraws_the_reply_and_the_card_says_what_can_be_done(at: Room) -> None:  # T20
    asked = reported(at)
    at.help.says(at.colleague(OTHER), "That is #412, raise the limit.", thread=asked)
    works(at)
    said = says(card(at))
    assert "A colleague answered" in said
    assert "That is #412, raise the limit." in said
    assert "This reply is withdrawn." in said
    assert "A new_bug reply" not in said
    press(at, "write_anyway")
    works(at)
    assert "A new_bug reply" in says(card(at))
    press(at, "approve")
    assert len(replies(at, asked)) == 2


def test_a_case_that_a_colleague_answered_waits_on_them_at_a_click(at: Room) -> None:  # T20
    asked = reported(at)
    at.help.says(at.colleague(OTHER), "That is #412, raise the limit.", thread=asked)
    works(at)
    press(at, "waiting_on_them")
    assert at.house.desk.case("C-1").case.state is CaseState.WAITING_ON_THEM
    assert "Nothing waits here." in says(card(at))


def test_a_reply_that_is_copied_by_hand_is_tracked_as_sent_at_a_click(  # T8
    tmp_path: Path, slack: Workspace
) -> None:
    theirs = source(slack, "help", reply_by=ReplyBy.HAND)
    with drawing_room(tmp_path, slack, engine(), sources=(theirs,)) as at:
        asked = reported(at)
        press(at, "approve")
        said = says(card(at))
        assert "Copy the reply to #help yourself, then say so here." in said
        assert "A new_bug reply" in said
        press(at, "it_is_there")
        assert replies(at, asked) == []
        assert "Sent by @first-engineer." in says(card(at))
