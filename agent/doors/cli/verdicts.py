"""`triage approve`, `edit`, `reject` and `snooze`: a person's answer, given in the terminal.

With a revision nothing is asked. On a terminal the person is asked, and Enter sends nothing;
without one, what is missing is named. What leaves was on the screen: a changed text is shown again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from agent.domain.actions import ActionKind
from agent.domain.cases import RejectReason, VerdictKind
from agent.domain.proposals import Claim
from agent.domain.views import CaseView, Decided
from agent.doors.cli import opening, options
from agent.doors.cli.asking import ask_reason, ask_what, edited
from agent.doors.cli.bringing import read_text
from agent.doors.cli.moments import moment
from agent.doors.cli.output import is_asked, say
from agent.errors import Misuse, Refused
from agent.wording import cases as wording
from agent.wording import vetted
from agent.wording.names import REJECTS
from agent.wording.texts import count, is_blank
from agent.wording.times import clock

if TYPE_CHECKING:
    from agent.desk import Desk
    from agent.desk.minding import Choice

Undo = Annotated[bool, typer.Option("--undo", help="Take the approval back while nothing has left.")]
LeaveOut = Annotated[
    list[int] | None,
    typer.Option("--leave-out", min=1, metavar="N", help="A step of the plan not to do. Repeatable."),
]
StepChoice = Annotated[
    list[str] | None,
    typer.Option("--step", metavar="N=WHAT", help="A step that failed: retry, leave-out or it-is-there."),
]
TextOf = Annotated[str | None, typer.Option("--text", help="The reply, instead of an editor.")]
TextFile = Annotated[
    str | None, typer.Option("--text-file", metavar="F", help="The reply from a file, or -.")
]
Editor = Annotated[str, typer.Option("--editor", envvar=["VISUAL", "EDITOR"], help="Opened on the reply.")]
Reason = Annotated[RejectReason | None, typer.Option("--reason", help="Why the proposal is wrong.")]
Until = Annotated[str, typer.Option("--until", help="Like 2h, 3d, 09:30, tomorrow, monday or a date.")]
Wake = Annotated[bool, typer.Option("--wake", help="Bring it back now.")]
JudgeAgain = Annotated[
    bool, typer.Option("--judge-again", help="Judge again what got stuck, or what was not Claude's.")
]

_FIELDS_LIKE = "FIELD=VALUE, like priority=P1"
_CHOICES: dict[str, "Choice"] = {"retry": "retry", "leave-out": "leave_out", "it-is-there": "it_is_there"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the person has said so far."""

    revision: int
    person: str
    text: str | None = None
    corrections: dict[str, str]
    left_out: tuple[int, ...] = ()


def approve(
    *,
    case: options.Case,
    revision: options.Revision = None,
    as_: options.As = None,
    keep_flagged: options.KeepFlagged = False,
    set_: options.Set = None,
    leave_out: LeaveOut = None,
    step: StepChoice = None,
    undo: Undo = False,
    editor: Editor = "vi",
) -> None:
    """Approve a proposal: what was shown goes out, once.

    \b
    triage approve C-12
    triage approve C-12 --revision 2 --keep-flagged --as first-engineer
    triage approve C-12 --undo
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_).id
    if undo:
        _undo(desk, case, person)
    elif step:
        _resolve(desk, case, step, person)
    else:
        view = desk.case(case, shown_to=person)
        answer = _begun(view, revision, person, _pairs(set_), leave_out)
        _approve(desk, view, answer, editor, has_revision=revision is not None, keep_flagged=keep_flagged)


def edit(
    *,
    case: options.Case,
    revision: options.Revision = None,
    as_: options.As = None,
    keep_flagged: options.KeepFlagged = False,
    set_: options.Set = None,
    leave_out: LeaveOut = None,
    text: TextOf = None,
    text_file: TextFile = None,
    editor: Editor = "vi",
) -> None:
    """Approve with a changed reply, or correct a field alone.

    \b
    triage edit C-12
    triage edit C-12 --revision 2 --text-file reply.txt
    triage edit C-12 --revision 2 --set priority=P1
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_).id
    view = desk.case(case, shown_to=person)
    answer = _begun(view, revision, person, _pairs(set_), leave_out)
    if text_file is not None:
        text = read_text(text_file)
    if text is None and answer.corrections:
        _correct(desk, view, answer, has_revision=revision is not None)
        return
    if text is None and not is_asked():
        raise Misuse(
            f"Without a terminal there is no editor: give `--text` or `--text-file`, and {_wanted(view)}."
        )
    text = edited(_draft(view), editor) if text is None else text
    answer = replace(answer, text=text)
    _approve(desk, view, answer, editor, has_revision=revision is not None, keep_flagged=keep_flagged)


def reject(
    *,
    case: options.Case,
    reason: Reason = None,
    revision: options.Revision = None,
    as_: options.As = None,
    set_: options.Set = None,
) -> None:
    """Reject a proposal: nothing leaves.

    The reason is what the product learns from.

    \b
    triage reject C-12 --reason duplicate
    triage reject C-12 --revision 2 --reason noise --as first-engineer
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_).id
    view = desk.case(case, shown_to=person)
    answer = _begun(view, revision, person, _pairs(set_), None)
    missing = [] if revision else [_wanted(view)]
    missing += [] if reason else [f"`--reason` with one of {', '.join(RejectReason)}"]
    if missing and not is_asked():
        raise Misuse(f"Without a terminal nothing is asked: give {' and '.join(missing)}.")
    _refuse_closed(view, answer)
    reason = reason or ask_reason(view)
    if reason is None:
        say(f"Nothing was done. Next: triage show {view.case.id}")
        return
    desk.decide(
        view.case.id,
        answer.revision,
        VerdictKind.REJECT,
        person,
        reason=reason,
        corrections=answer.corrections,
    )
    say(f"Rejected: {REJECTS[reason].lower()}. Nothing was sent. Next: triage inbox")


def snooze(
    *,
    case: options.Case,
    until: Until = "tomorrow",
    as_: options.As = None,
    wake: Wake = False,
    judge_again: JudgeAgain = False,
) -> None:
    """Put a Case aside for a time; it answers nothing.

    It wakes before that when somebody writes.

    \b
    triage snooze C-12 --until monday
    triage snooze C-12 --wake
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_)
    if wake:
        desk.wake(case, person.id)
        say(f"Awake. Next: triage show {case}")
    elif judge_again:
        _judge_again(desk, desk.case(case), person.id)
        say(f"It is judged again{_when(desk)}. Next: triage show {case}")
    else:
        at = moment(until, desk.now(), person.zone)
        desk.snooze(case, at, person.id)
        when = clock(at, desk.now(), person.zone)
        say(f"Snoozed until {when}, or until somebody writes. Wake it: triage snooze {case} --wake")


def _judge_again(desk: "Desk", view: CaseView, person: str) -> None:
    """Have a stuck Case judged again, or one where the embedded engine stood in."""
    if view.case.open_revision is not None and not view.case.trouble:
        desk.ask_again(view.case.id, view.case.open_revision, person)
    else:
        desk.retry(view.case.id, person)


def _begun(
    view: CaseView,
    revision: int | None,
    person: str,
    corrections: dict[str, str],
    leave_out: Sequence[int] | None,
) -> Answer:
    plan = view.proposal.plan if view.proposal else ()
    for number in leave_out or ():
        if number > len(plan):
            raise Misuse(
                f"--leave-out: the plan of {view.case.id} has {count(len(plan), 'step')}, not {number}."
            )
    return Answer(
        revision=revision or view.case.open_revision or view.case.revision,
        person=person,
        corrections=corrections,
        left_out=tuple(number - 1 for number in leave_out or ()),
    )


def _approve(
    desk: "Desk", view: CaseView, answer: Answer, editor: str, *, has_revision: bool, keep_flagged: bool
) -> None:
    """Decide, once the person has seen all of it and said so."""
    is_this = view.case.open_revision == answer.revision
    flags = _flags(desk, view, answer.text) if is_this else ()
    missing = [] if has_revision else [_wanted(view)]
    missing += ["`--keep-flagged`"] if flags and not keep_flagged else []
    if missing and not is_asked():
        said = "".join(f" {vetted.flag_line(claim)}." for claim in flags)
        raise Misuse(f"Without a terminal nothing is asked: give {' and '.join(missing)}.{said}")
    _refuse_closed(view, answer)
    agreed: Answer | None = answer
    if missing and is_this:
        agreed = _asked(desk, view, answer, editor)
    if agreed is not None:
        _tell(desk, _decided(desk, view, agreed))


def _asked(desk: "Desk", view: CaseView, answer: Answer, editor: str) -> Answer | None:
    """Ask until the person has decided; None when nothing shall go out yet."""
    said = ask_what(view, answer.text, answer.left_out, editor, partial(_flags, desk, view))
    if said.snoozed:
        at = moment("tomorrow", desk.now(), opening.zone_of(desk))
        desk.snooze(view.case.id, at, answer.person, view.case.open_revision)
        say(f"Snoozed until tomorrow. Wake it: triage snooze {view.case.id} --wake")
        return None
    if not said.agreed:
        say(f"Nothing was sent. Next: triage approve {view.case.id}")
        return None
    return replace(answer, text=said.text)


def _decided(desk: "Desk", view: CaseView, answer: Answer) -> Decided:
    _refuse_empty(view, answer)
    kind = VerdictKind.APPROVE if answer.text is None else VerdictKind.EDIT
    kept = _flags(desk, view, answer.text) if view.case.open_revision == answer.revision else ()
    return desk.decide(
        view.case.id,
        answer.revision,
        kind,
        answer.person,
        text=answer.text,
        corrections=answer.corrections,
        left_out=answer.left_out,
        note=f"kept without a source: {count(len(kept), 'sentence')}" if kept else "",
    )


def _refuse_empty(view: CaseView, answer: Answer) -> None:
    plan = view.proposal.plan if view.proposal else ()
    replies = [at for at, step in enumerate(plan) if step.kind is ActionKind.REPLY]
    left = [at + 1 for at in replies if at not in answer.left_out]
    if answer.text is not None and is_blank(answer.text) and left:
        raise Misuse(f"Not sent: the reply is empty. Write one, or leave it out: --leave-out {left[0]}")


def _tell(desk: "Desk", decided: Decided) -> None:
    name = decided.case_id
    if decided.reopened is not None:
        say(
            f"Nothing was sent: your correction changes what would leave, and what leaves was on a screen. "
            f"{name} r{decided.reopened} is written{_when(desk)}. Next: triage show {name}"
        )
        return
    if decided.goes_out_at is None:
        say("Approved. Nothing had to go out. Next: triage inbox")
        return
    paused = desk.case(name).paused_by
    if paused:
        say(f"Approved, and it waits: sending is paused by {paused}. Next: triage resume")
    elif not desk.workers():
        say(
            "Approved. No worker is running: it goes out when `triage run` does. "
            f"Take it back until then: triage approve {name} --undo"
        )
    else:
        at = clock(decided.goes_out_at, desk.now(), opening.zone_of(desk), seconds=True)
        say(
            f"Approved. {count(decided.leaving, 'message')} to others, out at {at}. "
            f"Take it back until then: triage approve {name} --undo"
        )


def _undo(desk: "Desk", case: str, person: str) -> None:
    revision = desk.undo(case, person)
    name = desk.case(case).case.id
    say(f"Taken back; nothing was sent. {name} r{revision} is written{_when(desk)}. Next: triage show {name}")


def _resolve(desk: "Desk", case: str, steps: Sequence[str], person: str) -> None:
    view = desk.case(case)
    for said in steps:
        number, _, choice = said.partition("=")
        if choice not in _CHOICES or not number.isdigit() or not 1 <= int(number) <= len(view.keys):
            wanted = f"1 to {len(view.keys)}, = and one of {', '.join(_CHOICES)}"
            raise Misuse(f"--step: {said!r} is no step of {view.case.id}; it takes {wanted}.")
        desk.resolve(view.keys[int(number) - 1], _CHOICES[choice], person)
    say(f"Done. Next: triage show {view.case.id}")


def _correct(desk: "Desk", view: CaseView, answer: Answer, *, has_revision: bool) -> None:
    if not has_revision and not is_asked():
        raise Misuse(f"Without a terminal nothing is asked: give {_wanted(view)}.")
    _refuse_closed(view, answer)
    revision = desk.correct(view.case.id, answer.revision, answer.corrections, answer.person)
    name = view.case.id
    words = wording.changes(answer.corrections)
    say(
        f"Set {words}; nothing was sent. {name} r{revision} is written{_when(desk)}. Next: triage show {name}"
    )


def _refuse_closed(view: CaseView, answer: Answer) -> None:
    """Say plainly that nothing waits; an older or an answered revision is the desk's to refuse."""
    case, verdict = view.case, view.verdict
    is_answered = verdict is not None and verdict.revision == answer.revision
    if case.open_revision is None and answer.revision == case.revision and not is_answered:
        raise Refused(f"{case.id} does not wait for an answer. Next: triage show {case.id}")


def _when(desk: "Desk") -> str:
    return "" if desk.workers() else " when `triage run` does: no worker is running"


def _wanted(view: CaseView) -> str:
    return f"`--revision {view.case.open_revision or view.case.revision}`"


def _draft(view: CaseView) -> str:
    return view.typed or (view.proposal.draft.text if view.proposal and view.proposal.draft else "")


def _flags(desk: "Desk", view: CaseView, text: str | None) -> tuple[Claim, ...]:
    """Give the sentences without a source in what would leave, the reply as proposed or a changed one."""
    proposal = view.proposal
    if proposal is None or proposal.draft is None:
        return ()
    return desk.unsupported(view.case.id, proposal.revision, proposal.draft.text if text is None else text)


def _pairs(said: Sequence[str] | None) -> dict[str, str]:
    """Read `--set`; an empty duplicate means that it is none of the Issues."""
    found = {}
    for each in said or ():
        field, equals, value = each.partition("=")
        if not equals or not field.strip():
            raise Misuse(f"--set: {each!r} should be {_FIELDS_LIKE}.")
        found[field.strip()] = value.strip() or ("" if field.strip() == "estimate" else "none")
    return found
