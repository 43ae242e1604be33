"""Whether what a person corrected comes right, and what they let stand stays."""

from evals.harvest.settled import FIELDS
from evals.running.records import Answer, Case, Mark


def as_decided(case: Case, answer: Answer) -> dict[str, Mark]:
    """Mark every field that people settled, and the share of those that are as they said."""
    marks = {field: _mark(field, case, answer) for field in FIELDS if field in case.expected}
    wrong = "; ".join(mark.reason for mark in marks.values() if not mark.score)
    share = sum(mark.score for mark in marks.values()) / len(marks)
    return {**marks, "as decided": Mark(score=share, reason=wrong or "all of it is as people decided")}


def _mark(field: str, case: Case, answer: Answer) -> Mark:
    said, wanted = answer.said[field], case.expected[field]
    how = "corrected it" if field in case.expected["corrected"] else "let it stand"
    reason = (
        f"{field} {wanted}, as decided"
        if said == wanted
        else f"said {field} {said}, a person {how} as {wanted}"
    )
    return Mark(score=float(said == wanted), reason=reason)
