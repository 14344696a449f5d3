"""The convex dual of the weights of largest entropy: log sum exp(z a), minimised by Newton's method.

If 0 is inside the convex hull of the rows of z there is one minimum. If it is outside, some direction makes every
z a negative, and the first such a that is met proves it: with 0 in the hull the largest z a is never below 0.

``stats.weights_entropy`` solves the same problem for one sample of any size, a block of cases at a time, and names the
covariate out of reach. Here all resamples of a small sample take each step together, with every product of two columns
kept: neither way can do the other's work in its time or memory. A test sets them beside each other.
"""

from typing import NamedTuple

import numpy as np

from equipoise.domain.cohort import Flags, Floats

TOLERANCE = 1e-11
"""How far a weighted mean may be from the published one, in spreads of the cases."""
FLATTEST = 1e-8
"""Least curvature of a minimum, against 1 for equal weights. On the edge of the hull it falls to 0 with the slope."""
_STEPS = 200
_LONGEST_STEP = 30.0
"""The most a step may change the logarithm of a weight."""


class MaximumEntropy(NamedTuple):
    """``share`` (n,) > 0 adding up to 1, and ``coefficient`` (m,), with share proportional to exp(z coefficient)."""

    share: Floats
    coefficient: Floats


def maximum_entropy(z: Floats) -> MaximumEntropy | None:
    """Weights under which every column of ``z`` (n, m) has mean 0; None where there are none, all of them positive."""
    found, solved = maximum_entropy_of_counts(z, np.ones((1, z.shape[0])))
    if not solved[0]:
        return None
    size = z @ found[0]
    share = np.exp(size - size.max())
    return MaximumEntropy(share / share.sum(), found[0])


def maximum_entropy_of_counts(z: Floats, counts: Floats) -> tuple[Floats, Flags]:
    """The same for many samples at once, in which case i comes up ``counts[b, i]`` times.

    Parameters
    ----------
    z : (n, m) float
    counts : (b, n) float >= 0, in each row at least one above 0

    Returns
    -------
    coefficient : (b, m), 0 where there is no solution
    solved : (b,) whether there is one
    """
    replicates, m = counts.shape[0], z.shape[1]
    coefficient, solved = np.zeros((replicates, m)), np.zeros(replicates, dtype=np.bool_)
    whitening = _whitening(z)
    white = z @ whitening
    products = (white[:, :, None] * white[:, None, :]).reshape(z.shape[0], m * m)
    active = np.arange(replicates)
    for _ in range(_STEPS):
        value, share, largest = _value(white, counts[active], coefficient[active])
        # einsum adds in one order; a linear-algebra library's order depends on how many threads it has
        slope = np.einsum("bi,ij->bj", share, white)
        bend = np.einsum("bi,ij->bj", share, products).reshape(-1, m, m) - slope[:, :, None] * slope[:, None, :]
        met = np.abs(slope).max(axis=1, initial=0.0) <= TOLERANCE
        flat = np.linalg.eigvalsh(bend)[:, 0] < FLATTEST
        solved[active[met & ~flat]] = True
        # 0 outside the hull (proved), or on its edge, where the slope vanishes and the curvature with it
        going = ~(met | (largest < 0))
        active = active[going]
        if active.size == 0:
            break
        step = _newton_step(white, slope[going], bend[going])
        coefficient[active] = _descend(white, counts[active], coefficient[active], step, value[going], slope[going])
    coefficient[~solved] = 0.0
    return coefficient @ whitening.T, solved


def _whitening(z: Floats) -> Floats:
    """(m, m) such that z times it has covariance 1 over the cases: the search is then the same in any units."""
    _, sizes, turned = np.linalg.svd(z - z.mean(axis=0), full_matrices=False)
    whitening: Floats = turned.T / (sizes / np.sqrt(z.shape[0]))
    return whitening


def _newton_step(white: Floats, slope: Floats, bend: Floats) -> Floats:
    """(b, m) minus the slope over the curvature, shortened where it would change a weight too much at once."""
    ridge = 1e-12 * np.eye(slope.shape[1])
    step = -np.linalg.solve(bend + ridge, slope[:, :, None])[:, :, 0]
    furthest = np.abs(step @ white.T).max(axis=1)
    shortened: Floats = step * np.minimum(1.0, _LONGEST_STEP / np.maximum(furthest, _LONGEST_STEP))[:, None]
    return shortened


def _value(z: Floats, counts: Floats, coefficient: Floats) -> tuple[Floats, Floats, Floats]:
    """log sum counts exp(z a), the shares it gives each case, and the largest z a among the drawn."""
    size = coefficient @ z.T
    largest = np.where(counts > 0, size, -np.inf).max(axis=1)
    weight = counts * np.exp(np.minimum(size - largest[:, None], 0.0))
    total = weight.sum(axis=1)
    return largest + np.log(total), weight / total[:, None], largest


def _descend(z: Floats, counts: Floats, start: Floats, step: Floats, value: Floats, slope: Floats) -> Floats:
    """``start`` plus the longest of 1, 1/2, 1/4, … steps that lowers the function enough (Armijo)."""
    length = np.ones(start.shape[0])
    gain = np.einsum("bj,bj->b", slope, step)
    for _ in range(40):
        reached = _value(z, counts, start + length[:, None] * step)[0]
        # near the minimum the function is flat to rounding, and the full step is right
        poor = reached > value + 1e-4 * length * gain + 1e-13 * (1 + np.abs(value))
        if not poor.any():
            break
        length[poor] /= 2
    moved: Floats = start + length[:, None] * step
    return moved
