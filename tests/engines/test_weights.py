"""The shipped weights: small, complete, and what the code expects."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agent.domain.assessments import Matched
from agent.domain.reports import Report
from agent.engines.description import issue_inputs, note_inputs
from agent.engines.embedded import EmbeddedEngine
from agent.engines.likeness import FEATURES, pair_model, rarity
from agent.engines.linear import WEIGHTS, text_model
from agent.prompts import Prompts, prompts_dir

Build = Callable[..., Report]


def test_all_weights_together_are_under_a_megabyte() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.glob("*.npz")) < 1_000_000


def test_the_card_names_every_file() -> None:
    card = (WEIGHTS / "CARD.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in card for path in WEIGHTS.glob("*.npz"))


def test_the_pair_model_has_a_weight_for_each_feature() -> None:
    assert pair_model().weights.shape == (len(FEATURES),)
    assert text_model("types").classes == ("bug", "feature", "question")


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    assert rarity("inotify") > rarity("file") > rarity("the")


def test_the_engines_hash_follows_its_prompts(engine: EmbeddedEngine, tmp_path: Path) -> None:
    for path in prompts_dir().rglob("*.md"):
        copy = tmp_path / path.relative_to(prompts_dir())
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8").replace("Thanks", "Thank you"), encoding="utf-8")
    other = EmbeddedEngine(engine._embedder, Prompts(tmp_path), duplicate_share=0.2)
    assert len(engine.prompt) == 7
    assert other.prompt != engine.prompt
    assert other.model == engine.model


def test_the_same_model_is_written_as_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    from evals.train import BUCKETS, fit, write_text_model

    rows = np.random.default_rng(1).normal(size=(30, BUCKETS + 384 + 11))
    labels = np.arange(30) % 3
    for name in ("one", "two"):
        write_text_model(tmp_path / f"{name}.npz", fit(rows, labels, np.ones(30), 0.1), ("a", "b", "c"))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_report_fills_the_issue_and_the_note(engine: EmbeddedEngine, report: Build) -> None:  # A4 T14
    made = report(
        "On 1.8.2 on Ubuntu sync stopped, the whole team is blocked. It should restart by itself.\n"
        "1. start it\n2. wait\n```\npanic: no route\n```\nRestarting the daemon helps."
    )
    prompts = Prompts(prompts_dir())
    found = engine.assess(made, Matched())
    body = prompts.render("issue", issue_inputs(made, found, 2)).text
    assert "1. start it\n2. wait" in body
    assert "It should restart by itself." in body
    assert "1.8.2; Linux" in body
    assert "blocks somebody's work: “the whole team is blocked”" in body
    assert "“Restarting the daemon helps” (not confirmed)" in body
    assert "    panic: no route" in body
    note = prompts.render("note", note_inputs(made, found, 2, "")).text
    assert "Impact: blocks somebody's work" in note
    assert "whole team" not in note
