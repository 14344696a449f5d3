"""The infinitesimal-jackknife covariance of state occupation, without keeping an influence for each case and day.

The influence U of a case on p(t) (a row of K) starts as (e - p(0)) / n, where e marks its state, for those who make up
the initial distribution, else as 0. On a day with the step matrix M = I + dA it becomes

    U M + c_h (e_j - M_h)    for a case at risk in state h that is in j afterwards (h = j if it stays),
    U M                      for a case not at risk,            with c_h = p_h(t-) / (number at risk in h).

So the sum V of squared weighted influences is carried forward with the sums, by state, of the weighted influences of
those at risk. A case's own influence is needed only when a row of it ends. Between its start s and then it is
U T(s) - H_h(s), T the product of the M since s and H_h the sum of c_h dA_h times the later M: the same for all rows
that started together, and carried forward for them. Cost: O((r + m s) K^2) for s distinct days on which rows start.
"""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats, Ints
from equipoise.stats.multistate import TransitionRows
from equipoise.stats.multistate_table import MoveTable, at_risk_in, beginners


@dataclass(frozen=True)
class _Turns:
    """Rows that are at risk on some day with a move, grouped by the day they end and by the day they start.

    ``ends`` : rows by last day at risk; those of day t are ``ends[end_at[t]:end_at[t + 1]]``, and the first
        ``initial_ends[t]`` of them started before the first day, as part of the initial distribution
    ``starts`` : rows by first day at risk, likewise
    """

    ends: Ints
    end_at: Ints
    initial_ends: Ints
    starts: Ints
    start_at: Ints


def occupation_covariance(
    rows: TransitionRows, table: MoveTable, initial: Floats, before: Floats, *, initial_known: bool
) -> tuple[Floats, Floats]:
    """The covariance of the initial distribution (K, K), and of p after each day with a move (m, K, K).

    Parameters
    ----------
    before : (m, K) the occupation probabilities just before each day
    initial_known : the initial distribution is given, not estimated
    """
    m, k = before.shape
    squared = np.ones(rows.case.size) if rows.weights is None else rows.weights**2
    first, total = beginners(rows, table)
    share = np.zeros((k, k))  # the influence, at the start, of a case that starts in the row's state
    if not initial_known:
        share = (np.eye(k) - initial) / total
    influence = np.zeros((rows.n, k))
    influence[rows.case[first]] = share[rows.origin[first]]
    count = np.bincount(rows.origin[first], weights=squared[first], minlength=k)
    at_start = share.T @ (count[:, None] * share)
    if m == 0:
        return at_start, np.zeros((0, k, k))
    return at_start, _carried(rows, table, _turns(table, m), influence, share, at_start, before, squared)


def _turns(table: MoveTable, m: int) -> _Turns:
    live = np.flatnonzero(table.enter < table.leave)
    last, first = table.leave[live] - 1, table.enter[live]
    return _Turns(
        ends=live[_stable_order(2 * last + (first > 0), 2 * m)],
        end_at=np.concatenate([[0], np.cumsum(np.bincount(last, minlength=m))]),
        initial_ends=np.bincount(last[first == 0], minlength=m),
        starts=live[_stable_order(first, m)],
        start_at=np.concatenate([[0], np.cumsum(np.bincount(first, minlength=m))]),
    )


def _stable_order(slot: Ints, m: int) -> Ints:
    """A stable order; numbers of 16 bits are sorted by counting."""
    return np.argsort(slot.astype(np.uint16) if m <= 2**16 else slot, kind="stable")


def _carried(
    rows: TransitionRows,
    table: MoveTable,
    turns: _Turns,
    influence: Floats,
    share: Floats,
    at_start: Floats,
    before: Floats,
    squared: Floats,
) -> Floats:
    """V after each day (m, K, K); ``influence`` (n, K) is brought forward to the end of each case's last row."""
    m, k = before.shape
    per_case = np.divide(before, table.at_risk, out=np.zeros_like(before), where=table.at_risk > 0.0)
    present = at_risk_in(rows.origin, table.enter, table.leave, squared, m, k)
    slots_used = np.flatnonzero(np.diff(turns.start_at))
    place = np.zeros(m + 1, dtype=np.int64)
    place[slots_used] = np.arange(slots_used.size)
    since = np.zeros((slots_used.size, 2 * k, k))  # T above, H below, for the rows that started together
    started, variance, by_state = 0, at_start, np.zeros((k, k))
    covariance = np.empty((m, k, k))
    for t in range(m):
        if turns.start_at[t] < turns.start_at[t + 1]:
            new = turns.starts[turns.start_at[t] : turns.start_at[t + 1]]
            since[started, :k] = np.eye(k)
            started += 1
            by_state += _sums(rows.origin[new], squared[new], influence[rows.case[new]], k)
        step, each = table.step[t], per_case[t]
        gone = turns.ends[turns.end_at[t] : turns.end_at[t + 1]]
        initial, later = np.split(gone, [turns.initial_ends[t]])
        alike = share @ since[0, :k] - since[0, k:]  # those who started at the start differ by state alone
        at = place[table.enter[later]]
        own = (
            np.matmul(influence[rows.case[later]][:, None, :], since[at, :k])[:, 0] - since[at, k + rows.origin[later]]
        )
        own = np.concatenate([alike[rows.origin[initial]], own])
        ended = _end_rows(rows, gone, own, influence, squared, step, each)
        variance, by_state = _over_day(variance, by_state, present[t], ended, step, each)
        covariance[t] = variance
        since[:started] = (since[:started].reshape(-1, k) @ step).reshape(started, 2 * k, k)
        since[:started, k:] += each[:, None] * (step - np.eye(k))
    return covariance


def _end_rows(
    rows: TransitionRows,
    gone: Ints,
    own: Floats,
    influence: Floats,
    squared: Floats,
    step: Floats,
    each: Floats,
) -> tuple[Floats, Floats]:
    """Write the influence after the day of the cases whose rows end, from their ``own`` before it, into ``influence``.

    Returns, by state before and after, the sum of weighted influences before the day (K, K, K) and of weights (K, K).
    """
    k = step.shape[0]
    state, case = rows.origin[gone], rows.case[gone]
    after = np.where(rows.target[gone] >= 0, rows.target[gone], state)
    influence[case] = own @ step + each[state, None] * (np.eye(k)[after] - step[state])
    pair = state * k + after
    weight = np.bincount(pair, weights=squared[gone], minlength=k * k).astype(np.float64)
    return _sums(pair, squared[gone], own, k * k).reshape(k, k, k), weight.reshape(k, k)


def _over_day(
    variance: Floats, by_state: Floats, present: Floats, ended: tuple[Floats, Floats], step: Floats, each: Floats
) -> tuple[Floats, Floats]:
    """V, and the sums by state of those still at risk, after the day: carried over the step, with the new terms."""
    k = step.shape[0]
    end_sum, end_count = ended
    moved = np.eye(k)[None] - step[:, None, :]  # [h, j]: e_j - M_h
    sums, count = _of_all(end_sum, by_state), _of_all(end_count, present)
    terms = moved.reshape(k * k, k)
    cross = (each[:, None, None] * (sums @ step)).reshape(k * k, k).T @ terms
    own = terms.T @ (((each**2)[:, None] * count).reshape(k * k, 1) * terms)
    stay_sum = sums.sum(axis=1) - end_sum.sum(axis=1)
    stay_count = (count - end_count)[:, :, None]
    stayed = stay_sum @ step + each[:, None] * (stay_count * moved).sum(axis=1)
    return step.T @ variance @ step + cross + cross.T + own, stayed


def _sums(group: Ints, squared: Floats, influence: Floats, groups: int) -> Floats:
    """(groups, K): the sum of weighted influences (e, K) in each group."""
    k = influence.shape[1]
    cell = group[:, None] * k + np.arange(k)
    total: Floats = np.bincount(
        cell.ravel(), weights=(squared[:, None] * influence).ravel(), minlength=groups * k
    ).astype(np.float64)
    return total.reshape(groups, k)


def _of_all(ended: Floats, at_risk: Floats) -> Floats:
    """[h, j]: of those at risk in h, who are in j afterwards; ``ended`` counts movers, the rest stay."""
    everyone = ended.copy()
    diagonal = np.arange(ended.shape[0])
    everyone[diagonal, diagonal] = at_risk - (ended.sum(axis=1) - ended[diagonal, diagonal])
    return everyone
