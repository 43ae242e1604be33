"""A stand-in for Claude that follows a script: what it answers depends on the prompt and on the text, and on no model.

A script is a YAML file of rules. Those whose words all stand in what is sent answer together, later ones over
earlier ones; so the same script answers two prompt sets differently where they say different things. For showing
what a change of a prompt does to the gate, without a key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from agent.domain.made import Tokens
from agent.engines.claude.service import Said
from agent.errors import EngineFailed, Failure, Misuse
from agent.prompts import Prompts
from evals.recordings import question_of


class Rule(BaseModel):
    """What is answered to a question whose prompt and text hold all of these words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    prompt_has: tuple[str, ...] = ()
    text_has: tuple[str, ...] = ()
    says: dict[str, Any]


def rules_of(file: Path) -> tuple[Rule, ...]:
    """Read a script. Raises Misuse with what is wrong in it."""
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
        return TypeAdapter(tuple[Rule, ...]).validate_python(given)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise Misuse(f"--script {file}: {error}") from error


@dataclass(frozen=True, slots=True)
class Scripted:
    """Implements `Sends` by rules."""

    rules: Sequence[Rule]
    prompts: Prompts

    def send(self, request: Mapping[str, Any], timeout: float) -> Said:
        question = question_of(request, self.prompts).name
        prompt, text = _text_of(request["system"]), _text_of(request["messages"][0]["content"])
        answers = [rule.says for rule in self.rules if _applies(rule, question, prompt, text)]
        if not answers:
            detail = f"The script has no rule for this {question}."
            raise EngineFailed(Failure.NOT_RECORDED, detail, tries=0)
        merged = {name: value for says in answers for name, value in says.items()}
        turn = {"role": "assistant", "content": []}
        return Said(text=json.dumps(merged), uses=(), stop_reason="end_turn", tokens=Tokens(), turn=turn)


def _applies(rule: Rule, question: str, prompt: str, text: str) -> bool:
    return (
        rule.question == question
        and all(words in prompt for words in rule.prompt_has)
        and all(words in text for words in rule.text_has)
    )


def _text_of(content: object) -> str:
    """Return the words of a part of a request, which is a text or a list of blocks."""
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text", "")) for block in content) if isinstance(content, list) else ""
