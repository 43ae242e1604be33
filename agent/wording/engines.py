"""How a person reads which engine made a Proposal, what it took, and why the embedded one stood in."""

from datetime import datetime, tzinfo

from agent.domain.made import StoodIn
from agent.domain.proposals import Provenance
from agent.domain.views import EngineHealth
from agent.errors import Failure
from agent.wording.texts import count
from agent.wording.times import clock

NAMES = {"claude": "Claude"}
_CENT = 10_000  # microdollars
_DOLLAR = 1_000_000
_HASH = 7  # characters of a hash that are shown
#: Outcomes of a call that say that the next one may fail the same way.
_TROUBLES = tuple(each for each in Failure if not each.is_of_one_question)


def cents(microdollars: int) -> str:
    """Say what something cost: "1.2 ¢", "0.04 ¢" for what is small."""
    return f"{microdollars / _CENT:.{1 if microdollars >= _CENT else 2}f} ¢"


def cost(microdollars: int) -> str:
    """Say what many calls cost: cents below a dollar, dollars from there on."""
    return cents(microdollars) if microdollars < _DOLLAR else dollars(microdollars)


def dollars(microdollars: int) -> str:
    """Say what a day may cost: "$5.00"."""
    return f"${microdollars / _DOLLAR:.2f}"


def maker(made: Provenance) -> str:
    """Name who wrote it, for a sentence: a model by its name, the embedded engine as such."""
    return made.model if made.engine in NAMES else f"the {made.engine or 'embedded'} engine"


def took(made: Provenance) -> str:
    """Say how long it took, and what it cost where it did: "4.1 s, 1.2 ¢"."""
    paid = f", {cents(made.microdollars)}" if made.microdollars else ""
    return f"{made.seconds:.1f} s{paid}"


def provenance(made: Provenance) -> str:
    """Say what made a Proposal: "claude-haiku-5-5, prompts 3f9a12c, policy 77c01be · 4.1 s, 1.2 ¢"."""
    hashes = f"prompts {made.prompt[:_HASH]}, policy {made.policy[:_HASH]}"
    return f"{made.model}, {hashes} · {took(made)}"


def stood_in(instead: StoodIn, now: datetime, zone: tzinfo) -> str:
    """Say why the embedded engine wrote it: "… Claude did not answer (overloaded, 3 tries until 10:33)"."""
    name = NAMES.get(instead.engine, instead.engine)
    asked = f", {count(instead.tries, 'try', 'tries')}" if instead.tries else ""
    until = (
        f"until {clock(instead.until, now, zone)}"
        if instead.tries
        else f"at {clock(instead.until, now, zone)}"
    )
    sep = " " if instead.tries else ", "
    return f"Written by the embedded engine: {name} did not answer ({instead.why}{asked}{sep}{until})"


def health(found: EngineHealth | None, now: datetime, zone: tzinfo) -> str:
    """Say what keeps Claude from answering, "" where nothing is known to, or where it is not meant to."""
    if found is None:
        return ""
    if found.is_over_cap:
        spent = f"{dollars(found.spent)} of {dollars(found.cap)}"
        return f"Claude is off until midnight UTC: {spent} are spent today; the embedded engine answers"
    last = found.last
    if last and last.outcome in _TROUBLES:
        return f"Claude did not answer at {clock(last.at, now, zone)}: {last.outcome}; the embedded engine answers"
    return ""
