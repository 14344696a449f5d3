"""Gray's test that groups have one cumulative incidence of a cause, other causes competing."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from equipoise.domain.cohort import Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.follow_up import check_follow_up


class GrayTest(NamedTuple):
    """``statistic`` : chi-squared on ``degrees`` (groups - 1); ``p_value`` : 0 to 1.

    ``score`` : (groups - 1,) events of the cause less those expected, by group, the last group left out
    """

    statistic: float
    degrees: int
    p_value: float
    score: Floats


def gray_test(
    time_days: npt.ArrayLike,
    cause: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    of: int,
    stratum: npt.ArrayLike | None = None,
    rho: float = 0.0,
) -> GrayTest:
    """Compare the cumulative incidence of cause ``of`` between groups, within strata if any.

    Events at one time are tied; a case censored at that time is still at risk.

    Parameters
    ----------
    time_days : (n,) days to event or censoring, >= 0
    cause : (n,) int, 0 for censored, 1, 2, ... for the cause that happened
    group, stratum : (n,) int labels
    of : the cause of interest, >= 1
    rho : weight (1 - F)^rho; 0 weighs all times alike

    Raises
    ------
    DataError : as ``cumulative_incidence``, or a label that is not a whole number
    MethodError : one group, nobody had the cause, or a group nobody of whom was at risk when others had it

    References
    ----------
    Gray (1988), Ann. Statist. 16:1141-1154; variance and ties as R's ``cmprsk::cuminc``.
    """
    follow_up = check_follow_up(time_days, cause, of=of)
    groups = _labels(group, follow_up.n, "group")
    strata = np.zeros(follow_up.n, dtype=np.int64) if stratum is None else _labels(stratum, follow_up.n, "stratum")
    count = int(groups.max()) + 1
    if count < 2:
        raise MethodError(Problem("group", "there is one group, nothing to compare", "describe the group by itself"))
    if not follow_up.this.any():
        remedy = "report that none was seen, with a one-sided upper limit for each group"
        raise MethodError(Problem("cause", "nobody had the event of interest", remedy))
    score, variance = np.zeros(count), np.zeros((count, count))
    kind = np.where(follow_up.this, 1, np.where(follow_up.another, 2, 0))
    times = follow_up.time_days.astype(np.float64)
    for each in range(int(strata.max()) + 1):
        chosen = strata == each
        of_stratum = _stratum(_counts(times[chosen], kind[chosen], groups[chosen], count), rho)
        score += of_stratum[0]
        variance += of_stratum[1]
    return _chi_squared(score[:-1], variance[:-1, :-1])


@dataclass(frozen=True)
class _Counts:
    """At each distinct time of an event of any cause, by group; each (m, groups)."""

    at_risk: Floats
    of_this: Floats
    of_another: Floats


def _labels(label: npt.ArrayLike, n: int, name: str) -> Ints:
    """Labels as 0, 1, 2, ... in their order."""
    given = np.asarray(label)
    if given.shape != (n,):
        problem = f"has shape {given.shape}, but there are {n} cases"
        raise DataError(Problem(name, problem, "give one label for each case"))
    if given.dtype.kind not in "biu":
        raise DataError(Problem(name, "is not a whole number", "number the groups and the strata"))
    return np.unique(given, return_inverse=True)[1].astype(np.int64)


def _counts(time: Floats, kind: npt.NDArray[np.int_], group: Ints, groups: int) -> _Counts:
    at = np.unique(time[kind > 0])
    slot = np.searchsorted(at, time, side="right") - 1  # the last event time a case is at risk at; -1 for none
    leaving = np.zeros((at.size + 1, groups))
    np.add.at(leaving, (slot + 1, group), 1.0)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1][1:]
    of_this, of_another = np.zeros((at.size, groups)), np.zeros((at.size, groups))
    for counted, which in ((of_this, 1), (of_another, 2)):
        np.add.at(counted, (slot[kind == which], group[kind == which]), 1.0)
    return _Counts(at_risk, of_this, of_another)


def _stratum(counts: _Counts, rho: float) -> tuple[Floats, Floats]:
    """The score of each group (groups,), and its variance (groups, groups), of one stratum.

    With h the number at risk over the event-free probability just before, R its sum over groups and F the pooled
    incidence, an event of the cause in group k adds u = a + b (C - c) to the scores and a competing one moves them
    by (b - 1)(C - c), where a = (1 - F)^rho (diag(h) - h h' / R), c is the running sum of a dF / (1 - F), C its end,
    and b = 1 - (1 - F) / S_k. The variance sums their squares times the variance of one event.
    """
    n, this = counts.at_risk, counts.of_this
    some = n > 0.0
    own = np.where(some, n, 1.0)
    free = np.cumprod(np.where(some, 1.0 - (this + counts.of_another) / own, 1.0), axis=0)
    free_before = np.vstack([np.ones(n.shape[1]), free[:-1]])
    incidence = np.cumsum(np.where(some, free_before * this / own, 0.0), axis=0)
    incidence_before = np.vstack([np.zeros(n.shape[1]), incidence[:-1]])
    h = np.divide(n, free_before, out=np.zeros_like(n), where=some)
    whole = h.sum(axis=1)
    events = this.sum(axis=1)
    step = events / whole
    pooled = np.cumsum(step)
    left = 1.0 - np.concatenate([[0.0], pooled[:-1]])
    weight = np.maximum(left, 0.0) ** rho
    expected = h * (1.0 - incidence_before)
    total = expected.sum(axis=1)
    ratio = np.divide(events, total, out=np.zeros_like(total), where=total > 0.0)
    score = (weight[:, None] * (this - ratio[:, None] * expected)).sum(axis=0)
    a = h[:, :, None] * (np.eye(n.shape[1]) - (h / whole[:, None])[:, None, :]) * weight[:, None, None]
    hazard = np.divide(step, left, out=np.zeros_like(step), where=left > 0.0)
    c = np.cumsum(a * hazard[:, None, None], axis=0)
    ahead = c[-1] - c
    share = np.divide(1.0 - pooled[:, None], free, out=np.zeros_like(free), where=free > 0.0)
    # several events at one time are drawn without replacement
    of_one = _one_event(whole[:, None] * free_before, events[:, None] * some)
    per_event = np.divide(
        of_one * free_before * events[:, None], whole[:, None] * own, where=some, out=np.zeros_like(n)
    )
    gained = a + (1.0 - share)[:, None, :] * ahead
    another = np.where(free > 0.0, counts.of_another, 0.0)
    per_other = _one_event(n, another) * (free_before / own * share) ** 2 * another
    variance = np.einsum("tik,tjk,tk->ij", gained, gained, per_event)
    return score, variance + np.einsum("tik,tjk,tk->ij", ahead, ahead, per_other)


def _one_event(among: Floats, events: Floats) -> Floats:
    """1 - (events - 1) / (among - 1) where there are several events, else 1."""
    several = (events > 1.0) & (among > 1.0)
    return np.where(several, 1.0 - (events - 1.0) / np.where(several, among - 1.0, 1.0), 1.0)


def _chi_squared(score: Floats, variance: Floats) -> GrayTest:
    scale = np.sqrt(np.maximum(np.diag(variance), 0.0))
    if bool(np.any(scale <= 0.0)) or np.linalg.matrix_rank(variance / np.outer(scale, scale), tol=1e-10) < score.size:
        why = "in some group nobody was at risk when the event happened elsewhere, so there is nothing to compare"
        raise MethodError(Problem("group", why, "describe the groups, or join the ones that were hardly followed"))
    statistic = float(score @ np.linalg.solve(variance, score))
    return GrayTest(statistic, score.size, float(chdtrc(score.size, statistic)), score)
