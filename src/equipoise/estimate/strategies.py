"""Strategies for intercurrent events: from the values at hand to the response of every case, over all readings.

The table is in ``docs/methods.md`` ("Strategies, per case and reading"); the order there is the order here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import (
    NEVER,
    NOT_REACHED_YET,
    REACHED,
    Candidates,
    Cohort,
    EventTimes,
    Flags,
    Ints,
    Outcome,
    Outcomes,
    Series,
)
from equipoise.domain.estimand import Estimand, Strategy
from equipoise.domain.protocol import Visit
from equipoise.stats.first_event import first_of_all
from equipoise.stats.segments import rank_within

YES, NO, UNKNOWN = np.uint8(Outcome.YES), np.uint8(Outcome.NO), np.uint8(Outcome.UNKNOWN)
NOT_REACHED, OUTSIDE = np.uint8(Outcome.NOT_REACHED), np.uint8(Outcome.OUTSIDE)


def marked(flags: Flags, bits: Outcomes | np.uint8) -> Outcomes:
    """``bits`` where ``flags``, no bit elsewhere."""
    chosen: Outcomes = np.where(flags, bits, np.uint8(0)).astype(np.uint8)
    return chosen


@dataclass(frozen=True)
class FirstEvents:
    """The first event under each strategy; an event that never happens where a strategy has none."""

    by_visit: EventTimes
    by_end: EventTimes
    on_treatment: EventTimes
    hypothetical: EventTimes
    stratum: EventTimes
    reads_last_before: bool
    has_stratum: bool


def first_events(cohort: Cohort, strategies: Mapping[str, Strategy]) -> FirstEvents:
    """Bring the events of each strategy together: the first of them, over all readings."""

    def under(strategy: Strategy) -> EventTimes:
        return first_of_all(
            [cohort.events[name] for name, chosen in strategies.items() if chosen is strategy], cohort.n
        )

    return FirstEvents(
        by_visit=under(Strategy.COMPOSITE_BY_VISIT),
        by_end=under(Strategy.COMPOSITE_BY_END),
        on_treatment=under(Strategy.WHILE_ON_TREATMENT),
        hypothetical=under(Strategy.HYPOTHETICAL),
        stratum=under(Strategy.PRINCIPAL_STRATUM),
        reads_last_before=Strategy.WHILE_ON_TREATMENT in strategies.values(),
        has_stratum=Strategy.PRINCIPAL_STRATUM in strategies.values(),
    )


def stand_ins(cohort: Cohort, estimand: Estimand, visit: Visit, first: FirstEvents) -> Candidates:
    """The assessments that may stand for the visit; while on treatment, the last before the first event."""
    instrument = estimand.endpoint.instrument
    if first.reads_last_before:
        found = last_before(cohort.series[instrument], first.on_treatment, visit.window[1])
        return _split_at(found, visit.window[0])
    return cohort.stand_ins[instrument, visit.name]


def last_before(series: Series, event: EventTimes, window_end: int) -> Candidates:
    """The assessments that may be the last on day 1 or later, by ``window_end`` and by the event, over all readings.

    Each run of days on which the event may fall is taken by itself, and its absence where it may not have happened.
    """
    n = event.low.size
    may_not_happen = event.high == NEVER
    never = np.full(n, NEVER)
    found = [_last_before(series, never, never, may_not_happen, window_end)]
    rank = rank_within(event.spans.case)
    for position in range(int(rank.max(initial=-1)) + 1):
        here = rank == position
        has, low, high = np.zeros(n, dtype=np.bool_), never.copy(), never.copy()
        has[event.spans.case[here]] = True
        low[event.spans.case[here]], high[event.spans.case[here]] = event.spans.low[here], event.spans.high[here]
        found.append(_last_before(series, low, high, has, window_end))
    return Candidates(
        case=np.concatenate([each.case for each in found]),
        value=np.concatenate([each.value for each in found]),
        low=np.concatenate([each.low for each in found]),
        high=np.concatenate([each.high for each in found]),
        none=np.logical_or.reduce([each.none for each in found]),
    )


def _split_at(found: Candidates, day: int) -> Candidates:
    """The same, with those that may lie on either side of ``day`` taken as two: before it, and on it or later."""
    both = (found.low < day) & (found.high >= day)
    return Candidates(
        case=np.concatenate([found.case, found.case[both]]),
        value=np.concatenate([found.value, found.value[both]]),
        low=np.concatenate([np.where(both, day, found.low), found.low[both]]),
        high=np.concatenate([found.high, np.full(int(both.sum()), day - 1)]),
        none=found.none,
    )


def _last_before(series: Series, event_low: Ints, event_high: Ints, who: Flags, window_end: int) -> Candidates:
    """As ``last_before`` for the cases of ``who``, the event on any day from ``event_low`` to ``event_high``.

    With the event at its earliest, an assessment is passed over only by one that certainly lies after it and
    before the event; with the event later, it may always be read on its own last day.
    """
    touches = (series.high >= 1) & (series.low <= window_end) & who[series.case]
    case, low, high = series.case[touches], series.low[touches], series.high[touches]
    certainly_before = high <= np.minimum(event_low, window_end)[case]
    later_start = np.full(who.size, np.iinfo(np.int64).min)
    np.maximum.at(later_start, case[certainly_before], low[certainly_before])
    latest = np.minimum(np.minimum(high, window_end), event_high[case])
    earliest = np.maximum(np.maximum(low, 1), np.minimum(later_start[case], event_low[case] + 1))
    stands = earliest <= latest
    none = who.copy()
    none[case[(low >= 1) & certainly_before]] = False
    return Candidates(
        case=case[stands], value=series.value[touches][stands], low=earliest[stands], high=latest[stands], none=none
    )


@dataclass(frozen=True)
class AtVisit:
    """What the readings leave open once events are compared with the assessment that stands.

    Per assessment that may stand, (m,): it may be ``kept``, ``failed`` by a composite event, ``lost`` to a
    hypothetical one.
    Per case, (n,): with no assessment standing it may have ``none_failed`` or be ``none_unknown``.
    """

    kept: Flags
    failed: Flags
    lost: Flags
    none_failed: Flags
    none_unknown: Flags


def compare_with_events(stand: Candidates, first: FirstEvents, visit: Visit) -> AtVisit:
    """Set each standing assessment's day beside the first composite and the first hypothetical event.

    A composite event counts by the assessment's day, or by the nominal day where the one that stands was made before
    the visit's window (while on treatment).
    """
    failing, removing = first.by_visit, first.hypothetical
    fails_from, fails_to = failing.low[stand.case], failing.high[stand.case]
    lost_from, lost_to = removing.low[stand.case], removing.high[stand.case]
    early = stand.high < visit.window[0]
    by_low, by_high = np.where(early, visit.day, stand.low), np.where(early, visit.day, stand.high)
    free = by_low < fails_to
    last_free = np.where(early, stand.high, np.minimum(stand.high, fails_to - 1))
    return AtVisit(
        kept=free & (stand.low <= lost_to),
        failed=fails_from <= by_high,
        lost=free & (np.maximum(stand.low, lost_from + 1) <= last_free),
        none_failed=stand.none & (failing.low <= visit.day),
        none_unknown=stand.none & (failing.high > visit.day),
    )


def settle(value: Outcomes, stand: Candidates, first: FirstEvents, visit: Visit) -> Outcomes:
    """The response bits of every case before the whole-follow-up rules; ``value`` : (m,) bits of each assessment."""
    at = compare_with_events(stand, first, visit)
    each = marked(at.kept, value) | marked(at.failed, NO) | marked(at.lost, UNKNOWN)
    bits = marked(at.none_failed, NO) | marked(at.none_unknown, UNKNOWN)
    np.bitwise_or.at(bits, stand.case, each)
    return bits


def over_whole_follow_up(bits: Outcomes, failure: Outcomes | np.uint8, first: FirstEvents) -> Outcomes:
    """Composite by end of follow-up: the event at any time gives ``failure``."""
    may_happen, may_not = first.by_end.low < NEVER, first.by_end.high == NEVER
    return marked(may_not, bits) | marked(may_happen, failure)


def reach_and_stratum(
    bits: Outcomes, cohort: Cohort, visit: Visit, first: FirstEvents, horizon_day: int | None
) -> Outcomes:
    """Not reached goes before every strategy but the stratum; outside the stratum stays outside."""
    when = cohort.reached[visit.name]
    bits = marked((when & REACHED) > 0, bits) | marked((when & NOT_REACHED_YET) > 0, NOT_REACHED)
    if not first.has_stratum:
        return bits
    if horizon_day is None:
        may_be_out, may_be_in = first.stratum.low < NEVER, first.stratum.high == NEVER
    else:
        not_followed = (first.stratum.high == NEVER) & (cohort.follow_up.low < horizon_day)
        may_be_out = (first.stratum.low <= horizon_day) | not_followed
        may_be_in = first.stratum.high > horizon_day
    return marked(may_be_in, bits) | marked(may_be_out, OUTSIDE)
