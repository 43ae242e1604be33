"""Speed, by part, of the product as wired, on homes of its own. `evals/benchmarks.py` writes it down."""

from __future__ import annotations

import random
import resource
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.domain.issues import Issue
from agent.domain.messages import Message
from agent.house import House
from agent.index.meaning import embedded, recipe
from agent.index.network import Variant, built
from agent.index.weights import locate
from agent.policy.texts import content_hash, embedded_text
from agent.settings import Settings
from agent.store import issues as stored
from agent.store.records import StoreRecords
from agent.wiring import open_house
from evals.quality import query_of
from evals.reports import message_from, settings_in

if TYPE_CHECKING:
    from agent.index.embedder import MiniLM

WARM_UP = 20
COMPARED = 300  #: Issues that are indexed beside chromadb's own embedding function
MANY = 100_000
YEARS_LATER = "2030-01-01T00:00:00Z"


@dataclass
class Timed:
    """A port in front of the real one that adds up the seconds spent behind it."""

    behind: Any
    part: str
    spent: dict[str, float]
    inside: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.behind, name)
        if not callable(found):
            return found

        def call(*args: Any, **given: Any) -> Any:
            began = time.perf_counter()
            try:
                return found(*args, **given)
            finally:
                self.spent[self.part] += time.perf_counter() - began

        return call


def searching(house: House, messages: Sequence[Message]) -> Iterator[str]:
    """Yield a row: how long a search takes, warm, the embedding of its message included."""
    index, seconds = house.ports.index, []
    for message in messages:
        began = time.perf_counter()
        index.search(query_of(message))
        seconds.append(time.perf_counter() - began)
    warm = sorted(seconds[WARM_UP:])
    with house.store.read() as tx:
        count = stored.total(tx)
    yield (
        f"| search of one message in {count:,} Issues, embedding included | p50 {at(warm, 0.5) * 1000:.0f} ms,"
        f" p95 {at(warm, 0.95) * 1000:.0f} ms |"
    )


def trials(house: House, messages: Sequence[Message]) -> Iterator[str]:
    """Yield how fast `triage try` judges warm, by part."""
    list(house.trials(messages[:WARM_UP], 10))
    spent: dict[str, float] = defaultdict(float)
    with timed(house, spent):
        began = time.perf_counter()
        done = list(house.trials(messages[WARM_UP:], 10))
        total = time.perf_counter() - began
    seconds = sorted(trial.seconds for trial in done)
    yield (
        f"| `triage try`, warm | {len(done) / total:.1f} messages/s, p50 {at(seconds, 0.5) * 1000:.0f} ms,"
        f" p95 {at(seconds, 0.95) * 1000:.0f} ms: {parts(spent, total, len(done))} |"
    )


def journey(house: House, messages: Sequence[Message]) -> Iterator[str]:
    """Yield how fast received Messages become Proposals that wait, everything durable."""
    run = uuid.uuid4().hex  # a home that was kept has seen these messages
    messages = [replace(message, id=f"{message.id}?{run}") for message in messages]
    house.desk.receive(messages[:WARM_UP])
    house.drain()
    spent: dict[str, float] = defaultdict(float)
    with timed(house, spent):
        began = time.perf_counter()
        house.desk.receive(messages[WARM_UP:])
        house.drain()
        total = time.perf_counter() - began
    count = len(messages) - WARM_UP
    yield (
        f"| received → waiting for a person, durable, one thread | {count / total:.1f} messages/s:"
        f" {parts(spent, total, count)} |"
    )


def indexing(settings: Settings, issues: Sequence[Issue]) -> tuple[float, str]:
    """Return Issues/s, and a row beside chromadb's own function on the same texts, by turns."""
    from agent.index.embedder import MiniLM

    ours = MiniLM(settings.cache)
    theirs = chroma_function(settings.cache)
    chosen = random.Random(7).sample(list(issues), COMPARED)
    texts = [(issue.title, issue.body) for issue in chosen]
    whole = [embedded_text(*text) for text in texts]
    embedded(ours, texts[:8])
    theirs(whole[:8])
    seconds = {"ours": 0.0, "theirs": 0.0}
    for start in range(0, COMPARED, COMPARED // 3):
        part = slice(start, start + COMPARED // 3)
        seconds["ours"] += timed_call(partial(embedded, ours, texts[part]))
        seconds["theirs"] += timed_call(partial(theirs, whole[part]))
    rate, other = COMPARED / seconds["ours"], COMPARED / seconds["theirs"]
    return rate, (
        f"| embedding, of {COMPARED} real Issues, titles apart included | {rate:.0f} Issues/s;"
        f" chromadb's default function {other:.1f}: {rate / other:.1f} × |"
    )


def chroma_function(cache: Path) -> Any:
    """Return chromadb's default embedding function, pointed at a local graph of the same weights.

    The graph is ours in float32, given the inputs and the output that theirs has. It leaves the mask
    unused, which saves it a little: the vectors are not looked at here.
    """
    import onnx
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2

    found = locate()
    model = onnx.load(str(built(cache, found, Variant.FLOAT32)))
    graph = model.graph
    tokens = graph.node[-2].input[0]
    del graph.node[-2:], graph.output[:]
    for name in ("attention_mask", "token_type_ids"):
        graph.input.append(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT64, ["texts", "tokens"])
        )
    graph.output.append(
        onnx.helper.make_tensor_value_info(tokens, onnx.TensorProto.FLOAT, ["texts", "tokens", 384])
    )
    folder = Path(tempfile.mkdtemp(prefix="chroma-onnx-"))
    (folder / "onnx").mkdir()
    (folder / "onnx" / "tokenizer.json").symlink_to(found.tokenizer)
    onnx.save(model, str(folder / "onnx" / "model.onnx"))
    # What would download checks for these files first, and finds them.
    local = type(
        "Local", (ONNXMiniLM_L6_V2,), {"DOWNLOAD_PATH": folder, "_download_model_if_not_exists": _nothing}
    )
    return local()


def _nothing(function: Any) -> None:
    """Download nothing."""


def hundred_thousand(settings: Settings, issues: Sequence[Issue], rate: float) -> Iterator[str]:
    """Yield the figures of a project of 100,000 Issues.

    They are real Issues in other halves, with vectors moved a little, so that nothing is embedded
    twice for this: the time to embed them is arithmetic, everything else is measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with open_house(settings_in(settings, home), command="make bench") as house:
            began = time.perf_counter()
            fill(house, issues, MANY)
            stored_in = time.perf_counter() - began
            took = timed_call(house.ports.index.refresh)
            yield f"| {MANY:,} Issues: into the store | {stored_in:.0f} s, and {MANY / rate / 60:.0f} min of embedding at the rate above |"
            yield f"| {MANY:,} Issues: loaded by a new process | {took:.1f} s |"
            yield from searching(house, [_asking(issue) for issue in issues[:: len(issues) // 120][:120]])
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            disk = sum(file.stat().st_size for file in home.rglob("*") if file.is_file()) / 2**20
            yield f"| {MANY:,} Issues: memory of the process, disk | {memory:,.0f} MB, {disk:,.0f} MB |"


def fill(house: House, issues: Sequence[Issue], count: int) -> None:
    """Put `count` Issues of one project into the store, with vectors."""
    import numpy as np

    chance, shuffle = np.random.default_rng(7), random.Random(7)
    records = StoreRecords(house.store)
    embedder: MiniLM = house.ports.index._embedder  # type: ignore[attr-defined]
    named = recipe(embedder)
    known = list(issues)
    vectors = embedded(embedder, [(issue.title, issue.body) for issue in known[:2_000]])
    for start in range(0, count, 2_000):
        made = [_mixed(known, number, shuffle) for number in range(start, min(start + 2_000, count))]
        with house.store.write() as tx:
            stored.upsert(tx, made)
        moved = vectors[: len(made)] + chance.normal(0, 0.03, (len(made), vectors.shape[1]))
        moved = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
        contents = [content_hash(embedded_text(issue.title, issue.body)) for issue in made]
        records.keep_vectors(named, dict(zip(contents, moved, strict=True)))


def _mixed(issues: Sequence[Issue], number: int, chance: random.Random) -> Issue:
    one, other = chance.sample(issues, 2)
    body = one.body[: len(one.body) // 2] + other.body[len(other.body) // 2 :]
    return Issue(
        id=f"example/many#{number + 1}",
        title=f"{one.title} {number}",
        body=body,
        created_at=one.created_at,
    )


def _asking(issue: Issue) -> Message:
    line = {"id": issue.id, "source": "github:example/many", "title": issue.title, "text": issue.body}
    return message_from({**line, "sent_at": YEARS_LATER})


def timed_call(call: Any) -> float:
    """Return the seconds that a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def parts(spent: dict[str, float], total: float, count: int) -> str:
    """Say what each part took of a message; search holds the embedding of its query, said apart."""
    shown = {**spent, "search": spent["search"] - spent["embed"]}
    shown["the rest"] = total - sum(shown.values())
    named = ("embed", "search", "judge", "draft", "the rest")
    return ", ".join(f"{part} {shown.get(part, 0) / count * 1000:.1f} ms" for part in named)


@contextmanager
def timed(house: House, spent: dict[str, float]) -> Iterator[None]:
    """Put a stopwatch in front of the parts while the block runs."""
    index: Any = house.ports.index
    engine: Any = house.ports.engine
    before = (index._embedder, house.steps)
    index._embedder = Timed(before[0], "embed", spent)
    watched = replace(house.steps, index=Timed(index, "search", spent), engine=Watched(engine, spent))
    for holder in (house, house.nodes):
        object.__setattr__(holder, "steps", watched)
    yield
    index._embedder = before[0]
    for holder in (house, house.nodes):
        object.__setattr__(holder, "steps", before[1])


@dataclass
class Watched:
    """The engine, with judging and drafting timed apart."""

    behind: Any
    spent: dict[str, float]

    def __getattr__(self, name: str) -> Any:
        part = {"compare": "judge", "assess": "judge", "draft": "draft", "describe": "draft"}.get(name)
        return getattr(Timed(self.behind, part, self.spent), name) if part else getattr(self.behind, name)


def at(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of ordered values."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
