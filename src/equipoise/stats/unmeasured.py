"""How strong would a cause nobody recorded have to be? E-values, and the array of an unmeasured confounder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_arms, check_level

WHERE = "E-value"
SMD_TO_LOG_RISK_RATIO = 0.91
"""log risk ratio per standardised mean difference: pi / sqrt(3) / 2, as printed by VanderWeele and Ding (2017)."""


class EValue(NamedTuple):
    """Least risk ratio of a hidden cause, with treatment and with outcome both, that would move the result to ``true``.

    ``of_estimate`` : >= 1. ``of_limit`` : the same for the limit nearer to ``true``; 1 where the interval includes it,
    None where no limits were given
    ``risk_ratio``, ``limit`` : what the two were computed from, on the risk ratio scale
    """

    of_estimate: float
    of_limit: float | None
    risk_ratio: float
    limit: float | None


def e_value_risk_ratio(
    estimate: float, lower: float | None = None, upper: float | None = None, *, true: float = 1.0
) -> EValue:
    """Of a risk ratio (or a rate ratio): RR + sqrt(RR (RR - 1)), the ratio turned round where it is below 1.

    Parameters
    ----------
    estimate, lower, upper : > 0, lower <= estimate <= upper; give both limits or none
    true : the ratio the result is to be moved to

    Raises
    ------
    DataError : a ratio is not above 0 and finite, or the limits do not enclose the estimate

    References
    ----------
    VanderWeele and Ding (2017), Ann. Intern. Med. 167:268-274; Ding and VanderWeele (2016), Epidemiology 27:368-377.
    """
    given = [value for value in (estimate, lower, upper, true) if value is not None]
    if not np.isfinite(given).all() or min(given) <= 0:
        raise DataError(Problem(WHERE, "a ratio is not above 0 and finite", "give ratios, not their logarithms"))
    of_estimate = _least(estimate / true)
    if lower is None or upper is None:
        if lower is not upper:
            raise DataError(Problem(WHERE, "there is one limit", "give both limits or none"))
        return EValue(of_estimate, None, estimate, None)
    if not lower <= estimate <= upper:
        raise DataError(Problem(WHERE, "the limits do not enclose the estimate", "give lower <= estimate <= upper"))
    nearer = lower if estimate > true else upper
    crossed = lower <= true <= upper
    return EValue(of_estimate, 1.0 if crossed else _least(nearer / true), estimate, nearer)


def e_value_odds_ratio(
    estimate: float, lower: float | None = None, upper: float | None = None, *, rare: bool, true: float = 1.0
) -> EValue:
    """Of an odds ratio: taken as a risk ratio where the outcome is ``rare`` (below 15 %), else its square root.

    Parameters, errors and references as ``e_value_risk_ratio``.
    """
    return _converted(estimate, lower, upper, true, rare=rare, common=np.sqrt)


def e_value_hazard_ratio(
    estimate: float, lower: float | None = None, upper: float | None = None, *, rare: bool, true: float = 1.0
) -> EValue:
    """Of a hazard ratio: taken as a risk ratio where the outcome is ``rare`` (below 15 % at the end of follow-up).

    Else as (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)). Parameters, errors and references as ``e_value_risk_ratio``.
    """
    return _converted(estimate, lower, upper, true, rare=rare, common=_of_hazards)


def e_value_standardised_difference(
    difference: float, standard_error: float | None = None, *, true: float = 0.0, level: float = 0.95
) -> EValue:
    """Of a standardised mean difference d: the risk ratio exp(0.91 d), its limits at exp(0.91 (d -+ z se)).

    VanderWeele and Ding print 1.78 for 0.91 x 1.96; the product itself is used here.

    Raises
    ------
    DataError : a number is not finite, the standard error is not above 0, or the level is not between 0 and 1
    """
    check_level(level, where=WHERE)
    if not np.isfinite([difference, true]).all() or (standard_error is not None and not standard_error > 0):
        raise DataError(Problem(WHERE, "a difference is missing", "give a finite difference and a standard error > 0"))
    scale = SMD_TO_LOG_RISK_RATIO
    ratio, aim = float(np.exp(scale * difference)), float(np.exp(scale * true))
    if standard_error is None:
        return e_value_risk_ratio(ratio, true=aim)
    margin = float(np.exp(scale * float(ndtri(0.5 + level / 2)) * standard_error))
    return e_value_risk_ratio(ratio, ratio / margin, ratio * margin, true=aim)


def e_value_risk_difference(
    responders: int, n: int, control_responders: int, control_n: int, *, true: float = 0.0, level: float = 0.95
) -> EValue:
    """Of a risk difference of two arms: the bias factor that takes it, or its lower limit, down to ``true``.

    The difference is that of the population of both arms together. Where the rate is lower among the treated, the arms
    change places (and ``true`` its sign). The limit treats the bias factor as known, as Ding and VanderWeele do.

    Parameters
    ----------
    responders, n, control_responders, control_n : whole numbers, 0 <= responders <= n, n >= 1
    true : the difference the result is to be moved to, between 0 and the one observed

    Raises
    ------
    DataError : the counts are not counts, or the level is not between 0 and 1
    MethodError : nobody responded in the arm with the lower rate and ``true`` is 0 (no ratio is finite); ``true`` lies
        beyond the observed difference

    References
    ----------
    Ding and VanderWeele (2016), Epidemiology 27:368-377, page 376.
    """
    from scipy.optimize import brentq  # slow to import, and only this measure needs it

    check_level(level, where=WHERE)
    count, total = check_arms([responders, control_responders], [n, control_n], where=WHERE)
    rate = count / total
    if rate[0] < rate[1]:
        rate, total, true = rate[::-1], total[::-1], -true
    if not 0 <= true <= rate[0] - rate[1]:
        remedy = "give a difference between 0 and the one observed, with its sign"
        raise MethodError(Problem(WHERE, "the true difference lies beyond the observed one", remedy))
    if rate[1] == 0:
        why = "nobody responded in the arm with the lower rate, so no bias factor is finite"
        raise MethodError(Problem(WHERE, why, "take the E-value of the ratio's exact limits, or show the two counts"))
    treated = float(total[0] / total.sum())
    variance = rate * (1 - rate) / total
    z = float(ndtri(0.5 + level / 2))

    def remaining(factor: float, tail: float) -> float:
        """The difference (less ``tail`` standard errors) left once a bias factor is taken out, less ``true``."""
        share, apart = treated + (1 - treated) / factor, float(rate[0] - rate[1] * factor)
        spread = (variance[0] + variance[1] * factor**2) * share**2
        spread += (apart * (1 - 1 / factor)) ** 2 * treated * (1 - treated) / total.sum()
        return apart * share - tail * float(np.sqrt(spread)) - true

    most = float(rate[0] / rate[1])
    factor = 1.0 if remaining(1.0, 0.0) <= 0 else float(brentq(remaining, 1.0, most * (1 + 1e-9), args=(0.0,)))
    limit = 1.0 if remaining(1.0, z) <= 0 else float(brentq(remaining, 1.0, factor, args=(z,)))
    return EValue(_least(factor), _least(limit), factor, limit)


@dataclass(frozen=True)
class BiasArray:
    """What the result would have been without a yes-or-no cause of the given strength.

    ``adjusted`` : (a, b, c) for (a,) prevalences among the treated, (b,) among the controls and (c,) strengths
    """

    adjusted: Floats
    prevalence_treated: Floats
    prevalence_control: Floats
    strength: Floats


def ratio_bias_array(
    ratio: float, prevalence_treated: npt.ArrayLike, prevalence_control: npt.ArrayLike, strength: npt.ArrayLike
) -> BiasArray:
    """A ratio divided by the bias of an unmeasured confounder, (P1 (R - 1) + 1) / (P0 (R - 1) + 1).

    Exact for a risk ratio the confounder does not change; for odds and hazard ratios where the outcome is rare.

    Parameters
    ----------
    ratio : the observed risk ratio, or one of its limits, > 0
    prevalence_treated, prevalence_control : (a,) and (b,) share that has the confounder, 0 to 1
    strength : (c,) risk ratio R of the confounder with the outcome, > 0

    Raises
    ------
    DataError : a prevalence is outside 0 to 1, or a ratio is not above 0

    References
    ----------
    Schneeweiss (2006), Pharmacoepidemiol. Drug Saf. 15:291-303 (array approach); Lin, Psaty and Kronmal (1998),
    Biometrics 54:948-963.
    """
    p1, p0, risk = _prevalences(prevalence_treated, prevalence_control, strength)
    if not (np.isfinite(ratio) and ratio > 0 and np.all(risk > 0)):
        raise DataError(Problem("bias array", "a ratio is not above 0", "give ratios, not their logarithms"))
    bias = (p1[:, None, None] * (risk - 1) + 1) / (p0[None, :, None] * (risk - 1) + 1)
    return BiasArray(ratio / bias, p1, p0, risk)


def difference_bias_array(
    difference: float, prevalence_treated: npt.ArrayLike, prevalence_control: npt.ArrayLike, strength: npt.ArrayLike
) -> BiasArray:
    """A difference (of risks, or of mean scores) less the bias of an unmeasured confounder, strength (P1 - P0).

    Parameters and errors as ``ratio_bias_array``, but ``strength`` is the difference in outcome the confounder makes,
    in the unit of ``difference`` and of either sign.

    References
    ----------
    Lin, Psaty and Kronmal (1998), Biometrics 54:948-963; VanderWeele and Arah (2011), Epidemiology 22:42-52.
    """
    p1, p0, step = _prevalences(prevalence_treated, prevalence_control, strength)
    return BiasArray(difference - step * (p1[:, None] - p0)[:, :, None], p1, p0, step)


def strength_to_explain(ratio: float, prevalence_treated: float, prevalence_control: float) -> float | None:
    """The risk ratio a yes-or-no confounder of these prevalences needs to explain the whole ratio; None where none can.

    Raises
    ------
    DataError : a prevalence is outside 0 to 1, or the ratio is not above 0
    """
    (p1,), (p0,), _ = _prevalences(prevalence_treated, prevalence_control, 1.0)
    if not (np.isfinite(ratio) and ratio > 0):
        raise DataError(Problem("bias array", "a ratio is not above 0", "give ratios, not their logarithms"))
    if ratio == 1:
        return 1.0
    margin = p1 - ratio * p0
    strength = 1 + (ratio - 1) / margin if margin != 0 else -1.0
    return float(strength) if strength > 0 else None


def _least(ratio: float) -> float:
    """The E-value of one ratio."""
    away = max(ratio, 1 / ratio)
    return float(away + np.sqrt(away * (away - 1)))


def _of_hazards(ratio: float) -> float:
    """The risk ratio near which a hazard ratio lies where the outcome is common."""
    return float((1 - 0.5 ** np.sqrt(ratio)) / (1 - 0.5 ** np.sqrt(1 / ratio)))


def _converted(
    estimate: float,
    lower: float | None,
    upper: float | None,
    true: float,
    *,
    rare: bool,
    common: Callable[[float], float],
) -> EValue:
    """The ratios, checked, on the risk ratio scale."""
    e_value_risk_ratio(estimate, lower, upper, true=true)  # refuses what is no ratio before it is converted
    if rare:
        return e_value_risk_ratio(estimate, lower, upper, true=true)
    low, high = (None if limit is None else float(common(limit)) for limit in (lower, upper))
    return e_value_risk_ratio(float(common(estimate)), low, high, true=float(common(true)))


def _prevalences(
    treated: npt.ArrayLike, control: npt.ArrayLike, strength: npt.ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """The three lists, one-dimensional and finite, the prevalences from 0 to 1."""
    p1, p0, third = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (treated, control, strength))
    known = all(part.ndim == 1 and np.isfinite(part).all() for part in (p1, p0, third))
    if not known or min(p1.min(), p0.min()) < 0 or max(p1.max(), p0.max()) > 1:
        raise DataError(Problem("bias array", "a prevalence is not between 0 and 1", "give shares, such as 0.3"))
    return p1, p0, third
