"""Comparisons turned into risk ratios, on whose scale a hidden cause is judged."""

from math import exp, inf, log, sqrt

from scipy.special import ndtri

from equipoise.stats.proportion import clopper_pearson
from equipoise.stats.unmeasured import SMD_TO_LOG_RISK_RATIO


def ratio_of_rates(
    responders: int, n: int, other: float, other_lower: float, other_upper: float, *, level: float
) -> tuple[float, float, float] | None:
    """A count of cases over a published rate with its limits: the ratio, and limits of the two intervals combined.

    On the logarithms (MOVER): each limit lies as far off as the two rates' own limits on that side, squared and added.
    The cases' own interval is Clopper and Pearson's. None where a rate is 0.

    References
    ----------
    Zou and Donner (2008), Stat. Med. 27:1693-1702.
    """
    if responders == 0 or n == 0 or other <= 0:
        return None
    rate = responders / n
    lower, upper = (float(each) for each in clopper_pearson(responders, n, level=level))
    middle = log(rate) - log(other)
    down = sqrt((log(rate) - log(lower)) ** 2 + (log(other_upper) - log(other)) ** 2)
    up = inf if other_lower <= 0 else sqrt((log(upper) - log(rate)) ** 2 + (log(other) - log(other_lower)) ** 2)
    return exp(middle), exp(middle - down), exp(middle + up)


def standardised(difference: float, sd: float, error: float, level: float) -> tuple[float, float]:
    """Limits of a standardised difference of means as risk ratios, exp(0.91 (d -+ z se))."""
    margin = float(ndtri(0.5 + level / 2)) * error
    lower, upper = (exp(SMD_TO_LOG_RISK_RATIO * (difference + sign * margin) / sd) for sign in (-1, 1))
    return lower, upper
