"""What was hidden in a message, what was taken out of a reply, and what rests on nothing: how a person reads it.

The same words stand on the Case page, in the terminal and on a card. What is hidden and what is a promise is
policy's to know.
"""

from collections.abc import Sequence

from agent.domain.actions import PlannedAction
from agent.domain.proposals import Claim
from agent.policy.hidden import Hidden, HiddenKind
from agent.wording.texts import count, listed, quoted

#: What heads the translation of a reply, which is for the one who approves it.
TRANSLATED = "In English, for you: as it was proposed"
#: Pieces of a sentence that are named; the rest are counted.
NAMED = 3
_ONE = {
    HiddenKind.CHARACTERS: "an invisible character",
    HiddenKind.DIRECTION: "a character that turns text around",
}


def hidden_summary(found: Sequence[Hidden]) -> str:
    """Say in a line what a message hides: "Hidden in the message: a comment, “ignore all …”, and 2 more"; "" for nothing."""
    if not found:
        return ""
    more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
    return f"Hidden in the message: {hidden_line(found[0])}{more}"


def hidden_line(hidden: Hidden) -> str:
    """Say what was hidden and its words: "a comment, “ignore all …”", "3 invisible characters"."""
    if hidden.text:
        return f"{hidden.kind}, {quoted(hidden.text)}"
    return _ONE[hidden.kind] if hidden.count == 1 else f"{hidden.count:,} {hidden.kind}"


def taken_out_lines(step: PlannedAction) -> tuple[str, ...]:
    """Say what was taken out of a step's words that is not there in another form: "a promise, “…”"."""
    return tuple(f"{each.kind}, {quoted(each.was)}" for each in step.removed if not each.now)


def flag_line(claim: Claim) -> str:
    """Say that a sentence has no source, and what of it has none: "No source for “…” (8192)"."""
    lacks = lacks_words(claim)
    return f"No source for {quoted(claim.text)}{f' ({lacks})' if lacks else ''}"


def not_vouched(lacking: Sequence[Claim]) -> tuple[str, str]:
    """Say why a reply is not sent whose sentences nobody vouched for, and what to do."""
    has = "has" if len(lacking) == 1 else "have"
    todo = f"{quoted(lacking[0].text)} Remove it, or tick “Keep, I checked”, then approve again."
    return f"{count(len(lacking), 'sentence')} {has} no source.", todo


def lacks_words(claim: Claim) -> str:
    """Name what of a sentence no source holds: "8192 and --force"; "" where it is the sentence itself."""
    named = [*claim.lacks[:NAMED]]
    if len(claim.lacks) > NAMED:
        named.append(count(len(claim.lacks) - NAMED, "more", "more"))
    return listed(named)
