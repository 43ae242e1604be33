"""`triage acknowledge`, `take`, `hand-over`, `ask` and `answered`: who has a Case, and what is no Verdict."""

from typing import Annotated

import typer

from agent.doors.cli import opening, options
from agent.doors.cli.output import say
from agent.wording.stages import can_take_back_acknowledgement
from agent.wording.times import clock

To = Annotated[str, typer.Option("--to", help="An id, handle or address of team.yaml.", show_default=False)]
Question = Annotated[
    str, typer.Argument(help="What the team is asked.", metavar="QUESTION", show_default=False)
]
Undo = Annotated[bool, typer.Option("--undo", help="Take it back while it has not left.")]
Anyway = Annotated[bool, typer.Option("--write-anyway", help="Propose a reply of ours all the same.")]


def acknowledge(*, case: options.Case, as_: options.As = None, undo: Undo = False) -> None:
    """Tell the user that somebody is on it.

    It stops the first clock, once a Case, and answers no proposal.

    \b
    triage acknowledge C-12
    triage acknowledge C-12 --undo
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_)
    if undo:
        view = desk.case(case)
        if not can_take_back_acknowledgement(view):
            say(f"No acknowledgement of {view.case.id} waits to leave. Next: triage show {view.case.id}")
            raise typer.Exit(1)
        desk.undo(case, person.id)
        say(f"Taken back; nothing was sent. Next: triage show {view.case.id}")
        return
    at = clock(desk.acknowledge(case, person.id), desk.now(), person.zone, seconds=True)
    when = f"goes out at {at}" if desk.workers() else "goes out when `triage run` does: no worker is running"
    say(f"The acknowledgement {when}: “{desk.acknowledgement_text()}” Next: triage show {case}")


def take(*, case: options.Case, as_: options.As = None) -> None:
    """Make a Case your own.

    \b
    triage take C-12
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_)
    desk.take(case, person.id)
    say(f"{person.handle} has it now; nothing was sent. Next: triage show {case}")


def hand_over(*, case: options.Case, to: To, as_: options.As = None) -> None:
    """Make a Case somebody else's, with its clocks.

    \b
    triage hand-over C-12 --to second-engineer
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_)
    desk.hand_over(case, to, person.id)
    say(f"{desk.person(to).handle} has it now; nothing was sent. Next: triage inbox")


def ask(*, case: options.Case, question: Question, as_: options.As = None) -> None:
    """Ask the team in its own channel.

    What they answer there comes back to the Case.

    \b
    triage ask C-12 "Is this the watcher again?"
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_)
    desk.ask(case, question, person.id)
    when = "" if desk.workers() else " when `triage run` does: no worker is running"
    say(f"The team is asked{when}. Next: triage show {case}")


def answered(*, case: options.Case, as_: options.As = None, anyway: Anyway = False) -> None:
    """Say that they were answered elsewhere, so that the Case waits on them.

    As where a colleague answered before us, or where you did by hand.

    \b
    triage answered C-12
    triage answered C-12 --write-anyway
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_)
    if anyway:
        revision = desk.write_anyway(case, person.id)
        when = "" if desk.workers() else " when `triage run` does: no worker is running"
        say(f"r{revision} is written{when}. Next: triage show {case}")
    else:
        desk.mark_waiting(case, person.id)
        say(f"{case} waits on them; it comes back when they write. Next: triage inbox")
