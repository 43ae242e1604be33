"""What an engine may look up in one Case: the index and the team's answers, seen with the eyes of the Case's readers.

Read-only. Which tools stand before it, and how often they may be used, is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.domain.assessments import AnswerHit, Candidate, Matched
from agent.domain.issues import Issue
from agent.domain.reports import Answer, Report
from agent.policy.disclosure import may_flow
from agent.ports import Index, Query

IssuesById = Callable[[Iterable[str]], Mapping[str, Issue]]

#: Issues that one search returns at the most.
MOST = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseLibrary:
    """Implements `ports.Library` for one report: its project, before it, without `exclude`."""

    report: Report
    index: Index
    issues_by_id: IssuesById
    known_answers: Sequence[Answer]
    exclude: frozenset[str]

    def search(self, words: str) -> Sequence[tuple[Candidate, Issue]]:
        """Return the Issues that are closest to these words, best first."""
        found = self._found(words).candidates
        issues = self.issues_by_id([each.issue_id for each in found])
        return [
            (each, issues[each.issue_id])
            for each in found
            if each.issue_id in issues and self._may_see(issues[each.issue_id])
        ]

    def issue(self, issue_id: str) -> Issue | None:
        """Return the Issue with this id; None where there is none that may be seen."""
        found = self.issues_by_id([issue_id]).get(issue_id)
        return found if found is not None and self._may_see(found) else None

    def answers(self, words: str) -> Sequence[tuple[AnswerHit, Answer]]:
        """Return the team's own answers that are closest to these words, best first."""
        known = {each.id: each for each in self.known_answers}
        return [(hit, known[hit.answer_id]) for hit in self._found(words).answers if hit.answer_id in known]

    def _found(self, words: str) -> Matched:
        """Search as a report of these words alone would."""
        return self.index.search(
            Query(
                project=self.report.project,
                title=words,
                text="",
                before=self.report.sent_at,
                exclude=self.exclude,
                limit=MOST,
            )
        )

    def _may_see(self, issue: Issue) -> bool:
        """Tell whether an Issue is one that this Case may know of."""
        is_older = issue.project == self.report.project and issue.created_at < self.report.sent_at
        return (
            is_older and issue.id not in self.exclude and may_flow(issue.visibility, self.report.visibility)
        )
