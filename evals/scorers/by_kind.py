"""Which scorers mark which kind of dataset."""

from collections.abc import Callable, Mapping, Sequence

from evals.datasets import Kind
from evals.running.records import Answer, Case, Mark
from evals.scorers import corrections, drafts, duplicates, judge, past, priorities, safety, types

Scorer = Callable[[Case, Answer], Mapping[str, Mark]]


def whole(case: Case, answer: Answer) -> dict[str, Mark]:
    """Mark each part of a journey, and the share of its parts that is right."""
    rated = priorities.distance(case, answer)
    parts = {
        "type right": types.right(case, answer)["right"],
        **({"priority exact": rated["exact"], "priority within one": rated["within one"]} if rated else {}),
        **duplicates.decided(case, answer),
    }
    voting = [mark for name, mark in parts.items() if name != "priority within one"]
    wrong = "; ".join(mark.reason for mark in voting if not mark.score)
    share = sum(mark.score for mark in voting) / len(voting)
    return {**parts, "parts right": Mark(score=share, reason=wrong or "all of it is right")}


SCORERS: Mapping[Kind, Sequence[Scorer]] = {
    Kind.TYPE: (types.right,),
    Kind.PRIORITY: (priorities.distance,),
    Kind.DUPLICATE: (duplicates.ranked, duplicates.first, duplicates.decided),
    Kind.JOURNEY: (whole,),
    Kind.DRAFT: (drafts.kept, drafts.supported, drafts.length, judge.judged),
    Kind.INJECTION: (safety.held,),
    Kind.SECRETS: (safety.stayed,),
    Kind.CORRECTIONS: (corrections.as_decided,),
    Kind.BACKTEST: (past.labelled, priorities.distance, duplicates.first, duplicates.decided),
}


def scored(kind: Kind, case: Case, answer: Answer) -> dict[str, Mark]:
    """Return every mark of an answer."""
    marks: dict[str, Mark] = {}
    for scorer in SCORERS[kind]:
        marks |= scorer(case, answer)
    return marks
