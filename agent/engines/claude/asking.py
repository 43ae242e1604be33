"""How the engine asks: the seam between what is asked and how it gets there. Nothing is called here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from agent.domain.made import Made

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """Something that a model may look up while it answers; read-only."""

    name: str
    description: str
    input: type[BaseModel]
    run: Callable[[Any], str]  #: takes the checked input; what it returns is shown as data


@dataclass(frozen=True, slots=True)
class Answered(Generic[A]):
    """An answer of the wanted shape, and what it took."""

    value: A
    made: Made


def no_faults(_: object) -> Iterable[str]:
    """Find nothing wrong with an answer that has the right shape."""
    return ()


class Asks(Protocol):
    """Puts one question of `prompts/` to a model and brings back an answer of the wanted shape."""

    def ask(
        self,
        prompt: str,
        inputs: Mapping[str, object],
        answer: type[A],
        *,
        case: str = "",
        source: str = "",
        tools: Sequence[Tool] = (),
        most_uses: int = 0,
        check: Callable[[A], Iterable[str]] = no_faults,
    ) -> Answered[A]:
        """Return the answer; raises EngineFailed where there is none that can be used.

        `check` says what is wrong with an answer that has the right shape (an id that was not shown).
        A fault of shape or of `check` is told to the model once. `tools` are run at most `most_uses`
        times; what is asked for beyond that is refused and the model has to answer. `case` and
        `source` are for the ledger.
        """
