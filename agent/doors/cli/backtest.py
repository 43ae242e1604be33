"""`triage backtest`: the team's own closed Issues as if new, before anything is switched on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.doors.cli import evals as evaluating
from agent.doors.cli import evals_reported as reported
from agent.doors.cli import options
from agent.doors.cli.output import put, put_json, say
from agent.errors import Misuse
from agent.wording.texts import count

if TYPE_CHECKING:
    from evals.backtest.results import Results, Share

Since = Annotated[
    str, typer.Option("--since", metavar="DAY", help="Issues written from this day on, as 2026-01-31.")
]
Project = Annotated[
    str,
    typer.Option(
        "--project", metavar="P", help="Whose Issues, as owner/repo; the only one, if there is one."
    ),
]
Most = Annotated[int, typer.Option("--most", min=0, metavar="N", help="The newest N of them; 0 is all.")]
Out = Annotated[Path, typer.Option("-o", "--out", metavar="F", help="The report.")]


def backtest(
    since: Since,
    project: Project = "",
    most: Most = 0,
    out: Out = Path("backtest.html"),
    engine: evaluating.Engine = "embedded",
    prompts: evaluating.PromptSet = "",
    model: evaluating.Model = "",
    at_once: evaluating.AtOnce = evaluating.AT_ONCE,
    as_json: options.Json = False,
) -> None:
    """Try your own closed Issues as if new, and compare with what the team made of them.

    Only Issues older than each are searched. Nothing is sent, nothing is changed. Stopped, the same again goes on.

    \b
    triage backtest --since 2026-01-31
    triage backtest --since 2026-01-31 --engine claude --most 50 -o backtest.html
    """
    began = _moment(since)
    with evaluating.open_bench() as own:
        from evals.backtest.dataset import Past, prepare, project_of
        from evals.backtest.results import results
        from evals.report.page import past_page

        chosen = project_of(own.settings, project)
        bench, name = prepare(own.settings, Past(project=chosen, since=began, most=most), own.watch)
        wanted = evaluating.wanted_of(bench, engine, prompts, model, None, None)
        done = evaluating.ran(bench, [name], wanted, 1, "", at_once)
        found = results(done)
        judged = reported.judged(done, None, None, evaluating.sheets_of(bench, done))
        reported.write_file(out, past_page(judged, found))
    if as_json:
        put_json(_line(found, done.name))
    else:
        _print(found)
    say(f"{out}: the report. It quotes your Issues, and is as private as they are.")
    if found.errors:
        say(f"{count(found.errors, 'Issue')} had an error; the same again tries them and asks nothing else.")
        raise typer.Exit(1)


def _moment(day: str) -> datetime:
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise Misuse(f"--since: {day!r} is no day, as 2026-01-31.") from error


def _print(found: Results) -> None:
    from evals.backtest.results import sentence

    put(sentence(found))
    put(f"recall {_share(found.recall)}")
    put(f"the right one stood first {_share(found.first)}")
    put(f"precision {_share(found.precision)}")
    put(_against(found))
    put(f"{count(found.tried, 'Issue')} in {found.minutes:.1f} minutes for {found.cents:.2f} ¢")


def _against(found: Results) -> str:
    if not found.rated:
        return "no Issue has a priority's label of tracker.yaml: nothing to hold against the rubric"
    against = f"{len(found.contradictions):,} of {count(found.rated, 'priority', 'priorities')}"
    return f"{against} of the team are not what the rubric says; it is higher for {found.higher:,}"


def _share(share: Share) -> str:
    if share.interval is None:
        return "not known: there are none"
    value, low, high = share.interval
    return f"{value:.2f} ({low:.2f} to {high:.2f}), {share.hits} of {share.of}"


def _line(found: Results, run: str) -> dict[str, object]:
    return {
        "run": run,
        "tried": found.tried,
        "errors": found.errors,
        "marked": found.marked,
        "recall": found.recall,
        "stood_first": found.first,
        "precision": found.precision,
        "rated": found.rated,
        "contradictions": len(found.contradictions),
        "rubric_higher": found.higher,
        "minutes": found.minutes,
        "cents": found.cents,
    }
