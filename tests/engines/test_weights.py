"""The shipped weights: small, complete, and what the code expects."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agent.domain.assessments import Matched
from agent.domain.reports import Report
from agent.engines.description import issue_inputs, note_inputs
from agent.engines.embedded import EmbeddedEngine
from agent.engines.features import GROUPS, judged_text, text_features
from agent.engines.linear import WEIGHTS, chances_of, load, text_model
from agent.prompts import Prompts, prompts_dir

Build = Callable[..., Report]


def test_no_file_of_weights_is_large() -> None:
    sizes = [path.stat().st_size for path in WEIGHTS.glob("*.npz")]
    assert max(sizes) < 600_000
    assert sum(sizes) < 1_500_000


def test_the_card_names_every_file() -> None:
    card = (WEIGHTS / "CARD.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in card for path in WEIGHTS.glob("*.npz"))


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("types", ("bug", "feature", "question")),
        ("priorities", ("P0", "P1", "P2", "P3")),
        ("bugs", ("quick_fix", "complex")),
    ],
)
@pytest.mark.parametrize("text", ["", "?", "\ud800", "It crashes when I save.", "x" * 100_000])
def test_every_model_has_a_distribution_for_any_text(name: str, classes: tuple[str, ...], text: str) -> None:
    chances = text_model(name).probabilities("", text, np.zeros(384, np.float32))
    assert tuple(chances) == classes
    assert sum(chances.values()) == pytest.approx(1, abs=1e-5)
    assert min(chances.values()) > 0


def test_at_their_shares_the_rarest_class_is_less_likely() -> None:
    model = text_model("priorities")
    even = model.probabilities("Crash on start", "", np.zeros(384, np.float32))
    assert model.at_their_shares(even)["P0"] < even["P0"]


def test_the_chances_of_a_floor_are_the_scores_themselves() -> None:
    scores = np.array([0.25, 0.05, -0.1, -0.5], np.float32)
    assert chances_of(scores, 0.05) == pytest.approx(np.array([0.5, 0.3, 0.15, 0.05]), abs=1e-6)
    assert chances_of(np.array([np.log(3), 0], np.float32), 0) == pytest.approx(np.array([0.75, 0.25]))


def test_a_template_is_no_part_of_what_is_embedded() -> None:
    filled = "### Steps\n\nI save a file.\n\n```\npanic: at 0x01\n```\n- [x] I searched"
    assert judged_text("Crash", filled) == "Crash\nI save a file."
    assert (
        judged_text("", "Sync stopped again today.\nWhy?")
        == "Sync stopped again today.\nSync stopped again today.\nWhy?"
    )


def test_groups_of_terms_are_kept_apart() -> None:
    seen = text_features("Crash on save", "### Steps\nsave")
    assert set(seen.terms) == set(GROUPS)
    assert not set(seen.terms["title"].buckets) & set(seen.terms["text"].buckets)
    assert len(seen.terms["lines"].buckets) == 2


def test_the_engines_hash_follows_its_prompts(engine: EmbeddedEngine, tmp_path: Path) -> None:
    for path in prompts_dir().rglob("*.md"):
        copy = tmp_path / path.relative_to(prompts_dir())
        copy.parent.mkdir(exist_ok=True, parents=True)
        copy.write_text(path.read_text(encoding="utf-8").replace("Thanks", "Thank you"), encoding="utf-8")
    other = EmbeddedEngine(engine._embedder, Prompts(tmp_path).below("embedded"), duplicate_share=0.2)
    assert len(engine.prompt) == 7
    assert other.prompt != engine.prompt
    assert other.model == engine.model


def test_the_same_examples_are_written_as_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    from evals.fitting.ridge import Examples, Recipe, fit, scores_of, write

    words = ("crash", "wish", "how")
    texts = [f"{words[place % 3]} {place}" for place in range(30)]
    vectors = np.eye(30, 384, dtype=np.float32)
    examples = Examples([text_features(text, "") for text in texts], vectors, np.arange(30) % 3)
    recipe = Recipe(terms={"title": 1.0}, dense={"form": 0.1}, near=0.1, anchors=4)
    for name in ("one", "two"):
        write(fit(examples, words, recipe), tmp_path / f"{name}.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    assert (scores_of(load(tmp_path / "one.npz"), examples).argmax(1) == examples.labels).all()


def test_a_report_fills_the_issue_and_the_note(engine: EmbeddedEngine, report: Build) -> None:  # A4 T14
    made = report(
        "On 1.8.2 on Ubuntu sync stopped, the whole team is blocked. It should restart by itself.\n"
        "1. start it\n2. wait\n```\npanic: no route\n```\nRestarting the daemon helps."
    )
    prompts = Prompts(prompts_dir()).below("embedded")
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
