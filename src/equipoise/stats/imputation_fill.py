"""Scores that were not seen, filled in given the parameters, the assumption and the scores of the case that were."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats, Ints
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_reference import marginal_covariance, marginal_mean
from equipoise.stats.imputation_refit import Parameters
from equipoise.stats.imputation_scores import Scores


@dataclass(frozen=True)
class Kind:
    """Cases filled in by the same formula: one group, assumption, first affected visit and pattern of seen visits."""

    members: Ints
    group: int
    assumption: Assumption
    first: int
    seen: Ints
    unseen: Ints


def kinds(scores: Scores) -> tuple[Kind, ...]:
    """The kinds of cases with something to fill in."""
    lacking = np.flatnonzero(~scores.seen.all(axis=1))
    if not lacking.size:
        return ()
    key = np.column_stack([scores.group, scores.assumption, scores.first, scores.seen])[lacking]
    distinct, which = np.unique(key, axis=0, return_inverse=True)
    order = np.argsort(which.reshape(-1), kind="stable")
    ends = np.cumsum(np.bincount(which.reshape(-1)))[:-1]
    return tuple(
        Kind(
            members=lacking[members],
            group=int(row[0]),
            assumption=Assumption(int(row[1])),
            first=int(row[2]),
            seen=np.flatnonzero(row[3:]),
            unseen=np.flatnonzero(row[3:] == 0),
        )
        for row, members in zip(distinct, np.split(order, ends), strict=True)
    )


def fill(scores: Scores, parameters: Parameters, noise: Floats | None, of: tuple[Kind, ...]) -> Floats:
    """Complete scores under B values of the parameters.

    Parameters
    ----------
    parameters : B values
    noise : (B, u) standard normal, one number for each of the u unseen scores, case by case and visit by visit; None
        for the conditional mean
    of : ``kinds(scores)``

    Returns
    -------
    (B, n, m), the scores that were seen as they are

    References
    ----------
    Carpenter, Roger and Kenward (2013), J. Biopharm. Stat. 23:1352-1371. Wolbers et al. (2022), Pharm. Stat.
    21:1246-1257 (conditional mean).
    """
    b = parameters.sigma.shape[0]
    complete = np.repeat(scores.response[None], b, axis=0)
    place = np.cumsum(~scores.seen).reshape(scores.seen.shape) - 1
    columns = scores.columns
    for kind in of:
        mean, sigma = _moments(scores, parameters, kind, columns[kind.members])
        filled = mean[:, :, kind.unseen]
        spread = sigma[:, kind.unseen[:, None], kind.unseen]
        if kind.seen.size:
            across = sigma[:, kind.seen[:, None], kind.unseen]
            slope = np.linalg.solve(sigma[:, kind.seen[:, None], kind.seen], across)
            surprise = scores.response[kind.members][:, kind.seen] - mean[:, :, kind.seen]
            filled = filled + surprise @ slope
            spread = spread - across.swapaxes(1, 2) @ slope
        if noise is not None:
            drawn = noise[:, place[kind.members][:, kind.unseen]]
            filled = filled + drawn @ np.linalg.cholesky(spread).swapaxes(1, 2)
        complete[:, kind.members[:, None], kind.unseen] = filled
    return complete


def _moments(scores: Scores, parameters: Parameters, kind: Kind, columns: Floats) -> tuple[Floats, Floats]:
    """Mean (B, n, m) and covariance (B, m, m) of the cases of a kind, seen visits and unseen."""
    reference = kind.group if scores.reference is None else scores.reference
    gap = parameters.coefficients[:, kind.group] - parameters.coefficients[:, reference]
    own = columns @ parameters.coefficients
    mean = marginal_mean(kind.assumption, kind.first, own, gap, scores.baseline_mean[kind.members])
    sigma = parameters.sigma[:, 0]
    if parameters.sigma.shape[1] == 1:
        return mean, sigma
    of_reference = parameters.sigma[:, reference]
    return mean, marginal_covariance(kind.assumption, kind.first, parameters.sigma[:, kind.group], of_reference)
