"""`triage backup` and `triage restore`: the home as a file, made while it is served, and put back."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.doors.cli import opening, options
from agent.doors.cli.output import put, say
from agent.errors import Misuse

if TYPE_CHECKING:
    from agent.domain.backups import PutBack
    from agent.settings import Settings

To = Annotated[
    Path,
    typer.Option("--to", metavar="DIR|FILE.tar", help="A folder, or the file to write.", show_default="here"),
]
Backup = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="What `triage backup` wrote.", show_default=False)
]
Force = Annotated[
    bool, typer.Option("--force", help="Also where there is a home: its files are moved aside.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="MOMENT",
        help="In place of FILE: another tool has put the store back to how it was then, like 2026-01-31T10:00+00:00.",
    ),
]


def backup(to: To = Path()) -> None:
    """Write the home into one file, consistent also while `triage run` serves it.

    It holds what users wrote: keep it as you keep the home.

    \b
    triage backup
    triage backup --to /backups
    """
    from agent.wiring_home import back_up

    made = back_up(opening.settings(), to)
    counts = made.manifest
    put(made.path)
    say(
        f"Backed up as of {counts.as_of.isoformat(timespec='seconds')}: {counts.cases:,} Cases, "
        f"{counts.messages:,} Messages, {counts.issues:,} Issues with their vectors, {made.bytes / 1e6:,.1f} MB. "
        f"config/ and the keys are not in it. Back: triage restore {made.path}"
    )


def restore(file: Backup = None, force: Force = False, as_of: AsOf = None, as_: options.As = None) -> None:
    """Put the home back to a backup. Nothing that left since leaves again: it is looked for first.

    Stop whatever serves the old home before, also where that is another machine.

    \b
    triage restore triage-20260131-100000.tar
    triage restore triage-20260131-100000.tar --force
    triage restore --as-of 2026-01-31T10:00+00:00
    """
    settings = opening.settings()
    who = settings.person_named(as_ or settings.person).id if as_ or settings.person else "somebody"
    if (file is None) == (as_of is None):
        raise Misuse("Name a backup, or with --as-of the moment that another tool put the store back to.")
    if as_of is not None:
        _came_back(settings, as_of, who)
    elif file is not None:
        from agent.wiring_home import put_back

        _told(put_back(settings, file, who, force=force))


def _came_back(settings: "Settings", as_of: str, who: str) -> None:
    from agent.wiring_home import came_back

    moment: datetime | None = None
    with suppress(ValueError):
        moment = datetime.fromisoformat(as_of)
    if moment is None or moment.tzinfo is None:
        raise Misuse(f"--as-of is a time with its zone, like 2026-01-31T10:00+00:00; not {as_of!r}.")
    found = came_back(settings, moment, who)
    say(f"Noted. {_steps(found)} Next: triage run")


def _told(found: "PutBack") -> None:
    made = found.manifest
    say(
        f"Restored as of {made.as_of.isoformat(timespec='seconds')}: {made.cases:,} Cases, {found.waiting:,} of them "
        f"wait for an answer. {_steps(found.to_look_for)}"
    )
    if found.differs:
        say(
            f"Not as they were when it was made: {' and '.join(found.differs)}. What is judged anew follows those here."
        )
    if found.set_aside:
        say(f"What was here is in {found.set_aside}; delete it when you do not need it.")
    say(
        "What came in since is read again where a place can be read; the rest was in the old home alone. Next: triage run"
    )


def _steps(number: int) -> str:
    steps = "1 step waits" if number == 1 else f"{number:,} steps wait"
    return f"{steps} to leave; what has left since is looked for at its destination before anything is sent."
