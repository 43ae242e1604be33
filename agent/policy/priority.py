"""P0 to P3 by the team's table, with the reasons. What a text says is the engine's to find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.domain.assessments import CaseType, Factor, FactorKind
from agent.domain.proposals import Priority, Reason, Status
from agent.policy.likelihood import likelihood, percent

_ORDER = tuple(Priority)  #: most urgent first


@dataclass(frozen=True, kw_only=True, slots=True)
class Weight:
    """A row of the table: what a finding is worth and how it is said."""

    points: int
    finding: str
    lowering: str = ""  #: how it is said where a learned finding lowers
    floor: Priority | None = None  #: never below this, whatever the points
    floor_for: frozenset[CaseType] = frozenset(CaseType)


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """What a type starts with, and the most that points alone can make of it."""

    points: int = 0
    finding: str = ""
    ceiling: Priority = Priority.P0


@dataclass(frozen=True, kw_only=True, slots=True)
class Rubric:
    """The whole table. `needs` lists what P0 asks for: all of one of the sets must be found."""

    weights: Mapping[FactorKind, Weight]
    bases: Mapping[CaseType, Base]
    thresholds: Mapping[Priority, int]  #: least points of P0, P1, P2; P3 is the rest
    needs: tuple[frozenset[FactorKind], ...]
    needs_in_words: str
    sure: float  #: least probability at which a learned finding is evidence
    neutral: float  #: probability at which a learned finding neither raises nor lowers
    statuses: Mapping[Priority, Status]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """A priority with its reasons, heaviest first, and the points they add up to."""

    priority: Priority
    reasons: tuple[Reason, ...]
    points: int


def prioritise(kind: CaseType, factors: Sequence[Factor], rubric: Rubric) -> Ranked:
    """Rank by points, then by floors and ceilings; a kind of finding counts once."""
    found = _once(factors, rubric)
    reasons = [*_base_reason(rubric.bases[kind]), *(_reason(each, rubric) for each in found)]
    points = sum(each.points for each in reasons)
    by_points = _by_points(points, rubric)
    capped = _least_urgent(by_points, rubric.bases[kind].ceiling)
    if capped is Priority.P0 and not _enough_for_p0(found, rubric):
        capped = Priority.P1
        reasons.append(_rule(f"P0 needs {rubric.needs_in_words}"))
    floors = [floor for each in found if (floor := _floor(each, kind, rubric)) is not None]
    priority = min((capped, *floors), key=_ORDER.index)
    ordered = sorted(reasons, key=lambda each: -abs(each.points))
    return Ranked(
        priority=priority, points=points, reasons=tuple(_without_cap(ordered, priority)) or (_NOTHING,)
    )


def status_of(kind: CaseType, priority: Priority, rubric: Rubric) -> Status:
    """Return the status on creation; a feature is always Backlog (A6)."""
    return Status.BACKLOG if kind is CaseType.FEATURE else rubric.statuses[priority]


def is_evident(factor: Factor, rubric: Rubric) -> bool:
    """Tell whether a finding rests on words or a record, and is sure enough where it is learned."""
    rests_on_something = factor.quote is not None or bool(factor.record)
    return rests_on_something and (factor.probability is None or factor.probability >= rubric.sure)


_NOTHING = Reason(raises=False, finding="nothing found that raises or lowers it", points=0)


def _rule(finding: str) -> Reason:
    return Reason(raises=False, finding=finding, points=0, record="priority.yaml")


def _once(factors: Sequence[Factor], rubric: Rubric) -> list[Factor]:
    """Keep one Factor a kind, that with evidence where there is one."""
    kept: dict[FactorKind, Factor] = {}
    for factor in factors:
        if factor.kind not in kept or (
            is_evident(factor, rubric) and not is_evident(kept[factor.kind], rubric)
        ):
            kept[factor.kind] = factor
    return list(kept.values())


def _base_reason(base: Base) -> list[Reason]:
    if not base.points:
        return []
    return [Reason(raises=base.points > 0, finding=base.finding, points=base.points, record="its type")]


def _reason(factor: Factor, rubric: Rubric) -> Reason:
    weight = rubric.weights[factor.kind]
    points = _points(factor, weight, rubric)
    learned = factor.probability is not None
    lowers = points < 0 if learned else weight.points < 0
    record = factor.record
    if learned and not record and not factor.quote and factor.probability is not None:
        record = f"{likelihood(factor.probability)} severe, {percent(factor.probability)}"
    return Reason(
        raises=not lowers,
        finding=weight.lowering if lowers and weight.lowering else weight.finding,
        points=points,
        quote=factor.quote,
        record=record,
    )


def _points(factor: Factor, weight: Weight, rubric: Rubric) -> int:
    """Scale a learned finding: all points off at 0, none at `neutral`, all on at 1."""
    if factor.probability is None:
        return weight.points
    above = factor.probability - rubric.neutral
    return round(weight.points * above / ((1 - rubric.neutral) if above > 0 else rubric.neutral))


def _by_points(points: int, rubric: Rubric) -> Priority:
    reached = (each for each in _ORDER if points >= rubric.thresholds.get(each, points + 1))
    return next(reached, Priority.P3)


def _least_urgent(one: Priority, other: Priority) -> Priority:
    return max(one, other, key=_ORDER.index)


def _enough_for_p0(found: Sequence[Factor], rubric: Rubric) -> bool:
    evident = {each.kind for each in found if is_evident(each, rubric)}
    return any(needed <= evident for needed in rubric.needs)


def _floor(factor: Factor, kind: CaseType, rubric: Rubric) -> Priority | None:
    weight = rubric.weights[factor.kind]
    if weight.floor is None or kind not in weight.floor_for:
        return None
    if weight.floor is Priority.P0 and not is_evident(factor, rubric):
        return Priority.P1
    return weight.floor


def _without_cap(reasons: Sequence[Reason], priority: Priority) -> list[Reason]:
    """Leave out what was said about P0 where a floor reached it after all."""
    return [each for each in reasons if priority is not Priority.P0 or each.record != "priority.yaml"]
