"""An answer to `draft.md` as a Draft: its claims with their records, the link of a new Issue only where one is filed.

Whether each statement stands in a source, calls somebody or promises something is found in `triage/vet.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from agent.domain.assessments import FactorKind
from agent.domain.made import Made
from agent.domain.messages import Level
from agent.domain.proposals import Claim, Draft
from agent.domain.reports import Brief, Intent
from agent.engines.claude.answers import Drafted, Record, Stated
from agent.engines.claude.guidance import Guidance
from agent.engines.claude.quotes import said_in
from agent.engines.claude.shown import Shown
from agent.engines.cues import factors
from agent.policy.promises import without_promises
from agent.prompts import ISSUE_URL

ENGLISH = "en"
RELEASE_CHARACTERS = 40
#: An acknowledgement that says nothing is not written from the report: what is not shown is not repeated (A9).
UNSEEN = (Intent.SECURITY,)
NOT_SHOWN = "A report of a security problem; its words are not needed for this reply."


def inputs(brief: Brief, shown: Shown, guidance: Guidance) -> dict[str, object]:
    """Return the inputs of `draft.md`."""
    report, issue = brief.report, brief.issue
    named = issue if issue and (issue.title or issue.url) else None
    return {
        **shown.report(report),
        **({"report": NOT_SHOWN, "left_out": ""} if brief.intent in UNSEEN else {}),
        "product": guidance.product,
        "tone": guidance.tone,
        "new_issue_url": ISSUE_URL,
        "intent": brief.intent.value,
        "destination": brief.destination.partition(":")[0],
        "is_public": brief.visibility.level is Level.PUBLIC,
        "language": brief.language,
        "issue": (shown.issue(named, report.sent_at) or "") if named else "",
        "answer": shown.answer(brief.answer) if brief.answer else "",
        "missing": brief.missing,
        "asked": report.asked,
        "version": brief.version or "",
        "fixed_in": _plain(issue.fixed_in or "") if issue else "",
        "issue_is_open": issue.open_at(report.sent_at) if issue else True,
        "files_issue": brief.files_issue,
        "their_workaround": any(each.kind is FactorKind.WORKAROUND for each in factors(report.words)),
    }


def faults(answer: Drafted, brief: Brief) -> Iterator[str]:
    """Yield what is wrong with an answer of the right shape."""
    if not answer.reply.strip():
        yield "reply: is empty"
    elif not without_promises(answer.reply, (), answer.translation)[0].replace(ISSUE_URL, "").strip():
        yield "reply: holds nothing but promises or estimates, and those may not be given"
    if brief.language != ENGLISH and not answer.translation.strip():
        yield "translation: is empty, though the reply is not in English"
    if brief.files_issue and answer.reply.count(ISSUE_URL) != 1:
        yield f"reply: an Issue is filed; write {ISSUE_URL} exactly once"
    shown = records(brief)
    if strange := {each.record.value for each in answer.claims if each.record not in shown}:
        yield f"claims: {', '.join(sorted(strange))}: no such record was shown"


def records(brief: Brief) -> Mapping[Record, tuple[str, str]]:
    """Return the records that a statement may rest on, each as the person reads it, with its link."""
    given = {Record.REPORT: ("the report", "")}
    if brief.issue and (brief.issue.title or brief.issue.url):
        given[Record.ISSUE] = (brief.issue.number, brief.issue.url)
    if brief.answer:
        given[Record.ANSWER] = (f"answer {brief.answer.id}", "")
    if brief.files_issue:
        given[Record.NEW_ISSUE] = ("the new Issue", ISSUE_URL)
    return given


def draft_of(answer: Drafted, brief: Brief, made: Made) -> Draft:
    """Return the Draft; a claim that is not in the reply is none."""
    reply = _bound(answer.reply, brief)
    shown = records(brief)
    claims = [_claim(each, reply, shown[each.record]) for each in answer.claims]
    return Draft(
        destination=brief.destination,
        visibility=brief.visibility,
        text=reply,
        claims=tuple(each for each in claims if each.text),
        template=f"draft/{brief.intent.value}",
        translation=_bound(answer.translation, brief) if brief.language != ENGLISH else "",
        made=made,
    )


def _bound(text: str, brief: Brief) -> str:
    """Return the text with the link of an Issue only where one is filed."""
    text = text.strip()
    return text if brief.files_issue else text.replace(ISSUE_URL, ISSUE_URL.strip("{}"))


def _claim(stated: Stated, reply: str, record: tuple[str, str]) -> Claim:
    source, url = record
    return Claim(text=said_in(reply, stated.text), source=source, url=url)


def _plain(release: str) -> str:
    """Return the name of a release as one that stands outside of tags may look."""
    return re.sub(r"[^\w.+~-]+", " ", release).strip()[:RELEASE_CHARACTERS]
