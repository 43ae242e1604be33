"""Tasks: each kind of dataset goes through the product's own steps, and is marked by what its sheet votes with."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.datasets import Kind, Shelf, shelf_of
from evals.running.records import Answer, Case
from evals.scorers.by_kind import scored
from evals.setups import Bench, Product, Wanted, open_product
from tests.builders import REPOSITORY, settings_in
from tests.doors.cli import Terminal
from tests.evals.test_datasets import SHEET, lines, shelf
from tests.fakes.asks import assessed
from tests.fakes.claude import KEY, standing

MESSAGE = {
    "id": "m-1",
    "source": "slack:C-HELP",
    "sent_at": "2026-11-20T10:00:00Z",
    "text": 'after the upgrade to 2.9.0: column "slot_weight" of relation "pool" already exists, scheduler exits',
}
#: Of each dataset the cases that are tried here.
TRIED = {"draft": 2, "injection": 1, "secrets": 1, "journey": 2, "known": 1, "kind": 1, "urgent": 1}
EXPECTED = {
    "known": {"duplicate_of": ["example/millrace#409"]},
    "kind": {"type": "bug"},
    "urgent": {"priority": "P1"},
}


def own_sheets(folder: Path) -> Shelf:
    """Return our datasets, and a small one of each kind that reads real data."""
    kinds = {
        "known": ("duplicate", "judged MRR", "sample"),
        "kind": ("type", "right", ""),
        "urgent": ("priority", "exact", ""),
    }
    for name, (_, _, index) in kinds.items():
        given = {"id": "1", "input": {"said": [MESSAGE], "index": index}, "expected": EXPECTED[name]}
        lines(folder / f"{name}.jsonl", [given])
    sheets = {
        name: {**SHEET, "kind": kind, "vote": vote, "cases": f"{name}.jsonl"}
        for name, (kind, vote, _) in kinds.items()
    }
    mine, ours = shelf(folder, **sheets), shelf_of(settings_in(folder))
    return Shelf(folders=(*ours.folders, *mine.folders), data=ours.data, sample=ours.sample, home=folder)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, Product, list[Case]]]:
    """Open the embedded engine over a few cases of every kind."""
    folder = tmp_path_factory.mktemp("bench")
    bench = Bench(settings=settings_in(folder), shelf=own_sheets(folder))
    cases = [case for name, count in TRIED.items() for case in bench.cases([name])[:count]]
    with open_product(bench, Wanted(), cases) as product:
        yield bench, product, cases


def answers(tried: tuple[Bench, Product, list[Case]], dataset: str) -> list[tuple[Case, Answer]]:
    _, product, cases = tried
    return [(case, product.answer(case, 1)) for case in cases if case.dataset == dataset]


@pytest.mark.parametrize("dataset", TRIED)
def test_every_answer_has_the_marks_that_its_sheet_votes_with(
    tried: tuple[Bench, Product, list[Case]], dataset: str
) -> None:
    bench, product, _ = tried
    sheet = bench.shelf.sheet(dataset)
    for case, answer in answers(tried, dataset):
        marks = scored(product.kinds[dataset], case, answer)
        assert sheet.vote in marks
        assert not sheet.must_never or sheet.must_never in marks
        assert all(0 <= mark.score <= 1 and mark.reason for mark in marks.values())
        json.dumps([answer.said, answer.evidence])


def test_every_kind_is_tried_here_but_those_of_the_teams_own_past(
    tried: tuple[Bench, Product, list[Case]],
) -> None:
    assert set(tried[1].kinds.values()) == set(Kind) - {Kind.BACKTEST, Kind.CORRECTIONS}


def test_each_stage_of_the_search_is_kept_and_the_known_issue_is_on_top(
    tried: tuple[Bench, Product, list[Case]],
) -> None:
    ((_, answer),) = answers(tried, "known")
    assert list(answer.said["ranked"]) == ["words", "vectors", "fused", "judged"]
    assert answer.said["first"] == answer.said["ranked"]["judged"][0] == "example/millrace#409"
    assert answer.evidence["candidates"][0]["issue"] == "example/millrace#409"


def test_a_reply_is_written_for_what_was_decided_and_names_its_issue(
    tried: tuple[Bench, Product, list[Case]],
) -> None:
    case, answer = answers(tried, "draft")[0]
    assert answer.said["intent"] == case.input["intent"] == "known"
    assert "#409" in answer.evidence["reply"]["text"]
    assert {step["kind"] for step in answer.evidence["plan"]} >= {"reply", "note_issue"}


def test_a_case_names_the_version_of_the_issues_that_it_is_tried_against(
    tried: tuple[Bench, Product, list[Case]],
) -> None:
    _, _, cases = tried
    versions = {case.input["index"]: case.input["issues"] for case in cases}
    assert versions[""] == "none"
    assert len(versions["sample"]) == 12


def test_what_claude_said_in_a_run_is_kept_and_replayed_without_a_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    folder = home / "evals" / "datasets"
    folder.mkdir(parents=True)
    shelf(folder, one={"cases": "one.jsonl"})
    lines(
        folder / "one.jsonl",
        [{"id": "1", "input": {"said": [MESSAGE], "index": ""}, "expected": {"priority": "P2"}}],
    )
    terminal, kept = Terminal(home), str(tmp_path / "kept.jsonl")
    with standing() as claude:
        claude.script["Assessed"] = lambda asked: assessed(type="complex")
        key = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": claude.address}
        words = ("eval", "run", "one", "--engine", "claude", "--recordings", kept, "--json")
        done = terminal.run(*words, **key)
        assert done.exit_code == 0, done.stderr
        asked = len(claude.calls)
        told = terminal.lines("eval", "run", "one", "--engine", "replay", "--recordings", kept, "--json")
        assert len(claude.calls) == asked == 1
    assert told[0]["metric"] == "exact"
    assert (told[-1]["errors"], told[-1]["missing"]) == (0, 0)


def test_the_sample_is_the_shipped_one_where_a_team_has_none(tmp_path: Path) -> None:
    bare = settings_in(tmp_path, config_dir=tmp_path)
    assert shelf_of(bare).sample == REPOSITORY / "config" / "demo"
