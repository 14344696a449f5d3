"""From rows to the table of moves: who was at risk in each state, and who moved where, on each day with a move."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats, Ints
from equipoise.stats.multistate import TransitionRows


@dataclass(frozen=True)
class MoveTable:
    """What happened on each of m distinct days with a move, ascending.

    ``at_days`` : (m,)
    ``at_risk`` : (m, K) cases in each state just before the day; sums of weights if weighted
    ``moves`` : (m, K, K) cases that went from state to state on that day; the diagonal is 0
    ``step`` : (m, K, K) the matrix I + dA: the share of those in a state (row) that are in each state (column) after
    ``enter``, ``leave`` : (r,) at risk at ``at_days[enter]`` to ``at_days[leave - 1]``; at none if they are equal
    """

    at_days: Floats
    at_risk: Floats
    moves: Floats
    step: Floats
    enter: Ints
    leave: Ints


def move_table(rows: TransitionRows) -> MoveTable:
    """The table of moves, by counting where days are whole (O(r + last day)), by sorting where they are not."""
    at_days, enter, leave = _slots(rows)
    m, k = at_days.size, rows.states
    moved = np.flatnonzero(rows.target >= 0)
    cell = ((leave[moved] - 1) * k + rows.origin[moved]) * k + rows.target[moved]

    def moves_of(weights: Floats | None) -> Floats:
        of_moved = None if weights is None else weights[moved]
        return np.bincount(cell, weights=of_moved, minlength=m * k * k).reshape(m, k, k).astype(np.float64)

    moves = moves_of(rows.weights)
    at_risk = at_risk_in(rows.origin, enter, leave, rows.weights, m, k)
    if rows.weights is not None:
        # Whether moves empty a state is decided by counting: sums of fractions would leave a crumb.
        persons = at_risk_in(rows.origin, enter, leave, None, m, k)
        emptied = persons == moves_of(None).sum(axis=2)
        at_risk = np.where(emptied, moves.sum(axis=2), np.maximum(at_risk, moves.sum(axis=2)))
    divisor = np.where(at_risk > 0.0, at_risk, 1.0)
    step = moves / divisor[:, :, None]
    stay = np.where(at_risk > 0.0, (at_risk - moves.sum(axis=2)) / divisor, 1.0)
    step[:, np.arange(k), np.arange(k)] = stay
    return MoveTable(at_days=at_days, at_risk=at_risk, moves=moves, step=step, enter=enter, leave=leave)


def beginners(rows: TransitionRows, table: MoveTable) -> tuple[Ints, float]:
    """The rows whose states make up the initial distribution, and their number (or the sum of their weights).

    Those at risk on the first day with a move; where nobody moved, the first to be seen.
    """
    at_once = (table.enter == 0) & (table.leave > 0)
    first = np.flatnonzero(at_once if table.at_days.size else rows.start_day == rows.start_day.min())
    return first, float(first.size if rows.weights is None else rows.weights[first].sum())


def at_risk_in(origin: Ints, enter: Ints, leave: Ints, weights: Floats | None, m: int, k: int) -> Floats:
    """(m, k): the sum of ``weights`` (or the number) of the rows at risk in each state on each day with a move."""
    size = (m + 1) * k
    came = np.bincount(enter * k + origin, weights=weights, minlength=size)
    went = np.bincount(leave * k + origin, weights=weights, minlength=size)
    change = (came - went).reshape(m + 1, k)[:m]
    present: Floats = np.cumsum(change, axis=0, dtype=np.float64)
    return np.maximum(present, 0.0, out=present)


def _slots(rows: TransitionRows) -> tuple[Floats, Ints, Ints]:
    """The days with a move; for each row the number of them on or before its start, and on or before its stop."""
    start, stop = _whole(rows.start_day), _whole(rows.stop_day)
    moved = rows.target >= 0
    if start is None or stop is None or int(stop.max()) > 2 * stop.size + 65536:
        at_days = np.unique(rows.stop_day[moved]).astype(np.float64)
        enter = np.searchsorted(at_days, rows.start_day, side="right")
        return at_days, enter, np.searchsorted(at_days, rows.stop_day, side="right")
    happened = np.zeros(int(stop.max()) + 1, dtype=np.bool_)
    happened[stop[moved]] = True
    by_day = np.cumsum(happened, dtype=np.int64)
    return np.flatnonzero(happened).astype(np.float64), by_day[start], by_day[stop]


def _whole(days: Ints | Floats) -> Ints | None:
    """The days as integers to count by; None where they are not whole."""
    whole = days.astype(np.int64, copy=False)
    return whole if days.dtype.kind == "i" or np.array_equal(whole, days) else None
