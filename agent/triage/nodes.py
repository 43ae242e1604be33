"""The nodes: read by id, call a step, write by id while the revision is still theirs.

A journey runs again from its top after a crash, so each node is a no-op the second time, and a model that
was paid is not asked again: its answer is in the store before the next node begins. What costs nothing is
found anew (`notes.py`). `review` only asks; it must do nothing else, because it runs again on resume.
"""

from dataclasses import dataclass, field
from typing import cast

import sqlalchemy as sa

from agent.domain.assessments import Assessment, Matched
from agent.domain.cases import Case, CaseState
from agent.domain.jobs import Job
from agent.domain.proposals import Priority, Proposal
from agent.policy.shadows import is_drawn
from agent.ports import Now, Queue
from agent.store import cases, messages, proposals
from agent.store.database import Store
from agent.triage import facts
from agent.triage.alert import alert
from agent.triage.notes import Notebook, had
from agent.triage.propose import proposal_of, request_of
from agent.triage.state import Outcome, State, Update
from agent.triage.steps import Steps
from agent.wording.engines import maker


@dataclass(frozen=True, slots=True)
class Nodes:
    """The graph's nodes over one store and one set of steps."""

    store: Store
    queue: Queue
    steps: Steps
    now: Now
    notes: Notebook = field(default_factory=Notebook)

    def screen(self, state: State) -> Update:
        """Drop what is no Case, visibly."""
        notes, now = self.notes.begin(state, self.now()), self.now()
        with self.store.read() as tx:
            case, rows = cases.by_number(tx, state["case"]), messages.of_case(tx, state["case"])
            if case.revision != state["revision"]:
                return {"outcome": "superseded"}
            notes.is_offered = proposals.is_written(tx, state["case"], state["revision"])
            notes.report = facts.report_of_case(tx, case, rows, self._colleagues(), now)
            notes.carry(proposals.findings_of(tx, state["case"], state["revision"]))
        is_settled = case.kept or notes.is_offered
        reason = "" if is_settled else self.steps.screen([messages.from_row(row) for row in rows])
        return self._drop(state, reason) if reason else {}

    def _drop(self, state: State, reason: str) -> Update:
        number = state["case"]
        with self.store.write() as tx:
            if not cases.is_current(tx, number, state["revision"]):
                return {"outcome": "superseded"}
            messages.drop(tx, [row.seq for row in messages.of_case(tx, number)], reason)
            cases.change(tx, number, state=CaseState.TRIAGED_OUT, dropped_reason=reason)
            cases.record(tx, number, self.now(), "dropped", "triage", f"Dropped: {reason}")
        return {"outcome": "dropped"}

    def match(self, state: State) -> Update:
        """Find what is known, unless an earlier revision's finding was carried over."""
        notes = self.notes.of(state)
        if notes.matched is None and not notes.is_offered:
            notes.matched = self.steps.match(had(notes.report))
            self._keep_paid(state, "match", notes.matched)
        return {}

    def assess(self, state: State) -> Update:
        """Have the engine read the report, unless its reading was carried over."""
        notes = self.notes.of(state)
        if notes.assessment is None and not notes.is_offered:
            notes.assessment = self.steps.assess(had(notes.report), had(notes.matched))
            self._keep_paid(state, "assess", notes.assessment)
        return {}

    def decide(self, state: State) -> Update:
        """Let policy decide."""
        notes = self.notes.of(state)
        if notes.is_offered:
            return {}
        report, matched = had(notes.report), had(notes.matched)
        with self.store.read() as tx:
            case = cases.by_number(tx, state["case"])
            notes.known = facts.known_of_case(tx, case, matched, [report.id])
        assessment = had(notes.assessment)
        notes.decision = self.steps.decide(report, matched, assessment, notes.known, case.corrected)
        return {}

    def draft(self, state: State) -> Update:
        """Write the words, then the Proposal, and open the revision for a Verdict."""
        notes = self.notes.of(state)
        if notes.is_offered:
            return {}
        matched, assessment, decision = had(notes.matched), had(notes.assessment), had(notes.decision)
        drafted = self.steps.draft(had(notes.report), assessment, decision, had(notes.known))
        made = [matched.made, assessment.made, *drafted.made]
        with self.store.write() as tx:
            case = cases.by_number(tx, state["case"])
            if case.revision != state["revision"]:
                return {"outcome": "superseded"}
            now = self.now()
            made_by = self.steps.provenance(made, (now - notes.began).total_seconds())
            self._offer(tx, case, proposal_of(case, decision, drafted, assessment, matched, made_by, now))
        return {}

    def review(self, state: State) -> Update:
        """Ask, in the shape that Agent Inbox reads. Nothing else may happen here."""
        from langgraph.types import interrupt

        answers = interrupt([request_of(state)])
        return {"outcome": cast(Outcome, answers[0]["type"])}

    def done(self, state: State) -> Update:
        """Forget the findings; the Proposal and the Verdict hold what is true."""
        with self.store.write() as tx:
            proposals.prune_findings(tx, state["case"], state["revision"])
        return {}

    def _colleagues(self) -> frozenset[str]:
        return self.steps.settings.team.names

    def _keep_paid(self, state: State, step: str, found: Matched | Assessment) -> None:
        """Keep what a model was paid for; what costs nothing is found again, sooner than it is written."""
        if not found.made.tokens.is_any:
            return
        with self.store.write() as tx:
            if cases.is_current(tx, state["case"], state["revision"]):
                proposals.keep_finding(tx, state["case"], state["revision"], step, found)

    def _offer(self, tx: sa.Connection, case: Case, proposal: Proposal) -> None:
        number = cases.number_of(proposal.case_id)
        if not proposals.write_proposal(tx, proposal):
            return
        state = CaseState.WAITING_ON_US
        cases.offer(tx, number, proposal.revision, state=state, priority=proposal.priority)
        text = f"r{proposal.revision} by {maker(proposal.provenance)}: {proposal.type}, {proposal.priority}"
        cases.record(tx, number, proposal.created_at, "proposed", "triage", text)
        self._shadow(tx, case)
        if proposal.priority is Priority.P0:
            on_call = self.steps.settings.on_call
            alert(tx, self.queue, case, proposal.reasons[0].finding, on_call, proposal.created_at)

    def _shadow(self, tx: sa.Connection, case: Case) -> None:
        """Have a candidate prompt set asked too, of a share of the Cases that no person has corrected."""
        shadow = self.steps.settings.models.shadow
        if shadow and not case.corrected and is_drawn(case.id, shadow.prompts, shadow.share):
            self.queue.enqueue(Job.shadow(case.id, case.revision), tx)
