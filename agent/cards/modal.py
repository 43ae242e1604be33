"""The modal in which a Case is edited, and the smaller ones that ask one question, composed from the store.

Block and action ids never change, so that what was typed stays when the view is drawn anew. What comes back
of a modal is in `filled.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

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
from agent.cards.filled import (
    BOX,
    BOXES,
    TITLE,
    UNTOUCHED,
    About,
    Filled,
    boxed,
    ends_of,
    holds,
    new_issue,
    reply_text,
    title_of,
)
from agent.cards.parts import Seen, foot, hidden, translated
from agent.domain.actions import PlannedAction
from agent.domain.issues import Issue
from agent.domain.proposals import Claim, Proposal, Status
from agent.domain.views import CaseView
from agent.policy.corrections import NO_DUPLICATE
from agent.policy.likelihood import whole_percent
from agent.wording import cases as wording
from agent.wording import vetted
from agent.wording.forms import fingerprint, known_as, plain, shown_fields
from agent.wording.names import FIELDS, PRIORITIES, TYPES
from agent.wording.texts import count, quoted

EDIT, KEPT = "edit_case", "kept_text"
CHECKS, CHECK_BOXES, CANDIDATES, FOUND, TRANSLATED = 10, 8, 3, 100, 3
VIEW_BLOCKS = 100
#: Lines of a context block, and those of them for steps that stay out.
NOTES, STAYS = 10, 6
NONE_OF_THESE = "None: file a new Issue"


def modal(
    view: CaseView,
    seen: Seen,
    about: About,
    said: Filled = UNTOUCHED,
    flags: Sequence[Claim] | None = None,
    *,
    above: Sequence[Block] = (),
) -> kit.Json:
    """Compose the modal of a Case that waits, its controls at what a person has said so far.

    `flags` are the sentences of the reply shown that rest on nothing; those of the Draft where nobody looked.
    """
    proposal = view.proposal
    assert proposal is not None
    reply = reply_text(proposal) if said.reply is None else plain(said.reply)
    draft, step = proposal.draft, new_issue(proposal)
    claims = wording.no_source(draft.claims if draft else (), reply) if flags is None else flags
    blocks = [*above, *_flags(claims, said.kept), *hidden(view)]
    blocks += _boxes("reply", "Reply", reply, view, seen) if draft else []
    blocks += _translation(draft.translation, view, seen) if draft else []
    blocks += _issue(step, said, view, seen) if step else []
    blocks += [*_fields(view, proposal, said), *_plan(proposal, said), foot(view)]
    carried = replace(about, ends=ends_of(said)).to_json()
    return _view(EDIT, f"Edit {view.case.id}", blocks, carried, "Approve & send", "Keep for later")


def _translation(text: str, view: CaseView, seen: Seen) -> list[Block]:
    """Show what the reply says in the approver's language; what has no room is counted and linked."""
    blocks = translated(text) if text else []
    more = len(text) - len("".join(kit.pieces(text)[:TRANSLATED]))
    page = kit.link("in the inbox", seen.page(view.case.id))
    rest = [kit.context(f"{more:,} more characters {page}")] if more else []
    return [*blocks[: TRANSLATED + 1], *rest]


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


def _input(
    name: str, label: str, element: InputInteractiveElement, *, optional: bool = True, hint: str = ""
) -> InputBlock:
    element.action_id = name
    return InputBlock(block_id=name, label=label, element=element, optional=optional, hint=hint or None)


def _flags(claims: Sequence[Claim], kept: Collection[str]) -> list[Block]:
    """Offer to vouch for each sentence that rests on nothing; what of it has no source stands below it."""
    by_value = {fingerprint(each.text): each for each in claims}
    options = [_flag(key, claim) for key, claim in by_value.items()]
    label = f"{count(len(claims), 'sentence')} without a source"
    hint = "Take it out of the reply, or tick it when you have checked it."
    blocks: list[Block] = []
    for at in range(0, min(len(options), CHECKS * CHECK_BOXES), CHECKS):
        some = options[at : at + CHECKS]
        blocks.append(_input(f"keep:{at}", label, _checkboxes(some, kept), hint=hint))
    more = len(options) - CHECKS * CHECK_BOXES
    return [*blocks, *([kit.context(f"{more:,} more: check them in the inbox")] if more > 0 else [])]


def _flag(key: str, claim: Claim) -> Option:
    lacks = vetted.lacks_words(claim)
    told = f"In no source: {lacks}" if lacks else ""
    return kit.option(f"Keep, I checked: {quoted(claim.text)}", key, told)


def _checkboxes(options: Sequence[Option], ticked: Collection[str]) -> CheckboxesElement:
    on = [each for each in options if each.value in ticked]
    return CheckboxesElement(options=list(options), initial_options=on or None)


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


def _issue(step: PlannedAction, said: Filled, view: CaseView, seen: Seen) -> list[Block]:
    """Offer title and body of the Issue that would be filed."""
    title = said.issue_title or title_of(step)
    body = plain(step.body if said.issue_body is None else said.issue_body)
    box = PlainTextInputElement(initial_value=title or None, max_length=TITLE)
    named = _input("issue_title", "Issue title", box, optional=False)
    return [named, *_boxes("issue_body", "Issue text", body, view, seen)]


def _fields(view: CaseView, proposal: Proposal, said: Filled) -> list[Block]:
    """Offer type, priority, status, and which Issue it is."""
    stands = {**shown_fields(proposal), **said.corrections}
    choices = {
        "type": [(kind.value, name) for kind, name in TYPES.items()],
        "priority": [(each.value, name) for each, name in PRIORITIES.items()],
        "status": [(each.value, each.value) for each in Status],
        "duplicate": _candidates(view, proposal, stands["duplicate"]),
    }
    blocks: list[Block] = []
    for name, pairs in choices.items():
        options = [kit.option(words, key) for key, words in pairs]
        blocks.append(_input(name, FIELDS[name], kit.select(name, options, stands[name]), optional=False))
    other = ExternalDataSelectElement(placeholder="Search Issues by number or words", min_query_length=1)
    return [*blocks, _input("another", "Known as another Issue", other)]


def _candidates(view: CaseView, proposal: Proposal, wanted: str) -> list[tuple[str, str]]:
    chosen = known_as(proposal)
    links = {proposal.duplicate.found_as: chosen} if proposal.duplicate and chosen != NO_DUPLICATE else {}
    ranked = sorted(proposal.matched.likenesses, key=lambda each: -each.probability)
    likely = {links.get(each.issue_id, each.issue_id): each.probability for each in reversed(ranked)}
    named = [wanted, chosen, *(links.get(each.issue_id, each.issue_id) for each in ranked)]
    shown = [
        each for each in dict.fromkeys(named) if each in (wanted, chosen) or wording.likelihood(likely[each])
    ]
    first = [each for each in shown if each != NO_DUPLICATE][:CANDIDATES]
    told = [(each, _candidate(each, view.issues.get(each), likely.get(each))) for each in first]
    return [*told, (NO_DUPLICATE, NONE_OF_THESE)]


def _candidate(issue_id: str, issue: Issue | None, probability: float | None) -> str:
    likely = f", {whole_percent(probability)}%" if probability is not None else ""
    return f"{wording.short(issue_id)}{likely} {issue.title if issue else ''}".rstrip()


def found(issues: Sequence[Issue]) -> list[kit.Json]:
    """Give Issues as the search of the modal shows them."""
    return [kit.option(_candidate(each.id, each, None), each.id).to_dict() for each in issues[:FOUND]]


def _plan(proposal: Proposal, said: Filled) -> list[Block]:
    """Offer the steps, ticked; what must not leave is named and cannot be ticked."""
    ticked = {str(at) for at in range(len(proposal.plan)) if at not in said.left_out}
    may = [(at, step) for at, step in enumerate(proposal.plan) if not step.blocked]
    options = [_step(at, step) for at, step in may]
    blocks: list[Block] = []
    for at in range(0, len(options), CHECKS):
        some = options[at : at + CHECKS]
        label = "When you approve" if not at else "And also"
        blocks.append(_input(f"plan:{at}", label, _checkboxes(some, ticked)))
    out = [step for step in proposal.plan if step.blocked]
    lines = [kit.line(f"Stays out: {wording.plan_line(step)}: {step.blocked}", 200) for step in out[:STAYS]]
    taken = [each for step in proposal.plan for each in vetted.taken_out_lines(step)]
    lines += [kit.line(f"Taken out: {each}", 130) for each in taken[: NOTES - len(lines)]]
    return [*blocks, *([kit.context(*lines)] if lines else [])]


def _step(at: int, step: PlannedAction) -> Option:
    removed = wording.removed_words(step)
    readers = wording.audience(step.visibility)
    return kit.option(wording.plan_line(step), str(at), f"{readers}, {removed}" if removed else readers)


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


def told(title: str, about: About, true: str, text: str) -> kit.Json:
    """Compose a view that says what is true now, with the person's text beside it, to be copied."""
    pieces = kit.pieces(plain(text))
    blocks: list[Block] = [kit.section(kit.fit(true, kit.SECTION))]
    blocks += [kit.context("Your text:")] if pieces else []
    blocks += [kit.exact(piece) for piece in pieces[:BOXES]]
    return _view(KEPT, title, blocks, about.to_json(), None, "Close")


def moved_on(
    view: CaseView, seen: Seen, about: About, true: str, text: str, flags: Sequence[Claim] | None = None
) -> kit.Json:
    """Compose the modal anew on the open revision: their text in the boxes, the reply as now proposed beside it."""
    proposal = view.proposal
    assert proposal is not None
    if not holds(text):
        copy = f"{true} Your text is longer than a modal holds. Copy it from here, or change it in the inbox."
        return told(f"Edit {view.case.id}", about, copy, text)
    now = [kit.exact(piece) for piece in kit.pieces(reply_text(proposal))[:3]]
    head = [kit.section(kit.fit(true, kit.SECTION)), kit.context(f"As now proposed, r{proposal.revision}:")]
    above = [*head, *now, kit.context("Your text is in the box below.")]
    drawn = modal(view, seen, about, Filled(reply=text), flags)
    room = VIEW_BLOCKS - len(drawn["blocks"])
    return drawn | {"blocks": [*kit.to_json(above)[:room], *drawn["blocks"]]}


def unchecked(
    view: CaseView, seen: Seen, about: About, said: Filled, flags: Sequence[Claim], why: str
) -> kit.Json:
    """Compose the modal anew as it was filled, with each sentence to vouch for, and why nothing was sent."""
    return modal(view, seen, about, said, flags, above=[kit.section(kit.fit(why, kit.SECTION))])
