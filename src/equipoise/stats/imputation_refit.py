"""Refits of the imputation model to many weightings of the same cases at once.

A resample is a count of how often each case was drawn, so replicates share everything but the weights: the search
(Newton's method on the restricted likelihood) runs in all of them together, each ending by itself.
"""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.stats.imputation_covariance import Curve
from equipoise.stats.imputation_likelihood import Likelihood, Moments, information, likelihood, slopes
from equipoise.stats.imputation_scores import Scores
from equipoise.stats.mmrm import DECREMENT, EDGE, STALLED
from equipoise.stats.mmrm_covariance import Structure

MAXIMUM_STEPS = 60
FLOATS_AT_ONCE = 2**23
"""Numbers held in memory at once: 64 MiB."""
LONGEST_STEP = 2.0
"""Of a local parameter; a covariance along L exp(H) L' changes by e squared at the most."""


@dataclass(frozen=True)
class Parameters:
    """B values of the parameters, for r columns (groups, then covariates), m visits and C covariances.

    ``coefficients`` (B, r, m) : of ``Scores.columns``; ``sigma`` (B, C, m, m) : C is 1, or the number of groups
    """

    coefficients: Floats
    sigma: Floats

    def of(self, which: Ints | slice | Flags) -> "Parameters":
        """Some of the values."""
        return Parameters(self.coefficients[which], self.sigma[which])


@dataclass(frozen=True)
class ScoreModel:
    """The model fitted to all cases, and what a refit to weighted cases starts from.

    ``fitted`` : one value of the parameters; ``structure`` : the covariance that answered; ``tried`` : in words, what
    was tried before it
    ``curve``, ``start`` : the covariance the replicates move along, and where they begin
    ``pattern`` (n,), ``seen`` (s, m), ``group`` (s,) : patterns of the visits the model learns from
    ``rows`` (n, r + m) : an orthogonal basis of the columns, and the residual of the fit divided by ``scale``
    ``basis`` (r, r) : leads from that basis back; ``restriction`` as in ``Moments``
    """

    scores: Scores
    fitted: Parameters
    structure: Structure
    tried: tuple[str, ...]
    curve: Curve
    start: Floats
    pattern: Ints
    seen: Flags
    group: Ints
    rows: Floats
    basis: Floats
    scale: float
    restriction: Floats | None


def refit(model: ScoreModel, weights: Floats) -> tuple[Parameters, Flags]:
    """Restricted maximum likelihood with cases counted as often as each row of ``weights`` says, started at the fit.

    Newton's method, all replicates at once; where the deviance is not convex, along the absolute curvature.

    Parameters
    ----------
    weights : (B, n) float >= 0, how often each case counts

    Returns
    -------
    parameters : of the B replicates
    found : (B,) whether a maximum was found; not where the resampled cases leave the parameters undetermined. The
        parameters of such a replicate are those of the fit to all cases

    References
    ----------
    Lindstrom and Bates (1988), J. Am. Stat. Assoc. 83:1014-1022 (derivatives of the restricted likelihood).
    """
    m, r, s = model.seen.shape[1], model.basis.shape[0], model.seen.shape[0]
    k = int(model.start[0].size if model.structure != "unstructured" else model.start.shape[1] * m * (m + 1) // 2)
    chunk = max(1, FLOATS_AT_ONCE // (3 * k * (m * m * r * r + s * m * m) + model.pattern.size))
    parts = [_refit_chunk(model, weights[at : at + chunk]) for at in range(0, weights.shape[0], chunk)]
    coefficients, sigma = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    return Parameters(coefficients, sigma), np.concatenate([part[2] for part in parts])


def moments_of(model: ScoreModel, weights: Floats) -> Moments:
    """Sums of products of the weighted cases, pattern by pattern."""
    size = model.rows.shape[1]
    upper = np.triu_indices(size)
    place = np.empty((size, size), dtype=np.int64)
    place[upper] = place.T[upper] = np.arange(upper[0].size)
    products = np.empty((weights.shape[0], model.seen.shape[0], upper[0].size))
    cases = np.empty(products.shape[:2])
    for s in range(model.seen.shape[0]):
        members = np.flatnonzero(model.pattern == s)
        rows = model.rows[members]
        products[:, s] = weights[:, members] @ (rows[:, upper[0]] * rows[:, upper[1]])
        cases[:, s] = weights[:, members].sum(axis=1)
    return Moments(model.seen, model.group, cases, products[:, :, place], model.restriction)


def _refit_chunk(model: ScoreModel, weights: Floats) -> tuple[Floats, Floats, Flags]:
    moments = moments_of(model, weights)
    b, m, r = weights.shape[0], model.seen.shape[1], model.basis.shape[0]
    state = np.repeat(model.start, b, axis=0)
    found, sigma = np.zeros(b, dtype=bool), np.repeat(model.fitted.sigma, b, axis=0)
    beta = np.zeros((b, m, r))
    active = np.flatnonzero(_determined(model, moments))
    if active.size:
        done, state_of, at = _newton(moments.of(active), model.curve, state[active])
        good = active[done]
        found[good], beta[good] = True, at.beta[done]
        sigma[good] = model.curve.sigma(state_of[done]) * model.scale**2 if good.size else sigma[good]
    back = np.linalg.solve(model.basis, beta.swapaxes(1, 2)) * model.scale
    return model.fitted.coefficients + back, sigma, found


def _determined(model: ScoreModel, moments: Moments) -> Flags:
    """Whether the resampled cases determine means and covariance at all, (B,)."""
    m = moments.seen.shape[1]
    ones = np.broadcast_to(np.eye(m) * moments.seen[:, None, :], (moments.cases.shape[0], moments.seen.shape[0], m, m))
    shape = information(ones, moments.products, moments.columns)
    if moments.restriction is not None:
        shape = moments.restriction.T @ shape @ moments.restriction
    size = np.sqrt(np.maximum(np.diagonal(shape, axis1=1, axis2=2), 1e-300))
    determined = np.linalg.eigvalsh(shape / (size[:, :, None] * size[:, None, :]))[:, 0] > 1e-10
    if model.structure == "unstructured":
        for g in range(model.start.shape[1]):
            of = moments.group == g
            together = np.einsum("bs,si,sj->bij", moments.cases[:, of], 1.0 * moments.seen[of], 1.0 * moments.seen[of])
            determined &= np.all(together > 0.0, axis=(1, 2))
    return np.asarray(determined)


def _newton(moments: Moments, curve: Curve, state: Floats) -> tuple[Flags, Floats, Likelihood]:
    """Newton's method for every replicate: whether it arrived, its state, and where that is."""
    begun = curve.sigma(state[:1])
    at = likelihood(moments, curve.sigma(state))
    b = state.shape[0]
    arrived, active = np.zeros(b, dtype=bool), np.flatnonzero(np.isfinite(at.deviance))
    for _ in range(MAXIMUM_STEPS):
        if not active.size:
            break
        some, here = moments.of(active), _of(at, active)
        gradient, hessian = slopes(some, here, curve, state[active])
        step, convex = _direction(gradient, hessian)
        decrement = np.einsum("bh,bh->b", gradient, step)
        parts = step.reshape(active.size, state.shape[1], -1)
        moved, there, lowered = _line(some, curve, state[active], parts, here, decrement)
        state[active] = moved
        _put(at, active, there)
        ended = lowered & (decrement < np.where(there.deviance >= here.deviance, STALLED, DECREMENT))
        inside = _inside(curve.sigma(moved), begun)
        arrived[active[ended & convex & inside]] = True
        active = active[lowered & ~ended & inside]
    return arrived, state, at


def _direction(gradient: Floats, hessian: Floats) -> tuple[Floats, Flags]:
    """The step to subtract, along the absolute curvature (B, K), and whether the deviance is convex there (B,)."""
    size = np.sqrt(np.maximum(np.abs(np.diagonal(hessian, axis1=1, axis2=2)), 1e-300))
    value, turn = np.linalg.eigh(hessian / (size[:, :, None] * size[:, None, :]))
    held = np.maximum(np.abs(value), 1e-6 * np.abs(value).max(axis=1, keepdims=True))
    along = np.einsum("bji,bj->bi", turn, gradient / size)
    length = np.divide(along, held, out=np.zeros_like(along), where=held > 0.0)  # a flat deviance has no direction
    return np.einsum("bij,bj->bi", turn, length) / size, value[:, 0] > 0.0


def _line(
    moments: Moments, curve: Curve, state: Floats, step: Floats, at: Likelihood, decrement: Floats
) -> tuple[Floats, Likelihood, Flags]:
    """The first of each step and its halves that lowers the deviance enough; where none does, nothing moves."""
    longest = np.abs(step).max(axis=(1, 2))
    fraction = np.minimum(1.0, LONGEST_STEP / np.maximum(longest, 1e-300))
    state, at = state.copy(), _of(at, np.arange(state.shape[0]))
    wanted = at.deviance + 1e-13 * (1.0 + np.abs(at.deviance))
    pending, lowered = np.arange(state.shape[0]), np.zeros(state.shape[0], dtype=bool)
    for _ in range(30):
        tried = curve.move(state[pending], -fraction[pending, None, None] * step[pending])
        found = likelihood(moments.of(pending), curve.sigma(tried))
        good = found.deviance <= (wanted - 1e-4 * fraction * decrement)[pending]
        state[pending[good]] = tried[good]
        _put(at, pending[good], _of(found, np.flatnonzero(good)))
        lowered[pending[good]] = True
        pending = pending[~good]
        if not pending.size:
            break
        fraction[pending] /= 2.0
    return state, at, lowered


def _inside(sigma: Floats, begun: Floats) -> Flags:
    """Whether no covariance of a replicate has become singular, or nothing beside the one it began at, (B,)."""
    deviation = np.sqrt(np.diagonal(sigma, axis1=-2, axis2=-1))
    correlation = sigma / (deviation[..., :, None] * deviation[..., None, :])
    spread = deviation >= EDGE**0.5 * np.sqrt(np.diagonal(begun, axis1=-2, axis2=-1))
    return np.asarray(np.all(np.linalg.eigvalsh(correlation)[..., 0] >= EDGE, axis=1) & np.all(spread, axis=(1, 2)))


def _of(at: Likelihood, which: Ints) -> Likelihood:
    return Likelihood(at.deviance[which], at.beta[which], at.phi[which], at.inverse[which])


def _put(at: Likelihood, which: Ints, found: Likelihood) -> None:
    at.deviance[which], at.beta[which] = found.deviance, found.beta
    at.phi[which], at.inverse[which] = found.phi, found.inverse
