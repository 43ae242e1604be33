"""Evidence in a report's own words: the patterns of `cues.yaml`, and when a match does not count.

A match does not count when it is negated, hypothetical, asked about, quoted from somebody else or,
unless its pattern says so, inside a log.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from agent.domain.assessments import Effort, Factor, FactorKind, Quote
from agent.engines.reading import (
    CLAUSE_EDGE,
    as_read,
    clause_quote,
    machine_lines,
    opens_with,
    prose,
    quote,
    sentences,
)

CUES_FILE = Path(__file__).parent / "cues.yaml"
#: A negator reaches this many words ahead; after Chapman's NegEx.
NEGATION_REACH = 6
#: What stands before a match is read this far back: a clause is shorter.
CLAUSE_CHARACTERS = 400
#: A text whose first matches of a kind all do not count is not read on for that kind.
MOST_MATCHES = 200

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_EMOJI = re.compile(r":[a-z0-9_+-]{2,}:")
_CASED_SCRIPTS = re.compile(r"^[\x00-\u04ff\u2000-\u206f]*$")


def compile_cues(patterns: Sequence[str]) -> re.Pattern[str]:
    """Compile alternatives as described at the head of `cues.yaml`; scripts without spaces match anywhere."""
    bounded = [
        rf"(?<!\w)(?:{pattern})(?!\w)" if _CASED_SCRIPTS.match(pattern) else f"(?:{pattern})"
        for pattern in patterns
    ]
    return re.compile("|".join(bounded).replace(" ", r"\s") or r"(?!)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FactorCues:
    """How one kind of finding is recognised."""

    kind: FactorKind
    own: re.Pattern[str]
    logs: re.Pattern[str] | None
    keeps_negation: bool


@dataclass(frozen=True, slots=True)
class Weighed:
    """Patterns whose presence adds log-odds."""

    weight: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-odds of a kind of message, with the words that speak for it."""

    log_odds: float
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message recognised by rules: its bias, its patterns, and words that alone make it."""

    bias: float
    weighed: tuple[Weighed, ...]
    only_words: frozenset[str] = frozenset()
    only_weight: float = 0.0
    at_most: int = 0

    def evidence(self, words: str) -> Evidence:
        """Weigh what the text holds of this kind; a pattern counts once."""
        own = _EMOJI.sub(" ", plain(prose(words)))
        odds, quotes = self.bias, list[Quote]()
        for cue in self.weighed:
            if match := cue.pattern.search(own):
                odds += cue.weight
                found = words_like(words, match.group()) if cue.weight > 0 else None
                quotes += [found] if found else []
        spoken = [word.lower() for word in _WORD.findall(own)]
        if self.only_words and len(spoken) <= self.at_most and self.only_words.issuperset(spoken):
            odds += self.only_weight
        return Evidence(odds, tuple(quotes))


@dataclass(frozen=True, slots=True)
class Cues:
    """All of `cues.yaml`, compiled."""

    factors: tuple[FactorCues, ...]
    traits: Mapping[str, re.Pattern[str]]
    type_odds: Mapping[str, Mapping[str, float]]
    in_trackers: float
    learned_elsewhere: float
    business: Kind
    noise: Kind
    small: re.Pattern[str]
    large: re.Pattern[str]
    hours: Mapping[str, tuple[float, float]]
    present: Mapping[str, re.Pattern[str]]
    os_names: Mapping[str, re.Pattern[str]]
    other_products: re.Pattern[str]
    two_problems: re.Pattern[str]
    stop_words: Mapping[str, frozenset[str]]
    negators: re.Pattern[str]
    negation_stops: re.Pattern[str]
    hypothetical: re.Pattern[str]
    asks_whether: re.Pattern[str]


def plain(words: str) -> str:
    """Replace typographic apostrophes, character by character, so that offsets stay."""
    return words.replace("\u2019", "'").replace("\u00a0", " ")


@lru_cache(maxsize=1)
def cues() -> Cues:
    """Read and compile `cues.yaml`, once."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return _cues(yaml.load(CUES_FILE.read_text(encoding="utf-8"), Loader=loader))  # noqa: S506 (a safe loader)


def _cues(raw: dict[str, Any]) -> Cues:
    effort = raw["effort"]
    hours = {name: (low, high) for name, (low, high) in effort["unknown_hours"].items()}
    return Cues(
        factors=tuple(_factor_cues(kind, spec) for kind, spec in raw["factors"].items()),
        traits={name: compile_cues(patterns) for name, patterns in raw["traits"].items()},
        type_odds={name: odds for name, odds in raw["type_odds"].items() if isinstance(odds, dict)},
        in_trackers=raw["type_odds"]["in_trackers"],
        learned_elsewhere=raw["type_odds"]["learned_elsewhere"],
        business=_kind(raw["business"]),
        noise=_kind(raw["noise"]),
        small=compile_cues(effort["small"]["patterns"]),
        large=compile_cues(effort["large"]["patterns"]),
        hours=hours | {name: tuple(effort[name]["hours"]) for name in ("small", "large")},
        present={name: compile_cues(patterns) for name, patterns in raw["present"].items()},
        os_names={name: compile_cues([pattern]) for name, pattern in raw["os_names"].items()},
        other_products=re.compile(rf"(?<!\w)(?:{raw['other_products']})\W{{0,40}}$", re.IGNORECASE),
        two_problems=compile_cues(raw["two_problems"]),
        stop_words={code: frozenset(words.split()) for code, words in raw["stop_words"].items()},
        negators=compile_cues([raw["negators"]]),
        negation_stops=compile_cues([raw["negation_stops"]]),
        hypothetical=compile_cues([raw["hypothetical"]]),
        asks_whether=re.compile(rf"(?:{raw['asks_whether']})\s", re.IGNORECASE),
    )


def _factor_cues(kind: str, spec: dict[str, Any]) -> FactorCues:
    patterns = [p for key, found in spec.items() if key not in ("logs", "keeps_negation") for p in found]
    logs = compile_cues(spec["logs"]) if "logs" in spec else None
    return FactorCues(FactorKind(kind), compile_cues(patterns), logs, spec.get("keeps_negation", False))


def _kind(spec: dict[str, Any]) -> Kind:
    groups = [group for group in spec.values() if isinstance(group, dict)]
    weighed = tuple(Weighed(g["weight"], compile_cues(g["patterns"])) for g in groups if "patterns" in g)
    only: dict[str, Any] = next(
        (group for group in groups if "words" in group), {"words": "", "weight": 0.0, "at_most": 0}
    )
    return Kind(spec["bias"], weighed, frozenset(only["words"].split()), only["weight"], only["at_most"])


def words_like(words: str, matched: str) -> Quote | None:
    """Find a match of the prose again in the whole text, as a Quote; None where it spans two sentences."""
    at = plain(words).find(matched)
    return quote(words, at, at + len(matched)) if at >= 0 else None


@lru_cache(maxsize=64)
def factors(words: str) -> tuple[Factor, ...]:
    """Return one Factor a kind at the most, each with the reporter's exact words."""
    known = cues()
    quotes = {cue.kind: _first(words, cue, known) for cue in known.factors}
    with_it, without = quotes.get(FactorKind.WORKAROUND), quotes.get(FactorKind.NO_WORKAROUND)
    if with_it and without and with_it.start < without.end and without.start < with_it.end:
        del quotes[FactorKind.WORKAROUND]
    return tuple(Factor(kind=kind, quote=found) for kind, found in quotes.items() if found is not None)


def _first(words: str, cue: FactorCues, known: Cues) -> Quote | None:
    for start, match in islice(_matches(words, cue.own), MOST_MATCHES):
        if _counts(match, cue, known):
            return clause_quote(words, start + match.start(), start + match.end())
    if cue.logs is not None:
        for line in machine_lines(words):
            if match_in_log := cue.logs.search(line.text):
                start = line.start + match_in_log.start()
                return quote(words, start, start + len(match_in_log.group()))
    return None


def _matches(words: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield each match in a sentence of the reporter's, with the sentence's offset."""
    for sentence in sentences(words):
        for match in pattern.finditer(plain(sentence.text)):
            yield sentence.start, match


def _counts(match: re.Match[str], cue: FactorCues, known: Cues) -> bool:
    sentence = match.string
    if sentence.rstrip().endswith("?") and opens_with(known.asks_whether, sentence):
        return False
    reach = sentence[max(0, match.start() - CLAUSE_CHARACTERS) : match.start()]
    before = reach
    for edge in CLAUSE_EDGE.finditer(reach):
        before = reach[edge.end() :]
    if known.hypothetical.search(before):
        return False
    return cue.keeps_negation or not _negated(before, known)


def _negated(before: str, known: Cues) -> bool:
    reach = before
    for stop in known.negation_stops.finditer(before):
        reach = before[stop.end() :]
    near = list(_WORD.finditer(reach))[-NEGATION_REACH:]
    return bool(near) and known.negators.search(reach, near[0].start()) is not None


def effort(words: str, kind: str) -> Effort:
    """Return hours of work; sure only where the text holds words on how much it is."""
    known, own = cues(), plain(prose(words))
    for size in (("large", known.large), ("small", known.small)):
        if kind != "other" and size[1].search(own):
            return Effort(low=known.hours[size[0]][0], high=known.hours[size[0]][1], sure=True)
    return Effort(low=known.hours[kind][0], high=known.hours[kind][1], sure=False)


def traits(text: str) -> Iterator[float]:
    """Yield how often each trait of `cues.yaml` speaks, 0 to 2, in the file's order."""
    for pattern in cues().traits.values():
        yield float(min(2, len(pattern.findall(text))))


#: Findings that speak of a fault rather than of a wish.
_FAULTY = frozenset(FactorKind) - {FactorKind.MANY_AFFECTED, FactorKind.KEY_CUSTOMER, FactorKind.WORKAROUND}


def type_odds(words: str, found: Sequence[Factor]) -> dict[str, float]:
    """Return what forms of speech add to the log-odds of bug, feature and question."""
    known, own = cues(), plain(prose(words))
    asks = known.traits["asks_how"].search(own) is not None or re.search("[?\uff1f\u061f]", own) is not None
    forms = {
        "always": True,
        "asks": asks,
        "wishes": known.traits["wishes"].search(own) is not None,
        "faults": known.traits["faults"].search(own) is not None,
        "shown": bool(machine_lines(words)) or known.present["log"].search(as_read(words)) is not None,
        "factors": any(factor.kind in _FAULTY for factor in found),
    }
    return {
        kind: sum(odds[form] for form, holds in forms.items() if holds)
        for kind, odds in known.type_odds.items()
    }
