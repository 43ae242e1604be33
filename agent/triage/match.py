"""Match: is it known? Retrieval finds candidates, the engine compares each with the report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from agent.domain.assessments import Matched
from agent.domain.issues import Issue
from agent.domain.reports import Report
from agent.ports import Engine, Index, Query

#: Candidates that the engine compares; the rest of a longer search keeps its score alone.
COMPARED = 10


def match(
    report: Report,
    index: Index,
    engine: Engine,
    issues_by_id: Callable[[Iterable[str]], Mapping[str, Issue]],
    *,
    candidates: int = COMPARED,
    exclude: frozenset[str] = frozenset(),
) -> Matched:
    """Return what is known as of the report, never the report itself."""
    found = index.search(
        Query(
            project=report.project,
            title=report.title,
            text=report.text,
            before=report.sent_at,
            exclude=exclude | {report.id},
            limit=max(candidates, COMPARED),
        )
    )
    nearest = found.candidates[:COMPARED]
    issues = issues_by_id([each.issue_id for each in nearest])
    pairs = [(each, issues[each.issue_id]) for each in nearest if each.issue_id in issues]
    likenesses = sorted(engine.compare(report, pairs), key=lambda each: -each.probability)
    return replace(found, candidates=found.candidates[:candidates], likenesses=tuple(likenesses))
