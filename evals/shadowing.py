"""A candidate prompt set against the live one, on what people decided: two runs of the same Cases, made of the store.

People saw the live answer and not the candidate's, and let stand what looked fine: that speaks for the live one.
A field that they corrected is the fairer witness.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import NotFound
from agent.store import shadows
from agent.triage.state import thread_of
from agent.store.cases import number_of
from evals.comparing import Comparison, compared
from evals.harvest.settled import Settled, settled
from evals.running.records import Answer, Case, Outcome
from evals.running.runs import Run, Setup
from evals.scorers.corrections import as_decided

if TYPE_CHECKING:
    import sqlalchemy as sa

    from agent.domain.proposals import Proposal, Provenance
    from agent.domain.shadows import Shadowed
    from evals.datasets import Sheet

DATASET = "shadow"


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """What came of one candidate so far. What is late, waits or has no answer is counted and not compared."""

    prompts: str
    comparison: Comparison
    asked: int
    decided: int
    late: int
    waiting: int
    troubles: Sequence[Shadowed]


def sets(tx: sa.Connection) -> list[str]:
    """Return the candidate sets that were asked, the newest first."""
    return list(dict.fromkeys(each.prompts for each in reversed(shadows.everything(tx))))


def beside(tx: sa.Connection, named: str, sheet: Sheet) -> Beside:
    """Compare a candidate, by the beginning of its hash, with the live prompts; "" is the newest.

    Raises NotFound where none was asked.
    """
    prompts = next((each for each in sets(tx) if each.startswith(named)), None)
    if prompts is None:
        raise NotFound("No candidate was asked yet. Set `shadow` in models.yaml, then: triage run")
    said = [each for each in shadows.everything(tx) if each.prompts == prompts]
    late = [each for each in said if each.is_late]
    decided = {(each.first.case_id, each.first.revision): each for each in settled(tx)}
    pairs = [
        (each, decided[each.case_id, each.revision])
        for each in said
        if not each.is_late and (each.case_id, each.revision) in decided
    ]
    told = [(each, one) for each, one in pairs if one.wanted]
    live = _run("live", told, lambda each, one: _outcome(each, one, one.said, one.first.provenance))
    candidate = _run(prompts, told, _of_candidate)
    return Beside(
        prompts=prompts,
        comparison=compared(live, candidate, {DATASET: sheet}),
        asked=len(said),
        decided=len(told),
        late=len(late),
        waiting=len(said) - len(late) - len(told),
        troubles=[each for each in said if each.trouble and not each.is_late],
    )
