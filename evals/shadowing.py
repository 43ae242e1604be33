"""A candidate prompt set against the live one, on what people decided: two runs of the same Cases, made of the store.

People saw the live answer and not the candidate's, and let stand what looked fine: that speaks for the live one.
A field that they corrected is the fairer witness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from agent.domain.cases import VerdictKind
from agent.errors import NotFound
from agent.store import shadows
from agent.store.cases import number_of
from agent.triage.state import thread_of
from evals.comparing import Comparison, compared
from evals.harvest.impact import Impacts, impacts
from evals.harvest.settled import Settled, settled
from evals.running.records import Answer, Case, Mark, Outcome
from evals.running.runs import Run, Setup
from evals.scorers.corrections import as_decided

if TYPE_CHECKING:
    import sqlalchemy as sa

    from agent.domain.proposals import Provenance
    from agent.domain.shadows import Shadowed
    from evals.datasets import Sheet

DATASET, LIVE = "shadow", "live"
REPLY = "reply where it was changed"
#: A candidate's answer, and what people made of the same words.
Pair = tuple["Shadowed", Settled]


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """What came of one candidate so far. What is late or not decided is counted and not compared."""

    prompts: str
    comparison: Comparison
    impacts: Impacts
    asked: int
    decided: int
    late: int

    @property
    def undecided(self) -> int:
        return self.asked - self.late - self.decided


def beside(tx: sa.Connection, named: str, sheet: Sheet) -> Beside:
    """Compare a candidate, by the beginning of its hash, with the live prompts; "" is the newest.

    Raises NotFound where none was asked.
    """
    everything = shadows.everything(tx)
    prompts = next((each.prompts for each in reversed(everything) if each.prompts.startswith(named)), None)
    if prompts is None:
        raise NotFound("No such candidate was asked. Set `shadow` in models.yaml, then: triage run")
    asked = [each for each in everything if each.prompts == prompts]
    pairs = _pairs([each for each in asked if not each.is_late], settled(tx))
    live = _run(LIVE, pairs, [_live(pair) for pair in pairs])
    candidate = _run(prompts, pairs, [_candidate(pair) for pair in pairs])
    return Beside(
        prompts=prompts,
        comparison=compared(live, candidate, {DATASET: sheet}),
        impacts=impacts(live, candidate),
        asked=len(asked),
        decided=len(pairs),
        late=sum(each.is_late for each in asked),
    )


def _pairs(said: Iterable[Shadowed], decided: Iterable[Settled]) -> list[Pair]:
    """Return what was said with what people decided of the same words, the newest Verdict on them."""
    known = {(each.first.case_id, each.first.revision): each for each in decided if each.wanted}
    return [
        (each, known[each.case_id, each.revision]) for each in said if (each.case_id, each.revision) in known
    ]


def _name(pair: Pair) -> str:
    return thread_of(number_of(pair[0].case_id), pair[0].revision)


def _case(pair: Pair) -> Case:
    said, one = pair
    expected = {**one.wanted, "corrected": list(one.corrected)}
    return Case(id=_name(pair), dataset=DATASET, input={"said": []}, expected=expected, cluster=said.case_id)


def _live(pair: Pair) -> Outcome:
    first = pair[1].first
    return _outcome(pair, pair[1].said, first.draft.text if first.draft else "", first.provenance)


def _candidate(pair: Pair) -> Outcome:
    said = pair[0]
    if said.provenance is None:
        return Outcome(case=_name(pair), repeat=1, error=said.trouble)
    return _outcome(pair, said.fields, said.reply, said.provenance)


def _outcome(pair: Pair, said: Mapping[str, str], reply: str, made: Provenance) -> Outcome:
    answer = Answer(
        said=said,
        seconds=made.seconds,
        tokens=made.tokens.read + made.tokens.output,
        cents=made.microdollars / 10_000,
    )
    marks = as_decided(_case(pair), answer) | _reply(pair, reply)
    return Outcome(case=_name(pair), repeat=1, answer=answer, marks=marks)


def _reply(pair: Pair, text: str) -> dict[str, Mark]:
    """Mark how near a reply is to the one that a person wrote in its place; one that went out as it was tells nothing."""
    said, one = pair
    if one.verdict.kind is not VerdictKind.EDIT or one.verdict.revision != said.revision:
        return {}
    near = SequenceMatcher(None, text.split(), (one.verdict.text or "").split(), autojunk=False).ratio()
    return {REPLY: Mark(score=near, reason=f"{near:.0%} of the words are those that a person sent")}


def _run(prompts: str, pairs: Sequence[Pair], outcomes: Sequence[Outcome]) -> Run:
    """Return a run of what was said when it happened; of its setup only the prompts are one."""
    setup = Setup(engine="", model="", prompts=prompts, prompts_from=prompts, policy="", embedder="", code="")
    return Run(
        name=prompts,
        datasets=(DATASET,),
        repeats=1,
        setup=setup,
        cases=tuple(map(_case, pairs)),
        outcomes={(each.case, each.repeat): each for each in outcomes},
    )
