"""How well classes are told apart: F1 by class and by group, confusion, ranking."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from evals.scorers.score import Score


def confusion(truth: Sequence[str], guess: Sequence[str]) -> Counter[tuple[str, str]]:
    """Count the pairs of (what it is, what it was taken for)."""
    return Counter(zip(truth, guess, strict=True))


def macro_f1(truth: Sequence[str], guess: Sequence[str]) -> Score:
    """Return the mean F1 over the classes that occur in either; parts: F1 of each class."""
    counts = confusion(truth, guess)
    real, said = Counter(truth), Counter(guess)
    each = {kind: 2 * counts[kind, kind] / (real[kind] + said[kind]) for kind in sorted(real | said)}
    return Score(sum(each.values()) / len(each), each)


def mean_f1(truth: Sequence[str], guess: Sequence[str], groups: Sequence[str]) -> Score:
    """Return the mean over groups of macro-F1; parts: macro-F1 of each group."""
    members = defaultdict[str, list[int]](list)
    for place, group in enumerate(groups):
        members[group].append(place)
    each = {
        group: macro_f1([truth[place] for place in found], [guess[place] for place in found]).value
        for group, found in sorted(members.items())
    }
    return Score(sum(each.values()) / len(each), each)


def area_under_curve(right: Sequence[bool], scores: Sequence[float]) -> Score:
    """Return how often a right one scores above a wrong one, ties as a half; parts: how many of both."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, at = dict[int, float](), 0
    while at < len(order):
        end = at
        while end < len(order) and scores[order[end]] == scores[order[at]]:
            end += 1
        ranks |= dict.fromkeys(order[at:end], (at + end + 1) / 2)
        at = end
    positive = sum(right)
    negative = len(right) - positive
    above = sum(ranks[place] for place, is_right in enumerate(right) if is_right)
    value = (above - positive * (positive + 1) / 2) / (positive * negative)
    return Score(value, {"right": positive, "wrong": negative})
