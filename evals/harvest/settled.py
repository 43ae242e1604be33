"""What people made of a reading: the Proposal as it was first made, and what stood when somebody answered.

A correction that changes what would leave begins the next revision on the same reading, so a Verdict may answer
the second or third Proposal of one reading. What is compared is the first of them, which no hand had touched yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.domain.assessments import CaseType
from agent.domain.cases import RejectReason, Verdict, VerdictKind
from agent.policy.corrections import proposed
from agent.store import messages, proposals
from agent.store.cases import number_of

if TYPE_CHECKING:
    import sqlalchemy as sa

    from agent.domain.proposals import Proposal

#: What an engine and policy say of a report; an estimate is a person's alone.
FIELDS = ("type", "priority", "status", "area", "duplicate")
#: What policy makes of a field: where it was corrected with the Verdict, these were not on the screen yet.
_FOLLOWS = {"type": ("priority", "status"), "priority": ("status",)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """One Verdict: the untouched Proposal of its reading, and what each field is, as far as people said."""

    verdict: Verdict
    first: Proposal
    wanted: Mapping[str, str]

    @property
    def said(self) -> dict[str, str]:
        """What was proposed, of the fields that people settled."""
        given = proposed(self.first)
        return {field: given[field] for field in self.wanted}

    @property
    def corrected(self) -> tuple[str, ...]:
        """The fields in which people said something else."""
        said = self.said
        return tuple(field for field, value in self.wanted.items() if said[field] != value)


def settled(tx: sa.Connection) -> Iterator[Settled]:
    """Yield what became of every reading that somebody answered, oldest Verdict first."""
    for verdict in proposals.standing_verdicts(tx):
        number = number_of(verdict.case_id)
        made = proposals.of_case(tx, number)
        last = made.get(verdict.revision)
        if last is not None:
            first = _first(tx, number, made, last)
            yield Settled(verdict=verdict, first=first, wanted=_wanted(verdict, first, last))


def _first(tx: sa.Connection, number: int, made: Mapping[int, Proposal], last: Proposal) -> Proposal:
    """Return the earliest Proposal of the same reading: those begun by a person carry it over as it is."""
    found, said = last, messages.as_of(tx, number, last.created_at)
    while (before := made.get(found.revision - 1)) and _reading(before) == _reading(last):
        if messages.as_of(tx, number, before.created_at) != said:
            break  # a new Message, of which the engine said the same
        found = before
    return found


def _reading(proposal: Proposal) -> tuple[object, object]:
    return proposal.matched, proposal.assessment


def _wanted(verdict: Verdict, first: Proposal, last: Proposal) -> dict[str, str]:
    """Return what people said, without what an earlier reading's correction had set before this one."""
    said = _seen(verdict, last) | dict(verdict.corrections)
    return {field: said[field] for field in FIELDS if field in said and field not in first.corrected}


def _seen(verdict: Verdict, last: Proposal) -> dict[str, str]:
    """Return what a Verdict says of the fields that it does not correct: an approval lets them stand."""
    if verdict.kind is VerdictKind.REJECT:
        noise = {"type": CaseType.NOISE.value} if verdict.reason is RejectReason.NOISE else {}
        return noise | dict(last.corrected)
    unseen = {name for field in verdict.corrections for name in _FOLLOWS.get(field, ())}
    return {field: value for field, value in proposed(last).items() if field not in unseen}
