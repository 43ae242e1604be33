"""Claude's engine with everything beside it real but the calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from agent.domain.assessments import AnswerHit, Candidate, FactorKind
from agent.domain.issues import Issue
from agent.domain.messages import Visibility
from agent.domain.reports import Answer, Report
from agent.engines.claude.engine import ClaudeEngine
from agent.engines.claude.guidance import Guidance
from agent.engines.embedded import EmbeddedEngine
from agent.policy.plans import PrivateNames
from agent.policy.routing import Area
from agent.prompts import Prompts, prompts_dir
from tests.fakes.asks import ScriptedAsks

PUBLIC = Visibility.parse("public")


@dataclass
class Shelf:
    """A Library of given Issues: a search finds those with one of its words in the title."""

    issues: Sequence[Issue] = ()
    known_answers: Sequence[Answer] = ()
    asked: list[str] = field(default_factory=list)

    def search(self, words: str) -> Sequence[tuple[Candidate, Issue]]:
        self.asked.append(words)
        asked = set(words.lower().split())
        return [
            (Candidate(each.id, 3.0), each) for each in self.issues if asked & set(each.title.lower().split())
        ]

    def issue(self, issue_id: str) -> Issue | None:
        return next((each for each in self.issues if each.id == issue_id), None)

    def answers(self, words: str) -> Sequence[tuple[AnswerHit, Answer]]:
        return [(AnswerHit(each.id, 0.9), each) for each in self.known_answers]


@pytest.fixture
def asks() -> ScriptedAsks:
    return ScriptedAsks()


@pytest.fixture
def claude(asks: ScriptedAsks, engine: EmbeddedEngine) -> ClaudeEngine:
    guidance = Guidance(
        product="Ferry",
        tone="plain",
        areas=(Area(id="cli", name="Command line", words=("cli",)),),
        findings={FactorKind.CRASH: "it crashes", FactorKind.BLOCKED: "somebody cannot work"},
        private=PrivateNames(words=("nordkai",), hosts=("*.internal",)),
        duplicate_share=0.2,
        max_searches=4,
    )
    layout = Prompts(prompts_dir()).below("embedded")
    return ClaudeEngine(asks=asks, beside=engine, layout=layout, guidance=guidance)


@pytest.fixture
def pair(report: Callable[..., Report]) -> Callable[..., tuple[Candidate, Issue]]:
    """Build a candidate of the report's project."""

    def build(
        number: int, title: str, body: str = "", score: float = 0.0, **changes: object
    ) -> tuple[Candidate, Issue]:
        told: dict[str, object] = {"visibility": PUBLIC, **changes}
        issue = Issue(
            id=f"example/ferry#{number}",
            title=title,
            body=body,
            created_at=report("").sent_at - timedelta(days=9),
            **told,  # type: ignore[arg-type]
        )
        return Candidate(issue.id, score), issue

    return build
