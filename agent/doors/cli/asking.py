"""The questions of the terminal. No default ever sends: Enter means nothing yet."""

import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.domain.actions import ActionKind, PlannedAction
from agent.domain.cases import RejectReason
from agent.domain.proposals import Claim
from agent.domain.views import CaseView
from agent.doors.cli.output import ask, say
from agent.errors import Misuse
from agent.wording import cases as wording
from agent.wording.names import REJECTS
from agent.wording.texts import quoted


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What the person answered; `text` is None where the reply is as proposed."""

    agreed: bool = False
    snoozed: bool = False
    text: str | None = None


def ask_what(
    view: CaseView,
    text: str | None,
    left_out: Sequence[int],
    editor: str,
    flags_in: Callable[[str], Sequence[Claim]],
) -> Said:
    """Show what goes out and ask; a text changed here is shown and asked about again.

    `flags_in` tells which sentences of a text rest on no source.
    """
    proposed = view.proposal.draft.text if view.proposal and view.proposal.draft else ""
    while True:
        standing = proposed if text is None else text
        flags = flags_in(standing)
        say(what_goes_out(view, standing, flags, left_out))
        answer = ask(question(view, flags)).lower()
        if answer == "a":
            return Said(agreed=True, text=text)
        if answer == "s":
            return Said(snoozed=True)
        if answer == "e":
            text = _changed(edited(standing, editor), proposed)
        elif answer == "d" and flags:
            text = _changed(without(standing, flags), proposed)
        elif answer in ("", "n"):
            return Said()


def what_goes_out(view: CaseView, text: str, flags: Sequence[Claim], left_out: Sequence[int]) -> str:
    """Say in one view what leaves, who can read it, and what rests on nothing."""
    plan = view.proposal.plan if view.proposal else ()
    kept = [step for at, step in enumerate(plan) if at not in left_out]
    replies = any(step.kind is ActionKind.REPLY for step in kept)
    reply = "".join(f"  | {line}\n" for line in text.splitlines()) if replies else ""
    steps = ", ".join(_step(view, step) for step in kept) or "nothing"
    unsourced = " No source: " + ", ".join(quoted(claim.text) for claim in flags) + "." if flags else ""
    return f"{reply}{view.case.id} r{view.case.open_revision}  Goes out: {steps}.{unsourced}"


def _step(view: CaseView, step: PlannedAction) -> str:
    notes = ", ".join(filter(None, [wording.audience(step.visibility), wording.removed_words(step)]))
    if step.kind is ActionKind.REPLY:
        return f"reply to {view.source.name} ({notes})"
    if step.kind is ActionKind.CREATE_ISSUE:
        return f"new Issue {quoted(step.title)} ({notes})"
    if step.kind is ActionKind.NOTE_ISSUE:
        return f"note on {wording.short(step.destination)} ({notes})"
    line = wording.plan_line(step)
    return f"{line[:1].lower()}{line[1:]} ({notes})"


def question(view: CaseView, flags: Sequence[Claim]) -> str:
    """Name the keys; the first says what leaves."""
    plan = view.proposal.plan if view.proposal else ()
    approve = "keep it and send" if flags else wording.approve_label(plan).lower()
    drop = f"   [d] drop the sentence{'s' if len(flags) > 1 else ''}" if flags else ""
    return f"[a] {approve}   [e] edit in $EDITOR{drop}   [s] snooze   [n] nothing yet (n):"


def ask_reason(view: CaseView) -> RejectReason | None:
    """Ask for one of the five reasons; None for nothing yet."""
    reasons = list(RejectReason)
    for number, reason in enumerate(reasons, start=1):
        say(f"[{number}] {REJECTS[reason]}")
    answer = ask(f"Why is {view.case.id} r{view.case.open_revision} rejected? [n] nothing yet (n):")
    return reasons[int(answer) - 1] if answer in [str(each) for each in range(1, len(reasons) + 1)] else None


def without(text: str, flags: Sequence[Claim]) -> str:
    """Take sentences out, and one space that each leaves."""
    for claim in flags:
        text = re.sub(f" ?{re.escape(claim.text)}", "", text)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def _changed(text: str, proposed: str) -> str | None:
    return None if text == proposed else text


def edited(text: str, editor: str) -> str:
    """Open the editor on a text and return what was saved; raises Misuse when it cannot be run."""
    with tempfile.TemporaryDirectory(prefix="triage-") as folder:
        file = Path(folder) / "reply.txt"
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(file)], check=True)  # noqa: S603
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise Misuse(
                f"The editor `{editor}` did not work: {error}. Nothing was sent; set EDITOR."
            ) from error
        return file.read_text(encoding="utf-8", errors="replace").rstrip("\n")
