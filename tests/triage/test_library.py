"""What an engine may look up is bound to the Case: its project, before it, without itself, for its readers."""

from datetime import timedelta

from agent.domain.assessments import AnswerHit, Candidate, Matched
from agent.domain.issues import Issue
from agent.domain.messages import TEAM, Visibility
from agent.domain.reports import Answer
from agent.ports import Query
from agent.triage.library import CaseLibrary
from tests.policy.given import NOON, report

PUBLIC = Visibility.parse("public")
DAY = timedelta(days=1)


def issue(id: str, *, age: timedelta = DAY, visibility: Visibility = PUBLIC) -> Issue:
    return Issue(id=id, title="Sync stops", created_at=NOON - age, visibility=visibility)


KNOWN = {
    each.id: each
    for each in (
        issue("o/r#1"),
        issue("o/r#2", visibility=TEAM),
        issue("o/r#3", age=-DAY),
        issue("other/r#4"),
        issue("o/r#5"),
    )
}


class EveryIssue:
    """An index that returns all it has, whatever it is asked for."""

    def __init__(self) -> None:
        self.queries: list[Query] = []

    def refresh(self, progress: object = None) -> int:
        return 0

    rebuild = refresh

    def search(self, query: Query) -> Matched:
        self.queries.append(query)
        return Matched(
            candidates=tuple(Candidate(id, 1.0) for id in (*KNOWN, "o/r#gone")),
            answers=(AnswerHit("A-1", 0.7), AnswerHit("A-gone", 0.6)),
        )


def library(index: EveryIssue) -> CaseLibrary:
    return CaseLibrary(
        report=report(),
        index=index,
        issues_by_id=lambda ids: {id: KNOWN[id] for id in ids if id in KNOWN},
        known_answers=[Answer(id="A-1", question="q", answer="a")],
        exclude=frozenset({"o/r#5"}),
    )


def test_a_search_returns_what_the_cases_readers_may_see_and_nothing_newer_or_its_own() -> None:
    index = EveryIssue()
    assert [found.id for _, found in library(index).search("sync")] == ["o/r#1"]
    (query,) = index.queries
    assert (query.project, query.before, query.exclude) == ("o/r", NOON, frozenset({"o/r#5"}))


def test_an_issue_can_be_read_under_the_same_rule() -> None:
    shelf = library(EveryIssue())
    assert {id for id in (*KNOWN, "o/r#gone") if shelf.issue(id)} == {"o/r#1"}


def test_answers_are_the_teams() -> None:
    assert [(hit.cosine, answer.id) for hit, answer in library(EveryIssue()).answers("q")] == [(0.7, "A-1")]
