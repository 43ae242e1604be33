"""Runs a command that ends with the process that started it: `python -m tests.chaos.leash COMMAND …`.

Whatever ends a test, its own kill -9 too, nothing that it started goes on. Linux alone.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(command: list[str]) -> None:
    """Ask for a SIGKILL at the starter's end, then become the command."""
    started_by = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == started_by:  # else it is gone already, and nobody would end this one
        os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
