"""Cumulative incidence of each intercurrent event, the others competing; a range where dates are vague."""

import numpy as np

from equipoise.domain.cohort import NEVER, Cohort, EventTimes, Flags, Floats, Ints
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Incidence, IncidencePoint
from equipoise.stats.first_event import first_of_all
from equipoise.stats.incidence_bounds import incidence_bounds
from equipoise.stats.survival import cumulative_incidence, incidence_at, number_at_risk

DAYS_PER_MONTH = 365.25 / 12
MOST_POINTS = 240
UNDECLARED_DEATH = "death, not declared"


def describe_incidence(cohort: Cohort, protocol: Protocol) -> tuple[Incidence, ...]:
    """One curve per event and group: Aalen-Johansen where every day is known, else bounds (METHODS 19, 20)."""
    return tuple(
        _incidence(cohort, protocol, name, group) for group in range(len(cohort.groups)) for name in cohort.events
    )


def _incidence(cohort: Cohort, protocol: Protocol, name: str, group: int) -> Incidence:
    mine = cohort.group == group
    n = int(mine.sum())
    vague = vague_cases(cohort, protocol)[mine]
    event = cohort.events[name]
    certain = int(((event.high < NEVER) & mine).sum())
    days = _days(cohort, protocol, mine)
    exact = not vague.any() and n > 0
    points = _curve(cohort, protocol, name, mine, days) if exact else bounds_at(cohort, protocol, name, mine, days)
    return Incidence(
        event=name,
        group=cohort.groups[group],
        n=n,
        kind="Aalen-Johansen" if exact else "bounds",
        with_event=certain,
        vague=int(_vague_event(event)[mine].sum()),
        all_on_day_zero=bool(certain and (event.high[mine & (event.low < NEVER)] == 0).all()),
        points=points,
    )


def _causes(cohort: Cohort, protocol: Protocol) -> dict[str, EventTimes]:
    """The declared events, and death where none of them is it: the dead are neither at risk nor censored."""
    if any(event.column == "cases.death" for event in protocol.intercurrent_event):
        return dict(cohort.events)
    return {**cohort.events, UNDECLARED_DEATH: cohort.death}


def _vague_event(event: EventTimes) -> Flags:
    flags: Flags = (event.low != event.high) & (event.low < NEVER)
    return flags


def vague_cases(cohort: Cohort, protocol: Protocol) -> Flags:
    """Cases whose time or kind of first event, or end of follow-up without one, is not a single day."""
    vague = np.zeros(cohort.n, dtype=np.bool_)
    none = np.ones(cohort.n, dtype=np.bool_)
    for event in _causes(cohort, protocol).values():
        vague |= _vague_event(event)
        none &= event.low == NEVER
    open_ended: Flags = vague | (none & (cohort.follow_up.low != cohort.follow_up.high))
    return open_ended


def _days(cohort: Cohort, protocol: Protocol, mine: Flags) -> Ints:
    """The days the curve is told at: time zero, every visit, every event day while there are few, else monthly."""
    visits = [visit.day for visit in protocol.visit]
    last = max([*visits, int(cohort.follow_up.low[mine].max(initial=0)), *_last_days(cohort, mine)])
    event_days = np.unique(np.concatenate([event.low[mine & (event.low < NEVER)] for event in cohort.events.values()]))
    if event_days.size > MOST_POINTS:
        event_days = np.arange(0, last + 1, DAYS_PER_MONTH).round().astype(np.int64)[:MOST_POINTS]
    monthly = np.arange(0, last + 1, DAYS_PER_MONTH).round().astype(np.int64)[:MOST_POINTS]
    days = event_days if not vague_cases(cohort, protocol)[mine].any() else np.concatenate([event_days, monthly])
    chosen: Ints = np.unique(np.concatenate([[0, last], visits, days]).astype(np.int64))
    return chosen


def _last_days(cohort: Cohort, mine: Flags) -> list[int]:
    highs = [event.high[mine & (event.high < NEVER - 1)] for event in cohort.events.values()]
    return [int(high.max()) for high in highs if high.size]


def _curve(cohort: Cohort, protocol: Protocol, name: str, mine: Flags, days: Ints) -> tuple[IncidencePoint, ...]:
    time, cause = first_event(cohort, protocol)
    of = list(cohort.events).index(name) + 1
    curve = cumulative_incidence(time[mine], cause[mine], of=of, level=protocol.sensitivity.level)
    at, at_risk = incidence_at(curve, days), number_at_risk(time[mine], days)
    return tuple(
        IncidencePoint(
            day=int(day),
            at_risk=int(at_risk[i]),
            events=int(at.events[i]),
            estimate=_or_none(at.incidence, i),
            standard_error=_or_none(at.standard_error, i),
            lower=_or_none(at.lower, i),
            upper=_or_none(at.upper, i),
        )
        for i, day in enumerate(days)
        if not np.isnan(at.incidence[i])
    )


def first_event(cohort: Cohort, protocol: Protocol) -> tuple[Ints, Ints]:
    """Day and kind of the first event of any kind, 0 for none; on one day the event declared first."""
    time, cause = np.full(cohort.n, NEVER), np.zeros(cohort.n, dtype=np.int64)
    for kind, event in enumerate(_causes(cohort, protocol).values(), start=1):
        cause[event.low < time] = kind
        time = np.minimum(time, event.low)
    return np.where(cause > 0, time, cohort.follow_up.low), cause


def bounds_at(cohort: Cohort, protocol: Protocol, name: str, mine: Flags, days: Ints) -> tuple[IncidencePoint, ...]:
    """(certainly had it first by t) / n to (could have had it first by t) / n."""
    event = cohort.events[name]
    others = first_of_all([each for other, each in _causes(cohort, protocol).items() if other != name], cohort.n)
    n = int(mine.sum())
    if n == 0:
        return ()
    certain, possible = incidence_bounds(
        event.low[mine],
        event.high[mine],
        cohort.follow_up.low[mine],
        days,
        competing_low_days=others.low[mine],
        competing_high_days=others.high[mine],
    )
    return tuple(
        IncidencePoint(
            day=int(day),
            at_risk=None,
            events=None,
            estimate=None,
            standard_error=None,
            lower=int(certain[i]) / n,
            upper=int(possible[i]) / n,
        )
        for i, day in enumerate(days)
    )


def _or_none(values: Floats, i: int) -> float | None:
    return None if np.isnan(values[i]) else float(values[i])
