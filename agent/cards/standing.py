"""Where a Case stands, as its card says it: a line under the header, receipts, and the buttons there are.

Told from the stage that every surface tells from; what is not true any more has no button.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from slack_sdk.models.blocks import ButtonElement, InteractiveElement

from agent.cards import blocks as kit
from agent.cards.parts import Seen, value, whole_lines
from agent.domain.actions import ActionKind, NoticeKind, OutboxState
from agent.domain.cases import NEWS, Event
from agent.domain.proposals import Claim, Priority, Proposal
from agent.domain.views import CaseView, Said, Step
from agent.wording import cases as wording
from agent.wording import engines
from agent.wording.lateness import being_judged
from agent.wording.names import STEPS
from agent.wording.stages import Stage, can_undo, may_acknowledge, may_let_go, stage, taken
from agent.wording.texts import count, quoted, sentences_changed

LINE = 400
RECEIPTS = 1500
MARKS = {OutboxState.SENT: "✓", OutboxState.FAILED: "✗", OutboxState.UNKNOWN: "?", OutboxState.CANCELLED: "–"}
#: Steps that fail or hang at once are few; the rest is on the Case.
TROUBLES = 2


class Keeps(Enum):
    """How much of the fresh card is left."""

    ALL = "all"
    REPLY = "reply"  #: the Draft and the plan
    JUDGEMENT = "judgement"  #: their words and what we make of them
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Standing:
    """`line` is mrkdwn and "" where a Proposal simply waits, with one button beside it where it asks for one.

    `before` says since when a Draft is old.
    """

    line: str = ""
    buttons: tuple[InteractiveElement, ...] = ()
    keeps: Keeps = Keeps.HEAD
    receipts: bool = False
    before: str = ""
    beside: ButtonElement | None = None


def standing(view: CaseView, seen: Seen, claims: Sequence[Claim]) -> Standing:
    """Say where a Case stands; `claims` are the sentences of its Draft that rest on nothing."""
    where = stage(view)
    if where is Stage.OPEN:
        return _open(view, seen, claims)
    return _MAKERS[where](view, seen)


def _button(
    view: CaseView, words: str, action: str, *, primary: bool = False, about: Step | None = None
) -> ButtonElement:
    which = _which(about) if about else {}
    return kit.button(words, action, value(view.case, **which), primary=primary)


def _more(view: CaseView, seen: Seen, first: tuple[str, str]) -> InteractiveElement:
    """Offer what is wanted seldom; `first` is what the row of buttons has no room for."""
    choices = [first, ("Ask the team", "ask"), ("Hand over", "hand_over"), ("Reject", "reject")]
    options = [kit.option(words, action) for words, action in choices]
    page = seen.page(view.case.id)
    options += [kit.linked_option("Open in the inbox", "page", page)] if page else []
    return kit.overflow("more", options)


def _open(view: CaseView, seen: Seen, claims: Sequence[Claim]) -> Standing:
    proposal = view.proposal
    assert proposal is not None
    if wording.is_security(proposal):
        stands = _security(view, seen)
    elif proposal.priority is Priority.P0:
        stands = _urgent(view, seen, _approve(view, proposal, claims))
    else:
        stands = _fresh(view, seen, proposal, claims)
    instead = proposal.provenance.instead
    if instead is None:
        return stands
    line = kit.fit(f"{engines.stood_in(instead, seen.now, seen.zone)}.", LINE)
    again = _button(view, "Try Claude again", "ask_again")
    return replace(stands, line="\n".join(filter(None, [line, stands.line])), beside=again)


def _fresh(view: CaseView, seen: Seen, proposal: Proposal, claims: Sequence[Claim]) -> Standing:
    approve = _approve(view, proposal, claims)
    buttons: list[InteractiveElement] = [approve, _button(view, "Edit", "edit")]
    buttons += [_button(view, "Acknowledge", "acknowledge")] if may_acknowledge(view) else []
    buttons += [_button(view, "Snooze", "snooze"), _more(view, seen, ("I take it", "take"))]
    return Standing(_revised(view, seen, proposal), tuple(buttons), Keeps.ALL)


def _approve(
    view: CaseView, proposal: Proposal, claims: Sequence[Claim], *, primary: bool = True
) -> ButtonElement:
    if claims:
        return _button(view, f"Check {count(len(claims), 'sentence')} & send", "check", primary=primary)
    may = [step for step in proposal.plan if not step.blocked]
    return _button(view, wording.approve_label(may), "approve", primary=primary)


def _urgent(view: CaseView, seen: Seen, approve: ButtonElement) -> Standing:
    takes, snooze = ("I take it", "take"), ("Snooze", "snooze")
    on_it = taken(view)
    buttons: list[InteractiveElement] = [approve, _button(view, "Edit", "edit")]
    buttons += [_button(view, "Not a P0", "not_urgent")]
    if on_it is None:
        approve.style = None
        buttons.insert(0, _button(view, *takes, primary=True))
    buttons.append(_more(view, seen, takes if on_it else snooze))
    line = f"{_alerted(view, seen)} without waiting for you; priority and Issue wait.{_on_it(on_it, seen)}"
    return Standing(kit.fit(line, LINE), tuple(buttons), Keeps.ALL)


def _on_it(taken: Event | None, seen: Seen) -> str:
    return f" {seen.who(taken.who)} took it at {seen.clock(taken.at)}." if taken else ""


def _security(view: CaseView, seen: Seen) -> Standing:
    on_it, acknowledges = taken(view), may_acknowledge(view)
    buttons: list[InteractiveElement] = [_button(view, "I take it", "take", primary=on_it is None)]
    if acknowledges:
        words = "Send the acknowledgement"
        buttons.append(_button(view, words, "acknowledge", primary=on_it is not None))
    buttons.append(_button(view, "Not a security report", "not_security"))
    page = seen.page(view.case.id)
    buttons += [kit.button("Open in the inbox", "page", value(view.case), url=page)] if page else []
    line = f"{_alerted(view, seen)}. {wording.SECURITY_WORDS}{_on_it(on_it, seen)}"
    return Standing(line, tuple(buttons), Keeps.HEAD)


def _alerted(view: CaseView, seen: Seen) -> str:
    alerts = (told for told in view.told if told.notice.kind is NoticeKind.ALERT and told.receipt)
    at = next((told.receipt.at for told in alerts if told.receipt), None)
    return f"On-call was alerted at {seen.clock(at)}" if at else "On-call is alerted"


def _event(view: CaseView, what: str) -> Event | None:
    """Give the newest event of a kind."""
    return next((event for event in reversed(view.history) if event.what == what), None)


def _revised(view: CaseView, seen: Seen, proposal: Proposal) -> str:
    """Say what made this revision, where it is not the first; and whose text is kept."""
    begun = _event(view, "begun")
    words: list[str] = []
    if begun and proposal.because:
        by = seen.who(begun.who) if begun.who in seen.handles else ""
        at = f" at {seen.clock(proposal.created_at)}"
        told = f"edited by {by}{at}" if proposal.corrected and by else f"{proposal.because}{at}"
        words.append(f"r{proposal.revision}, {told}{_changes(view, proposal)}.")
    newest = _news(view)
    words += [f"They wrote at {seen.clock(newest.received_at)}: {_quoted(newest)}."] if newest else []
    given = view.acknowledgement
    words += [f"Acknowledged at {seen.clock(given.receipt.at)}."] if given and given.receipt else []
    words += ["A text typed on an earlier revision is kept: Edit has it."] if view.typed else []
    return kit.fit(" ".join(words), LINE)


def _changes(view: CaseView, proposal: Proposal) -> str:
    before = view.earlier
    if before is None or not proposal.corrected:
        return ""
    pairs = (("priority", before.priority, proposal.priority), ("status", before.status, proposal.status))
    told = [f"{name} was {then.value}" for name, then, now in pairs if then != now]
    texts = (each.draft.text if each.draft else "" for each in (before, proposal))
    changed = sentences_changed(*texts)
    told = ([count(changed, "sentence")] if changed else []) + told
    return f": {', '.join(told)}" if told else ""


def _news(view: CaseView) -> Said | None:
    """Give the newest of their Messages, where it is what began this revision."""
    theirs = [said for said in view.messages if not said.by_colleague and not said.dropped_reason]
    return theirs[-1] if theirs and view.case.because.startswith(NEWS) else None


def _quoted(said: Said) -> str:
    return quoted(said.message.words)


def _judged(view: CaseView, seen: Seen) -> Standing:
    proposal, revision = view.proposal, view.case.revision
    if proposal is None:
        return Standing(f"{being_judged(view, seen.now, seen.zone)}.")
    newer = [said for said in view.messages if said.after_proposal]
    if not newer:
        because = f": {view.case.because}" if view.case.because else ""
        return Standing(kit.fit(f"r{revision} is being written{because}.", LINE), keeps=Keeps.ALL)
    at = seen.clock(newer[-1].received_at)
    moved = f"The thread moved on: {count(len(newer), 'message')} at {at}: {_quoted(newer[-1])}"
    line = kit.fit(f"{moved} · r{revision} is being written; Approve is off until then.", LINE)
    return Standing(line, keeps=Keeps.ALL, before=at)


def _withdrawn(view: CaseView, seen: Seen) -> Standing:
    theirs = [said for said in view.messages if said.by_colleague]
    at = f" at {seen.clock(theirs[-1].received_at)}: {_quoted(theirs[-1])}" if theirs else ""
    line = kit.fit(f"A colleague answered{at} · This reply is withdrawn.", LINE)
    buttons = (
        *_let_go(view),
        _button(view, "Write a reply anyway", "write_anyway"),
    )
    return Standing(line, buttons, Keeps.JUDGEMENT)


def _snoozed(view: CaseView, seen: Seen) -> Standing:
    until = seen.clock(view.case.snoozed_until) if view.case.snoozed_until else "somebody writes"
    event = _event(view, "snoozed")
    by = f" by {seen.who(event.who)}" if event else ""
    line = kit.fit(f"Snoozed until {until}{by}; wakes when anybody writes.", LINE)
    return Standing(line, (_button(view, "Wake now", "wake"),))


def _stuck(view: CaseView) -> Standing:
    line = kit.fit(f"This Case could not be judged. {view.case.trouble}", LINE)
    return Standing(line, (_button(view, "Try again", "retry"),), Keeps.JUDGEMENT)


def _dropped(view: CaseView) -> Standing:
    line = kit.fit(f"Screened out: {wording.dropped_words(view.case.dropped_reason)}.", LINE)
    return Standing(line, (_button(view, "Restore", "restore"),))


def _verdict(view: CaseView, seen: Seen) -> str:
    verdict = view.verdict
    return wording.verdict_line(verdict, seen.who(verdict.person), seen.now, seen.zone) if verdict else ""


def _rejected(view: CaseView, seen: Seen) -> Standing:
    return Standing(kit.fit(f"{_verdict(view, seen)}. Nothing was sent.", LINE), _let_go(view))


def _closed(view: CaseView) -> Standing:
    return Standing("Nothing waits here.", _let_go(view))


def _let_go(view: CaseView) -> tuple[ButtonElement, ...]:
    return (_button(view, "Mark as waiting on them", "waiting_on_them"),) if may_let_go(view) else ()


def _by_hand(view: CaseView, seen: Seen) -> Standing:
    step = next(step for step in view.steps if step.state is OutboxState.BY_HAND)
    line = f"{_verdict(view, seen)}. Copy the reply to {view.source.name} yourself, then say so here."
    sent = _button(view, "I have sent it", "it_is_there", primary=True, about=step)
    return Standing(kit.fit(line, LINE), (sent,), Keeps.REPLY, receipts=len(view.steps) > 1)


def _which(step: Step) -> dict[str, int]:
    """Say which step a button is about: an older revision may have left one in trouble at the same position."""
    return {"s": step.action.position, "of": step.action.revision}


def _undo(view: CaseView) -> tuple[ButtonElement, ...]:
    return (_button(view, "Undo", "undo"),) if can_undo(view) else ()


def _held(view: CaseView, seen: Seen) -> Standing:
    due_at = max(step.due_at for step in view.steps)
    when = f"at {seen.clock(due_at, seconds=True)}" if due_at > seen.now else "now"
    return Standing(kit.fit(f"Goes out {when}. {_verdict(view, seen)}.", LINE), _undo(view), Keeps.REPLY)


def _paused(view: CaseView, seen: Seen) -> Standing:
    line = f"Approved, waits: sending is paused by {seen.who(view.paused_by or '')}."
    return Standing(kit.fit(line, LINE), _undo(view), Keeps.REPLY)


def _unknown(view: CaseView, seen: Seen) -> Standing:
    steps = [step for step in view.steps if step.state is OutboxState.UNKNOWN]
    first = steps[0]
    trouble = f": {first.trouble.rstrip('.')}" if first.trouble else ""
    looked = f" Looked for it at {seen.clock(first.looked_at, seconds=True)}." if first.looked_at else ""
    line = f"Not known whether this went out: {wording.plan_line(first.action)}{trouble}.{looked}"
    buttons: list[InteractiveElement] = []
    thread = next((seen.thread(said.message) for said in view.messages), "")
    if thread and first.action.kind is ActionKind.REPLY:
        buttons.append(kit.button("Look in Slack", "page", value(view.case), url=thread))
    buttons.append(_button(view, "It is there", "it_is_there", about=first))
    buttons.append(_button(view, "Send it again", "send_again", about=first))
    return Standing(kit.fit(f"{line} Nothing is sent again by itself.", LINE), tuple(buttons), Keeps.REPLY)


def _failed(view: CaseView) -> Standing:
    failed = [step for step in view.steps if step.state is OutboxState.FAILED]
    done = sum(step.state is OutboxState.SENT for step in view.steps)
    line = f"{done} of {len(view.steps)} done, {len(failed)} failed. What is done is not repeated."
    buttons: list[InteractiveElement] = []
    for step in failed[:TROUBLES]:
        noun, at = STEPS[step.action.kind], f"{step.action.revision}.{step.action.position}"
        leave = "Leave it out" if len(failed) == 1 else f"Leave the {noun} out"
        buttons.append(_button(view, f"Try the {noun} again", f"try_again:{at}", about=step))
        buttons.append(_button(view, leave, f"leave_out:{at}", about=step))
    return Standing(line, tuple(buttons), Keeps.HEAD, receipts=True)


def _sent(view: CaseView, seen: Seen) -> Standing:
    verdict = view.verdict
    by = seen.who(verdict.person) if verdict else ""
    if not view.steps:
        return Standing(kit.fit(f"{_verdict(view, seen)}. Nothing had to go out.", LINE))
    draft = view.proposal.draft.text if view.proposal and view.proposal.draft else ""
    changed = sentences_changed(draft, verdict.text) if verdict and verdict.text is not None else 0
    words = f", {count(changed, 'sentence')} changed" if changed else ""
    return Standing(kit.fit(f"Sent by {by}{words}.", LINE), receipts=True)


def receipts(view: CaseView, seen: Seen) -> str:
    """Say of each approved step what became of it, when, with a link; mrkdwn."""
    return whole_lines([_receipt(step, seen) for step in view.steps], RECEIPTS, "step")


def _receipt(step: Step, seen: Seen) -> str:
    words = kit.line(wording.step_line(step), 150).rstrip(".")
    mark = MARKS.get(step.state, "…")
    if step.receipt:
        at = seen.clock(step.receipt.at, seconds=True)
        return f"{mark} {kit.link(words, step.receipt.url)} {at}"
    trouble = f": {kit.line(step.trouble, 200)}" if step.trouble else ""
    return f"{mark} {words}{trouble}"


_MAKERS: dict[Stage, Callable[[CaseView, Seen], Standing]] = {
    Stage.JUDGED: _judged,
    Stage.STUCK: lambda view, _: _stuck(view),
    Stage.DROPPED: lambda view, _: _dropped(view),
    Stage.SNOOZED: _snoozed,
    Stage.REJECTED: _rejected,
    Stage.HELD: _held,
    Stage.SENDING: lambda _, __: Standing("Sending.", keeps=Keeps.REPLY, receipts=True),
    Stage.PAUSED: _paused,
    Stage.UNKNOWN: _unknown,
    Stage.FAILED: lambda view, _: _failed(view),
    Stage.SENT: _sent,
    Stage.CLOSED: lambda view, _: _closed(view),
    Stage.WITHDRAWN: _withdrawn,
    Stage.BY_HAND: _by_hand,
}
