"""`triage slack`: what is needed to connect Slack."""

from typing import Annotated

import typer

from agent.doors.cli.output import put, say

slack = typer.Typer(
    name="slack", no_args_is_help=True, rich_markup_mode=None, help="Connect Slack: the app and its manifest."
)

Http = Annotated[
    str,
    typer.Option("--http", metavar="URL", help="For requests to this https address in place of Socket Mode."),
]
Inbox = Annotated[
    str,
    typer.Option(
        "--inbox", metavar="URL", help="The inbox's https address, where people sign in with Slack."
    ),
]


@slack.command("manifest")
def manifest(http: Http = "", inbox: Inbox = "") -> None:
    """Print the manifest that a Slack app is made from.

    \b
    triage slack manifest
    triage slack manifest --http https://triage.example.com
    """
    from agent.doors.slack.manifest import manifest as written

    put(written(http=http, inbox=inbox).rstrip("\n"))
    say("Give it to Slack where an app is made: api.slack.com/apps, Create New App, From a manifest.")
