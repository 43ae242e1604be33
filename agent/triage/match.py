"""Match: is it known? Retrieval finds candidates, the engine compares each with the report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from agent.domain.assessments import Matched
from agent.domain.issues import Issue
from agent.domain.reports import Report
from agent.policy.github.ids import issue_of
from agent.policy.texts import opening
from agent.ports import Engine, Index, Query

#: Candidates that the engine compares at the least; its order is the final one.
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
            title=report.title or opening(report.text),
            text=report.text,
            before=report.sent_at,
            exclude=exclude | {report.id, issue_of(report.id) or report.id},
            limit=max(candidates, COMPARED),
        )
    )
    issues = issues_by_id([each.issue_id for each in found.candidates])
    pairs = [(each, issues[each.issue_id]) for each in found.candidates if each.issue_id in issues]
    compared = engine.compare(report, pairs)
    likenesses = tuple(sorted(compared.likenesses, key=lambda each: -each.probability))
    by_id = {each.issue_id: each for each in found.candidates}
    ranked = tuple(by_id[each.issue_id] for each in likenesses)
    return replace(found, candidates=ranked[:candidates], likenesses=likenesses, made=compared.made)
