"""The command `triage`: its verbs, its exit codes, and what a person is told when one fails.

Light to import: what a verb needs is loaded when it runs. A verb that is not built is not here.
"""

import logging
import sys
from importlib import metadata
from types import TracebackType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agent.doors.cli import (
    backtest,
    demo,
    doctor,
    evals,
    evaluate,
    forgetting,
    harvest,
    inbox,
    index,
    judge,
    keeping,
    operate,
    owning,
    receive,
    report,
    serve,
    shadow,
    show,
    slack,
    sync,
    trial,
    verdicts,
    worker,
)
from agent.doors.cli.opening import log_file
from agent.doors.cli.output import put, say
from agent.errors import TriageError
from agent.wording.texts import cut

INTERRUPTED = 130
DISTRIBUTION = "triage-agent"


class Front(TyperGroup):
    """Tells our errors in a sentence on stderr and ends with their exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a verb."""
        try:
            return super().invoke(ctx)
        except TriageError as error:
            say(str(error))
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            say("\nStopped. What was committed stays; run the same again to go on.")
            raise typer.Exit(INTERRUPTED) from error


app = typer.Typer(
    name="triage",
    cls=Front,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        try:
            number = metadata.version(DISTRIBUTION)
        except metadata.PackageNotFoundError:
            number = "(from source)"
        put(f"{DISTRIBUTION} {number}")
        raise typer.Exit


@app.callback()
def triage(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="TRIAGE_DEBUG", hidden=True, help="Show tracebacks.")
    ] = False,
) -> None:
    """Read what users write, find out whether it is known, draft the reply; a person approves.

    \b
    triage demo                 a sample team, from nothing to the inbox
    triage index issues.jsonl   your own Issues, or those of GitHub: triage sync
    triage try "what somebody wrote" --source github:owner/repo
    triage run                  the inbox, for real
    """
    if debug and not version:
        sys.excepthook = sys.__excepthook__


for verb, command in (
    ("demo", demo.demo),
    ("index", index.index),
    ("sync", sync.sync),
    ("receive", receive.receive),
    ("try", trial.try_),
    ("run", serve.run),
    ("worker", worker.worker),
    ("inbox", inbox.inbox),
    ("show", show.show),
    ("approve", verdicts.approve),
    ("edit", verdicts.edit),
    ("reject", verdicts.reject),
    ("snooze", verdicts.snooze),
    ("acknowledge", owning.acknowledge),
    ("take", owning.take),
    ("hand-over", owning.hand_over),
    ("ask", owning.ask),
    ("answered", owning.answered),
    ("pause", operate.pause),
    ("resume", operate.resume),
    ("shift", operate.shift),
    ("sources", operate.sources),
    ("backup", keeping.backup),
    ("restore", keeping.restore),
    ("forget", forgetting.forget),
    ("report", report.report),
    ("backtest", backtest.backtest),
    ("doctor", doctor.doctor),
):
    app.command(verb)(command)
for name, measuring in (
    ("run", evals.run),
    ("list", evals.list_),
    ("compare", evals.compare),
    ("gate", evals.gate),
    ("bless", evals.bless),
    ("report", evals.report),
    ("harvest", harvest.harvest),
    ("impact", harvest.impact),
    ("shadow", shadow.shadow),
    ("judge", judge.judge),
):
    evaluate.evaluations.command(name)(measuring)
app.add_typer(evaluate.evaluations, name="eval")
app.add_typer(slack.slack)


def main() -> None:
    """Run the command line of this process."""
    sys.excepthook = _unexpected
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a character gets its code, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    typer.main.get_command(app)(prog_name="triage")


def _unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell what nobody foresaw in a sentence; the log has the rest."""
    file = log_file()
    if file:
        logging.getLogger("triage").critical("unexpected", exc_info=(kind, error, trace))
    where = f"The log has the details: {file}" if file else "TRIAGE_DEBUG=1 shows the details"
    say(
        f"Something went wrong here: {kind.__name__}: {cut(str(error))} Nothing that was committed is lost. {where}"
    )
