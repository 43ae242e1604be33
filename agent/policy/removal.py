"""What stays of a record when the words that people wrote are taken out of it: who, when, what kind, ids, numbers.

The records stay readable by everything that reads them. What is not here: when that happens, and where else
words lie (`store/removing.py`).
"""

import re
from collections.abc import Collection
from dataclasses import replace
from hashlib import sha256

from agent.domain.actions import Action, Notice, PlannedAction
from agent.domain.assessments import Assessment, DuplicateVerdict, Matched
from agent.domain.cases import Verdict
from agent.domain.proposals import Draft, Proposal
from agent.policy.corrections import FIELDS

#: Why words are gone, where somebody asked for it; they do not come back.
ON_REQUEST = "removed on request"
#: A field whose value is words that a person typed.
TYPED = frozenset({"estimate"})
#: Where a sentence says to what such a field was corrected, up to the next field that it names.
_SAID = re.compile(
    rf"\b(?P<field>{'|'.join(sorted(TYPED))}) is [^\n]{{0,200}}?(?=, (?:{'|'.join(FIELDS)}) is |$)"
)


def after(days: int) -> str:
    """Say why words are gone that were kept as long as they should be."""
    return "removed after 1 day" if days == 1 else f"removed after {days} days"


def fingerprint(words: str) -> str:
    """Return the hash by which it can be shown later what a removed text was."""
    return sha256(words.encode()).hexdigest()


def proposal_without_words(proposal: Proposal) -> Proposal:
    """Keep what was proposed and what made it; no quote, reason, text or name."""
    duplicate = replace(proposal.duplicate, reason="") if proposal.duplicate else None
    return replace(
        proposal,
        reasons=tuple(replace(each, quote=None, record="") for each in proposal.reasons),
        assignee_reason="",
        duplicate=duplicate,
        plan=tuple(_step(each) for each in proposal.plan),
        draft=_draft(proposal.draft) if proposal.draft else None,
        no_draft_reason="",
        assessment=_assessment(proposal.assessment),
        matched=_matched(proposal.matched),
        because="",
        corrected=typed_out(proposal.corrected),
    )


def _step(step: PlannedAction) -> PlannedAction:
    return replace(step, title="", body="", fields=typed_out(step.fields), removed=(), blocked="")


def _draft(draft: Draft) -> Draft:
    return replace(draft, text="", claims=(), typed="", asks=(), translation="")


def _assessment(assessment: Assessment) -> Assessment:
    factors = tuple(replace(each, quote=None, record="") for each in assessment.factors)
    return replace(assessment, factors=factors, area_quote=None, missing=(), version=None, unsure=())


def _matched(matched: Matched) -> Matched:
    likenesses = tuple(
        replace(each, theirs=None, ours="", same=(), differs=()) for each in matched.likenesses
    )
    return replace(matched, likenesses=likenesses, searches=())


def rests_on(proposal: Proposal, issue_ids: Collection[str]) -> bool:
    """Tell whether one of these Issues was taken for what is proposed about, so that its words may be anywhere."""
    known = proposal.duplicate
    if known is None or known.verdict is DuplicateVerdict.NONE:
        return False
    return known.issue_id in issue_ids or known.found_as in issue_ids


def without_quotes_of(proposal: Proposal, issue_ids: Collection[str]) -> Proposal:
    """Keep a Proposal as it is, but for what it quotes of these Issues beside the report."""
    likenesses = tuple(
        replace(each, ours="", same=(), differs=()) if each.issue_id in issue_ids else each
        for each in proposal.matched.likenesses
    )
    return replace(proposal, matched=replace(proposal.matched, likenesses=likenesses))


def verdict_without_words(verdict: Verdict) -> Verdict:
    """Keep who answered what, when, and which fields were corrected."""
    return replace(
        verdict,
        text=None if verdict.text is None else "",
        issue_title=None if verdict.issue_title is None else "",
        issue_body=None if verdict.issue_body is None else "",
        corrections=typed_out(verdict.corrections),
        note="",
    )


def action_without_words(action: Action) -> Action:
    """Keep what was done where, and its key."""
    return replace(action, title="", body="", fields=typed_out(action.fields))


def notice_without_words(notice: Notice) -> Notice:
    """Keep whom the team told, and its key."""
    return replace(notice, text="")


def typed_out(fields: dict[str, str]) -> dict[str, str]:
    """Keep which fields are set, and the values that are no words."""
    return {name: "" if name in TYPED else value for name, value in fields.items()}


def typed_unsaid(text: str) -> str:
    """Keep of a sentence which fields were corrected, and the values that are no words."""
    return _SAID.sub(r"\g<field> was set", text)
