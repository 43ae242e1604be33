"""The modal in which a Case is edited, and what comes back of it.

Composed from the store, and read against it: a part that nobody touched is the store's own text,
letter for letter, whatever Slack does to the ends of a box. Block and action ids never change, so
that what was typed stays when the view is drawn anew.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    ExternalDataSelectElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
)
from slack_sdk.models.views import View

from agent.cards import blocks as kit
from agent.cards.parts import Seen
from agent.domain.actions import ActionKind, PlannedAction
from agent.domain.issues import Issue
from agent.domain.proposals import Claim, Proposal, Status
from agent.domain.views import CaseView
from agent.policy.corrections import NO_DUPLICATE
from agent.policy.likelihood import whole_percent
from agent.wording import cases as wording
from agent.wording.forms import fingerprint, known_as, plain, shown_fields
from agent.wording.names import FIELDS, PRIORITIES, TYPES
from agent.wording.texts import count, quoted

EDIT, KEPT = "edit_case", "kept_text"
#: A box takes 3,000; what is cut leaves room to write in.
BOX, BOX_FILLED = 3000, 2400
#: Of a view's 250 kB and 100 blocks, what the texts may take; the rest of a text stays as it is.
BYTES, BOXES = 100_000, 36
CHECKS, CHECK_BOXES, CANDIDATES, FOUND = 10, 8, 3, 100
TITLE, VIEW_BLOCKS = 120, 100
NONE_OF_THESE = "None: file a new Issue"


@dataclass(frozen=True, slots=True)
class About:
    """What a modal was opened on: the Case, its revision, and the card."""

    case_id: str
    revision: int
    channel: str = ""
    ts: str = ""

    def to_json(self) -> str:
        """Give it as a view carries it."""
        said = {"c": self.case_id, "r": self.revision, "ch": self.channel, "ts": self.ts}
        return json.dumps(said, separators=(",", ":"))

    @classmethod
    def parse(cls, carried: str) -> "About":
        """Read it back; raises ValueError for what is not ours."""
        try:
            said = json.loads(carried)
            return cls(str(said["c"]), int(said["r"]), str(said.get("ch", "")), str(said.get("ts", "")))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"no private_metadata of ours: {carried!r}") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """What a submitted modal says; a text is None where nobody changed it."""

    reply: str | None = None
    issue_title: str | None = None
    issue_body: str | None = None
    corrections: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[int, ...] = ()
    kept: frozenset[str] = frozenset()  #: fingerprints of the sentences that the person vouches for


def modal(view: CaseView, seen: Seen, about: About, *, typed: str | None = None) -> kit.Json:
    """Compose the modal of a Case that waits; `typed` stands in the boxes instead of the Draft."""
    proposal = view.proposal
    assert proposal is not None
    draft = reply_text(proposal)
    shown = draft if typed is None else plain(typed)
    blocks = [*_flags(wording.no_source(proposal.draft.claims if proposal.draft else (), shown))]
    blocks += _boxes("reply", "Reply", shown, view, seen) if proposal.draft else []
    blocks += _issue(proposal, view, seen)
    blocks += [*_fields(view, proposal), *_plan(proposal)]
    return _view(EDIT, f"Edit {view.case.id}", blocks, about.to_json(), "Approve & send", "Keep for later")


def _view(
    callback: str, title: str, blocks: Sequence[Block], carried: str, submit: str | None, close: str
) -> kit.Json:
    return View(
        type="modal",
        callback_id=callback,
        title=title[:24],
        submit=submit,
        close=close,
        blocks=list(blocks),
        private_metadata=carried,
    ).to_dict()


def reply_text(proposal: Proposal) -> str:
    """Give the Draft as a text box returns it."""
    return plain(proposal.draft.text) if proposal.draft else ""


def _input(
    name: str, label: str, element: InputInteractiveElement, *, optional: bool = True, hint: str = ""
) -> InputBlock:
    element.action_id = name
    return InputBlock(block_id=name, label=label, element=element, optional=optional, hint=hint or None)


def _flags(claims: Sequence[Claim]) -> list[Block]:
    """Offer to vouch for each sentence that rests on nothing."""
    by_value = {fingerprint(each.text): f"Keep, I checked: {quoted(each.text)}" for each in claims}
    options = [kit.option(words, key) for key, words in by_value.items()]
    label = f"{count(len(claims), 'sentence')} without a source"
    hint = "Take it out of the reply, or tick it when you have checked it."
    blocks: list[Block] = [
        _input(f"keep:{at}", label, CheckboxesElement(options=options[at : at + CHECKS]), hint=hint)
        for at in range(0, min(len(options), CHECKS * CHECK_BOXES), CHECKS)
    ]
    more = len(options) - CHECKS * CHECK_BOXES
    return [*blocks, *([kit.context(f"{more:,} more: check them in the inbox")] if more > 0 else [])]


def boxed(text: str) -> tuple[list[str], str]:
    """Cut a text into boxes, and give what has no room in a view: it stays as it is."""
    cut = kit.pieces(text, BOX_FILLED, escaped=False)
    shown, used = list[str](), 0
    for piece in cut[:BOXES]:
        used += len(json.dumps(piece))
        if used > BYTES:
            break
        shown.append(piece)
    return shown, "".join(cut[len(shown) :])


def _boxes(name: str, label: str, text: str, view: CaseView, seen: Seen) -> list[Block]:
    shown, rest = boxed(text)
    of = len(shown)
    blocks: list[Block] = []
    for number, piece in enumerate(shown or [""], 1):
        told = label if of < 2 else f"{label}, part {number} of {of}"
        box = PlainTextInputElement(initial_value=piece.rstrip() or None, multiline=True, max_length=BOX)
        blocks.append(_input(f"{name}:{number}", told, box))
    if rest:
        page = kit.link("in the inbox", seen.page(view.case.id))
        words = f"{len(rest):,} more characters follow and stay as they are; change them {page}."
        blocks.append(kit.context(words))
    return blocks


def _issue(proposal: Proposal, view: CaseView, seen: Seen) -> list[Block]:
    """Offer title and body of the Issue that would be filed."""
    step = new_issue(proposal)
    if step is None:
        return []
    box = PlainTextInputElement(initial_value=_title(step) or None, max_length=TITLE)
    named = _input("issue_title", "Issue title", box, optional=False)
    return [named, *_boxes("issue_body", "Issue text", plain(step.body), view, seen)]


def new_issue(proposal: Proposal) -> PlannedAction | None:
    """Give the step that files an Issue, if there is one."""
    return next((step for step in proposal.plan if step.kind is ActionKind.CREATE_ISSUE), None)


def _title(step: PlannedAction) -> str:
    return " ".join(plain(step.title).split())[:TITLE].rstrip()


def _fields(view: CaseView, proposal: Proposal) -> list[Block]:
    """Offer type, priority, status, and which Issue it is."""
    stands = shown_fields(proposal)
    choices = {
        "type": [(kind.value, name) for kind, name in TYPES.items()],
        "priority": [(each.value, name) for each, name in PRIORITIES.items()],
        "status": [(each.value, each.value) for each in Status],
        "duplicate": _candidates(view, proposal),
    }
    blocks: list[Block] = []
    for name, pairs in choices.items():
        options = [kit.option(words, key) for key, words in pairs]
        blocks.append(_input(name, FIELDS[name], kit.select(name, options, stands[name]), optional=False))
    other = ExternalDataSelectElement(placeholder="Search Issues by number or words", min_query_length=1)
    return [*blocks, _input("another", "Known as another Issue", other)]


def _candidates(view: CaseView, proposal: Proposal) -> list[tuple[str, str]]:
    chosen = known_as(proposal)
    links = {proposal.duplicate.found_as: chosen} if proposal.duplicate and chosen != NO_DUPLICATE else {}
    ranked = sorted(proposal.matched.likenesses, key=lambda each: -each.probability)
    likely = {links.get(each.issue_id, each.issue_id): each.probability for each in reversed(ranked)}
    named = [chosen, *(links.get(each.issue_id, each.issue_id) for each in ranked)]
    shown = [each for each in dict.fromkeys(named) if each == chosen or wording.likelihood(likely[each])]
    first = [each for each in shown if each != NO_DUPLICATE][:CANDIDATES]
    told = [(each, _candidate(each, view.issues.get(each), likely.get(each))) for each in first]
    return [*told, (NO_DUPLICATE, NONE_OF_THESE)]


def _candidate(issue_id: str, issue: Issue | None, probability: float | None) -> str:
    likely = f", {whole_percent(probability)}%" if probability is not None else ""
    return f"{wording.short(issue_id)}{likely} {issue.title if issue else ''}".rstrip()


def found(issues: Sequence[Issue]) -> list[kit.Json]:
    """Give Issues as the search of the modal shows them."""
    return [kit.option(_candidate(each.id, each, None), each.id).to_dict() for each in issues[:FOUND]]


def _plan(proposal: Proposal) -> list[Block]:
    """Offer the steps, ticked; what must not leave is named and cannot be ticked."""
    may = [(at, step) for at, step in enumerate(proposal.plan) if not step.blocked]
    options = [_step(at, step) for at, step in may]
    blocks: list[Block] = []
    for at in range(0, len(options), CHECKS):
        some = options[at : at + CHECKS]
        label = "When you approve" if not at else "And also"
        blocks.append(_input(f"plan:{at}", label, CheckboxesElement(options=some, initial_options=some)))
    out = [step for step in proposal.plan if step.blocked]
    lines = [kit.line(f"Stays out: {wording.plan_line(step)}: {step.blocked}", 200) for step in out[:10]]
    return [*blocks, *([kit.context(*lines)] if lines else [])]


def _step(at: int, step: PlannedAction) -> Option:
    removed = wording.removed_words(step)
    readers = wording.audience(step.visibility)
    return kit.option(wording.plan_line(step), str(at), f"{readers}, {removed}" if removed else readers)


def read(values: Mapping[str, Any], view: CaseView) -> Filled:
    """Read a submitted modal against the Proposal that it was drawn from; None for what is untouched."""
    proposal = view.proposal
    assert proposal is not None
    step = new_issue(proposal)
    return Filled(
        reply=_typed(values, "reply", reply_text(proposal)) if proposal.draft else None,
        issue_title=_typed_title(values, step) if step else None,
        issue_body=_typed(values, "issue_body", plain(step.body)) if step else None,
        corrections=_corrections(values, proposal),
        left_out=_left_out(values, proposal),
        kept=frozenset(_ticked(values, "keep:")),
    )


def typed_reply(values: Mapping[str, Any]) -> str:
    """Give the reply that stands in the boxes, for one who must not lose it."""
    names = sorted((name for name in values if name.startswith("reply:")), key=_number)
    return "\n\n".join(filter(None, (_value(values, name) for name in names)))


def _number(name: str) -> int:
    return int(name.partition(":")[2])


def _value(values: Mapping[str, Any], name: str) -> str:
    """Give what stands in a box or is chosen in a menu; "" for nothing."""
    element = values.get(name, {}).get(name, {})
    chosen = element.get("selected_option")
    return str((chosen or {}).get("value") or element.get("value") or "")


def _typed(values: Mapping[str, Any], name: str, proposed: str) -> str | None:
    shown, rest = boxed(proposed)
    pieces = [
        _piece(piece, plain(_value(values, f"{name}:{number}")))
        for number, piece in enumerate(shown or [""], 1)
    ]
    said = plain("".join(pieces) + rest)
    return None if said == proposed else said


def _piece(shown: str, said: str) -> str:
    """Give the store's own piece where it came back as it was; else what was typed, with its ending."""
    ending = shown[len(shown.rstrip()) :]
    return shown if said == shown.rstrip() else f"{said}{ending if said else ''}"


def _typed_title(values: Mapping[str, Any], step: PlannedAction) -> str | None:
    said = " ".join(_value(values, "issue_title").split())
    return None if said == _title(step) or not said else said


def _corrections(values: Mapping[str, Any], proposal: Proposal) -> dict[str, str]:
    stands = shown_fields(proposal)
    said = {name: _value(values, name) for name in ("type", "priority", "status", "duplicate")}
    said["duplicate"] = _value(values, "another") or said["duplicate"]
    return {name: chosen for name, chosen in said.items() if chosen and chosen != stands[name]}


def _ticked(values: Mapping[str, Any], begins: str) -> list[str]:
    elements = [values[name].get(name, {}) for name in values if name.startswith(begins)]
    return [each["value"] for element in elements for each in element.get("selected_options") or []]


def _left_out(values: Mapping[str, Any], proposal: Proposal) -> tuple[int, ...]:
    kept = set(_ticked(values, "plan:"))
    return tuple(at for at in range(len(proposal.plan)) if str(at) not in kept)


def radios(
    callback: str, title: str, about: About, question: str, choices: Mapping[str, str], submit: str
) -> kit.Json:
    """Compose a modal of one question with a few answers: snooze, reject, hand over."""
    options = [kit.option(words, key) for key, words in choices.items()]
    asked = _input("choice", question, RadioButtonsElement(options=options), optional=False)
    return _view(callback, title, [asked], about.to_json(), submit, "Leave it")


def asking(callback: str, title: str, about: About, question: str, hint: str, submit: str) -> kit.Json:
    """Compose a modal of one question that is answered in words."""
    box = PlainTextInputElement(multiline=True, max_length=BOX)
    asked = _input("words", question, box, optional=False, hint=hint)
    return _view(callback, title, [asked], about.to_json(), submit, "Leave it")


def choice(values: Mapping[str, Any]) -> str:
    """Give the answer to a modal of one question."""
    return _value(values, "choice") or _value(values, "words")


def told(title: str, about: About, true: str, text: str) -> kit.Json:
    """Compose a view that says what is true now, with the person's text beside it, to be copied."""
    pieces = kit.pieces(plain(text))
    blocks: list[Block] = [kit.section(kit.fit(true, kit.SECTION))]
    blocks += [kit.context("Your text:")] if pieces else []
    blocks += [kit.exact(piece) for piece in pieces[:BOXES]]
    return _view(KEPT, title, blocks, about.to_json(), None, "Close")


def moved_on(view: CaseView, seen: Seen, about: About, true: str, text: str) -> kit.Json:
    """Compose the modal anew on the open revision: their text in the boxes, the reply as now proposed beside it."""
    proposal = view.proposal
    assert proposal is not None
    drawn = modal(view, seen, about, typed=text)
    now = [kit.exact(piece) for piece in kit.pieces(reply_text(proposal))[:3]]
    head = [kit.section(kit.fit(true, kit.SECTION)), kit.context(f"As now proposed, r{proposal.revision}:")]
    room = VIEW_BLOCKS - len(drawn["blocks"])
    above = kit.to_json([*head, *now, kit.context("Your text is in the box below.")])
    return drawn | {"blocks": [*above[:room], *drawn["blocks"]]}
