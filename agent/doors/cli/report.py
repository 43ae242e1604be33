"""`triage report`: what calls of a model cost, by day, prompt and model."""

from datetime import UTC, date, timedelta
from typing import Annotated

import typer

from agent.domain.views import CallSum
from agent.doors.cli import opening, options
from agent.doors.cli.output import console, put_json, say
from agent.errors import Misuse
from agent.wording.engines import cents, cost, health
from agent.wording.texts import count

#: Days that are summed where nothing is said, today included.
DAYS = 7

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DAY", help="From this day on, as 2026-11-21.", show_default=False),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="DAY", help="Up to this day, itself included.", show_default=False),
]


def report(since: Since = None, until: Until = None, as_json: options.Json = False) -> None:
    """Sum what calls of a model cost, by day, prompt and model.

    The last seven days, where nothing is said. A day is one of UTC.

    \b
    triage report
    triage report --since 2026-11-01 --until 2026-11-30
    """
    desk = opening.desk()
    last = _day("--until", until) or desk.now().astimezone(UTC).date()
    first = _day("--since", since) or last - timedelta(days=DAYS - 1)
    if first > last:
        raise Misuse(f"--since: {first} is after {last}.")
    sums = desk.call_sums(first, last)
    for each in sums if as_json else ():
        put_json(each)
    if not as_json:
        _table(sums)
    said = health(desk.engine(), desk.now(), opening.zone_of(desk))
    say(f"{_total(sums, first, last)}{f' {said}.' if said else ''}")


def _day(option: str, given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise Misuse(f"{option}: {given!r} is no day, as 2026-11-21.") from error


def _table(sums: list[CallSum]) -> None:
    from rich.table import Table

    if not sums:
        return
    table = Table(box=None, pad_edge=False)
    for name in ("day", "prompt", "model"):
        table.add_column(name, overflow="fold")
    for name in ("calls", "unused", "read", "cached", "written", "seconds", "cost"):
        table.add_column(name, justify="right")
    for each in sums:
        table.add_row(*_cells(each))
    console().print(table)


def _cells(each: CallSum) -> list[str]:
    tokens = each.tokens
    cached = tokens.cache_read / tokens.read if tokens.read else 0.0
    return [
        str(each.day),
        each.prompt,
        each.model,
        f"{each.calls:,}",
        f"{each.unused:,}",
        f"{tokens.read:,}",
        f"{cached:.0%}",
        f"{tokens.output:,}",
        f"{each.seconds:.1f}",
        cents(each.microdollars),
    ]


def _total(sums: list[CallSum], first: date, last: date) -> str:
    if not sums:
        return f"No model was called from {first} to {last}."
    calls = sum(each.calls for each in sums)
    return f"{count(calls, 'call')} from {first} to {last}: {cost(sum(each.microdollars for each in sums))}."
