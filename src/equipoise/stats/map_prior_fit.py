"""A prior over quadrature nodes, put as a mixture of one to four betas or normals.

Expectation-maximisation on weighted points, sped up by squared extrapolation (Varadhan and Roland 2008, Scand. J.
Statist. 35:335-353). Each further part starts as the heaviest one split into a narrower and a wider half, so the fit
can only come closer.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, log_expit, zeta

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem
from equipoise.stats.map_prior import QuadraturePrior
from equipoise.stats.mixture_prior import BetaMixture, Mixture, NormalMixture

MOST_PARTS = 4
DRAWS = 4000
"""The number of draws whose Akaike criterion decides: a part is added where 2 x DRAWS x the fall in divergence > 6."""

_POINTS = 161
_TAIL = 1e-7
_CYCLES = 300
_GONE = 1e-12
"""A part with less weight than this stays as it is."""
_GAIN = 5e-8
_LARGEST = 16.0
"""Of log a and log b: a rate known as from nine million patients."""


@dataclass(frozen=True)
class FittedPrior:
    """A mixture, and how far it is from the prior it stands for.

    ``mixture`` : of betas for a rate, of normals for a mean
    ``divergence`` : Kullback-Leibler, prior against mixture, in nats; 0.01 cannot be seen in a figure
    ``divergences`` : of 1, 2, ... parts, as far as they were tried
    """

    mixture: Mixture
    divergence: float
    divergences: tuple[float, ...]


@dataclass(frozen=True)
class _Points:
    """Weighted points: statistics (p, 2), shares (p,) that add up to 1, and the log of the density (p,) behind them."""

    statistics: Floats
    share: Floats
    log_density: Floats


def fit_mixture(prior: QuadraturePrior, *, parts: int | None = None) -> FittedPrior:
    """The mixture closest to a prior, in the sense of Kullback and Leibler.

    Parameters
    ----------
    prior : of a rate or of a mean
    parts : 1 to 4; None chooses as Akaike's criterion would with ``DRAWS`` draws from the prior

    Raises
    ------
    DataError : another number of parts
    """
    if parts is not None and not 1 <= parts <= MOST_PARTS:
        problem = "the number of parts is not 1 to 4"
        raise DataError(Problem("mixture for a prior", problem, "ask for 1 to 4 parts, or leave the choice open"))
    points = _points(prior)
    family = _Beta() if prior.scale == "rate" else _Normal()
    weight, shape = np.ones(1), family.from_moments(points, points.share[None, :])
    weight, shape, divergence = _climb(family, points, weight, shape)
    seen = [divergence]
    while len(seen) < (parts or MOST_PARTS):
        wider = _climb(family, points, *family.split(weight, shape))
        seen.append(wider[2])
        if parts is None and 2 * DRAWS * (divergence - wider[2]) <= 6:
            break
        weight, shape, divergence = wider
    return FittedPrior(family.mixture(weight, shape), divergence, tuple(seen))


def _points(prior: QuadraturePrior) -> _Points:
    at, density, share = prior.grid(_POINTS, tail=_TAIL)
    if prior.scale == "mean":
        centre = float(share @ at)
        scale = float((share @ (at - centre) ** 2) ** 0.5)
        statistics = np.stack([at, np.full_like(at, scale)], axis=1)
        return _Points(statistics, share, np.log(density))
    log_p, log_q = log_expit(at), log_expit(-at)
    # the density of the log-odds, like the betas' here
    return _Points(np.stack([log_p, log_q], axis=1), share, np.log(density))


class _Normal:
    """Parts of a mixture of normals; shape holds (c, 2): mean, log of the standard deviation."""

    def log_parts(self, points: _Points, shape: Floats) -> Floats:
        z = (points.statistics[:, :1] - shape[:, 0]) * np.exp(-shape[:, 1])
        value: Floats = -z * z / 2 - shape[:, 1] - np.log(2 * np.pi) / 2
        return value

    def from_moments(self, points: _Points, share: Floats) -> Floats:
        return self.maximise(points, share, np.zeros((share.shape[0], 2)))

    def maximise(self, points: _Points, share: Floats, shape: Floats) -> Floats:
        """The best shape of each part, given its (c, p) share of every point."""
        at, scale = points.statistics[:, 0], points.statistics[0, 1]
        size = np.maximum(share.sum(axis=1), _GONE)
        mean = share @ at / size
        variance = (share * (at - mean[:, None]) ** 2).sum(axis=1) / size
        # a part never becomes a spike narrower than the points are apart
        best = np.stack([mean, np.log(np.maximum(variance, (1e-3 * scale) ** 2)) / 2], axis=1)
        return np.where(size[:, None] > _GONE, best, shape)

    def split(self, weight: Floats, shape: Floats) -> tuple[Floats, Floats]:
        heaviest = int(weight.argmax())
        sd = float(np.exp(shape[heaviest, 1]))
        new = np.concatenate([shape, shape[[heaviest]]])
        new[heaviest] += (-0.05 * sd, np.log(0.7))
        new[-1] += (0.05 * sd, np.log(1.4))
        return _halved(weight, heaviest), new

    def mixture(self, weight: Floats, shape: Floats) -> NormalMixture:
        order = np.argsort(-weight)
        return NormalMixture(weight[order], shape[order, 0], np.exp(shape[order, 1]))


class _Beta:
    """Parts of a mixture of betas; shape holds (c, 2): log a, log b. Densities are of the log-odds.

    Neither falls below 1: a predicted rate is never infinitely likely at 0 or 1, and its size stays defined.
    """

    def log_parts(self, points: _Points, shape: Floats) -> Floats:
        ab = np.exp(shape)
        value: Floats = points.statistics @ ab.T - betaln(ab[:, 0], ab[:, 1])
        return value

    def from_moments(self, points: _Points, share: Floats) -> Floats:
        rate = np.exp(points.statistics[:, 0])
        size = share.sum(axis=1)
        mean = share @ rate / size
        variance = (share * (rate - mean[:, None]) ** 2).sum(axis=1) / size
        strength = np.maximum(mean * (1 - mean) / variance - 1, 0.5)
        start = np.log(np.stack([mean * strength, (1 - mean) * strength], axis=1))
        return self.maximise(points, share, start, steps=30)

    def maximise(self, points: _Points, share: Floats, shape: Floats, *, steps: int = 1) -> Floats:
        """Newton on the likelihood equations of each part, from its present shape."""
        size = share.sum(axis=1)[:, None]
        wanted = share @ points.statistics / np.maximum(size, _GONE)
        for _ in range(steps):
            ab = np.exp(shape)
            both = np.column_stack([ab, ab[:, 0] + ab[:, 1]])
            digammas, trigammas = digamma(both), zeta(2, both)
            gap = np.where(size > _GONE, wanted - digammas[:, :2] + digammas[:, 2:], 0.0)
            # in log a and log b: minus the Hessian, with the gradient on its diagonal left out to stay definite
            slope = gap * ab
            held = (shape <= 0) & (slope < 0)
            slope = np.where(held, 0.0, slope)
            diagonal = trigammas[:, :2] * ab * ab
            joint = trigammas[:, 2]
            h_aa, h_bb = diagonal[:, 0] - joint * ab[:, 0] ** 2, diagonal[:, 1] - joint * ab[:, 1] ** 2
            h_ab = np.where(held.any(axis=1), 0.0, -joint * ab[:, 0] * ab[:, 1])
            g_a, g_b = slope.T
            determinant = h_aa * h_bb - h_ab**2
            step = np.column_stack([h_bb * g_a - h_ab * g_b, h_aa * g_b - h_ab * g_a]) / determinant[:, None]
            shape = _between(shape + _between(step, -1.0, 1.0), 0.0, _LARGEST)
        return shape

    def split(self, weight: Floats, shape: Floats) -> tuple[Floats, Floats]:
        heaviest = int(weight.argmax())
        new = np.concatenate([shape, shape[[heaviest]]])
        new[heaviest] += (np.log(2) - 0.03, np.log(2) + 0.03)
        new[-1] -= (np.log(2) - 0.03, np.log(2) + 0.03)
        return _halved(weight, heaviest), np.clip(new, 0.0, _LARGEST)

    def mixture(self, weight: Floats, shape: Floats) -> BetaMixture:
        order = np.argsort(-weight)
        ab = np.exp(shape[order])
        return BetaMixture(weight[order], ab[:, 0], ab[:, 1])


def _between(value: Floats, least: float, most: float) -> Floats:
    """As np.clip, whose checks take longer than the few numbers here."""
    kept: Floats = np.minimum(np.maximum(value, least), most)
    return kept


def _halved(weight: Floats, which: int) -> Floats:
    new = np.append(weight, weight[which] / 2)
    new[which] /= 2
    return new


def _climb(family: _Beta | _Normal, points: _Points, weight: Floats, shape: Floats) -> tuple[Floats, Floats, float]:
    """Expectation-maximisation with squared extrapolation, taken back where it does not come closer."""

    def step(theta: Floats) -> tuple[Floats, float]:
        log_parts = family.log_parts(points, theta[:, 1:]) + theta[:, 0]
        top = log_parts.max(axis=1, keepdims=True)
        parts = np.exp(log_parts - top)
        whole = parts.sum(axis=1, keepdims=True)
        divergence = float(points.share @ (points.log_density - (np.log(whole) + top)[:, 0]))
        share = (parts / whole * points.share[:, None]).T
        size = np.maximum(share.sum(axis=1), _GONE)
        new = family.maximise(points, share, theta[:, 1:])
        return np.column_stack([np.log(size / size.sum()), new]), divergence

    theta = np.column_stack([np.log(weight), shape])
    for _ in range(_CYCLES):
        one, before = step(theta)
        two, _ = step(one)
        first, second = one - theta, two - 2 * one + theta
        bend = float(np.sum(second**2))
        if bend == 0:
            break
        reach = max(1.0, (float(np.sum(first**2)) / bend) ** 0.5)
        far = theta + 2 * reach * first + reach**2 * second
        far[:, 0] -= np.log(np.exp(far[:, 0] - far[:, 0].max()).sum()) + far[:, 0].max()
        tried, after = step(far)
        if not np.isfinite(after) or after > before:
            tried = two
            after = step(two)[1]
        theta = tried
        if abs(before - after) < _GAIN:
            break
    _, divergence = step(theta)
    return np.exp(theta[:, 0]), theta[:, 1:], max(divergence, 0.0)
