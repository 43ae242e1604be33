"""The texts of `prompts/`: loaded, checked against their declared inputs, rendered, named by a hash.

A file is a head between `---` lines (YAML: what it is for, its inputs, the claims it makes) and a
Jinja2 body. Values are data: nothing in them is rendered again, and `{issue.url}` is defused wherever
values spell it, alone or together.
What a text is filled with is the caller's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.domain.proposals import Claim
from agent.errors import ConfigFaults

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

HEAD_KEYS = {"purpose", "inputs", "claims", "answer", "tier", "max_tokens", "limits"}
CLAIM_KEYS = {"text", "source", "url"}
_HEAD = re.compile(r"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)
_BLANK_LINES = re.compile(r"\n{3,}")


class Placeholder(str):
    """A value that is bound later and stays as it is, such as `{issue.url}`."""

    __slots__ = ()


#: In a Draft: the link of the Issue that the same plan files, bound from its Receipt.
ISSUE_URL = Placeholder("{issue.url}")
#: Stands for it while a text is rendered. No text holds it: Unicode has no such character.
_BOUND_LATER = "\ufdd0"
_SPELLED_OUT = re.compile(r"(?<!\{)\{+issue\.url\}+")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text and what it claims, each with its source."""

    text: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One file: what it is for, what it takes, and its compiled parts."""

    name: str
    purpose: str
    inputs: tuple[str, ...]
    body: Template
    claims: tuple[tuple[Template, Template, Template], ...]

    def render(self, given: Mapping[str, object]) -> Rendered:
        """Fill it in; takes the inputs it declared and ignores the rest. KeyError when one is not given."""
        values = {name: _inert(given[name]) for name in self.inputs}
        filled = ([_bindable(part.render(values)) for part in claim] for claim in self.claims)
        claims = tuple(
            Claim(text=_tidy(t), source=s.strip(), url=u.strip()) for t, s, u in filled if t.strip()
        )
        return Rendered(_tidy(_bindable(self.body.render(values))), claims)


class Prompts:
    """All prompts of a folder, by their path without `.md` (`replies/known`)."""

    def __init__(self, folder: Path) -> None:
        """Load and check every file. Raises ConfigFaults with every fault at once."""
        self._prompts: dict[str, Prompt] = {}
        faults: list[str] = []
        digest = hashlib.sha256()
        for path in sorted(folder.rglob("*.md")):
            name, text = path.relative_to(folder).with_suffix("").as_posix(), path.read_text(encoding="utf-8")
            digest.update(f"{name}\0{text}\0".encode())
            try:
                self._prompts[name] = _parse(name, text)
            except _FaultyError as fault:
                faults.extend(f"{path}: {each}" for each in fault.faults)
        if faults or not self._prompts:
            raise ConfigFaults(faults or [f"{folder}: no prompts here"])
        self.hash = digest.hexdigest()  #: of all names and contents

    def __getitem__(self, name: str) -> Prompt:
        """Return a prompt. Raises ConfigFaults where there is no such file."""
        if name not in self._prompts:
            raise ConfigFaults([f"prompts/{name}.md: missing"])
        return self._prompts[name]

    def names(self) -> tuple[str, ...]:
        """Return the names of all prompts, sorted."""
        return tuple(self._prompts)

    def require(self, names: Iterable[str], offered: Iterable[str]) -> None:
        """Check that these exist and take nothing beyond `offered`. Raises ConfigFaults."""
        known, faults = set(offered), list[str]()
        for name in names:
            if name not in self._prompts:
                faults.append(f"prompts/{name}.md: missing")
                continue
            for unknown in sorted(set(self._prompts[name].inputs) - known):
                faults.append(f"prompts/{name}.md: inputs: {unknown!r} is none of {', '.join(sorted(known))}")
        if faults:
            raise ConfigFaults(faults)

    def render(self, name: str, given: Mapping[str, object]) -> Rendered:
        """Fill in the prompt of this name."""
        return self[name].render(given)


def prompts_dir() -> Path:
    """Return where the shipped prompts lie: inside the wheel, or in the repository."""
    packed = Path(__file__).parent / "_prompts"
    return packed if packed.exists() else Path(__file__).parent.parent / "prompts"


class _FaultyError(Exception):
    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(*faults)
        self.faults = faults


def _parse(name: str, text: str) -> Prompt:
    import yaml
    from jinja2 import TemplateSyntaxError

    match = _HEAD.match(text)
    if match is None:
        raise _FaultyError(["has no head between two lines of ---"])
    try:
        head = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise _FaultyError([f"head: {error}"]) from error
    if not isinstance(head, dict):
        raise _FaultyError(["head: is not a table of keys"])
    _check_head(head)
    try:
        return _compile(name, head, match[2])
    except TemplateSyntaxError as error:
        raise _FaultyError([f"line {error.lineno}: {error.message}"]) from error


def _check_head(head: dict[str, Any]) -> None:
    faults = [f"{key}: is no key of a head" for key in sorted(set(head) - HEAD_KEYS)]
    faults += [f"{key}: missing" for key in ("purpose", "inputs") if key not in head]
    inputs = head.get("inputs", [])
    if not isinstance(inputs, list) or not all(isinstance(each, str) for each in inputs):
        faults.append("inputs: is not a list of names")
    for place, claim in enumerate(head.get("claims") or []):
        if not isinstance(claim, dict) or not {"text", "source"} <= set(claim) <= CLAIM_KEYS:
            faults.append(f"claims: number {place + 1} needs text and source, and may have url")
    if faults:
        raise _FaultyError(faults)


def _compile(name: str, head: dict[str, Any], body: str) -> Prompt:
    from jinja2 import meta

    environment = _environment()
    claims = [
        [str(claim.get(key, "")) for key in ("text", "source", "url")] for claim in head.get("claims") or []
    ]
    used: set[str] = set()
    for source in (body, *(part for claim in claims for part in claim)):
        used |= meta.find_undeclared_variables(environment.parse(source))
    unknown = sorted(used - set(head["inputs"]))
    if unknown:
        raise _FaultyError([f"uses {each!r}, which its head does not declare" for each in unknown])
    compiled = tuple(
        (environment.from_string(text), environment.from_string(source), environment.from_string(url))
        for text, source, url in claims
    )
    return Prompt(name, str(head["purpose"]), tuple(head["inputs"]), environment.from_string(body), compiled)


def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(listed=_listed, verbatim=_verbatim)
    return environment


def _listed(things: Sequence[str]) -> str:
    """Join as a sentence does: a, b and c."""
    return " and ".join(filter(None, (", ".join(things[:-1]), *things[-1:])))


def _verbatim(text: str) -> str:
    """Indent by four spaces: Markdown shows it as it is, whatever it holds."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def _inert(value: object) -> object:
    """Tell our own placeholder from text from outside that looks like it."""
    if isinstance(value, str):
        return _BOUND_LATER if isinstance(value, Placeholder) else value.replace(_BOUND_LATER, "")
    if isinstance(value, (list, tuple)):
        return tuple(_inert(each) for each in value)
    return value


def _bindable(text: str) -> str:
    """Defuse what spells the placeholder, then put in our own."""
    return _SPELLED_OUT.sub("issue.url", text).replace(_BOUND_LATER, ISSUE_URL)


def _tidy(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", text).strip()
