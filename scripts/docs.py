"""Writes the generated parts of the documents anew; `tests/test_documents.py` says when they are stale.

Run by `make docs`. What a person wrote between the marks is replaced.
"""

import re
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
GRAPH = REPOSITORY / "ARCHITECTURE.md"
COMMANDS = REPOSITORY / "docs" / "commands.md"
OPERATE = REPOSITORY / "docs" / "operate.md"
ALERTS = REPOSITORY / "deploy" / "alerts.yaml"
#: Wide enough that no option is cut.
COLUMNS = "100"


def picture() -> str:
    """Return the graph of the journey as mermaid, drawn from the code."""
    from agent.triage.graph import build
    from agent.triage.nodes import Nodes

    nodes = Nodes(None, None, None, None)  # type: ignore[arg-type]  # drawing calls no node
    return f"```mermaid\n{build(nodes, None).get_graph().draw_mermaid().strip()}\n```"


def commands() -> str:
    """Return the help of every command, as the terminal prints it."""
    from typer.main import get_command
    from typer.testing import CliRunner

    from agent.doors.cli.app import app

    def helped(*words: str) -> str:
        shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": COLUMNS, "NO_COLOR": "1"}).stdout
        return "\n".join(line.rstrip() for line in shown.strip().splitlines())

    parts = [
        f"## triage {' '.join(words)}\n\n```text\n{helped(*words)}\n```" for words in _verbs(get_command(app))
    ]
    head = "# The commands\n\nWritten by `make docs` from the commands themselves."
    return "\n\n".join([head, f"```text\n{helped()}\n```", *parts]) + "\n"


def figures() -> str:
    """Return the table of the figures at /metrics, from what each says of itself."""
    from datetime import UTC, datetime

    from agent.doors.health.metrics import NONE, families

    told = families(NONE, datetime(2026, 1, 1, tzinfo=UTC))
    lines = [
        f"| `{each.name}{'_total' * (each.type == 'counter')}` | {each.type} | {each.documentation} |"
        for each in told
    ]
    return "\n".join(["| name | kind | what |", "| --- | --- | --- |", *lines])


def alerts() -> str:
    """Return the table of the alert rules."""
    import yaml

    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    lines = ["| alert | when | what it means | what to do |", "| --- | --- | --- | --- |"]
    for rule in rules:
        when = f"`{rule['expr']}`".replace("|", "\\|") + (f" for {rule['for']}" if "for" in rule else "")
        told = rule["annotations"]
        lines.append(
            f"| {rule['alert']} ({rule['labels']['severity']}) | {when} | {told['means']} | {told['do']} |"
        )
    return "\n".join(lines)


def _verbs(group: Any) -> list[tuple[str, ...]]:
    """Return the words of every command, those of groups in their group's place."""
    found: list[tuple[str, ...]] = []
    for name, command in sorted(group.commands.items()):
        found.append((name,))
        found += [(name, *words) for words in _verbs(command)] if hasattr(command, "commands") else []
    return found


def between(text: str, mark: str, content: str) -> str:
    """Return the text with what stands between `<!-- mark` and `<!-- /mark -->` replaced."""
    pattern = rf"(<!-- {mark}[^>]*-->\n).*?(<!-- /{mark} -->)"
    return re.sub(pattern, lambda found: f"{found[1]}{content}\n{found[2]}", text, flags=re.DOTALL)


def main() -> None:
    """Write them all."""
    GRAPH.write_text(between(GRAPH.read_text(), "graph", picture()))
    COMMANDS.write_text(commands())
    OPERATE.write_text(between(between(OPERATE.read_text(), "figures", figures()), "alerts", alerts()))


if __name__ == "__main__":
    main()
