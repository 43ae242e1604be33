"""One question to Claude over a real socket: answered, corrected, tried again, or failed by its name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.domain.made import Call, Tokens
from agent.domain.models import Tier
from agent.engines.claude.asking import Tool
from agent.errors import EngineFailed, Failure
from tests.engines.claude.given import NOW, Search, Verdict, calls_to, models
from tests.fakes.claude import OVERLOADED, Asked, Fault, Reply, standing
from tests.fakes.claude import faults as wrong

GOOD = {"verdict": "known", "ids": ["#412"]}
SPENT = Call(
    at=NOW,
    case="C-9",
    source="",
    prompt="kind",
    prompt_hash="",
    model="claude-haiku-5-5",
    tokens=Tokens(),
    microdollars=1,
    seconds=1.0,
    outcome="answered",
)


def test_what_goes_over_the_wire_is_asserted(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = lambda asked: GOOD
        answered = here.calls.ask("kind", {"text": "it stops"}, Verdict, case="C-7", source="slack:C1")
    assert answered.value == Verdict(**GOOD)
    body = claude.calls[0].asked.body
    assert set(body) == {"model", "max_tokens", "system", "messages", "output_config"}
    assert body["model"] == "claude-haiku-5-5"
    assert body["max_tokens"] == 300 + models().tiers[Tier.SMALL].thinking
    assert body["system"] == [
        {"type": "text", "text": "Say what it is.", "cache_control": {"type": "ephemeral", "ttl": "5m"}}
    ]
    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "it stops"}]}]
    assert body["output_config"]["effort"] == "low"
    assert body["output_config"]["format"]["schema"]["additionalProperties"] is False
    assert "sk-ant" not in str(body)


def test_an_answer_says_what_it_took_and_the_ledger_has_it(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path) as here:
        made = here.calls.ask("kind", {"text": "it stops"}, Verdict, case="C-7", source="slack:C1").made
        prompt = here.calls.prompts.question("kind")
    [call] = here.ledger.calls
    assert (made.engine, made.model, made.prompts) == (
        "claude",
        "claude-haiku-5-5",
        {"kind": prompt.hash},
    )
    assert (call.case, call.source, call.prompt, call.prompt_hash) == ("C-7", "slack:C1", "kind", prompt.hash)
    assert call.tokens == made.tokens
    assert call.microdollars == made.microdollars > 0
    assert (call.outcome, call.at) == ("answered", NOW)


#: What goes wrong → its name, and how often Claude was asked.
ENDS: dict[str, tuple[Fault, Failure, int]] = {
    "overloaded": (OVERLOADED, Failure.OVERLOADED, 3),
    "rate limited": (wrong.RATE_LIMITED, Failure.RATE_LIMITED, 3),
    "broken": (wrong.BROKEN, Failure.BROKEN, 3),
    "unavailable": (wrong.UNAVAILABLE, Failure.BROKEN, 3),
    "no connection": (wrong.DROPPED, Failure.NO_ANSWER, 3),
    "cut off half-way": (wrong.DROPPED_HALF_WAY, Failure.NO_ANSWER, 3),
    "a proxy's page": (wrong.PROXY_PAGE, Failure.BROKEN, 3),
    "too slow": (wrong.late(1.5), Failure.TOO_SLOW, 3),
    "no credit": (wrong.NO_CREDIT, Failure.NO_CREDIT, 1),
    "bad key": (wrong.BAD_KEY, Failure.BAD_KEY, 1),
    "not allowed": (wrong.NOT_ALLOWED, Failure.NOT_ALLOWED, 1),
    "no such model": (wrong.NO_MODEL, Failure.NO_MODEL, 1),
    "too large": (wrong.TOO_LARGE, Failure.TOO_LARGE, 1),
    "bad request": (wrong.BAD_REQUEST, Failure.BAD_REQUEST, 1),
}


@pytest.mark.parametrize("case", ENDS)
def test_each_failure_ends_by_its_name_after_bounded_tries(case: str, tmp_path: Path) -> None:
    fault, kind, tries = ENDS[case]
    with standing() as claude, calls_to(claude, tmp_path, timeout_seconds=1.0) as here:
        claude.fails(fault, times=99)
        with pytest.raises(EngineFailed) as failed:
            here.calls.ask("kind", {"text": "x"}, Verdict)
    assert (failed.value.kind, failed.value.tries) == (kind, tries)
    assert here.ledger.outcomes == [kind.value] * tries


def test_a_second_try_that_is_answered_is_an_answer(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.fails(OVERLOADED, times=2)
        assert here.calls.ask("kind", {"text": "x"}, Verdict).made.tokens.output > 0
    assert here.ledger.outcomes == ["overloaded", "overloaded", "answered"]
    assert here.watch.waits == [0.5, 1.0]


def test_a_wait_that_the_service_asks_for_is_kept(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.fails(wrong.rate_limited(retry_after=11))
        here.calls.ask("kind", {"text": "x"}, Verdict)
    assert here.watch.waits == [11.0]


def test_a_wait_longer_than_our_patience_is_no_wait(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path, patience_seconds=60.0) as here:
        claude.fails(wrong.rate_limited(retry_after=600))
        with pytest.raises(EngineFailed) as failed:
            here.calls.ask("kind", {"text": "x"}, Verdict)
    assert (failed.value.kind, failed.value.tries, failed.value.seconds) == (Failure.RATE_LIMITED, 1, 600.0)
    assert here.watch.waits == []


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("refusal", Failure.REFUSED),
        ("max_tokens", Failure.CUT_SHORT),
        ("model_context_window_exceeded", Failure.TOO_LARGE),
    ],
)
def test_how_it_stopped_is_looked_at(reason: str, kind: Failure, tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = lambda asked: Reply('{"verdict": "kno', stop_reason=reason)
        with pytest.raises(EngineFailed) as failed:
            here.calls.ask("kind", {"text": "x"}, Verdict)
    assert failed.value.kind is kind
    assert here.ledger.outcomes == [kind.value]
    assert here.ledger.calls[0].microdollars > 0


WRONG = {
    "truncated JSON": '{"verdict": "kno',
    "no JSON": "I think it is known.",
    "a key too many": '{"verdict": "known", "ids": [], "mood": "good"}',
    "a wrong type": '{"verdict": 7, "ids": []}',
    "nothing": "",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_an_answer_of_the_wrong_shape_is_corrected_once(text: str, tmp_path: Path) -> None:
    def script(asked: Asked) -> object:
        return GOOD if "cannot be used" in asked.user else Reply(text)

    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = script  # type: ignore[assignment]
        answered = here.calls.ask("kind", {"text": "x"}, Verdict)
    assert answered.value == Verdict(**GOOD)
    assert here.ledger.outcomes == ["corrected", "answered"]
    assert answered.made.microdollars == sum(call.microdollars for call in here.ledger.calls)
    assert set(answered.made.prompts) == {"kind", "correction"}


def test_a_second_wrong_shape_is_the_end(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = lambda asked: Reply("no")
        with pytest.raises(EngineFailed) as failed:
            here.calls.ask("kind", {"text": "x"}, Verdict)
    assert failed.value.kind is Failure.WRONG_SHAPE
    assert here.ledger.outcomes == ["corrected", Failure.WRONG_SHAPE.value]
    assert len(claude.calls) == 2


def test_ids_that_were_never_shown_are_told_and_then_refused(tmp_path: Path) -> None:
    def unknown(answer: Verdict) -> list[str]:
        return [f"{each} was not shown" for each in answer.ids if each != "#412"]

    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = lambda asked: {"verdict": "known", "ids": ["#666"]}
        with pytest.raises(EngineFailed, match="wrong shape"):
            here.calls.ask("kind", {"text": "x"}, Verdict, check=unknown)
    assert "#666 was not shown" in claude.calls[1].asked.user


def test_a_pause_is_handed_back_as_it_is(tmp_path: Path) -> None:
    def script(asked: Asked) -> object:
        return GOOD if asked.turns else Reply("Let me", stop_reason="pause_turn")

    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = script  # type: ignore[assignment]
        assert here.calls.ask("kind", {"text": "x"}, Verdict).value == Verdict(**GOOD)
    assert claude.calls[1].asked.body["messages"][-1]["role"] == "assistant"


def tool(run: Callable[[Search], str]) -> Tool:
    return Tool(name="search_issues", description="Find Issues.", input=Search, run=run)


def searching(times: int, words: object = "watch limit") -> Callable[[Asked], object]:
    def script(asked: Asked) -> object:
        if asked.turns < times and asked.tools:
            return Reply(stop_reason="tool_use", uses=(("search_issues", {"words": words}),))
        return GOOD

    return script


def test_a_tool_is_run_and_its_result_shown(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = searching(1)  # type: ignore[assignment]
        found = tool(lambda given: f"#412 for {given.words}")
        here.calls.ask("kind", {"text": "x"}, Verdict, tools=[found], most_uses=3)
    assert claude.calls[0].asked.body["tools"][0]["strict"] is True
    assert "#412 for watch limit" in claude.calls[1].asked.user
    assert here.ledger.outcomes == ["searched", "answered"]


def test_tools_are_run_at_most_so_often(tmp_path: Path) -> None:
    ran: list[str] = []
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = searching(99)  # type: ignore[assignment]
        found = tool(lambda given: ran.append(given.words) or "nothing")
        answered = here.calls.ask("kind", {"text": "x"}, Verdict, tools=[found], most_uses=2)
    assert answered.value == Verdict(**GOOD)
    assert len(ran) == 2
    assert claude.calls[-1].asked.body["tool_choice"] == {"type": "none"}


def test_many_uses_at_once_are_run_no_more_often(tmp_path: Path) -> None:
    def script(asked: Asked) -> object:
        uses = tuple(("search_issues", {"words": str(each)}) for each in range(5))
        return GOOD if asked.turns else Reply(stop_reason="tool_use", uses=uses)

    ran: list[str] = []
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = script  # type: ignore[assignment]
        found = tool(lambda given: ran.append(given.words) or "nothing")
        here.calls.ask("kind", {"text": "x"}, Verdict, tools=[found], most_uses=2)
    assert ran == ["0", "1"]
    assert claude.calls[1].asked.user.count("no more searches") == 3


def test_a_forged_tool_or_input_is_told_to_the_model_and_runs_nothing(tmp_path: Path) -> None:
    def script(asked: Asked) -> object:
        uses = (("close_issue", {"id": "#1"}), ("search_issues", {"words": 7, "and": "delete"}))
        return GOOD if asked.turns else Reply(stop_reason="tool_use", uses=uses)

    ran: list[object] = []
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.script["Verdict"] = script  # type: ignore[assignment]
        here.calls.ask(
            "kind", {"text": "x"}, Verdict, tools=[tool(lambda given: ran.append(given) or "")], most_uses=4
        )
    assert ran == []
    results = claude.calls[1].asked.body["messages"][-1]["content"]
    assert [each["is_error"] for each in results] == [True, True]


def test_over_the_days_cap_nothing_is_asked(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path, daily_cap=1) as here:
        here.calls.ask("kind", {"text": "x"}, Verdict)
        with pytest.raises(EngineFailed) as failed:
            here.calls.ask("kind", {"text": "x"}, Verdict)
    assert (failed.value.kind, failed.value.tries) == (Failure.SPEND_CAP, 0)
    assert len(claude.calls) == len(here.ledger.calls) == 1


def test_a_key_that_is_not_accepted_is_never_in_the_error(tmp_path: Path) -> None:
    with (
        standing() as claude,
        calls_to(claude, tmp_path, key="sk-ant-secret") as here,
        pytest.raises(EngineFailed) as failed,
    ):
        here.calls.ask("kind", {"text": "x"}, Verdict)
    assert failed.value.kind is Failure.BAD_KEY
    assert "secret" not in str(failed.value)


def test_a_cached_prefix_is_cheaper_the_second_time(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path) as here:
        long = (tmp_path / "kind.md").read_text().replace("Say what it is.", "A rule of the team. " * 500)
        (tmp_path / "kind.md").write_text(long)
        here.calls.prompts.__init__(tmp_path)  # type: ignore[misc]
        first, second = (here.calls.ask("kind", {"text": "x"}, Verdict).made for _ in range(2))
    assert first.tokens.cache_write == second.tokens.cache_read > 1_000
    assert second.microdollars < first.microdollars / 2


def test_a_long_call_costs_the_long_price_all_of_it() -> None:
    small = models().tiers[Tier.SMALL]
    assert small.microdollars(Tokens(input=100_000, output=1_000)) == 10_500
    assert small.microdollars(Tokens(input=100_001, output=1_000)) == 52_501
    assert small.microdollars(Tokens(cache_read=1_000_000, output=0)) == 50_000


@pytest.mark.parametrize("fault", [wrong.late(1.5), wrong.DROPPED_HALF_WAY])
def test_a_call_that_may_be_charged_unread_counts_for_the_cap(fault: Fault, tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path, timeout_seconds=1.0, daily_cap=1_000) as here:
        claude.fails(fault, times=99)
        with pytest.raises(EngineFailed) as failed:
            here.calls.ask("kind", {"text": "x"}, Verdict)
    assert failed.value.kind is Failure.SPEND_CAP
    [call] = here.ledger.calls
    assert call.tokens == Tokens()
    assert 1_150 < call.microdollars < 1_170  # all that the answer may take, and the question


@pytest.mark.parametrize("fault", [wrong.DROPPED, OVERLOADED, wrong.BROKEN])
def test_a_call_that_reached_nobody_costs_nothing(fault: Fault, tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path) as here:
        claude.fails(fault, times=99)
        with pytest.raises(EngineFailed):
            here.calls.ask("kind", {"text": "x"}, Verdict)
    assert here.ledger.spent(NOW.date()) == 0


def test_what_others_spend_while_a_call_waits_for_its_turn_counts(tmp_path: Path) -> None:
    with standing() as claude, calls_to(claude, tmp_path, daily_cap=1, tokens_a_minute=60) as here:
        claude.script["Verdict"] = lambda asked: GOOD
        here.calls.pace._level = 0.0

        def another_process_spends(seconds: float) -> None:
            here.watch.at += seconds
            here.ledger.calls.append(SPENT)

        here.calls.pace._sleep = another_process_spends
        with pytest.raises(EngineFailed) as failed:
            here.calls.ask("kind", {"text": "x"}, Verdict)
    assert failed.value.kind is Failure.SPEND_CAP
    assert claude.calls == []
