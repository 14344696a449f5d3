"""Wilson's interval for a proportion that was multiply imputed, and the difference of two such proportions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.rubin import barnard_rubin

WHERE = "interval for an imputed proportion"


@dataclass(frozen=True)
class ImputedProportion:
    """What B completed data sets say of a proportion; every array has the shape of one analysis.

    ``estimate`` : the mean of the B proportions; ``lower``, ``upper`` : its limits, 0 to 1
    ``degrees`` : of freedom, infinite where all imputations agree, 0 where all variance is between them
    ``missing_share`` : share of the total variance owed to what is missing, (1 + 1/B) between / total, 0 to 1
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    degrees: Floats
    missing_share: Floats


@dataclass(frozen=True)
class ImputedDifference:
    """Difference of two imputed proportions, -1 to 1, and its limits."""

    estimate: Floats
    lower: Floats
    upper: Floats


def lott_reiter(
    rates: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95, complete_degrees: npt.ArrayLike | None = None
) -> ImputedProportion:
    """Lott and Reiter's interval: the rates p with (q - p)^2 <= t^2 (1 + r) p (1 - p) / n.

    q is the mean of the B proportions, r the variance between imputations, times 1 + 1/B, over the mean of
    q_b (1 - q_b) / n; t has Barnard and Rubin's degrees of freedom. Where all imputations agree nothing rests on them,
    and the interval is Wilson's own (normal, not t). Where every imputed proportion is 0 or 1 and they differ, all the
    variance is between them and the interval is 0 to 1.

    Parameters
    ----------
    rates : (B, ...) proportions, one for each completed data set, B >= 2
    n : cases behind each proportion, >= 0, whole; a scalar or of the shape of one analysis. 0 gives (0, 1)
    level : two-sided confidence, between 0 and 1
    complete_degrees : degrees of freedom had nothing been missing; None for n - 1, infinite for Rubin's (1987), which
        Lott and Reiter's own program takes

    Raises
    ------
    DataError : a proportion is not between 0 and 1, n does not fit, or the level is not between 0 and 1
    MethodError : fewer than two imputations

    References
    ----------
    Lott and Reiter (2020), Am. Statist. 74:109-115. Barnard and Rubin (1999), Biometrika 86:948-955.
    """
    check_level(level, where=WHERE)
    each, total = _checked(rates, n)
    imputations = each.shape[0]
    some = np.maximum(total, 1.0)
    estimate = each.mean(axis=0)
    within = (each * (1.0 - each)).mean(axis=0) / some
    agree = np.ptp(each, axis=0) == 0.0
    extra = np.where(agree, 0.0, (1.0 + 1.0 / imputations) * each.var(axis=0, ddof=1))
    known = within > 0.0
    # nothing within: all or none in every data set, one n, so r is 0 where they agree and infinite where not
    share = np.where(known, extra / np.where(known, within + extra, 1.0), np.where(agree, 0.0, 1.0))
    complete = total - 1.0 if complete_degrees is None else np.broadcast_to(complete_degrees, total.shape)
    complete = np.maximum(complete, 0.0)
    degrees = np.where(
        agree, np.inf, barnard_rubin(share, np.where(agree | (complete == 0.0), np.inf, complete), imputations)
    )
    degrees = np.where((~agree) & (complete == 0.0), 0.0, degrees)
    lower, upper = _limits(estimate, some, share, degrees, level)
    everything = (total == 0.0) | (degrees == 0.0)
    return ImputedProportion(
        estimate=estimate,
        lower=np.where(everything, 0.0, lower),
        upper=np.where(everything, 1.0, upper),
        degrees=degrees,
        missing_share=share,
    )


def difference_of_imputed_rates(first: ImputedProportion, second: ImputedProportion) -> ImputedDifference:
    """First less second, limits by squaring and adding the distances of each arm's own limits.

    Newcombe's method 10 with Lott and Reiter's limits in place of Wilson's; it takes the arms for independent. Under a
    reference-based assumption both arms rest on the reference's draws and tend to move together: the interval is then
    too wide rather than too narrow.

    Raises
    ------
    DataError : the two do not have one shape

    References
    ----------
    Newcombe (1998), Statist. Med. 17:873-890, method 10. Zou and Donner (2008), Statist. Med. 27:1693-1702. With
    multiple imputation: Sidi and Harel (2022), Am. Statist. 76:29-36.
    """
    if first.estimate.shape != second.estimate.shape:
        remedy = "compare groups over the same visits"
        raise DataError(Problem(WHERE, "the two groups have not as many proportions", remedy))
    estimate = first.estimate - second.estimate
    below = np.hypot(first.estimate - first.lower, second.upper - second.estimate)
    above = np.hypot(first.upper - first.estimate, second.estimate - second.lower)
    return ImputedDifference(estimate, np.maximum(estimate - below, -1.0), np.minimum(estimate + above, 1.0))


def _limits(estimate: Floats, n: Floats, share: Floats, degrees: Floats, level: float) -> tuple[Floats, Floats]:
    finite = np.isfinite(degrees) & (degrees > 0.0)
    t = stdtrit(np.where(finite, degrees, 1.0), (1.0 + level) / 2.0)
    critical = np.where(finite, t, float(ndtri((1.0 + level) / 2.0)))
    # divided by 1 + a, a = t^2 (1 + r) / n, so that an infinite r or t does no harm
    inflated = critical**2 / n
    a = inflated / np.where(share < 1.0, 1.0 - share, 1.0)
    centre = (estimate + a / 2.0) / (1.0 + a)
    half_width = np.sqrt(a * (estimate * (1.0 - estimate) + a / 4.0)) / (1.0 + a)
    lower = np.where(estimate == 0.0, 0.0, np.maximum(centre - half_width, 0.0))
    upper = np.where(estimate == 1.0, 1.0, np.minimum(centre + half_width, 1.0))
    return lower, upper


def _checked(rates: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    each, cases = np.asarray(rates, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if each.ndim == 0 or not np.all((each >= 0.0) & (each <= 1.0)):
        problem = "a proportion is missing or not between 0 and 1, or they are not listed by imputation"
        raise DataError(Problem(WHERE, problem, "give responders over n for each completed data set"))
    if each.shape[0] < 2:
        problem = f"{each.shape[0]} imputation: the variance between imputations is unknown"
        raise MethodError(Problem(WHERE, problem, "ask for two imputations or more; 100 are usual"))
    try:
        total = np.broadcast_to(cases, each.shape[1:])
    except ValueError:
        problem = "the number of cases does not fit the proportions"
        raise DataError(Problem(WHERE, problem, "give one n, or one for each proportion of an analysis")) from None
    if not np.all((total >= 0.0) & np.isfinite(total) & (total % 1.0 == 0.0)):
        raise DataError(Problem(WHERE, "a number of cases is not a whole number", "give whole numbers, 0 or more"))
    return each, total
