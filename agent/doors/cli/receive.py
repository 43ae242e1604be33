"""`triage receive`: messages into the inbox, as if they had come through a door."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from agent.domain.messages import Message
from agent.domain.views import Fate, Received
from agent.doors.cli import opening, options
from agent.doors.cli.bringing import Brought, messages_of
from agent.doors.cli.output import put, say
from agent.doors.cli.slack_export import take_export
from agent.errors import Misuse

if TYPE_CHECKING:
    from agent.desk import Desk

T = TypeVar("T")
#: Rows handed to the store at a time.
BATCH = 200

Export = Annotated[
    str | None, typer.Option("--slack-export", metavar="ZIP", help="What a workspace of Slack exported.")
]
Channel = Annotated[
    str | None, typer.Option("--channel", metavar="NAME", help="Which channel of the export.")
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DAY", help="From which day on it is worked on. [the last seven days]"),
]
AsJson = Annotated[bool, typer.Option("--as-json", help="TEXT is a Message line in JSON.")]


def receive(
    text: options.Text = None,
    file: options.File = None,
    source: options.Source = None,
    as_json: AsJson = False,
    slack_export: Export = None,
    channel: Channel = None,
    since: Since = None,
) -> None:
    """Put messages into the inbox, to be triaged.

    \b
    triage receive "Sync stops after the upgrade" --source slack:C-HELP
    triage receive --file messages.jsonl
    triage receive --slack-export export.zip --channel help
    """
    desk = opening.desk()
    if slack_export is not None:
        if channel is None or text is not None or file is not None:
            raise Misuse("--slack-export goes with --channel NAME, and with no text and no --file.")
        take_export(desk, slack_export, channel, since)
        _say_who_works(desk)
        return
    brought = messages_of(
        text,
        file,
        source=source,
        now=desk.now(),
        visibility_of=lambda each: desk.settings.source(each).visibility,
        as_json=as_json,
    )
    for batch in batches(brought, BATCH):
        records = [each.parsed.record for each in batch]
        fates = desk.receive(records, [each.parsed.extra for each in batch])
        for each, received in zip(batch, fates, strict=True):
            _tell(each, received)
    _say_who_works(desk)
    brought.end()


def _say_who_works(desk: "Desk") -> None:
    if not desk.workers():
        say("No worker is running: it is triaged when `triage run` does.")
    else:
        say("The running worker triages it. Next: triage inbox")


def _tell(each: Brought[Message], received: Received) -> None:
    message = received.message
    if received.fate is Fate.CHANGED:
        say(f"{each.where}: {message.id} was received before with other content; kept as an edit")
    put(f"{received.fate.value:<8} {message.id}  {message.source}")


def batches(given: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut a stream into lists of at most `size`."""
    rest = iter(given)
    while batch := list(islice(rest, size)):
        yield batch
