"""`triage inbox`: what waits for a person, and the lists beside it."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated

import typer

from agent.domain.views import Row
from agent.doors.cli import opening, options
from agent.doors.cli.output import NARROW, console, put_json, say, styled
from agent.wording import cases as wording
from agent.wording import engines, lateness
from agent.wording.texts import count, is_blank
from agent.wording.times import clock, left

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from agent.desk import Desk

Screened = Annotated[bool, typer.Option("--screened", help="What was screened out, and why.")]
Snoozed = Annotated[bool, typer.Option("--snoozed", help="What is put aside.")]
Waiting = Annotated[bool, typer.Option("--waiting", help="What waits on us without a proposal to answer.")]
Restore = Annotated[str, typer.Option("--restore", metavar="CASE", help="Bring a screened-out Case back.")]


def inbox(
    *,
    screened: Screened = False,
    snoozed: Snoozed = False,
    waiting: Waiting = False,
    as_json: options.Json = False,
    restore: Restore = "",
    as_: options.As = None,
) -> None:
    """List what waits for a person, most urgent first.

    \b
    triage inbox
    triage inbox --screened
    triage inbox --restore C-12 --as first-engineer
    """
    desk = opening.desk()
    if restore:
        _restore(desk, restore, as_)
        return
    zone, now = opening.zone_of(desk), desk.now()
    lists = {"screened": desk.dropped, "snoozed": desk.snoozed, "waiting": desk.waiting}
    asked = {"screened": screened, "snoozed": snoozed, "waiting": waiting}
    which = next((name for name, is_asked in asked.items() if is_asked), "")
    rows = lists[which]() if which else desk.inbox()
    if as_json:
        for row in rows:
            put_json(row_json(row))
    elif rows:
        drawn = console()
        drawn.print(table(rows, now, zone, width=drawn.width))
    say(_told_of_list(which, rows) if which else _told_of_inbox(desk, rows, now, zone))


def _restore(desk: "Desk", case_id: str, named: str | None) -> None:
    person = opening.signed_in(desk, named)
    desk.restore(case_id, person.id)
    name = desk.case(case_id).case.id
    worked = (
        "It is judged now" if desk.workers() else "No worker is running: it is judged when `triage run` does"
    )
    say(f"{name} is back. {worked}. Next: triage show {name}")


def row_json(row: Row) -> dict[str, object]:
    """Return a row as JSON; a security report keeps its words to itself here too."""
    case, proposal = row.case, row.proposal
    what, likely = wording.summary(proposal)
    return {
        "case": case.id,
        "revision": case.open_revision,
        "state": case.state,
        "priority": case.priority,
        "type": proposal.type if proposal else None,
        "title": wording.title(case, proposal),
        "source": case.source,
        "author": row.author,
        "opened_at": case.opened_at,
        "due_at": row.due_at,
        "due_for": row.due_for,
        "proposal": ", ".join(filter(None, [what, likely])),
        "dropped_reason": case.dropped_reason or None,
        "snoozed_until": case.snoozed_until,
        "tags": row.tags,
    }


def table(rows: Sequence[Row], now: datetime, zone: tzinfo, *, width: int) -> "Table":
    """Draw the list; under 100 columns "Where" goes."""
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 1), expand=True)
    is_wide = width >= NARROW
    for name, least, justify in (("Case", 6, "left"), ("Pri", 3, "left"), ("Due", 10, "right")):
        drawn.add_column(
            name, min_width=least, justify="right" if justify == "right" else "left", no_wrap=True
        )
    if is_wide:
        drawn.add_column("Where", min_width=12, max_width=24, no_wrap=True, overflow="ellipsis")
    # Only this one has a ratio, or the narrow columns vanish.
    drawn.add_column("What", min_width=20, ratio=1, no_wrap=True, overflow="ellipsis")
    drawn.add_column(
        "Proposal", min_width=16, max_width=None if is_wide else 18, no_wrap=True, overflow="ellipsis"
    )
    for row in rows:
        cells = [styled(row.case.id), styled(_priority(row), _style(row)), _due(row, now, zone)]
        cells += [styled(row.source.name)] if is_wide else []
        drawn.add_row(*cells, styled(_what(row)), styled(_proposal(row, now, zone)))
    return drawn


def _priority(row: Row) -> str:
    priority = row.case.priority
    return "" if priority is None else f"{priority}!" if priority == "P0" else str(priority)


def _style(row: Row) -> str:
    return "bold red" if row.case.priority == "P0" else "bold" if row.case.priority == "P1" else ""


def _due(row: Row, now: datetime, zone: tzinfo) -> "Text":
    if row.due_at is None or row.case.dropped_reason:
        return styled("")
    words = left(row.due_at, now, zone)
    return styled(words, "red" if row.due_at < now else "")


def _what(row: Row) -> str:
    title, words = wording.title(row.case, row.proposal), wording.row_words(row)
    tags = "".join(f"[{tag}] " for tag in row.tags)
    says_more = not is_blank(row.case.title) and not words.startswith(f"“{title[:20]}")
    return f"{tags}{title}" + (f"  {words}" if says_more else "")


def _proposal(row: Row, now: datetime, zone: tzinfo) -> str:
    if row.case.dropped_reason:
        return wording.dropped_words(row.case.dropped_reason)
    if row.case.state == "snoozed" and row.case.snoozed_until:
        return f"until {clock(row.case.snoozed_until, now, zone)}"
    what, likely = wording.summary(row.proposal)
    return f"{what}  {likely}" if likely else what


def _told_of_inbox(desk: "Desk", rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    late = wording.lateness(rows, now, zone)
    head = ", ".join(filter(None, [wording.waits(len(rows)), late]))
    judged = desk.counts().judged_now
    parts = [f"{head}.", f"{wording.health(desk.sources(), now, zone)}."]
    if engine := engines.health(desk.engine(), now, zone):
        parts.append(f"{engine}.")
    if judged and (behind := lateness.backlog(desk.backlog(), now)):
        starts = "" if desk.workers() else ", and no worker is running: `triage run` starts one"
        parts.append(f"{behind}{starts}.")
    elif judged and desk.workers():
        parts.append(f"{judged} more {'is' if judged == 1 else 'are'} being judged.")
    elif judged:
        parts.append(f"{judged} more to be judged, and no worker is running: `triage run` starts one.")
    parts.append(f"Next: triage show {rows[0].case.id}" if rows else "Next: triage sources")
    return " ".join(parts)


def _told_of_list(which: str, rows: Sequence[Row]) -> str:
    if not rows:
        nothing = {"screened": "was screened out", "snoozed": "is snoozed", "waiting": "else waits on us"}
        return f"Nothing {nothing[which]}. Next: triage inbox"
    name, number = rows[0].case.id, count(len(rows), "Case")
    return {
        "screened": f"{number} screened out. Bring one back: triage inbox --restore {name}",
        "snoozed": f"{number} snoozed. Wake one: triage snooze {name} --wake",
        "waiting": f"{number} on us, latest first. Next: triage show {name}",
    }[which]
