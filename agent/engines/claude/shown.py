"""The texts of one call, as a model sees them: fit for it, cut, and between tags.

Which records a call is given is the caller's; what may be in a text at all is `policy/untrusted.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.engines.claude.tags import Tags
from agent.engines.claude.threads import Cut, cut
from agent.policy.disclosure import may_flow

if TYPE_CHECKING:
    from datetime import datetime

    from agent.domain.issues import Issue
    from agent.domain.reports import Answer, Report
    from agent.policy.untrusted import Gate

#: Characters of an Issue beside a report, and of its error lines on top: some 400 tokens.
ISSUE_CHARACTERS, ISSUE_ERRORS = 1_000, 400
#: Of an Issue that is read by itself.
WHOLE_CHARACTERS, WHOLE_ERRORS = 6_000, 2_000
WITHHELD = Cut("", "all of it: those who read the reply may not read the report")


@dataclass(frozen=True, slots=True)
class Shown:
    """What one call is shown. The tags are its own; the gate is its Case's."""

    gate: Gate
    tags: Tags = field(default_factory=Tags)

    def report(self, report: Report) -> dict[str, object]:
        """Return the report as inputs of a prompt; one that the gate's readers may not see stays out."""
        kept = self._kept(report) if may_flow(report.visibility, self.gate.readers) else WITHHELD
        return {
            "tag": self.tags.token,
            "source": report.source.partition(":")[0],
            "sent_at": f"{report.sent_at:%Y-%m-%d}",
            "report": self.tags.around("report", kept.text),
            "left_out": kept.left_out,
        }

    def _kept(self, report: Report) -> Cut:
        first, *later = report.messages
        thread = [f"{report.title}\n\n{first}", *later]
        return cut([fit for each in thread if (fit := self.gate.text(each).text.strip())])

    def text(self, name: str, text: str) -> str:
        """Return any other text from outside, or made from one."""
        return self.tags.around(name, self.gate.text(text).text)

    def issue(self, issue: Issue, at: datetime, *, whole: bool = False) -> str | None:
        """Return an Issue as it stood at a moment; None where the Case's readers may not see it."""
        fit = self.gate.issue(issue)
        if fit is None:
            return None
        kept = _of(fit, whole=whole)
        text = f"{kept.text}\n[left out: {kept.left_out}]" if kept.left_out else kept.text
        return self.tags.around("issue", text, id=fit.id, **_standing(fit, at), **_link(fit))

    def answer(self, answer: Answer) -> str:
        """Return one of the team's own answers."""
        fit = self.gate.answer(answer)
        return self.tags.around("answer", f"{fit.question}\n\n{fit.answer}", id=fit.id)


def _of(issue: Issue, *, whole: bool) -> Cut:
    room, errors = (WHOLE_CHARACTERS, WHOLE_ERRORS) if whole else (ISSUE_CHARACTERS, ISSUE_ERRORS)
    return cut([issue.title, issue.body] if issue.body.strip() else [issue.title], room, errors)


def _link(issue: Issue) -> dict[str, str]:
    return {"link": issue.url} if issue.url else {}


def _standing(issue: Issue, at: datetime) -> dict[str, str]:
    """Return how an Issue stood; what became of it later was not known."""
    if issue.open_at(at):
        return {"state": "open"}
    return {"state": "closed", "fixed_in": issue.fixed_in} if issue.fixed_in else {"state": "closed"}
