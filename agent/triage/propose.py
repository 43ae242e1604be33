"""The Proposal of a revision, and the question it becomes at review."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.actions import PlannedAction
from agent.domain.assessments import Assessment, Matched
from agent.domain.cases import Case
from agent.domain.proposals import Draft, Proposal, Provenance
from agent.triage.decide import Decision
from agent.triage.state import State, thread_of

#: Why there is no Draft where there is none.
NOTHING_TO_SAY = "nothing in it asks for an answer"


def proposal_of(
    case: Case,
    decision: Decision,
    drafted: Draft | None,
    plan: Sequence[PlannedAction],
    assessment: Assessment,
    matched: Matched,
    provenance: Provenance,
    now: datetime,
) -> Proposal:
    """Put together what the steps found; immutable from here on."""
    return Proposal(
        case_id=case.id,
        revision=case.revision,
        created_at=now,
        type=decision.type,
        priority=decision.priority,
        status=decision.status,
        reasons=decision.reasons,
        area=decision.area,
        assignee=decision.assignee,
        assignee_reason=decision.assignee_reason,
        duplicate=decision.duplicate,
        plan=tuple(plan),
        draft=drafted,
        no_draft_reason="" if drafted else NOTHING_TO_SAY,
        assessment=assessment,
        matched=matched,
        provenance=provenance,
        because=case.because,
        corrected=dict(case.corrected),
    )


def request_of(state: State) -> dict[str, object]:
    """Return what LangChain's Agent Inbox shows for a revision: ids, and what may be answered."""
    thread = thread_of(state["case"], state["revision"])
    return {
        "action_request": {"action": f"Review {thread}", "args": {"case": thread}},
        "config": {
            "allow_ignore": True,
            "allow_respond": True,
            "allow_edit": True,
            "allow_accept": True,
        },
        "description": f"{thread} waits for a Verdict. The Case page shows all of it.",
    }
