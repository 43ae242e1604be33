"""all-MiniLM-L6-v2 as an ONNX graph: built once from weights, kept in a cache, float32 or int8.

What lives here: the graph (BERT, 6 layers, 12 heads, mean pooling, rows of length 1) and its files.
What does not: finding the weights (`weights.py`), tokens and batches (`embedder.py`).
"""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.index.weights import Origin, Weights

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

    Tensors = dict[str, NDArray[np.float32]]

BUILDER = 1  #: goes up with every change of the graph or of its quantisation
LAYERS, HEADS, DIMENSIONS = 6, 12, 384
EPSILON = 1e-12
DOMAIN = "com.microsoft"
OPSETS = {"": 17, DOMAIN: 1}
IR_VERSION = 8


class Variant(StrEnum):
    FLOAT32 = "float32"
    INT8 = "int8"  #: a point worse on vectors alone, three times as fast


def built(cache: Path, weights: Weights, variant: Variant) -> Path:
    """Return the graph's file, building it first where the cache does not hold it.

    Takes `input_ids`, int64 of shape (texts, tokens) without padding; gives `embedding`, float32
    of shape (texts, 384), rows of length 1. A kill leaves no half file.
    """
    path = cache / f"all-MiniLM-L6-v2-{weights.sha256[:16]}-{variant}-{BUILDER}.onnx"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".building-") as folder:
            draft = Path(folder) / path.name
            _write(_graph_of(weights), variant, draft)
            draft.replace(path)
    return path


def _write(model: onnx.ModelProto, variant: Variant, path: Path) -> None:
    import onnx

    if variant is Variant.FLOAT32:
        onnx.save(model, str(path))
        return
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Says that shapes need no second look; the tool logs a warning for every graph without it.
    onnx.helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    # Seven-bit weights: eight overflow the 16-bit sums of processors without VNNI.
    quantize_dynamic(
        model,
        str(path),
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def _graph_of(weights: Weights) -> onnx.ModelProto:
    if weights.origin is Origin.CHROMA:
        return _pooled(weights.model)
    from safetensors.numpy import load_file

    return _Bert(load_file(weights.model)).model()


class _Bert:
    """Lays out the graph node by node, with the fused operators that onnxruntime ships."""

    def __init__(self, tensors: Tensors) -> None:
        self.tensors = tensors
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        at = self.embeddings()
        for layer in range(LAYERS):
            at = self.layer(f"encoder.layer.{layer}", at)
        return self.finished([*self.nodes, *_pooling(at)])

    def embeddings(self) -> str:
        # The only token type here is 0, so its row is part of every position.
        kinds = self.tensors["embeddings.token_type_embeddings.weight"]
        self.constant("words", self.tensors["embeddings.word_embeddings.weight"])
        self.constant("positions", self.tensors["embeddings.position_embeddings.weight"] + kinds[0])
        for at in range(3):
            self.constant(f"at_{at}", _int64([at]))
        self.add("Shape", ["input_ids"], "shape")
        self.add("Slice", ["shape", "at_1", "at_2"], "length")
        self.add("Slice", ["positions", "at_0", "length"], "places")
        self.add("Gather", ["words", "input_ids"], "looked_up")
        self.add("Add", ["looked_up", "places"], "embedded")
        return self.norm("embeddings.LayerNorm", "embedded")

    def layer(self, name: str, at: str) -> str:
        attended = self.attention(f"{name}.attention.self", at)
        at = self.joined(f"{name}.attention.output", attended, at)
        wide = self.product(f"{name}.intermediate.dense", at)
        bias = self.parameter(f"{name}.intermediate.dense.bias")
        active = self.add("BiasGelu", [wide, bias], f"{name}.active", domain=DOMAIN)
        return self.joined(f"{name}.output", active, at)

    def attention(self, name: str, at: str) -> str:
        import numpy as np

        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        weights = [self.tensors[f"{part}.weight"].T for part in parts]
        self.constant(f"{name}.weight", np.concatenate(weights, axis=1))
        self.constant(f"{name}.bias", np.concatenate([self.tensors[f"{part}.bias"] for part in parts]))
        product = self.add("MatMul", [at, f"{name}.weight"], f"{name}.product")
        biased = self.add("Add", [product, f"{name}.bias"], f"{name}.biased")
        self.add("Split", [biased], *parts, axis=-1)
        return self.add("MultiHeadAttention", parts, f"{name}.attended", domain=DOMAIN, num_heads=HEADS)

    def joined(self, name: str, at: str, skipped: str) -> str:
        """Add a dense layer, its bias, the skip connection and the norm after it."""
        dense = self.product(f"{name}.dense", at)
        biased = self.add("Add", [dense, self.parameter(f"{name}.dense.bias")], f"{name}.biased")
        summed = self.add("Add", [biased, skipped], f"{name}.sum")
        return self.norm(f"{name}.LayerNorm", summed)

    def norm(self, name: str, at: str) -> str:
        inputs = [at, self.parameter(f"{name}.weight"), self.parameter(f"{name}.bias")]
        return self.add("LayerNormalization", inputs, f"{name}.out", axis=-1, epsilon=EPSILON)

    def product(self, name: str, at: str) -> str:
        weight = self.constant(f"{name}.weight", self.tensors[f"{name}.weight"].T)
        return self.add("MatMul", [at, weight], f"{name}.product")

    def parameter(self, name: str) -> str:
        return self.constant(name, self.tensors[name])

    def constant(self, name: str, values: NDArray[Any]) -> str:
        import numpy as np
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        node = helper.make_node(kind, inputs, outputs, name=outputs[0], domain=domain, **attributes)
        self.nodes.append(node)
        return outputs[0]

    def finished(self, nodes: list[onnx.NodeProto]) -> onnx.ModelProto:
        from onnx import helper

        graph = helper.make_graph(nodes, "all-MiniLM-L6-v2", [_tokens()], [_embedding()], self.constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def _int64(values: list[int]) -> NDArray[Any]:
    import numpy as np

    return np.array(values, dtype=np.int64)


def _tokens() -> onnx.ValueInfoProto:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])


def _embedding() -> onnx.ValueInfoProto:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["texts", DIMENSIONS])


def _pooling(tokens: str) -> list[onnx.NodeProto]:
    """Take the mean over the tokens, then length 1."""
    from onnx import helper

    mean = helper.make_node("ReduceMean", [tokens], ["mean"], name="mean", axes=[1], keepdims=0)
    unit = helper.make_node("LpNormalization", ["mean"], ["embedding"], name="embedding", axis=-1, p=2)
    return [mean, unit]


def _pooled(path: Path) -> onnx.ModelProto:
    """Give chromadb's graph of the same model the inputs and the output of ours.

    Theirs takes mask and token types as well, all ones and all zeros without padding, and ends
    at the tokens' vectors.
    """
    import onnx
    from onnx import helper

    model = onnx.load(str(path))
    graph = model.graph
    nodes = [helper.make_node("Shape", ["input_ids"], ["shape"], name="shape")]
    for name, value in (("attention_mask", 1), ("token_type_ids", 0)):
        filled = helper.make_tensor(f"{name}.value", onnx.TensorProto.INT64, [1], [value])
        nodes.append(helper.make_node("ConstantOfShape", ["shape"], [name], name=name, value=filled))
    nodes.extend([*graph.node, *_pooling(graph.output[0].name)])
    whole = helper.make_graph(nodes, graph.name, [_tokens()], [_embedding()], list(graph.initializer))
    return helper.make_model(whole, opset_imports=list(model.opset_import), ir_version=model.ir_version)
