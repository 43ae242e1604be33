"""What there is of a person who asks to be forgotten, and what of it is beyond our reach."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """Everything that a store has of a Contact. Names are as places call them; `alias` takes their place."""

    contact: str
    alias: str
    names: tuple[str, ...]
    ids: tuple[str, ...]  #: of those whose name is the one that was asked for
    messages: int
    cases: tuple[str, ...]  #: their own: all words of it go
    #: Others', in which they wrote or whose answer rests on their Issue: their words go, and what was made of them.
    beside: tuple[str, ...]
    issues: tuple[str, ...]  #: that they wrote, or that were filed of theirs, as far as they are kept here
    mentioned: int  #: Messages of others that hold the name; they are others' words, and stay
    called: tuple[str, ...] = ()  #: how places call them, where a name is an id
    leaving: tuple[str, ...] = ()  #: Cases with something on its way out
    left: tuple[str, ...] = ()  #: links to what stands at places outside


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """What was removed, and what a person has to do elsewhere."""

    traces: Traces
    lines: int = 0  #: of the outbox file, whose texts were blanked
    cases_kept: int = 0  #: evaluation cases of the home that were deleted
    set_aside: tuple[str, ...] = ()  #: folders with an earlier state of the home, which are not looked into
