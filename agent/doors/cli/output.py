"""What goes where: data to stdout, everything else to stderr. No words of the product live here.

Rich is loaded where a table or a bar is drawn, and not before.
"""

import json
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, timedelta, tzinfo
from enum import Enum
from typing import TYPE_CHECKING

from agent.domain.messages import Visibility
from agent.ports import Progress, no_progress
from agent.wording.texts import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

#: What takes less than this shows no bar.
PATIENCE_SECONDS = 1.0
#: A table that nobody looks at is not folded to a screen.
PIPED_WIDTH = 200
#: Under this many columns a table says less.
NARROW = 100

#: C1 controls command a terminal as escapes do, and overrides of direction reach beyond their text.
_COMMANDING = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """Make a text from outside harmless to a terminal."""
    return _COMMANDING.sub("\N{REPLACEMENT CHARACTER}", visible(text.replace("\r\n", "\n"))).replace(
        "\r", "\n"
    )


def say(text: str) -> None:
    """Tell the person something, on stderr."""
    sys.stderr.write(f"{safe(text)}\n")
    sys.stderr.flush()


def put(text: str) -> None:
    """Print data, on stdout."""
    sys.stdout.write(f"{safe(text)}\n")
    sys.stdout.flush()


def put_json(value: object) -> None:
    """Print one JSON line on stdout, in ASCII, at once."""
    put(json.dumps(plain(value)))


def plain(value: object) -> object:
    """Turn records into what JSON has; times in ISO 8601, who may read as `customer:acme`."""
    if isinstance(value, (date, Visibility, tzinfo)):
        return value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    return value.total_seconds() if isinstance(value, timedelta) else value


def console(*, to_stderr: bool = False) -> "Console":
    """Return a rich console that obeys NO_COLOR and takes nothing for markup."""
    from rich.console import Console

    stream = sys.stderr if to_stderr else sys.stdout
    drawn = Console(file=stream, highlight=False, markup=False, emoji=False)
    if not drawn.is_terminal:
        drawn.width = shutil.get_terminal_size((PIPED_WIDTH, 50)).columns
    return drawn


def styled(text: str, style: str = "") -> "Text":
    """Return text from outside as rich takes it: never as markup."""
    from rich.text import Text

    return Text(safe(text), style=style)


def is_asked() -> bool:
    """Tell whether somebody sits there who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str:
    """Ask on stderr and return the answer's one line, "" at the end of input."""
    sys.stderr.write(f"{safe(question)} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _nothing() -> str:
    return ""


@contextmanager
def bar(what: str, beside: Callable[[], str] = _nothing) -> Iterator[Progress]:
    """Show progress on a terminal's stderr, with rate, remaining time and what is told beside, once it lasts."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Drawn

    rate = TextColumn("{task.fields[rate]}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate)
    last = TextColumn("{task.fields[beside]}")
    drawn = Drawn(*columns, TimeRemainingColumn(), last, console=console(to_stderr=True), transient=True)
    task = drawn.add_task(what, total=None, rate="", beside="")

    def tell(done: int, total: int) -> None:
        speed = drawn.tasks[task].speed
        drawn.update(
            task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "", beside=beside()
        )

    late = threading.Timer(PATIENCE_SECONDS, drawn.start)
    late.daemon = True
    late.start()
    try:
        yield tell
    finally:
        late.cancel()
        late.join()
        drawn.stop()
