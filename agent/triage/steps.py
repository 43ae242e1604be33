"""The steps with what they need at hand, for the graph's nodes and for trials alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.domain.actions import PlannedAction
from agent.domain.assessments import Assessment, Matched
from agent.domain.messages import Message
from agent.domain.proposals import Draft, Provenance
from agent.domain.reports import Report
from agent.ports import Engine, Index, Records
from agent.settings import Settings
from agent.triage.assess import assess
from agent.triage.decide import Decision, Known, decide
from agent.triage.draft import draft
from agent.triage.match import COMPARED, match
from agent.triage.screen import screen


@dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """What stands behind each step. None of them writes."""

    index: Index
    engine: Engine
    records: Records
    settings: Settings
    embedder: str

    def screen(self, said: Sequence[Message]) -> str:
        return screen(said, self.settings.team)

    def match(
        self, report: Report, *, candidates: int = COMPARED, exclude: frozenset[str] = frozenset()
    ) -> Matched:
        return match(
            report, self.index, self.engine, self.records.issues, candidates=candidates, exclude=exclude
        )

    def assess(self, report: Report, matched: Matched) -> Assessment:
        return assess(report, matched, self.engine, self.settings.team)

    def decide(
        self,
        report: Report,
        matched: Matched,
        assessment: Assessment,
        known: Known,
        corrected: Mapping[str, str],
    ) -> Decision:
        return decide(report, matched, assessment, known, self.settings, corrected)

    def draft(
        self, report: Report, assessment: Assessment, decision: Decision, known: Known
    ) -> tuple[Draft | None, tuple[PlannedAction, ...]]:
        return draft(report, assessment, decision, known, self.engine, self.settings)

    def provenance(self, seconds: float = 0.0) -> Provenance:
        """Return what makes the Proposals of this process."""
        return Provenance(
            engine=self.engine.name,
            model=self.engine.model,
            prompt=self.engine.prompt,
            embedder=self.embedder,
            policy=self.settings.policy_hash,
            seconds=seconds,
        )
