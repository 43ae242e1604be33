"""What the graph remembers: ids and short literals. Facts live in the store."""

from typing import Literal, TypedDict

#: "" while it runs; how the journey of this revision ended otherwise.
Outcome = Literal["", "dropped", "superseded", "accept", "edit", "ignore", "response"]


class State(TypedDict):
    """A thread's state: the Case's number, the revision, and how it ended."""

    case: int
    revision: int
    outcome: Outcome


class Update(TypedDict, total=False):
    """What a node may return."""

    outcome: Outcome


def thread_of(case: int, revision: int) -> str:
    """Return the id of a revision's thread."""
    return f"C-{case}:{revision}"
