"""A Trial as the line that `triage try --json` prints; its keys are frozen."""

from agent.domain.actions import PlannedAction
from agent.domain.assessments import CaseType, Factor
from agent.domain.proposals import Draft, Duplicate, Proposal
from agent.domain.views import Trial


def trial_line(trial: Trial) -> dict[str, object]:
    """Return the line, with every key whatever happened.

    A Message that was screened out has its reason under `screened`, is noise by rule and not by
    probability, and has no priority. Candidates come best first.
    """
    proposal = trial.proposal
    return {
        "id": trial.message.id,
        "screened": trial.screened or None,
        **(_judged(proposal) if proposal else _screened()),
        "seconds": round(trial.seconds, 4),
    }


def _screened() -> dict[str, object]:
    return {
        "type": CaseType.NOISE,
        "type_probabilities": {kind.value: float(kind is CaseType.NOISE) for kind in CaseType},
        "priority": None,
        "priority_probabilities": {},
        "status": None,
        "factors": [],
        "effort_hours": None,
        "area": None,
        "unsure": [],
        "candidates": [],
        "duplicate": None,
        "draft": None,
        "actions": [],
        "engine": None,
        "prompt": None,
    }


def _judged(proposal: Proposal) -> dict[str, object]:
    said = proposal.assessment
    compared = proposal.matched.likenesses[: len(proposal.matched.candidates)]
    return {
        "type": proposal.type,
        "type_probabilities": {kind.value: said.types.get(kind, 0.0) for kind in CaseType},
        "priority": proposal.priority,
        "priority_probabilities": dict(said.priorities),
        "status": proposal.status,
        "factors": [_factor(factor) for factor in said.factors],
        "effort_hours": said.effort.hours,
        "area": proposal.area,
        "unsure": list(said.unsure),
        "candidates": [{"issue": each.issue_id, "score": round(each.probability, 6)} for each in compared],
        "duplicate": _duplicate(proposal.duplicate),
        "draft": _draft(proposal.draft),
        "actions": [_action(step) for step in proposal.plan],
        "engine": proposal.provenance.engine,
        "prompt": proposal.provenance.prompt,
    }


def _factor(factor: Factor) -> dict[str, object]:
    return {
        "kind": factor.kind,
        "quote": factor.quote.text if factor.quote else None,
        "record": factor.record,
        "probability": factor.probability,
    }


def _duplicate(duplicate: Duplicate | None) -> dict[str, object] | None:
    if duplicate is None:
        return None
    return {
        "issue": duplicate.issue_id,
        "probability": duplicate.probability,
        "verdict": duplicate.verdict,
        "reason": duplicate.reason,
    }


def _draft(draft: Draft | None) -> dict[str, object] | None:
    if draft is None:
        return None
    claims = [{"text": claim.text, "source": claim.source, "url": claim.url} for claim in draft.claims]
    return {"destination": draft.destination, "text": draft.text, "claims": claims}


def _action(step: PlannedAction) -> dict[str, object]:
    return {
        "kind": step.kind,
        "destination": step.destination,
        "visibility": str(step.visibility),
        "title": step.title,
        "body": step.body,
        "fields": dict(step.fields),
        "removed": [{"kind": each.kind, "was": each.was, "now": each.now} for each in step.removed],
        "blocked": step.blocked,
    }
