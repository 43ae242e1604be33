"""People in Slack are shown by the names that Slack has for them; where it has none to give, by their id."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.domain.assessments import CaseType
from agent.domain.issues import Issue
from agent.domain.jobs import Job
from agent.doors.cli.show import parts
from agent.store.tables import people
from agent.wiring_slack import reading
from tests.doors.slack_cards import card, cards, eventually, press, reported, says, works
from tests.doors.web import browser
from tests.fakes.engine import ScriptedEngine
from tests.fakes.slack import Message, Workspace, hands
from tests.fakes.slack.faults import SERVER_ERROR, rate_limited
from tests.fakes.slack.room import Room, drawing_room


@pytest.fixture
def at(tmp_path: Path, slack: Workspace) -> Iterator[Room]:
    with drawing_room(tmp_path, slack, ScriptedEngine(CaseType.COMPLEX)) as opened:
        yield opened


def asks(at: Room) -> list[str]:
    """Give whose names Slack was asked for."""
    return [str(call.args["user"]) for call in at.slack.called("users.info")]


def hears(at: Room, name: str, text: str, **more: object) -> Message:
    asked = at.help.says(at.slack.user(name, **more), text)
    works(at)
    return asked


def page(at: Room) -> str:
    return browser(at.house.desk).get("/cases/C-1").text  # type: ignore[arg-type]


def terminal(at: Room) -> str:
    view = at.house.desk.case("C-1")
    return "\n".join(part.text for part in parts(view, at.clock(), at.house.settings.rotation.zone, {}))


def filed(at: Room) -> list[Issue]:
    return list(at.house.desk.search("sync").issues)


def test_web_terminal_card_and_issue_name_who_wrote_and_whom_they_mention(at: Room) -> None:
    other = at.slack.user("ben")
    writer = at.slack.user("ada")
    hears(at, "ada", f"sync stops, ask <@{other.id}>")
    view = at.house.desk.case("C-1")
    assert view.messages[0].message.text == "sync stops, ask @ben"
    assert view.case.author == writer.id  # what tells people apart
    assert "Message from ada in #help" in view.history[0].text
    for shown in (page(at), terminal(at), says(card(at))):
        assert "ada" in shown
        assert "sync stops, ask @ben" in shown
        assert writer.id not in shown
        assert other.id not in shown
    press(at, "approve")
    assert [issue.title for issue in filed(at)] == ["sync stops, ask ben"]  # an Issue calls nobody
    assert writer.id not in str(filed(at))
    assert sorted(asks(at)) == sorted({writer.id, other.id})


def test_lists_and_homes_name_them_too_and_a_search_by_name_finds_them(at: Room) -> None:
    writer = at.slack.user("ada")
    reported(at)
    hears(at, "ada", "the installer hangs")
    hands.open_home(at.slack, at.colleague(0))
    home = json.dumps(eventually(lambda: at.slack.called("views.publish"))[-1].args["view"])
    assert "#help, ada" in home
    assert writer.id not in home
    assert [row.author for row in at.house.desk.search("ada").cases] == ["ada"]
    inbox = browser(at.house.desk).get("/").text  # type: ignore[arg-type]
    assert "<bdi>ada</bdi>" in inbox
    assert writer.id not in inbox


@pytest.mark.parametrize(
    ("who", "told"),
    [({"is_guest": True}, "ada (a guest)"), ({"elsewhere": "T0OTHER"}, "ada (of another workspace)")],
)
def test_a_guest_and_one_of_another_workspace_are_named_so_once(
    at: Room, who: dict[str, object], told: str
) -> None:
    hears(at, "ada", "sync stops", **who)
    shown = says(card(at))
    assert told in shown
    assert f"{told} (" not in shown


def test_a_name_is_asked_for_once_however_often_its_person_writes(at: Room) -> None:
    first = hears(at, "ada", "sync stops")
    at.help.says(at.slack.user("ada"), "on Linux", thread=first)
    works(at)
    hears(at, "ada", "the installer hangs too, it is another problem")
    assert asks(at) == [at.slack.user("ada").id]


@pytest.mark.parametrize("fault", [SERVER_ERROR, rate_limited(30)])
def test_a_name_that_cannot_be_had_leaves_the_id_and_is_asked_for_when_they_write_again(
    at: Room, fault: object
) -> None:
    at.slack.fails("users.info", fault, times=9)  # type: ignore[arg-type]
    writer = at.slack.user("ada")
    first = hears(at, "ada", "sync stops")
    assert writer.id in says(card(at))
    assert len(asks(at)) == 1  # nothing waits for a name
    at.slack.planned.clear()
    at.help.says(writer, "still", thread=first)
    works(at)
    assert len(asks(at)) == 1  # a place that does not answer rests
    at.pass_by(minutes=2)
    at.help.says(writer, "anybody?", thread=first)
    works(at)
    assert writer.id not in says(card(at))
    assert len(cards(at)) == 1


def test_a_name_that_was_learned_later_makes_no_edit_of_what_is_read_again(at: Room) -> None:
    house, other = at.house, at.slack.user("ben")
    reads = reading(house.settings, house.store, house.ports.queue, at.clock)
    reads.once()
    at.slack.fails("users.info", SERVER_ERROR, times=2)
    at.pass_by(seconds=30)
    hears(at, "ada", f"sync stops, ask <@{other.id}>")
    assert house.desk.case("C-1").messages[0].message.text == f"sync stops, ask @{other.id}"
    at.slack.planned.clear()
    at.pass_by(minutes=1.5)
    hears(at, "ben", "the installer hangs, it is another problem")
    assert other.id in asks(at)
    at.pass_by(seconds=10)
    reads.once()
    works(at)
    view = house.desk.case("C-1")
    assert view.case.revision == 1
    assert view.messages[0].earlier_texts == ()


def test_an_id_that_nobody_has_is_asked_for_once(at: Room) -> None:
    first = hears(at, "ada", "see @UTF8 and @U0GONE in the log")
    at.help.says(at.slack.user("ada"), "@UTF8 again", thread=first)
    works(at)
    assert sorted(asks(at)) == sorted(["U0GONE", "UTF8", at.slack.user("ada").id])
    assert "@UTF8" in at.house.desk.case("C-1").messages[0].message.text


def test_a_report_that_is_taken_again_after_a_crash_keeps_the_words_that_were_judged(at: Room) -> None:
    other = at.slack.user("ben")
    at.slack.fails("users.info", SERVER_ERROR, times=1)
    hears(at, "ada", f"sync stops, ask <@{other.id}>")
    at.slack.planned.clear()
    at.pass_by(minutes=2)
    at.house.intake.take(1)
    with at.house.store.read() as tx:
        known = set(tx.scalars(sa.select(people.c.id)))
    assert other.id in known
    assert at.house.desk.case("C-1").messages[0].message.text == f"sync stops, ask @{other.id}"
    with at.house.store.write() as tx:
        at.house.ports.queue.enqueue(Job.intake("slack:C1", "x", 1), tx)
    works(at)
    assert at.house.desk.case("C-1").case.revision == 1
