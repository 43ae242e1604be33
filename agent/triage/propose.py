"""The Proposal of a revision, and the question it becomes at review."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from agent.domain.assessments import Assessment, Matched
from agent.domain.cases import Case
from agent.domain.made import Made, together
from agent.domain.proposals import Proposal, Provenance
from agent.triage.decide import Decision
from agent.triage.draft import Drafted
from agent.triage.state import State, thread_of

#: Why there is no Draft where there is none.
NOTHING_TO_SAY = "nothing in it asks for an answer"


def proposal_of(
    case: Case,
    decision: Decision,
    drafted: Drafted,
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
        plan=drafted.plan,
        draft=drafted.draft,
        no_draft_reason="" if drafted.draft else NOTHING_TO_SAY,
        assessment=assessment,
        matched=matched,
        provenance=provenance,
        because=case.because,
        corrected=dict(case.corrected),
    )


def provenance_of(made: Sequence[Made], *, embedder: str, policy: str, seconds: float) -> Provenance:
    """Return what made a Proposal: the engine whose every part was its own, or the one that stood in."""
    whole = together(made)
    return Provenance(
        engine=whole.engine,
        model=whole.model,
        prompt=_prompts_hash(whole.prompts),
        embedder=embedder,
        policy=policy,
        seconds=seconds,
        prompts=whole.prompts,
        tokens=whole.tokens,
        microdollars=whole.microdollars,
        instead=whole.instead,
    )


def _prompts_hash(prompts: Mapping[str, str]) -> str:
    """Return the hash of the one prompt that there is, or of all of them."""
    if len(prompts) == 1:
        return next(iter(prompts.values()))
    return hashlib.sha256(
        "".join(f"{name} {prompts[name]}\n" for name in sorted(prompts)).encode()
    ).hexdigest()


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
