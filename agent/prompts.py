"""The texts of `prompts/`: loaded, checked against their declared inputs, rendered, named by a hash.

A file is a head between `---` lines (YAML: what it is for, its inputs) and a Jinja2 body. A template's
head may have the claims that its text makes. A question to a model has an answer, a tier and max_tokens
in its head, and two parts in its body: `# system`, which is the same from call to call, and `# user`.
Values are data: nothing in them is rendered again, and `{issue.url}` is defused wherever values spell
it, alone or together. What a text is filled with is the caller's.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.domain.models import Tier
from agent.domain.proposals import Claim
from agent.errors import ConfigFaults

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

HEAD_KEYS = {"purpose", "inputs"}
TEMPLATE_KEYS = {"claims"}
QUESTION_KEYS = {"answer", "tier", "max_tokens"}
CLAIM_KEYS = {"text", "source", "url"}
_HEAD = re.compile(r"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)
_PARTS = re.compile(r"\A\s*# system\n(.*?\n)# user\n(.*)\Z", re.DOTALL)
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
    typed: str = ""  #: the words of the template alone, as whoever wrote it typed them


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template: what it is for, what it takes, and its compiled parts."""

    name: str
    purpose: str
    hash: str  #: of its name and content
    inputs: tuple[str, ...]
    body: Template
    claims: tuple[tuple[Template, Template, Template], ...]
    typed: str

    def render(self, given: Mapping[str, object]) -> Rendered:
        """Fill it in; takes the inputs it declared and ignores the rest. KeyError when one is not given."""
        values = {name: _inert(given[name]) for name in self.inputs}
        filled = ([_bindable(part.render(values)) for part in claim] for claim in self.claims)
        claims = tuple(
            Claim(text=_tidy(t), source=s.strip(), url=u.strip()) for t, s, u in filled if t.strip()
        )
        return Rendered(_tidy(_bindable(self.body.render(values))), claims, self.typed)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is sent: what is the same from call to call, and what is not."""

    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a model: which answer is wanted, of which tier, and how long it may be."""

    name: str
    purpose: str
    hash: str  #: of its name and content
    inputs: tuple[str, ...]
    answer: str
    tier: Tier
    max_tokens: int
    system: Template
    user: Template

    def render(self, given: Mapping[str, object]) -> Asked:
        """Fill it in; takes the inputs it declared and ignores the rest. KeyError when one is not given."""
        values = {name: _inert(given[name]) for name in self.inputs}
        system, user = (_bindable(part.render(values)).strip() for part in (self.system, self.user))
        return Asked(system, user)


class Prompts:
    """All prompts of a folder, by their path without `.md` (`assess`, `embedded/replies/known`)."""

    def __init__(self, folder: Path) -> None:
        """Load and check every file. Raises ConfigFaults with every fault at once."""
        self._prompts: dict[str, Prompt | Question] = {}
        faults: list[str] = []
        for path in sorted(folder.rglob("*.md")):
            name, text = path.relative_to(folder).with_suffix("").as_posix(), path.read_text(encoding="utf-8")
            try:
                self._prompts[name] = _parse(name, text)
            except _FaultyError as fault:
                faults.extend(f"{path}: {each}" for each in fault.faults)
        if faults or not self._prompts:
            raise ConfigFaults(faults or [f"{folder}: no prompts here"])

    @property
    def hash(self) -> str:
        """Return a hash of all names and contents."""
        return _hash(*(f"{name} {each.hash}" for name, each in self._prompts.items()))

    def below(self, folder: str) -> Prompts:
        """Return the prompts of a folder, by their names inside it."""
        inside = Prompts.__new__(Prompts)
        inside._prompts = {
            name.removeprefix(f"{folder}/"): each
            for name, each in self._prompts.items()
            if name.startswith(f"{folder}/")
        }
        return inside

    def __getitem__(self, name: str) -> Prompt:
        """Return a template. Raises ConfigFaults where there is no such file."""
        found = self._prompts.get(name)
        if not isinstance(found, Prompt):
            raise ConfigFaults([f"prompts/{name}.md: {'is a question to a model' if found else 'missing'}"])
        return found

    def question(self, name: str) -> Question:
        """Return a question to a model. Raises ConfigFaults where there is no such file."""
        found = self._prompts.get(name)
        if not isinstance(found, Question):
            raise ConfigFaults([f"prompts/{name}.md: {'is no question to a model' if found else 'missing'}"])
        return found

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
        """Fill in the template of this name."""
        return self[name].render(given)


def prompts_dir() -> Path:
    """Return where the shipped prompts lie: inside the wheel, or in the repository."""
    packed = Path(__file__).parent / "_prompts"
    return packed if packed.exists() else Path(__file__).parent.parent / "prompts"


@functools.cache
def shipped() -> Prompts:
    """Return the shipped prompts, read once a process."""
    return Prompts(prompts_dir())


class _FaultyError(Exception):
    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(*faults)
        self.faults = faults


def _parse(name: str, text: str) -> Prompt | Question:
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
    asks = bool(QUESTION_KEYS & set(head))
    faults = [*_head_faults(head, asks=asks), *(_question_faults(head) if asks else _claim_faults(head))]
    if faults:
        raise _FaultyError(faults)
    compiled = _question if asks else _template
    try:
        return compiled(name, _hash(name, text), head, match[2])
    except TemplateSyntaxError as error:
        raise _FaultyError([f"line {error.lineno}: {error.message}"]) from error


def _head_faults(head: dict[str, Any], *, asks: bool) -> Iterator[str]:
    known = HEAD_KEYS | (QUESTION_KEYS if asks else TEMPLATE_KEYS)
    yield from (f"{key}: is no key of a head" for key in sorted(set(head) - known))
    needed = ("purpose", "inputs", *(sorted(QUESTION_KEYS) if asks else ()))
    yield from (f"{key}: missing" for key in needed if key not in head)
    inputs = head.get("inputs", [])
    if not isinstance(inputs, list) or not all(isinstance(each, str) for each in inputs):
        yield "inputs: is not a list of names"


def _question_faults(head: dict[str, Any]) -> Iterator[str]:
    if head.get("tier") not in tuple(Tier):
        yield f"tier: {head.get('tier')!r} is none of {', '.join(Tier)}"
    if type(head.get("max_tokens")) is not int or head["max_tokens"] < 1:
        yield "max_tokens: is not a count"
    if not isinstance(head.get("answer"), str):
        yield "answer: is not the name of one"


def _claim_faults(head: dict[str, Any]) -> Iterator[str]:
    for place, claim in enumerate(head.get("claims") or []):
        if not isinstance(claim, dict) or not {"text", "source"} <= set(claim) <= CLAIM_KEYS:
            yield f"claims: number {place + 1} needs text and source, and may have url"


def _template(name: str, digest: str, head: dict[str, Any], body: str) -> Prompt:
    claims = [
        [str(claim.get(key, "")) for key in ("text", "source", "url")] for claim in head.get("claims") or []
    ]
    _check_inputs(head["inputs"], [body, *(part for claim in claims for part in claim)])
    compiled = _environment().from_string
    parts = tuple((compiled(text), compiled(source), compiled(url)) for text, source, url in claims)
    return Prompt(
        name, str(head["purpose"]), digest, tuple(head["inputs"]), compiled(body), parts, _typed(body)
    )


def _typed(body: str) -> str:
    """Return a template's words without what is filled in and what is decided."""
    ends = ("variable_end", "block_end", "comment_end")
    lexed = ((kind, text) for _, kind, text in _environment().lex(body))
    return _tidy("".join(text if kind == "data" else " " for kind, text in lexed if kind in ("data", *ends)))


def _question(name: str, digest: str, head: dict[str, Any], body: str) -> Question:
    parts = _PARTS.match(body)
    if parts is None:
        raise _FaultyError(["has no `# system` part with a `# user` part after it"])
    _check_inputs(head["inputs"], [parts[1], parts[2]])
    return Question(
        name=name,
        purpose=str(head["purpose"]),
        hash=digest,
        inputs=tuple(head["inputs"]),
        answer=head["answer"],
        tier=Tier(head["tier"]),
        max_tokens=head["max_tokens"],
        system=_environment().from_string(parts[1]),
        user=_environment().from_string(parts[2]),
    )


def _check_inputs(declared: Sequence[str], sources: Iterable[str]) -> None:
    """Hold what the head declares against what the texts use, both ways."""
    from jinja2 import meta

    environment = _environment()
    used = set[str]().union(*(meta.find_undeclared_variables(environment.parse(each)) for each in sources))
    faults = [f"uses {each!r}, which its head does not declare" for each in sorted(used - set(declared))]
    faults += [f"inputs: {each!r} is never used" for each in sorted(set(declared) - used)]
    if faults:
        raise _FaultyError(faults)


def _hash(*parts: str) -> str:
    return hashlib.sha256("".join(f"{part}\0" for part in parts).encode()).hexdigest()


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    """Return what compiles every prompt; none of them changes it."""
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
