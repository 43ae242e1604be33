"""`triage index`: Issues from files into the index, here or in the process that holds the home."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from agent.domain.issues import Issue
from agent.domain.views import IndexReport, Run
from agent.doors.cli import opening, options
from agent.doors.cli.bringing import Bringing
from agent.doors.cli.output import bar, put, put_json, say
from agent.doors.cli.reading import issue_from
from agent.errors import Misuse
from agent.ports import Progress
from agent.wording.texts import count

if TYPE_CHECKING:
    from agent.house import House

Files = Annotated[
    list[str] | None, typer.Argument(metavar="[FILE.jsonl]…", help="Issue lines; - for standard input.")
]
Rebuild = Annotated[
    bool, typer.Option("--rebuild", help="Build the index anew from the store; keeps every known vector.")
]


def index(files: Files = None, rebuild: Rebuild = False, as_json: options.Json = False) -> None:
    """Put Issues into the index.

    What has not changed is not embedded again.

    \b
    triage index issues.jsonl
    gh issue list --json … | triage index -
    """
    settings = opening.settings()
    if not (files or rebuild):
        raise Misuse("Give a file of Issue lines: triage index issues.jsonl")
    brought = Bringing(files or (), issue_from)
    with opening.house_or_runner(settings, "triage index") as found, bar("Embedding Issues") as progress:
        report = _add(found, _issues(brought), progress, rebuild=rebuild)
    if as_json:
        put_json({**_counts(report), "skipped": brought.skipped})
    else:
        put(_sentence(report, brought.skipped))
    say('Next: triage try "what somebody wrote" --source github:owner/repo')
    brought.end()


def _add(found: "House | Run", issues: Iterator[Issue], progress: Progress, *, rebuild: bool) -> IndexReport:
    """Add the Issues in this process, or in the one that holds the home."""
    if not isinstance(found, Run):
        again = found.rebuild(progress) if rebuild else 0
        report = found.add_issues(issues, progress)
        return replace(report, embedded=report.embedded + again)
    from agent.doors.handover import remote_index

    if rebuild:
        raise Misuse(f"Stop `triage run` (process {found.pid}) first: it uses the index that is built anew.")
    say(f"`triage run` (process {found.pid}) holds the home and does it.")
    return remote_index(asdict(found), issues, progress)


def _issues(brought: Bringing[Issue]) -> Iterator[Issue]:
    """Give the Issues, and say where one stands twice with other content: the later one counts."""
    seen: dict[str, bytes] = {}
    for each in brought:
        issue = each.parsed.record
        content = hashlib.blake2b(repr(issue).encode(), digest_size=8).digest()
        if seen.setdefault(issue.id, content) != content:
            say(f"{each.where}: {issue.id} stood before with other content; this one counts")
            seen[issue.id] = content
        yield issue


def _counts(report: IndexReport) -> dict[str, object]:
    names = ("read", "new", "changed", "embedded", "seconds")
    return {name: getattr(report, name) for name in names}


def _sentence(report: IndexReport, skipped: int) -> str:
    return (
        f"{count(report.read, 'Issue')} read: {report.new:,} new, {report.changed:,} changed, "
        f"{report.embedded:,} embedded, {skipped:,} skipped, in {report.seconds:.1f} s."
    )
