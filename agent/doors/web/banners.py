"""The one banner of a page: what is true, what to do, its buttons. Drawn from the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from agent.desk import Desk
from agent.domain.views import CaseView
from agent.errors import LostRace, NotFound, Stale, TriageError
from agent.wording import cases as wording
from agent.wording import lateness
from agent.wording.engines import stood_in
from agent.wording.names import STEP_STATES, STEPS
from agent.wording.stages import Stage, can_undo, may_let_go, stage
from agent.wording.texts import count
from agent.wording.times import clock


@dataclass(frozen=True, slots=True)
class Button:
    """A form of its own (`action`), a link (`href`), or a verdict of the page's form (`verdict`)."""

    words: str
    action: str = ""
    href: str = ""
    verdict: str = ""
    fields: Mapping[str, str] | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Banner:
    """What is true, then what to do; `tone` is red, amber, green or plain."""

    true: str
    todo: str = ""
    tone: str = ""
    buttons: tuple[Button, ...] = ()
    alert: bool = False  #: takes the focus: something the person wanted did not happen
    receipts: bool = False  #: the approved steps stand in it
    link: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class At:
    """A Case, as seen at a moment in a zone."""

    view: CaseView
    now: datetime
    zone: tzinfo
    handles: Mapping[str, str]  #: of the team, by id

    def who(self, person: str) -> str:
        """Name a colleague by handle."""
        return self.handles.get(person, person)

    def clock(self, moment: datetime, *, seconds: bool = False) -> str:
        """Give a clock time."""
        return clock(moment, self.now, self.zone, seconds=seconds)


def _undo(case_id: str) -> Button:
    return Button("Undo", action=f"/cases/{case_id}/undo", key="z")


def of_stage(at: At, *, is_worked: bool) -> Banner | None:
    """Say where the Case stands; None where the Proposal simply waits."""
    where = stage(at.view)
    if where in (Stage.OPEN, Stage.CLOSED) and not at.view.typed:
        return _stood_in(at) if where is Stage.OPEN else None
    makers = {
        Stage.OPEN: _typed,
        Stage.CLOSED: _typed,
        Stage.JUDGED: _judged,
        Stage.STUCK: _stuck,
        Stage.DROPPED: _dropped,
        Stage.SNOOZED: _snoozed,
        Stage.REJECTED: _rejected,
        Stage.UNKNOWN: _unknown,
        Stage.FAILED: _failed,
        Stage.SENT: _sent,
        Stage.BY_HAND: _by_hand,
        Stage.WITHDRAWN: _withdrawn,
        Stage.PAUSED: _paused,
    }
    if where in (Stage.HELD, Stage.SENDING):
        return _leaving(at, is_worked=is_worked)
    return makers[where](at)


def _typed(at: At) -> Banner:
    return Banner(
        f"This is r{at.view.case.revision}. Your text of an earlier revision is kept below.",
        "It is in the reply box; the reply as now proposed stands beside it.",
    )


def _stood_in(at: At) -> Banner | None:
    """Say that the embedded engine stood in, why, and how to have it judged as was meant."""
    proposal = at.view.proposal
    if proposal is None or proposal.provenance.instead is None:
        return None
    return Banner(
        f"{stood_in(proposal.provenance.instead, at.now, at.zone)}.",
        "Nothing is missing from the Case; its words and its judgement are plainer.",
        tone="amber",
        buttons=(Button("Try Claude again", verdict="ask_again"),),
    )


def _judged(at: At) -> Banner:
    kept = "Your text is kept. " if at.view.typed else ""
    judged = lateness.being_judged(at.view, at.now, at.zone)
    return Banner(f"{judged}.", f"{kept}This page looks again every 3 seconds.")


def _stuck(at: At) -> Banner:
    again = Button("Try again", action=f"/cases/{at.view.case.id}/retry")
    return Banner("This Case could not be judged.", at.view.case.trouble, tone="amber", buttons=(again,))


def _dropped(at: At) -> Banner:
    restore = Button("Restore", action=f"/cases/{at.view.case.id}/restore")
    why = wording.dropped_words(at.view.case.dropped_reason)
    return Banner(f"Screened out: {why}.", "Nothing is proposed and nothing leaves.", buttons=(restore,))


def _snoozed(at: At) -> Banner:
    until = at.clock(at.view.case.snoozed_until) if at.view.case.snoozed_until else "somebody writes"
    wake = Button("Wake now", action=f"/cases/{at.view.case.id}/wake")
    return Banner(f"Snoozed until {until}.", "It wakes before that when anybody writes.", buttons=(wake,))


def _who(at: At) -> str:
    verdict = at.view.verdict
    return wording.verdict_line(verdict, at.who(verdict.person), at.now, at.zone) if verdict else ""


def _rejected(at: At) -> Banner:
    let_go = (_let_go(at),) if may_let_go(at.view) else ()
    return Banner(f"{_who(at)}.", "Nothing was sent. The Case waits on us.", buttons=let_go)


def _let_go(at: At) -> Button:
    return Button("Mark as waiting on them", action=f"/cases/{at.view.case.id}/waits")


def _withdrawn(at: At) -> Banner:
    anyway = Button("Write a reply anyway", action=f"/cases/{at.view.case.id}/anyway")
    answers = [said.message for said in at.view.messages if said.by_colleague]
    when = f" {wording.reply_place(at.view.source.id)} at {at.clock(answers[-1].sent_at)}" if answers else ""
    return Banner(
        f"A colleague answered{when}. This reply is withdrawn.",
        f"The Case stays with {at.who(at.view.case.owner or 'nobody')} until it is solved or handed over.",
        tone="amber",
        buttons=(_let_go(at), anyway),
    )


def _by_hand(at: At) -> Banner:
    steps = [step for step in at.view.steps if step.state == "by_hand"]
    return Banner(
        f"Approved: copy the reply to {at.view.source.name} by hand.",
        "It is below as it may leave. The first reply counts from when you say that it is sent.",
        tone="amber",
        buttons=tuple(
            button
            for step in steps
            for button in (
                _resolve(at.view, step.action.key, "I have sent it", "it_is_there"),
                _resolve(at.view, step.action.key, "Leave it out", "leave_out"),
            )
        ),
        receipts=True,
    )


def of_deed(did: str, at: At) -> Banner | None:
    """Say what was just done that answered nothing, as the store has it now."""
    owner = at.who(at.view.case.owner or "nobody")
    if did == "ack":
        return _acknowledged(at)
    told = {
        "ask": ("Asked the team.", "What they answer comes back to this Case."),
        "take": (f"{owner} has this Case now.", "Nothing was sent."),
        "hand": (f"{owner} has this Case now.", "Nothing was sent. Their clocks are the same."),
        "waits": ("This Case waits on them now.", "It comes back when they write."),
    }
    return Banner(*told[did]) if did in told else None


def _acknowledged(at: At) -> Banner | None:
    given = at.view.acknowledgement
    if given is None:
        return None
    if given.state != "pending":
        return Banner(f"Acknowledgement: {STEP_STATES[given.state]}.", "The Proposal still waits for you.")
    due = f"at {at.clock(given.due_at, seconds=True)}" if given.due_at > at.now else "now"
    undo = (_undo(at.view.case.id),)
    return Banner(f"The acknowledgement goes out {due}.", "The Proposal still waits for you.", buttons=undo)


def _unknown(at: At) -> Banner:
    step = next(step for step in at.view.steps if step.state == "unknown")
    looked = f"Looked for it at {at.clock(step.looked_at, seconds=True)}. " if step.looked_at else ""
    return Banner(
        f"It is not known whether this went out: {wording.plan_line(step.action)}.",
        f"{looked}Nothing is sent again by itself.",
        tone="amber",
        buttons=(
            _resolve(at.view, step.action.key, "It is there", "it_is_there"),
            _resolve(at.view, step.action.key, "Send it again", "retry"),
        ),
        receipts=True,
    )


def _failed(at: At) -> Banner:
    failed = [step for step in at.view.steps if step.state == "failed"]
    done = sum(step.state == "sent" for step in at.view.steps)
    buttons = [
        button
        for step in failed
        for button in (
            _resolve(at.view, step.action.key, f"Try the {STEPS[step.action.kind]} again", "retry"),
            _resolve(at.view, step.action.key, f"Leave the {STEPS[step.action.kind]} out", "leave_out"),
        )
    ]
    return Banner(
        f"{done} of {len(at.view.steps)} done, {len(failed)} failed. What is done is not repeated.",
        tone="red",
        buttons=tuple(buttons),
        receipts=True,
    )


def _resolve(view: CaseView, key: str, words: str, choice: str) -> Button:
    return Button(words, action=f"/cases/{view.case.id}/steps", fields={"key": key, "choice": choice})


def _sent(at: At) -> Banner:
    went = "" if at.view.steps else "Nothing had to go out."
    return Banner(f"Done. {_who(at)}.", went, tone="green", receipts=True)


def _paused(at: At) -> Banner:
    return Banner(
        f"Approved, and waiting: sending is paused by {at.who(at.view.paused_by or '')}.",
        "It goes out as soon as somebody runs `triage resume`."
        + (" You can still take it back." if can_undo(at.view) else ""),
        tone="amber",
        buttons=(_undo(at.view.case.id),) if can_undo(at.view) else (),
    )


def _leaving(at: At, *, is_worked: bool) -> Banner:
    view = at.view
    undo = (_undo(view.case.id),) if can_undo(view) else ()
    if not is_worked:
        return Banner(
            "Approved. No worker is running: it goes out when `triage run` does.", buttons=undo, tone="amber"
        )
    if not undo:
        return Banner("Sending.", "This page looks again every 3 seconds.", receipts=True)
    return Banner(f"Goes out {_when(at)}.", _leaving_words(view), buttons=undo)


def _when(at: At) -> str:
    due_at = max(step.due_at for step in at.view.steps)
    return f"at {at.clock(due_at, seconds=True)}" if due_at > at.now else "now"


def _leaving_words(view: CaseView) -> str:
    return ", ".join(wording.leaving_words([step.action for step in view.steps], "leaves", "leave")) + "."


def seen(view: CaseView, desk: Desk, zone: tzinfo) -> At:
    """Look at a Case now."""
    handles = {person.id: person.handle for person in desk.settings.team.people}
    return At(view, desk.now(), zone, handles)


def after_verdict(desk: Desk, case_id: str, zone: tzinfo) -> Banner | None:
    """Say on the next page what becomes of the Case just answered, as the store knows it now."""
    try:
        view = desk.case(case_id)
    except NotFound:
        return None
    at, name = seen(view, desk, zone), view.case.id
    link = (f"/cases/{name}", f"Look at {name}")
    where = stage(view)
    if where is Stage.HELD:
        return Banner(f"{name} goes out {_when(at)}.", buttons=(_undo(name),), link=link)
    if where is Stage.SNOOZED:
        wake = Button("Wake now", action=f"/cases/{name}/wake")
        until = at.clock(view.case.snoozed_until) if view.case.snoozed_until else "somebody writes"
        return Banner(f"{name} is snoozed until {until}.", buttons=(wake,), link=link)
    told = {
        Stage.REJECTED: f"{name} is rejected; nothing was sent.",
        Stage.BY_HAND: f"{name} is approved: copy its reply by hand, then say so.",
        Stage.SENT: f"{name} is done.",
        Stage.SENDING: f"{name} is being sent.",
        Stage.PAUSED: f"{name} is approved and waits: sending is paused.",
        Stage.FAILED: f"{name} went out in part: look at what failed.",
        Stage.UNKNOWN: f"It is not known whether {name} went out.",
    }
    return Banner(told[where], link=link) if where in told else None


def after_bulk(query: Mapping[str, str]) -> Banner | None:
    """Say what was done to the selected Cases."""
    verbs = {"snooze": "snoozed until tomorrow 09:00", "drop": "dropped as noise", "restore": "restored"}
    verbs |= {"acknowledge": "acknowledged", "hand": "handed over"}
    verb = verbs.get(query.get("did", ""))
    done, refused = query.get("done_count", ""), query.get("refused", "")
    if not verb or not (done.isdigit() and refused.isdigit()):
        return None
    left = f"{count(int(refused), 'Case')} could not be." if int(refused) else ""
    return Banner(f"{count(int(done), 'Case')} {verb}.", left)


def of_error(error: TriageError, at: At) -> Banner:
    """Say why a Verdict was refused, what is true now, and that nothing typed was lost."""
    case_id, revision = at.view.case.id, at.view.case.revision
    if isinstance(error, Stale):
        return Banner(
            _moved_on(at),
            "Not sent. Approve is off until you have chosen; your text is kept either way.",
            tone="amber",
            alert=True,
            buttons=(
                Button(f"Read the new reply, r{revision}", verdict="reread"),
                Button("Keep my text", verdict="keep"),
            ),
        )
    if isinstance(error, LostRace):
        return Banner(
            _lost(error, at),
            "Nothing of yours was sent. Your text is kept below, so that you can copy from it.",
            alert=True,
            buttons=(
                Button("See what was sent", href=f"/cases/{case_id}"),
                Button("Back to the inbox", href="/"),
            ),
        )
    return Banner(str(error), "Not sent. Your text is kept.", tone="red", alert=True)


def _moved_on(at: At) -> str:
    newer = [said for said in at.view.messages if said.after_proposal]
    if newer:
        came = f"{count(len(newer), 'message')} came in at {at.clock(newer[-1].received_at)}"
        return f"The thread moved on. {came}, after this reply was written."
    because = at.view.proposal.because if at.view.proposal else ""
    return f"This Case moved on to r{at.view.case.revision}{': ' + because if because else ''}."


def _lost(error: LostRace, at: At) -> str:
    verdict = at.view.verdict
    if verdict is None:
        return f"{at.who(error.winner)} answered this before you."
    did = wording.verdict_line(verdict, at.who(verdict.person), at.now, at.zone)
    return f"{did}, before you."


def not_sent(why: str, todo: str) -> Banner:
    """Say that nothing was sent, why, and what to do."""
    return Banner(f"Not sent yet: {why}", f"Your text is kept. {todo}", tone="red", alert=True)
