"""Corrections as cases: the words of then, redacted, each report once, accepted by a person (N6)."""

import json
from pathlib import Path

import pytest

from agent.domain.assessments import CaseType
from agent.domain.cases import RejectReason, VerdictKind
from agent.errors import NotFound
from evals.datasets import shelf_of
from evals.harvest.finding import Found, found
from evals.harvest.kept import Kept, choose
from evals.harvest.settled import Settled, settled
from tests.builders import ONE, TWO, World, issue, message, world
from tests.fakes.engine import ScriptedEngine

KNOWN = ScriptedEngine(likeness=lambda report, issue: 0.9 if "sync" in issue.title else 0.1)


def answered(
    here: World,
    text: str = "sync stops for us",
    *,
    id: str = "m-1",
    author: str = "user-1",
    **verdict: object,
) -> str:
    """Have a message triaged and answered, and return its Case."""
    here.house.desk.receive([message(text, id=id, author=author)])
    here.house.drain()
    case = here.house.desk.inbox()[0].case.id
    kind = verdict.pop("kind", VerdictKind.APPROVE)
    here.house.desk.decide(case, 1, kind, ONE, **verdict)  # type: ignore[arg-type]
    here.house.drain()
    here.clock.pass_by(minutes=5)
    return case


def all_settled(here: World) -> list[Settled]:
    with here.house.store.read() as tx:
        return list(settled(tx))


def all_found(here: World) -> list[Found]:
    with here.house.store.read() as tx:
        return found(tx, here.house.settings)


def accepted(here: World, *ids: str) -> Kept:
    kept = Kept(here.home / "evals")
    with here.house.store.read() as tx:
        kept.accept(tx, choose(kept.open(tx, here.house.settings), ids), ONE, here.clock())
    return kept


def test_one_corrected_field_becomes_a_case_with_what_the_person_let_stand(tmp_path: Path) -> None:  # N6
    with world(tmp_path / "home") as here:
        answered(here, corrections={"priority": "P1"})
        (one,) = all_found(here)
    assert one.id == "C-1:1"
    assert one.line["expected"] == {
        "type": "quick_fix",
        "priority": "P1",
        "area": "none",
        "duplicate": "none",
        "corrected": ["priority"],
    }
    assert one.line["said"]["priority"] == "P2"
    assert one.line["erred"]["prompts"] == {"scripted": "0"}
    assert one.line["decided"]["by"] == ONE


def test_an_approval_without_a_correction_is_no_case(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        answered(here)
        answered(here, "another one", id="m-2", corrections={"priority": "P2"})
        assert [each.corrected for each in all_settled(here)] == [(), ()]
        assert not all_found(here)


def test_a_correction_that_began_the_next_revision_is_held_against_the_first(tmp_path: Path) -> None:
    with world(tmp_path / "home", KNOWN) as here:
        here.house.add_issues([issue(4, "sync stops"), issue(5, "a quiet one")])
        here.house.desk.receive([message("sync stops for us")])
        here.house.drain()
        here.house.desk.correct("C-1", 1, {"duplicate": "example/millrace#5"}, ONE)
        here.house.drain()
        here.house.desk.correct("C-1", 2, {"type": "feature"}, TWO)
        here.house.drain()
        here.house.desk.decide("C-1", 3, VerdictKind.APPROVE, ONE)
        (one,) = all_settled(here)
    assert one.first.revision == 1
    assert one.said["duplicate"] == "example/millrace#4"
    assert one.wanted["duplicate"] == "example/millrace#5"
    assert set(one.corrected) >= {"type", "duplicate"}


def test_what_was_corrected_before_a_new_message_says_nothing_of_the_new_reading(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        desk = here.house.desk
        desk.receive([message(thread="t-1")])
        here.house.drain()
        desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, corrections={"priority": "P1"})
        here.house.drain()
        here.clock.pass_by(minutes=5)
        desk.receive([message("now the other plant too", id="m-2", thread="t-1", sent_at=here.clock.at)])
        here.house.drain()
        desk.decide("C-1", 2, VerdictKind.APPROVE, ONE, corrections={"type": "complex"})
        here.house.drain()
        newest = all_settled(here)[-1]
    assert newest.first.corrected == {"priority": "P1"}
    assert "priority" not in newest.wanted


def test_a_verdict_that_was_taken_back_is_none(tmp_path: Path) -> None:
    with world(tmp_path / "home", hold_seconds=5) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, corrections={"priority": "P1"})
        here.house.desk.undo("C-1", ONE)
        here.house.drain()
        assert not all_settled(here)


def test_what_was_rejected_as_noise_is_noise_and_another_rejection_says_nothing(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        answered(here, kind=VerdictKind.REJECT, reason=RejectReason.NOISE)
        answered(here, "not that", id="m-2", kind=VerdictKind.REJECT, reason=RejectReason.JUDGEMENT)
        (one,) = all_found(here)
    assert one.line["expected"] == {"type": "noise", "corrected": ["type"]}


def test_what_follows_from_a_correction_was_not_on_the_screen_and_is_not_let_stand(tmp_path: Path) -> None:
    with world(tmp_path / "home", ScriptedEngine(CaseType.COMPLEX)) as here:
        answered(here, corrections={"type": "quick_fix"})
        (one,) = all_settled(here)
    assert one.corrected == ("type",)
    assert not {"priority", "status"} & set(one.wanted)


@pytest.mark.usefixtures("each_database")
def test_a_case_holds_the_words_of_then_and_nobodys_name(tmp_path: Path) -> None:  # N4
    said = "sync stops, ask jane.roe@customer-b.example or customer-b; token AKIAIOSFODNN7EXAMPLE, /home/jane/x.log"
    with world(tmp_path / "home") as here:
        answered(here, said, corrections={"priority": "P1"})
        here.house.desk.receive([message("never mind, jane", author="user-1")])
        (one,) = all_found(here)
    text = json.dumps(one.line)
    assert "sync stops, ask [mail address]" in text
    assert not [each for each in ("jane", "customer-b", "AKIA", "user-1", "never mind") if each in text]
    assert one.line["input"]["said"][0]["author"] == "reporter-1"
    assert "1 mail address" in one.notes[0]


def test_the_same_words_are_one_case_and_who_decided_otherwise_is_named(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        answered(here, corrections={"priority": "P1"})
        answered(here, "Sync  stops for us", id="m-2", author="user-2", corrections={"priority": "P3"})
        (one,) = all_found(here)
    assert one.id == "C-2:1"
    assert "the same words as C-1:1, which was decided otherwise: priority P1" in one.notes


def test_only_what_a_person_accepted_is_a_case_and_what_was_refused_is_kept_without_its_words(
    tmp_path: Path,
) -> None:
    with world(tmp_path / "home", KNOWN) as here:
        here.house.add_issues([issue(4, "sync stops")])
        answered(here, "the export is empty", corrections={"priority": "P1"})
        answered(here, "the picture is green", id="m-2", corrections={"priority": "P3"})
        answered(here, "the third thing", id="m-3", corrections={"priority": "P0"})
        kept = accepted(here, "C-1:1")
        with here.house.store.read() as tx:
            kept.refuse(choose(kept.open(tx, here.house.settings), ["C-2:1"]), ONE, here.clock())
            assert [each.id for each in kept.open(tx, here.house.settings)] == ["C-3:1"]
            with pytest.raises(NotFound, match="triage eval harvest"):
                choose(kept.open(tx, here.house.settings), ["C-1:1"])
        shelf = shelf_of(here.house.settings)
        (case,) = shelf.cases(shelf.sheet("corrections"))
    assert (case.id, case.expected["priority"]) == ("corrections:C-1:1", "P1")
    assert "green" not in (here.home / "evals" / "harvest.jsonl").read_text()
    issues = (here.home / "evals" / "issues" / "harvest.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in issues] == ["example/millrace#4"]


def test_a_line_cut_by_a_crash_is_left_out_and_hides_no_later_one(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        answered(here, "the export is empty", corrections={"priority": "P1"})
        answered(here, "the picture is green", id="m-2", corrections={"priority": "P3"})
        kept = accepted(here, "C-1:1")
        file = here.home / "evals" / "harvest.jsonl"
        file.write_bytes(file.read_bytes() + file.read_bytes()[:40])
        assert [line["id"] for line in kept.lines()] == ["C-1:1"]
        accepted(here, "C-2:1")
        assert [line["id"] for line in kept.lines()] == ["C-1:1", "C-2:1"]
        assert (file.stat().st_mode & 0o777) == 0o600


def test_the_same_words_decided_otherwise_take_the_place_of_the_case_before(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here:
        answered(here, "the export is empty", corrections={"priority": "P1"})
        accepted(here, "C-1:1")
        answered(here, "the export is empty", id="m-2", author="user-7", corrections={"priority": "P3"})
        kept = accepted(here, "C-2:1")
        assert [(line["id"], line["expected"]["priority"]) for line in kept.lines()] == [("C-2:1", "P3")]
