"""An index that compares words: small, exact, and bound by the same promise as the real one."""

from collections.abc import Sequence

from agent.domain.assessments import AnswerHit, Candidate, Matched
from agent.domain.issues import Issue
from agent.domain.reports import Answer
from agent.ports import Progress, Query, Records, no_progress


class WordIndex:
    """Implements `ports.Index` over records, in memory."""

    def __init__(self, records: Records, answers: Sequence[Answer] = ()) -> None:
        self.records = records
        self.answers = answers
        self.loaded = 0
        self.issues: dict[str, Issue] = {}

    def refresh(self, progress: Progress = no_progress) -> int:
        before = len(self.issues)
        for batch in self.records.changed_since(self.loaded):
            for changed in batch:
                self.issues[changed.issue.id] = changed.issue
                self.loaded = max(self.loaded, changed.generation)
        return len(self.issues) - before

    def rebuild(self, progress: Progress = no_progress) -> int:
        self.loaded = 0
        return self.refresh(progress)

    def search(self, query: Query) -> Matched:
        self.refresh()
        asked = _words(f"{query.title} {query.text}")
        near = [
            Candidate(issue.id, score)
            for issue in self.issues.values()
            if issue.project == query.project
            and issue.created_at < query.before
            and issue.id not in query.exclude
            and (score := len(asked & _words(f"{issue.title} {issue.body}")) / (len(asked) or 1))
        ]
        return Matched(
            candidates=tuple(sorted(near, key=lambda each: -each.score)[: query.limit]),
            answers=tuple(AnswerHit(each.id, 0.9) for each in self.answers if asked & _words(each.question)),
            searched=self.records.count(query.project, query.before),
            as_of=query.before,
        )


def _words(text: str) -> set[str]:
    return set(text.lower().split())
