"""Two adjusted means side by side: their difference and ratio, from what each case adds to them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.propensity_design import check_outcome
from equipoise.stats.weights import Target, Weights, effective_size


@dataclass(frozen=True)
class Contrast:
    """A difference, or a ratio (its ``standard_error`` on the log). None: unknown, and ``notes`` say why."""

    estimate: float
    standard_error: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class AdjustedContrast:
    """What the population aimed at would have had under each treatment, and the contrast.

    ``treated``, ``comparator`` : means, or risks where the outcome is 0 or 1
    ``difference`` : treated less comparator, in units of the outcome; ``ratio`` : None where a mean is not above 0
    ``degrees_of_freedom`` : of Student's t (Welch and Satterthwaite, from the effective sizes of the arms);
        None of a bootstrap
    ``notes`` : in words, what a reader must be told beside the numbers
    """

    target: Target
    method: str
    treated: float
    comparator: float
    difference: Contrast
    ratio: Contrast | None
    degrees_of_freedom: float | None
    effective_treated: float
    effective_comparator: float
    level: float
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Means:
    """Two means and what each case adds to them, (n, 2): treated, comparator.

    ``parameters`` : coefficients fitted to the outcomes of each arm, at least 1: its degrees of freedom
    ``weights`` : whose effective sizes are the arms'
    """

    method: str
    value: tuple[float, float]
    influence: Floats
    parameters: int
    weights: Weights


def contrast_of(means: Means, outcome: Floats, *, level: float, cluster: Ints | None = None) -> AdjustedContrast:
    """The difference and the ratio of two means with robust limits.

    The variance is the sum of squared influence, each arm's times m / (m - parameters), m its cases; with ``cluster``
    (n,) influences of one cluster are added first.

    Raises
    ------
    MethodError : an arm with too few cases for its coefficients, or outcomes that do not vary in either arm
    """
    check_level(level, where="adjusted contrast")
    arm = means.weights.treated
    influence = means.influence * _small_sample(arm, means.parameters)[:, None]
    apart = influence @ np.array([1.0, -1.0])
    log_apart = None
    one, other = means.value
    if one > 0.0 and other > 0.0:
        log_apart = influence @ np.array([1.0 / one, -1.0 / other])
    degrees = _degrees(apart, means, cluster)
    by = float(stdtrit(degrees, 0.5 + level / 2.0)) if degrees < 1e6 else float(ndtri(0.5 + level / 2.0))
    yes_no = bool(np.isin(outcome, (0.0, 1.0)).all())
    used = means.weights.weight > 0.0
    flat = [name for name, of in (("treated", arm), ("comparator", ~arm)) if _flat(outcome[of & used])]
    if len(flat) == 2:
        problem = "does not vary in either cohort, so there is no spread to estimate from"
        raise MethodError(Problem("outcome", problem, "report the counts with exact intervals"))
    difference = _limits(one - other, apart, by, cluster, known=not flat, log=False)
    if yes_no:
        difference = clipped(difference)
    ratio = None
    if log_apart is not None:
        ratio = _limits(float(np.log(one / other)), log_apart, by, cluster, known=not flat, log=True)
    return AdjustedContrast(
        target=means.weights.target,
        method=means.method,
        treated=one,
        comparator=other,
        difference=difference,
        ratio=ratio,
        degrees_of_freedom=degrees,
        effective_treated=means.weights.effective_treated,
        effective_comparator=means.weights.effective_comparator,
        level=level,
        notes=tuple(_notes(flat, means.value, yes_no)),
    )


def weighted_contrast(
    outcome: npt.ArrayLike, weights: Weights, *, cluster: npt.ArrayLike | None = None, level: float = 0.95
) -> AdjustedContrast:
    """Weighted means with the weights taken as known: for matching, or weights from elsewhere.

    Weights estimated from these cases are better contrasted by ``propensity_contrast`` or ``entropy_contrast``, which
    take their estimation into account.

    Parameters
    ----------
    outcome : (n,) finite; 0 or 1 for risks
    weights : as ``check_weights`` makes them; a case of weight 0 is left out
    cluster : (n,) whole numbers; cases of one cluster are not independent (matched pairs)
    level : of the limits

    Raises
    ------
    DataError : the shapes differ or an outcome is missing
    MethodError : as ``contrast_of``

    References
    ----------
    Huber (1967), Proc. Fifth Berkeley Symp. 1:221-233. Austin (2009), Stat. Med. 28:2437 ff. (clusters of pairs).
    """
    arm = weights.treated
    used = weights.weight > 0.0
    y = check_outcome(outcome, arm.size)[used]
    kept = Weights(
        weights.target,
        weights.weight[used],
        arm[used],
        effective_size(weights.weight[arm]),
        effective_size(weights.weight[~arm]),
        weights.largest_share,
    )
    columns, values = [], []
    for of in (kept.treated, ~kept.treated):
        value, influence = weighted_mean(y, np.where(of, kept.weight, 0.0))
        columns.append(influence)
        values.append(value)
    of_cluster = None
    if cluster is not None:
        given = np.asarray(cluster)
        if given.shape != arm.shape:
            raise DataError(Problem("cluster", "is not one number a case", "give as many as cases"))
        of_cluster = np.unique(given[used], return_inverse=True)[1]
    means = Means("weights as given", (values[0], values[1]), np.column_stack(columns), 1, kept)
    return contrast_of(means, y, level=level, cluster=of_cluster)


def weighted_mean(value: Floats, weight: Floats) -> tuple[float, Floats]:
    """The mean of ``value`` (n,) by ``weight`` (n,), and what each case adds to it."""
    share = weight / weight.sum()
    mean = float((share * value).sum())  # not a product of vectors, whose order of adding depends on the threads
    return mean, share * (value - mean)


def _small_sample(arm: Flags, parameters: int) -> Floats:
    factor = np.empty(arm.size)
    for of in (arm, ~arm):
        m = int(of.sum())
        if m <= parameters:
            problem = f"{parameters} coefficients and {m} cases in a cohort leave nothing to judge the spread by"
            raise MethodError(Problem("outcome", problem, "name fewer covariates, or weight without an outcome model"))
        factor[of] = np.sqrt(m / (m - parameters))
    return factor


def _degrees(apart: Floats, means: Means, cluster: Ints | None) -> float:
    """Welch and Satterthwaite's, the effective size of each arm less its parameters; clusters: their number less 1."""
    if cluster is not None:
        return float(np.unique(cluster).size - 1)
    arm = means.weights.treated
    parts = np.array([(apart[of] ** 2).sum() for of in (arm, ~arm)])
    sizes = np.array([means.weights.effective_treated, means.weights.effective_comparator]) - means.parameters
    total = float(parts.sum())
    if total == 0.0:
        return float(max(sizes.sum(), 1.0))
    return float(total**2 / (parts**2 / np.maximum(sizes, 1.0)).sum())


def _limits(estimate: float, influence: Floats, by: float, cluster: Ints | None, *, known: bool, log: bool) -> Contrast:
    shown = float(np.exp(estimate)) if log else estimate
    if not known:
        return Contrast(shown, None, None, None)
    added = influence if cluster is None else np.bincount(cluster, weights=influence)
    error = float(np.sqrt((added**2).sum()))
    low, high = estimate - by * error, estimate + by * error
    return Contrast(shown, error, float(np.exp(low)), float(np.exp(high))) if log else Contrast(shown, error, low, high)


def clipped(difference: Contrast) -> Contrast:
    """Limits of a difference of risks, kept within -1 and 1."""
    if difference.lower is None or difference.upper is None:
        return difference
    return Contrast(
        difference.estimate, difference.standard_error, max(difference.lower, -1.0), min(difference.upper, 1.0)
    )


def _flat(outcome: Floats) -> bool:
    return bool(np.ptp(outcome) == 0.0)


def _notes(flat: list[str], value: tuple[float, float], yes_no: bool) -> list[str]:
    notes = [
        f"the outcome is the same in every case of the {name} cohort: its spread is not known, so no limits are given"
        for name in flat
    ]
    if min(value) <= 0.0:
        notes.append("a mean is not above 0, so no ratio is given")
    if yes_no and not 0.0 <= min(value) <= max(value) <= 1.0:
        notes.append("an adjusted risk lies outside 0 to 1: the outcome model and the weights disagree in this sample")
    return notes
