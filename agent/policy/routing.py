"""Area → people, with the reason (T2, A5, S7). The table is the team's `routing.yaml`."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.domain.assessments import Quote


@dataclass(frozen=True, kw_only=True, slots=True)
class Area:
    """A part of the product: the words it is known by and those who know it, first choice first."""

    id: str
    name: str
    words: tuple[str, ...]
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is proposed, and why in words."""

    person: str
    reason: str


def area_of(words: str, areas: Sequence[Area]) -> tuple[Area, Quote] | None:
    """Return the area that is named most, and where its first word stands.

    A word counts once and by its length, so that "log pane" outweighs "log"; of equals the one
    named earlier counts.
    """
    best: tuple[int, int, Area, Quote] | None = None
    folded = words.casefold()
    for area in areas:
        # Most texts name few areas, and looking for a part of a word is far cheaper than for a word.
        if not any(first in folded for first in _first_parts(area.words)):
            continue
        found = list(_pattern(area.words).finditer(words))
        if not found:
            continue
        first = found[0]
        named = sum(len(word) for word in {" ".join(each[0].casefold().split()) for each in found})
        if best is None or (named, -first.start()) > best[:2]:
            best = (named, -first.start(), area, Quote(first[0], first.start(), first.end()))
    return (best[2], best[3]) if best else None


def assignee(
    area: Area | None,
    holder: str,
    *,
    for_board: bool,
    available: Collection[str] | None = None,
    load: Mapping[str, int] | None = None,
) -> Assignment:
    """Propose who does it: the holder what is done at once, somebody who knows the area the rest.

    `available` are those who work now, where that matters; `load` counts the open work of each
    person. Of those with the least the first listed is taken.
    """
    if not for_board:
        return Assignment(holder, "the holder does what is done at once")
    if area is None:
        return Assignment(holder, "no area found, and what has no owner is the holder's")
    others = [person for person in area.people if person != holder]
    if not others:
        alone = "knows" if holder in area.people else "holds the rotation, and nobody is named for"
        return Assignment(holder, f"{holder} {alone} {area.name}")
    at_work = [person for person in others if available is None or person in available]
    person = min(at_work or others, key=lambda each: (load or {}).get(each, 0))
    first = area.people[0]
    if person == first:
        return Assignment(person, f"first choice for {area.name}")
    return Assignment(person, f"knows {area.name}; {_why_not(first, person, holder, at_work, load or {})}")


def _why_not(first: str, person: str, holder: str, at_work: Collection[str], load: Mapping[str, int]) -> str:
    if first == holder:
        return f"{first} holds the rotation"
    if at_work and first not in at_work:
        return f"{first} is not at work now"
    return f"{first} has {load.get(first, 0)} open, {person} {load.get(person, 0)}"


@lru_cache(maxsize=256)
def _first_parts(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part[0] for word in words if (part := word.casefold().split()))


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Compile whole words, longest first; spaces match any white space, a plural s is allowed."""
    longest_first = sorted(words, key=len, reverse=True)
    each = "|".join(r"\s+".join(re.escape(part) for part in word.split()) for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{each})s?(?!\w)", re.IGNORECASE)
