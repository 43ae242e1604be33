"""What the stand-in knows: its script, what goes wrong next, and what it was asked."""

import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.claude.faults import Fault
from tests.fakes.faults import Planned, next_of

KEY = "sk-ant-stand-in"
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
#: Tokens are counted as characters by this: a stand-in has no tokenizer.
CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class Asked:
    """A request for a message, as it came over the wire."""

    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> Mapping[str, Any]:
        """The schema that the answer must have; {} where any text will do."""
        format = (self.body.get("output_config") or {}).get("format") or {}
        return format.get("schema", {})

    @property
    def wants(self) -> str:
        """The title of that schema: the name of the answer's model."""
        return str(self.schema.get("title", ""))

    @property
    def system(self) -> str:
        """All of the system prompt."""
        given = self.body.get("system") or ""
        return given if isinstance(given, str) else "\n".join(block["text"] for block in given)

    @property
    def user(self) -> str:
        """All that stands in user turns, results of tools included."""
        return "\n".join(_text(turn["content"]) for turn in self.body["messages"] if turn["role"] == "user")

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools that may be used now."""
        if (self.body.get("tool_choice") or {}).get("type") == "none":
            return ()
        return tuple(tool["name"] for tool in self.body.get("tools") or ())

    @property
    def turns(self) -> int:
        """How often the model has spoken before in this conversation."""
        return sum(turn["role"] == "assistant" for turn in self.body["messages"])


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(
        block["text"] if block["type"] == "text" else _text(block.get("content") or "")
        for block in content
        if block["type"] in ("text", "tool_result")
    )


@dataclass(frozen=True)
class Reply:
    """What the model says, where it is not just an answer of the wanted shape."""

    text: str = ""
    stop_reason: str = "end_turn"
    uses: tuple[tuple[str, Mapping[str, Any]], ...] = ()  #: (tool, input)
    output_tokens: int | None = None


Script = Callable[[Asked], "Mapping[str, Any] | str | Reply"]


@dataclass(frozen=True)
class Call:
    """A request and what became of it. A status of 0 is an answer that never came, or came by half."""

    path: str
    status: int
    asked: Asked


@dataclass
class Claude:
    """The stand-in. `script` has an answer for each schema by its title; `obeys` makes it do what texts tell it."""

    address: str = ""
    script: dict[str, Script] = field(default_factory=dict)
    models: tuple[str, ...] = MODELS
    keys: tuple[str, ...] = (KEY,)
    obeys: bool = False
    seconds: float = 0.0  #: that every answer takes
    paused: bool = False  #: its last answer was a pause, so that its own turn may be the last one
    calls: list[Call] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    cached: set[str] = field(default_factory=set)  #: prefixes that were sent with a breakpoint before
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _planned: list[Planned[Fault]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def fails(self, fault: Fault, *, times: int = 1, skip: int = 0, wants: str | None = None) -> None:
        """Plan a fault: for so many requests, after so many others, for one kind of answer alone."""
        self._planned.append(Planned(wants, fault, times, skip))

    def recovers(self) -> None:
        """Forget what was to go wrong."""
        self._planned.clear()

    def fault_for(self, wants: str) -> Fault | None:
        """Return the fault that strikes this request, if one does."""
        with self.lock:
            return next_of(self._planned, wants)

    def next_id(self, kind: str) -> str:
        """Return an id that was not given before."""
        return f"{kind}_{next(self._numbers):06d}"

    @property
    def asked(self) -> list[Asked]:
        """Every request for a message that was answered well."""
        return [call.asked for call in self.calls if call.path == "/v1/messages" and call.status == 200]

    @property
    def sent(self) -> str:
        """Everything that ever came over the wire, as one text: what must not be in there is looked for here."""
        import json

        return "\n".join(json.dumps(call.asked.body, ensure_ascii=False) for call in self.calls)
