"""The latent multivariate probit: its parameters and latent responses, drawn by Gibbs sampling over several chains.

Case i of group g answers yes at visit j where z_ij > 0, with z_i ~ N(B'x_i, R): x_i its row of the design (a column
for each group, then the covariates), B a coefficient for each column and visit, R a correlation matrix. A sweep:

1. z visit by visit from its truncated normal given the other visits (unseen: not truncated); then all visits of a case
   moved together, which is what keeps strongly correlated visits from holding each other back.
2. R by parameter expansion: standard deviations D from their prior given R, then Sigma = D R D from its inverse
   Wishart given W = z D, with B integrated out. W stays and z becomes W / D', its signs kept.
3. B given z and R: matrix normal.

Prior: R uniform in each correlation; each coefficient normal, over visits with correlation R, which is what makes
steps 2 and 3 exact: visits that go together share what is learned of their means and slopes.

Long sums are einsum's, not BLAS's, whose order of summation depends on the number of threads.

References
----------
Chib and Greenberg (1998), Biometrika 85:347-361. Barnard, McCulloch and Meng (2000), Statist. Sinica 10:1281-1311.
Talhouk, Doucet and Murphy (2012), J. Comput. Graph. Statist. 21:739-757. Tang (2018), Statist. Med. 37:1467-1481.
Moves along a direction: Liu and Wu (1999), J. Am. Statist. Assoc. 94:1264-1274.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from equipoise.domain.cohort import Flags, Floats

MEAN_VARIANCE = 1.0 + sqrt(2.0)
"""Prior variance of each latent mean: Phi of it then has variance 1/8, as Jeffreys' Beta(1/2, 1/2)."""
SLOPE_VARIANCE = 1.0
"""Prior variance of the slope of a standardised covariate, at each visit."""
FARTHEST = -37.0
"""Below this many standard deviations the normal tail has no floating-point number."""
SMALLEST_UNIFORM = 2.0**-54


@dataclass(frozen=True)
class Seen:
    """The cases the parameters rest on, N of them.

    ``sign`` : (m, N) +1 for yes and unseen, -1 for no; ``unseen`` : (m, N)
    ``design`` : (N, p) a 0/1 column for each of the groups, then standardised covariates; ``groups`` : how many
    """

    sign: Floats
    unseen: Flags
    design: Floats
    groups: int


@dataclass
class Chains:
    """Where the C chains stand; every array is replaced or overwritten by a sweep.

    ``latent`` : (m, C, N); ``coefficient`` : (C, p, m), the groups' means first; ``correlation`` : (C, m, m)
    """

    latent: Floats
    coefficient: Floats
    correlation: Floats


class Sampler:
    """The sweeps over given cases, with what does not change between them worked out once."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        columns = seen.design.shape[1]
        prior = np.where(np.arange(columns) < seen.groups, 1.0 / MEAN_VARIANCE, 1.0 / SLOPE_VARIANCE)
        precision = np.einsum("np,nq->pq", seen.design, seen.design) + np.diag(prior)
        self._covariance = np.linalg.inv(precision)
        self._root = np.linalg.cholesky(self._covariance)

    def start(self, chains: int, rng: np.random.Generator) -> Chains:
        """Chains that start apart: means scattered about the seen rates, no correlation, no slope."""
        seen = self.seen
        visits, columns = seen.sign.shape[0], seen.design.shape[1]
        member = seen.design[:, : seen.groups]
        known = ~seen.unseen
        yes = np.einsum("ng,mn->gm", member, (known & (seen.sign > 0.0)).astype(float))
        total = np.einsum("ng,mn->gm", member, known.astype(float))
        coefficient = np.zeros((chains, columns, visits))
        coefficient[:, : seen.groups] = ndtri((yes + 0.5) / (total + 1.0))
        coefficient[:, : seen.groups] += 0.5 * rng.standard_normal((chains, seen.groups, visits))
        latent = fitted(seen.design, coefficient)
        state = Chains(latent, coefficient, np.tile(np.eye(visits), (chains, 1, 1)))
        draw_latents(latent, latent.copy(), state.correlation, seen.sign, seen.unseen, rng)
        return state

    def sweep(self, state: Chains, rng: np.random.Generator) -> None:
        """One sweep of every chain, in place."""
        seen = self.seen
        mean = fitted(seen.design, state.coefficient)
        draw_latents(state.latent, mean, state.correlation, seen.sign, seen.unseen, rng)
        del mean
        with_design = np.einsum("mcn,np->cpm", state.latent, seen.design)
        scale = self._draw_correlation(state, with_design, rng)
        state.latent *= scale.T[:, :, None]
        centre = np.einsum("pq,cqm->cpm", self._covariance, with_design * scale[:, None, :])
        noise = rng.standard_normal(centre.shape)
        root = np.linalg.cholesky(state.correlation)
        state.coefficient = centre + np.einsum("pq,cqk,cmk->cpm", self._root, noise, root)

    def _draw_correlation(self, state: Chains, with_design: Floats, rng: np.random.Generator) -> Floats:
        """R in place; returns what each latent is to be multiplied by, (C, m)."""
        visits, chains, cases = state.latent.shape
        products = np.empty((chains, visits, visits))
        for j in range(visits):
            for k in range(j + 1):
                product = np.einsum("cn,cn->c", state.latent[j], state.latent[k])
                products[:, j, k] = products[:, k, j] = product
        products -= np.einsum("cpj,pq,cqk->cjk", with_design, self._covariance, with_design)
        degrees = visits + 1.0
        diagonal = np.diagonal(np.linalg.inv(state.correlation), axis1=1, axis2=2)
        sd = np.sqrt(diagonal / (2.0 * rng.standard_gamma(degrees / 2.0, (chains, visits))))
        scatter = np.eye(visits) + products * (sd[:, :, None] * sd[:, None, :])
        expanded = _inverse_wishart(scatter, degrees + cases, rng)
        new_sd = np.sqrt(np.diagonal(expanded, axis1=1, axis2=2))
        state.correlation = expanded / (new_sd[:, :, None] * new_sd[:, None, :])
        return np.asarray(sd / new_sd)


def draw_latents(
    latent: Floats, mean: Floats, correlation: Floats, sign: Floats, unseen: Flags, rng: np.random.Generator
) -> None:
    """Every latent response given the others of its case, in place, visit after visit; then each case as a whole.

    Parameters
    ----------
    latent, mean : (m, C, N); correlation : (C, m, m); sign, unseen : (m, N) as ``Seen``
    """
    precision = np.asarray(np.linalg.inv(correlation), dtype=np.float64)
    residual = latent - mean
    for visit in range(latent.shape[0]):
        own = precision[:, visit, visit][:, None]
        sd = 1.0 / np.sqrt(own)
        centre = latent[visit] - _combined(residual, precision[:, visit]) / own
        # sign * latent = sd * (at + x), x standard normal, above -at where seen: by inversion, accurate in either tail
        at = sign[visit] * centre / sd
        np.maximum(at, FARTHEST, out=at, where=~unseen[visit])
        above = ndtr(at)
        above[:, unseen[visit]] = 1.0
        above *= np.maximum(rng.random(above.shape), SMALLEST_UNIFORM)
        latent[visit] = sign[visit] * sd * (at - ndtri(above))
        residual[visit] = latent[visit] - mean[visit]
    if latent.shape[0] > 1:
        latent += _common_move(latent, residual, precision.sum(axis=2), sign, unseen, rng)


def _common_move(
    latent: Floats, residual: Floats, weight: Floats, sign: Floats, unseen: Flags, rng: np.random.Generator
) -> Floats:
    """How far (C, N) to move all visits of a case at once: normal, between the moves that would turn a seen sign."""
    precision = weight.sum(axis=1)[:, None]
    sd = 1.0 / np.sqrt(precision)
    centre = -_combined(residual, weight) / precision
    yes, no = ~unseen & (sign > 0.0), ~unseen & (sign < 0.0)
    low, high = np.full(centre.shape, -np.inf), np.full(centre.shape, np.inf)
    for visit in range(latent.shape[0]):
        np.maximum(low, -latent[visit], out=low, where=yes[visit])
        np.minimum(high, -latent[visit], out=high, where=no[visit])
    low, high = (low - centre) / sd, (high - centre) / sd
    turned = low > 0.0  # the lower tail is the accurate one
    low, high = np.where(turned, -high, low), np.where(turned, -low, high)
    below = ndtr(low)
    room = ndtr(high) - below
    drawn = np.clip(ndtri(below + np.maximum(rng.random(low.shape), SMALLEST_UNIFORM) * room), low, high)
    # no room is a tail beyond floating point, wherever on its line the case stands: it stays, and the draw stays exact
    return np.asarray(np.where(room > 0.0, centre + sd * np.where(turned, -drawn, drawn), 0.0))


def _combined(residual: Floats, weight: Floats) -> Floats:
    """Sum over visits of (C, m) weights times (m, C, N) residuals, (C, N)."""
    out: Floats = weight[:, 0, None] * residual[0]
    for visit in range(1, residual.shape[0]):
        out += weight[:, visit, None] * residual[visit]
    return out


def fitted(design: Floats, coefficient: Floats) -> Floats:
    """(m, C, N) latent means, from a design (N, p) and coefficients (C, p, m)."""
    means: Floats = np.einsum("np,cpm->mcn", design, coefficient, order="C")
    return means


def _inverse_wishart(scale: Floats, degrees: float, rng: np.random.Generator) -> Floats:
    """One draw for each (C, m, m) scale, by Bartlett's decomposition."""
    chains, size, _ = scale.shape
    root = np.linalg.cholesky(scale)
    triangle = np.tril(rng.standard_normal(scale.shape), -1)
    squares = 2.0 * rng.standard_gamma((degrees - np.arange(size)) / 2.0, (chains, size))
    triangle[:, np.arange(size), np.arange(size)] = np.sqrt(squares)
    half = np.linalg.solve(triangle, root.transpose(0, 2, 1))
    return np.asarray(np.einsum("cij,cik->cjk", half, half))
