"""How the log is written: one line an event, as text or as JSON, to a file or to stderr.

What is logged is said where it happens. Here is what is left out everywhere: the words that users write.
What our own errors say is ours, unless it repeats a destination; what another library says of an error or a
warning may quote a text, so its kind and its place are kept and its words are not.
"""

import logging
import logging.handlers
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from structlog.contextvars import merge_contextvars
from structlog.stdlib import BoundLogger, ExtraAdder, ProcessorFormatter

from agent.errors import TriageError
from agent.wording.texts import cut

LOG_BYTES = 5 * 1024 * 1024
#: What our own loggers begin with; all others are libraries'.
OURS = ("agent", "triage")
#: Frames of a traceback that are kept, the innermost.
FRAMES = 12
#: Causes that are told beside an error.
CAUSES = 3

Event = MutableMapping[str, Any]


def to_file(file: Path, *, as_json: bool) -> None:
    """Write to a file of the home: stdout is for data and stderr for the person."""
    _set_up(_File(file, maxBytes=LOG_BYTES, backupCount=1, delay=True, encoding="utf-8"), as_json=as_json)


def to_stderr() -> None:
    """Write JSON to stderr, where a supervisor collects it."""
    _set_up(_Stderr(sys.stderr), as_json=True)


def file_in_use() -> Path | None:
    """Return the file that the log goes to, once one is known."""
    files = [each.baseFilename for each in logging.getLogger().handlers if isinstance(each, _File)]
    return Path(files[-1]) if files else None


class _File(logging.handlers.RotatingFileHandler):
    """Ours among whatever handlers there are."""


class _Stderr(logging.StreamHandler[Any]):
    """As `_File`."""


def _set_up(handler: logging.Handler, *, as_json: bool) -> None:
    root = logging.getLogger()
    for each in [each for each in root.handlers if isinstance(each, (_File, _Stderr))]:
        root.removeHandler(each)
        each.close()
    handler.setFormatter(_formatter(as_json=as_json))
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    structlog.configure(
        processors=[merge_contextvars, ProcessorFormatter.wrap_for_formatter],
        logger_factory=_ours,
        wrapper_class=BoundLogger,
    )


def _ours(*names: str) -> logging.Logger:
    """Return the logger behind one of structlog's: "queue" is "triage.queue"."""
    return logging.getLogger(".".join(["triage", *names]))


def _formatter(*, as_json: bool) -> logging.Formatter:
    return ProcessorFormatter(
        foreign_pre_chain=[merge_contextvars, ExtraAdder()],
        processors=[
            _without_words_of_others,
            _with_head,
            _with_error,
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(default=str) if as_json else _line,
        ],
    )


def _without_words_of_others(_logger: object, _name: str, event: Event) -> Event:
    """Keep of a library's line who warned, and where; its words may be a user's."""
    record: logging.LogRecord = event["_record"]
    if record.name.split(".")[0] in OURS:
        return event
    kept = {key: event[key] for key in ("_record", "_from_structlog", "exc_info") if key in event}
    return {**kept, "event": "a library warned", "at": f"{record.module}:{record.lineno}"}


def _with_head(_logger: object, _name: str, event: Event) -> Event:
    """Begin with when, how bad and who, and end with the rest."""
    record: logging.LogRecord = event["_record"]
    head = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name.removeprefix("triage."),
        "event": event["event"],
    }
    return {**head, **{key: value for key, value in event.items() if key != "event"}}


def _with_error(_logger: object, _name: str, event: Event) -> Event:
    """Say which error it was and where; its words only where they are ours."""
    error = _error_of(event.pop("exc_info", None))
    if error is None:
        return event
    event["error"] = type(error).__name__
    if isinstance(error, TriageError) and not error.may_quote:
        event["said"] = cut(str(error))
    if causes := [type(each).__name__ for each in _causes(error)]:
        event["causes"] = causes
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    event["trace"] = [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames]
    return event


def _error_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    return exc_info[1] if isinstance(exc_info, tuple) else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__ or error.__context__
    for _ in range(CAUSES):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__


def _line(_logger: object, _name: str, event: Event) -> str:
    """Render an event as text: its head, then `name=value`."""
    head = " ".join(str(event.pop(key)) for key in ("time", "level", "logger", "event"))
    return " ".join([head, *(f"{key}={value!r}" for key, value in event.items())])
