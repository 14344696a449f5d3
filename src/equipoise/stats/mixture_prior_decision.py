"""The probability that one uncertain rate, or mean, exceeds another by a margin."""

from collections.abc import Iterator

import numpy as np
from scipy.special import expit, ndtr

from equipoise.errors import DataError, Problem
from equipoise.stats.mixture_prior import BetaMixture, NormalMixture
from equipoise.stats.panels import panels

EACH = 16
TOGETHER = 8
"""More parts than so are taken one by one: their bends together would cut the integral too finely."""


def rate_exceeds(treated: BetaMixture, control: BetaMixture, *, margin: float = 0.0) -> float:
    """P(treated rate > control rate + margin), the two independent; -1 < margin < 1.

    One integral over the treated log-odds, its panels cut wherever either distribution bends.

    Raises
    ------
    DataError : the margin is not between -1 and 1
    """
    if not -1 < margin < 1:
        problem = "the margin is not between -1 and 1"
        raise DataError(Problem("probability of exceeding by a margin", problem, "give a difference such as 0.10"))
    if control.weight.size > TOGETHER:
        return float(sum(weight * rate_exceeds(treated, part, margin=margin) for weight, part in _apart(control)))
    own = treated.working_breaks()
    # the control's distribution starts, ends and bends here, in terms of the treated rate
    moved = expit(control.working_breaks()) + margin
    moved = moved[(moved > 0) & (moved < 1)]
    ends = np.concatenate([own, np.log(moved) - np.log1p(-moved)])
    kink = margin if margin > 0 else 1 + margin
    if 0 < kink < 1:
        ends = np.append(ends, np.log(kink) - np.log1p(-kink))
    log_odds, width = panels(np.unique(np.clip(ends, own[0], own[-1])), EACH)
    density = np.exp(treated.log_density_of_log_odds(log_odds)).sum(axis=1)
    less = control.below(expit(log_odds) - margin)
    return float(np.clip((width * density) @ less / (width @ density), 0.0, 1.0))


def _apart(mixture: BetaMixture) -> Iterator[tuple[float, BetaMixture]]:
    """Each part that has a weight, by itself."""
    for weight, a, b in zip(mixture.weight.tolist(), mixture.a, mixture.b, strict=True):
        if weight > 0:
            yield weight, BetaMixture(np.ones(1), np.array([a]), np.array([b]))


def mean_exceeds(treated: NormalMixture, control: NormalMixture, *, margin: float = 0.0) -> float:
    """P(treated mean > control mean + margin), the two independent; in closed form, part by part."""
    away = treated.means[:, None] - control.means - margin
    return float(treated.weight @ ndtr(away / np.hypot(treated.sds[:, None], control.sds)) @ control.weight)
