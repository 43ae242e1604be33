"""`triage forget`: a Contact, removed everywhere here; what stands elsewhere is listed for a person."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from agent.doors.cli import opening, options
from agent.doors.cli.output import ask, is_asked, put, say
from agent.errors import Misuse
from agent.wording.texts import count

if TYPE_CHECKING:
    from agent.domain.forgetting import Forgotten, Traces

Contact = Annotated[
    str, typer.Argument(metavar="CONTACT", help="A name or id, as the place has it.", show_default=False)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what there is, and remove nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]
AGREED = "forget"


def forget(contact: Contact, dry_run: DryRun = False, yes: Yes = False, as_: options.As = None) -> None:
    """Remove a Contact: messages, names, quotes, drafts, Issues here, index. It cannot be undone.

    That it was done, by whom and when stays; so do the numbers.

    \b
    triage forget user-4821 --dry-run
    triage forget user-4821
    """
    desk = opening.desk()
    person = opening.signed_in(desk, as_)
    found = desk.traces(contact)
    for line in _told(found):
        put(line)
    if dry_run:
        say("Nothing was removed. Next: triage forget without --dry-run")
        return
    if not yes and not is_asked():
        raise Misuse("Nothing was removed. Where nobody can be asked, say --yes.")
    if not yes and ask(f"This cannot be undone. Type {AGREED!r} to remove it:") != AGREED:
        say("Nothing was removed.")
        raise typer.Exit(1)
    done = desk.forget(contact, person.id)
    say(
        f"Removed. Where the name stood is {done.traces.alias} now; the index follows before its next search."
    )
    for line in _left(done):
        say(line)


def _told(found: "Traces") -> Iterator[str]:
    yield f"Written as {', '.join(found.names)}: {count(found.messages, 'Message')}"
    yield _listed("Cases of theirs, whose words all go", found.cases)
    yield _listed(
        "Cases of others that they wrote in or that rest on an Issue of theirs, judged again where open",
        found.beside,
    )
    yield _listed("Issues kept here", found.issues)


def _listed(what: str, each: tuple[str, ...]) -> str:
    return f"{what}: {', '.join(each) if each else 'none'}"


def _left(done: "Forgotten") -> Iterator[str]:
    """Yield what a person has to do where we cannot, or may not."""
    yield "Left to do by a person, as far as it is wanted:"
    found = done.traces
    for link in found.left:
        yield f"  {link}: what we or they wrote there; while it stands, a change there brings it back"
    if found.mentioned:
        yield f"  {count(found.mentioned, 'Message')} of others name them; these are the others' words, and stay"
    for folder in done.set_aside:
        yield f"  {folder}: the home as it was before a restore, with their words; delete it when it is not missed"
    yield "  what they wrote stands where they wrote it; backups and logs made before today hold it"
    yield "  recordings.jsonl of the home, if Claude's replies were recorded for evaluation"
