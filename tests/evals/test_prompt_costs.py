"""What a Case would cost is computed from what would be sent, and nothing is sent."""

from dataclasses import replace
from pathlib import Path

from agent.domain.models import Effort, Model, Price, Tier
from evals.prompt_costs import Priced, costs, tokens
from tests.builders import issue, message, world

MODEL = Model(
    name="m",
    effort=Effort.LOW,
    thinking=200,
    price=Price(input=1.0, output=5.0, cache_write=1.25, cache_read=0.1),
)


def test_what_is_the_same_is_written_to_the_cache_once_and_read_from_then_on() -> None:
    call = Priced("assess", Tier.SMALL, stable=1_000, varying=200, output=100)
    assert call.microdollars(MODEL, cached=False) == 1_250 + 200 + 500
    assert call.microdollars(MODEL, cached=True) == 100 + 200 + 500
    assert call.microdollars(MODEL, cached=True, thinks=True) == 100 + 200 + 1_500


def test_a_token_is_taken_as_three_and_a_half_characters() -> None:
    assert tokens("x" * 350) == 100
    assert tokens([{"text": "é" * 10}]) == round(len('[{"text": "éééééééééé"}]') / 3.5)


def test_the_tables_hold_every_prompt_and_both_prices(tmp_path: Path) -> None:
    asked = [message("The sync stops at night", id=f"m-{number}", title="Sync") for number in range(3)]
    with world(tmp_path / "home") as here:
        here.house.add_issues([replace(issue(4, "Sync stops at night"), body="Every night. " * 50)])
        told = "\n".join(costs(here.house, asked))
    assert "Prompts of 3 real messages" in told
    for row in ("cents, the small tier, uncached", "cents, as configured, cached", "share of what is read"):
        assert row in told
    for prompt in ("assess", "draft", "issue"):
        assert f"| {prompt} | " in told
