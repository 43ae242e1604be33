"""Lists: every Case is on one at all times, and the most urgent are never cut off."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.actions import OutboxState
from agent.domain.assessments import Assessment
from agent.domain.cases import RejectReason, VerdictKind
from agent.errors import Denied, NotFound, Refused, Stale
from agent.jobs.sweep import REST, TIMES
from agent.store import cases
from tests.builders import MONDAY, ONE, World, message, world

THREAD = "t-1"


def test_the_oldest_and_most_urgent_stays_on_top_of_a_thousand(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message(f"it hangs {number}", id=f"m-{number}") for number in range(3)])
        here.house.drain()
        with here.house.store.write() as tx:
            cases.change(tx, 1, priority="P0")
            row = dict(
                here.house.store.db.connect().exec_driver_sql("SELECT * FROM cases").mappings().first()
            )
            names = ", ".join(f'"{name}"' for name in row if name != "number")
            picked = ", ".join(f'"{name}"' for name in row if name not in ("number", "priority"))
            for _ in range(600):
                tx.exec_driver_sql(
                    f"INSERT INTO cases ({picked}, priority) SELECT {picked}, 'P3' FROM cases WHERE number = 2"
                )
            assert names
        inbox = here.house.desk.inbox()
        assert inbox[0].case.id == "C-1"
        assert here.house.desk.counts().inbox == 603
        assert here.house.desk.case("C-1").place == (1, 603)


def test_a_list_acts_on_the_revision_that_it_showed(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message(thread=THREAD)])
        here.house.drain()
        desk.receive([message("URGENT: it deletes our data", id="m-2", thread=THREAD)])
        here.house.drain()
        with pytest.raises(Stale):
            desk.drop("C-1", 1, ONE)
        with pytest.raises(Stale):
            desk.snooze("C-1", here.clock.at + timedelta(days=1), ONE, revision=1)
        assert [row.case.id for row in desk.inbox()] == ["C-1"]


def test_typed_text_stays_until_a_verdict_uses_it(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message(thread=THREAD)])
        here.house.drain()
        desk.correct("C-1", 1, {"priority": "P1"}, ONE, typed="my careful reply")
        here.house.drain()
        desk.receive([message("one more thing", id="m-2", thread=THREAD)])
        here.house.drain()
        assert desk.case("C-1").typed == "my careful reply"
        desk.decide("C-1", 3, VerdictKind.APPROVE, ONE, left_out=[0, 1])
        assert desk.case("C-1").typed is None


def test_a_rejection_with_a_wrong_correction_is_refused_whole(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message()])
        here.house.drain()
        with pytest.raises(Exception, match="p1"):
            desk.decide(
                "C-1",
                1,
                VerdictKind.REJECT,
                ONE,
                reason=RejectReason.JUDGEMENT,
                corrections={"priority": "p1"},
            )
        assert desk.case("C-1").case.open_revision == 1


def test_a_priority_corrected_to_p0_alerts_on_call(tmp_path: Path) -> None:  # A9
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message()])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, corrections={"priority": "P0"})
        here.house.drain()
        assert [line["kind"] for line in here.sent()].count("alert") == 1


def test_undo_leaves_what_was_dropped_dropped(tmp_path: Path) -> None:
    with world(tmp_path / "home", hold_seconds=5) as here:
        desk = here.house.desk
        desk.receive([message(thread=THREAD)])
        here.house.drain()
        desk.receive([message("Build #77 failed on main", id="m-2", thread=THREAD, author="statuspage")])
        here.house.drain()
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        desk.undo("C-1", ONE)
        here.house.drain()
        proposal = desk.case("C-1").proposal
        assert proposal is not None
        assert "Build #77" not in proposal.plan[0].body


def test_search_takes_its_words_as_they_are(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message("it stops at 99% of a_b"), message("nothing like it", id="m-2")])
        here.house.drain()
        for words in ("99%", "a_b"):
            assert [row.case.id for row in here.house.desk.search(words).cases] == ["C-1"]
        assert not here.house.desk.search("\\").cases


def test_a_number_that_no_case_can_have_is_not_found(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here, pytest.raises(NotFound):
        here.house.desk.case("C-" + "9" * 30)


def test_a_case_that_is_not_stuck_is_not_judged_again(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message()])
        here.house.drain()
        with pytest.raises(Refused):
            here.house.desk.retry("C-1", ONE)


def test_a_case_that_got_stuck_is_on_a_list_and_can_be_tried_again(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        assess = here.engine.assess
        here.engine.assess = None  # type: ignore[assignment, method-assign]
        here.house.desk.receive([message()])
        for _ in range(6):
            here.house.drain()
            here.clock.pass_by(hours=1)
        assert [row.tags for row in here.house.desk.waiting()] == [("stuck",)]
        here.engine.assess = assess  # type: ignore[method-assign]
        here.house.desk.retry("C-1", ONE)
        here.house.drain()
        assert [row.case.id for row in here.house.desk.inbox()] == ["C-1"]
        assert not here.house.desk.waiting()


@pytest.mark.usefixtures("each_database")
def test_a_case_that_got_stuck_is_tried_again_by_itself_less_and_less_often(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        assess, here.engine.assess = here.engine.assess, _refuses  # type: ignore[method-assign]
        here.house.desk.receive([message()])
        rests = [timedelta(0), REST / 2, REST / 2, REST, REST]
        assert [_tried(here, rest) for rest in rests] == [True, False, True, False, True]
        here.engine.assess = assess  # type: ignore[method-assign]
        assert _tried(here, 4 * REST)
        assert [row.case.id for row in here.house.desk.inbox()] == ["C-1"]
        assert not _tried(here, 8 * REST)


def test_a_case_that_got_stuck_again_and_again_is_left_to_a_person(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        here.engine.assess = _refuses  # type: ignore[method-assign]
        here.house.desk.receive([message()])
        tried = [_tried(here, REST * 2**at) for at in range(TIMES + 2)]
        assert tried == [True] * (TIMES + 1) + [False]


def _refuses(*_: object) -> Assessment:
    raise Denied("the engine refuses")


def _tried(here: World, rest: timedelta) -> bool:
    """Let a while pass, and what is to be done then be done; tell whether anything was."""
    here.clock.at += rest
    here.house.sweep.lost()
    return here.house.drain() > 0


def test_an_import_does_not_overwrite_what_was_filed_here(tmp_path: Path) -> None:
    from tests.builders import issue

    with world(tmp_path / "home") as here:
        here.house.desk.receive([message()])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        here.house.add_issues([issue(number, "Bump actions/checkout") for number in range(1, 9)])
        step = next(step for step in here.house.desk.case("C-1").steps if step.receipt)
        assert step.state is OutboxState.SENT
        assert [found.title for found in here.house.desk.search("sync stops").issues] == [
            "sync stops after the upgrade"
        ]
        assert MONDAY
