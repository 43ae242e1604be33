"""What of a text from outside may be given to an engine that runs in another's house.

Everything that goes into such a call passes here: hidden markup is taken out and told, what `redaction`
takes out for the readers of the Case is taken out, and what those readers may not see does not go in.
How a text is marked as foreign within the call is the engine's.
"""

from dataclasses import dataclass, replace

from agent.domain.actions import Removal
from agent.domain.issues import Issue
from agent.domain.messages import Visibility
from agent.domain.reports import Answer, Report
from agent.policy.disclosure import may_flow
from agent.policy.hidden import Hidden, reveal
from agent.policy.plans import PrivateNames
from agent.policy.redaction import redact
from agent.policy.texts import readable


@dataclass(frozen=True, slots=True)
class Fit:
    """A text as it may be given away, and what was taken out on the way."""

    text: str
    hidden: tuple[Hidden, ...] = ()
    removed: tuple[Removal, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """What may go into the calls of one Case: nothing that its own readers might not read."""

    readers: Visibility
    private: PrivateNames

    def text(self, text: str) -> Fit:
        """Return a text fit for a call. What is hidden goes first, so that it splits no secret in two."""
        shown, hidden = reveal(readable(text))
        fit, removed = redact(shown, self.private.words, self.private.hosts, self.readers)
        return Fit(fit, hidden, removed)

    def lets_in(self, issue: Issue) -> bool:
        """Tell whether the Case's readers may see an Issue."""
        return may_flow(issue.visibility, self.readers)

    def issue(self, issue: Issue) -> Issue | None:
        """Return an Issue with fit words; None where the Case's readers may not see it."""
        if not self.lets_in(issue):
            return None
        return replace(issue, title=self.text(issue.title).text, body=self.text(issue.body).text)

    def answer(self, answer: Answer) -> Answer:
        """Return one of the team's own answers with fit words; it is written for everybody."""
        return replace(
            answer,
            question=self.text(answer.question).text,
            answer=self.text(answer.answer).text,
            phrasings=tuple(self.text(each).text for each in answer.phrasings),
        )


def gate_of(report: Report, private: PrivateNames) -> Gate:
    """Return the gate of a report's Case: its readers are those of the report."""
    return Gate(report.visibility, private)
