"""From values to responses: the endpoint's rule, compared in exact decimals."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from equipoise.domain.cohort import Candidates, Cohort, Flags, Floats, Outcome, Outcomes
from equipoise.domain.estimand import Endpoint, ImprovementRule
from equipoise.domain.instrument import Better, Instrument
from equipoise.stats.segments import rank_within

NEARLY_TIED = 1e-6


def respond(endpoint: Endpoint, instrument: Instrument, cohort: Cohort, stand: Candidates) -> Outcomes:
    """The response each assessment of ``stand`` would give, (m,) bits; several where the baseline is vague."""
    if endpoint.value is not None:
        comparison, number = endpoint.value.comparison
        return _yes_or_no(compare(stand.value, comparison, float(number)))
    bits = np.zeros(stand.value.size, dtype=np.uint8)
    baseline = baseline_of(endpoint, cohort)
    bits[baseline.none[stand.case]] |= Outcome.UNKNOWN.value
    for has, value in each_baseline(baseline, cohort.n):
        known = has[stand.case]
        improved = _improved(endpoint, instrument, stand.value[known], value[stand.case[known]])
        bits[known] |= improved
    return bits


def baseline_of(endpoint: Endpoint, cohort: Cohort) -> Candidates:
    """The assessments that may be the endpoint's baseline."""
    assert endpoint.baseline_look_back_days is not None
    return cohort.baselines[endpoint.instrument, endpoint.baseline_look_back_days]


def each_baseline(baseline: Candidates, n: int) -> Iterator[tuple[Flags, Floats]]:
    """The possible baselines one rank at a time: who has one of that rank, (n,), and its value, (n,)."""
    rank = rank_within(baseline.case)
    for position in range(int(rank.max(initial=-1)) + 1):
        here = rank == position
        has, value = np.zeros(n, dtype=np.bool_), np.zeros(n)
        has[baseline.case[here]] = True
        value[baseline.case[here]] = baseline.value[here]
        yield has, value


def certain_baseline(endpoint: Endpoint, cohort: Cohort) -> tuple[Floats, Flags]:
    """The endpoint's baseline, (n,), zero where it is not known; and whether the chart gives one value for it, (n,)."""
    baseline = baseline_of(endpoint, cohort)
    least, greatest = np.full(cohort.n, np.inf), np.full(cohort.n, -np.inf)
    for has, value in each_baseline(baseline, cohort.n):
        least[has], greatest[has] = np.minimum(least[has], value[has]), np.maximum(greatest[has], value[has])
    known: Flags = (least == greatest) & ~baseline.none
    return np.where(known, least, 0.0), known


def _improved(endpoint: Endpoint, instrument: Instrument, value: Floats, baseline: Floats) -> Outcomes:
    """Response of a change rule; a percent of a baseline of zero or less has no meaning and is unknown."""
    towards_better = 1 if instrument.better is Better.HIGHER else -1
    if endpoint.change is not None:
        return _yes_or_no(_reaches(endpoint.change, towards_better, value, baseline, percent=False))
    assert endpoint.percent_change is not None
    met = _reaches(endpoint.percent_change, towards_better, value, baseline, percent=True)
    return np.where(baseline > 0, _yes_or_no(met), np.uint8(Outcome.UNKNOWN.value))


def _reaches(rule: ImprovementRule, sign: int, value: Floats, baseline: Floats, *, percent: bool) -> Flags:
    """Whether ``sign * (value - baseline)`` reaches the rule's number of points, or of percent of ``baseline``.

    Floats decide where they are far from a tie; every near tie is decided again in exact decimals, once for
    each distinct pair of values (1 - 4.9/7 >= 0.3 is false in floats and true).
    """
    number = rule.at_least if rule.at_least is not None else rule.more_than
    assert number is not None
    points = float(number) / 100 * baseline if percent else float(number)
    excess = sign * (value - baseline) - points
    met: Flags = excess > 0
    tied = np.flatnonzero(np.abs(excess) < NEARLY_TIED)
    if tied.size:
        pairs, which = np.unique(np.stack([value[tied], baseline[tied]]), axis=1, return_inverse=True)
        exact = [_exact_excess(now, was, sign, Fraction(number), percent=percent) for now, was in pairs.T]
        reached = [each >= 0 if rule.at_least is not None else each > 0 for each in exact]
        met[tied] = np.asarray(reached)[which]
    return met


def _exact_excess(value: float, baseline: float, sign: int, number: Fraction, *, percent: bool) -> Fraction:
    """The excess over the rule in exact decimals, each value as it was written."""
    now, was = Fraction(repr(float(value))), Fraction(repr(float(baseline)))
    return sign * (now - was) - (number / 100 * was if percent else number)


def compare(value: Floats, comparison: str, number: float) -> Flags:
    """Whether each value stands to the number as the comparison says."""
    compared: dict[str, Flags] = {
        "equals": value == number,
        "at_least": value >= number,
        "at_most": value <= number,
        "above": value > number,
        "below": value < number,
    }
    return compared[comparison]


def _yes_or_no(met: Flags) -> Outcomes:
    return np.where(met, np.uint8(Outcome.YES.value), np.uint8(Outcome.NO.value))
