"""Responders at a visit: counts, exact intervals, and ranges where the chart is vague or silent."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Cohort, Flags, Outcome, Outcomes
from equipoise.domain.estimand import Estimand, Missing, Strategy
from equipoise.domain.protocol import Protocol, Visit
from equipoise.estimate.endpoint import respond
from equipoise.estimate.strategies import (
    first_events,
    over_whole_follow_up,
    reach_and_stratum,
    settle,
    stand_ins,
)
from equipoise.stats.proportion import INTERVALS, clopper_pearson

BITS = 32
YES, NO, UNKNOWN = Outcome.YES.value, Outcome.NO.value, Outcome.UNKNOWN.value
NOT_REACHED, OUTSIDE = Outcome.NOT_REACHED.value, Outcome.OUTSIDE.value


def responses(
    cohort: Cohort, protocol: Protocol, estimand: Estimand, visit: Visit, strategies: Mapping[str, Strategy]
) -> Outcomes:
    """The response of every case at a visit under the strategies, (n,) bits of ``Outcome`` over all readings."""
    first = first_events(cohort, strategies)
    stand = stand_ins(cohort, estimand, visit, first)
    value = respond(estimand.endpoint, protocol.instrument_of(estimand), cohort, stand)
    bits = over_whole_follow_up(settle(value, stand, first, visit), np.uint8(NO), first)
    return reach_and_stratum(bits, cohort, visit, first, protocol.sensitivity.stratum_horizon_day)


@dataclass(frozen=True)
class Tally:
    """How many cases have each set of responses: (32,) counts indexed by bits. All a proportion needs."""

    of: tuple[int, ...]

    @classmethod
    def count(cls, bits: Outcomes, who: Flags | None = None) -> "Tally":
        """Count the cases of ``who`` (all of them when absent)."""
        chosen = bits if who is None else bits[who]
        return cls(tuple(int(each) for each in np.bincount(chosen, minlength=BITS)))

    def where(self, *, any_of: int = BITS - 1, none_of: int = 0, only: int | None = None) -> int:
        """Cases whose set touches ``any_of``, avoids ``none_of`` and, if given, is exactly ``only``."""
        return sum(
            count
            for bits, count in enumerate(self.of)
            if count and bits & any_of and not bits & none_of and (only is None or bits == only)
        )

    @property
    def total(self) -> int:
        """All cases."""
        return sum(self.of)

    @property
    def certain(self) -> bool:
        """Whether every case has a single response."""
        return all(count == 0 or bits.bit_count() == 1 for bits, count in enumerate(self.of))


@dataclass(frozen=True)
class Extremes:
    """The smallest and the largest responders / n over the joint readings."""

    low: tuple[int, int]
    high: tuple[int, int]


def extremes(tally: Tally, missing: Missing) -> Extremes:
    """Each case chooses among its readings alone, so the extremes are found case by case.

    A case that may say yes says yes for the largest share; one that may leave the denominator leaves rather than
    say no; and the reverse for the smallest.
    """
    low_responders = low_n = high_responders = high_n = 0
    for bits, count in enumerate(tally.of):
        if count == 0 or bits == 0:
            continue
        yes, no, out = options(bits, missing)
        if no or (yes and not out):
            low_n += count
            low_responders += 0 if no else count
        if yes or (no and not out):
            high_n += count
            high_responders += count if yes else 0
    return Extremes((low_responders, low_n), (high_responders, high_n))


def options(bits: int, missing: Missing) -> tuple[bool, bool, bool]:
    """Whether a case with these readings may count as yes, as no, or not at all."""
    yes, no = bool(bits & YES), bool(bits & NO)
    unknown, late, outside = bool(bits & UNKNOWN), bool(bits & NOT_REACHED), bool(bits & OUTSIDE)
    if missing is Missing.BOUNDS:
        return yes or unknown or late, no or unknown or late, outside
    if missing is Missing.NON_RESPONDER:
        return yes, no or unknown, late or outside
    vague_unknown = unknown and (yes or no)
    return yes or vague_unknown, no or vague_unknown, late or outside or (unknown and not vague_unknown)


@dataclass(frozen=True)
class Proportion:
    """A proportion with its interval, or a range with its outer limits; ``None`` where there is nobody to count."""

    n: int
    responders: int
    unknown: int
    estimate: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None
    outer_upper: float | None
    method: str


def proportion(tally: Tally, missing: Missing, *, interval: str, level: float) -> Proportion:
    """Responders under one way of treating the unknown (``docs/methods.md``, Counting)."""
    both = extremes(tally, missing)
    (low_responders, low_n), (high_responders, high_n) = both.low, both.high
    unknown = tally.where(any_of=UNKNOWN | (NOT_REACHED if missing is Missing.BOUNDS else 0))
    limits = INTERVALS[interval]
    if max(low_n, high_n) == 0:
        return Proportion(0, 0, unknown, None, None, None, None, None, "nobody to count")
    if missing is not Missing.BOUNDS and both.low == both.high:
        lower, upper = limits(low_responders, low_n, level=level)
        share = low_responders / low_n
        return Proportion(low_n, low_responders, unknown, share, float(lower), float(upper), None, None, interval)
    # Where every member may leave, the extreme that is empty is told by the least that is not: one case.
    low_responders, low_n = both.low if low_n else (1, 1)
    high_responders, high_n = both.high if high_n else (0, 1)
    of = f": {low_responders}/{low_n} to {high_responders}/{high_n}"
    return Proportion(
        n=max(low_n, high_n),
        responders=low_responders,
        unknown=unknown,
        estimate=None,
        lower=low_responders / low_n,
        upper=high_responders / high_n,
        outer_lower=float(clopper_pearson(low_responders, low_n, level=level)[0]),
        outer_upper=float(clopper_pearson(high_responders, high_n, level=level)[1]),
        method="no-assumption bounds" if missing is Missing.BOUNDS else f"range over readings{of}",
    )


def possible_counts(tally: Tally) -> tuple[int, int, int]:
    """Smallest and largest count of responders, and n, among the cases inside the question that reached the visit.

    Vague membership is counted in: the widest reading.
    """
    inside = tally.where(any_of=YES | NO | UNKNOWN)
    sure = tally.where(only=YES)
    may = tally.where(any_of=YES | UNKNOWN)
    return sure, may, inside
