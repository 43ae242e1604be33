"""Whether a type is right."""

from evals.running.records import Answer, Case, Mark


def right(case: Case, answer: Answer) -> dict[str, Mark]:
    """Mark whether the type is the one that was expected."""
    said, wanted = answer.said["type"], case.expected["type"]
    if said == wanted:
        return {"right": Mark(score=1.0, reason=f"{wanted}, as expected")}
    return {"right": Mark(score=0.0, reason=f"said {said}, is {wanted}")}
