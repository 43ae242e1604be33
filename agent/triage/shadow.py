"""A candidate prompt set judges what was judged, and is heard by nobody: no plan is booked, nothing is shown.

It sees the same words as the Proposal. What people decided must not reach it, so a Case that is answered before the
end is kept as late and not compared.
"""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from agent.domain.cases import Case
from agent.domain.made import Made
from agent.domain.proposals import Proposal
from agent.domain.reports import Report
from agent.domain.shadows import Shadowed
from agent.errors import ConfigFaults, EngineFailed
from agent.policy.corrections import proposed
from agent.ports import Engine, Now
from agent.store import cases, shadows
from agent.store.database import Store
from agent.triage import facts
from agent.triage.propose import proposal_of
from agent.triage.steps import Steps

ANSWERED = "somebody had answered it before it was asked"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A candidate prompt set as an engine, and the hash that names it."""

    engine: Engine
    prompts: str


@dataclass(frozen=True, slots=True)
class Shadowing:
    """Asks the candidate, where there is one, and keeps what it said."""

    store: Store
    steps: Steps
    candidate: Candidate | None
    now: Now

    def judge(self, number: int, revision: int) -> None:
        """Ask about a revision, once; a failure of the engine is an answer that is missing, and is not tried again."""
        if self.candidate is None:
            return None
        with self.store.read() as tx:
            if shadows.is_there(tx, number, revision, self.candidate.prompts):
                return None
            case = cases.by_number(tx, number)
            report = facts.case_report(tx, number, self.steps.settings.team.names, self.now())
        blank = Shadowed(case_id=case.id, revision=revision, prompts=self.candidate.prompts, at=self.now())
        if case.open_revision != revision:
            return self._keep(replace(blank, trouble=ANSWERED))
        try:
            said = self._said(blank, case, report, replace(self.steps, engine=self.candidate.engine))
        except EngineFailed as failure:
            said = replace(blank, trouble=str(failure))
        except (ConfigFaults, KeyError) as fault:  # a prompt that asks for what it is not given
            said = replace(blank, trouble=f"the candidate's prompts cannot be filled in: {fault}")
        return self._keep(said)

    def _said(self, blank: Shadowed, case: Case, report: Report, steps: Steps) -> Shadowed:
        proposal = self._proposal(case, report, steps)
        reply = proposal.draft.text if proposal.draft else ""
        return replace(blank, fields=proposed(proposal), reply=reply, provenance=proposal.provenance)

    def _proposal(self, case: Case, report: Report, steps: Steps) -> Proposal:
        began = self.now()
        matched = steps.match(report)
        assessment = steps.assess(report, matched)
        with self.store.read() as tx:
            known = facts.known_of_case(tx, case, matched, [report.id])
        decision = steps.decide(report, matched, assessment, known, {})
        drafted = steps.draft(report, assessment, decision, known)
        made: list[Made] = [matched.made, assessment.made, *drafted.made]
        made_by = steps.provenance(made, (self.now() - began).total_seconds())
        return proposal_of(case, decision, drafted, assessment, matched, made_by, self.now())

    def _keep(self, said: Shadowed) -> None:
        """Keep an answer; of one that is late that it was asked, for its words serve nobody."""
        with self.store.write() as tx:
            late = replace(said, fields={}, reply="", is_late=True)
            shadows.write(tx, said if _is_open(tx, said) else late)


def _is_open(tx: sa.Connection, said: Shadowed) -> bool:
    return cases.by_number(tx, cases.number_of(said.case_id)).open_revision == said.revision
