"""`triage try`: triage without side effects, here or in the process that holds the home."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.domain.assessments import CaseType
from agent.domain.messages import Message, Visibility
from agent.domain.proposals import Priority
from agent.domain.views import Run
from agent.doors.cli import opening, options
from agent.doors.cli.bringing import Brought, messages_of
from agent.doors.cli.output import put, put_json, say
from agent.doors.cli.reading import PASTED
from agent.doors.cli.receive import batches
from agent.policy.likelihood import percent
from agent.wording.cases import audience, chance, short
from agent.wording.names import PRIORITIES, TYPES
from agent.wording.texts import count, cut, one_line, quoted

if TYPE_CHECKING:
    from agent.house import House
    from agent.settings import Settings

#: Messages that are triaged before the next are read.
BATCH = 64
CANDIDATES = 10
MOST_CANDIDATES = 1000

Candidates = Annotated[
    int, typer.Option("--candidates", min=0, max=MOST_CANDIDATES, help="How many candidates to list.")
]


def try_(
    text: options.Text = None,
    file: options.File = None,
    as_json: options.Json = False,
    candidates: Candidates = CANDIDATES,
    source: options.Source = None,
) -> None:
    """Triage messages without side effects.

    Nothing is stored and nothing leaves.

    \b
    triage try "Sync stops after the upgrade" --source slack:C-HELP
    triage try --json --candidates 10 --file messages.jsonl > answers.jsonl
    """
    settings = opening.settings()
    from agent.wiring import clock

    brought = messages_of(
        text,
        file,
        source=source,
        now=clock(),
        visibility_of=lambda each: settings.source(each).visibility,
    )
    with opening.house_or_runner(settings, "triage try") as found:
        for message, line in tried(found, brought, candidates):
            if as_json:
                put_json(line)
            else:
                put(readable(message, line))
                _hint(settings, message)
    brought.end()


def tried(
    found: "House | Run", brought: Iterable[Brought[Message]], candidates: int
) -> Iterator[tuple[Message, Mapping[str, Any]]]:
    """Yield each Message with its line, in order, as they come."""
    for batch in batches(brought, BATCH):
        messages = [each.parsed.record for each in batch]
        yield from zip(messages, _lines(found, messages, candidates), strict=True)


def _lines(found: "House | Run", messages: Sequence[Message], candidates: int) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, Run):
        from agent.doors.handover import remote_try

        return remote_try(asdict(found), messages, candidates)
    from agent.doors.trial_line import trial_line

    return (trial_line(trial) for trial in found.trials(messages, candidates))


def _hint(settings: "Settings", message: Message) -> None:
    if message.source == PASTED and settings.source(PASTED).project == PASTED:
        known = ", ".join(each.id for each in settings.sources[:3])
        say(f"Without --source there is no project to compare with. Next: --source {known} or github:o/r")


def readable(message: Message, line: Mapping[str, Any]) -> str:
    """Render a line for a person: the words first, then what is proposed, and why."""
    head = f"{message.id}  {quoted(message.words)}"
    if line["screened"]:
        return f"{head}\n  Screened out: {line['screened']}\n"
    said = [
        head,
        f"  {PRIORITIES[Priority(line['priority'])]} · {_types(line)} · {line['status']}"
        + (f" · area {line['area']}" if line["area"] else ""),
        *(f"  {_factor(factor)}" for factor in line["factors"]),
        *_known(line),
        *_unsure(line),
        *_actions(line),
        *_reply(line),
        f"  {line['engine']}, {line['seconds']:.2f} s",
    ]
    return "\n".join(said) + "\n"


def _types(line: Mapping[str, Any]) -> str:
    chosen = CaseType(line["type"])
    likely = line["type_probabilities"].get(chosen, 0.0)
    return f"{TYPES[chosen]} {percent(likely)}"


def _factor(factor: Mapping[str, Any]) -> str:
    kind = str(factor["kind"]).replace("_", " ")
    if factor["quote"]:
        return f"{kind}: {quoted(factor['quote'])}"
    return f"{kind}: {factor['record']}" if factor["record"] else kind


def _known(line: Mapping[str, Any]) -> Iterator[str]:
    duplicate = line["duplicate"]
    if duplicate and chance(duplicate["probability"]):
        what = {"duplicate": "Known", "related": "Unsure"}.get(duplicate["verdict"], "Closest")
        yield f"  {what}: {duplicate['reason']}"
    elif line["candidates"]:
        yield "  Nothing close enough to be the same problem"
    if line["candidates"]:
        found = ", ".join(short(each["issue"]) for each in line["candidates"])
        yield f"  Looked at: {found}"
    else:
        yield "  No candidates: no older Issue of its project is indexed. Next: triage index FILE.jsonl"


def _unsure(line: Mapping[str, Any]) -> Iterator[str]:
    if line["unsure"]:
        yield f"  Unsure: {'; '.join(one_line(each) for each in line['unsure'])}"


def _actions(line: Mapping[str, Any]) -> Iterator[str]:
    for action in line["actions"]:
        who = audience(Visibility.parse(action["visibility"]))
        about = f": {cut(action['title'])}" if action["title"] else ""
        kind = str(action["kind"]).replace("_", " ")
        yield f"  Would {kind} → {action['destination']} ({who}){about}"


def _reply(line: Mapping[str, Any]) -> Iterator[str]:
    draft = line["draft"]
    if draft is None:
        yield "  No reply proposed"
        return
    yield from (f"  | {part}" for part in draft["text"].splitlines())
    unsourced = sum(not claim["source"] for claim in draft["claims"])
    if unsourced:
        yield f"  {count(unsourced, 'sentence')} without a source"
