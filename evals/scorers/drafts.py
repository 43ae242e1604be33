"""Whether a reply says what it must, nothing that it must not, nothing without a source, and not too much.

What a reply must say is a list of things, each in any of several wordings; wording is compared without case
and with every run of space as one.
"""

import re

from evals.running.records import Answer, Case, Mark

#: Words of a reply that a person reads before they stop; quoted answers of the team's own count too.
LONGEST = 160
_SPACE = re.compile(r"\s+")


def kept(case: Case, answer: Answer) -> dict[str, Mark]:
    """Mark the share of what must be said that is, and whether nothing is that must not be."""
    text = _plain(_text(answer))
    missing = [each for each in case.expected["must_say"] if not any(_plain(one) in text for one in each)]
    strange = [each for each in case.expected["must_not_say"] if _plain(each) in text]
    asked = len(case.expected["must_say"])
    said = 1 - len(missing) / asked if asked else 1.0
    lacks = "; ".join(f"lacks {' or '.join(each)}" for each in missing) or "says all of it"
    held = "; ".join(f"says {each}" for each in strange) or "says none of it"
    return {
        "must say": Mark(score=said, reason=lacks),
        "must not say": Mark(score=float(not strange), reason=held),
        "kept": Mark(score=said if not strange else 0.0, reason=f"{lacks}; {held}"),
    }


def supported(_: Case, answer: Answer) -> dict[str, Mark]:
    """Mark whether every sentence that states something has a source: those that have none are named."""
    unsourced = (answer.evidence["reply"] or {}).get("unsourced", [])
    reason = "; ".join(f"no source: {each}" for each in unsourced) or "every claim has a source"
    return {"supported": Mark(score=float(not unsourced), reason=reason)}


def length(_: Case, answer: Answer) -> dict[str, Mark]:
    """Mark whether a reply is there and not too long."""
    words = len(_text(answer).split())
    return {"length": Mark(score=float(0 < words <= LONGEST), reason=f"{words} words")}


def _text(answer: Answer) -> str:
    reply = answer.evidence["reply"]
    return reply["text"] if reply else ""


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text.casefold()).strip()
