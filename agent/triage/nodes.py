"""The nodes: read by id, call a step, write by id while the revision is still theirs.

Each runs again from its top after a crash, so each is a no-op the second time. `review` only
asks; it must do nothing else, because it runs again on resume.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

import sqlalchemy as sa

from agent.domain.assessments import Assessment, Matched
from agent.domain.cases import Case, CaseState
from agent.domain.jobs import Job
from agent.domain.proposals import Priority, Proposal
from agent.domain.reports import Report
from agent.errors import Unavailable
from agent.policy.shadows import is_drawn
from agent.ports import Now, Queue
from agent.store import cases, messages, proposals
from agent.store.database import Store
from agent.triage import facts
from agent.triage.alert import alert
from agent.triage.decide import Decision, Known
from agent.triage.propose import proposal_of, request_of
from agent.triage.state import Outcome, State, Update, thread_of
from agent.triage.steps import Steps
from agent.wording.engines import maker

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Nodes:
    """The graph's nodes over one store and one set of steps."""

    store: Store
    queue: Queue
    steps: Steps
    now: Now

    def screen(self, state: State) -> Update:
        """Drop what is no Case, visibly."""
        with self.store.write() as tx:
            case = cases.by_number(tx, state["case"])
            if case.revision != state["revision"]:
                return {"outcome": "superseded"}
            rows = messages.of_case(tx, state["case"])
            reason = "" if case.kept else self.steps.screen([messages.from_row(row) for row in rows])
            if not reason:
                proposals.keep_finding(tx, state["case"], state["revision"], "began", self.now())
                return {}
            messages.drop(tx, [row.seq for row in rows], reason)
            cases.change(tx, state["case"], state=CaseState.TRIAGED_OUT, dropped_reason=reason)
            cases.record(tx, state["case"], self.now(), "dropped", "triage", f"Dropped: {reason}")
        return {"outcome": "dropped"}

    def match(self, state: State) -> Update:
        """Find what is known, unless an earlier revision's finding was carried over."""
        if self._finding(state, Matched, "match") is None:
            self._keep(state, "match", self.steps.match(self._report(state)))
        return {}

    def assess(self, state: State) -> Update:
        """Have the engine read the report, unless its reading was carried over."""
        if self._finding(state, Assessment, "assess") is None:
            matched = self._found(state, Matched, "match")
            self._keep(state, "assess", self.steps.assess(self._report(state), matched))
        return {}

    def decide(self, state: State) -> Update:
        """Let policy decide."""
        matched = self._found(state, Matched, "match")
        assessment = self._found(state, Assessment, "assess")
        report, known, corrected = self._case(state, matched)
        decision = self.steps.decide(report, matched, assessment, known, corrected)
        self._keep(state, "decide", decision)
        return {}

    def draft(self, state: State) -> Update:
        """Write the words, then the Proposal, and open the revision for a Verdict."""
        matched = self._found(state, Matched, "match")
        assessment = self._found(state, Assessment, "assess")
        decision = self._found(state, Decision, "decide")
        report, known, _ = self._case(state, matched)
        drafted = self.steps.draft(report, assessment, decision, known)
        made = [matched.made, assessment.made, *drafted.made]
        with self.store.write() as tx:
            case = cases.by_number(tx, state["case"])
            if case.revision != state["revision"]:
                return {"outcome": "superseded"}
            now = self.now()
            began = proposals.finding(tx, datetime, state["case"], state["revision"], "began") or now
            made_by = self.steps.provenance(made, (now - began).total_seconds())
            self._offer(tx, proposal_of(case, decision, drafted, assessment, matched, made_by, now))
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

    def _report(self, state: State) -> Report:
        with self.store.read() as tx:
            return facts.case_report(tx, state["case"], self._colleagues(), self.now())

    def _case(self, state: State, matched: Matched) -> tuple[Report, Known, dict[str, str]]:
        with self.store.read() as tx:
            report = facts.case_report(tx, state["case"], self._colleagues(), self.now())
            case = cases.by_number(tx, state["case"])
            return report, facts.known_of_case(tx, case, matched, [report.id]), case.corrected

    def _finding(self, state: State, kind: type[T], step: str) -> T | None:
        with self.store.read() as tx:
            return proposals.finding(tx, kind, state["case"], state["revision"], step)

    def _found(self, state: State, kind: type[T], step: str) -> T:
        found = self._finding(state, kind, step)
        if found is None:
            thread = thread_of(state["case"], state["revision"])
            raise Unavailable(f"{thread}: the finding of {step!r} is gone; the revision is judged anew.")
        return found

    def _keep(self, state: State, step: str, found: object) -> None:
        with self.store.write() as tx:
            if cases.is_current(tx, state["case"], state["revision"]):
                proposals.keep_finding(tx, state["case"], state["revision"], step, found)

    def _offer(self, tx: sa.Connection, proposal: Proposal) -> None:
        number = cases.number_of(proposal.case_id)
        if proposals.by_revision(tx, number, proposal.revision) is not None:
            return
        proposals.write_proposal(tx, proposal)
        state = CaseState.WAITING_ON_US
        cases.offer(tx, number, proposal.revision, state=state, priority=proposal.priority)
        text = f"r{proposal.revision} by {maker(proposal.provenance)}: {proposal.type}, {proposal.priority}"
        cases.record(tx, number, proposal.created_at, "proposed", "triage", text)
        case = cases.by_number(tx, number)
        self._shadow(tx, case)
        if proposal.priority is Priority.P0:
            on_call = self.steps.settings.on_call
            alert(tx, self.queue, case, proposal.reasons[0].finding, on_call, proposal.created_at)

    def _shadow(self, tx: sa.Connection, case: Case) -> None:
        """Have a candidate prompt set asked too, of a share of the Cases that no person has corrected."""
        shadow = self.steps.settings.models.shadow
        if shadow and not case.corrected and is_drawn(case.id, shadow.prompts, shadow.share):
            self.queue.enqueue(Job.shadow(case.id, case.revision), tx)
