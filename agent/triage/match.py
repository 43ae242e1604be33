"""Match: is it known? Retrieval finds candidates, the engine may look further, and compares each with the report."""

from collections.abc import Sequence
from dataclasses import replace

from agent.domain.assessments import AnswerHit, Matched
from agent.domain.made import together
from agent.domain.reports import Answer, Report
from agent.policy.github.ids import issue_of
from agent.policy.texts import opening
from agent.ports import Engine, Index, Query
from agent.triage.library import CaseLibrary, IssuesById

#: Candidates that the engine compares at the least; its order is the final one.
COMPARED = 10


def match(
    report: Report,
    index: Index,
    engine: Engine,
    issues_by_id: IssuesById,
    answers: Sequence[Answer] = (),
    *,
    candidates: int = COMPARED,
    exclude: frozenset[str] = frozenset(),
) -> Matched:
    """Return what is known as of the report, never the report itself."""
    left_out = exclude | {report.id, issue_of(report.id) or report.id}
    found = index.search(
        Query(
            project=report.project,
            title=report.title or opening(report.text),
            text=report.text,
            before=report.sent_at,
            exclude=left_out,
            limit=max(candidates, COMPARED),
        )
    )
    issues = issues_by_id([each.issue_id for each in found.candidates])
    pairs = [(each, issues[each.issue_id]) for each in found.candidates if each.issue_id in issues]
    library = CaseLibrary(
        report=report, index=index, issues_by_id=issues_by_id, known_answers=answers, exclude=left_out
    )
    researched = engine.research(report, pairs, library)
    compared = engine.compare(report, researched.found)
    likenesses = tuple(sorted(compared.likenesses, key=lambda each: -each.probability))
    by_id = {each.issue_id: each for each, _ in researched.found}
    ranked = tuple(by_id[each.issue_id] for each in likenesses)
    return replace(
        found,
        candidates=ranked[:candidates],
        likenesses=likenesses,
        answers=_together(found.answers, researched.answers),
        searches=researched.searches,
        made=together((researched.made, compared.made)),
    )


def _together(found: Sequence[AnswerHit], more: Sequence[AnswerHit]) -> tuple[AnswerHit, ...]:
    """Return each answer once, as close as either search found it, closest first."""
    closest = {hit.answer_id: hit for hit in sorted((*found, *more), key=lambda each: each.cosine)}
    return tuple(sorted(closest.values(), key=lambda each: -each.cosine))
