"""Logistic regression by Newton's steps over blocks of cases: plain, ridge or Firth's."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import expit, log_expit

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.firth_likelihood import Likelihood, maximise
from equipoise.stats.propensity_design import Design

Penalty = Literal["none", "ridge", "firth"]
STEPS, HALVINGS, SMALL_STEP = 40, 40, 1e-9
"""Newton has converged where no standardised coefficient moves further; under separation each step stays about 1."""
MANY = 2**16
"""Cases from which some of them are fitted first."""
FIRTH_AT_MOST = 10**8
"""Cases times squared columns: beyond, Firth's correction is below rounding of anything printed, and costs memory."""


class SeparatedError(Exception):
    """No finite maximum: some combination of the covariates tells the two responses apart."""


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """A fitted logistic regression on standardised columns.

    ``coefficient`` : (p,); ``curvature`` : (p, p) minus the derivative of the score (of Firth's: the information)
    ``linear`` : (n,) for every case of the design, fitted or not
    ``residual`` : (n,) what each case adds to the score, per unit of its columns; 0 for cases not fitted
    """

    coefficient: Floats
    curvature: Floats
    linear: Floats
    residual: Floats

    @property
    def rate(self) -> Floats:
        """(n,) fitted probabilities."""
        return np.asarray(expit(self.linear))


def fit_logistic(
    design: Design, response: Floats, *, rows: Flags | None = None, penalty: Penalty = "none", ridge: float = 0.0
) -> LogisticFit:
    """Maximum of the (penalised) likelihood over the cases in ``rows``.

    Parameters
    ----------
    design : n cases, p columns
    response : (n,) 0 or 1
    rows : (n,) the cases to fit; all if absent
    penalty : "ridge" takes ``ridge`` / 2 times the squared standardised slopes from the log-likelihood (the
        intercept is free), "firth" adds half the log-determinant of the information
    ridge : > 0 with "ridge"

    Raises
    ------
    SeparatedError : no penalty, and no finite maximum
    MethodError : the ridge is not positive; too many cases for Firth

    References
    ----------
    Firth (1993), Biometrika 80:27-38. le Cessie and van Houwelingen (1992), Appl. Statist. 41:191-201 (ridge).
    """
    if penalty == "ridge" and not (np.isfinite(ridge) and ridge > 0.0):
        raise MethodError(Problem("ridge", "is not a positive number", "give it above 0, such as 1"))
    if penalty == "firth":
        return _fit_firth(design, response, rows)
    counted = np.ones(design.n) if rows is None else rows.astype(np.float64)
    shrink = np.full(design.p, ridge if penalty == "ridge" else 0.0)
    shrink[0] = 0.0
    coefficient = _newton(design, response, counted, shrink)
    linear = design.times(coefficient)
    rate = expit(linear)
    curvature = design.gram(counted * rate * expit(-linear)) + np.diag(shrink)
    return LogisticFit(coefficient, curvature, linear, counted * (response - rate))


def _newton(design: Design, response: Floats, counted: Floats, shrink: Floats) -> Floats:
    """Newton's steps, halved until they climb."""
    coefficient = _start(design, response, counted, shrink)
    value, score, curvature = _pass(design, response, counted, shrink, coefficient)
    for _ in range(STEPS):
        try:
            step = np.linalg.solve(curvature, score)
        except np.linalg.LinAlgError:
            raise SeparatedError from None
        size = float(np.abs(step).max())
        if not np.isfinite(size):
            raise SeparatedError
        if size <= SMALL_STEP * (1.0 + float(np.abs(coefficient).max())):
            return np.asarray(coefficient + step)
        for _ in range(HALVINGS):
            new = _pass(design, response, counted, shrink, coefficient + step)
            if new[0] >= value - 1e-12 * abs(value):
                break
            step = step / 2.0
        coefficient = coefficient + step
        value, score, curvature = new
    raise SeparatedError


def _start(design: Design, response: Floats, counted: Floats, shrink: Floats) -> Floats:
    """0; of many cases the maximum over every sixteenth, which leaves fewer passes over all of them to make."""
    nowhere = np.zeros(design.p)
    if design.n < MANY:
        return nowhere
    some = slice(None, None, 16)
    try:
        return _newton(replace(design, values=design.values[some]), response[some], counted[some], shrink)
    except SeparatedError:
        return nowhere


def _pass(
    design: Design, response: Floats, counted: Floats, shrink: Floats, coefficient: Floats
) -> tuple[float, Floats, Floats]:
    """The log-likelihood, its score and its curvature, in one pass over the cases."""
    value = -0.5 * float(shrink @ coefficient**2)
    score, curvature = -shrink * coefficient, np.diag(shrink)
    for rows, block in design.blocks(counted):
        linear, y, c = block @ coefficient, response[rows], counted[rows]
        rate = expit(linear)
        value += float((c * log_expit(np.where(y > 0.0, linear, -linear))).sum())
        score += block.T @ (c * (y - rate))
        scaled = block * np.sqrt(c * rate * (1.0 - rate))[:, None]
        curvature += scaled.T @ scaled
    return value, score, curvature


def _fit_firth(design: Design, response: Floats, rows: Flags | None) -> LogisticFit:
    fitted = np.ones(design.n, dtype=bool) if rows is None else rows
    if fitted.sum() * design.p**2 > FIRTH_AT_MOST:
        remedy = "leave the penalty out: with so many cases it changes nothing"
        raise MethodError(Problem("penalty", "Firth's is for small samples", remedy))
    if fitted.sum() < design.p + 1:
        why = f"too few cases for the coefficients: {int(fitted.sum())} for {design.p}"
        raise MethodError(Problem("covariates", why, "name fewer covariates, or use a ridge"))
    x, y = design.dense(fitted), response[fitted]
    try:
        top = maximise(Likelihood(y, x))
        basis = np.linalg.solve(top.information, x.T).T
    except np.linalg.LinAlgError:
        why = "some are determined by the others among the cases fitted"
        raise MethodError(Problem("covariates", why, "leave one of them out, or use a ridge")) from None
    here = x @ top.coefficient
    rate = expit(here)
    hat = rate * expit(-here) * (basis * x).sum(axis=1)
    residual = np.zeros(design.n)
    residual[fitted] = y - rate + hat * (0.5 - rate)
    return LogisticFit(top.coefficient, top.information, design.times(top.coefficient), residual)
