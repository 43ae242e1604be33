"""Replies of a model, kept so that an evaluation can be run again without asking: real ones, and nothing else.

A reply is found by everything that shaped it: the model, the prompt's hash, what was sent (input, tools,
parameters) and the code that sends. The random tags of a call are not part of it. A file of recordings holds
what was answered about real messages: it is as private as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from agent.domain.made import Call, Tokens
from agent.engines.claude import answers
from agent.engines.claude.service import Said, Sends, Use
from agent.engines.claude.tags import LENGTH, without_token
from agent.errors import EngineFailed, Failure, Misuse
from agent.prompts import Prompts, Question

QUESTIONS = ("assess", "match", "draft", "issue", "judge")
_TOKEN = re.compile(rf"The tags of this call end in ([0-9a-f]{{{LENGTH}}});")


@dataclass(frozen=True, slots=True)
class Key:
    """What a reply depends on; `digest` names it."""

    model: str
    prompt: str
    prompt_hash: str
    sent: str  #: hash of input, tools and parameters
    code: str

    @property
    def digest(self) -> str:
        return _hash(self.model, self.prompt_hash, self.sent, self.code)


def key_of(request: Mapping[str, Any], prompts: Prompts) -> Key:
    """Return what a reply to this request depends on."""
    question = question_of(request, prompts)
    sent = json.dumps(request, sort_keys=True, ensure_ascii=False)
    found = _TOKEN.search(sent)
    same = without_token(sent, found[1]) if found else sent
    return Key(str(request["model"]), question.name, question.hash, _hash(same), code_version())


def question_of(request: Mapping[str, Any], prompts: Prompts) -> Question:
    """Return which question a request is, by the shape of the answer that it asks for."""
    wanted = request["output_config"]["format"]["schema"]["title"]
    known = {answers.ANSWERS[each.answer].__name__: each for each in map(prompts.question, QUESTIONS)}
    return known[wanted]


@cache
def code_version() -> str:
    """Return a hash of the code that makes requests and reads replies."""
    folder = Path(answers.__file__).parent
    return _hash(*(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))))[:12]


class Recordings:
    """A file of replies, a line each, added to and never rewritten. A line cut off by a crash is left out."""

    def __init__(self, path: Path) -> None:
        """Read what is there; raises Misuse where a line is no recording."""
        self.path = path
        self._said: dict[str, Said] = {}
        for number, line in enumerate(_lines(path), 1):
            try:
                told = json.loads(line)
                self._said[told["key"]] = _said(told["said"])
            except (ValueError, KeyError, TypeError) as error:
                raise Misuse(f"{path}, line {number}: is no recording. Nothing was sent.") from error

    def __len__(self) -> int:
        return len(self._said)

    def get(self, key: Key) -> Said | None:
        """Return the reply that was recorded, if one was."""
        return self._said.get(key.digest)

    def add(self, key: Key, said: Said, now: datetime) -> None:
        """Keep a reply; durable when it returns."""
        line = {"key": key.digest, **asdict(key), "at": now.isoformat(), "said": asdict(said)}
        with self.path.open("ab") as file:
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._said[key.digest] = said


@dataclass(frozen=True, slots=True)
class Recorder:
    """Implements `Sends`: asks what was not asked before, and keeps the reply. What was kept is not paid again."""

    behind: Sends
    recordings: Recordings
    prompts: Prompts
    now: Callable[[], datetime]

    def send(self, request: Mapping[str, Any], timeout: float) -> Said:
        key = key_of(request, self.prompts)
        known = self.recordings.get(key)
        if known is not None:
            return replace(known, tokens=Tokens())
        said = self.behind.send(request, timeout)
        self.recordings.add(key, said, self.now())
        return said


@dataclass(frozen=True, slots=True)
class Replayed:
    """Implements `Sends` from what was recorded alone. What is not there is noted in `missing` and fails."""

    recordings: Recordings
    prompts: Prompts
    missing: dict[str, tuple[Key, Mapping[str, Any]]] = field(default_factory=dict)

    def send(self, request: Mapping[str, Any], timeout: float) -> Said:
        key = key_of(request, self.prompts)
        known = self.recordings.get(key)
        if known is None:
            self.missing[key.digest] = key, dict(request)
            detail = f"Nothing is kept for this {key.prompt}: message, model, prompt or code are others."
            raise EngineFailed(Failure.NOT_RECORDED, detail, tries=0)
        return known


class Unpaid:
    """Implements `ports.Ledger` for what costs nothing: a replay."""

    def record(self, call: Call) -> None:
        """Keep nothing."""

    def spent(self, day: object) -> int:
        return 0


def _lines(path: Path) -> list[bytes]:
    """Return the lines of a file; what follows its last line end was cut off by a crash and is cut away."""
    content = path.read_bytes() if path.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    return whole.splitlines()


def _said(told: Mapping[str, Any]) -> Said:
    uses = tuple(Use(**use) for use in told["uses"])
    return Said(**{**told, "uses": uses, "tokens": Tokens(**told["tokens"])})


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
