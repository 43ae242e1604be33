"""`triage eval harvest` and `impact`: what people corrected becomes cases, and what a change does to each of them.

What a correction is and how it is kept is `evals/harvest/`'s; here it is shown, accepted and told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.doors.cli import evals as evaluating
from agent.doors.cli import opening, options
from agent.doors.cli.output import put, put_json, say
from agent.errors import Misuse
from agent.wording.texts import count, cut, listed, one_line

if TYPE_CHECKING:
    from evals.harvest.finding import Found
    from evals.harvest.impact import Impact, Impacts
    from evals.running.runs import Run

DATASET = "corrections"

Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="ID", help="Make it a case, as C-12:1. Repeatable."),
]
Refuse = Annotated[
    list[str] | None,
    typer.Option("--refuse", metavar="ID", help="It is no case, and is not asked about again. Repeatable."),
]
Against = Annotated[
    str, typer.Option("--against", metavar="P", help="The prompts before; without it the shipped ones.")
]
Changed = Annotated[
    str, typer.Option("--prompts", metavar="P", help="The changed prompts: a folder, or a git revision.")
]
Runs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[A B]", help="Two runs of corrections that are kept, for a change of anything else."
    ),
]


def harvest(
    accept: Accept = None, refuse: Refuse = None, as_whom: options.As = None, as_json: options.Json = False
) -> None:
    """Show what people corrected, and make cases of what you accept.

    Each is shown as it would be kept: the words of then, with what is private taken out. Read it before you
    accept it. Cases stay in the home.

    \b
    triage eval harvest
    triage eval harvest --accept C-12:1 --accept C-15:2 --refuse C-16:1
    """
    settings = opening.settings()
    from agent.wiring import clock
    from evals.harvest.kept import Kept, choose
    from evals.stores import read

    kept = Kept(settings.home / "evals")
    there = read(settings, lambda tx: kept.open(tx, settings))
    if not accept and not refuse:
        return _show(there, as_json=as_json)
    who = settings.person_named(as_whom or settings.person).id
    chosen, refused = choose(there, accept or ()), choose(there, refuse or ())
    if refused:
        kept.refuse(refused, who, clock())
    if chosen:
        read(settings, lambda tx: kept.accept(tx, chosen, who, clock()))
    cases = sum("accepted" in line for line in kept.lines())
    say(f"{count(cases, 'correction')} kept as cases. Next: triage eval impact --prompts P")
    return None


def impact(
    runs: Runs = None,
    prompts: Changed = "",
    against: Against = "",
    engine: evaluating.Engine = "embedded",
    model: evaluating.Model = "",
    script: evaluating.Script = None,
    recordings: evaluating.Recorded = None,
    repeat: evaluating.Repeat = 1,
    at_once: evaluating.AtOnce = evaluating.AT_ONCE,
    as_json: options.Json = False,
) -> None:
    """Say which past corrections a change fixes, and which it breaks: of prompts, or between two runs of anything.

    Ends with 1 where something is broken that was right, or has no answer. Cases are what harvest made.

    \b
    triage eval impact --prompts my-prompts
    triage eval impact --prompts my-branch --against main --engine claude
    triage eval impact before after
    """
    if bool(prompts) == bool(runs) or len(runs or (1, 1)) != 2:
        raise Misuse(
            "What was changed? Either --prompts P, or two runs: triage eval run corrections --name N"
        )
    with evaluating.open_bench() as bench:
        from evals.evaluating import read_run
        from evals.harvest.impact import impacts

        def tried(named: str) -> Run:
            wanted = evaluating.wanted_of(bench, engine, named, model, script, recordings)
            return evaluating.ran(bench, [DATASET], wanted, repeat, "", at_once)

        both = [read_run(bench, name) for name in runs] if runs else [tried(against), tried(prompts)]
        found = impacts(*both)
    if as_json:
        put_json(_line(found))
    else:
        _print(found, *(runs or (against or "prompts", prompts)))
    say(f"Next: triage eval report {both[1].name} --against {both[0].name}")
    for failed in found.errors:
        say(f"{failed.case}: no answer: {one_line(failed.error)}")
    if found.unanswered:
        say(f"{count(found.unanswered, 'Case')} not tried yet in one of them: the same run again goes on")
    if found.is_red:
        raise typer.Exit(1)


def _show(there: Sequence[Found], *, as_json: bool) -> None:
    if as_json:
        for each in there:
            put_json({**each.line, "notes": each.notes})
        return
    for each in there:
        put("\n".join(_told(each)))
        put("")
    then = (
        "Next: triage eval harvest --accept ID" if there else "They come from Verdicts that correct a field."
    )
    say(f"{count(len(there), 'correction')} wait to be accepted. {then}")


def _told(each: Found) -> Iterator[str]:
    line: Any = each.line
    erred, wanted = line["erred"], line["expected"]
    at = datetime.fromisoformat(line["decided"]["at"])
    made = f"{erred['model'] or erred['engine']}, prompts {erred['prompt'][:7]}"
    yield f"{each.id} · {line['decided']['by']}, {at:%Y-%m-%d} · {made}"
    for field in wanted["corrected"]:
        yield f"  {field}: {line['said'][field]} was proposed, it is {wanted[field]}"
    stays = [
        f"{name} {value}" for name, value in wanted.items() if name not in ("corrected", *wanted["corrected"])
    ]
    if stays:
        yield f"  let stand: {listed(stays)}"
    yield from (f"  note: {note}" for note in each.notes)
    for said in line["input"]["said"]:
        words = f"{said['title']}\n{said['text']}".strip()
        yield from (f"  | {row}" for row in words.splitlines())


def _print(found: Impacts, before: str, after: str) -> None:
    put(found.sentence())
    put(f"A is {before}, B is {after}")
    print_fields(found)


def print_fields(found: Impacts, most: int | None = None) -> None:
    """Print each field that is not right in both, with both answers; of each effect at most so many."""
    from evals.harvest.impact import Effect

    for effect in (Effect.BREAKS, Effect.FIXES, Effect.STILL_WRONG):
        fields = found.of(effect)
        for each in fields[:most]:
            put(_of_field(each))
        if left := len(fields[most:]) if most else 0:
            put(f"{effect.value}: {left} more, with --json")


def _of_field(each: Impact) -> str:
    how = "a person said" if each.is_corrected else "a person let stand"
    said = f"A {each.before}, B {each.after}, {how} {each.wanted}"
    opening = f" · {cut(each.opening)}" if each.opening else ""
    return f"{each.effect.value} {each.case} {each.field}: {said}{opening}"


def _line(found: Impacts) -> dict[str, object]:
    return {
        "sentence": found.sentence(),
        "red": found.is_red,
        "cases": found.cases,
        "fields": found.fields,
        "errors": [{"case": each.case, "error": each.error} for each in found.errors],
    }
