"""`triage eval run`, `list`, `compare`, `gate`, `bless` and `report`: is a change of a prompt, a rubric or a model better?

What a run, a comparison and a baseline are is `evals/`'s; here they are asked for and told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.doors.cli import evals_reported as reported
from agent.doors.cli import evals_told as told
from agent.doors.cli import opening, options
from agent.doors.cli.evaluate import RECORDINGS
from agent.doors.cli.output import bar, put, put_json, say
from agent.errors import Misuse
from agent.wording.texts import count

if TYPE_CHECKING:
    from agent.ports import Progress
    from evals.comparing import Comparison, Sheets
    from evals.running.runs import Run
    from evals.setups import Bench, Wanted

AT_ONCE = 4

Datasets = Annotated[list[str], typer.Argument(metavar="DATASET...", help="See: triage eval list")]
SomeDatasets = Annotated[
    list[str] | None, typer.Argument(metavar="[DATASET]...", help="Without one, all that were blessed.")
]
Engine = Annotated[str, typer.Option("--engine", metavar="E", help="embedded, claude, scripted or replay.")]
PromptSet = Annotated[
    str,
    typer.Option("--prompts", metavar="P", help="A folder, or a git revision; without it the shipped ones."),
]
Model = Annotated[
    str, typer.Option("--model", metavar="M", help="One model of config/models.yaml for every question.")
]
Script = Annotated[
    Path | None, typer.Option("--script", metavar="F", help="The rules that a scripted engine follows.")
]
Recorded = Annotated[
    Path | None,
    typer.Option(
        "--recordings",
        metavar="F",
        help=f"Replies: Claude's are added, replay reads them, without it from {RECORDINGS} of the home.",
    ),
]
Repeat = Annotated[
    int, typer.Option("--repeat", min=1, max=100, help="How often each case, for models that vary.")
]
JudgedBy = Annotated[
    str,
    typer.Option(
        "--judge", metavar="E", help="Who grades drafts: claude, scripted or replay; without it nobody."
    ),
]
Name = Annotated[str, typer.Option("--name", metavar="N", help="What the run is called.")]
AtOnce = Annotated[int, typer.Option("--at-once", min=1, max=64, help="Cases under way at a time.")]
Baseline = Annotated[Path, typer.Option("--baseline", metavar="F", help="What was blessed.")]
BASELINE = Path("evals/baseline.json")
REPORT = Path("report.html")


def run(
    datasets: Datasets,
    engine: Engine = "embedded",
    prompts: PromptSet = "",
    model: Model = "",
    script: Script = None,
    recordings: Recorded = None,
    repeat: Repeat = 1,
    judge: JudgedBy = "",
    name: Name = "",
    at_once: AtOnce = AT_ONCE,
    as_json: options.Json = False,
) -> None:
    """Try datasets, and print what came of it.

    Stopped or killed, the same again goes on where it was; what was answered is not asked again. Nothing leaves
    but what an engine with a key asks.

    \b
    triage eval run draft injection secrets
    triage eval run journey --engine claude --prompts main
    """
    with open_bench() as bench:
        wanted = wanted_of(bench, engine, prompts, model, script, recordings, judge)
        done = ran(bench, datasets, wanted, repeat, name, at_once)
        sheets = sheets_of(bench, done)
        if as_json:
            for line in told.run_lines(done, sheets):
                put_json(line)
        else:
            told.print_run(done, sheets)
        say(f"Kept as {done.name}. Next: triage eval compare RUN {done.name}")
        _end_badly_if(told.faults_of(done, sheets))


def list_(as_json: options.Json = False) -> None:
    """List the datasets and the runs that are kept.

    \b
    triage eval list
    """
    with open_bench() as bench:
        from evals.evaluating import all_runs

        sheets = [bench.shelf.sheet(name) for name in bench.shelf.names()]
        there = {
            sheet.name: len(bench.shelf.cases(sheet)) if bench.shelf.is_there(sheet) else None
            for sheet in sheets
        }
        runs = all_runs(bench)
    if as_json:
        for line in told.list_lines(sheets, there, runs):
            put_json(line)
    else:
        told.print_list(sheets, there, runs)


def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="The run before.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The run after.")],
    as_json: options.Json = False,
) -> None:
    """Say whether run B is better or worse than run A, and on which cases.

    \b
    triage eval compare journey-embedded-3f9a12c journey-embedded-77c01be
    """
    with open_bench() as bench:
        from evals.comparing import compared
        from evals.evaluating import read_run

        one, other = read_run(bench, before), read_run(bench, after)
        found = compared(one, other, sheets_of(bench, one, other))
    _tell(found, one.name, other.name, as_json=as_json)


def gate(
    datasets: SomeDatasets = None,
    baseline: Baseline = BASELINE,
    engine: Engine = "",
    prompts: PromptSet = "",
    model: Model = "",
    script: Script = None,
    recordings: Recorded = None,
    judge: JudgedBy = "",
    repeat: Repeat = 1,
    at_once: AtOnce = AT_ONCE,
    comment: reported.Comment = None,
    report_to: reported.Report = None,
    as_json: options.Json = False,
) -> None:
    """Run what was blessed again, and end badly where it is worse or something happened that must never happen.

    Without --engine it is the one that was blessed. What a dataset needs and is not here is said, and is not green.

    \b
    triage eval gate
    triage eval gate --baseline evals/baseline.json --prompts my-prompts
    triage eval gate --comment comment.md --report report.html
    """
    with open_bench() as bench:
        from evals.baseline import read_baseline
        from evals.comparing import compared

        blessed = read_baseline(baseline)
        chosen = _chosen(bench, datasets, blessed.run)
        asked = engine or blessed.run.setup.engine
        wanted = wanted_of(bench, asked, prompts, model, script, recordings, judge)
        done = ran(bench, chosen, wanted, repeat, "", at_once)
        before, sheets = told.only(blessed.run, chosen), sheets_of(bench, done)
        found = compared(before, done, sheets)
        _refuse_silence(bench, chosen, found)
        reported.write(reported.judged(done, before, found, sheets), report_to, comment)
    _tell(found, f"{baseline} of {blessed.at}", done.name, as_json=as_json)
    _end_badly_if(told.gate_faults(found))


def bless(
    name: Annotated[str, typer.Argument(metavar="RUN", help="The run that others are held against.")],
    baseline: Baseline = BASELINE,
) -> None:
    """Make a run the baseline that the gate holds changes against.

    Refused while anything here is not committed, and for a run with errors or of other code.

    \b
    triage eval bless journey+draft-embedded-3f9a12c
    """
    with open_bench() as bench:
        from agent.wiring import clock
        from evals import baseline as blessing
        from evals.evaluating import read_run

        done = read_run(bench, name)
        today = f"{clock():%Y-%m-%d}"
        blessing.bless(done, sheets_of(bench, done), baseline, today, Path.cwd())
    say(f"{baseline} is {done.name} now. Next: commit it.")


def report(
    name: Annotated[str, typer.Argument(metavar="RUN", help="The run to report.")],
    against: Annotated[str, typer.Option("--against", metavar="RUN", help="The run before it.")] = "",
    out: Annotated[Path, typer.Option("-o", "--out", metavar="F", help="The file.")] = REPORT,
) -> None:
    """Write a run, or its comparison with another, as one HTML file that needs no network.

    It quotes the cases: it is as private as they are.

    \b
    triage eval report journey-embedded-77c01be -o report.html
    triage eval report journey-embedded-77c01be --against journey-embedded-3f9a12c
    """
    with open_bench() as bench:
        from evals.comparing import compared
        from evals.evaluating import read_run

        done = read_run(bench, name)
        before = read_run(bench, against) if against else None
        sheets = sheets_of(bench, done)
        found = compared(before, done, sheets) if before else None
        reported.write(reported.judged(done, before, found, sheets), out, None)


@contextmanager
def open_bench() -> Iterator[Bench]:
    """Open where measuring happens; what an index takes is shown."""
    from evals.datasets import shelf_of
    from evals.setups import Bench

    settings = opening.settings()
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    opening.log(settings)
    with ExitStack() as bars:

        def watch(index: str) -> Progress:
            return bars.enter_context(bar(f"Embedding Issues of {index}"))

        yield Bench(settings=settings, shelf=shelf_of(settings), watch=watch)


def wanted_of(
    bench: Bench,
    engine: str,
    prompts: str,
    model: str,
    script: Path | None,
    recordings: Path | None,
    judge: str = "",
) -> Wanted:
    """Return what is to be measured. Raises Misuse for an engine that is none."""
    from evals.setups import EngineName, Wanted

    for option, given in (("--engine", engine), ("--judge", judge or engine)):
        if given not in tuple(EngineName):
            raise Misuse(f"{option} {given}: is none of {', '.join(EngineName)}.")
    files = {
        EngineName.CLAUDE: recordings,
        EngineName.SCRIPTED: script,
        EngineName.REPLAY: recordings or bench.settings.home / RECORDINGS,
    }
    named, judges = EngineName(engine), EngineName(judge) if judge else None
    return Wanted(
        engine=named,
        prompts=prompts,
        model=model,
        file=files.get(named),
        judge=judges,
        judge_file=files.get(judges) if judges else None,
    )


def ran(bench: Bench, datasets: Sequence[str], wanted: Wanted, repeat: int, name: str, at_once: int) -> Run:
    """Run datasets, with a bar."""
    from evals.evaluating import Request, evaluate

    asked = Request(datasets=datasets, wanted=wanted, repeats=repeat, name=name, at_once=at_once)
    with bar("Trying cases") as progress:
        return evaluate(bench, asked, progress)


def sheets_of(bench: Bench, *runs: Run) -> Sheets:
    """Return the datasheet of every dataset of some runs; a judge that may not vote has no vote, which is said."""
    from evals.agreement import entitled

    found = [
        entitled(bench.shelf.sheet(name), run.setup, bench.shelf.folders)
        for run in runs
        for name in run.datasets
    ]
    for why in dict.fromkeys(why for _, why in found if why):
        say(why)
    # One run whose judge may not vote is enough: both are compared by the same metrics.
    return {sheet.name: sheet for sheet, _ in sorted(found, key=lambda each: bool(each[1]))}


def _chosen(bench: Bench, named: Sequence[str] | None, blessed: Run) -> list[str]:
    """Return which datasets the gate runs. Raises Misuse for one that was not blessed, or is not here."""
    if strange := [name for name in named or () if name not in blessed.datasets]:
        raise Misuse(f"{strange[0]} was not blessed. Blessed are: {', '.join(blessed.datasets)}")
    chosen = list(named or blessed.datasets)
    if away := [name for name in chosen if not bench.shelf.is_there(bench.shelf.sheet(name))]:
        here = [name for name in chosen if name not in away]
        what = f"{', '.join(away)}: what it reads is not here, so nothing was gated. Set TRIAGE_DATA"
        raise Misuse(
            f"{what}, or gate what is here: triage eval gate {' '.join(here)}" if here else f"{what}."
        )
    return chosen


def _refuse_silence(bench: Bench, chosen: Sequence[str], found: Comparison) -> None:
    """Raise Misuse where a dataset that should vote has nothing to vote with: no vote is not green."""
    voting = {finding.metric for finding in found.findings if finding.gates}
    answered = {failed.case.partition(":")[0] for failed in found.errors}
    for name in chosen:
        vote = bench.shelf.sheet(name).vote
        if vote and f"{name} {vote}" not in voting and name not in answered:
            raise Misuse(
                f"{name} votes by {vote!r}, and both runs share no case that has it, so nothing was gated."
            )


def _tell(found: Comparison, before: str, after: str, *, as_json: bool) -> None:
    if as_json:
        put_json(
            {"sentence": found.sentence(), "verdict": found.verdict, "red": found.is_red, **asdict(found)}
        )
    else:
        put(found.sentence())
        told.print_comparison(found, before, after)


def _end_badly_if(faults: Sequence[str]) -> None:
    for fault in faults[: told.MOST]:
        say(fault)
    if len(faults) > told.MOST:
        say(f"and {count(len(faults) - told.MOST, 'more fault')}")
    if faults:
        raise typer.Exit(1)
