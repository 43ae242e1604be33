"""No pattern takes long over any text, however odd: text from outside may not stop the process."""

import dataclasses
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest

from agent.engines.cues import cues
from agent.policy import globs, names, routing
from tests.policy.adversarial import PIECES

PACKAGES = ("agent.policy", "agent.engines", "agent.prompts", "agent.doors")
#: Lengths that an exponential pattern shows itself at.
STEPS = (24, 28, 32, 64, 250)
SHORT, LONG = 500, 2_000


def modules() -> Iterator[ModuleType]:
    for name in PACKAGES:
        module = importlib.import_module(name)
        yield module
        for inner in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}."):
            if not inner.name.endswith("__main__"):
                yield importlib.import_module(inner.name)


def held(thing: object, path: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Find patterns in records, tables and lists."""
    if isinstance(thing, re.Pattern):
        yield path, thing
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        for field in dataclasses.fields(thing):
            yield from held(getattr(thing, field.name), f"{path}.{field.name}")
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from held(value, f"{path}[{key}]")
    elif isinstance(thing, list | tuple):
        for place, value in enumerate(thing):
            yield from held(value, f"{path}[{place}]")


def patterns() -> dict[str, re.Pattern[str]]:
    known = {
        (pattern.pattern, pattern.flags): (path, pattern)
        for module in modules()
        for name, value in vars(module).items()
        for path, pattern in held(value, f"{module.__name__}.{name}")
    }
    made = {
        "cues": cues(),
        "globs": [globs.pattern(each) for each in ("*[bot]", "*.corp.example", "a*b*c*d", "*a*a*a*b")],
        "names": [names._pattern(each) for each in ("nordkai", "a-a", "Nord Kai Group", "a a a")],
        "routing": [routing._pattern(("watcher", "command line", "a a"))],
    }
    known |= {(each.pattern, each.flags): (path, each) for path, each in held(made, "made")}
    return dict(known.values())


PATTERNS = patterns()


def seconds(pattern: re.Pattern[str], text: str) -> float:
    began = time.thread_time()
    for _ in pattern.finditer(text):
        pass
    pattern.fullmatch(text)
    return time.thread_time() - began


def repeated(piece: str, characters: int) -> str:
    """Return the piece over and over, with an end at which a match fails."""
    return piece * (characters // len(piece)) + "\x01"


def least(pattern: re.Pattern[str], piece: str, characters: int) -> float:
    first = seconds(pattern, repeated(piece, characters))
    return first if first > 0.25 else min(first, seconds(pattern, repeated(piece, characters)))


def fault(pattern: re.Pattern[str], piece: str) -> str:
    """Say how long it takes where that is too long, or grows faster than the text."""
    for characters in STEPS:
        if (took := seconds(pattern, repeated(piece, characters))) > 0.1:
            return f"{took:.2f} s for {characters} characters of {piece!r}"
    short, long = (seconds(pattern, repeated(piece, characters)) for characters in (SHORT, LONG))
    if long < 0.02 and (long < 0.00005 or long < 6 * short):
        return ""
    half = least(pattern, piece, 20_000)
    whole = least(pattern, piece, 40_000) if half < 0.5 else 4 * half
    if whole > 0.5 or (whole > 0.02 and whole > 3 * half):
        return f"{half:.3f} s and {whole:.3f} s for 20,000 and 40,000 characters of {piece!r}"
    return ""


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 100
    assert {
        "agent.policy.redaction._HOST",
        "agent.engines.details.COMMAND",
        "made[cues].hypothetical",
    } <= set(PATTERNS)


@pytest.mark.parametrize("path", PATTERNS)
def test_a_pattern_takes_time_in_line_with_the_text(path: str) -> None:
    pattern = PATTERNS[path]
    assert [why for piece in PIECES if (why := fault(pattern, piece))] == []


@pytest.mark.parametrize(
    ("careless", "piece"), [(r"^\s*x", "\n"), (r"\A(?:\w\w?)+x", "a"), (r"[\w.]+@", "a")]
)
def test_a_careless_pattern_is_told(careless: str, piece: str) -> None:
    assert fault(re.compile(careless, re.MULTILINE), piece)
