"""The card of a Case: composed from the store's view each time, never from what was drawn before.

Pure: a view and a moment in, blocks out. A Draft that has no room goes on in the card's thread.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, DividerBlock

from agent.cards import blocks as kit
from agent.cards import parts
from agent.cards.parts import Seen
from agent.cards.standing import Keeps, Standing, receipts, standing
from agent.domain.proposals import Claim, Proposal
from agent.domain.views import CaseView
from agent.policy.slack.letters import size
from agent.wording import cases as wording
from agent.wording import vetted
from agent.wording.names import PRIORITIES, TYPES
from agent.wording.stages import Stage, stage

#: Slack refuses messages from about 11,300 characters of text in all, and says so nowhere.
ALL_TEXT = 8900
#: Sections of the Draft on the card, and in each message below it.
ON_CARD, PER_PART = 2, 3
#: What a line "2 more parts below" may add once the parts are counted.
SPARE = 100
_ASKED = (Stage.OPEN, Stage.SNOOZED)


@dataclass(frozen=True, slots=True)
class Card:
    """A message: its notification, its blocks, and how the Draft goes on below it, a message each."""

    text: str
    blocks: tuple[kit.Json, ...]
    parts: tuple[tuple[kit.Json, ...], ...] = ()

    @property
    def digest(self) -> str:
        """Tell two drawings apart."""
        drawn = json.dumps([self.text, self.blocks, self.parts], sort_keys=True)
        return hashlib.sha256(drawn.encode()).hexdigest()


def card(view: CaseView, seen: Seen) -> Card:
    """Draw a Case as it is now."""
    claims = _unsourced(view)
    stands = standing(view, seen, claims)
    notification = parts.notification(view, seen)
    top, bottom = _top(view, seen, stands), _bottom(view, stands, claims)
    used = size(notification) + kit.sum_of(kit.to_json([*top, *bottom])) + SPARE
    room = ALL_TEXT - used
    shown, below = _reply(view, stands, room)
    middle = _middle(view, stands, shown, len(below))
    middle += _translation(view, stands, room - size(kit.escape("".join(shown))))
    return Card(notification, tuple(kit.to_json([*top, *middle, *bottom])), tuple(below))


def _unsourced(view: CaseView) -> tuple[Claim, ...]:
    draft = view.proposal.draft if view.proposal else None
    return wording.no_source(draft.claims, draft.text) if draft else ()


def _top(view: CaseView, seen: Seen, stands: Standing) -> list[Block]:
    """Give what stands above the Draft: state, words, judgement, what is known."""
    proposal = view.proposal
    blocks: list[Block] = [parts.head(view)]
    blocks += [kit.section(stands.line, stands.beside)] if stands.line else []
    blocks += [kit.section(receipts(view, seen))] if stands.receipts and view.steps else []
    blocks.append(parts.where(view, seen))
    if stands.keeps in (Keeps.ALL, Keeps.JUDGEMENT) and not wording.is_security(proposal):
        blocks += [*parts.words(view, seen), *parts.hidden(view)]
        blocks += _judged(view, proposal) if proposal else []
    return blocks


def _judged(view: CaseView, proposal: Proposal) -> list[Block]:
    is_asked = stage(view) is Stage.OPEN
    blocks: list[Block] = [parts.judgement(view, proposal)]
    blocks += [_selects(view, proposal)] if is_asked else []
    return [*blocks, parts.known(view, proposal, accessory=is_asked), *parts.looked(proposal)]


def _selects(view: CaseView, proposal: Proposal) -> Block:
    """Offer type and priority, which can be corrected alone."""
    types = [kit.option(name, kind.value) for kind, name in TYPES.items()]
    priorities = [kit.option(name, each.value) for each, name in PRIORITIES.items()]
    menus = [
        kit.select("type", types, proposal.type.value),
        kit.select("priority", priorities, proposal.priority.value),
    ]
    return kit.actions(menus, parts.block_id("fields", view.case))


def _has_reply(view: CaseView, stands: Standing) -> bool:
    return stands.keeps in (Keeps.ALL, Keeps.REPLY) and view.proposal is not None


def _reply(view: CaseView, stands: Standing, room: int) -> tuple[list[str], list[tuple[kit.Json, ...]]]:
    """Cut the Draft into what the card holds and the messages below it."""
    draft = view.proposal.draft if view.proposal else None
    if draft is None or not _has_reply(view, stands):
        return [], []
    text = _text(view)
    found = kit.pieces(text)
    if len(found) <= ON_CARD and size(kit.escape(text)) <= room:
        return found, []
    shown = kit.pieces(text, min(kit.SECTION, room // ON_CARD))[:ON_CARD]
    rest = kit.pieces(text[len("".join(shown)) :])
    groups = [rest[at : at + PER_PART] for at in range(0, len(rest), PER_PART)]
    return shown, [_part(view, number, len(groups), each) for number, each in enumerate(groups, 1)]


def _text(view: CaseView) -> str:
    """Give the reply that the card is about: as approved, else as proposed."""
    proposal, verdict = view.proposal, view.verdict
    approved = verdict.text if verdict and verdict.revision == view.case.revision else None
    return approved if approved is not None else (proposal.draft.text if proposal and proposal.draft else "")


def _part(view: CaseView, number: int, of: int, sections: Sequence[str]) -> tuple[kit.Json, ...]:
    said = kit.context(f"{view.case.id} r{view.case.revision}, the reply goes on: part {number} of {of}")
    return tuple(kit.to_json([said, *(kit.exact(each) for each in sections)]))


def _middle(view: CaseView, stands: Standing, shown: Sequence[str], below: int) -> list[Block]:
    """Give the Draft with who will read it."""
    proposal = view.proposal
    if proposal is None or not _has_reply(view, stands):
        return []
    old = [kit.context(f"Written before {stands.before}")] if stands.before and proposal.draft else []
    blocks: list[Block] = [DividerBlock(), *old, parts.readers(view, proposal, below)]
    return [*blocks, *(kit.exact(each) for each in shown)]


def _translation(view: CaseView, stands: Standing, room: int) -> list[Block]:
    """Give the reply in the approver's language where it has room; else the modal has it."""
    draft = view.proposal.draft if view.proposal else None
    if draft is None or not draft.translation or stands.keeps is not Keeps.ALL:
        return []
    fits = size(kit.escape(draft.translation)) <= min(kit.SECTION, room - len(vetted.TRANSLATED))
    return parts.translated(draft.translation) if fits else [kit.context(f"{vetted.TRANSLATED}: in Edit")]


def _bottom(view: CaseView, stands: Standing, claims: Sequence[Claim]) -> list[Block]:
    """Give what stands below the Draft: flags, plan, buttons, and what made it."""
    proposal = view.proposal
    blocks: list[Block] = []
    if proposal is not None and _has_reply(view, stands):
        blocks += parts.flags(claims) if stage(view) in _ASKED else []
        blocks.append(parts.plan(proposal))
    if stands.buttons:
        blocks.append(kit.actions(stands.buttons, parts.block_id("answer", view.case)))
    return [*blocks, parts.foot(view)]
