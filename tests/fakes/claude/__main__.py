"""The stand-in as a process of its own: `python -m tests.fakes.claude --port 0`. Prints its address, serves until killed.

`--script MODULE:NAME` names a mapping of schema titles to scripts; `--obeys` makes it do what texts tell it,
`--seconds` makes it take its time.
"""

import argparse
import importlib
import threading

from tests.fakes.claude import standing


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", default="")
    parser.add_argument("--seconds", type=float, default=0.0, help="before each answer")
    parser.add_argument("--obeys", action="store_true")
    given = parser.parse_args()
    with standing(given.port) as claude:
        claude.obeys, claude.seconds = given.obeys, given.seconds
        if given.script:
            module, _, name = given.script.partition(":")
            claude.script = dict(getattr(importlib.import_module(module), name))
        print(claude.address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
