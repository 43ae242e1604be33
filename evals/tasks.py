"""What is tried, a task a kind of dataset: the product's own steps on a case, and what of their result is kept.

No step is done here, and none is judged: that is `evals/scorers/`. `said` is what is compared with what was
expected, `evidence` what it rests on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.domain.assessments import Assessment, CaseType, DuplicateVerdict, Effort, Matched
from agent.domain.made import Made, together
from agent.domain.proposals import Duplicate, Priority, Status
from agent.domain.reports import Intent
from agent.policy import duplicates
from agent.policy.corrections import proposed
from agent.triage import facts
from agent.triage.decide import Decision, Known
from agent.triage.draft import brief_of
from evals import quality
from evals.backtest.history import coarse
from evals.datasets import Kind
from evals.harvest.settled import FIELDS
from evals.homes import CANDIDATES, Stand
from evals.running.records import Answer, Case

if TYPE_CHECKING:
    from agent.domain.actions import PlannedAction
    from agent.domain.proposals import Draft, Proposal, Reason
    from agent.domain.views import Trial

Said = Mapping[str, Any]
Tried = tuple[Said, Said, Made]  #: what was said, what it rests on, and what made it
#: Digits of a chance that are kept: the last ones of a sum hang on the order of its parts, and that on the process.
DIGITS = 6
#: Candidates and reasons that are kept as evidence.
SHOWN = 3


def tried(kind: Kind, stand: Stand, case: Case) -> Answer:
    """Try a case; raises whatever the steps raise."""
    began = time.monotonic()
    said, evidence, made = TASKS[kind](stand, case)
    return Answer(
        said=said,
        evidence=evidence,
        seconds=time.monotonic() - began,
        tokens=made.tokens.read + made.tokens.output,
        cents=made.microdollars / 10_000,
    )


def read(stand: Stand, case: Case) -> Tried:
    """Have a report read and decided on, as if nothing were known: type and priority."""
    report = stand.report(stand.said(case))
    assessment = stand.steps.assess(report, Matched())
    decision = stand.steps.decide(report, Matched(), assessment, Known(), {})
    bug = sum(chance for kind, chance in assessment.types.items() if kind.is_bug)
    chance = bug if decision.type.is_bug else assessment.types.get(decision.type, 0.0)
    return (
        {"type": coarse(decision.type), "chance": round(chance, DIGITS)},
        {"reasons": _reasons(decision.reasons)},
        assessment.made,
    )


def rate(stand: Stand, case: Case) -> Tried:
    """Have a report rated, as if nothing were known."""
    report = stand.report(stand.said(case))
    assessment = stand.steps.assess(report, Matched())
    decision = stand.steps.decide(report, Matched(), assessment, Known(), {})
    said = {"priority": decision.priority.value, "type": decision.type.value}
    return said, {"reasons": _reasons(decision.reasons)}, assessment.made


def recognise(stand: Stand, case: Case) -> Tried:
    """Have a report found again: what each stage of the search put on top, and what policy makes of the best."""
    (message,) = stand.said(case)
    report, steps = stand.report([message]), stand.steps
    matched = steps.match(report, candidates=CANDIDATES)
    with stand.house.store.read() as tx:
        known = facts.known(tx, report.project, matched.likenesses, holder="")
    found = duplicates.judge(
        matched.likenesses, known.issues, known.links, steps.settings.duplicates, report, None
    )
    stages = quality.rankings(quality.index_of(stand.house), message)
    said = {
        "ranked": {
            "words": stages["words"][:CANDIDATES],
            "vectors": stages["meaning"][:CANDIDATES],
            "fused": stages["fused"][:CANDIDATES],
            "judged": [each.issue_id for each in matched.candidates],
        },
        **_known_as(found),
    }
    return said, {"candidates": _candidates(matched)}, matched.made


def travel(stand: Stand, case: Case) -> Tried:
    """Take a message, with what was written before it in its thread, through the whole journey."""
    thread, screens = stand.said(case), stand.steps.screen
    kept = [each for each in thread if not screens([each])]
    trial = stand.trial(kept if kept and not screens(thread[-1:]) else thread[-1:])
    return _of_trial(trial)


def decide_again(stand: Stand, case: Case) -> Tried:
    """Have a report decided on anew that people corrected: every field that a person can set."""
    trial = stand.trial(stand.said(case))
    _, evidence, made = _of_trial(trial)
    nothing = {**dict.fromkeys(FIELDS), "type": CaseType.NOISE.value}
    whose = {**evidence, "case": case.input.get("case", "")}
    return proposed(trial.proposal) if trial.proposal else nothing, whose, made


def relive(stand: Stand, case: Case) -> Tried:
    """Take an Issue of the past through the whole journey, as if it were new; of its type what a label tells."""
    said, evidence, made = travel(stand, case)
    whose = {**evidence, "case": case.input["said"][-1]["id"]}  # found by it where its words must go
    lived = {"first": None, "chance": 0.0, "abstained": False, **said, "type": coarse(CaseType(said["type"]))}
    return lived, whose, made


def reply(stand: Stand, case: Case) -> Tried:
    """Have the reply of a situation written: what was decided is given, only the words are the engine's."""
    given, said = case.input, stand.said(case)
    report = stand.report(said)
    named = [given["issue"]] if given.get("issue") else []
    with stand.house.store.read() as tx:
        known = facts.known(tx, report.project, (), named, holder="")
    drafted = stand.steps.draft(report, _assessment(given), _decision(given), known)
    evidence: dict[str, Any] = {"reply": _reply(drafted.draft), "plan": _steps(drafted.plan)}
    if stand.judge and drafted.draft:
        brief = brief_of(report, _assessment(given), _decision(given), known, stand.house.settings)
        grades = stand.judge.grades(brief, drafted.draft)
        evidence["judge"] = {name: each.model_dump(mode="json") for name, each in grades.items()}
    return {"intent": given["intent"]}, evidence, together(drafted.made)


def _assessment(given: Said) -> Assessment:
    kind = CaseType(given["type"])
    return Assessment(
        types={each: float(each is kind) for each in CaseType},
        priorities={},
        effort=Effort(low=1, high=8, sure=False),
        missing=tuple(given.get("missing", ())),
        version=given.get("version"),
        language=given.get("language", "en"),
    )


def _decision(given: Said) -> Decision:
    known = given.get("issue")
    return Decision(
        type=CaseType(given["type"]),
        priority=Priority(given.get("priority", "P2")),
        status=Status.BACKLOG,
        reasons=(),
        area=None,
        assignee="",
        assignee_reason="",
        duplicate=_sure(known) if known else None,
        intent=Intent(given["intent"]),
        answer=given.get("answer"),
    )


def _sure(issue: str) -> Duplicate:
    return Duplicate(issue_id=issue, probability=0.95, verdict=DuplicateVerdict.DUPLICATE, reason="")


def _of_trial(trial: Trial) -> Tried:
    """Keep of a trial what a person would see and what would leave."""
    proposal = trial.proposal
    if proposal is None:
        said = {"type": CaseType.NOISE.value, "priority": None, "duplicate": None}
        return said, {"screened": trial.screened, "plan": []}, Made()
    said = {
        "type": proposal.type.value,
        "priority": proposal.priority.value,
        **_known_as(proposal.duplicate),
    }
    return said, _evidence(proposal), _made(proposal)


def _made(proposal: Proposal) -> Made:
    whole = proposal.provenance
    return Made(engine=whole.engine, tokens=whole.tokens, microdollars=whole.microdollars)


def _evidence(proposal: Proposal) -> Said:
    return {
        "reasons": _reasons(proposal.reasons),
        "known": proposal.duplicate.reason if proposal.duplicate else "",
        "reply": _reply(proposal.draft),
        "plan": _steps(proposal.plan),
        "shown": [each.issue_id for each in proposal.matched.candidates],
    }


def _known_as(found: Duplicate | None) -> Said:
    if found is None:
        return {"duplicate": None, "first": None, "chance": 0.0, "abstained": False}
    return {
        "duplicate": found.issue_id if found.verdict is DuplicateVerdict.DUPLICATE else None,
        "first": found.issue_id,
        "chance": round(found.probability, DIGITS),
        "abstained": found.verdict is DuplicateVerdict.RELATED,
    }


def _candidates(matched: Matched) -> list[Said]:
    return [
        {
            "issue": each.issue_id,
            "chance": round(each.probability, DIGITS),
            "theirs": each.theirs.text if each.theirs else "",
            "ours": each.ours,
        }
        for each in matched.likenesses[:SHOWN]
    ]


def _reasons(reasons: Sequence[Reason]) -> list[Said]:
    return [
        {
            "finding": each.finding,
            "points": each.points,
            **_rests_on(each),
        }
        for each in reasons
    ]


def _rests_on(reason: Reason) -> Said:
    """Return the exact words that a reason rests on, or its record where it is not from the text."""
    return {"quote": reason.quote.text} if reason.quote else {"record": reason.record}


def _reply(draft: Draft | None) -> Said | None:
    if draft is None:
        return None
    unsourced = [claim.text for claim in draft.claims if not claim.source]
    return {"text": draft.text, "claims": len(draft.claims), "unsourced": unsourced}


def _steps(plan: Sequence[PlannedAction]) -> list[Said]:
    return [
        {
            "kind": each.kind.value,
            "to": each.destination,
            "title": each.title,
            "body": each.body,
            "fields": each.fields,
        }
        for each in plan
    ]


TASKS: Mapping[Kind, Callable[[Stand, Case], Tried]] = {
    Kind.TYPE: read,
    Kind.PRIORITY: rate,
    Kind.DUPLICATE: recognise,
    Kind.JOURNEY: travel,
    Kind.DRAFT: reply,
    Kind.INJECTION: travel,
    Kind.SECRETS: travel,
    Kind.BACKTEST: relive,
    Kind.CORRECTIONS: decide_again,
}
