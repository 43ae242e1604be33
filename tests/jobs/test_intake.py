"""Intake: every Message finds its Case once, in whatever order and however often it comes."""

from pathlib import Path

from agent.domain.cases import VerdictKind
from agent.domain.messages import Level, Visibility
from tests.builders import ONE, Clock, World, message, world

THREAD = "t-1"


def _open(here: World) -> None:
    here.house.desk.receive([message(thread=THREAD)])
    here.house.drain()


def _said(here: World, case: str = "C-1") -> list[str]:
    return [said.message.id for said in here.house.desk.case(case).messages]


def test_a_reply_that_is_delivered_before_what_it_replies_to_shares_its_case(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message("any news?", id="m-2", thread="m-1")])
        here.house.drain()
        here.house.desk.receive([message("it hangs", id="m-1"), message("still", id="m-3", thread="m-1")])
        here.house.drain()
        assert set(_said(here)) == {"m-1", "m-2", "m-3"}


def test_thanks_in_a_thread_are_kept_and_open_no_revision(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        _open(here)
        here.house.desk.receive([message("thanks!", id="m-2", thread=THREAD)])
        here.house.drain()
        view = here.house.desk.case("C-1")
        assert view.case.open_revision == 1
        assert [said.dropped_reason for said in view.messages] == ["", "thanks and nothing else"]


def test_an_edit_of_thanks_that_still_says_thanks_disturbs_nothing(tmp_path: Path) -> None:
    with world(tmp_path / "home", hold_seconds=5) as here:
        _open(here)
        here.house.desk.receive([message("thanks", id="m-2", thread=THREAD)])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.desk.receive([message("thanks!", id="m-2", thread=THREAD)])
        here.clock.pass_by(seconds=6)
        here.house.drain()
        assert len(here.sent()) == 1


def test_an_edit_before_the_first_reading_is_read_once(tmp_path: Path) -> None:  # T7
    with world(tmp_path / "home") as here:
        here.house.desk.receive([message("it hangs", id="m-1")])
        here.house.desk.receive([message("it hangs and DELETES my files", id="m-1")])
        here.house.drain()
        view = here.house.desk.case("C-1")
        assert view.case.revision == 1
        assert view.messages[0].message.text == "it hangs and DELETES my files"
        assert view.messages[0].earlier_texts == ("it hangs",)


def test_an_edit_opens_the_next_revision(tmp_path: Path) -> None:  # T7
    with world(tmp_path / "home") as here:
        _open(here)
        here.house.desk.receive([message("it deletes my files", thread=THREAD)])
        here.house.drain()
        case = here.house.desk.case("C-1").case
        assert (case.open_revision, case.because) == (2, "an edit by user-1")


def test_the_same_words_delivered_as_stricter_stay_stricter(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        _open(here)
        restricted = Visibility(Level.RESTRICTED)
        for again in (restricted, Visibility(Level.PUBLIC)):
            here.house.desk.receive([message(thread=THREAD, visibility=again)])
            here.house.drain()
        assert here.house.desk.case("C-1").messages[0].message.visibility == restricted


def test_a_colleagues_answer_is_told_and_is_no_part_of_the_report(tmp_path: Path) -> None:  # T20
    with world(tmp_path / "home") as here:
        _open(here)
        answer = message("that is the proxy, we know", id="m-2", thread=THREAD, author="second-engineer")
        here.house.desk.receive([answer])
        here.house.drain()
        row = here.house.desk.waiting()[0]
        assert row.tags == ("a colleague answered",)
        here.house.desk.write_anyway("C-1", "first-engineer")
        here.house.drain()
        row = here.house.desk.inbox()[0]
        assert row.proposal is not None
        assert "the proxy" not in row.proposal.plan[0].body


def test_a_message_whose_intake_is_given_up_counts_as_failed_and_is_tried_again(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        seen = here.house.intake.take
        calls: list[int] = []

        def fail(seq: int) -> None:
            calls.append(seq)
            raise RuntimeError("the disk is full")

        here.house.intake.take = fail  # type: ignore[method-assign]
        here.house.desk.receive([message()])
        for _ in range(6):
            here.house.drain()
            here.clock.pass_by(hours=1)
        line = next(line for line in here.house.desk.sources() if line.seen or line.failed)
        assert line.failed == 1
        here.house.intake.take = seen  # type: ignore[method-assign]
        here.house.sweep.lost()
        here.house.drain()
        assert [row.case.id for row in here.house.desk.inbox()] == ["C-1"]
        assert not any(line.failed for line in here.house.desk.sources())


def test_a_date_in_the_future_makes_no_promise_in_the_future(tmp_path: Path) -> None:
    clock = Clock()
    with world(tmp_path / "home", clock=clock) as here:
        now = clock.at
        clock.pass_by(days=-2)
        here.house.desk.receive([message(sent_at=now)])
        here.house.drain()
        assert here.house.desk.case("C-1").case.first_due_at < now
