"""What a model that grades drafts says of one; how far it may be believed is `evals/agreement.py`'s."""

from agent.engines.claude.answers import Mark as Grade
from evals.running.records import Answer, Case, Mark

#: Begins the metric of each criterion.
GRADED = "graded "
_SCORES = {Grade.GOOD: 1.0, Grade.POOR: 0.5, Grade.FAILS: 0.0}


def judged(_: Case, answer: Answer) -> dict[str, Mark]:
    """Mark each criterion by its grade; nothing where nobody graded."""
    grades = answer.evidence.get("judge", {})
    return {
        f"{GRADED}{name}": Mark(
            score=_SCORES[Grade(each["grade"])], reason=f"{each['grade']}: {each['reason']}"
        )
        for name, each in grades.items()
    }
