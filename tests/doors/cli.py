"""Runs the terminal's commands in this process, on a home of the test's own."""

import json
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from typer.testing import CliRunner, Result

from agent.domain.proposals import Claim, Draft
from agent.domain.reports import Brief
from agent.doors.cli.app import app
from tests.builders import ONE, REPOSITORY, World, message, world
from tests.fakes.engine import ScriptedEngine

SIGNED_IN = {"TRIAGE_PERSON": ONE}


def environment(home: Path, **more: str) -> dict[str, str | None]:
    """Return what a command reads of the environment."""
    absent = (
        *("DATABASE_URL", "CHROMA_URL", "TRIAGE_PERSON", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
        *(
            "GITHUB_TOKEN",
            "GITHUB_APP_ID",
            "GITHUB_APP_PRIVATE_KEY",
            "GITHUB_API_URL",
            "GITHUB_WEBHOOK_SECRET",
        ),
    )
    plain: dict[str, str | None] = dict.fromkeys(absent)
    here = {"TRIAGE_HOME": str(home), "TRIAGE_CONFIG": str(REPOSITORY / "config"), "COLUMNS": "140"}
    return {**plain, **here, "NO_COLOR": "1", **more}


@dataclass
class Terminal:
    """A person in front of a home; `person` is who is signed in."""

    home: Path
    person: str | None = ONE

    def run(self, *words: str, stdin: bytes | None = None, **more: str) -> Result:
        """Run one command."""
        who = {"TRIAGE_PERSON": self.person} if self.person else {}
        return CliRunner().invoke(app, list(words), input=stdin, env=environment(self.home, **who, **more))

    def lines(self, *words: str, stdin: bytes | None = None) -> list[dict[str, object]]:
        """Run a command that must end well, and return its JSON lines."""
        result = self.run(*words, stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]


class Unsourced(ScriptedEngine):
    """Says a sentence in each reply that rests on nothing."""

    def draft(self, brief: Brief) -> Draft:
        said = super().draft(brief)
        claim = Claim(text="The limit is 8192.")
        return replace(said, text=f"{said.text} {claim.text}", claims=(*said.claims, claim))


def triaged(home: Path, texts: Sequence[str], engine: ScriptedEngine | None = None) -> None:
    """Receive and triage messages in the home, and leave."""
    with working(home, engine) as house:
        house.house.desk.receive([message(text, id=f"m-{at}") for at, text in enumerate(texts, start=1)])
        house.house.drain()


@contextmanager
def working(home: Path, engine: ScriptedEngine | None = None):  # type: ignore[no-untyped-def]
    """Open the house of a home with a scripted engine."""
    with world(home, engine) as opened:
        found: World = opened
        yield found
