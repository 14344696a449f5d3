"""Random-effects meta-analysis of effects with standard errors, one or a thousand at once.

y_i ~ N(theta_i, s_i^2), theta_i ~ N(mu, tau^2): the mean effect, the spread between studies, and the next study.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtri, stdtrit

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.meta_analysis_variance import TauMethod, between_studies, cochran_q, q_profile

IntervalMethod = Literal[
    "Wald", "Hartung-Knapp", "Hartung-Knapp, scale at least 1", "Hartung-Knapp, no narrower than Wald"
]
Booleans = npt.NDArray[np.bool_]

_WHERE = "meta-analysis"


@dataclass(frozen=True)
class MetaAnalysis:
    """One meta-analysis, or many: every field has the shape of the effects without their last axis.

    ``studies`` : how many were pooled
    ``mu``, ``standard_error``, ``lower``, ``upper`` : mean effect, its standard error and limits
    ``tau_squared``, ``tau_squared_lower``, ``tau_squared_upper`` : variance between studies, with Q-profile limits
    ``prediction_lower``, ``prediction_upper`` : limits of the next study's true effect; -inf and inf for two studies,
        from which nothing can be predicted
    ``q``, ``q_p`` : Cochran's Q and the P value of no spread
    ``i_squared`` : share of the variation that is between studies, 0 to 1
    """

    studies: npt.NDArray[np.intp]
    mu: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    tau_squared: Floats
    tau_squared_lower: Floats
    tau_squared_upper: Floats
    prediction_lower: Floats
    prediction_upper: Floats
    q: Floats
    q_p: Floats
    i_squared: Floats
    tau_method: TauMethod
    interval_method: IntervalMethod
    level: float


def pool_effects(
    effect: npt.ArrayLike,
    standard_error: npt.ArrayLike,
    *,
    included: npt.ArrayLike | None = None,
    tau_method: TauMethod = "REML",
    interval_method: IntervalMethod = "Hartung-Knapp, scale at least 1",
    level: float = 0.95,
) -> MetaAnalysis:
    """Inverse-variance random effects; Hartung and Knapp's interval from three studies on, Wald's for two.

    Plain Hartung-Knapp multiplies the standard error by a scale that measures how far the studies differ, and takes
    Student's t with studies - 1 degrees of freedom. Studies that happen to agree make the scale small, and
    the interval narrower than that of one common effect: hence its two usual modifications, by name.
    The prediction interval has the same t and the variance tau^2 + standard_error^2.

    Parameters
    ----------
    effect, standard_error : (..., k) finite, standard errors > 0, on a scale where effects are about normal
    included : (..., k) yes or no, to leave studies out; all where None. What is left out may hold any number
    tau_method : "REML", "Paule-Mandel" or "DerSimonian-Laird"
    interval_method : "Wald"; "Hartung-Knapp"; "Hartung-Knapp, scale at least 1" (as metafor's "adhoc");
        "Hartung-Knapp, no narrower than Wald" (the wider of the two)
    level : two-sided confidence, between 0 and 1

    Returns
    -------
    pooled : fields of shape (...)

    Raises
    ------
    DataError : a number is missing, a standard error is not above 0, the shapes do not fit, or the level is none
    MethodError : fewer than two studies, or a method that is not known

    References
    ----------
    Hartung and Knapp (2001), Statist. Med. 20:3875-3889; Rover, Knapp and Friede (2015), BMC Med. Res. Methodol. 15:99
    (scale at least 1); Jackson, Law, Rucker and Schwarzer (2017), Statist. Med. 36:3923-3934 (no narrower than Wald);
    Higgins and Thompson (2002), Statist. Med. 21:1539-1558 (I squared, from tau^2 and the typical sampling variance);
    Higgins, Thompson and Spiegelhalter (2009), J. R. Statist. Soc. A 172:137-159 (prediction, here k - 1 degrees).
    """
    _check_methods(tau_method, interval_method, level)
    effects, errors, used = checked_effects(effect, standard_error, included)
    shape, k = effects.shape[:-1], effects.shape[-1]
    effects, sampling = (np.ascontiguousarray(each.reshape(-1, k).T) for each in (effects, errors**2))
    used = np.ascontiguousarray(used.reshape(-1, k).T)
    tau_squared = between_studies(effects, sampling, used, method=tau_method)
    fields = _pooled(effects, sampling, used, tau_squared, interval_method, level)
    fields |= _spread(effects, sampling, used, tau_squared, level)
    return MetaAnalysis(
        studies=used.sum(axis=0).reshape(shape),
        **{name: values.reshape(shape) for name, values in fields.items()},
        tau_method=tau_method,
        interval_method=interval_method,
        level=level,
    )


def leave_one_out(
    effect: npt.ArrayLike,
    standard_error: npt.ArrayLike,
    *,
    tau_method: TauMethod = "REML",
    interval_method: IntervalMethod = "Hartung-Knapp, scale at least 1",
    level: float = 0.95,
) -> MetaAnalysis:
    """The meta-analysis without each study in turn: (k,) effects in, k >= 3, fields of shape (k,) out.

    Raises
    ------
    DataError : as ``pool_effects``
    MethodError : fewer than three studies, so that what is left could not be pooled
    """
    effects, errors, _ = checked_effects(effect, standard_error, None)
    if effects.ndim != 1:
        raise DataError(Problem(_WHERE, "the studies are not a list", "give one effect and one standard error a study"))
    if effects.size < 3:
        raise MethodError(
            Problem(_WHERE, "fewer than three studies: without one of them nothing is pooled", "show both studies")
        )
    others = ~np.eye(effects.size, dtype=bool)
    return pool_effects(
        np.broadcast_to(effects, others.shape),
        np.broadcast_to(errors, others.shape),
        included=others,
        tau_method=tau_method,
        interval_method=interval_method,
        level=level,
    )


def checked_effects(
    effect: npt.ArrayLike, standard_error: npt.ArrayLike, included: npt.ArrayLike | None
) -> tuple[Floats, Floats, Booleans]:
    """Effects, standard errors and who is included, of one shape (..., k), at least two studies each.

    What is left out becomes effect 0 with standard error 1.

    Raises
    ------
    DataError, MethodError : as ``pool_effects``
    """
    effects, errors = np.asarray(effect, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    used = np.ones(effects.shape, dtype=bool) if included is None else np.asarray(included, dtype=bool)
    if effects.ndim == 0 or effects.shape != errors.shape or effects.shape != used.shape:
        problem = "there are not as many effects as standard errors"
        raise DataError(Problem(_WHERE, problem, "give one effect and one standard error a study"))
    complaints = (
        (~np.isfinite(effects) | ~np.isfinite(errors), "an effect or a standard error is missing or not a number"),
        (errors <= 0, "a standard error is not greater than 0"),
    )
    found = [text for wrong, text in complaints if np.any(wrong & used)]
    if found:
        remedy = "give finite effects with standard errors above 0, or leave the study out"
        raise DataError(Problem(_WHERE, text, remedy) for text in found)
    if effects.size == 0 or used.sum(axis=-1).min() < 2:
        raise MethodError(
            Problem(_WHERE, "fewer than two studies: one study is not pooled", "show the study with its own interval")
        )
    return np.where(used, effects, 0.0), np.where(used, errors, 1.0), used


def _check_methods(tau_method: str, interval_method: str, level: float) -> None:
    check_level(level, where=_WHERE)
    for given, known in ((tau_method, get_args(TauMethod)), (interval_method, get_args(IntervalMethod))):
        if given not in known:
            raise MethodError(Problem(_WHERE, f"'{given}' is not a method known here", f"choose {' or '.join(known)}"))


def _pooled(
    effect: Floats, sampling: Floats, used: Booleans, tau_squared: Floats, interval_method: IntervalMethod, level: float
) -> dict[str, Floats]:
    """The mean effect with its limits, and those of the next study; arrays are (k, m), as in the variance."""
    freedom = used.sum(axis=0) - 1.0
    weight = used / (sampling + tau_squared)
    whole = weight.sum(axis=0)
    mu = (weight * effect).sum(axis=0) / whole
    wald = whole**-0.5
    normal, student = float(ndtri((1 + level) / 2)), stdtrit(freedom, (1 + level) / 2)
    rescaled = wald * np.sqrt(cochran_q(effect, weight) / freedom)
    several = freedom >= 2
    error, reach = wald, np.where(several, student, normal)
    if interval_method == "Wald":
        reach = np.full_like(wald, normal)
    elif interval_method == "Hartung-Knapp":
        error = np.where(several, rescaled, wald)
    elif interval_method == "Hartung-Knapp, scale at least 1":
        error = np.where(several, np.maximum(rescaled, wald), wald)
    else:
        wider = several & (rescaled * student >= wald * normal)
        error, reach = np.where(wider, rescaled, wald), np.where(wider, student, normal)
    ahead = np.where(several, student * np.sqrt(tau_squared + error**2), np.inf)
    half = reach * error
    return {
        "mu": mu,
        "standard_error": error,
        "lower": mu - half,
        "upper": mu + half,
        "prediction_lower": mu - ahead,
        "prediction_upper": mu + ahead,
    }


def _spread(effect: Floats, sampling: Floats, used: Booleans, tau_squared: Floats, level: float) -> dict[str, Floats]:
    """What says how far the studies differ."""
    freedom = used.sum(axis=0) - 1.0
    weight = used / sampling
    whole = weight.sum(axis=0)
    typical = freedom * whole / (whole**2 - (weight**2).sum(axis=0))
    q = cochran_q(effect, weight)
    lower, upper = q_profile(effect, sampling, used, level=level)
    return {
        "tau_squared": tau_squared,
        "tau_squared_lower": lower,
        "tau_squared_upper": upper,
        "q": q,
        "q_p": chdtrc(freedom, q),
        "i_squared": tau_squared / (tau_squared + typical),
    }
