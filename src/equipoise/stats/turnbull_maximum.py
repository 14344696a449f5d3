"""The most likely mass on the innermost intervals: self-consistent steps, then Newton steps that keep mass from 0 up.

With weights that add to 1, the sum of weight times log(mass of the case's intervals) less the sum of the masses is
concave, and greatest where the masses add to 1 and the likelihood is. Kuhn-Tucker says of its gradient g: at the
maximum no g_j of the log likelihood exceeds 1. As the sum of mass times g is always 1, the log likelihood lies within
max g - 1 of its maximum; the search ends when that is nothing to speak of.
"""

import numpy as np

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.turnbull_intervals import InnermostIntervals

ENOUGH = 1e-11
"""Accepted shortfall of the log likelihood from its maximum, for each unit of weight."""
SELF_CONSISTENT_STEPS = 50
NEWTON_STEPS = 200
RIDGE = 1e-11
"""Added to the curvature, in parts of its size, so that intervals hardly told apart do not stop the search."""
ROUNDING = 1e-15
"""What the log likelihood may seem to fall by, in parts of its size: nearer its maximum than this it cannot guide."""


def most_likely_mass(intervals: InnermostIntervals) -> tuple[Floats, float]:
    """The masses (m,), and the shortfall left for each unit of weight.

    Raises
    ------
    MethodError : the search did not end
    """
    j = np.arange(intervals.exact.size)
    design = ((j >= intervals.first[:, None]) & (j <= intervals.last[:, None])).astype(np.float64)
    share = intervals.weight / intervals.weight.sum()
    mass = np.full(j.size, 1.0 / j.size)
    for _ in range(SELF_CONSISTENT_STEPS):
        mass = mass * _gradient(design, share, mass)
    mass /= mass.sum()
    for _ in range(NEWTON_STEPS):
        gradient = _gradient(design, share, mass)
        gap = float(gradient.max()) - 1.0
        if gap <= ENOUGH:
            return mass, max(gap, 0.0)
        mass = _newton_step(design, share, mass)
    remedy = "count in weeks, or give the days of the visits"
    raise MethodError(Problem("lower_days, upper_days", "the most likely curve was not found", remedy))


def _gradient(design: Floats, share: Floats, mass: Floats) -> Floats:
    gradient: Floats = (share / (design @ mass)) @ design
    return gradient


def _height(design: Floats, share: Floats, mass: Floats) -> float:
    with np.errstate(divide="ignore"):
        return float(share @ np.log(design @ mass) - mass.sum())


def _newton_step(design: Floats, share: Floats, mass: Floats) -> Floats:
    """To the maximum of the quadratic that touches the log likelihood, or as far towards it as it does not fall."""
    cases = design / (design @ mass)[:, None]
    curvature = cases.T @ (share[:, None] * cases)
    curvature[np.diag_indices_from(curvature)] *= 1.0 + RIDGE
    aim = _best_of_quadratic(curvature, 2.0 * (share @ cases) - 1.0, mass > 0.0)
    height, length = _height(design, share, mass), 1.0
    enough = height - ROUNDING * (1.0 + abs(height))
    while length > 1e-10:
        moved = (1.0 - length) * mass + length * aim
        if _height(design, share, moved) > enough:
            break
        length *= 0.5
    else:
        moved = mass * _gradient(design, share, mass)
    adding_to_1: Floats = moved / moved.sum()
    return adding_to_1


def _best_of_quadratic(curvature: Floats, slope: Floats, used: Flags) -> Floats:
    """The x >= 0 that minimises x' C x / 2 - slope' x (Lawson and Hanson 1974), beginning from those ``used``."""
    used = used.copy()
    while True:  # a start: leave out what comes out negative until nothing does
        best = _solved(curvature, slope, used)
        if bool(np.all(best[used] > 0.0)):
            break
        used &= best > 0.0
    for _ in range(10 * slope.size):
        rising = np.where(used, -np.inf, slope - curvature @ best)
        most = int(np.argmax(rising))
        if rising[most] <= ENOUGH / 10.0:
            break
        used[most] = True
        best = _fitted(curvature, slope, used, best)
    return best


def _fitted(curvature: Floats, slope: Floats, used: Flags, start: Floats) -> Floats:
    """From ``start`` >= 0 to the best among those ``used``, which shrinks (in place) where the way leads below 0."""
    now = start
    while True:
        aim = _solved(curvature, slope, used)
        below = np.flatnonzero(used & (aim <= 0.0))
        if below.size == 0:
            return aim
        room = now[below] / np.maximum(now[below] - aim[below], 1e-300)
        now = now + float(room.min()) * (aim - now)
        used[below[room <= room.min()]] = False
        now = np.where(used, np.maximum(now, 0.0), 0.0)


def _solved(curvature: Floats, slope: Floats, used: Flags) -> Floats:
    solution = np.zeros(slope.size)
    at = np.flatnonzero(used)
    solution[at] = np.linalg.solve(curvature[np.ix_(at, at)], slope[at])
    return solution
