"""One estimand at all its visits together: a value a case and visit, seen or not; what models over time start from.

Models take one reading of every chart. Where a chart is vague about a value they would use, ``vague`` says so and
the estimators refuse in words: the bounds of the panel keep every reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import NEVER, Cohort, Flags, Floats, Outcome, Outcomes
from equipoise.domain.estimand import Estimand, Strategy
from equipoise.domain.protocol import Protocol, Visit
from equipoise.estimate.responder import responses
from equipoise.estimate.score import readings

YES, NO, UNKNOWN = Outcome.YES.value, Outcome.NO.value, Outcome.UNKNOWN.value
NOT_REACHED, OUTSIDE = Outcome.NOT_REACHED.value, Outcome.OUTSIDE.value
CLEAR = (YES, NO, UNKNOWN, NOT_REACHED, OUTSIDE)


@dataclass(frozen=True)
class OverVisits:
    """An estimand over its m visits, in the order of time.

    ``value`` : (n, m) the score, or 1 for yes and 0 for no; zero where it is not ``seen``
    ``seen`` : (n, m) the value is there and certain
    ``counts`` : (n, m) the case is inside the question and reached the visit; the rest is nobody's missing value
    ``vague`` : (n, m) the chart allows more than one value, or leaves open whether the case counts
    """

    visits: tuple[Visit, ...]
    value: Floats
    seen: Flags
    counts: Flags
    vague: Flags


def over_visits(
    cohort: Cohort, protocol: Protocol, estimand: Estimand, strategies: Mapping[str, Strategy]
) -> OverVisits:
    """The estimand at each of its visits under the strategies, as one array a kind."""
    visits = tuple(sorted((protocol.visit_named(name) for name in estimand.visits), key=lambda visit: visit.day))
    columns = [_at(cohort, protocol, estimand, visit, strategies) for visit in visits]
    value = np.stack([each for each, _ in columns], axis=1)
    bits = np.stack([each for _, each in columns], axis=1)
    clear = np.isin(bits, CLEAR) & ~np.isnan(value)
    seen = clear & np.isin(bits, (YES, NO))
    return OverVisits(
        visits=visits,
        value=np.where(seen, value, 0.0),
        seen=seen,
        counts=(bits & (YES | NO | UNKNOWN)) > 0,
        vague=~clear,
    )


def _at(
    cohort: Cohort, protocol: Protocol, estimand: Estimand, visit: Visit, strategies: Mapping[str, Strategy]
) -> tuple[Floats, Outcomes]:
    """The values of one visit, NaN where several are possible, and the bits of every case."""
    if estimand.endpoint.is_responder:
        bits = responses(cohort, protocol, estimand, visit, strategies)
        return (bits == YES).astype(np.float64), bits
    scores = readings(cohort, protocol, estimand, visit, strategies)
    has = (scores.bits & YES) > 0
    one: Floats = np.where(has & (scores.low != scores.high), np.nan, np.where(has, scores.low, 0.0))
    return one, scores.bits


def events_by_visit(cohort: Cohort, visits: tuple[Visit, ...]) -> tuple[Flags, Flags]:
    """Whether an intercurrent event certainly, and whether it possibly, happened by the visit's nominal day.

    Two (n, m) arrays, for values that were not seen: a visit nobody assessed is dated at its nominal day (METHODS 5).
    """
    days = np.array([visit.day for visit in visits])
    certain = np.zeros((cohort.n, days.size), dtype=np.bool_)
    possible = certain.copy()
    for event in cohort.events.values():
        certain |= (event.high < NEVER)[:, None] & (event.high[:, None] <= days)
        possible |= event.low[:, None] <= days
    return certain, possible
