"""The lists: inbox, waiting, snoozed, dropped, answered, search; and what is done to many at once."""

from collections.abc import Callable

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agent.domain.views import Row
from agent.doors.web.banners import after_bulk, after_verdict
from agent.doors.web.door import FORBIDDEN, Door, door_of
from agent.doors.web.lists import grouped, slice_of
from agent.errors import TriageError
from agent.wording import cases as wording
from agent.wording import engines, lateness, times
from agent.wording.forms import snooze_until
from agent.wording.texts import count


def inbox(request: Request) -> Response:
    """Show what waits for a person, most urgent first, and what proves that nothing else does."""
    door = door_of(request)
    now, zone = door.desk.now(), door.zone(request)
    rows, lines = door.desk.inbox(), door.desk.sources()
    part = slice_of(rows, request.query_params.get("page"))
    return door.page(
        request,
        "inbox.html",
        groups=grouped(part.rows, now, zone),
        part=part,
        heading=_heading(
            door.desk.counts().inbox,
            lines_read=sum(wording.is_read(line, now) for line in lines),
            lines=len(lines),
        ),
        lateness=wording.lateness(rows, now, zone),
        lines=lines,
        unread=[line for line in lines if not wording.is_read(line, now)],
        judging=door.desk.judging(),
        engine=engines.health(door.desk.engine(), now, zone),
        behind=lateness.backlog(door.desk.backlog(), now),
        banner=_banner(request, door),
    )


def _heading(waiting: int, lines_read: int, lines: int) -> str:
    """Head the list; one that is empty names what was not read."""
    words = wording.waits(waiting)
    if waiting or lines_read == lines:
        return words
    return f"{words} from {lines_read} of {count(lines, 'source')}"


def _banner(request: Request, door: Door) -> object:
    if case_id := request.query_params.get("done"):
        return after_verdict(door.desk, case_id, door.zone(request))
    return after_bulk(request.query_params)


Listed = tuple[str, str, str, Callable[[Door], list[Row]]]

LISTS: dict[str, Listed] = {
    "/waiting": (
        "Waits on us",
        "Came back, or was approved and did not go out",
        "Nobody waits on us.",
        lambda door: door.desk.waiting(),
    ),
    "/snoozed": (
        "Snoozed",
        "Each wakes at its time, or when anybody writes",
        "Nothing is snoozed.",
        lambda door: door.desk.snoozed(),
    ),
    "/dropped": (
        "Dropped",
        "Screened out before anybody saw it; Restore brings a Case back",
        "Nothing was screened out.",
        lambda door: door.desk.dropped(),
    ),
    "/answered": ("Answered", "Newest first", "Nothing was answered yet.", lambda door: door.desk.recent()),
}


def listing(request: Request) -> Response:
    """Show one of the other lists."""
    door = door_of(request)
    title, hint, empty, rows = LISTS[request.url.path]
    part = slice_of(rows(door), request.query_params.get("page"))
    return door.page(
        request,
        "list.html",
        title=title,
        hint=hint,
        empty=empty,
        part=part,
        banner=after_bulk(request.query_params),
    )


def search(request: Request) -> Response:
    """Show the Cases and Issues that hold the words."""
    door = door_of(request)
    words = request.query_params.get("q", "").strip()[:200]
    return door.page(request, "search.html", words=words, found=door.desk.search(words) if words else None)


#: What may be done to many Cases at once.
BULK = ("acknowledge", "snooze", "hand", "drop", "restore")


def bulk(request: Request, form: FormData) -> Response:
    """Acknowledge, snooze, hand over, drop or restore the selected Cases; no reply is sent in bulk."""
    door = door_of(request)
    who = door.signed_in(request)
    if not who:
        raise HTTPException(FORBIDDEN, "Say who you are first: nothing was changed.")
    chosen = [str(value) for value in form.getlist("case")][:500]
    done, refused = 0, 0
    for each in chosen:
        try:
            _do(door, form, each, who, request)
            done += 1
        except TriageError:
            refused += 1
    action = form.get("do") if form.get("do") in BULK else ""
    back = "/dropped" if action == "restore" else "/"
    return RedirectResponse(f"{back}?did={action}&done_count={done}&refused={refused}", 303)


def _do(door: Door, form: FormData, chosen: str, who: str, request: Request) -> None:
    """Do it to the revision that the list showed; the form sends `C-204:2`."""
    what = str(form.get("do", ""))
    case_id, _, revision = chosen.partition(":")
    seen = int(revision) if revision.isdecimal() else 0
    if what == "snooze":
        until = snooze_until("tomorrow", door.desk.now(), door.zone(request))
        door.desk.snooze(case_id, until, who, seen)
    elif what == "acknowledge":
        door.desk.acknowledge(case_id, who)
    elif what == "hand":
        door.desk.hand_over(case_id, str(form.get("to", "")), who)
    elif what == "drop":
        door.desk.drop(case_id, seen, who)
    elif what == "restore":
        door.desk.restore(case_id, who)
    else:
        raise HTTPException(400, "Choose what to do with the selected Cases.")


def when(door: Door, request: Request, choice: str) -> str:
    """Say until when a choice of Snooze lasts."""
    now, zone = door.desk.now(), door.zone(request)
    return times.clock(snooze_until(choice, now, zone), now, zone)
