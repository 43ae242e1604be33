"""The steps with what they need at hand, for the graph's nodes and for trials alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.domain.assessments import Assessment, Matched
from agent.domain.made import Made
from agent.domain.messages import Message
from agent.domain.proposals import Provenance
from agent.domain.reports import Report
from agent.ports import Engine, Index, Records
from agent.settings import Settings
from agent.triage.assess import assess
from agent.triage.decide import Decision, Known, decide
from agent.triage.draft import Drafted, draft
from agent.triage.match import COMPARED, match
from agent.triage.propose import provenance_of
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
            report,
            self.index,
            self.engine,
            self.records.issues,
            self.settings.answers,
            candidates=candidates,
            exclude=exclude,
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

    def draft(self, report: Report, assessment: Assessment, decision: Decision, known: Known) -> Drafted:
        return draft(report, assessment, decision, known, self.engine, self.settings)

    def provenance(self, made: Sequence[Made], seconds: float = 0.0) -> Provenance:
        """Return what made a Proposal, from what made its parts."""
        return provenance_of(made, embedder=self.embedder, policy=self.settings.policy_hash, seconds=seconds)
