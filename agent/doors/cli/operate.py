"""`triage pause`, `resume`, `shift` and `sources`: what a team looks at and turns by hand."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated

import typer

from agent.domain.shifts import Shift
from agent.domain.views import Elsewhere, SourceLine
from agent.doors.cli import opening, options
from agent.doors.cli.output import console, put, put_json, say, styled
from agent.errors import NotFound
from agent.wording import cases as wording
from agent.wording.times import clock

if TYPE_CHECKING:
    from rich.table import Table

    from agent.desk import Desk

#: Names of unwatched places that are told; the rest is counted.
SHOWN = 20

SourceOf = Annotated[
    str | None, typer.Argument(metavar="[SOURCE]", help="One Source only, like mail:hi.", show_default=False)
]


def pause(source: SourceOf = None, as_: options.As = None) -> None:
    """Send nothing from now on; approvals wait. On-call hears of a P0 all the same.

    Everywhere, or through one Source.

    \b
    triage pause
    triage pause mail:hi
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_)
    desk.pause(_known(desk, source), person.id)
    again = f"triage resume {source}" if source else "triage resume"
    say(f"Nothing is sent{_where(source)} from now on; what is approved waits. Again: {again}")


def resume(source: SourceOf = None, as_: options.As = None) -> None:
    """Send again.

    \b
    triage resume
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_)
    desk.resume(_known(desk, source), person.id)
    wait = "" if desk.workers() else " No worker is running: what waits goes out when `triage run` does."
    say(f"Sending again{_where(source)}.{wait} Next: triage sources")


def _where(source: str | None) -> str:
    return f" through {source}" if source else ""


def _known(desk: "Desk", source: str | None) -> str | None:
    ids = [line.source.id for line in desk.sources()]
    if source is not None and source not in ids:
        raise NotFound(f"There is no Source {source!r}. These are known: {', '.join(ids)}.")
    return source


def shift(as_json: options.Json = False) -> None:
    """Say who holds the rotation now, next and last.

    \b
    triage shift
    """
    desk = opening.desk()
    view, now, zone = desk.shift(), desk.now(), opening.zone_of(desk)
    if as_json:
        put_json(view)
        return
    named = (("Now", view.now), ("Next", view.next), ("Last", view.last))
    for name, each in named:
        if each is not None:
            put(f"{name:<5} {_shift(each, now, zone)}")
    say("Change it in config/rotation.yaml. Next: triage inbox")


def _shift(each: Shift, now: datetime, zone: tzinfo) -> str:
    why = f"  ({each.why})" if each.why else ""
    return f"{each.holder}  {clock(each.starts_at, now, zone)} to {clock(each.ends_at, now, zone)}{why}"


def sources(as_json: options.Json = False) -> None:
    """List what is watched, and what came from there today.

    \b
    triage sources
    """
    desk = opening.desk()
    found, now, zone = desk.sources(), desk.now(), opening.zone_of(desk)
    if as_json:
        for each in found:
            put_json({"source": each.source.id, **_numbers(each)})
    else:
        console().print(_table(found, now, zone))
    for line in _beyond(desk.elsewhere(), now, zone):
        say(line)
    say(f"{wording.health(found, now, zone)}. {wording.today(found)}. Next: triage inbox")


def _beyond(elsewhere: Elsewhere, now: datetime, zone: tzinfo) -> Iterator[str]:
    """Yield what is watched in every repository that the key sees, and what is seen and not watched."""
    for name, read_at in elsewhere.watched:
        yield f"{name}, wherever the key sees it: {_last(read_at, now, zone)}."
    if elsewhere.seen_at and elsewhere.unwatched:
        named = ", ".join(place.removeprefix("github:") for place in elsewhere.unwatched[:SHOWN])
        more = len(elsewhere.unwatched) - SHOWN
        rest = f" and {more:,} more" if more > 0 else ""
        at = clock(elsewhere.seen_at, now, zone)
        yield f"Seen by the key and not in sources.yaml, as of {at}: {named}{rest}."


def _last(read_at: datetime | None, now: datetime, zone: tzinfo) -> str:
    return f"last read {clock(read_at, now, zone)}" if read_at else "never read"


def _numbers(line: SourceLine) -> dict[str, object]:
    return {
        "name": line.source.name,
        "project": line.source.project,
        "visibility": line.source.visibility,
        "configured": line.configured,
        "last_read_at": line.last_read_at,
        "seen": line.seen,
        "handled": line.handled,
        "dropped": line.dropped,
        "failed": line.failed,
        "paused_by": line.paused_by,
        "trouble": line.trouble,
    }


def _table(found: list[SourceLine], now: datetime, zone: tzinfo) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, least in (("Source", 12), ("Name", 12), ("Read by", 8), ("Last read", 9)):
        table.add_column(name, min_width=least, overflow="fold")
    for name in ("Seen", "Handled", "Dropped", "Failed"):
        table.add_column(name, min_width=4, justify="right")
    table.add_column("", min_width=6)
    for line in found:
        table.add_row(*(styled(cell) for cell in _cells(line, now, zone)))
    return table


def _cells(line: SourceLine, now: datetime, zone: tzinfo) -> list[str]:
    read = clock(line.last_read_at, now, zone) if line.last_read_at else "never"
    numbers = [f"{each:,}" for each in (line.seen, line.handled, line.dropped, line.failed)]
    notes = [f"paused by {line.paused_by}"] if line.paused_by else []
    notes += [] if line.configured else ["not in sources.yaml"]
    notes += [line.trouble] if line.trouble else []
    return [line.source.id, line.source.name, str(line.source.visibility), read, *numbers, ", ".join(notes)]
