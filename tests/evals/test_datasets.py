"""Datasets: each has its sheet, always the same cases, and no cluster on both sides of a split."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.errors import Misuse, NotFound
from agent.settings import from_process
from evals import planted
from evals.datasets import OURS, Kind, Shelf, load, shelf_of
from evals.readers import READERS
from evals.scorers.by_kind import SCORERS
from tests.builders import REPOSITORY, settings_in

SHEET = {
    "purpose": "p",
    "kind": "priority",
    "source": "s",
    "licence": "l",
    "labelled": "l",
    "split": "s",
    "clusters": "c",
    "vote": "exact",
}
OF_OURS = ("draft", "injection", "journey", "secrets")
DATA = from_process().data


def shelf(folder: Path, **sheets: Mapping[str, Any]) -> Shelf:
    """Return a shelf of sheets of the test's own, their files in the same folder."""
    for name, changes in sheets.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({**SHEET, **changes}))
    return Shelf(folders=(folder,), data=folder, sample=REPOSITORY / "config" / "demo", home=folder)


def lines(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def report(number: int, *right: int, project: str = "a/b") -> dict[str, Any]:
    marked = [f"{project}#{each}" for each in right]
    return {
        "id": f"{project}#{number}",
        "source": f"github:{project}",
        "title": f"report {number}",
        "sent_at": f"2020-01-{number:02}T00:00:00Z",
        "label": {"duplicate_of": marked},
    }


@pytest.mark.parametrize("name", sorted(path.stem for path in OURS.glob("*.yaml")))
def test_every_sheet_says_what_it_is_and_is_read(name: str, tmp_path: Path) -> None:
    sheet = shelf_of(settings_in(tmp_path)).sheet(name)
    assert min(len(sheet.purpose), len(sheet.source), len(sheet.licence), len(sheet.labelled)) >= 10
    assert sheet.reads is None or sheet.reads.reader in READERS
    assert sheet.kind in SCORERS


@pytest.mark.parametrize("name", OF_OURS)
def test_what_is_ours_gives_the_same_cases_each_time_each_with_a_name_of_its_own(
    name: str, tmp_path: Path
) -> None:
    cases = load(name, settings_in(tmp_path))
    assert cases == load(name, settings_in(tmp_path))
    assert len({case.id for case in cases}) == len(cases)


def test_there_are_as_many_cases_of_ours_as_are_promised(tmp_path: Path) -> None:
    counts = {name: len(load(name, settings_in(tmp_path))) for name in OF_OURS}
    assert counts["draft"] >= 24
    assert counts["injection"] >= 60
    assert counts["secrets"] == 200


def test_no_draft_case_wants_what_it_forbids(tmp_path: Path) -> None:
    for case in load("draft", settings_in(tmp_path)):
        wanted = [one for each in case.expected["must_say"] for one in each]
        assert wanted
        assert not set(wanted) & set(case.expected["must_not_say"])


def test_a_follow_up_comes_with_what_was_written_before_it(tmp_path: Path) -> None:
    cases = {case.id: case for case in load("journey", settings_in(tmp_path))}
    said = [line["id"] for line in cases["journey:demo-015"].input["said"]]
    assert said == ["demo-001", "demo-015"]
    assert len(cases["journey:demo-001"].input["said"]) == 1


def test_only_the_last_third_of_each_source_is_reported_and_nothing_said_before(tmp_path: Path) -> None:
    titles = [f"title {number}" for number in range(8)] + ["TITLE 1"]
    rows = [
        {
            "id": str(at),
            "source": "github:x",
            "title": title,
            "text": "",
            "sent_at": "2020-01-01",
            "label": {"priority": "P1"},
        }
        for at, title in enumerate(titles)
    ]
    lines(tmp_path / "t.jsonl", rows)
    reads = {"reader": "titles", "at": "data", "files": ["t.jsonl"], "label": "priority"}
    own = shelf(tmp_path, last={"reads": reads})
    cases = own.cases(own.sheet("last"))
    assert [case.id for case in cases] == ["last:6", "last:7"]
    assert all("title" not in case.cluster for case in cases)


def test_reports_of_one_issue_never_straddle_the_split(tmp_path: Path) -> None:
    lines(tmp_path / "a.train.jsonl", [report(4, 1), report(5, 2)])
    lines(tmp_path / "a.dev.jsonl", [report(8, 1), report(9, 3), report(10, 5, 2), report(11, 3, 9)])
    reads = {
        "reader": "duplicates",
        "at": "data",
        "files": ["a.dev.jsonl"],
        "apart_from": ["a.train.jsonl"],
    }
    own = shelf(tmp_path, dev={"kind": "duplicate", "vote": "judged MRR", "reads": reads})
    cases = own.cases(own.sheet("dev"))
    assert [case.id for case in cases] == ["dev:a/b#9", "dev:a/b#11"]
    assert {case.cluster for case in cases} == {"a/b#3"}
    assert {case.input["index"] for case in cases} == {"a"}


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "duplicates").is_dir(), reason="no real reports: set TRIAGE_DATA")
@pytest.mark.parametrize("name", ["duplicate", "decision"])
def test_no_real_cluster_reaches_into_what_was_learned_from(name: str) -> None:
    own = shelf_of(from_process())
    learned = set[str]()
    for file in ("rust.train", "rust.unlabelled.train"):
        for row in map(json.loads, (DATA / "duplicates" / f"{file}.jsonl").read_text().splitlines()):
            learned |= {row["id"], *row["label"]["duplicate_of"]}
    cases = own.cases(own.sheet(name))
    assert len(cases) > 300
    assert not [case for case in cases if learned & {case.cluster, *case.expected["duplicate_of"]}]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cases": "x.jsonl", "colour": "red"}, "colour"),
        ({}, "either `cases` or `reads`"),
        ({"cases": "x.jsonl", "kind": "poem"}, "kind"),
        ({"reads": {"reader": "minds"}}, "no reader 'minds'"),
        ({"cases": "away.jsonl"}, "away.jsonl is not there"),
        ({"reads": {"reader": "kinds", "at": "data", "files": ["away.jsonl"]}}, "TRIAGE_DATA"),
    ],
)
def test_a_sheet_that_cannot_be_used_says_why(changes: Mapping[str, Any], told: str, tmp_path: Path) -> None:
    own = shelf(tmp_path, odd=changes)
    with pytest.raises(Misuse, match=re.escape(told)):
        own.cases(own.sheet("odd"))


def test_a_dataset_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="draft, duplicate, injection"):
        load("poems", settings_in(tmp_path))


def test_a_teams_own_dataset_lies_in_its_home(tmp_path: Path) -> None:
    folder = tmp_path / "evals" / "datasets"
    folder.mkdir(parents=True)
    shelf(folder, own={"cases": "own.jsonl"})
    lines(folder / "own.jsonl", [{"id": "1", "input": {"index": ""}, "expected": {"priority": "P1"}}])
    (case,) = load("own", settings_in(tmp_path))
    assert (case.id, case.dataset, case.cluster) == ("own:1", "own", "1")


def test_planted_secrets_come_from_the_seed_and_stand_in_their_report() -> None:
    once, again = list(planted.reports(200, 20)), list(planted.reports(200, 20))
    assert once == again != list(planted.reports(200, 21))
    assert all(each.secret in each.text for each in once)
    assert len({each.secret for each in once}) == 200
    assert {each.what for each in once} == {*planted.KEYS, *planted.SAID}


def test_every_kind_has_its_task_and_its_scorers() -> None:
    from evals.tasks import TASKS

    assert set(TASKS) == set(SCORERS) == set(Kind)
