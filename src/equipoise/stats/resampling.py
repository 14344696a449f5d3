"""The bootstrap of a cumulative incidence: whole cases drawn again with replacement, all replicates at once."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats, Ints
from equipoise.errors import MethodError, Problem
from equipoise.stats.event_table import slots
from equipoise.stats.follow_up import CENSORED, OF_ANOTHER, OF_THIS, FollowUpArrays, check_follow_up
from equipoise.stats.survival import cumulative_incidence, incidence_at

DRAWS_AT_ONCE = 2**16
"""Draws held in memory at once (but always one whole replicate): what a processor's cache holds."""
CASES_DRAWN_AS_SOON_AS_A_CELL = 8
"""How many cases are drawn in the time the count of one cell is."""


class BootstrapIncidence(NamedTuple):
    """The incidence at k days and its percentile limits; NaN at a day the curve says nothing about.

    ``estimate``, ``lower``, ``upper`` : (k,); ``replicates`` : (replicates, k)
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    replicates: Floats


def bootstrap_incidence(
    time_days: npt.ArrayLike,
    cause: npt.ArrayLike,
    *,
    of: int,
    at_days: npt.ArrayLike,
    replicates: int,
    rng: np.random.Generator,
    level: float = 0.95,
    entry_days: npt.ArrayLike | None = None,
) -> BootstrapIncidence:
    """Percentile limits of the Aalen-Johansen incidence, by resampling cases.

    Each replicate draws n of the n cases with replacement. The limits are the (B + 1) alpha-th of the B ordered
    replicates, a fraction being interpolated. The same generator state gives the same numbers.

    Parameters
    ----------
    time_days, cause, of, entry_days : as ``cumulative_incidence``
    at_days : (k,) days the incidence is asked for
    replicates : B, at least 2 / (1 - level) - 1, so that the limits lie among the replicates
    rng : where the draws come from
    level : of the two-sided limits, each day by itself

    Raises
    ------
    DataError : as ``cumulative_incidence``
    MethodError : too few replicates for the level

    References
    ----------
    Efron (1981), J. Am. Stat. Assoc. 76:312-319 (censored data, resampling cases); Davison and Hinkley (1997),
    Bootstrap Methods and Their Application, section 5.3.1 (5.18).
    """
    curve = cumulative_incidence(time_days, cause, of=of, entry_days=entry_days, level=level)
    tail = (1.0 - level) / 2.0
    if (replicates + 1) * tail < 1.0 - 1e-9:
        remedy = f"ask for at least {int(np.ceil(1.0 / tail - 1e-9)) - 1}"
        raise MethodError(Problem("replicates", f"{replicates} are too few for limits at level {level}", remedy))
    at = incidence_at(curve, at_days)
    follow_up = check_follow_up(time_days, cause, of=of, entry_days=entry_days)
    read = np.searchsorted(curve.at_days, at.days, side="right")
    drawn = np.concatenate([chunk[:, read] for chunk in _replicates(follow_up, curve.at_days, replicates, rng)])
    drawn[:, np.isnan(at.incidence)] = np.nan
    lower, upper = np.quantile(drawn, [tail, 1.0 - tail], axis=0, method="weibull")
    return BootstrapIncidence(at.incidence, lower, upper, drawn)


def _replicates(follow_up: FollowUpArrays, event_days: Floats, b: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Incidence before the first event time and at each, (replicates of one chunk, m + 1), until there are ``b``."""
    width = event_days.size + 1
    entry, leave = slots(follow_up, event_days)
    kind = np.where(follow_up.this, OF_THIS, np.where(follow_up.another, OF_ANOTHER, CENSORED))
    cell = kind * width + leave + 1
    late = None if follow_up.entry_days is None else entry + 1
    # With many cases in few cells, how often each cell comes up is drawn at once: the same distribution, sooner.
    by_cell = late is None and follow_up.n > CASES_DRAWN_AS_SOON_AS_A_CELL * 3 * width
    share = np.bincount(cell, minlength=3 * width) / follow_up.n
    at_once = max(1, DRAWS_AT_ONCE // (3 * width if by_cell else follow_up.n))
    for start in range(0, b, at_once):
        chunk = min(b - start, at_once)
        if by_cell:
            left, entered = rng.multinomial(follow_up.n, share, size=chunk).T, None
        else:
            draw = rng.integers(0, follow_up.n, size=(chunk, follow_up.n))
            left = _count(cell, draw, 3 * width)
            entered = None if late is None else _count(late, draw, width)
        yield _incidence(left.reshape(3, width, chunk), entered)


def _count(cell: Ints, draw: Ints, cells: int) -> Ints:
    """How often each cell comes up in each replicate of ``draw`` (replicates, n): (cells, replicates)."""
    replicates = draw.shape[0]
    place = (cell * replicates)[draw]
    place += np.arange(replicates)[:, None]
    return np.bincount(place.ravel(), minlength=cells * replicates).reshape(cells, replicates)


def _incidence(left: Ints, entered: Ints | None) -> Floats:
    """Aalen-Johansen of every replicate at once, (replicates, m + 1).

    ``left`` : (3, m + 1, replicates) exits by kind; ``entered`` : (m + 1, replicates), None if all from the start.
    Row 0 counts those before the first event time, row j those at it or after it and before the next.
    """
    exits = np.cumsum(left.sum(axis=0), axis=0)
    entries = exits[-1] if entered is None else np.cumsum(entered, axis=0)[:-1]
    one_at_risk = 1.0 / np.maximum(entries - exits[:-1], 1)  # with nobody at risk nothing happens
    incidence = np.zeros(exits.shape)
    event_free = np.cumprod(1.0 - (left[OF_THIS, 1:] + left[OF_ANOTHER, 1:]) * one_at_risk, axis=0)
    incidence[1:] = left[OF_THIS, 1:] * one_at_risk
    incidence[2:] *= event_free[:-1]
    return np.cumsum(incidence, axis=0).T
