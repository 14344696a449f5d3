"""Empirical ("sandwich") covariance of the coefficients, robust to a wrong covariance between visits.

Cases are the clusters. The bias-reduced form corrects each case's residuals so that the sandwich is exact in mean
where the fitted covariance is right; its degrees of freedom count how much each case weighs in a contrast.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.mmrm import MmrmFit
from equipoise.stats.mmrm_patterns import WHERE

ALONE = 1e-9
"""The least share of a case's scores that may be left once its own pull on the coefficients is taken away."""

Kind = Literal["CR0", "CR2", "CR3"]


@dataclass(frozen=True)
class Sandwich:
    """``covariance`` (p, p) of the coefficients, and for each of n cases what degrees of freedom need.

    ``reach`` (n, p, p) : X_i' A_i' V_i^-1 X_i Phi of each case
    ``own`` (n, p, p) : Phi X_i' V_i^-1 A_i V_i A_i' V_i^-1 X_i Phi of each case
    ``root`` (p, p), ``basis`` (p, p) : root root' = Phi and X = Q basis; all of them in the basis of ``Patterns``
    """

    covariance: Floats
    reach: Floats
    own: Floats
    root: Floats
    basis: Floats

    def degrees(self, rows: Floats) -> Floats:
        """Satterthwaite's degrees of freedom of contrasts (c, p) under the fitted covariance: (c,).

        References
        ----------
        Bell and McCaffrey (2002), Survey Methodology 28:169-181. Pustejovsky and Tipton (2018), J. Bus. Econ. Stat.
        36:672-683.
        """
        turned = np.linalg.solve(self.basis.T, rows.T).T
        found = np.empty(rows.shape[0])
        for c, row in enumerate(turned):
            own = np.einsum("i,nij,j->n", row, self.own, row, optimize=True)
            shared = (self.reach @ row) @ self.root
            norm = np.sum(shared**2, axis=1)
            square = float(np.sum(own**2) - 2.0 * np.sum(own * norm) + np.sum((shared.T @ shared) ** 2))
            found[c] = float(np.sum(own - norm)) ** 2 / square if square > 0.0 else np.nan
        return found


def sandwich(fit: MmrmFit, kind: Kind) -> Sandwich:
    """The empirical covariance, cases as clusters: CR0 as it is, CR2 bias-reduced, CR3 the jackknife's.

    Raises
    ------
    MethodError : the jackknife, where a coefficient rests on one case alone

    References
    ----------
    Liang and Zeger (1986), Biometrika 73:13-22. Mancl and DeRouen (2001), Biometrics 57:126-134. Bell and McCaffrey
    (2002). R packages mmrm ("Empirical", "Empirical-Bias-Reduced", "Empirical-Jackknife") and clubSandwich.
    """
    patterns, value = fit.patterns, fit.value
    p, n = patterns.columns, patterns.grid.shape[0]
    score, reach, own = np.empty((n, p)), np.empty((n, p, p)), np.empty((n, p, p))
    for s, seen in enumerate(patterns.seen):
        members, at = np.flatnonzero(patterns.pattern == s), np.flatnonzero(seen)
        block = patterns.grid[members][:, at]
        sigma = value.covariances[patterns.group[s]].sigma[np.ix_(at, at)]
        design = block[:, :, :p]
        residual = block[:, :, p] - design @ value.beta
        adjust = _adjustment(design, sigma, value.phi, kind)
        weighed = adjust.swapaxes(1, 2) @ np.linalg.solve(sigma, design)  # A_i' V_i^-1 X_i
        score[members] = np.einsum("nap,na->np", weighed, residual)
        reach[members] = design.swapaxes(1, 2) @ weighed @ value.phi
        own[members] = value.phi @ (weighed.swapaxes(1, 2) @ sigma @ weighed) @ value.phi
    lead_back = np.linalg.inv(patterns.basis) @ value.phi
    covariance: Floats = lead_back @ (score.T @ score) @ lead_back.T
    return Sandwich(covariance, reach, own, value.root, patterns.basis)


def _adjustment(design: Floats, sigma: Floats, phi: Floats, kind: Kind) -> Floats:
    """A_i of each case of one pattern, by which its residuals are multiplied: (n, m_i, m_i)."""
    cases, visits = design.shape[:2]
    if kind == "CR0":
        return np.broadcast_to(np.eye(visits), (cases, visits, visits))
    leverage = design @ phi @ design.swapaxes(1, 2)
    root = np.asarray(np.linalg.cholesky(sigma), dtype=np.float64)  # root root' = V_i
    if kind == "CR3":
        return _left_out(root, leverage)
    size, turn = np.linalg.eigh(root.T @ (sigma - leverage) @ root)
    half = np.where(size > 1e-12 * size[:, -1:], 1.0 / np.sqrt(np.maximum(size, 1e-300)), 0.0)
    adjusted: Floats = root @ (turn * half[:, None]) @ turn.swapaxes(1, 2) @ root.T
    return adjusted


def _left_out(root: Floats, leverage: Floats) -> Floats:
    """(I - H_i V_i^-1)^-1 of each case, which takes its own pull on its residuals away: (n, m_i, m_i).

    Raises
    ------
    MethodError : a case that alone tells a coefficient, which leaving it out cannot judge
    """
    back = np.linalg.inv(root)
    size, turn = np.linalg.eigh(np.eye(root.shape[0]) - back @ leverage @ back.T)
    if bool(np.any(size[:, 0] < ALONE)):
        problem = "a coefficient rests on one case alone, so the jackknife, which leaves each out, cannot judge it"
        raise MethodError(Problem(WHERE, problem, "ask for 'empirical bias-reduced', or name fewer covariates"))
    adjusted: Floats = root @ (turn / size[:, None, :]) @ turn.swapaxes(1, 2) @ back
    return adjusted
