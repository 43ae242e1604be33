"""The one banner of a page: what is true, what to do, its buttons. Drawn from the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from agent.domain.cases import VerdictKind
from agent.domain.views import CaseView
from agent.doors import wording
from agent.doors.stages import Stage, can_undo, stage
from agent.doors.texts import count
from agent.doors.times import clock
from agent.doors.web.front import Desk
from agent.errors import LostRace, NotFound, Stale, TriageError


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


def _undo(case_id: str) -> Button:
    return Button("Undo", action=f"/cases/{case_id}/undo", key="z")


def of_stage(view: CaseView, now: datetime, zone: tzinfo, *, is_worked: bool) -> Banner | None:
    """Say where the Case stands; None where the Proposal simply waits."""
    where = stage(view)
    if where in (Stage.OPEN, Stage.CLOSED) and not view.typed:
        return None
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
        Stage.PAUSED: _paused,
    }
    if where in (Stage.HELD, Stage.SENDING):
        return _leaving(view, now, zone, is_worked=is_worked)
    return makers[where](view, now, zone)


def _typed(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    return Banner(
        f"This is r{view.case.revision}. Your text of an earlier revision is kept below.",
        "It is in the reply box; the reply as now proposed stands beside it.",
    )


def _judged(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    since = clock(view.case.last_message_at, now, zone, seconds=True)
    kept = "Your text is kept." if view.typed else "This page looks again every 3 seconds."
    return Banner(f"Being judged since {since}, usually 4 s.", kept)


def _stuck(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    return Banner("This Case could not be judged.", view.case.trouble, tone="amber")


def _dropped(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    restore = Button("Restore", action=f"/cases/{view.case.id}/restore")
    why = wording.dropped_words(view.case.dropped_reason)
    return Banner(f"Screened out: {why}.", "Nothing is proposed and nothing leaves.", buttons=(restore,))


def _snoozed(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    until = clock(view.case.snoozed_until, now, zone) if view.case.snoozed_until else "somebody writes"
    wake = Button("Wake now", action=f"/cases/{view.case.id}/wake")
    return Banner(f"Snoozed until {until}.", "It wakes before that when anybody writes.", buttons=(wake,))


def _who(view: CaseView, now: datetime, zone: tzinfo) -> str:
    return wording.verdict_line(view.verdict, view.verdict.person, now, zone) if view.verdict else ""


def _rejected(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    return Banner(f"{_who(view, now, zone)}.", "Nothing was sent. The Case waits on us.")


def _unknown(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    step = next(step for step in view.steps if step.state == "unknown")
    looked = f" Looked for it at {clock(step.looked_at, now, zone, seconds=True)}." if step.looked_at else ""
    return Banner(
        f"It is not known whether this went out: {wording.plan_line(step.action)}.",
        f"{step.trouble}{looked} Nothing is sent again by itself.".strip(),
        tone="amber",
        buttons=(
            _resolve(view, step.action.key, "It is there", "it_is_there"),
            _resolve(view, step.action.key, "Send it again", "retry"),
        ),
        receipts=True,
    )


def _failed(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    failed = [step for step in view.steps if step.state == "failed"]
    done = sum(step.state == "sent" for step in view.steps)
    step = failed[0]
    return Banner(
        f"{done} of {len(view.steps)} done, {len(failed)} failed. What is done is not repeated.",
        f"{wording.plan_line(step.action)}: {step.trouble}",
        tone="red",
        buttons=(
            _resolve(view, step.action.key, f"Try the {_noun(step.action.kind)} again", "retry"),
            _resolve(view, step.action.key, "Leave it out", "leave_out"),
        ),
        receipts=True,
    )


def _noun(kind: str) -> str:
    return {"reply": "reply", "create_issue": "Issue", "note_issue": "note"}[kind]


def _resolve(view: CaseView, key: str, words: str, choice: str) -> Button:
    return Button(words, action=f"/cases/{view.case.id}/steps", fields={"key": key, "choice": choice})


def _sent(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    went = "" if view.steps else "Nothing had to go out."
    return Banner(f"Done. {_who(view, now, zone)}.", went, tone="green", receipts=True)


def _paused(view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    return Banner(
        f"Approved, and waiting: sending is paused by {view.paused_by}.",
        "It goes out as soon as somebody runs `triage resume`."
        + (" You can still take it back." if can_undo(view) else ""),
        tone="amber",
        buttons=(_undo(view.case.id),) if can_undo(view) else (),
    )


def _leaving(view: CaseView, now: datetime, zone: tzinfo, *, is_worked: bool) -> Banner:
    undo = (_undo(view.case.id),) if can_undo(view) else ()
    if not is_worked:
        return Banner(
            "Approved. No worker is running: it goes out when `triage run` does.", buttons=undo, tone="amber"
        )
    if not undo:
        return Banner("Sending.", "This page looks again every 3 seconds.", receipts=True)
    at = clock(max(step.due_at for step in view.steps), now, zone, seconds=True)
    return Banner(f"Goes out at {at}.", _leaving_words(view), buttons=undo)


def _leaving_words(view: CaseView) -> str:
    out = sum(wording.leaves(step.action.visibility) for step in view.steps)
    kept = len(view.steps) - out
    words = [count(out, "message") + (" leaves" if out == 1 else " leave")] if out else []
    return ", ".join([*words, *([f"{count(kept, 'note')} stay here"] if kept else [])]) + "."


def after_verdict(desk: Desk, case_id: str, zone: tzinfo) -> Banner | None:
    """Say on the next page what becomes of the Case just answered, as the store knows it now."""
    try:
        view = desk.case(case_id)
    except NotFound:
        return None
    now, name = desk.now(), view.case.id
    link = (f"/cases/{name}", f"Look at {name}")
    where = stage(view)
    if where is Stage.HELD:
        at = clock(max(step.due_at for step in view.steps), now, zone, seconds=True)
        return Banner(f"{name} goes out at {at}.", buttons=(_undo(name),), link=link)
    if where is Stage.SNOOZED:
        wake = Button("Wake now", action=f"/cases/{name}/wake")
        until = clock(view.case.snoozed_until, now, zone) if view.case.snoozed_until else "somebody writes"
        return Banner(f"{name} is snoozed until {until}.", buttons=(wake,), link=link)
    told = {
        Stage.REJECTED: f"{name} is rejected; nothing was sent.",
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
    verb = verbs.get(query.get("did", ""))
    done, refused = query.get("done_count", ""), query.get("refused", "")
    if not verb or not (done.isdigit() and refused.isdigit()):
        return None
    left = f"{count(int(refused), 'Case')} could not be." if int(refused) else ""
    return Banner(f"{count(int(done), 'Case')} {verb}.", left)


def of_error(error: TriageError, view: CaseView, now: datetime, zone: tzinfo) -> Banner:
    """Say why a Verdict was refused, what is true now, and that nothing typed was lost."""
    case_id, revision = view.case.id, view.case.revision
    if isinstance(error, Stale):
        return Banner(
            _moved_on(view, now, zone),
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
            _lost(error, view, now, zone),
            "Nothing of yours was sent. Your text is kept below, so that you can copy from it.",
            alert=True,
            buttons=(
                Button("See what was sent", href=f"/cases/{case_id}"),
                Button("Back to the inbox", href="/"),
            ),
        )
    return Banner(str(error), "Not sent. Your text is kept.", tone="red", alert=True)


def _moved_on(view: CaseView, now: datetime, zone: tzinfo) -> str:
    newer = [said for said in view.messages if said.after_proposal]
    if newer:
        at = clock(newer[-1].received_at, now, zone)
        came = f"{count(len(newer), 'message')} came in at {at}"
        return f"The thread moved on. {came}, after this reply was written."
    because = view.proposal.because if view.proposal else ""
    return f"This Case moved on to r{view.case.revision}{': ' + because if because else ''}."


def _lost(error: LostRace, view: CaseView, now: datetime, zone: tzinfo) -> str:
    if view.verdict is None:
        return f"{error.winner} answered this before you."
    did = "rejected" if view.verdict.kind is VerdictKind.REJECT else "approved"
    return (
        f"{view.verdict.person} {did} this at {clock(view.verdict.at, now, zone, seconds=True)}, before you."
    )


def not_sent(why: str, todo: str, claims: Sequence[object] = ()) -> Banner:
    """Say that nothing was sent, why, and what to do."""
    return Banner(f"Not sent yet: {why}", f"Your text is kept. {todo}", tone="red", alert=True)
