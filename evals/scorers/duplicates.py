"""Whether what is known already was found again, and whether the flag is right."""

from collections.abc import Collection, Sequence

from evals.running.records import Answer, Case, Mark
from evals.scorers.ranking import PLACES, first_right


def ranked(case: Case, answer: Answer) -> dict[str, Mark]:
    """Mark where each stage put the right Issue; nothing where nobody marked one."""
    right = case.expected["duplicate_of"]
    marks: dict[str, Mark] = {}
    for stage, ranking in answer.said["ranked"].items() if right else ():
        marks |= _of_stage(stage, ranking, right)
    return marks


def _of_stage(stage: str, ranking: Sequence[str], right: Collection[str]) -> dict[str, Mark]:
    place = first_right(ranking, right)
    reason = f"place {place:.0f}" if place < float("inf") else f"not among the first {len(ranking)}"
    marks = {f"{stage} hit@{most}": Mark(score=float(place <= most), reason=reason) for most in PLACES}
    return marks | {f"{stage} MRR": Mark(score=1 / place, reason=reason)}


def first(case: Case, answer: Answer) -> dict[str, Mark]:
    """Mark whether the first candidate is marked as the same problem; labels miss some that are."""
    said, right = answer.said["first"], case.expected["duplicate_of"]
    reason = f"first is {said}" if right else f"first is {said}, nobody marked any"
    return {"first right": Mark(score=float(said in right), reason=reason)}


def decided(case: Case, answer: Answer) -> dict[str, Mark]:
    """Mark the flag: the right Issue where one is known, none where none is."""
    said, right = answer.said["duplicate"], case.expected["duplicate_of"]
    is_right = said in right if right else said is None
    wanted = " or ".join(right) or "nothing known"
    return {"decided": Mark(score=float(is_right), reason=f"flagged {said or 'nothing'}, is {wanted}")}
