"""From follow-up to the event table, in linear time on whole days and with one sort on fractional ones."""

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.stats.follow_up import CENSORED, ENTRY, OF_ANOTHER, OF_THIS, EventTable, FollowUpArrays


def event_table(follow_up: FollowUpArrays) -> EventTable:
    """How many were at risk and how many had an event, at each distinct event time.

    Ties are exact: two times are one only if they are the same number. O(n + last day) for whole days,
    O(n log n) otherwise; case weights are summed by ``slots``.
    """
    if follow_up.weights is not None:
        return _weighted_table(follow_up, follow_up.weights)
    days = _whole_days(follow_up)
    return _sorted_table(follow_up) if days is None else _counted_table(follow_up, days)


def slots(follow_up: FollowUpArrays, at_days: Floats) -> tuple[Ints, Ints]:
    """Where each case stands among the event times: it is at risk at ``at_days[entry + 1]`` to ``at_days[exit]``.

    Returns ``entry`` and ``exit``, each (n,): the last event time on or before the day, -1 before all of them.
    """
    leave = np.searchsorted(at_days, follow_up.time_days, side="right") - 1
    if follow_up.entry_days is None:
        return np.full(follow_up.n, -1, dtype=np.int64), leave
    return np.searchsorted(at_days, follow_up.entry_days, side="right") - 1, leave


def _whole_days(follow_up: FollowUpArrays) -> list[Ints] | None:
    """Exit days, and entry days if there are any, as integers worth counting by; else None."""
    if follow_up.time_days.max() > 2 * follow_up.n + 4096:
        return None  # a table of days would be longer than a sort of cases
    whole = []
    for days in (follow_up.time_days, follow_up.entry_days):
        if days is not None:
            whole.append(days.astype(np.int64, copy=False))
            if days.dtype.kind == "f" and not np.array_equal(whole[-1], days):
                return None
    return whole


def _kind(follow_up: FollowUpArrays) -> npt.NDArray[np.uint8]:
    """OF_THIS, OF_ANOTHER or CENSORED for each case, without a branch."""
    return np.subtract(CENSORED, follow_up.another + 2 * follow_up.this.view(np.uint8), dtype=np.uint8)


def _counted_table(follow_up: FollowUpArrays, whole_days: list[Ints]) -> EventTable:
    exit_day = whole_days[0]
    length = int(exit_day.max()) + 1
    counts = np.bincount(3 * exit_day + _kind(follow_up), minlength=3 * length).reshape(length, 3)
    left_before = np.cumsum(counts.sum(axis=1)) - counts.sum(axis=1)
    of_any = counts[:, OF_THIS] + counts[:, OF_ANOTHER]
    at_risk = follow_up.n - left_before
    for entry_day in whole_days[1:]:
        entered = np.bincount(entry_day, minlength=length)
        at_risk -= np.cumsum(entered[::-1])[::-1]  # who enters on this day or later is not at risk yet
    happened = np.flatnonzero(of_any)
    return EventTable(
        at_days=happened.astype(np.float64),
        at_risk=at_risk[happened].astype(np.float64),
        of_this=counts[happened, OF_THIS].astype(np.float64),
        of_any=of_any[happened].astype(np.float64),
    )


def _sorted_table(follow_up: FollowUpArrays) -> EventTable:
    """One sort of integers that carry the day and the kind of exit together.

    A non-negative float sorts as the integer of its bits, and below 1 the two highest bits are zero. Days
    divided by a power of two (which is exact) to lie below 1 therefore leave two bits for the kind.
    """
    scale = 2.0 ** np.frexp(float(follow_up.time_days.max()))[1]
    keys = _keys(follow_up.time_days, scale)
    keys |= _kind(follow_up)
    if follow_up.entry_days is not None:
        keys = np.concatenate([keys, _keys(follow_up.entry_days, scale) | np.uint64(ENTRY)])
    keys.sort()
    kind = keys.astype(np.uint8) & np.uint8(3)
    position = np.flatnonzero(kind <= OF_ANOTHER)
    day_bits = keys[position] >> np.uint64(2)
    first = np.flatnonzero(np.concatenate([[True], day_bits[1:] != day_bits[:-1]])[: position.size])
    # Events come first within a day, so all before the first of them left (or entered) earlier.
    at_risk = follow_up.n - position[first]
    if follow_up.entry_days is not None:
        entered = np.cumsum(kind == ENTRY, dtype=np.int64)[position[first]]
        at_risk = 2 * entered - position[first]
    of_this = kind[position] == OF_THIS
    return EventTable(
        at_days=day_bits[first].view(np.float64) * scale,
        at_risk=at_risk.astype(np.float64),
        of_this=np.add.reduceat(of_this, first, dtype=np.float64) if first.size else np.zeros(0),
        of_any=np.diff(first, append=position.size).astype(np.float64),
    )


def _keys(days: npt.NDArray[np.int64] | Floats, scale: float) -> npt.NDArray[np.uint64]:
    keys = (days * (1.0 / scale)).view(np.uint64)
    keys <<= np.uint64(2)
    return keys


def _weighted_table(follow_up: FollowUpArrays, weights: Floats) -> EventTable:
    any_event = follow_up.this | follow_up.another
    at_days = np.unique(follow_up.time_days[any_event]).astype(np.float64)
    entry, leave = slots(follow_up, at_days)
    of_any = _sum_at(leave, np.where(any_event, weights, 0.0), at_days.size)
    at_risk = np.maximum(_at_risk(entry, leave, weights, at_days.size), of_any)
    # Whether events empty the risk set is decided by counting: sums of fractions would leave a crumb.
    persons = _at_risk(entry, leave, np.ones_like(weights), at_days.size)
    emptied = persons == _sum_at(leave, any_event, at_days.size)
    return EventTable(
        at_days=at_days,
        at_risk=np.where(emptied, of_any, at_risk),
        of_this=_sum_at(leave, np.where(follow_up.this, weights, 0.0), at_days.size),
        of_any=of_any,
    )


def _sum_at(slot: Ints, amount: Floats | Flags, m: int) -> Floats:
    """The sum of ``amount`` in each slot 0 to m - 1; slot -1 is dropped."""
    return np.bincount(slot + 1, weights=amount, minlength=m + 1)[1:].astype(np.float64, copy=False)


def _at_risk(entry: Ints, leave: Ints, weights: Floats, m: int) -> Floats:
    """Who leaves at a slot or later, less who enters at it or later."""
    change = _sum_at(leave, weights, m) - _sum_at(entry, weights, m)
    return np.cumsum(change[::-1])[::-1]
