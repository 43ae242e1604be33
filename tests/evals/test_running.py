"""A run: resumable, cached, and an error is never a label."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import Misuse, NotFound
from evals.running.cache import Cache, code_version, key_of
from evals.running.records import Answer, Case, Mark
from evals.running.runner import Runner
from evals.running.runs import RunFolder, Setup

SETUP = Setup(
    engine="counting", model="m", prompts="p", prompts_from="prompts", policy="q", embedder="e", code="c"
)
CASES = [
    Case(
        id=f"c{number}",
        dataset="letters",
        input={"text": f"{number}"},
        expected={"even": number % 2 == 0},
        cluster="a",
    )
    for number in range(12)
]


class Counting:
    """Answers whether a number is even; writes down what it was asked, and fails where it is told to."""

    def __init__(self, asked: Path, *, setup: Setup = SETUP, fails_on: frozenset[str] = frozenset()) -> None:
        self.setup = setup
        self.asked = asked
        self.fails_on = fails_on

    def answer(self, case: Case, repeat: int) -> Answer:
        with self.asked.open("a") as file:
            file.write(f"{case.id} {repeat}\n")
        if case.id in self.fails_on:
            raise RuntimeError("no answer came")
        return Answer(said={"even": int(case.input["text"]) % 2 == 0}, tokens=3, cents=0.1)


def scored(case: Case, answer: Answer) -> Mapping[str, Mark]:
    right = answer.said["even"] == case.expected["even"]
    return {"right": Mark(score=float(right), reason="as expected" if right else "not so")}


def runner(place: Path, task: Counting | None = None, name: str = "one") -> Runner:
    return Runner(
        task=task or Counting(place / "asked"),
        scorer=scored,
        folder=RunFolder(place / name),
        cache=Cache(place / "cache"),
    )


def asked(place: Path) -> list[str]:
    return sorted((place / "asked").read_text().split("\n")[:-1])


def test_each_case_is_asked_once_a_repeat(tmp_path: Path) -> None:
    run = runner(tmp_path).run(["letters"], CASES, repeats=2)
    assert len(asked(tmp_path)) == len(set(asked(tmp_path))) == 24
    assert run.missing == 0
    assert {outcome.marks["right"].score for outcome in run.outcomes.values()} == {1.0}


def test_the_same_question_in_another_run_comes_from_the_cache(tmp_path: Path) -> None:
    runner(tmp_path).run(["letters"], CASES)
    again = runner(tmp_path, name="two").run(["letters"], CASES)
    assert len(asked(tmp_path)) == 12
    assert again.missing == 0


@pytest.mark.parametrize("part", ["model", "prompts", "policy", "code", "parameters"])
def test_another_setup_is_asked_anew(tmp_path: Path, part: str) -> None:
    runner(tmp_path).run(["letters"], CASES)
    other = replace(SETUP, **{part: {"effort": "low"} if part == "parameters" else "other"})
    runner(tmp_path, Counting(tmp_path / "asked", setup=other), name="two").run(["letters"], CASES)
    assert len(asked(tmp_path)) == 24


def test_an_exception_is_an_error_in_the_table_and_tried_again_the_next_time(tmp_path: Path) -> None:
    failing = Counting(tmp_path / "asked", fails_on=frozenset({"c3"}))
    run = runner(tmp_path, failing).run(["letters"], CASES)
    failed = run.outcomes["c3", 1]
    assert (failed.answer, failed.marks, failed.error) == (None, {}, "RuntimeError: no answer came")
    mended = runner(tmp_path).run(["letters"], CASES)
    assert mended.outcomes["c3", 1].error == ""
    assert asked(tmp_path).count("c3 1") == 2
    assert len(asked(tmp_path)) == 13


def test_a_run_of_another_setup_is_not_mixed_into_this_one(tmp_path: Path) -> None:
    runner(tmp_path).run(["letters"], CASES)
    other = Counting(tmp_path / "asked", setup=replace(SETUP, model="other"))
    with pytest.raises(Misuse, match="--name"):
        runner(tmp_path, other).run(["letters"], CASES)


def test_a_line_cut_in_half_is_done_again_and_hides_no_other(tmp_path: Path) -> None:
    runner(tmp_path).run(["letters"], CASES)
    whole = (tmp_path / "one" / "outcomes.jsonl").read_bytes()
    (tmp_path / "one" / "outcomes.jsonl").write_bytes(whole[: len(whole) // 2])
    run = runner(tmp_path).run(["letters"], CASES)
    assert run.missing == 0
    assert (tmp_path / "one" / "outcomes.jsonl").read_bytes() == whole


def test_a_run_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="triage eval list"):
        RunFolder(tmp_path / "nothing").read()


def test_a_cached_answer_that_cannot_be_read_is_asked_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("ab" * 32, Answer(said={"even": True}))
    next(tmp_path.rglob("*.json")).write_text("{")
    assert cache.get("ab" * 32) is None


def test_the_key_does_not_depend_on_the_order_in_which_things_are_named() -> None:
    assert key_of({"a": 1, "b": {"c": 2, "d": 3}}) == key_of({"b": {"d": 3, "c": 2}, "a": 1})
    assert code_version() == code_version()


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.evals.test_running import CASES, Counting, runner
place, after = Path(sys.argv[1]), int(sys.argv[2])

class Dying(Counting):
    def answer(self, case, repeat):
        if len(self.asked.read_text().split()) / 2 >= after if self.asked.exists() else False:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().answer(case, repeat)

runner(place, Dying(place / "asked")).run(["letters"], CASES)
"""


def test_a_run_killed_in_the_middle_evaluates_no_finished_case_twice(tmp_path: Path) -> None:
    calm = tmp_path / "calm"
    calm.mkdir()
    expected = runner(calm).run(["letters"], CASES)
    killed = tmp_path / "killed"
    killed.mkdir()
    for after in (3, 7):
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, str(killed), str(after)], env={**os.environ}, check=False
        )
        assert ended.returncode == -signal.SIGKILL
    finished = _finished(killed)
    before = asked(killed)
    run = runner(killed).run(["letters"], CASES)
    again = asked(killed)[:]
    for case in before:
        again.remove(case)
    assert not {line.split()[0] for line in again} & finished
    assert run == replace(expected, outcomes=run.outcomes)
    assert run.outcomes == expected.outcomes


def _finished(place: Path) -> set[str]:
    lines = (place / "one" / "outcomes.jsonl").read_text().splitlines(keepends=True)
    return {json.loads(line)["case"] for line in lines if line.endswith("\n")}
