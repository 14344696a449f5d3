"""Cumulative incidence of an event in two groups contrasted: by the horizon, in mean days lost, and by Gray's test."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isnan
from typing import TypeVar

import numpy as np

from equipoise.domain.cohort import Cohort, Flags
from equipoise.domain.difference import DifferenceDeclared
from equipoise.domain.difference_answer import EventDifference
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Refusal
from equipoise.errors import MethodError, Problem
from equipoise.estimate.incidence import bounds_at, first_event, vague_cases
from equipoise.estimate.refusing import refusals
from equipoise.stats.difference import miettinen_nurminen
from equipoise.stats.difference_incidence import (
    IncidenceDifference,
    TimeLost,
    incidence_difference,
    time_lost,
    time_lost_difference,
)
from equipoise.stats.gray import gray_test
from equipoise.stats.survival import CumulativeIncidence, cumulative_incidence, incidence_at

Found = TypeVar("Found")
VAGUE = "some date is vague, so neither the curves nor the test have one value"
METHOD = "Aalen-Johansen; Wald limits; mean time lost with Greenwood-type variance; Gray's test"
NO_LIMITS = "no limits: one incidence is 0 or 1, so its variance is not known"


def event_differences(
    cohort: Cohort, protocol: Protocol, declared: DifferenceDeclared, label: str
) -> tuple[tuple[EventDifference, ...], list[Refusal]]:
    """Every event the difference names, by its horizon; exact where every date of both groups is."""
    refused: list[Refusal] = []
    found = []
    mine, theirs = (cohort.group == cohort.groups.index(each) for each in (declared.group, declared.reference))
    sizes, level = (int(mine.sum()), int(theirs.sum())), protocol.sensitivity.level
    for event in declared.events:
        where = f"difference '{declared.name}' | {event}"
        assert declared.horizon_day is not None
        blank = _blank(event, declared.horizon_day, sizes, level, label)
        if min(sizes) == 0:
            refused.append(Refusal(where, "a group has no case", "describe the other group by itself"))
        elif vague_cases(cohort, protocol)[mine | theirs].any():
            found.append(_bounds(cohort, protocol, event, (mine, theirs), blank))
            what = f"{where} | mean time lost, Gray's test"
            refused.append(Refusal(what, VAGUE, "read the bounds of the difference by the horizon"))
        else:
            found.append(_exact(cohort, protocol, event, (mine, theirs), blank, Attempt(where, refused)))
    return tuple(found), refused


def _bounds(
    cohort: Cohort, protocol: Protocol, event: str, arms: tuple[Flags, Flags], blank: EventDifference
) -> EventDifference:
    """From (certainly, less possibly of the reference) to (possibly, less certainly)."""
    counts = []
    for arm in arms:
        (point,) = bounds_at(cohort, protocol, event, arm, np.array([blank.horizon_day]))
        assert point.lower is not None
        assert point.upper is not None
        n = int(arm.sum())
        counts.append((round(point.lower * n), round(point.upper * n), n))
    (certain, possible, n), (certain_other, possible_other, n_other) = counts
    lowest = miettinen_nurminen(certain, n, possible_other, n_other, level=blank.level)
    highest = miettinen_nurminen(possible, n, certain_other, n_other, level=blank.level)
    return replace(
        blank,
        certain=certain,
        possible=possible,
        reference_certain=certain_other,
        reference_possible=possible_other,
        lower=certain / n - possible_other / n_other,
        upper=possible / n - certain_other / n_other,
        outer_lower=float(lowest[0]),
        outer_upper=float(highest[1]),
        method="no-assumption bounds; outer limits Miettinen-Nurminen",
    )


def _exact(
    cohort: Cohort,
    protocol: Protocol,
    event: str,
    arms: tuple[Flags, Flags],
    blank: EventDifference,
    attempt: "Attempt",
) -> EventDifference:
    """Curves, mean days lost and Gray's test, each refused by itself where it does not fit."""
    level, horizon = blank.level, blank.horizon_day
    time, cause = first_event(cohort, protocol)
    of, both = list(cohort.events).index(event) + 1, arms[0] | arms[1]
    own, other = (cumulative_incidence(time[arm], cause[arm], of=of, level=level) for arm in arms)
    found = replace(blank, kind="Aalen-Johansen", method=METHOD, note="")
    at = attempt("by the horizon", lambda: _by_horizon(own, other, horizon, level))
    if at is not None:
        found = replace(
            found,
            incidence=float(incidence_at(own, [horizon]).incidence[0]),
            reference_incidence=float(incidence_at(other, [horizon]).incidence[0]),
            difference=float(at.difference[0]),
            standard_error=float(at.standard_error[0]),
            lower=_or_none(at.lower[0]),
            upper=_or_none(at.upper[0]),
            note=NO_LIMITS if isnan(at.lower[0]) else "",
        )
    lost = attempt("mean time lost", lambda: _lost(own, other, horizon, level))
    if lost is not None:
        of_own, of_other, between = lost
        found = replace(
            found,
            days_lost=of_own.days_lost,
            reference_days_lost=of_other.days_lost,
            days_lost_difference=between.days_lost,
            days_lost_standard_error=between.standard_error,
            days_lost_lower=_or_none(between.lower),
            days_lost_upper=_or_none(between.upper),
        )
    in_reference = arms[1][both].astype(np.int64)
    gray = attempt("Gray's test", lambda: gray_test(time[both], cause[both], in_reference, of=of))
    if gray is None:
        return found
    return replace(found, gray_chi_squared=gray.statistic, gray_p_value=gray.p_value)


@dataclass
class Attempt:
    """Runs a method, and keeps why it was refused."""

    where: str
    refused: list[Refusal]

    def __call__(self, what: str, method: Callable[[], Found]) -> Found | None:
        """What the method found; None where it refused."""
        try:
            return method()
        except MethodError as error:
            self.refused.extend(refusals(f"{self.where} | {what}", error))
            return None


def _by_horizon(
    own: CumulativeIncidence, other: CumulativeIncidence, horizon: int, level: float
) -> IncidenceDifference:
    found = incidence_difference(own, other, [horizon], level=level)
    if isnan(found.difference[0]):
        last = min(own.followed_to_days, other.followed_to_days)
        why = "lies after the last day a group was followed to; what happened between is not known"
        raise MethodError(Problem("horizon", why, f"choose a horizon of at most {last:g} days"))
    return found


def _lost(
    own: CumulativeIncidence, other: CumulativeIncidence, horizon: int, level: float
) -> tuple[TimeLost, TimeLost, TimeLost]:
    return (
        time_lost(own, horizon_days=horizon, level=level),
        time_lost(other, horizon_days=horizon, level=level),
        time_lost_difference(own, other, horizon_days=horizon, level=level),
    )


def _blank(event: str, horizon_day: int, sizes: tuple[int, int], level: float, label: str) -> EventDifference:
    return EventDifference(
        event=event,
        horizon_day=horizon_day,
        kind="bounds",
        n=sizes[0],
        reference_n=sizes[1],
        certain=None,
        possible=None,
        reference_certain=None,
        reference_possible=None,
        incidence=None,
        reference_incidence=None,
        difference=None,
        standard_error=None,
        lower=None,
        upper=None,
        outer_lower=None,
        outer_upper=None,
        days_lost=None,
        reference_days_lost=None,
        days_lost_difference=None,
        days_lost_standard_error=None,
        days_lost_lower=None,
        days_lost_upper=None,
        gray_chi_squared=None,
        gray_p_value=None,
        level=level,
        method="",
        label=label,
        note="",
    )


def _or_none(value: float) -> float | None:
    return None if isnan(value) else float(value)
