"""How many cases tell: the power of the gate's test, and the cases that a loss would need to show.

`discordance` is the share of cases that change between two runs, `loss` the share broken less the share
fixed, both of 1.
"""

from bisect import bisect_left
from math import ceil, exp, lgamma, log, sqrt
from statistics import NormalDist

from evals.comparison.mcnemar import Changed, p_worse

#: A verdict may be wrong once in twenty times.
LEVEL = 0.05
#: A loss that is there should show in four runs of five.
WANTED_POWER = 0.8
#: The loss that is worth knowing about: five points.
WORTH_KNOWING = 0.05
#: Counts less likely than this change no figure that is shown.
NEVER = 1e-9


def cases_needed(discordance: float, loss: float = WORTH_KNOWING, power: float = WANTED_POWER) -> int:
    """Return how many cases show such a loss with such a power (Connor 1987, one-sided).

    Where fewer cases change than are lost, all of them are taken as broken.
    """
    changing = max(discordance, loss)
    at_level, at_power = NormalDist().inv_cdf(1 - LEVEL), NormalDist().inv_cdf(power)
    spread = at_level * sqrt(changing) + at_power * sqrt(changing - loss**2)
    return ceil((spread / loss) ** 2)


def power_of(cases: int, discordance: float, loss: float = WORTH_KNOWING, level: float = LEVEL) -> float:
    """Return how likely the exact one-sided test finds such a loss among so many cases.

    Sums over how many cases change (binomial) and how many of those break (binomial again).
    """
    breaking = (discordance + loss) / (2 * discordance)
    likely = ((changed, _chance(changed, cases, discordance)) for changed in range(1, cases + 1))
    return sum(chance * _alarms(changed, breaking, level) for changed, chance in likely if chance > NEVER)


def _alarms(changed: int, breaking: float, level: float) -> float:
    """Return how likely so many changed cases make the test alarm."""
    fewest = bisect_left(range(changed + 1), -level, key=lambda b: -p_worse(Changed(b, changed - b)))
    return sum(_chance(broken, changed, breaking) for broken in range(fewest, changed + 1))


def _chance(hits: int, of: int, share: float) -> float:
    """Return the binomial probability, by logarithms: the coefficients of thousands of cases fit no float."""
    if share in (0.0, 1.0):
        return float(hits == share * of)
    ways = lgamma(of + 1) - lgamma(hits + 1) - lgamma(of - hits + 1)
    return exp(ways + hits * log(share) + (of - hits) * log(1 - share))
