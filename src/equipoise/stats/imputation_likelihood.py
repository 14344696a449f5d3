"""The restricted likelihood of many weightings of the same cases at once, with its derivatives.

The mean at visit j of a case with columns z is z'b_j; coefficients may be tied by (b_1, ..., b_m) = R beta. Cases seen
at the same visits enter through sums of products of (z, y), and those are linear in the weights: a replicate costs
as much as there are patterns of visits. The formulae are those of ``equipoise.stats.mmrm_likelihood``.
"""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.stats.imputation_covariance import Curve


@dataclass(frozen=True)
class Moments:
    """Weighted sums over the cases of each of s patterns, for B replicates; r columns, m visits.

    ``seen`` (s, m), ``group`` (s,) : the visits of a pattern, and whose covariance it has
    ``cases`` (B, s) : sum of weights; ``products`` (B, s, r + m, r + m) : of (z, y), y zero where unseen
    ``restriction`` (m r, p) : R, of orthonormal columns; None where each visit has coefficients of its own
    """

    seen: Flags
    group: Ints
    cases: Floats
    products: Floats
    restriction: Floats | None

    def of(self, which: Ints) -> "Moments":
        """The same of some of the replicates."""
        return Moments(self.seen, self.group, self.cases[which], self.products[which], self.restriction)

    @property
    def columns(self) -> int:
        """How many columns the mean at a visit is linear in."""
        return int(self.products.shape[2] - self.seen.shape[1])


@dataclass(frozen=True)
class Likelihood:
    """Where B replicates stand; those whose covariance or design is singular have an infinite deviance.

    ``deviance`` (B,), ``beta`` (B, m, r), ``phi`` (B, m r, m r), ``inverse`` (B, s, m, m) zero where unseen
    """

    deviance: Floats
    beta: Floats
    phi: Floats
    inverse: Floats


def factors(matrices: Floats) -> tuple[Floats, Flags]:
    """Cholesky factors (B, ..., k, k), and for each of the B whether all its matrices are positive definite."""
    definite: Flags = np.ones(matrices.shape[0], dtype=bool)
    try:
        return np.asarray(np.linalg.cholesky(matrices), dtype=np.float64), definite
    except np.linalg.LinAlgError:
        found = np.broadcast_to(np.eye(matrices.shape[-1]), matrices.shape).copy()
        for b, each in enumerate(matrices):
            try:
                found[b] = np.linalg.cholesky(each)
            except np.linalg.LinAlgError:
                definite[b] = False
        return found, definite


def information(weighed: Floats, products: Floats, columns: int) -> Floats:
    """Sum over patterns of A_s (x) Z_s for A (B, ..., s, m, m), Z the sums over ``columns``: (B, ..., m r, m r)."""
    r, (s, m) = columns, weighed.shape[-3:-1]
    b, lead = weighed.shape[0], weighed.shape[1:-3]
    flat = products[:, :, :r, :r].reshape(b, s, r * r)
    stacked = np.moveaxis(weighed.reshape(b, -1, s, m * m), 2, 3).reshape(b, -1, s)
    blocks = (stacked @ flat).reshape(b, *lead, m, m, r, r)
    return np.asarray(np.swapaxes(blocks, -3, -2).reshape(b, *lead, m * r, m * r), dtype=np.float64)


def likelihood(moments: Moments, sigma: Floats) -> Likelihood:
    """Minus twice the restricted log-likelihood at ``sigma`` (B, C, m, m), without its constants."""
    r, m = moments.columns, moments.seen.shape[1]
    both = moments.seen[:, :, None] & moments.seen[:, None, :]
    held = np.where(both, sigma[:, moments.group], np.eye(m))
    root, definite = factors(held)
    back = np.linalg.inv(root)
    inverse = np.where(both, back.swapaxes(-1, -2) @ back, 0.0)
    full = information(inverse, moments.products, r)
    restriction = np.eye(m * r) if moments.restriction is None else moments.restriction
    shape, regular = factors(restriction.T @ full @ restriction)
    half = restriction @ np.linalg.inv(shape).swapaxes(-1, -2)
    phi = half @ half.swapaxes(-1, -2)
    across = (inverse @ moments.products[:, :, r:, :r]).sum(axis=1).reshape(-1, m * r, 1)
    beta = phi @ across
    deviance = 2.0 * np.einsum("bs,bsi->b", moments.cases, np.log(np.diagonal(root, axis1=-2, axis2=-1)))
    deviance += 2.0 * np.log(np.diagonal(shape, axis1=-2, axis2=-1)).sum(axis=-1)
    deviance += np.einsum("bsij,bsij->b", inverse, moments.products[:, :, r:, r:])
    deviance -= np.einsum("bi,bi->b", across[..., 0], beta[..., 0])
    return Likelihood(np.where(definite & regular, deviance, np.inf), beta.reshape(-1, m, r), phi, inverse)


def slopes(moments: Moments, at: Likelihood, curve: Curve, state: Floats) -> tuple[Floats, Floats]:
    """Gradient (B, C k) and second derivatives (B, C k, C k) of the deviance by the local parameters."""
    left, inside = _residuals(moments, at)
    b, width = left.shape[0], at.phi.shape[1]
    counted = moments.cases[:, :, None, None] * at.inverse
    members = [np.flatnonzero(moments.group == g) for g in range(state.shape[1])]
    net = np.stack([(counted - inside)[:, of].sum(axis=1) for of in members], axis=1)
    first, bend = curve.slopes(state, net)
    groups, k = first.shape[1:3]
    hessian = np.zeros((b, groups, k, groups, k))
    by = np.empty((b, groups, k, width, width))
    score = np.empty((b, groups, k, width))
    for g, of in enumerate(members):
        derivative = first[:, g, :, None]
        once = derivative @ at.inverse[:, None, of]
        twice = (derivative @ (2.0 * inside - counted)[:, None, of]).swapaxes(-1, -2)
        second = once.reshape(b, k, -1) @ twice.reshape(b, k, -1).swapaxes(1, 2)
        hessian[:, g, :, g] = (second + second.swapaxes(1, 2)) / 2.0 + bend[:, g]
        around = at.inverse[:, None, of] @ once
        by[:, g] = information(around, moments.products[:, of], moments.columns)
        score[:, g] = (around @ left[:, None, of]).sum(axis=2).reshape(b, k, width)
    scored = score.reshape(b, -1, width)
    spun = by.reshape(b, -1, width) @ at.phi
    turned = spun.reshape(by.shape).swapaxes(-1, -2).reshape(b, groups * k, -1)
    flat = hessian.reshape(b, groups * k, -1) - spun.reshape(b, groups * k, -1) @ turned.swapaxes(1, 2)
    flat -= 2.0 * scored @ at.phi @ scored.swapaxes(1, 2)
    return np.einsum("bcij,bchij->bch", net, first, optimize=True).reshape(b, -1), flat


def _residuals(moments: Moments, at: Likelihood) -> tuple[Floats, Floats]:
    """Sums over cases of e z' (B, s, m, r), and V^-1 (sum of e e' + Z phi Z') V^-1 (B, s, m, m); e the residuals."""
    r, m = moments.columns, moments.seen.shape[1]
    b, beta = moments.cases.shape[0], at.beta[:, None]
    design = moments.products[:, :, :r, :r]
    fitted = beta @ design
    left = moments.products[:, :, r:, :r] - fitted
    across = left @ beta.swapaxes(-1, -2)
    residual = moments.products[:, :, r:, r:] - fitted @ beta.swapaxes(-1, -2) - across - across.swapaxes(-1, -2)
    split = np.swapaxes(at.phi.reshape(b, m, r, m, r), 2, 3).reshape(b, m * m, r * r)
    spread = (split @ design.reshape(b, -1, r * r).swapaxes(1, 2)).swapaxes(1, 2).reshape(residual.shape)
    return left, at.inverse @ (residual + spread) @ at.inverse
