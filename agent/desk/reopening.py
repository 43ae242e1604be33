"""Begins a Case's next revision on what was read already: decided again, drafted again."""

import sqlalchemy as sa

from agent.desk.counter import Counter
from agent.domain.cases import Case, CaseState
from agent.domain.jobs import Job
from agent.store import cases, proposals


class Reopening(Counter):
    """What answering and owning a Case share."""

    def _reopen(
        self, tx: sa.Connection, case: Case, because: str, who: str, typed: str | None, **values: object
    ) -> int:
        """Begin the next revision; what the person had typed is kept with it. Return its number."""
        number = cases.number_of(case.id)
        proposal = proposals.newest(tx, number)
        state = {"state": CaseState.WAITING_ON_US, "dropped_reason": ""}
        revision = cases.begin_revision(tx, number, because, **state, **values)
        if proposal is not None:
            proposals.keep_finding(tx, number, revision, "match", proposal.matched)
            proposals.keep_finding(tx, number, revision, "assess", proposal.assessment)
            if typed and (proposal.draft is None or typed != proposal.draft.text):
                proposals.keep_finding(tx, number, revision, proposals.TYPED, typed)
        cases.record(tx, number, self.now(), "begun", who, f"r{revision} begins: {because}")
        self.queue.enqueue(Job.triage(case.id, revision), tx)
        return revision
