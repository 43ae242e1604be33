"""Words that went further than the Case of their writer: into others' Cases, the local tracker, evaluation files."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain.assessments import Compared
from agent.domain.cases import VerdictKind
from agent.domain.messages import Named
from agent.store import issues, people
from agent.store.issues import by_ids
from tests.builders import ONE, PROJECT, World, issue, message
from tests.jobs.planted import DAYS, THEM, WORDS, Quoting, house, texts_of

each_database = pytest.mark.usefixtures("each_database")
HANGS = "the wombatite console hangs"


def held(at: World, words: tuple[str, ...] = WORDS) -> set[str]:
    """Return which columns hold which of these words."""
    with at.house.store.read() as tx:
        return {name for name, text in texts_of(tx) if any(word in text.lower() for word in words)}


def their_issue(at: World) -> None:
    with at.house.store.write() as tx:
        theirs = issue(7, HANGS, author=THEM, body="quokkaphone")
        issues.upsert(tx, [theirs, issue(8, "another", author="user-8")])
    at.house.take_in()


def approved(at: World, case_id: str = "C-1") -> None:
    at.house.desk.decide(case_id, at.house.desk.case(case_id).case.revision, VerdictKind.APPROVE, ONE)
    at.house.drain()
    at.clock.pass_by(seconds=5)
    at.house.drain()


def test_what_a_person_typed_as_an_estimate_goes_from_why_a_revision_began(tmp_path: Path) -> None:
    with house(tmp_path) as at:
        at.house.desk.receive([message("it hangs on Sunday", author=THEM)])
        at.house.drain()
        changed = {"estimate": "2 days, a wombatite is a beast", "type": "feature"}
        at.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE, corrections=changed)
        at.house.drain()
        approved(at)
        at.clock.pass_by(days=DAYS + 1)
        at.house.drain()
        view = at.house.desk.case("C-1")
        assert view.case.removed
        assert held(at, ("wombatite",)) <= {"issues.extra", "notes.body"}, "what was filed is the tracker's"
        begun = next(each.text for each in view.history if each.what == "begun")
        assert begun.startswith("r2 begins: a correction by first-engineer: ")
        assert "estimate was set" in begun
        assert "type is feature" in begun


@each_database
def test_a_case_that_was_compared_with_their_issue_quotes_it_no_more(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        their_issue(at)
        at.house.desk.receive([message("the console hangs on Sunday", author="user-8", id="m-8")])
        at.house.drain()
        assert "proposals.payload" in held(at)
        before = at.house.desk.case("C-1")
        at.house.desk.forget(THEM, ONE)
        at.house.drain()
        assert held(at) == set()
        after = at.house.desk.case("C-1")
        assert after.case.removed == ""
        assert after.messages == before.messages


class Known(Quoting):
    """Takes the first that it is shown for the same problem."""

    def compare(self, report, found) -> Compared:  # type: ignore[no-untyped-def,override]
        said = super().compare(report, found)
        return replace(
            said, likenesses=tuple(replace(each, probability=0.95) for each in said.likenesses[:1])
        )


@each_database
def test_an_answer_that_rests_on_their_issue_is_made_again_without_it(tmp_path: Path) -> None:
    with house(tmp_path, days=None, engine=Known()) as at:
        their_issue(at)
        at.house.desk.receive([message("the console hangs on Sunday", author="user-8", id="m-8")])
        at.house.drain()
        before = at.house.desk.case("C-1")
        assert before.proposal is not None
        assert before.proposal.duplicate is not None
        assert before.proposal.duplicate.issue_id == f"{PROJECT}#7"
        done = at.house.desk.forget(THEM, ONE)
        assert done.traces.beside == ("C-1",)
        at.house.drain()
        assert held(at) == set()
        after = at.house.desk.case("C-1")
        assert after.case.open_revision == before.case.revision + 1


@each_database
def test_what_was_filed_of_a_case_since_they_wrote_in_it_goes_and_what_was_before_stays(
    tmp_path: Path,
) -> None:
    with house(tmp_path, days=None) as at:
        desk = at.house.desk
        desk.receive([message("the console is white", author="user-8", id="m-8")])
        at.house.drain()
        approved(at)
        desk.receive([message("the keyboard is black", author="user-9", id="m-9")])
        desk.receive([message("narwhalic here as well", author=THEM, id="m-10", thread="m-9")])
        desk.receive([message("narwhalic, too", author=THEM, id="m-11", thread="m-8")])
        at.house.drain()
        approved(at, "C-2")
        assert {"issues.title", "issues.body"} <= held(at)
        done = desk.forget(THEM, ONE)
        at.house.drain()
        assert held(at) == set()
        assert done.traces.issues == (f"{PROJECT}#L2",)
        with at.house.store.read() as tx:
            assert "white" in by_ids(tx, [f"{PROJECT}#L1"])[f"{PROJECT}#L1"].title


def test_their_issues_go_from_evaluation_files_and_what_only_names_them_stays(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        their_issue(at)
        kept = tmp_path / "evals" / "backtest" / "past.jsonl"
        kept.parent.mkdir(parents=True)
        kept.write_text(
            f'{{"id": "{PROJECT}#7", "title": "{HANGS}"}}\n'
            f'{{"case": "past:{PROJECT}#7", "answer": "{HANGS}"}}\n'
            f'{{"id": "C-5:1", "case": "C-5", "cluster": "{PROJECT}#7", "text": "white"}}\n'
        )
        assert at.house.desk.forget(THEM, ONE).cases_kept == 2
        assert kept.read_text().count("\n") == 1
        assert "white" in kept.read_text()


def test_the_name_that_a_place_gives_an_id_is_looked_for_too(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        with at.house.store.write() as tx:
            people.keep(tx, "U70", Named(name="Sam"), at.clock())
        at.house.desk.receive([message("it hangs on Sunday", author="U70")])
        at.house.desk.receive([message("as Sam says, it hangs", id="m-2", author="user-2")])
        at.house.drain()
        kept = tmp_path / "evals" / "harvest.jsonl"
        kept.parent.mkdir()
        kept.write_text('{"case": "C-8", "text": "Sam said it"}\n{"case": "C-9", "text": "the Same"}\n')
        done = at.house.desk.forget("sam", ONE)
        assert done.traces.mentioned == 1
        assert kept.read_text() == '{"case": "C-9", "text": "the Same"}\n'
