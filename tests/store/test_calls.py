"""The ledger: what each call cost, kept for good, and summed by day, prompt and model. On both databases."""

from datetime import UTC, date, datetime

from agent.domain.made import Call, Tokens
from agent.store import calls
from agent.store.calls import StoreLedger
from agent.store.database import Store

DAY = date(2026, 11, 21)


def call(hour: int = 10, day: int = 21, outcome: str = "answered", prompt: str = "assess") -> Call:
    return Call(
        at=datetime(2026, 11, day, hour, tzinfo=UTC),
        case="C-7",
        source="slack:C1",
        prompt=prompt,
        prompt_hash="abc",
        model="claude-haiku-5-5",
        tokens=Tokens(input=100, output=20, cache_write=3, cache_read=4),
        microdollars=50,
        seconds=2.0,
        outcome=outcome,
    )


def test_a_call_comes_back_as_it_was_kept(store: Store) -> None:
    StoreLedger(store).record(call())
    with store.read() as tx:
        assert calls.newest(tx) == call()
        assert calls.of_case(tx, "C-7") == [call()]


def test_a_day_is_a_day_of_utc(store: Store) -> None:
    ledger = StoreLedger(store)
    for each in (call(hour=0), call(hour=23), call(day=20), call(hour=0, day=22)):
        ledger.record(each)
    assert ledger.spent(DAY) == 100
    assert ledger.spent(date(2026, 11, 19)) == 0


def test_sums_are_by_day_prompt_and_model_and_count_what_was_in_vain(store: Store) -> None:
    ledger = StoreLedger(store)
    for each in (call(), call(outcome="overloaded"), call(prompt="draft"), call(day=20)):
        ledger.record(each)
    with store.read() as tx:
        found = calls.sums(tx, date(2026, 11, 21), DAY)
        assert [(each.day, each.prompt, each.calls, each.unused) for each in found] == [
            (DAY, "assess", 2, 1),
            (DAY, "draft", 1, 0),
        ]
        assert found[0].tokens == Tokens(input=200, output=40, cache_write=6, cache_read=8)
        assert (found[0].microdollars, found[0].seconds) == (100, 2.0)
        assert len(calls.sums(tx, date(2026, 11, 20), DAY)) == 3


def test_what_any_process_spent_counts_for_each(store: Store) -> None:
    other = Store(store.db.url.render_as_string(hide_password=False))
    StoreLedger(other).record(call())
    StoreLedger(store).record(call())
    assert StoreLedger(store).spent(DAY) == StoreLedger(other).spent(DAY) == 100
    other.close()
