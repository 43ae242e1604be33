"""How far a priority is from the one that was expected."""

from agent.domain.proposals import Priority
from evals.running.records import Answer, Case, Mark

_ORDER = [each.value for each in Priority]
#: A priority that is too low keeps somebody waiting: a step down costs twice a step up.
DOWN, UP = 2, 1
_WORST = DOWN * (len(_ORDER) - 1)


def distance(case: Case, answer: Answer) -> dict[str, Mark]:
    """Mark whether it is the same, at most one step away, and what the distance costs (1 is nothing)."""
    said, wanted = answer.said["priority"], case.expected["priority"]
    if wanted is None:
        return {}
    away = _ORDER.index(said) - _ORDER.index(wanted) if said else len(_ORDER) - 1
    cost = away * DOWN if away > 0 else -away * UP
    reason = f"{wanted}, as expected" if not away else f"said {said}, is {wanted}"
    return {
        "exact": Mark(score=float(not away), reason=reason),
        "within one": Mark(score=float(abs(away) <= 1), reason=reason),
        "cost-weighted": Mark(score=1 - cost / _WORST, reason=f"{reason}; costs {cost} of {_WORST}"),
    }
