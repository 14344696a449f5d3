"""Interval-censored times as arrays: what may be given, and the innermost intervals that can hold mass.

A case's time lies in (lower, upper]: after the last day it was without the event, up to the first day it had it.
Lower equal to upper is an exact day; an upper of infinity is a case that had not had it when last seen.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, Problem

ON_THE_DAY, CLOSES, AFTER_THE_DAY = range(3)
"""The order of ends that share a day: an exact day begins before it, an interval includes its upper day."""


@dataclass(frozen=True)
class InnermostIntervals:
    """The m intervals (lower, upper] that begin with some case's lower end and hold no other end, ascending.

    ``lower_days``, ``upper_days``, ``exact`` : (m,) ``exact`` marks a single day, where both are that day
    ``first``, ``last`` : (g,) each distinct set of intervals a case may have its time in runs from first to last
    ``weight`` : (g,) how many cases (or what sum of weights) have that set
    """

    lower_days: Floats
    upper_days: Floats
    exact: Flags
    first: Ints
    last: Ints
    weight: Floats


def check_intervals(
    lower_days: npt.ArrayLike, upper_days: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Lower ends, upper ends and weights, (n,) each, cases of weight zero left out; or a refusal naming every fault.

    Raises
    ------
    DataError : no case, lengths that differ, or a value outside what ``turnbull`` says
    """
    lower = np.asarray(lower_days, dtype=np.float64)
    upper = np.asarray(upper_days, dtype=np.float64)
    weight = np.ones(lower.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    problems = _shape_problems(lower, upper, weight) or _value_problems(lower, upper, weight)
    if problems:
        raise DataError(problems)
    counts = weight > 0.0
    return lower[counts], upper[counts], weight[counts]


def innermost_intervals(lower: Floats, upper: Floats, weight: Floats) -> InnermostIntervals:
    """Where the maximum-likelihood estimate can have mass (Peto 1973, Turnbull 1976). O(n log n)."""
    opens = np.where(lower == upper, ON_THE_DAY, AFTER_THE_DAY)
    begin = np.unique(np.stack([lower, opens], axis=1), axis=0)
    end = np.unique(upper)
    day = np.concatenate([begin[:, 0], end])
    kind = np.concatenate([begin[:, 1], np.full(end.size, float(CLOSES))])
    order = np.lexsort((kind, day))
    day, kind = day[order], kind[order]
    at = np.flatnonzero((kind[:-1] != CLOSES) & (kind[1:] == CLOSES))
    begins, begin_kind, ends = day[at], kind[at], day[at + 1]
    # The first interval that begins no earlier than the case does; the last that ends no later.
    later = np.searchsorted(begins, lower, side="left")
    tie = (later < begins.size) & (begins[np.minimum(later, begins.size - 1)] == lower)
    before = tie & (begin_kind[np.minimum(later, begins.size - 1)] < opens)
    first = later + before
    last = np.searchsorted(ends, upper, side="right") - 1
    sets, which = np.unique(np.stack([first, last], axis=1), axis=0, return_inverse=True)
    return InnermostIntervals(
        lower_days=begins,
        upper_days=ends,
        exact=begin_kind == ON_THE_DAY,
        first=sets[:, 0],
        last=sets[:, 1],
        weight=np.bincount(which.ravel(), weights=weight).astype(np.float64),
    )


def _shape_problems(lower: Floats, upper: Floats, weight: Floats) -> list[Problem]:
    if lower.ndim != 1 or lower.size == 0:
        return [Problem("lower_days", "no case, or not a list of days", "give one day for each case")]
    return [
        Problem(name, f"has shape {array.shape}, but there are {lower.size} cases", "give one entry for each case")
        for name, array in (("upper_days", upper), ("weights", weight))
        if array.shape != lower.shape
    ]


def _value_problems(lower: Floats, upper: Floats, weight: Floats) -> list[Problem]:
    # A comparison with NaN is false, so each test is written for what is allowed.
    problems = []
    if not bool(np.all((lower >= 0.0) & (lower < np.inf))):
        remedy = "give the last day without the event; 0 where there was none after time zero"
        problems.append(Problem("lower_days", "a day is negative, missing or endless", remedy))
    if not bool(np.all(~(upper < lower) & ~np.isnan(upper))):
        remedy = "give the first day with the event, no earlier than the last without; infinity where there was none"
        problems.append(Problem("upper_days", "a day is missing, or before the lower day of its case", remedy))
    if not (bool(np.all((weight >= 0.0) & (weight < np.inf))) and bool(weight.any())):
        remedy = "give each case a weight of 0 or more, and some case more than 0"
        problems.append(Problem("weights", "a weight is negative or missing, or all are zero", remedy))
    return problems
