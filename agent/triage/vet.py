"""What an engine wrote, made fit before anybody sees it: nothing is hidden in it, nobody is called, nothing is
promised, and each sentence that rests on no source says so. What is wrong with a text is policy's to know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.domain.actions import ActionKind, PlannedAction, Removal
from agent.domain.proposals import Draft
from agent.domain.reports import Brief, Description
from agent.policy import claims
from agent.policy.hidden import without_characters
from agent.policy.mentions import without_mentions
from agent.policy.pieces import Kind, Piece
from agent.policy.promises import holds_one, without_promises
from agent.policy.sentences import sentences
from agent.prompts import ISSUE_URL
from agent.settings import Settings

Removals = tuple[Removal, ...]
HIDDEN = "hidden text"  #: the kind of a Removal

_PROMISED = Piece(Kind.QUOTE, "a promise in the translation")


def fit_reply(draft: Draft, brief: Brief) -> tuple[Draft, Removals]:
    """Return the reply without what it may not do, and what was taken out of it.

    What stands in the team's own answer or in its template was typed by a person, and stays. So does the
    link of the Issue that is filed, though the sentence that held it goes (A12).
    """
    typed = (draft.typed, brief.answer.answer if brief.answer else "")
    text, hidden = _shown(draft.text)
    text, called = without_mentions(text)
    translation, _ = without_mentions(_shown(draft.translation)[0])
    said = text
    text, promised = without_promises(text, typed, translation)
    if promised:
        translation, _ = without_promises(translation, typed, said)
    if ISSUE_URL in draft.text and ISSUE_URL not in text:
        text = f"{text}\n\n{ISSUE_URL}".strip()
    return replace(draft, text=text, translation=translation), (*hidden, *called, *promised)


def _shown(text: str) -> tuple[str, Removals]:
    """Return the text without characters that nobody sees: what a person approves is what is on the screen."""
    text, hidden = without_characters(text)
    return text, tuple(
        Removal(kind=HIDDEN, was=each.text or f"{each.count} × {each.kind}", now="") for each in hidden
    )


def fit_description(said: Description, brief: Brief) -> tuple[Description, Removals, Removals]:
    """Return the words for the tracker, and what was taken out of Issue and note; the reporter's own words stay."""
    title, from_title = without_mentions(said.title)
    body, from_body = _fit_body(said.body, brief)
    note, from_note = _fit_body(said.note, brief)
    return replace(said, title=title, body=body, note=note), (*from_title, *from_body), from_note


def _fit_body(text: str, brief: Brief) -> tuple[str, Removals]:
    text, called = without_mentions(text, keeps_indented=True)
    text, promised = without_promises(text, (brief.report.words,))
    return text, (*called, *promised)


def with_removals(
    plan: Sequence[PlannedAction], removed: Mapping[ActionKind, Removals]
) -> tuple[PlannedAction, ...]:
    """Return the plan with what was taken out of each step's words, beside what redaction took out."""
    return tuple(replace(step, removed=(*step.removed, *removed.get(step.kind, ()))) for step in plan)


def checked(draft: Draft, brief: Brief, settings: Settings, estimate: str) -> Draft:
    """Return the reply with its claims, those first that rest on nothing."""
    found = unsupported(draft, draft.text, brief, settings, estimate)
    if holds_one(draft.translation):
        # It is of a language in which promises are not told, and which sentence it is cannot be told either.
        found = tuple(
            claims.Unsupported(sentence=each.text, lacks=(_PROMISED,)) for each in sentences(draft.text)
        )
    return replace(draft, claims=claims.flagged(draft.claims, found))


def unsupported(
    draft: Draft, text: str, brief: Brief, settings: Settings, estimate: str
) -> tuple[claims.Unsupported, ...]:
    """Return the sentences of a text, the draft's or one made from it, that rest on nothing it may use."""
    sources = claims.sources_of(brief, settings.grounds, (draft.typed, estimate))
    return claims.check(text, sources, claims.hosts_of(brief, settings.grounds))
