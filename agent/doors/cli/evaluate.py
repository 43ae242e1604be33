"""`triage eval`: Claude's replies to real messages recorded, so that judging them again asks nobody."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.doors.cli import opening, options
from agent.doors.cli.bringing import messages_of
from agent.doors.cli.output import put, put_json, say
from agent.doors.cli.trial import readable
from agent.errors import Misuse, Unavailable
from agent.wording.texts import count, one_line

if TYPE_CHECKING:
    from agent.domain.messages import Message
    from agent.settings import Settings
    from evals.recording import Went

RECORDINGS = "recordings.jsonl"

evaluations = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Recordings = Annotated[
    Path | None,
    typer.Option(
        "--recordings", metavar="F", help=f"The file of replies; without it {RECORDINGS} of the home."
    ),
]


@evaluations.callback()
def evaluate() -> None:
    """Measure with what a model really said."""


@evaluations.command()
def record(
    file: options.File = None,
    source: options.Source = None,
    recordings: Recordings = None,
    in_batches: Annotated[
        bool, typer.Option("--batch", help="In batches: half the price, and up to a day for each step.")
    ] = False,
) -> None:
    """Ask Claude about messages and keep its replies.

    Needs ANTHROPIC_API_KEY and costs money; the ledger has it. What the file holds already is not asked again, so a
    run that was stopped goes on where it was. Nothing is sent to users. The file is as private as the messages.

    \b
    triage eval record --file messages.jsonl
    triage eval record --file messages.jsonl --batch
    """
    settings = opening.settings()
    if not settings.has_claude:
        raise Misuse("Claude is not connected. Set ANTHROPIC_API_KEY, then the same again.")
    messages, kept = _messages(settings, file, source), recordings or settings.home / RECORDINGS
    from evals import recording

    with opening.house(settings, "triage eval record") as house:
        if in_batches:
            left = recording.record_in_batches(house, messages, kept, say)
            if left:
                raise Unavailable(
                    f"{count(left, 'request')} got no reply. The others are kept: the same again asks these."
                )
        else:
            then = "What was answered is kept: the same again asks the rest."
            _told(recording.record(house, messages, kept), then, as_json=False)
    say(f"Kept in {kept}. Next: triage eval replay --file {file}")


@evaluations.command()
def replay(
    file: options.File = None,
    source: options.Source = None,
    recordings: Recordings = None,
    as_json: options.Json = False,
) -> None:
    """Judge messages by replies that were recorded; nobody is asked.

    \b
    triage eval replay --file messages.jsonl --json > answers.jsonl
    """
    settings = opening.settings()
    kept = recordings or settings.home / RECORDINGS
    if not kept.exists():
        raise Misuse(f"{kept}: is not there. Next: triage eval record --file {file or 'messages.jsonl'}")
    messages = _messages(settings, file, source)
    from evals import recording

    with opening.house(settings, "triage eval replay") as house:
        _told(recording.replay(house, messages, kept), "Next: triage eval record", as_json=as_json)


def _messages(settings: "Settings", file: str | None, source: str | None) -> "list[Message]":
    from agent.wiring import clock

    if file is None:
        raise Misuse("Which messages? Name their file: --file messages.jsonl")
    brought = messages_of(
        None, file, source=source, now=clock(), visibility_of=lambda each: settings.source(each).visibility
    )
    found = [each.parsed.record for each in brought]
    brought.end()
    return found


def _told(went: "Iterable[Went]", then: str, *, as_json: bool) -> None:
    """Print what became of each message; raises Unavailable where one had no answer."""
    from agent.doors.trial_line import trial_line

    failed = 0
    for each in went:
        if each.trial is None:
            failed += 1
            say(f"{each.message.id}: {one_line(str(each.failure))}")
            continue
        line = trial_line(each.trial)
        if as_json:
            put_json(line)
        else:
            put(readable(each.message, line))
    if failed:
        raise Unavailable(f"{count(failed, 'message')} had no answer. {then}")
