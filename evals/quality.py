"""How often the right Issue stands on top, stage by stage, and whether a probability is what it says.

What is measured is the product as wired, on projects that nothing was fitted on and on later years of
the one that was. `evals/benchmarks.py` writes it down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agent.house import House
from agent.index.fusion import fused
from agent.policy.duplicates import probabilities
from agent.ports import Query
from evals import readings
from evals.reports import Reports, reports
from evals.scorers.calibration import calibration_error, debiased_error, perfect_band
from evals.scorers.flags import flagged
from evals.scorers.intervals import bootstrap, mean_of, paired
from evals.scorers.ranking import PLACES, first_right, reciprocal

if TYPE_CHECKING:
    from agent.domain.messages import Message
    from agent.index.hybrid import HybridIndex

STAGES = ("words", "meaning", "fused", "reranked")
#: What is reported, by name: the project and its file of marked duplicates.
REPORTED = {"rust, later years": "rust.dev", "shellcheck": "shellcheck.dev", "monero-gui": "monero-gui.dev"}
LOWER = (0.5, 0.34, 0.2)  #: thresholds beside the one that is shipped
RARE = 0.05  #: a share of duplicates as public trackers mark them


@dataclass(frozen=True)
class Ranked:
    """For each report the place of its first right Issue, by stage, and the cluster that it belongs to."""

    places: Mapping[str, Sequence[float]]
    clusters: Sequence[str]

    def __add__(self, other: Ranked) -> Ranked:
        """Pool two projects."""
        places = {stage: [*self.places[stage], *other.places[stage]] for stage in STAGES}
        return Ranked(places, [*self.clusters, *other.clusters])


def ranked(index: HybridIndex, found: Reports) -> Ranked:
    """Search for every marked report, and look at what each stage put on top."""
    places: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for message in found.marked():
        for stage, ranking in rankings(index, message).items():
            places[stage].append(first_right(ranking, found.right[message.id]))
    return Ranked(places, [min(found.right[message.id]) for message in found.marked()])


def rankings(index: HybridIndex, message: Message) -> dict[str, list[str]]:
    """Return the ids that each stage found, best first."""
    stages = index.stages(query_of(message))
    meaning = {name: near.meaning for name, near in stages.near.items()}
    return {
        "words": list(stages.words),
        "meaning": sorted(meaning, key=lambda name: (-meaning[name], name)),
        "fused": fused(stages.words, meaning),
        "reranked": [candidate.issue_id for candidate in stages.candidates()],
    }


def query_of(message: Message) -> Query:
    """Ask for a report as the journey does."""
    return Query(
        project=message.source.partition(":")[2],
        title=message.title,
        text=message.text,
        before=message.sent_at,
        exclude=frozenset({message.id}),
    )


def retrieval_table(name: str, found: Ranked) -> Iterator[str]:
    """Yield a row a stage: recall at 1, 5 and 10, and the mean reciprocal rank, with 95 % intervals."""
    for stage in STAGES:
        places = np.array(found.places[stage])
        gained = [(places <= most).astype(float) for most in PLACES] + [1 / places]
        cells = [str(bootstrap(mean_of(each), len(each), found.clusters)) for each in gained]
        yield f"| {name} ({len(places)}) | {stage} | {' | '.join(cells)} |"


def gains(found: Ranked) -> Iterator[str]:
    """Yield by how much the mean reciprocal rank of the final order is above each stage before it."""
    last = np.array(found.places["reranked"])
    for stage in STAGES[:-1]:
        other = 1 / np.array(found.places[stage])
        gain = paired(mean_of(1 / last), mean_of(other), len(last), found.clusters)
        before, after = reciprocal(found.places[stage]).parts, reciprocal(found.places["reranked"]).parts
        least = min(after[place] - before[place] for place in before)
        yield f"| reranked over {stage} | {gain} | {least:+.3f} |"


@dataclass(frozen=True)
class Searched:
    """For each report: its first candidate, the scores of all, whether the first is right, whether it was marked."""

    pairs: list[tuple[str, str]]  #: report and first candidate
    scores: list[list[float]]
    right: list[bool]
    marked: list[bool]

    @property
    def share(self) -> float:
        """How many of these reports are marked as duplicates."""
        return sum(self.marked) / len(self.marked)

    def chances(self, share: float) -> list[float]:
        """Return how likely each first candidate is the same problem, where `share` of reports are duplicates."""
        return [max(probabilities(each, share), default=0.0) for each in self.scores]


def searched(index: HybridIndex, found: Reports) -> Searched:
    """Search for every report."""
    said = Searched([], [], [], [])
    for message in found.messages:
        candidates = index.search(query_of(message)).candidates
        first = candidates[0].issue_id if candidates else ""
        said.pairs.append((message.id, first))
        said.scores.append([each.score for each in candidates])
        said.right.append(first in found.right[message.id])
        said.marked.append(bool(found.right[message.id]))
    return said


def calibration_row(name: str, found: Searched, share: float) -> str:
    """Return a row: calibration errors where `share` of the reports are duplicates, by weighing them so."""
    high, low = share / found.share, (1 - share) / (1 - found.share)
    weights = [high if marked else low for marked in found.marked]
    chances = found.chances(share)
    plain = calibration_error(chances, found.right, weights).value
    error = debiased_error(chances, found.right, weights).value
    lowest, highest = perfect_band(chances, weights)
    return f"| {name}, {share:.0%} duplicates | {plain:.3f} | {error:.3f} | {lowest:.3f} to {highest:.3f} |"


def flags_row(found: Searched, share: float, at: float) -> str:
    """Return a row: what a threshold catches of the marked duplicates, and how much it flags."""
    chances = found.chances(share)
    score = flagged(chances, found.right, found.marked, at)
    marked = np.flatnonzero(found.marked)
    caught = np.array(found.right) & (np.array(chances) >= at)
    recall = bootstrap(mean_of(caught[marked].astype(float)), len(marked))
    flags, right = score.parts["flags"], score.parts["right by the labels"]
    return f"| from {at:.2f} | {recall} | {flags:.0f} of {len(chances)} | {right:.2f} |"


def tables(houses: Mapping[str, House], data: Path, share: float, at: float) -> Iterator[str]:
    """Yield the tables of retrieval and of the decision; `houses` are by project, their index filled."""
    found = {
        name: ranked(index_of(houses[file.rpartition(".")[0]]), reports(data, file))
        for name, file in REPORTED.items()
    }
    pooled = found["shellcheck"] + found["monero-gui"]
    yield "| reports | stage | R@1 | R@5 | R@10 | MRR |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, each in {**found, "shellcheck + monero-gui": pooled}.items():
        yield from retrieval_table(name, each)
    yield ""
    yield "| shellcheck + monero-gui | MRR gained | least gain of R@1, 5, 10 |"
    yield "| --- | --- | --- |"
    yield from gains(pooled)
    yield ""
    later = searched(index_of(houses["rust"]), reports(data, "rust.dev", "rust.unlabelled.dev"))
    yield "| same problem, of the first candidate | calibration error | debiased | debiased, if it were perfect |"
    yield "| --- | --- | --- | --- |"
    yield calibration_row("as many as there are", later, later.share)
    yield calibration_row("few", later, RARE)
    yield ""
    yield f"| flags, share {share}, {at} is shipped | recall of marked duplicates | flagged | right by the labels, which miss some |"
    yield "| --- | --- | --- | --- |"
    yield from (flags_row(later, share, each) for each in (at, *LOWER))
    yield ""
    yield from readings.table(dict(zip(later.pairs, later.chances(share), strict=True)), (at, *LOWER))


def index_of(house: House) -> HybridIndex:
    """Return the index of a house, with its stages to look at."""
    from agent.index.hybrid import HybridIndex

    index = house.ports.index
    assert isinstance(index, HybridIndex)
    return index
