"""The penalised likelihood of a logistic regression, and its maximum by Newton steps that never go downhill."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit

from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem

STEPS, HALVINGS = 200, 60
LONGEST_STEP = 5.0
"""On the scale of standardised covariates; a longer step could leave the region where the curvature holds."""
SCORE = 1e-9
ROUNDING = 1e-13
"""Values closer than this share of them are the same to rounding: the score then tells which is nearer the top."""


@dataclass(frozen=True)
class Likelihood:
    """``response`` (n,) 0 or 1, ``design`` (n, p) of full rank."""

    response: Floats
    design: Floats

    def value(self, coefficient: Floats) -> float:
        """log L + log|X'WX| / 2; minus infinity where the information is singular to rounding."""
        linear = self.design @ coefficient
        sign, log_determinant = np.linalg.slogdet(self.information(coefficient))
        if sign <= 0.0:
            return -np.inf
        of_data = log_expit(np.where(self.response > 0.0, linear, -linear)).sum()
        return float(of_data + log_determinant / 2.0)

    def information(self, coefficient: Floats) -> Floats:
        """Fisher's X'WX, (p, p)."""
        linear = self.design @ coefficient
        weight = expit(linear) * expit(-linear)
        return np.asarray(self.design.T @ (weight[:, None] * self.design))

    def score(self, coefficient: Floats, information: Floats) -> Floats:
        """Firth's modified score X'(y - p + h (1/2 - p)), h the diagonal of the hat matrix."""
        linear = self.design @ coefficient
        rate = expit(linear)
        weight = rate * expit(-linear)
        hat = weight * (self.design * np.linalg.solve(information, self.design.T).T).sum(axis=1)
        return np.asarray(self.design.T @ (self.response - rate + hat * (0.5 - rate)))

    def curvature(self, coefficient: Floats, information: Floats) -> Floats:
        """Minus the second derivatives of the penalised likelihood, (p, p); need not be positive away from its top.

        With w = p (1 - p) and skew 1 - 2 p, the log-determinant has the second derivatives
        sum of h (skew^2 - 2 w) x_r x_s, less trace(G_r G_s), where G_r sums skew x_r z z' and the products
        z'z make the hat matrix.
        """
        linear = self.design @ coefficient
        rate = expit(linear)
        weight, skew = rate * expit(-linear), 1.0 - 2.0 * rate
        root = np.linalg.cholesky(information)
        z = np.linalg.solve(root, self.design.T).T * np.sqrt(weight)[:, None]
        hat = (z * z).sum(axis=1)
        spread = np.einsum("ir,ij,ik->rjk", skew[:, None] * self.design, z, z, optimize=True)
        of_determinant = self.design.T @ ((hat * (skew**2 - 2.0 * weight))[:, None] * self.design)
        of_determinant = of_determinant - np.einsum("rjk,sjk->rs", spread, spread)
        return np.asarray(information - of_determinant / 2.0)


@dataclass(frozen=True)
class Maximum:
    """Where the likelihood is largest, how large, and the information there."""

    coefficient: Floats
    value: float
    information: Floats


def maximise(likelihood: Likelihood, *, start: Floats | None = None, free: Floats | None = None) -> Maximum:
    """The maximum over ``start`` + the columns of ``free`` (p, q); over all coefficients where it is None.

    Newton steps (Fisher's scoring where the likelihood is not concave), halved until they climb, or where the value is
    flat to rounding until the score falls; until the score is ``SCORE`` or rounding forbids a better one.

    Raises
    ------
    MethodError : it was not reached in ``STEPS`` steps
    """
    size = likelihood.design.shape[1]
    coefficient = np.zeros(size) if start is None else start
    along = np.eye(size) if free is None else free
    value = likelihood.value(coefficient)
    for _ in range(STEPS):
        information = likelihood.information(coefficient)
        score = along.T @ likelihood.score(coefficient, information)
        if score.size == 0 or np.abs(score).max() <= SCORE:
            return Maximum(coefficient, value, information)
        step = along @ _step(likelihood, coefficient, information, along, score)
        step = step * min(1.0, LONGEST_STEP / np.abs(step).max())
        for _ in range(HALVINGS):
            proposed = likelihood.value(coefficient + step)
            flat = proposed >= value - ROUNDING * (1.0 + abs(value))
            if proposed > value or (flat and _steepness(likelihood, coefficient + step, along) < np.abs(score).max()):
                break
            step = step / 2.0
        else:
            if np.abs(score).max() <= 1e-5 * likelihood.response.size:
                return Maximum(coefficient, value, information)  # flat to rounding
            break
        coefficient, value = coefficient + step, proposed
    why = "the penalised likelihood was not maximised"
    raise MethodError(Problem("covariates", why, "name fewer covariates, or rescale one with extreme values"))


def _steepness(likelihood: Likelihood, coefficient: Floats, along: Floats) -> float:
    score = along.T @ likelihood.score(coefficient, likelihood.information(coefficient))
    return float(np.abs(score).max())


def _step(likelihood: Likelihood, coefficient: Floats, information: Floats, along: Floats, score: Floats) -> Floats:
    """Newton's step within ``along``, or Fisher's where Newton's need not climb."""
    try:
        curvature = along.T @ likelihood.curvature(coefficient, information) @ along
        np.linalg.cholesky(curvature)
        return np.asarray(np.linalg.solve(curvature, score))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.solve(along.T @ information @ along, score))
