"""A stand-in for GitHub: a real HTTP server on this machine, REST and GraphQL, with state and faults.

with standing() as hub:
    here = hub.repository("example/millrace")
    here.file("It hangs", labels=("bug",))
    … the product talks to hub.address with TOKEN …
    assert [call.template for call in hub.writes] == [...]
"""

from tests.fakes.github.hub import TOKEN, Call, Hub
from tests.fakes.github.serving import standing

__all__ = ["TOKEN", "Call", "Hub", "standing"]
