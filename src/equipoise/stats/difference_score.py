"""The score statistic of two binomial arms at an assumed contrast, with the rates that fit best under it.

A contrast is a risk difference, or the natural logarithm of a risk ratio or an odds ratio, of treatment over
control; ``contrast`` below always means that number. Exchanging the arms turns it, and the statistic, round.
"""

from typing import Literal

import numpy as np

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem

Measure = Literal["risk difference", "risk ratio", "odds ratio"]
MEASURES: tuple[Measure, ...] = ("risk difference", "risk ratio", "odds ratio")
VANISHING = 1e-12
"""A variance, and a distance, that are zero but for rounding."""


def check_measure(measure: Measure) -> None:
    """A measure is one of the three.

    Raises
    ------
    MethodError : it is not
    """
    if measure not in MEASURES:
        remedy = f"choose one of: {', '.join(MEASURES)}"
        raise MethodError(Problem("measure", f"no comparison is called '{measure}'", remedy))


def restricted_rates(
    measure: Measure, contrast: Floats, yes: Floats, n: Floats, control_yes: Floats, control_n: Floats
) -> tuple[Floats, Floats]:
    """The maximum-likelihood rates of the two arms among those that have exactly this contrast, in closed form.

    Parameters
    ----------
    contrast : float in [-1, 1] (difference), or the finite logarithm of a ratio; all arguments broadcast
    yes, n, control_yes, control_n : float counts, 0 <= yes <= n, n >= 1

    Returns
    -------
    rate, control_rate : in [0, 1]

    References
    ----------
    Miettinen and Nurminen (1985), Statist. Med. 4:213-226, appendices I (a cubic) and II (quadratics).
    """
    if measure == "risk difference":
        control = _of_difference(contrast, yes, n, control_yes, control_n)
        return np.clip(control + contrast, 0.0, 1.0), control
    ratio, events = np.exp(contrast), yes + control_yes
    if measure == "risk ratio":
        minus_b = n * ratio + yes + control_n + control_yes * ratio
        root = np.sqrt(np.maximum(minus_b**2 - 4.0 * (n + control_n) * ratio * events, 0.0))
        control = np.clip(2.0 * events / (minus_b + root), 0.0, np.minimum(1.0, 1.0 / ratio))
        return np.clip(ratio * control, 0.0, 1.0), control
    turned = contrast < 0.0
    base, top, _ = _of_odds_ratio(*_turned(turned, np.abs(contrast), yes, n, control_yes, control_n))
    return np.where(turned, base, top), np.where(turned, top, base)


def score_statistic(
    measure: Measure, contrast: Floats, yes: Floats, n: Floats, control_yes: Floats, control_n: Floats
) -> Floats:
    """Miettinen and Nurminen's score: how far the arms lie above the assumed contrast, in its standard errors.

    The variance is that of the restricted rates times N / (N - 1). The statistic falls as the contrast rises.
    It is 0 where the arms lie exactly on the contrast, even without variance, and infinite where they lie off it
    and the variance is 0. Arguments as ``restricted_rates``.
    """
    if measure == "odds ratio":
        return _odds_ratio_score(contrast, yes, n, control_yes, control_n)
    rate, control = restricted_rates(measure, contrast, yes, n, control_yes, control_n)
    each, each_control = rate * (1.0 - rate), control * (1.0 - control)
    if measure == "risk difference":
        gap = yes / n - control_yes / control_n - contrast
        variance = each / n + each_control / control_n
    else:
        # both sides divided by the larger of 1 and the ratio, which keeps them finite
        own, others = np.exp(-np.maximum(contrast, 0.0)), np.exp(np.minimum(contrast, 0.0))
        gap = own * yes / n - others * control_yes / control_n
        variance = own**2 * each / n + others**2 * each_control / control_n
    return _standardised(gap, variance, n + control_n)


def _standardised(gap: Floats, variance: Floats, total: Floats) -> Floats:
    some = variance > 0.0
    error = np.sqrt(np.where(some, variance, 1.0) * total / np.maximum(total - 1.0, 1.0))
    on_it = (np.abs(gap) <= VANISHING) & (variance <= VANISHING)
    return np.where(on_it, 0.0, np.where(some, gap / error, np.where(gap > 0.0, np.inf, -np.inf)))


def _odds_ratio_score(contrast: Floats, yes: Floats, n: Floats, control_yes: Floats, control_n: Floats) -> Floats:
    """The score for the log odds ratio, from the arm whose distance to its rate does not cancel."""
    turned = contrast < 0.0
    arms = _turned(turned, np.abs(contrast), yes, n, control_yes, control_n)
    _, top_yes, top_n, base_yes, base_n = arms
    base, top, top_no = _of_odds_ratio(*arms)
    gap = np.where(top_yes == top_n, top_n * top_no, base_n * base - base_yes)
    each_top, each_base = top_n * top * top_no, base_n * base * (1.0 - base)
    whole = each_top + each_base
    variance = each_top * (each_base / np.where(whole > 0.0, whole, 1.0))
    return np.where(turned, -1.0, 1.0) * _standardised(gap, variance, n + control_n)


def _turned(
    turned: Flags, log_ratio: Floats, yes: Floats, n: Floats, control_yes: Floats, control_n: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The arms, exchanged where ``turned``, so that the ratio is never below 1."""
    return (
        log_ratio,
        np.where(turned, control_yes, yes),
        np.where(turned, control_n, n),
        np.where(turned, yes, control_yes),
        np.where(turned, n, control_n),
    )


def _of_odds_ratio(
    log_ratio: Floats, top_yes: Floats, top_n: Floats, base_yes: Floats, base_n: Floats
) -> tuple[Floats, Floats, Floats]:
    """The lower rate, the upper rate, and 1 - the upper rate, at an odds ratio of 1 or more."""
    more, events = np.expm1(log_ratio), top_yes + base_yes
    a, b = base_n * more, (top_n - events) * more + top_n + base_n
    root = np.sqrt(b**2 + 4.0 * a * events)
    upward = b >= 0.0  # else a > 0, and the usual form of the root is the one that does not cancel
    base = np.where(upward, 2.0 * events, root - b) / np.where(upward, b + root, 2.0 * a)
    base = np.clip(base, 0.0, 1.0)
    odds_scale = 1.0 + base * more
    return base, base * (1.0 + more) / odds_scale, (1.0 - base) / odds_scale


def _of_difference(contrast: Floats, yes: Floats, n: Floats, control_yes: Floats, control_n: Floats) -> Floats:
    """The control rate of the cubic, by Viete's cosines and two Newton steps that mend their rounding."""
    total, events = n + control_n, yes + control_yes
    c0 = control_yes * contrast * (1.0 - contrast)
    c1 = (control_n * contrast - total - 2.0 * control_yes) * contrast + events
    c2 = (total + control_n) * contrast - total - events
    third = c2 / (3.0 * total)
    v = third**3 - c1 * c2 / (6.0 * total**2) + c0 / (2.0 * total)
    u = np.where(v < 0.0, -1.0, 1.0) * np.sqrt(np.maximum(third**2 - c1 / (3.0 * total), 0.0))
    cube = u**3
    angle = np.arccos(np.clip(np.where(cube == 0.0, 0.0, v / np.where(cube == 0.0, 1.0, cube)), -1.0, 1.0))
    rate = 2.0 * u * np.cos((np.pi + angle) / 3.0) - third
    low, high = np.maximum(0.0, -contrast), np.minimum(1.0, 1.0 - contrast)
    for _ in range(2):
        value = ((total * rate + c2) * rate + c1) * rate + c0
        slope = (3.0 * total * rate + 2.0 * c2) * rate + c1
        steep = np.abs(slope) > 1e-4 * total
        rate = rate - np.where(steep, value / np.where(steep, slope, 1.0), 0.0)
    return np.asarray(np.clip(rate, low, high))
