"""A stand-in for Claude: a real HTTP server on this machine that speaks the Messages API, strictly.

with standing() as claude:
    claude.script["Reading"] = lambda asked: {"type": "quick_fix", ...}
    claude.fails(OVERLOADED, times=2)
    … the product talks to claude.address with KEY …
    assert [call.status for call in claude.calls] == [529, 529, 200]

Whatever the SDK's own types refuse is told to the client in the API's error shape and kept in `claude.refused`,
which `standing()` raises when the test ends. An answer that nobody scripted is the dullest one that its schema
allows. Every answer here is *scripted*: none was ever recorded from a model.
"""

from tests.fakes.claude.faults import OVERLOADED, Fault
from tests.fakes.claude.serving import standing
from tests.fakes.claude.state import KEY, Asked, Claude, Reply

__all__ = ["KEY", "OVERLOADED", "Asked", "Claude", "Fault", "Reply", "standing"]
