"""Whether an Issue of the past gets the type that its team gave it."""

from collections.abc import Mapping

from evals.running.records import Answer, Case, Mark
from evals.scorers import types


def labelled(case: Case, answer: Answer) -> Mapping[str, Mark]:
    """Mark the type where a label tells one; a team that gave none has not said that it is wrong."""
    return {"type": types.right(case, answer)["right"]} if case.expected["type"] else {}
