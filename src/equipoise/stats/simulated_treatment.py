"""Simulated treatment comparison: a regression of the cases' outcome, read off at the published means.

The covariates are centred at the published means, so that the intercept is what the cases' treatment would have given
patients with just those means and, with a shared control arm, the coefficient of the arm is its effect in them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.least_squares import fit_least_squares
from equipoise.stats.propensity_design import Design
from equipoise.stats.propensity_logistic import SeparatedError, fit_logistic
from equipoise.stats.published_outcome import Effect, PublishedOutcome, effect_of, scaled
from equipoise.stats.published_table import PublishedBaseline, no_covariates

WHERE = "simulated treatment comparison"
Family = Literal["score", "yes or no"]


@dataclass(frozen=True)
class Prediction:
    """An outcome, or an effect against the shared control, at the published means, on the scale of the regression.

    ``estimate``, ``standard_error``, ``lower``, ``upper`` : in the unit of the score, or as log-odds (log odds ratio)
    ``degrees`` : residual degrees of freedom of the limits; None where they are normal
    ``names``, ``coefficient`` : (p,) of the regression, covariates centred and in their own units, the intercept first
    ``outside`` : covariates whose published mean lies beyond every case: there the regression is extrapolated
    """

    family: Family
    anchored: bool
    estimate: float
    standard_error: float
    lower: float
    upper: float
    degrees: int | None
    names: tuple[str, ...]
    coefficient: Floats
    outside: tuple[str, ...]


def predict_at_published(
    response: npt.ArrayLike,
    covariates: npt.ArrayLike,
    published: PublishedBaseline,
    *,
    family: Family,
    arm: npt.ArrayLike | None = None,
    modifiers: tuple[str, ...] = (),
    level: float = 0.95,
) -> Prediction:
    """The outcome of the cases' treatment in patients with the published means; with an arm, its effect in them.

    Of a score the answer is that of the population published. Of a yes-or-no response it is that of a patient with
    the mean covariates (conditional), which is nearer 0 or 1 than the rate of the population: say so.

    Parameters
    ----------
    response : (n,) finite; 0 or 1 where ``family`` is "yes or no"
    covariates : (n, k) finite, one column for each of ``published.names``
    arm : (n,) 0 the shared control, 1 the treatment; absent where the cases are one arm
    modifiers : covariates that may change the effect: their products with the arm join the regression

    Raises
    ------
    DataError : lengths differ, a value is missing, or a modifier is not a covariate
    MethodError : no covariate ("withheld: no covariates"); a covariate without variation or determined by the others;
        fewer cases than coefficients; a covariate (or arm) that tells all responders from the rest

    References
    ----------
    Caro and Ishak (2010), PharmacoEconomics 28:957-967; Phillippo, Ades, Dias et al. (2016), NICE Decision Support
    Unit Technical Support Document 18, section 2.2.2 and appendix D.
    """
    check_level(level, where=WHERE)
    y, x, group = _checked(response, covariates, published, arm, family)
    design = _design(x, published, group, modifiers)
    place = 0 if group is None else 1 + x.shape[1]
    if family == "score":
        fit = fit_least_squares(y, design.dense())
        coefficient, covariance, degrees = fit.coefficients, fit.covariance, fit.degrees_of_freedom
    else:
        coefficient, covariance = _logistic(design, y)
        degrees = None
    units = np.concatenate([[1.0], design.scale])
    variance = float(covariance[place, place])
    if not 0.0 < variance < np.inf:  # rounding: covariates, or a response, all but determined
        problem = "the covariates all but determine each other or the response, and the spread cannot be told"
        raise MethodError(Problem(WHERE, problem, "name fewer covariates, or weigh the cases (MAIC)"))
    error = variance**0.5 / float(units[place])
    estimate = float(coefficient[place] / units[place])
    margin = float(stdtrit(np.inf if degrees is None else degrees, 0.5 + level / 2)) * error
    beyond = (published.mean < x.min(axis=0)) | (published.mean > x.max(axis=0))
    return Prediction(
        family=family,
        anchored=group is not None,
        estimate=estimate,
        standard_error=error,
        lower=estimate - margin,
        upper=estimate + margin,
        degrees=degrees,
        names=("(intercept)", *design.names),
        coefficient=coefficient / units,
        outside=tuple(name for name, far in zip(published.names, beyond, strict=True) if far),
    )


def against_published(prediction: Prediction, published: PublishedOutcome, *, level: float = 0.95) -> Effect:
    """The prediction less the published outcome; if anchored, less the published effect against the shared control.

    Parameters
    ----------
    published : of one arm its mean or rate; if anchored the published effect, log odds ratio or difference of means,
        with its standard error

    Raises
    ------
    MethodError : a published rate of none or all; no spread
    """
    measure: Literal["difference", "odds ratio"] = "difference" if prediction.family == "score" else "odds ratio"
    if prediction.anchored:
        value, slope = published.mean, 1.0
    else:
        value, slope = scaled(published.mean, measure)
    variances = prediction.standard_error**2, (slope * published.standard_error) ** 2
    return effect_of(measure, prediction.estimate - value, variances, level=level)


def _checked(
    response: npt.ArrayLike,
    covariates: npt.ArrayLike,
    published: PublishedBaseline,
    arm: npt.ArrayLike | None,
    family: Family,
) -> tuple[Floats, Floats, Floats | None]:
    if not published.names:
        raise MethodError(no_covariates())
    y, x = np.asarray(response, dtype=np.float64), np.asarray(covariates, dtype=np.float64)
    group = None if arm is None else np.asarray(arm, dtype=np.float64)
    fits = x.ndim == 2 and x.shape == (y.size, len(published.names)) and (group is None or group.shape == (y.size,))
    if y.ndim != 1 or not fits or not (np.isfinite(x).all() and np.isfinite(y).all()):
        remedy = (
            "give one response and every published covariate for each case; leave out cases that lack one, and say so"
        )
        raise DataError(Problem(WHERE, "a response or a covariate is missing", remedy))
    if family == "yes or no" and not np.isin(y, (0.0, 1.0)).all():
        raise DataError(
            Problem(WHERE, "a response is neither 0 nor 1", "ask for a score, or give yes as 1 and no as 0")
        )
    if group is not None and not (np.isin(group, (0.0, 1.0)).all() and np.unique(group).size == 2):
        raise DataError(Problem(WHERE, "an arm has no case", "give 0 for the shared control and 1 for the treatment"))
    return y, x, group


def _design(x: Floats, published: PublishedBaseline, arm: Floats | None, modifiers: tuple[str, ...]) -> Design:
    """Covariates centred at the published means, then the arm, then its products with the centred modifiers."""
    columns, names, centre = [x], list(published.names), list(published.mean)
    strangers = [name for name in modifiers if name not in published.names]
    if strangers or (modifiers and arm is None):
        why = "a modifier is not a published covariate" if strangers else "modifiers need a shared control arm"
        raise DataError(Problem(WHERE, why, "name covariates of the published table, and give the arm of each case"))
    if arm is not None:
        columns.append(arm[:, None])
        names.append("arm")
        centre.append(0.0)
        for name in modifiers:
            place = published.names.index(name)
            columns.append((arm * (x[:, place] - published.mean[place]))[:, None])
            names.append(f"arm with '{name}'")
            centre.append(0.0)
    values = np.column_stack(columns)
    scale = values.std(axis=0)
    flat = scale <= 1e-12 * np.abs(values).max(axis=0, initial=0.0)
    if flat.any():
        remedy = "leave it out: it cannot tell one case from another"
        same = [name for name, alike in zip(names, flat, strict=True) if alike]
        raise MethodError(Problem(f"covariate '{name}'", "is the same in every case", remedy) for name in same)
    if values.shape[0] <= values.shape[1] + 1:
        why = f"too few cases for the coefficients: {values.shape[0]} for {values.shape[1] + 1}"
        raise MethodError(Problem(WHERE, why, "adjust for fewer covariates, and say so"))
    standard = (values - values.mean(axis=0)) / scale
    if np.linalg.matrix_rank(standard, tol=1e-8 * np.sqrt(x.shape[0])) < standard.shape[1]:
        raise MethodError(Problem(WHERE, "some covariates are determined by the others", "leave one of them out"))
    return Design(values, tuple(names), np.array(centre), scale)


def _logistic(design: Design, y: Floats) -> tuple[Floats, Floats]:
    """Coefficients of the standardised columns and their covariance."""
    try:
        fit = fit_logistic(design, y)
    except SeparatedError:
        why = "the covariates tell all responders from the rest, so the log-odds have no finite estimate"
        remedy = "adjust for fewer covariates, or show the rates with exact intervals"
        raise MethodError(Problem(WHERE, why, remedy)) from None
    covariance: Floats = np.linalg.inv(fit.curvature).astype(np.float64)
    return fit.coefficient, covariance
