"""The error of a match with replacement: who stands for several counts as one, and the score had to be estimated."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.stats.adjusted import AdjustedContrast, Contrast, clipped, weighted_contrast
from equipoise.stats.matching import Matching
from equipoise.stats.propensity import Propensity
from equipoise.stats.propensity_design import check_outcome
from equipoise.stats.weights import Weights

NEIGHBOURS = 2
"""Cases of one's own cohort, nearest in score, that the spread about a score is judged by."""
WINDOW = 4
"""Cases of a cohort, next to each other in score, that its mean and covariances there are read from."""


def matched_contrast(
    outcome: npt.ArrayLike, fit: Propensity, matching: Matching, weights: Weights, *, level: float = 0.95
) -> AdjustedContrast:
    """The treated and their matches with replacement, and their contrast.

    The variance is ``matched_spread``, widened by ``score_correction`` where that is above 0 and every treated case has
    a match; what it would take away is left, as with few cases it takes too much. Limits by Student's t with
    Satterthwaite's degrees of freedom of its two parts. Those of the ratio are of its logarithm, by the delta method.

    Parameters
    ----------
    outcome : (n,) finite, of the cases of ``fit``; 0 or 1 for risks
    fit : the score that was matched on
    matching : with replacement; ``weights`` : its own, of ``check_weights``
    level : of the limits

    Raises
    ------
    DataError, MethodError : as ``weighted_contrast``

    References
    ----------
    Abadie and Imbens (2006), Econometrica 74:235-267; (2016), Econometrica 84:781-807.
    """
    y = check_outcome(outcome, fit.treated.size)
    plain = replace(weighted_contrast(y, weights, level=level), method="matching with replacement")
    if plain.difference.standard_error is None:
        return plain
    ones = np.ones(2)
    error, degrees = _error(y[:, None] * ones, fit, matching, weights)
    difference = _limits(plain.difference.estimate, error, degrees, level, log=False)
    ratio = plain.ratio
    if ratio is not None:
        over = y[:, None] / np.array([plain.treated, plain.comparator])
        ratio = _limits(ratio.estimate, *_error(over, fit, matching, weights), level, log=True)
    if bool(np.isin(y, (0.0, 1.0)).all()):
        difference = clipped(difference)
    return replace(plain, difference=difference, ratio=ratio, degrees_of_freedom=degrees)


def _error(value: Floats, fit: Propensity, matching: Matching, weights: Weights) -> tuple[float, float]:
    """The standard error of the matched difference, and its degrees of freedom."""
    added = matched_spread(value, fit.logit, matching, fit.treated)
    parts = np.array([added[fit.treated].sum(), added[~fit.treated].sum()])
    sizes = np.maximum([weights.effective_treated - 1.0, weights.effective_comparator - 1.0], 1.0)
    total = float(parts.sum())
    degrees = total**2 / float((parts**2 / sizes).sum()) if total > 0.0 else float(sizes[0])
    if not matching.unmatched.size:
        total += max(score_correction(value, fit), 0.0)
    return float(np.sqrt(total)), degrees


def _limits(estimate: float, error: float, degrees: float, level: float, *, log: bool) -> Contrast:
    reach = float(stdtrit(degrees, 0.5 + level / 2.0)) * error
    if log:
        return Contrast(estimate, error, estimate * float(np.exp(-reach)), estimate * float(np.exp(reach)))
    return Contrast(estimate, error, estimate - reach, estimate + reach)


def matched_spread(
    value: Floats, score: Floats, matching: Matching, arm: Flags, *, neighbours: int = NEIGHBOURS
) -> Floats:
    """What each case adds to the squared standard error of the mean difference between the treated and their matches.

    The difference of each treated case from the mean of its matches, about their mean; and of a comparator that stands
    for several, what its own chance error adds beyond that: w^2 less the sum of its squared shares, times the variance
    about its score. The sum is Abadie and Imbens' estimator for the average effect on the treated, its first part with
    N - 1 for N: where nobody is used twice it is the squared error of the paired t-test.

    Parameters
    ----------
    value : (n, 2) of each case as a treated one and as a comparator: the outcome twice, or each over its own mean
    score : (n,) what was matched on
    matching : with replacement
    arm : (n,)
    neighbours : as ``variance_about``

    Returns
    -------
    (n,) >= 0; 0 of cases nobody was matched with

    References
    ----------
    Abadie and Imbens (2006), Econometrica 74:235-267, theorem 7.
    """
    n = score.size
    ratio = np.bincount(matching.treated, minlength=n)
    share = 1.0 / ratio[matching.treated]
    matched = np.flatnonzero(ratio)
    beside = np.bincount(matching.treated, weights=share * value[matching.comparator, 1], minlength=n)
    apart = value[matched, 0] - beside[matched]
    added = np.zeros(n)
    added[matched] = (apart - apart.mean()) ** 2 * (matched.size / max(matched.size - 1.0, 1.0))
    stands_for = np.bincount(matching.comparator, weights=share, minlength=n)
    twice = stands_for**2 - np.bincount(matching.comparator, weights=share**2, minlength=n)
    used = np.flatnonzero(twice > 1e-12)
    others = np.flatnonzero(~arm)
    added[used] = twice[used] * variance_about(value[:, 1], score, used, others, neighbours)
    return added / matched.size**2


def variance_about(value: Floats, score: Floats, of: Ints, among: Ints, neighbours: int) -> Floats:
    """The variance of ``value`` among each case in ``of`` and its neighbours: the sample variance of the J + 1.

    ``of`` : (u,) rows; ``among`` : rows of their cohort. The neighbours are the ``neighbours`` nearest in score and all
    as near as the last of them; J is how many they are. With J = 1 it is the estimator of Abadie and Imbens (2006,
    equation 14); beyond, theirs squares the case's own distance from its neighbours' mean and leaves out theirs from
    each other, and R's Matching does as here.
    """
    order = among[np.argsort(score[among], kind="stable")]
    value = value - value[among].mean()
    at, y = score[order], value[order]
    place = np.empty(score.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    step = np.concatenate([np.arange(-neighbours, 0), np.arange(1, neighbours + 1)])
    near = place[of][:, None] + step
    inside = (near >= 0) & (near < order.size)
    gap = np.where(inside, np.abs(at[np.clip(near, 0, order.size - 1)] - score[of][:, None]), np.inf)
    reach = np.sort(gap, axis=1)[:, min(neighbours, order.size - 1) - 1] * (1.0 + 1e-9) + 1e-300
    first, last = np.searchsorted(at, score[of] - reach, "left"), np.searchsorted(at, score[of] + reach, "right")
    sums, squares = (np.concatenate([[0.0], np.cumsum(each)]) for each in (y, y**2))
    count = last - first
    mean = (sums[last] - sums[first]) / count
    return np.asarray(np.maximum((squares[last] - squares[first] - count * mean**2) / (count - 1.0), 0.0))


def score_correction(value: Floats, fit: Propensity) -> float:
    """What the estimation of the score adds to the variance of the matched difference; it may take away.

    minus c'I^-1 c plus g'I^-1 g: I the information of the score, c the covariance of the matched difference with the
    score's own equations, g how the effect on the treated moves with the coefficients. With f = e(1 - e), sums over
    everybody and N1 treated, X the covariates:
    c = sum of f [X (m1 - m0 - effect) + cov1(X, Y) + e / (1 - e) cov0(X, Y)] / N1, means m and covariances of either
    cohort at that score, from its ``WINDOW`` cases there;
    g = sum of f X (r1 - r0 - effect) / N1, r a linear regression on the covariates in either cohort.

    Parameters
    ----------
    value : (n, 2) as ``matched_spread``
    fit : the score matched on

    References
    ----------
    Abadie and Imbens (2016), Econometrica 84:781-807, theorem 2 (the effect on the treated).
    """
    arm, design, e = fit.treated, fit.design, fit.probability
    f, n_treated = e * (1.0 - e), float(arm.sum())
    y = np.where(arm, value[:, 0], value[:, 1])
    at_score, pulls, predicted = [], np.zeros(arm.size), []
    for of, by in ((arm, f), (~arm, f * e / (1.0 - e))):
        mean, pull = _along(y, fit.logit, of, by)
        at_score.append(mean)
        pulls += pull
        counted = of.astype(np.float64)
        slope = np.linalg.lstsq(design.gram(counted), design.sums(counted * y), rcond=None)[0]
        predicted.append(design.times(np.asarray(slope)))
    effect = float((at_score[0] - at_score[1])[arm].mean())
    c = design.sums(f * (at_score[0] - at_score[1] - effect) + pulls) / n_treated
    apart = predicted[0] - predicted[1]
    g = design.sums(f * (apart - float(apart[arm].mean()))) / n_treated
    information = fit.logistic.curvature
    return float(g @ np.linalg.solve(information, g) - c @ np.linalg.solve(information, c))


def _along(y: Floats, score: Floats, of: Flags, by: Floats) -> tuple[Floats, Floats]:
    """Along the score, from the cases next to each other in it: a cohort's mean of ``y`` (n,) at everybody's score; and
    s (n,) for which the sum of s x is the sum over everybody of ``by`` times the covariance of x and y there."""
    rows = np.flatnonzero(of)
    order = rows[np.argsort(score[rows], kind="stable")]
    window = min(WINDOW, order.size)
    first = np.clip(np.searchsorted(score[order], score) - window // 2, 0, order.size - window)
    near = order[first[:, None] + np.arange(window)]
    mean = y[near].mean(axis=1)
    pull = by[:, None] * (y[near] - mean[:, None]) / max(window - 1, 1)
    return mean, np.bincount(near.ravel(), weights=pull.ravel(), minlength=y.size).astype(np.float64)
