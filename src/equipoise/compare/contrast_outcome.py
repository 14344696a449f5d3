"""Which cases an outcome is compared in, and its value in each, under one way of treating what nobody saw."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.arm import Course
from equipoise.domain.cohort import Flags, Floats
from equipoise.domain.estimand import Missing
from equipoise.errors import MethodError, Problem

WAYS = (Missing.OBSERVED, Missing.NON_RESPONDER, Missing.BOUNDS)
"""The ways of treating the unknown that give every case a value, or its two ends."""
READ_BOUNDS = "read the bounds, which keep every reading, or make the chart certain"


@dataclass(frozen=True, eq=False)
class Valued:
    """The cases of a set, ``rows`` (n,), and their least and greatest values, (m,) each; equal but for bounds."""

    rows: Flags
    low: Floats
    high: Floats


def valued(course: Course, missing: Missing) -> Valued:
    """The set of cases and their values.

    Observed: those with one certain value. Non-responder: the unknown of those who reached the visit is a no. Bounds:
    everybody inside the question, the unseen at either end.

    Raises
    ------
    MethodError : some chart allows more than one value, or leaves open whether the case counts
    """
    has, some = course.has, course.has | course.unknown
    if missing is Missing.BOUNDS:
        inside = some | course.late
        _refuse(inside & course.outside, "who is inside the question is not certain", "ask for another strategy")
        open_ = course.unknown | course.late
        low = np.where(open_, course.floor, course.low)
        high = np.where(open_, course.ceiling, course.high)
        return Valued(inside, low[inside], high[inside])
    several = has & (course.low != course.high)
    if missing is Missing.NON_RESPONDER:
        open_ = several | (some & (course.late | course.outside)) | (has & course.unknown & (course.high > 0.0))
        _refuse(open_, "a chart allows more than one answer", READ_BOUNDS)
        rows = some & ~course.late & ~course.outside
        value = np.where(has, course.low, 0.0)[rows]
        return Valued(rows, value, value)
    open_ = several | (has & (course.unknown | course.late | course.outside))
    _refuse(open_, "a chart allows more than one answer", READ_BOUNDS)
    return Valued(has, course.low[has], course.low[has])


def _refuse(open_: Flags, problem: str, remedy: str) -> None:
    if open_.any():
        raise MethodError(Problem("outcome", f"{problem} ({int(open_.sum())} of {open_.size} cases)", remedy))
