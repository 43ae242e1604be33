"""Writes the generated parts of the documents anew; `tests/test_documents.py` says when they are stale.

Run by `make docs`. What a person wrote between the marks is replaced.
"""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
GRAPH = REPOSITORY / "ARCHITECTURE.md"


def picture() -> str:
    """Return the graph of the journey as mermaid, drawn from the code."""
    from agent.triage.graph import build
    from agent.triage.nodes import Nodes

    nodes = Nodes(None, None, None, None)  # type: ignore[arg-type]  # drawing calls no node
    return f"```mermaid\n{build(nodes, None).get_graph().draw_mermaid().strip()}\n```"


def between(text: str, mark: str, content: str) -> str:
    """Return the text with what stands between `<!-- mark` and `<!-- /mark -->` replaced."""
    pattern = rf"(<!-- {mark}[^>]*-->\n).*?(<!-- /{mark} -->)"
    return re.sub(pattern, lambda found: f"{found[1]}{content}\n{found[2]}", text, flags=re.DOTALL)


def main() -> None:
    """Write them all."""
    GRAPH.write_text(between(GRAPH.read_text(), "graph", picture()))


if __name__ == "__main__":
    main()
