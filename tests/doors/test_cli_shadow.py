"""`triage eval shadow` and what doctor says: a candidate prompt set against what people decided."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from agent.domain.assessments import CaseType
from agent.domain.cases import VerdictKind
from agent.domain.models import Shadow
from agent.errors import EngineFailed, Failure
from agent.prompts import prompts_dir
from agent.store.database import Store
from agent.triage.shadow import Candidate
from agent.wiring_claude import candidate_of
from tests.builders import ONE, REPOSITORY, Clock, message, settings_in, world
from tests.doors.cli import Terminal
from tests.fakes.engine import ScriptedEngine
from tests.triage.test_shadow import ALL, Acting, answers


def lived(home: Path, engine: ScriptedEngine) -> Terminal:
    """Have six messages judged by both, and four of them answered: two with the type that the candidate says."""
    models = replace(settings_in(home).models, shadow=ALL)
    with world(home, candidate=Candidate(engine=engine, prompts="abcdef012345"), models=models) as here:
        for number in range(1, 7):
            here.house.desk.receive([message(f"the export of plant {number} is empty", id=f"m-{number}")])
        here.house.drain()
        for number in (1, 2, 3, 4):
            changes = {"priority": "P3"} if number < 3 else {}
            here.house.desk.decide(f"C-{number}", 1, VerdictKind.APPROVE, ONE, corrections=changes)
        here.house.drain()
    return Terminal(home)


def test_the_candidate_is_held_against_what_people_decided(tmp_path: Path) -> None:
    terminal = lived(tmp_path / "home", ScriptedEngine(CaseType.FEATURE))
    result = terminal.run("eval", "shadow")
    assert result.exit_code == 0, result.stderr
    assert "A is the live prompts, B is the candidate abcdef012345" in result.stdout
    assert "shadow priority" in result.stdout
    assert "breaks C-3:1 type: A quick_fix, B feature, a person let stand quick_fix" in result.stdout
    assert "fixes C-1:1 priority: A P2, B P3, a person said P3" in result.stdout
    assert (
        "6 Cases asked: 4 answered by people, 2 not yet or not as they were, 0 answered before"
        in result.stdout
    )
    (line,) = terminal.lines("eval", "shadow", "--candidate", "abc", "--json")
    assert line["decided"] == 4


def test_a_reply_that_a_person_changed_tells_whose_words_were_nearer(tmp_path: Path) -> None:
    models = replace(settings_in(tmp_path).models, shadow=ALL)
    wording = Candidate(engine=ScriptedEngine(CaseType.FEATURE), prompts="abc")
    with world(tmp_path, candidate=wording, models=models) as here:
        here.house.desk.receive([message("the export is empty"), message("so is this", id="m-2")])
        here.house.drain()
        meant = next(each.reply for each in answers(here) if each.case_id == "C-1")
        here.house.desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text=f"{meant} Thanks.")
        here.house.desk.decide("C-2", 1, VerdictKind.APPROVE, ONE)
    (line,) = Terminal(tmp_path).lines("eval", "shadow", "--json")
    (told,) = [each for each in line["comparison"]["findings"] if "reply" in each["metric"]]  # type: ignore[index]
    assert told["cases"] == 1
    assert told["before"] < told["after"]
    assert told["gates"] is False


def test_a_candidate_that_says_the_same_is_the_same(tmp_path: Path) -> None:
    terminal = lived(tmp_path / "home", ScriptedEngine())
    assert terminal.run("eval", "shadow").stdout.startswith("The same: none of 4 cases changed")


def test_what_the_candidate_did_not_answer_is_told_and_is_no_wrong_answer(tmp_path: Path) -> None:
    def fail() -> None:
        raise EngineFailed(Failure.OVERLOADED)

    result = lived(tmp_path / "home", Acting(fail)).run("eval", "shadow")
    assert result.exit_code == 0
    assert result.stdout.startswith("Cannot tell")
    assert "C-1:1: no answer: Claude did not answer: overloaded" in result.stderr


def test_without_a_candidate_the_way_to_one_is_told(tmp_path: Path) -> None:
    result = Terminal(tmp_path).run("eval", "shadow")
    assert result.exit_code == 1
    assert "Set `shadow` in models.yaml, then: triage run" in result.stderr


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a copy of the example configuration."""
    return Path(shutil.copytree(REPOSITORY / "config", tmp_path / "config"))


def with_shadow(config: Path, **shadow: object) -> str:
    file = config / "models.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "shadow": shadow}))
    return str(config)


def test_the_doctor_names_the_candidate_and_says_why_one_is_not_read(tmp_path: Path, config: Path) -> None:
    here = with_shadow(config, prompts=str(prompts_dir()), share=0.25)
    result = Terminal(tmp_path / "home").run("doctor", TRIAGE_CONFIG=here)
    assert "on 25% of the Cases, shown to nobody" in result.stdout
    here = with_shadow(config, prompts="no-such-prompts", share=0.25)
    result = Terminal(tmp_path / "home").run("doctor", TRIAGE_CONFIG=here)
    assert result.exit_code == 1
    assert "broken  Shadow" in result.stdout
    assert "is neither a folder nor a git revision" in result.stdout


@pytest.mark.parametrize(
    ("shadow", "told"),
    [
        ({"prompts": "next"}, "shadow.share"),
        ({"prompts": "next", "share": 0}, "shadow.share"),
        ({"prompts": "next", "share": 0.1, "shown": True}, "shadow.shown"),
    ],
)
def test_a_candidate_without_a_share_or_with_an_unknown_key_is_refused(
    shadow: dict[str, object], told: str, tmp_path: Path, config: Path
) -> None:
    result = Terminal(tmp_path / "home").run("inbox", TRIAGE_CONFIG=with_shadow(config, **shadow))
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_candidate_that_cannot_be_read_is_off_and_the_live_one_goes_on(tmp_path: Path) -> None:
    given = settings_in(tmp_path)
    store = Store(given.database_url)
    lacking = Path(shutil.copytree(prompts_dir(), tmp_path / "lacking"))
    (lacking / "draft.md").unlink()

    def candidate(prompts: str) -> Candidate | None:
        shadow = Shadow(prompts=prompts, share=1.0, daily_cap=1)
        settings = replace(given, models=replace(given.models, shadow=shadow))
        found, close = candidate_of(settings, store, Clock(), lambda _: ScriptedEngine())
        close()
        return found

    assert candidate("no-such-prompts") is None
    assert candidate(str(lacking)) is None
    whole = candidate(str(prompts_dir()))
    store.close()
    assert whole is not None
    assert len(whole.prompts) == 12


def test_its_cap_is_its_share_of_the_whole_where_none_is_given(tmp_path: Path, config: Path) -> None:
    from agent.settings import load

    def shadow_of(**shadow: object) -> Shadow | None:
        environ = {
            "TRIAGE_HOME": str(tmp_path),
            "TRIAGE_CONFIG": with_shadow(config, prompts="next", **shadow),
        }
        return load(environ, tmp_path).models.shadow

    assert shadow_of(share=0.1) == Shadow(prompts="next", share=0.1, daily_cap=500_000)
    assert shadow_of(share=0.1, daily_cap=2.0) == Shadow(prompts="next", share=0.1, daily_cap=2_000_000)
    assert (
        json.dumps(yaml.safe_load((REPOSITORY / "config" / "models.yaml").read_text())).count("shadow") == 0
    )
