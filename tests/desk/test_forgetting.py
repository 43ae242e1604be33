"""Somebody asks to be forgotten: their words are gone from every file of the home, others' stay."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.domain.cases import CaseState, VerdictKind
from agent.domain.messages import Named
from agent.errors import NotFound, Refused
from agent.store import arrivals, issues, people
from agent.store.tables import cases, contacts, events, reporters
from agent.store.tables import messages as message_rows
from tests.builders import HELP, MONDAY, ONE, PROJECT, World, issue, message
from tests.cards.test_card import drawn, text
from tests.jobs.planted import THEM, WORDS, answered, found_in, house, texts_of

each_database = pytest.mark.usefixtures("each_database")


def furnished(at: World) -> None:
    """Let them write, file, report and be named; somebody else writes, too, and they write in that thread."""
    answered(at)
    desk = at.house.desk
    desk.receive([message("the console is white", id="m-8", author="user-8")])
    at.house.drain()
    desk.receive([message("narwhalic here as well", id="m-9", author=THEM, thread="m-8")])
    desk.receive([message(f"as {THEM} says, it is slow", id="m-10", author="user-10")])
    desk.receive([message("thanks!", id="m-11", author=THEM, thread="m-8")])
    at.house.drain()
    with at.house.store.write() as tx:
        theirs = issue(7, "the wombatite breaks", author=THEM, body="quokkaphone")
        issues.upsert(tx, [theirs, issue(8, "another", author="user-8")])
        issues.report(tx, theirs.id, HELP, THEM, 1, at.clock())
        arrivals.add_turn(tx, _closed_by_them(), at.clock())
        people.keep(tx, "slack:U7", Named(name="somebody else"), at.clock())


def _closed_by_them():  # type: ignore[no-untyped-def]
    from agent.domain.arrivals import Turn, TurnKind

    return Turn(kind=TurnKind.CLOSED, source=HELP, message="m-1", at=MONDAY, who=THEM)


@each_database
def test_a_contact_is_forgotten_in_every_file_of_the_home(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        furnished(at)
        at.house.take_in()
        kept = tmp_path / "evals" / "datasets" / "ours.jsonl"
        kept.parent.mkdir(parents=True)
        kept.write_text('{"case": "C-1", "text": "quokkaphone"}\n{"case": "C-77", "text": "other"}\n')
        before = found_in(tmp_path, (THEM, *WORDS))
        assert {"outbox.jsonl", "ours.jsonl"} <= set(before)
        done = at.house.desk.forget(THEM, ONE)
        assert done.traces.cases == ("C-1",)
        assert done.traces.beside == ("C-2",)
        assert done.lines >= 1
        assert done.cases_kept == 1
        at.house.drain()
        assert not any(THEM in line for line in _lines_of_others(at, but="m-10"))
        with at.house.store.read() as tx:
            held = {
                name: text
                for name, text in texts_of(tx)
                if any(each in text.lower() for each in (THEM, *WORDS))
            }
        assert set(held) <= {"messages.text", "cases.title", "proposals.payload", "findings.found"}
        assert all(f"as {THEM} says" in text for text in held.values()), "others' words are theirs"
    left = found_in(tmp_path, WORDS)
    assert left == {}, left


def _lines_of_others(at: World, but: str) -> list[str]:
    with at.house.store.read() as tx:
        return list(tx.scalars(sa.select(message_rows.c.author).where(message_rows.c.id != but)))


@each_database
def test_what_is_counted_and_decided_stays_under_an_alias(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        furnished(at)
        with at.house.store.read() as tx:
            reported = issues.reporters_of(tx, [f"{PROJECT}#7"])
        done = at.house.desk.forget(THEM, ONE)
        alias = done.traces.alias
        assert re.fullmatch(r"removed-\d+", alias)
        with at.house.store.read() as tx:
            assert issues.reporters_of(tx, [f"{PROJECT}#7"]) == reported
            assert tx.scalar(sa.select(cases.c.author).where(cases.c.number == 1)) == alias
            assert THEM not in set(tx.scalars(sa.select(contacts.c.name)))
            assert alias in set(tx.scalars(sa.select(reporters.c.author)))
            told = tx.execute(sa.select(events).where(events.c.what == "forgotten")).one()
        assert (told.who, told.case) == (ONE, None)
        assert THEM not in told.text
        verdict = at.house.desk.case("C-1").verdict
        assert verdict is not None
        assert verdict.person == ONE


@each_database
def test_the_index_finds_their_issue_by_its_words_no_more(tmp_path: Path) -> None:
    from agent.ports import Query

    asked = Query(project=PROJECT, title="wombatite", text="quokkaphone", before=MONDAY + timedelta(days=1))
    with house(tmp_path, days=None) as at:
        furnished(at)
        index = at.house.ports.index
        assert f"{PROJECT}#7" in [each.issue_id for each in index.search(asked).candidates]
        at.house.desk.forget(THEM, ONE)
        assert f"{PROJECT}#7" not in [each.issue_id for each in index.search(asked).candidates]


@each_database
def test_a_case_of_somebody_else_is_judged_again_without_their_words(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        furnished(at)
        before = at.house.desk.case("C-2")
        assert before.proposal is not None
        assert "narwhalic" in str(before.proposal)
        at.house.desk.forget(THEM, ONE)
        at.house.drain()
        after = at.house.desk.case("C-2")
        assert after.case.open_revision == before.case.revision + 1
        assert after.proposal is not None
        assert "narwhalic" not in str(after)
        assert "white" in str(after.proposal)


@each_database
def test_a_case_of_theirs_that_waited_waits_no_more_and_judging_brings_nothing_back(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        at.house.desk.receive([message("the quokkaphone hangs", author=THEM)])
        at.house.drain()
        assert at.house.desk.inbox()
        at.house.desk.forget(THEM, ONE)
        at.house.journey.travel(1, 1)  # a job of before, that is worked again
        at.house.sweep.lost()
        at.house.drain()
        assert not at.house.desk.inbox()
        assert at.house.desk.case("C-1").case.state is CaseState.TRIAGED_OUT
    assert found_in(tmp_path, ("quokkaphone",)) == {}


def test_nothing_is_removed_while_something_is_about_to_leave(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        at.house.desk.receive([message("the quokkaphone hangs", author=THEM)])
        at.house.drain()
        at.house.desk.pause(None, ONE)
        at.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        with pytest.raises(Refused, match="C-1 is about to leave"):
            at.house.desk.forget(THEM, ONE)
        assert "quokkaphone" in str(at.house.desk.case("C-1"))
        at.house.desk.undo("C-1", ONE)
        at.house.drain()
        at.house.desk.forget(THEM, ONE)


@each_database
def test_somebody_who_never_wrote_is_not_found_and_two_of_one_name_are_told_apart(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        with pytest.raises(NotFound):
            at.house.desk.forget("nobody-here", ONE)
        with at.house.store.write() as tx:
            for id in ("U-70", "U-71"):
                people.keep(tx, id, Named(name="sam"), MONDAY)
        at.house.desk.receive(
            [message("hello there, it hangs", author="U-70"), message("me too", id="m-2", author="U-71")]
        )
        at.house.drain()
        with pytest.raises(Refused, match="U-70, U-71"):
            at.house.desk.traces("sam")
        found = at.house.desk.traces("u-70")
        assert (found.names, found.cases) == (("U-70",), ("C-1",))
        at.house.desk.forget("U-70", ONE)
        with at.house.store.read() as tx:
            assert set(people.of(tx, ["U-70", "U-71"])) == {"U-71"}


def test_forgetting_twice_finds_nobody_the_second_time(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        answered(at)
        at.house.desk.forget(THEM, ONE)
        with pytest.raises(NotFound):
            at.house.desk.forget(THEM, ONE)
        at.house.desk.receive(
            [message("the quokkaphone is narwhalic on Sunday", author=THEM, title="quokkaphone")]
        )
        at.house.drain()
        assert found_in(tmp_path, ("quokkaphone",)) == {}, "reading the place again brings nothing back"


def test_the_card_of_a_case_without_words_can_be_drawn(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        answered(at)
        at.house.desk.forget(THEM, ONE)
        shown = text(drawn(at.house.desk.case("C-1")))
        assert "Removed on request" in shown
        assert not [word for word in WORDS if word in shown]
