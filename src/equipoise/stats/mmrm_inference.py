"""Small-sample inference on the coefficients of a fitted model: standard errors, degrees of freedom, contrasts.

Methods
-------
``satterthwaite`` : (X' V^-1 X)^-1 and Satterthwaite's degrees of freedom, as R's mmrm
``kenward-roger`` : Kenward and Roger's covariance with second derivatives, as R's mmrm by default
``kenward-roger-linear`` : without them and with the expected information, as R's pbkrtest
``kenward-roger-first-order`` : without them, with the observed information, as mmrm's "Kenward-Roger-Linear" and
    SAS ``ddfm=kenwardroger(firstorder)``
``empirical``, ``empirical bias-reduced``, ``empirical jackknife`` : the sandwich CR0, CR2, CR3 (``mmrm_sandwich``)
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc, stdtr, stdtrit

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.mmrm import MmrmFit
from equipoise.stats.mmrm_sandwich import Sandwich, sandwich

Method = Literal[
    "satterthwaite",
    "kenward-roger",
    "kenward-roger-linear",
    "kenward-roger-first-order",
    "empirical",
    "empirical bias-reduced",
    "empirical jackknife",
]
METHODS: tuple[Method, ...] = (
    "satterthwaite",
    "kenward-roger",
    "kenward-roger-linear",
    "kenward-roger-first-order",
    "empirical",
    "empirical bias-reduced",
    "empirical jackknife",
)
WHERE = "contrasts of scores over time"
NO_VARIANCE = 1e-9
"""A robust variance of this share of the model's own is rounding: too few cases stand behind it."""


@dataclass(frozen=True)
class Inference:
    """What contrasts of p coefficients need; made by ``infer``.

    ``covariance`` (p, p) : of the coefficients, adjusted as the method says
    ``unadjusted`` (p, p) : (X' V^-1 X)^-1
    ``slopes`` (K, p, p) : derivatives of ``unadjusted`` by the covariance parameters
    ``of_theta`` (K, K) : covariance of the covariance parameters
    ``sandwich`` : of the empirical methods, else None
    """

    coefficients: Floats
    covariance: Floats
    unadjusted: Floats
    slopes: Floats
    of_theta: Floats
    method: Method
    sandwich: Sandwich | None


@dataclass(frozen=True)
class Contrasts:
    """One row for each linear combination of coefficients; each (c,). Two-sided P against zero."""

    estimate: Floats
    standard_error: Floats
    degrees_of_freedom: Floats
    t: Floats
    p_value: Floats
    lower: Floats
    upper: Floats
    level: float
    method: Method


@dataclass(frozen=True)
class JointTest:
    """F test that several combinations are all zero. ``scale`` : Kenward and Roger's lambda, already in ``f``."""

    f: float
    numerator: int
    denominator: float
    p_value: float
    scale: float
    method: Method


def infer(fit: MmrmFit, method: Method) -> Inference:
    """Covariance of the coefficients and what degrees of freedom are made from.

    Raises
    ------
    MethodError : an unknown method, or Kenward-Roger after maximum likelihood, for which it is not defined

    References
    ----------
    Satterthwaite (1946), Biometrics Bull. 2:110-114. Kenward and Roger (1997), Biometrics 53:983-997. Halekoh and
    Hojsgaard (2014), J. Stat. Softw. 59(9). R package mmrm, vignettes "Kenward-Roger" and "Satterthwaite".
    """
    if method not in METHODS:
        raise MethodError(Problem(WHERE, "no such method", f"ask for one of: {', '.join(METHODS)}"))
    if method.startswith("kenward-roger") and not fit.restricted:
        raise MethodError(Problem(WHERE, "Kenward-Roger needs REML", "fit by REML, or ask for satterthwaite"))
    phi, design = fit.value.phi, fit.slopes.design
    information = fit.slopes.expected if method == "kenward-roger-linear" else fit.slopes.observed
    of_theta = np.asarray(2.0 * np.linalg.inv(information), dtype=np.float64)
    adjusted: Floats = phi
    found = None
    if method.startswith("kenward-roger"):
        adjusted = phi + 2.0 * phi @ _excess(fit, of_theta, second=method == "kenward-roger") @ phi
    elif method.startswith("empirical"):
        found = sandwich(fit, "CR2" if "bias" in method else "CR3" if "jack" in method else "CR0")
    lead_back = np.linalg.inv(fit.patterns.basis)
    return Inference(
        coefficients=fit.coefficients,
        covariance=lead_back @ adjusted @ lead_back.T if found is None else found.covariance,
        unadjusted=fit.covariance,
        slopes=lead_back @ (phi @ design @ phi) @ lead_back.T,
        of_theta=of_theta,
        method=method,
        sandwich=found,
    )


def contrasts(inference: Inference, combinations: npt.ArrayLike, *, level: float = 0.95) -> Contrasts:
    """Estimate, standard error, degrees of freedom, t test and limits of each row of ``combinations`` (c, p).

    Raises
    ------
    DataError : rows of the wrong length, a row of zeros, a value missing, or a level outside (0, 1)
    MethodError : so few cases that the method gives no variance or no degrees of freedom
    """
    check_level(level, where=WHERE)
    rows = _rows(inference, combinations)
    estimate = rows @ inference.coefficients
    variance = np.einsum("ci,ij,cj->c", rows, inference.covariance, rows)
    df = _degrees(inference, rows)
    _check_answers(variance / np.einsum("ci,ij,cj->c", rows, inference.unadjusted, rows), df)
    error = np.sqrt(variance)
    t = estimate / error
    margin = stdtrit(df, 0.5 + level / 2.0) * error
    p_value = 2.0 * stdtr(df, -np.abs(t))
    return Contrasts(estimate, error, df, t, p_value, estimate - margin, estimate + margin, level, inference.method)


def joint_test(inference: Inference, combinations: npt.ArrayLike) -> JointTest:
    """Test that all rows of ``combinations`` (c, p) are zero; rows that repeat others are not counted.

    Satterthwaite and the empirical methods: Fai and Cornelius's combination over the eigenvectors of the rows'
    covariance, 2 where one of them has two degrees of freedom or fewer, as mmrm and lmerTest. Kenward-Roger: the
    scaled F of Kenward and Roger (1997).

    Raises
    ------
    DataError, MethodError : as ``contrasts``
    """
    rows = _full_rank(_rows(inference, combinations))
    count = rows.shape[0]
    effect = rows @ inference.coefficients
    of_effect = rows @ inference.covariance @ rows.T
    _check_answers(_beside(of_effect, rows @ inference.unadjusted @ rows.T), np.ones(1))
    f = float(effect @ np.linalg.solve(of_effect, effect)) / count
    scale = 1.0
    if inference.method.startswith("kenward-roger"):
        denominator, scale = _kenward_roger(inference, rows)
    else:
        turned = np.linalg.eigh(of_effect)[1].T @ rows
        denominator = _combined(_degrees(inference, turned))
    p_value = float(fdtrc(count, denominator, scale * f))
    return JointTest(scale * f, count, denominator, p_value, scale, inference.method)


def _rows(inference: Inference, combinations: npt.ArrayLike) -> Floats:
    rows = np.atleast_2d(np.asarray(combinations, dtype=np.float64))
    if rows.ndim != 2 or rows.shape[1] != inference.coefficients.size:
        raise DataError(Problem(WHERE, "a row has not one entry for each coefficient", "give rows of that length"))
    if not np.all(np.isfinite(rows)) or not np.all(np.any(rows != 0.0, axis=1)):
        raise DataError(Problem(WHERE, "a row is all zero or has a missing entry", "leave it out"))
    return rows


def _beside(covariance: Floats, usual: Floats) -> Floats:
    """The variances along the axes on which ``usual`` (q, q) is 1 and ``covariance`` (q, q) is diagonal: (q,)."""
    half = np.linalg.inv(np.linalg.cholesky(usual))
    return np.asarray(np.linalg.eigvalsh(half @ covariance @ half.T), dtype=np.float64)


def _check_answers(share: Floats, degrees: Floats) -> None:
    """``share`` : of the variance that the model itself gives; robust ones of few cases may be rounding and no more."""
    if not (np.all(share > NO_VARIANCE) and np.all(degrees > 0.0)):
        problem = "too few cases for this method: it gives no variance, or no degrees of freedom"
        raise MethodError(Problem(WHERE, problem, "ask for satterthwaite, or for a simpler covariance"))


def _full_rank(rows: Floats) -> Floats:
    """An orthonormal basis of the rows; the test does not depend on which."""
    _, sizes, across = np.linalg.svd(rows, full_matrices=False)
    kept: Floats = across[sizes > 1e-10 * sizes[0]]
    return kept


def _degrees(inference: Inference, rows: Floats) -> Floats:
    """Degrees of freedom of each row; Kenward and Roger's are Satterthwaite's for one row."""
    if inference.sandwich is not None:
        return inference.sandwich.degrees(rows)
    variance = np.einsum("ci,ij,cj->c", rows, inference.unadjusted, rows)
    slope = np.einsum("ci,hij,cj->ch", rows, inference.slopes, rows, optimize=True)
    found: Floats = 2.0 * variance**2 / np.einsum("ch,hj,cj->c", slope, inference.of_theta, slope, optimize=True)
    return found


def _combined(each: Floats) -> float:
    if each.size == 1 or bool(np.all(np.abs(np.diff(each)) < 1.5e-8)):
        return float(np.mean(each))
    if bool(np.any(each <= 2.0)):
        return 2.0
    total = float(np.sum(each / (each - 2.0)))
    return 2.0 * total / (total - each.size)


def _kenward_roger(inference: Inference, rows: Floats) -> tuple[float, float]:
    """Denominator degrees of freedom and scale of the F statistic."""
    count = rows.shape[0]
    if count == 1:
        return float(_degrees(inference, rows)[0]), 1.0
    factor = np.linalg.cholesky(rows @ inference.unadjusted @ rows.T)
    turned = np.linalg.solve(factor, rows)
    slopes = turned @ inference.slopes @ turned.T
    trace = np.trace(slopes, axis1=1, axis2=2)
    a1 = float(trace @ inference.of_theta @ trace)
    flat = slopes.reshape(slopes.shape[0], -1)
    a2 = float(np.sum((inference.of_theta @ flat) * flat))
    b = (a1 + 6.0 * a2) / (2.0 * count)
    g = ((count + 1) * a1 - (count + 4) * a2) / ((count + 2) * a2)
    below = 3.0 * count + 2.0 * (1.0 - g)
    c1, c2, c3 = g / below, (count - g) / below, (count + 2 - g) / below
    mean = 1.0 / (1.0 - a2 / count)
    variance = 2.0 / count * (1.0 + c1 * b) / ((1.0 - c2 * b) ** 2 * (1.0 - c3 * b))
    ratio = variance / (2.0 * mean**2)
    denominator = 4.0 + (count + 2) / (count * ratio - 1.0)
    if not (a2 < count and c3 * b < 1.0 and denominator > 2.0):
        problem = "too few cases for Kenward and Roger's test of so many combinations at once"
        raise MethodError(Problem(WHERE, problem, "test fewer at once, or ask for satterthwaite"))
    return denominator, denominator / (mean * (denominator - 2.0))


def _excess(fit: MmrmFit, of_theta: Floats, *, second: bool) -> Floats:
    """Sum over h and j of W_hj (Q_hj - P_h Phi P_j - R_hj / 4), the last only of second order: (p, p)."""
    patterns, value, design = fit.patterns, fit.value, fit.slopes.design
    p, k = patterns.columns, fit.theta.size // patterns.groups
    middle = np.zeros_like(value.inverse)
    for g, covariance in enumerate(value.covariances):
        of, mine = np.flatnonzero(patterns.group == g), slice(g * k, (g + 1) * k)
        weight = of_theta[mine, mine]
        inverse = value.inverse[of]
        once = covariance.first[:, None] @ inverse
        inner = np.einsum("hsab,hsbc->sac", once, np.tensordot(weight, once, 1), optimize=True)
        if second:
            inner -= np.tensordot(weight, covariance.second, 2) @ inverse / 4.0
        middle[of] = inverse @ inner
    middle = (middle + middle.swapaxes(1, 2)) / 2.0
    products = np.sum(design @ fit.value.phi @ np.tensordot(of_theta, design, 1), axis=0)
    excess: Floats = patterns.weighted(middle)[:p, :p] - products
    return excess
