"""A JSON line as an Issue or a Message, as the frozen formats say. Pure: no files, no clock.

Lenient in what may be absent and strict in what is there: a value of the wrong type is a fault of
the line, never a guess. Keys that are not ours are kept.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, NoReturn, TypeVar

from agent.domain.issues import Issue, IssueState
from agent.domain.messages import Message, Visibility
from agent.wording.texts import cut

T = TypeVar("T")

#: Where a Message was written that names no Source: nowhere but in this terminal.
PASTED = "paste:cli"
#: More than anybody counts, and within what every database holds.
MOST = 2**31 - 1

_ISSUE_KEYS = frozenset(
    ("id", "title", "body", "state", "labels", "created_at", "closed_at", "url", "comments", "author")
)
_ISSUE_LINKS = ("duplicate_of", "fixed_in")
_MESSAGE_KEYS = frozenset(("id", "source", "author", "title", "text", "sent_at", "thread", "visibility"))
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHOWN = 40


class LineError(ValueError):
    """Why a line cannot be used, as the end of a sentence that begins with its number."""


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A record, what was assumed about it, and the keys that are not ours."""

    record: T
    notes: tuple[str, ...]
    extra: Mapping[str, object]


def issue_from(text: str) -> Parsed[Issue]:
    """Read an Issue line; raises LineError."""
    said = _Said(_object(text))
    links = {key: said.pop_text(key) for key in _ISSUE_LINKS}
    extra = said.rest(_ISSUE_KEYS)
    issue_id = said.needed("id")
    if not issue_id.rpartition("#")[0]:
        raise LineError(f"id: should be like owner/repo#12, not {_shown(issue_id)}")
    closed_at = said.moment("closed_at")
    issue = Issue(
        id=issue_id,
        title=said.needed("title", may_be_empty=True),
        body=said.text("body") or "",
        created_at=said.moment("created_at") or said.missing("created_at"),
        closed_at=closed_at,
        state=_state(said.text("state"), closed_at),
        labels=said.texts("labels"),
        url=said.text("url") or "",
        comments=said.count("comments"),
        author=said.text("author") or "",
        extra=extra,
        duplicate_of=links["duplicate_of"],
        fixed_in=links["fixed_in"],
    )
    return Parsed(issue, tuple(said.notes), extra)


def message_from(
    text: str, now: datetime, visibility_of: Callable[[str], Visibility], source: str = PASTED
) -> Parsed[Message]:
    """Read a Message line; raises LineError.

    `source` is where a line was written that does not say, and `visibility_of` who reads a Source.
    A Message cannot come from the future: such a date is taken as `now`.
    """
    said = _Said(_object(text))
    extra = said.rest(_MESSAGE_KEYS)
    title, body = said.text("title"), said.text("text")
    if title is None and body is None:
        raise LineError("title and text are both missing; one of them is needed")
    where = said.text("source") or source
    message = Message(
        id=said.needed("id"),
        source=where,
        author=said.text("author") or "",
        title=title or "",
        text=body or "",
        sent_at=_sent_at(said, now),
        thread=said.text("thread") or None,
        visibility=_visibility(said.text("visibility")) or visibility_of(where),
    )
    return Parsed(message, tuple(said.notes), extra)


def whole(text: str) -> str:
    """Replace lone surrogates, which no encoding can carry; everything else stays as it is."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _object(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text, parse_constant=_no_constant)
        if not isinstance(said, dict):
            raise LineError(f'is {_kind(said)}, where an object is needed: {{"id": …}}')
        cleaned = _whole(said) if _may_hold_surrogates(text) else said
    except json.JSONDecodeError as error:
        raise LineError(f"is not JSON: {error.msg}, character {error.pos + 1}") from error
    except RecursionError as error:
        raise LineError("is nested too deeply") from error
    except LineError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise LineError(f"is not JSON: {cut(str(error))}") from error
    assert isinstance(cleaned, dict)
    return cleaned


def _no_constant(name: str) -> NoReturn:
    raise LineError(f"is not JSON: {name} is no number")


def _may_hold_surrogates(text: str) -> bool:
    return "\\u" in text or _SURROGATE.search(text) is not None


def _whole(value: object) -> object:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {whole(key): _whole(each) for key, each in value.items()}
    return value


class _Said:
    """The object of a line; null means absent everywhere."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = {key: value for key, value in said.items() if value is not None}
        self.notes: list[str] = []

    def rest(self, ours: frozenset[str]) -> dict[str, object]:
        return {key: value for key, value in self.said.items() if key not in ours}

    def pop_text(self, key: str) -> str | None:
        """Take a key out where it is a text; whatever else it is stays among the rest."""
        value = self.said.get(key)
        return self.said.pop(key) if isinstance(value, str) and value else None

    def missing(self, key: str) -> NoReturn:
        raise LineError(f"{key}: is missing")

    def needed(self, key: str, *, may_be_empty: bool = False) -> str:
        value = self.text(key)
        if value is None:
            self.missing(key)
        if not value.strip() and not may_be_empty:
            raise LineError(f"{key}: is empty")
        return value

    def text(self, key: str) -> str | None:
        value = self.said.get(key)
        if value is not None and not isinstance(value, str):
            raise LineError(f"{key}: should be text, not {_kind(value)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.said.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise LineError(f"{key}: should be a list of texts")
        return tuple(value)

    def count(self, key: str) -> int:
        value = self.said.get(key, 0)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
            raise LineError(f"{key}: should be a number, 0 or more")
        return value

    def moment(self, key: str) -> datetime | None:
        """Read a time; one without a zone is taken as UTC, and noted."""
        text = self.text(key)
        if text is None:
            return None
        try:
            at = datetime.fromisoformat(text.strip())
            if at.tzinfo is None:
                at = at.replace(tzinfo=UTC)
                self.notes.append(f"{key} {_shown(text)} has no zone; taken as UTC")
            return at.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise LineError(f"{key}: {_shown(text)} is no date; like 2026-11-20T10:41:00Z") from error


def _sent_at(said: _Said, now: datetime) -> datetime:
    at = said.moment("sent_at")
    if at is None:
        return now
    if at > now:
        said.notes.append(f"sent_at {_shown(said.said['sent_at'])} is in the future; taken as now")
        return now
    return at


def _state(said: str | None, closed_at: datetime | None) -> IssueState:
    if said is None:
        return IssueState.CLOSED if closed_at else IssueState.OPEN
    try:
        return IssueState(said.lower())
    except ValueError as error:
        raise LineError(f"state: should be open or closed, not {_shown(said)}") from error


def _visibility(said: str | None) -> Visibility | None:
    if said is None:
        return None
    try:
        return Visibility.parse(said)
    except ValueError as error:
        wanted = "public, customer, customer:NAME, internal or restricted"
        raise LineError(f"visibility: should be {wanted}, not {_shown(said)}") from error


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return "null" if value is None else names.get(type(value), "an object")


def _shown(text: str) -> str:
    return f"“{cut(text, _SHOWN)}”"
