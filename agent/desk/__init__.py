"""The one stable front: what the doors and most tests talk to.

`receiving` takes Messages in, `answering` takes Verdicts, `checking` says what a person has to vouch for,
`owning` is about who has a Case, `minding` does what needs no Verdict, `forgetting` removes a Contact,
`looking` reads lists and pages, `operating` says how the whole house stands.
All of it needs the store alone: no index, engine or graph is loaded here.
"""

from agent.desk.answering import Answering
from agent.desk.checking import Checking
from agent.desk.forgetting import Forgetting
from agent.desk.minding import Choice, Minding
from agent.desk.operating import Operating
from agent.desk.owning import Owning
from agent.desk.receiving import Receiving


class Desk(Receiving, Answering, Checking, Owning, Minding, Forgetting, Operating):
    """Receive, decide, look up."""


__all__ = ["Choice", "Desk"]
