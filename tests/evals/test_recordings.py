"""What a model said once need not be asked again: kept whole, found by all that shaped it, paid once."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.domain.made import Tokens
from agent.engines.claude.service import Said, Use
from agent.errors import EngineFailed, Failure, Misuse
from agent.prompts import Prompts, prompts_dir
from agent.store.calls import StoreLedger
from evals.recording import record, record_in_batches, replay
from evals.recordings import Key, Recorder, Recordings, Replayed, key_of
from tests.builders import World, issue, message, world
from tests.fakes.asks import assessed, described, judged
from tests.fakes.claude import KEY, OVERLOADED, Asked, Claude, Reply, standing

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SAID = Said(
    text='{"a": 1}',
    uses=(Use("u1", "search", {"words": "ü"}),),
    stop_reason="end_turn",
    tokens=Tokens(input=9, cache_read=3),
    turn={"role": "assistant", "content": []},
)
QUESTION = Key("claude-haiku-5-5", "assess", "p", "s", "c")


def request(text: str = "It stops", token: str = "0123456789abcdef", **changes: Any) -> dict[str, Any]:
    user = f"The tags of this call end in {token}; only those are ours.\n<report-{token}>\n{text}\n</report-{token}>"
    return {
        "model": "claude-haiku-5-5",
        "max_tokens": 10,
        "system": [{"type": "text", "text": "Read."}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": user}]}],
        "output_config": {"format": {"type": "json_schema", "schema": {"title": "Assessed"}}},
        **changes,
    }


def test_a_reply_is_kept_whole_and_found_by_another_process(tmp_path: Path) -> None:
    Recordings(tmp_path / "r.jsonl").add(QUESTION, SAID, NOW)
    assert Recordings(tmp_path / "r.jsonl").get(QUESTION) == SAID
    told = json.loads((tmp_path / "r.jsonl").read_text())
    assert {"model", "prompt_hash", "sent", "code", "at"} <= set(told)


@pytest.mark.parametrize("part", ["model", "prompt_hash", "sent", "code"])
def test_another_model_prompt_input_or_code_is_another_reply(tmp_path: Path, part: str) -> None:
    recordings = Recordings(tmp_path / "r.jsonl")
    recordings.add(QUESTION, SAID, NOW)
    assert recordings.get(replace(QUESTION, **{part: "other"})) is None


def test_the_tags_of_a_call_are_no_part_of_the_key_and_everything_else_is() -> None:
    prompts = Prompts(prompts_dir())
    one = key_of(request(), prompts)
    assert one == key_of(request(token="fedcba9876543210"), prompts)
    assert one.prompt == "assess"
    others = (
        request("It starts"),
        request(max_tokens=11),
        request(model="claude-sonnet-5-5"),
        request(tools=[{"name": "search_issues"}]),
        request(tool_choice={"type": "none"}),
    )
    assert len({one.digest, *(key_of(each, prompts).digest for each in others)}) == 6


def test_a_line_that_a_crash_cut_off_is_left_out_and_the_next_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    Recordings(file).add(QUESTION, SAID, NOW)
    whole = file.read_bytes()
    for cut in range(1, len(whole)):
        file.write_bytes(whole + whole[:cut].rstrip(b"\n"))
        again = Recordings(file)
        other = replace(QUESTION, sent=str(cut))
        again.add(other, SAID, NOW)
        assert Recordings(file).get(other) == SAID
        assert Recordings(file).get(QUESTION) == SAID


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"id": "m-1"}\n{"id": "m-2"}\n')
    with pytest.raises(Misuse, match="line 1: is no recording"):
        Recordings(tmp_path / "r.jsonl")


class Once:
    """A model that answers once and fails from then on."""

    def __init__(self) -> None:
        self.asked = 0

    def send(self, request: Mapping[str, Any], timeout: float) -> Said:
        self.asked += 1
        if self.asked > 1:
            raise EngineFailed(Failure.NO_CREDIT)
        return SAID


def test_what_was_recorded_is_not_asked_nor_paid_again(tmp_path: Path) -> None:
    prompts, recordings = Prompts(prompts_dir()), Recordings(tmp_path / "r.jsonl")
    recorder = Recorder(Once(), recordings, prompts, lambda: NOW)
    assert recorder.send(request(), 1).tokens == SAID.tokens
    assert recorder.send(request(token="f" * 16), 1) == replace(SAID, tokens=Tokens())
    with pytest.raises(EngineFailed):
        recorder.send(request("other"), 1)
    assert len(recordings) == 1
    replayed = Replayed(recordings, prompts)
    assert replayed.send(request(), 1) == SAID
    with pytest.raises(EngineFailed, match="Nothing is kept for this assess"):
        replayed.send(request("other"), 1)
    assert len(replayed.missing) == 1


def scripted(claude: Claude) -> None:
    """Have it look once, compare, write and describe."""

    def compared(asked: Asked) -> Any:
        if asked.tools and not asked.turns:
            return Reply(stop_reason="tool_use", uses=(("search_issues", {"words": "sync"}),))
        shown = dict.fromkeys(re.findall(r' id="([^"]+)"', asked.user))
        return {"compared": [judged(each) for each in shown]}

    def drafted(asked: Asked) -> Any:
        link = " Filed as {issue.url}" if "files_issue: yes" in asked.user else ""
        return {"reply": f"Thanks, that is new to us.{link}", "translation": "", "claims": []}

    claude.script["Assessed"] = lambda asked: assessed(
        type="complex", queries={"symptom": "nightly sync", "error": "", "component": ""}
    )
    claude.script["Compared"] = compared
    claude.script["Drafted"] = drafted
    claude.script["Described"] = lambda asked: described()


@contextmanager
def connected(home: Path) -> Iterator[tuple[World, Claude]]:
    """Open a house whose key opens the stand-in."""
    with standing() as claude:
        scripted(claude)
        secrets = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": claude.address}
        with world(home, _secrets=secrets) as here:
            here.house.add_issues([issue(4, "Sync stops at night"), issue(5, "The sync never ends")])
            yield here, claude


MESSAGES = [message("The sync stops at night", id="m-1"), message("It never ends, the sync", id="m-2")]


def test_a_team_records_with_its_key_and_replays_without_asking(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    with connected(tmp_path / "home") as (here, claude):
        first = list(record(here.house, MESSAGES, file))
        assert [each.failure for each in first] == [None, None]
        paid, asked = StoreLedger(here.house.store).spent(here.clock().date()), len(claude.calls)
        assert paid > 0
        list(record(here.house, MESSAGES, file))
        assert (StoreLedger(here.house.store).spent(here.clock().date()), len(claude.calls)) == (paid, asked)
        again = list(replay(here.house, MESSAGES, file))
        assert len(claude.calls) == asked
    for one, other in zip(first, again, strict=True):
        assert one.trial is not None
        assert other.trial is not None
        assert one.trial.proposal is not None
        assert other.trial.proposal is not None
        assert one.trial.proposal.draft == replace(
            other.trial.proposal.draft or one.trial.proposal.draft,
            made=one.trial.proposal.draft.made,  # type: ignore[union-attr]
        )
        assert one.trial.proposal.provenance.tokens == other.trial.proposal.provenance.tokens
        assert other.trial.proposal.provenance.engine == "claude"


def test_a_recording_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    with connected(tmp_path / "home") as (here, claude):
        claude.fails(OVERLOADED, times=9, skip=3)
        failed = list(record(here.house, MESSAGES[:1], file))
        assert failed[0].failure is not None
        kept = len(Recordings(file))
        assert kept == 3
        claude.recovers()
        answered = len(claude.asked)
        assert next(iter(record(here.house, MESSAGES[:1], file))).failure is None
        assert len(claude.asked) - answered == len(Recordings(file)) - kept


def test_batches_go_on_by_waves_at_half_the_price_and_end_in_the_same_file(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "batch.jsonl"
    with connected(tmp_path / "home") as (here, claude):
        list(record(here.house, MESSAGES, one))
        day: date = here.clock().date()
        paid = StoreLedger(here.house.store).spent(day)
        sent = len(claude.asked)
        assert record_in_batches(here.house, MESSAGES, other, lambda told: None, lambda seconds: None) == 0
        assert len(claude.asked) == sent
        assert len(Recordings(other)) == len(Recordings(one))
        in_batches = StoreLedger(here.house.store).spent(day) - paid
        assert 0 < in_batches < paid
        assert not (tmp_path / "batch.jsonl.batch").exists()
        assert all(each.failure is None for each in replay(here.house, MESSAGES, other))


def test_a_batch_under_way_when_the_process_died_is_read_and_not_sent_again(tmp_path: Path) -> None:
    file = tmp_path / "batch.jsonl"

    class Killed(Exception):
        pass

    def die(seconds: float) -> None:
        raise Killed

    with connected(tmp_path / "home") as (here, claude):
        with pytest.raises(Killed):
            record_in_batches(here.house, MESSAGES, file, lambda told: None, die)
        assert len(claude.batches) == 1
        assert record_in_batches(here.house, MESSAGES, file, lambda told: None, lambda seconds: None) == 0
        first = next(iter(claude.batches.values()))
        names = [line["custom_id"] for each in claude.batches.values() for line in each["lines"]]
        assert len(names) == len(set(names)) > len(first["lines"])


def test_what_a_batch_did_not_answer_is_counted_and_asked_by_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "batch.jsonl"
    refused = {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "no"},
        "request_id": None,
    }
    with connected(tmp_path / "home") as (here, claude):

        def spoil(seconds: float) -> None:
            first = next(iter(claude.batches.values()))
            first["lines"][0]["result"] = {"type": "errored", "error": refused}
            first["lines"][1]["result"] = {"type": "expired"}

        assert record_in_batches(here.house, MESSAGES, file, lambda told: None, spoil) == 2
        assert (len(claude.batches), len(Recordings(file))) == (1, 0)
        assert record_in_batches(here.house, MESSAGES, file, lambda told: None, lambda seconds: None) == 0
        assert all(each.failure is None for each in replay(here.house, MESSAGES, file))


def test_without_a_key_nothing_is_recorded(tmp_path: Path) -> None:
    with world(tmp_path / "home") as here, pytest.raises(Misuse, match="Set ANTHROPIC_API_KEY"):
        list(record(here.house, MESSAGES, tmp_path / "r.jsonl"))
