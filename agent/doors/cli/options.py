"""Options that several commands share, with the words of their help."""

from typing import Annotated

import typer

Case = Annotated[str, typer.Argument(help="The Case, like C-12.", show_default=False, metavar="CASE")]
As = Annotated[
    str | None,
    typer.Option("--as", help="Whose Verdict it is: an id, handle or address of team.yaml. [TRIAGE_PERSON]"),
]
Revision = Annotated[
    int | None,
    typer.Option("--revision", min=1, help="The revision that you saw; with it nothing is asked."),
]
KeepFlagged = Annotated[
    bool, typer.Option("--keep-flagged", help="You checked the sentences that rest on no source.")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="FIELD=VALUE", help="Correct type, priority, status, area or duplicate. Repeatable."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="JSON lines on stdout, and nothing else there.")]
Text = Annotated[str | None, typer.Argument(metavar="[TEXT]", help="One message.", show_default=False)]
File = Annotated[
    str | None,
    typer.Option("--file", metavar="F", help="Message lines: a .jsonl file, or - for standard input."),
]
Source = Annotated[
    str | None,
    typer.Option("--source", metavar="S", help="Where it was written, for those that do not say it."),
]
