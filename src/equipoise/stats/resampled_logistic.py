"""Logistic regression of many resamples of the same cases at once, by how often each case came up."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from equipoise.domain.cohort import Flags, Floats
from equipoise.stats.propensity_logistic import Penalty

STEPS, SMALL_STEP, LONGEST_STEP = 100, 1e-7, 5.0


class ResampledLogistic:
    """One regression, fitted again to each resample by Newton's method on the counts; the penalty as the sample's.

    Parameters
    ----------
    x : (n, p) standardised, the intercept first
    response : (n,) 0 or 1
    penalty, ridge : as ``fit_logistic``
    start : (p,) where Newton's steps begin
    """

    def __init__(self, x: Floats, response: Floats, penalty: Penalty, ridge: float, start: Floats) -> None:
        self.x, self.response, self.penalty, self.start = x, response, penalty, start
        p = x.shape[1]
        self.upper = np.triu_indices(p)
        self.products = x[:, self.upper[0]] * x[:, self.upper[1]]
        self.shrink = np.full(p, ridge if penalty == "ridge" else 0.0)
        self.shrink[0] = 0.0

    def fit(self, count: Floats) -> tuple[Floats, Flags]:
        """Coefficients (b, p) for the counts (b, n), and which fits have no finite maximum, (b,)."""
        coefficient = np.tile(self.start, (count.shape[0], 1))
        failed = np.ones(count.shape[0], dtype=bool)
        for active, step, bad in self._steps(count, coefficient):
            size = np.abs(step).max(axis=1)
            coefficient[active] += step * np.minimum(1.0, LONGEST_STEP / np.maximum(size, LONGEST_STEP))[:, None]
            failed[active[~bad & (size <= SMALL_STEP)]] = False
        return coefficient, failed

    def _steps(self, count: Floats, coefficient: Floats) -> Iterator[tuple[npt.NDArray[np.intp], Floats, Flags]]:
        """Which fits go on, Newton's step for each, and which broke; ``coefficient`` is moved by the caller."""
        active = np.arange(count.shape[0])
        for _ in range(STEPS):
            step, bad = self._step(count[active], coefficient[active])
            yield active, step, bad
            active = active[~bad & (np.abs(step).max(axis=1) > SMALL_STEP)]
            if active.size == 0:
                return

    def _step(self, count: Floats, coefficient: Floats) -> tuple[Floats, Flags]:
        p = self.x.shape[1]
        rate = expit(coefficient @ self.x.T)
        weight = count * rate * (1.0 - rate)
        information = square(weight @ self.products, p)
        sign, size = np.linalg.slogdet(information + np.diag(self.shrink))
        bad = (sign <= 0.0) | ~np.isfinite(size) | (np.abs(coefficient).max(axis=1) > 30.0)
        information[bad] = np.eye(p)
        residual = count * (self.response - rate)
        if self.penalty == "firth":
            back = np.linalg.inv(information)[:, self.upper[0], self.upper[1]]
            back[:, self.upper[0] != self.upper[1]] *= 2.0
            residual = residual + weight * (back @ self.products.T) * (0.5 - rate)
        score = residual @ self.x - self.shrink * coefficient
        step = np.linalg.solve(information + np.diag(self.shrink), score[:, :, None])[:, :, 0]
        return np.where(bad[:, None], 0.0, step), bad


def square(of_pairs: Floats, p: int) -> Floats:
    """Symmetric (b, p, p) from the upper triangles (b, p (p + 1) / 2)."""
    whole = np.empty((of_pairs.shape[0], p, p))
    upper = np.triu_indices(p)
    whole[:, upper[0], upper[1]] = of_pairs
    whole[:, upper[1], upper[0]] = of_pairs
    return whole
