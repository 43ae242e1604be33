"""Lists of GitHub in the order of their last change, read on from a moment.

Not by number of page alone: what changes while they are read moves to the end and is met there, and
nothing slips past a page's edge. More than a hundred things that change in one second are the
exception: they share their moment, and only among them pages are counted.
"""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from agent.clients.github import PAGE, Answer
from agent.policy.github.written import stamp_of
from agent.ports import Cursor

#: Whether `since` holds the second that it names is not said; asking for one more costs nothing.
OVERLAP = timedelta(seconds=1)


def asked(at: Cursor, **more: object) -> dict[str, object]:
    """Return the parameters of the page at a cursor, least recently changed first."""
    wanted: dict[str, object] = {"sort": "updated", "direction": "asc", "per_page": PAGE, **more}
    if at.since:
        wanted["since"] = stamp_of(at.since)
    return {**wanted, "page": at.page}


def following(at: Cursor, answer: Answer) -> Cursor:
    """Return where to read on. The last page is asked for again next time, and its ETag makes that free.

    One that became empty would stay so: what changes from now on stands before it. One that is full would
    stay as it is, too: what is written from now on stands behind it.
    """
    if answer.next is None and at.page > 1 and not answer.body:
        return Cursor(since=at.since)
    if answer.next is None and len(answer.body) < PAGE:
        return Cursor(since=at.since, page=at.page, etag=answer.etag or "")
    since = datetime.fromisoformat(answer.body[-1]["updated_at"]) - OVERLAP
    if at.since is None or since > at.since:
        return Cursor(since=since)
    return Cursor(since=at.since, page=at.page + 1)


def last_page(answer: Answer, page: int) -> int:
    """Return the number of the last page."""
    if answer.next is None:
        return page
    return int(parse_qs(urlsplit(answer.last or answer.next).query)["page"][0])
