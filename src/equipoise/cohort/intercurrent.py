"""Intercurrent events: the first of each kind on or after time zero, as an interval of days."""

import numpy as np
import polars as pl

from equipoise.cohort.timeline import NO_DATE, Records, TimeZero, whole_days
from equipoise.domain.cohort import NEVER, EventTimes, Flags, FollowUp, Ints, Spans
from equipoise.domain.protocol import IntercurrentEvent, Protocol
from equipoise.stats.first_event import first_within


def find_events(
    protocol: Protocol, procedures: Records, cases: pl.DataFrame, zero: TimeZero, follow_up: FollowUp
) -> dict[str, EventTimes]:
    """Every declared event, by name (``docs/methods.md``, Readings 7)."""
    starts_the_clock = _first_index_rows(protocol, procedures)
    return {
        event.name: (
            _from_procedures(protocol, event, procedures.where(~starts_the_clock), follow_up)
            if event.column is None
            else happened_to_case(event.column.removeprefix("cases."), cases, zero, follow_up)
        )
        for event in protocol.intercurrent_event
    }


def _first_index_rows(protocol: Protocol, procedures: Records) -> Flags:
    """The one row of each case that is its time zero; the others of that name are later procedures."""
    chosen = np.zeros(procedures.case.size, dtype=np.bool_)
    if protocol.treatment.procedure is None:
        return chosen
    is_index = (procedures.rows["procedure"] == protocol.treatment.procedure).to_numpy()
    rows = np.flatnonzero(is_index & procedures.dated)
    order = rows[np.lexsort((procedures.high[rows], procedures.low[rows], procedures.case[rows]))]
    case = procedures.case[order]
    chosen[order[np.concatenate([[True], case[1:] != case[:-1]])[: order.size]]] = True
    return chosen


def _from_procedures(protocol: Protocol, event: IntercurrentEvent, others: Records, follow_up: FollowUp) -> EventTimes:
    name = others.rows["procedure"]
    if event.procedures == "any other":
        named = {procedure for other in protocol.intercurrent_event for procedure in _named(other)}
        of_kind = ~name.is_in([*named, protocol.treatment.procedure or ""])
    else:
        of_kind = name.is_in(list(_named(event)))
    found = others.where(of_kind.to_numpy())
    low = np.where(found.dated, found.low, 0)
    high = np.where(found.dated, found.high, _last_day(follow_up)[found.case])
    return first_of(found.case, low, high, follow_up.low.size)


def happened_to_case(name: str, cases: pl.DataFrame, zero: TimeZero, follow_up: FollowUp) -> EventTimes:
    """Death or withdrawal, from its column in ``cases``."""
    happened = cases["died" if name == "death" else "withdrawn"].to_numpy()
    low, high = whole_days(cases[f"{name}_low"]), whole_days(cases[f"{name}_high"])
    dated = low != NO_DATE
    first = np.where(dated, low - zero.high, 0)[happened]
    last = np.where(dated, high - zero.low, _last_day(follow_up))[happened]
    return first_of(np.flatnonzero(happened), first, last, cases.height)


def first_of(case: Ints, low: Ints, high: Ints, n: int) -> EventTimes:
    """The first occurrence on or after day 0 of each case, over all readings of its occurrences.

    An occurrence that may lie before day 0 may be no event: it can bring the first day forward, never bound it.
    """
    latest = np.full(n, NEVER)
    certain = low >= 0
    np.minimum.at(latest, case[certain], high[certain])
    return first_within(Spans(case, low, high), latest)


def _named(event: IntercurrentEvent) -> tuple[str, ...]:
    return event.procedures if isinstance(event.procedures, tuple) else ()


def _last_day(follow_up: FollowUp) -> Ints:
    """The last day of follow-up; where nothing bounds it a day later than all others, yet a day."""
    return np.minimum(follow_up.high, NEVER - 1)
