"""The one stable front: what the doors and most tests talk to.

`receiving` takes Messages in, `answering` takes Verdicts, `looking` reads lists and pages. All
of it needs the store alone: no index, no engine, no graph is loaded here.
"""

from agent.desk.answering import Answering
from agent.desk.looking import Looking
from agent.desk.receiving import Receiving


class Desk(Receiving, Answering, Looking):
    """Receive, decide, look up."""


__all__ = ["Desk"]
