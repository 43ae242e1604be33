"""Claude at the port `Asks`: answers are scripted by prompt, and what would be sent is rendered by the real prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from agent.domain.made import Made, Tokens
from agent.engines.claude.asking import Answered, Tool, no_faults
from agent.errors import EngineFailed, Failure
from agent.prompts import Asked, Prompts, prompts_dir

A = TypeVar("A", bound=BaseModel)
Script = Callable[["Question"], Mapping[str, object]]


@dataclass(frozen=True)
class Question:
    """What one call was: its prompt, the texts that would be sent, its tools, and who it was for."""

    prompt: str
    sent: Asked
    tools: Mapping[str, Callable[..., str]]
    uses: int
    case: str


@dataclass
class ScriptedAsks:
    """Implements `Asks`. A script is a mapping, or what makes one of the question; without one it fails."""

    script: dict[str, Script | Mapping[str, object]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    prompts: Prompts = field(default_factory=lambda: Prompts(prompts_dir()))

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
        asked = Question(
            prompt,
            self.prompts.question(prompt).render(inputs),
            {tool.name: _callable(tool) for tool in tools},
            most_uses,
            case,
        )
        self.questions.append(asked)
        scripted = self.script.get(prompt)
        if scripted is None:
            raise EngineFailed(Failure.OVERLOADED)
        value = answer.model_validate(scripted(asked) if callable(scripted) else scripted)
        if told := list(check(value)):
            raise EngineFailed(Failure.WRONG_SHAPE, "; ".join(told))
        made = Made(
            engine="claude",
            model="scripted",
            prompts={prompt: self.prompts.question(prompt).hash},
            tokens=Tokens(input=100, output=10),
            microdollars=15,
        )
        return Answered(value, made)

    def names(self) -> list[str]:
        """Return which prompts were asked, in order."""
        return [each.prompt for each in self.questions]


def _callable(tool: Tool) -> Callable[..., str]:
    return lambda **given: tool.run(tool.input.model_validate(given))


def assessed(**changes: Any) -> dict[str, object]:
    """Return an answer to `assess.md` that finds nothing."""
    return {
        "type": "quick_fix",
        "second": None,
        "sure": "certain",
        "findings": [],
        "hours_low": 1,
        "hours_high": 2,
        "hours_known": False,
        "area": "",
        "area_quote": "",
        "missing": [],
        "version": "",
        "language": "en",
        "queries": {"symptom": "", "error": "", "component": ""},
        "unsure": [],
        **changes,
    }


def judged(
    id: str, verdict: str = "different", theirs: str = "", ours: str = "", differs: str = ""
) -> dict[str, str]:
    """Return a verdict on one Issue."""
    return {"id": id, "verdict": verdict, "theirs": theirs, "ours": ours, "differs": differs}


def described(**changes: Any) -> dict[str, object]:
    """Return an answer to `issue.md`."""
    return {
        "title": "The sync stops",
        "what_happened": "It stops.",
        "expected": "",
        "steps": [],
        "systems": [],
        "impact": [],
        "workaround": "",
        "evidence": [],
        **changes,
    }
