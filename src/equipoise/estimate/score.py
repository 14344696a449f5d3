"""Mean scores and mean changes at a visit, as observed and under no assumption about what was not seen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import NEVER, Candidates, Cohort, Flags, Floats, Outcome, Outcomes
from equipoise.domain.estimand import Estimand, Missing, Strategy
from equipoise.domain.instrument import Instrument
from equipoise.domain.protocol import Protocol, Visit
from equipoise.domain.result import CaseScores
from equipoise.estimate.endpoint import baseline_of, each_baseline
from equipoise.estimate.strategies import (
    FirstEvents,
    compare_with_events,
    first_events,
    marked,
    over_whole_follow_up,
    reach_and_stratum,
    stand_ins,
)
from equipoise.stats.mean import t_interval

KNOWN, UNKNOWN = np.uint8(Outcome.YES), np.uint8(Outcome.UNKNOWN)
NOT_REACHED, OUTSIDE = np.uint8(Outcome.NOT_REACHED), np.uint8(Outcome.OUTSIDE)


@dataclass(frozen=True)
class Readings(CaseScores):
    """The score of every case over all readings, and what the instrument would allow.

    ``floor``, ``ceiling`` : (n,) the least and greatest score the instrument allows this case
    """

    floor: Floats
    ceiling: Floats


def readings(
    cohort: Cohort, protocol: Protocol, estimand: Estimand, visit: Visit, strategies: Mapping[str, Strategy]
) -> Readings:
    """The score of every case at a visit under the strategies; a composite gives a failure its declared value."""
    first = first_events(cohort, strategies)
    stand = stand_ins(cohort, estimand, visit, first)
    at = compare_with_events(stand, first, visit)
    value_low, value_high, missing_baseline = _scores(cohort, estimand, stand)
    low, high = np.full(cohort.n, np.inf), np.full(cohort.n, -np.inf)
    scored = at.kept & (value_low <= value_high)
    np.minimum.at(low, stand.case[scored], value_low[scored])
    np.maximum.at(high, stand.case[scored], value_high[scored])
    failed = _failure_bits(cohort, estimand)
    each = marked(scored, KNOWN) | marked(at.failed, failed[stand.case])
    each |= marked(at.lost | (at.kept & missing_baseline), UNKNOWN)
    bits = marked(at.none_failed, failed) | marked(at.none_unknown, UNKNOWN)
    np.bitwise_or.at(bits, stand.case, each)
    fails = at.none_failed.copy()
    fails[stand.case[at.failed]] = True
    low, high = _with_failures(low, high, fails, first, _failure(cohort, estimand))
    bits = over_whole_follow_up(bits, failed, first)
    bits = reach_and_stratum(bits, cohort, visit, first, protocol.sensitivity.stratum_horizon_day)
    floor, ceiling = _range(cohort, estimand, protocol.instrument_of(estimand))
    scored_at_all = (bits & KNOWN) > 0
    low, high = np.where(scored_at_all, low, np.inf), np.where(scored_at_all, high, -np.inf)
    return Readings(bits, low, high, floor, ceiling)


def _scores(cohort: Cohort, estimand: Estimand, stand: Candidates) -> tuple[Floats, Floats, Flags]:
    """Per assessment the least and greatest score over its possible baselines, and whether one may be missing."""
    if not estimand.endpoint.needs_baseline:
        return stand.value, stand.value, np.zeros(stand.value.size, dtype=np.bool_)
    baseline = baseline_of(estimand.endpoint, cohort)
    least, greatest = _baseline_range(baseline, cohort.n)
    return (
        stand.value - greatest[stand.case],
        stand.value - least[stand.case],
        baseline.none[stand.case],
    )


def _baseline_range(baseline: Candidates, n: int) -> tuple[Floats, Floats]:
    least, greatest = np.full(n, np.inf), np.full(n, -np.inf)
    for has, value in each_baseline(baseline, n):
        least[has] = np.minimum(least[has], value[has])
        greatest[has] = np.maximum(greatest[has], value[has])
    return least, greatest


def _with_failures(
    low: Floats, high: Floats, fails: Flags, first: FirstEvents, failure: tuple[Floats, Floats] | None
) -> tuple[Floats, Floats]:
    """Let a failure take its declared score; an event certain within follow-up leaves no other."""
    if failure is None:
        return low, high
    certain = first.by_end.high < NEVER
    low, high = np.where(certain, np.inf, low), np.where(certain, -np.inf, high)
    fails = (fails & ~certain) | (first.by_end.low < NEVER)
    return np.where(fails, np.minimum(low, failure[0]), low), np.where(fails, np.maximum(high, failure[1]), high)


def _failure(cohort: Cohort, estimand: Estimand) -> tuple[Floats, Floats] | None:
    """The score a failure has, (n,) least and greatest; a change takes the case's own baseline from it."""
    if estimand.endpoint.failure_value is None:
        return None
    score = float(estimand.endpoint.failure_value)
    if not estimand.endpoint.needs_baseline:
        return np.full(cohort.n, score), np.full(cohort.n, score)
    least, greatest = _baseline_range(baseline_of(estimand.endpoint, cohort), cohort.n)
    return score - greatest, score - least


def _failure_bits(cohort: Cohort, estimand: Estimand) -> Outcomes:
    """A failure is scored, and unknown where it needs a baseline the chart may not have."""
    if not estimand.endpoint.needs_baseline:
        return np.full(cohort.n, KNOWN)
    baseline = baseline_of(estimand.endpoint, cohort)
    has = np.zeros(cohort.n, dtype=np.bool_)
    has[baseline.case] = True
    return marked(has, KNOWN) | marked(baseline.none, UNKNOWN)


def _range(cohort: Cohort, estimand: Estimand, instrument: Instrument) -> tuple[Floats, Floats]:
    """What the instrument allows each case: its range, or its range from the case's own baseline."""
    lowest, highest = float(instrument.low), float(instrument.high)
    if not estimand.endpoint.needs_baseline:
        return np.full(cohort.n, lowest), np.full(cohort.n, highest)
    baseline = baseline_of(estimand.endpoint, cohort)
    least, greatest = _baseline_range(baseline, cohort.n)
    return (
        lowest - np.where(baseline.none, highest, greatest),
        highest - np.where(baseline.none, lowest, least),
    )


@dataclass(frozen=True)
class Mean:
    """A mean with its SD and t interval, or a range of means; ``None`` where there is nobody, or only one."""

    n: int
    unknown: int
    estimate: float | None
    sd: float | None
    lower: float | None
    upper: float | None
    method: str


def mean_score(scores: Readings, who: Flags, missing: Missing, *, level: float) -> Mean:
    """The mean over the cases of ``who`` (``docs/methods.md``, Counting), or its range over the joint readings."""
    low, high, may_leave = counted_scores(scores, who, missing)
    asked = UNKNOWN | NOT_REACHED if missing is Missing.BOUNDS else UNKNOWN
    unknown = int(((scores.bits[who] & asked) > 0).sum())
    if low.size and (missing is Missing.BOUNDS or may_leave.any() or (low != high).any()):
        method = "no-assumption bounds" if missing is Missing.BOUNDS else "range over readings"
        least, of_least = _least_mean(low, may_leave)
        greatest, of_greatest = _least_mean(-high, may_leave)
        return Mean(max(of_least, of_greatest), unknown, None, None, least, -greatest, method)
    return observed_mean(low, unknown, level=level)


def counted_scores(scores: Readings, who: Flags, missing: Missing) -> tuple[Floats, Floats, Flags]:
    """Of the cases of ``who`` that are counted: the least and greatest score, and whether a reading leaves one out."""
    bits, low, high = scores.bits[who], scores.low[who], scores.high[who]
    has, open_ = (bits & KNOWN) > 0, (bits & UNKNOWN) > 0
    late, outside = (bits & NOT_REACHED) > 0, (bits & OUTSIDE) > 0
    if missing is Missing.BOUNDS:
        unseen, counted, may_leave = open_ | late, has | open_ | late, outside
    else:
        unseen, counted, may_leave = open_ & has, has, late | outside
    low = np.where(unseen, np.minimum(low, scores.floor[who]), low)[counted]
    high = np.where(unseen, np.maximum(high, scores.ceiling[who]), high)[counted]
    return low, high, may_leave[counted]


def observed_mean(value: Floats, unknown: int, *, level: float) -> Mean:
    """The mean of values that are all certain, its SD and t interval; one value has neither."""
    if value.size == 0:
        return Mean(0, unknown, None, None, None, None, "nobody to count")
    mean = float(value.mean())
    if value.size == 1:
        return Mean(1, unknown, mean, None, None, None, "one case: no interval")
    sd = float(value.std(ddof=1))
    lower, upper = t_interval(mean, sd, value.size, level=level)
    return Mean(value.size, unknown, mean, sd, float(lower), float(upper), "t interval")


def _least_mean(value: Floats, may_leave: Flags) -> tuple[float, int]:
    """The least mean when some cases may leave, and of how many: they join, smallest first, while they bring it down.

    Of several counts that give the least mean the largest.
    """
    stay = value[~may_leave]
    join = np.sort(value[may_leave])
    sums = stay.sum() + np.concatenate([[0.0], np.cumsum(join)])
    sizes = stay.size + np.arange(join.size + 1)
    means = sums[sizes > 0] / sizes[sizes > 0]
    least = float(means.min())
    return least, int(sizes[sizes > 0][np.isclose(means, least, rtol=1e-12, atol=1e-12)].max())
