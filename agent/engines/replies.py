"""A Brief's records as the inputs of its reply template. The words themselves are in `prompts/embedded/replies/`."""

import re

from agent.domain.assessments import FactorKind
from agent.domain.issues import Issue
from agent.domain.messages import Level
from agent.domain.reports import Brief, Intent
from agent.engines.cues import factors
from agent.engines.reading import sentences
from agent.prompts import ISSUE_URL

TITLE_CHARACTERS = 120
WORKAROUND_CHARACTERS = 200

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_MENTION = re.compile(r"<[!@#][^>]{0,200}>|(?<![\w.])@(?=\w)")
_ADDRESS = re.compile(r"https?://|www\.|(?<![\w.+-])[\w.+-]+@[\w-]+\.", re.IGNORECASE)

#: What a reply template may be filled with.
INPUTS = (
    "issue_number",
    "issue_title",
    "issue_link",
    "issue_url",
    "issue_is_open",
    "fixed_in",
    "workaround",
    "version",
    "missing",
    "their_workaround",
    "question",
    "answer",
    "answer_id",
    "files_issue",
    "new_issue_url",
    "is_public",
)


def template_of(intent: Intent) -> str:
    """Return the name of the template of an intent."""
    return f"replies/{intent.value}"


def reply_inputs(brief: Brief) -> dict[str, object]:
    """Return a value for each of `INPUTS`, every one from the brief's records."""
    return {
        **_of_issue(brief),
        "version": brief.version or "",
        "missing": brief.missing,
        "their_workaround": _found(brief.report.words, FactorKind.WORKAROUND) is not None,
        "question": brief.answer.question if brief.answer else "",
        "answer": brief.answer.answer.strip() if brief.answer else "",
        "answer_id": brief.answer.id if brief.answer else "",
        "files_issue": brief.files_issue,
        "new_issue_url": ISSUE_URL,
        "is_public": brief.visibility.level is Level.PUBLIC,
    }


def _of_issue(brief: Brief) -> dict[str, object]:
    """Return what may be said of the Issue: of one that the reader may not see, neither number nor words."""
    issue = brief.issue
    shown = issue if issue and (issue.title or issue.url) else None
    url = shown.url if shown else ""
    return {
        "issue_number": shown.number if shown else "",
        "issue_title": harmless(shown.title, TITLE_CHARACTERS) if shown else "",
        "issue_url": url,
        "issue_link": f" ({url})" if url else "",
        "issue_is_open": issue.open_at(brief.report.sent_at) if issue else True,
        "fixed_in": (issue.fixed_in or "") if issue else "",
        "workaround": workaround_of(shown) if shown else "",
    }


def harmless(text: str, most: int) -> str:
    """Return text from outside on one line, without mentions or hidden characters, cut at a word."""
    text = " ".join(_MENTION.sub("", _CONTROL.sub(" ", text)).split())
    return text if len(text) <= most else text[: most - 1].rpartition(" ")[0] + "…"


def workaround_of(issue: Issue) -> str:
    """Return the Issue's sentence on a workaround; "" where there is none that can be quoted as it is."""
    at = _found(issue.body, FactorKind.WORKAROUND)
    if at is None:
        return ""
    sentence = next((each.text for each in sentences(issue.body) if each.start <= at < each.end), "")
    if _ADDRESS.search(sentence) or len(sentence) > WORKAROUND_CHARACTERS:
        return ""
    return harmless(sentence, WORKAROUND_CHARACTERS)


def _found(words: str, kind: FactorKind) -> int | None:
    quotes = (factor.quote for factor in factors(words) if factor.kind is kind)
    return next((quote.start for quote in quotes if quote is not None), None)
