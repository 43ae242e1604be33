"""Looking again: what the engine may look up while it compares, and the record of all that it saw.

The tools only read, from a Library that holds no more than the Case's readers may see. How often they
may be used is counted where they are run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.domain.assessments import AnswerHit, Search
from agent.domain.issues import Issue
from agent.engines.claude.answers import Answer, Queries
from agent.engines.claude.asking import Tool
from agent.engines.replies import harmless

if TYPE_CHECKING:
    from agent.domain.reports import Report
    from agent.engines.claude.comparing import Pair
    from agent.engines.claude.shown import Shown
    from agent.ports import Library

#: Issues that one search adds: its own, and the model's.
ADDED, RETURNED = 2, 5
WORDS_CHARACTERS = 120
NOTHING = "Nothing was found."
NOT_SHOWN = "There is no such Issue among those that you were shown; use an id as it was shown."


class Words(Answer):
    words: str


class WhichIssue(Answer):
    id: str


class Question(Answer):
    question: str


@dataclass(slots=True)
class Looking:
    """One Case's looking: `pairs` are to be compared, `beyond` was seen on the way."""

    report: Report
    library: Library
    shown: Shown
    pairs: list[Pair]
    beyond: dict[str, Pair] = field(default_factory=dict)
    answers: dict[str, AnswerHit] = field(default_factory=dict)
    searches: list[Search] = field(default_factory=list)

    def issues(self) -> dict[str, Issue]:
        """Return every Issue that was shown, by id."""
        return {issue.id: issue for _, issue in (*self.pairs, *self.beyond.values())}

    def for_queries(self, queries: Queries, most: int) -> None:
        """Search for the symptom, the exact error text and the component that the reading gave, where it gave them."""
        given = [each for each in (queries.symptom, queries.error, queries.component) if each.strip()]
        for words in list(dict.fromkeys(given))[:most]:
            known = self.issues()
            new = [pair for pair in self.library.search(words) if pair[1].id not in known][:ADDED]
            self.pairs += [self._beside(pair) for pair in new]
            self._note("search_issues", words, [issue.id for _, issue in new])

    def tools(self) -> tuple[Tool, ...]:
        """Return what a model may use."""
        return (
            Tool(
                name="search_issues",
                description="Search the team's Issues by a few words: a symptom, an exact error text or a component.",
                input=Words,
                run=self._search,
            ),
            Tool(
                name="read_issue",
                description="Read an Issue in full, by an id that you were shown.",
                input=WhichIssue,
                run=self._read,
            ),
            Tool(
                name="search_answers",
                description="Search the answers that the team gives to frequent questions.",
                input=Question,
                run=self._answers,
            ),
        )

    def _search(self, asked: Words) -> str:
        found = list(self.library.search(asked.words))[:RETURNED]
        self._note("search_issues", asked.words, [issue.id for _, issue in found])
        known = {issue.id for _, issue in self.pairs}
        self.beyond |= {pair[1].id: self._beside(pair) for pair in found if pair[1].id not in known}
        return _listed(self.shown.issue(issue, self.report.sent_at) for _, issue in found)

    def _read(self, asked: WhichIssue) -> str:
        if asked.id not in self.issues() or (issue := self.library.issue(asked.id)) is None:
            self._note("read_issue", asked.id, [])
            return NOT_SHOWN
        self._note("read_issue", asked.id, [issue.id])
        return _listed([self.shown.issue(issue, self.report.sent_at, whole=True)])

    def _answers(self, asked: Question) -> str:
        found = self.library.answers(asked.question)
        self._note("search_answers", asked.question, [answer.id for _, answer in found])
        self.answers |= {hit.answer_id: hit for hit, _ in found}
        return _listed(self.shown.answer(answer) for _, answer in found)

    def _note(self, tool: str, words: str, seen: Sequence[str]) -> None:
        self.searches.append(Search(tool=tool, words=harmless(words, WORDS_CHARACTERS), seen=tuple(seen)))

    def _beside(self, pair: Pair) -> Pair:
        """Rank what was found by other words behind what the report's own words found: the scores do not compare."""
        candidate, issue = pair
        least = min((each.score for each, _ in self.pairs), default=candidate.score)
        return replace(candidate, score=min(candidate.score, least)), issue


def _listed(texts: Iterator[str | None] | Sequence[str | None]) -> str:
    return "\n".join(each for each in texts if each) or NOTHING
