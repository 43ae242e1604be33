"""When much comes at once every surface says how late it is, in the same words."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.cards.card import card
from agent.cards.home import home
from agent.cards.parts import Seen
from agent.domain.figures import Backlog
from agent.domain.views import CaseView
from agent.doors.cli.show import parts
from agent.doors.web.app import build_app
from agent.wording.lateness import backlog
from tests.builders import MONDAY, ONE, World, message, world
from tests.desk.test_figures import only_taken_in, received

TOKEN = "the-token"


def said(here: World, case_id: str) -> dict[str, str]:
    """Return what each surface says of a Case."""
    view = here.house.desk.case(case_id)
    return {"page": page(here, f"/cases/{case_id}"), "card": drawn(here, view), "terminal": shown(here, view)}


def page(here: World, path: str) -> str:
    app = build_app(here.house.desk, token=TOKEN, person=ONE)
    with TestClient(app, base_url="http://127.0.0.1") as browser:
        return re.sub(r"\s+", " ", browser.get(f"{path}?token={TOKEN}").text)


def seen(here: World) -> Seen:
    return Seen(now=here.clock(), zone=here.house.settings.rotation.zone)


def drawn(here: World, view: CaseView) -> str:
    return str(card(view, seen(here)).blocks)


def shown(here: World, view: CaseView) -> str:
    return "\n".join(
        part.text for part in parts(view, here.clock(), here.house.settings.rotation.zone, handles={})
    )


def test_a_case_that_was_judged_late_says_so_on_card_page_and_terminal(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        received(here, 1)
        here.clock.pass_by(minutes=12)
        here.house.drain()
        for surface, words in said(here, "C-1").items():
            assert "judged 12 min after it came" in words, surface


def test_a_case_that_was_judged_at_once_or_begun_anew_by_a_person_says_nothing(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        received(here, 1)
        here.house.drain()
        assert not [surface for surface, words in said(here, "C-1").items() if "after it came" in words]
        here.clock.pass_by(hours=2)
        here.house.desk.correct("C-1", 1, {"type": "feature"}, ONE)
        here.house.drain()
        assert here.house.desk.case("C-1").case.revision == 2
        assert not [surface for surface, words in said(here, "C-1").items() if "after it came" in words]


def test_a_second_message_that_is_judged_at_once_is_not_late(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.house.desk.receive([message(id="m-1")])
        here.house.drain()
        here.clock.pass_by(hours=3)
        here.house.desk.receive([message("and now it crashes", id="m-2", thread="m-1", sent_at=here.clock())])
        here.house.drain()
        assert here.house.desk.case("C-1").case.revision == 2
        assert not [surface for surface, words in said(here, "C-1").items() if "after it came" in words]


def test_a_case_that_is_being_judged_says_how_many_are_before_it(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        for at in range(1, 4):
            received(here, 1, first=at)
            here.clock.pass_by(seconds=1)
        only_taken_in(here)
        for surface, words in said(here, "C-3").items():
            assert "2 wait before it" in words, surface
        for surface, words in said(here, "C-1").items():
            assert "usually 4 s" in words, surface


def test_the_inbox_and_the_home_say_how_much_waits_to_be_judged(tmp_path: Path) -> None:  # S13
    with world(tmp_path) as here:
        received(here, 340)
        assert "to be judged, the first" not in page(here, "/")
        here.clock.pass_by(minutes=12)
        told = "340 wait to be judged, the first for 12 min"
        assert told in page(here, "/")
        assert told in str(home(here.house.desk.home_of(ONE), seen(here)))


@pytest.mark.parametrize(
    ("count", "minutes", "words"),
    [
        (340, 12, "340 wait to be judged, the first for 12 min"),
        (1, 90, "1 waits to be judged, the first for 1 h 30 min"),
        (3, 1, ""),
    ],
)
def test_a_backlog_is_told_from_two_minutes_on(count: int, minutes: int, words: str) -> None:
    found = Backlog(count=count, since=MONDAY)
    assert backlog(found, MONDAY + timedelta(minutes=minutes, seconds=30)) == words
