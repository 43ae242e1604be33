"""Several at once: what writers of several processes do to each other."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

#: Seconds that something which must wait is watched while it waits.
WHILE = 0.3
#: Seconds until what goes on must have ended.
ENDS = 30.0


def at_once(threads: ThreadPoolExecutor, acts: Sequence[Callable[[], object]]) -> list[object]:
    """Do all of it at once, begun together; return what each gave."""
    together = threading.Barrier(len(acts))

    def begin(act: Callable[[], object]) -> object:
        together.wait()
        return act()

    return [each.result(ENDS) for each in [threads.submit(begin, act) for act in acts]]


def waits(result: "Future[object]") -> bool:
    """Tell whether it is not done yet, after a while."""
    try:
        result.result(WHILE)
    except TimeoutError:
        return True
    return False
