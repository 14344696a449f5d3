"""State occupation, mean times and counts of moves, each told only as far as somebody was followed."""

from collections.abc import Sequence

import numpy as np

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.domain.durability import DEAD
from equipoise.domain.durability_answer import MeanTime, Moves, Occupation
from equipoise.estimate.durability_histories import FIRST_EVENT, LOST, RESPONDING, WAITING, Histories
from equipoise.stats.multistate import TransitionRows
from equipoise.stats.occupation import OccupationAt, StateOccupation, occupation_at
from equipoise.stats.occupation_time import TimeInStates, time_in_any

ROUNDING = 1e-6
"""A standard error below this share of the span is a sum that cancelled: every case spent the same time."""
MOST_DAYS = 240
"""More distinct days with a move than this are thinned to as many, evenly."""


def known_until(rows: TransitionRows, curve: StateOccupation, possible: Flags) -> Floats:
    """(K,) the last day each state's probability can be told, infinity where follow-up never ran out.

    Where nobody is followed in a state any more and the probability of being there is above zero, nothing is known
    of it, nor of any state it leads to (the Kaplan-Meier curve after its last, censored, case). A state that nothing
    leaves does not need to be followed.
    """
    k = rows.states
    until = np.full(k, np.inf)
    for state in np.flatnonzero(possible.any(axis=1)):
        days = np.concatenate([rows.stop_day[rows.origin == state], rows.stop_day[rows.target == state]])
        last = max(float(days.max(initial=curve.from_day)), curve.from_day)
        left = _last_before_or_on(curve, last)[state]
        if left > 0.0:
            until[state] = last
    reaches = possible | np.eye(k, dtype=np.bool_)
    for _ in range(k):
        reaches = (reaches.astype(np.int64) @ reaches.astype(np.int64)) > 0
    told: Floats = np.where(reaches, until[:, None], np.inf).min(axis=0)
    return told


def _last_before_or_on(curve: StateOccupation, day: float) -> Floats:
    slot = int(np.searchsorted(curve.at_days, day, side="right"))
    return curve.probability[slot - 1] if slot else curve.initial


def read_curve(curve: StateOccupation, days: Sequence[int], until: Floats) -> OccupationAt:
    """The curves at the days, (d, K), NaN beyond ``until``; a state nothing leaves goes on beyond follow-up."""
    asked = np.asarray(days, dtype=np.float64)
    at = occupation_at(curve, np.minimum(asked, curve.followed_to_days))
    unknown = asked[:, None] > until
    parts = (np.where(unknown, np.nan, each) for each in (at.probability, at.standard_error, at.lower, at.upper))
    return OccupationAt(asked, *parts)


def occupation_of(
    histories: Histories, curve: StateOccupation, until: Floats, days: Sequence[int]
) -> tuple[Occupation, ...]:
    """Every state on day 0, on each day with a move, and on ``days``, up to the limit day."""
    moved = curve.at_days[curve.at_days <= histories.limit_day]
    if moved.size > MOST_DAYS:
        moved = moved[np.linspace(0, moved.size - 1, MOST_DAYS).round().astype(np.int64)]
    chosen = sorted({0, *(int(day) for day in moved), *days})
    at = read_curve(curve, chosen, until)
    return tuple(
        Occupation(
            day=day,
            state=name,
            probability=number_or_none(at.probability[i, state]),
            standard_error=number_or_none(at.standard_error[i, state]),
            lower=number_or_none(at.lower[i, state]),
            upper=number_or_none(at.upper[i, state]),
        )
        for i, day in enumerate(chosen)
        for state, name in enumerate(histories.states)
    )


def mean_times(histories: Histories, times: TimeInStates, until: Floats) -> tuple[MeanTime, ...]:
    """The mean time in each state, and before each event (and those that may follow it), where follow-up reaches."""
    from scipy.special import ndtri

    def row(of: str, states: Sequence[int]) -> MeanTime:
        mean, error = time_in_any(times, [state + 1 for state in states])
        margin = float(ndtri((1.0 + times.level) / 2.0)) * error
        span = times.horizon_days - times.from_day
        known = error > ROUNDING * span
        return MeanTime(
            of=of,
            states=tuple(histories.states[state] for state in states),
            mean_days=mean,
            standard_error=error if known else 0.0,
            lower=max(mean - margin, 0.0) if known else None,
            upper=min(mean + margin, span) if known else None,
        )

    names = histories.states
    told = [state for state in range(len(names)) if until[state] >= times.horizon_days]
    rows = [row(names[state], [state]) for state in told]
    for event in range(FIRST_EVENT, len(names)):
        before = list(range(event))
        if all(until[state] >= times.horizon_days for state in before):
            rows.append(row(_before(names, event), before))
    return tuple(rows)


def _before(names: Sequence[str], event: int) -> str:
    """What a reader calls the time before an event: any of those that count, the listed first the mildest."""
    of = ["death" if name == DEAD else name for name in names[event:]]
    if len(of) == 1:
        return f"before {of[0]}"
    if event == FIRST_EVENT:
        return "before any event"
    return f"before {', '.join(of[:-1])} or {of[-1]}"


def moves_of(rows: TransitionRows, histories: Histories) -> tuple[Moves, ...]:
    """How many cases moved from each state to each other, by the limit day; those that may happen and did not, too."""
    moved = (rows.target >= 0) & (rows.stop_day <= histories.limit_day)
    k = rows.states
    counts: Ints = np.bincount(rows.origin[moved] * k + rows.target[moved], minlength=k * k).reshape(k, k)
    return tuple(
        Moves(histories.states[i], histories.states[j], int(counts[i, j]))
        for i in range(k)
        for j in range(k)
        if histories.possible[i, j] and (counts[i, j] or (i < FIRST_EVENT and j <= LOST))
    )


def followed_on(rows: TransitionRows, day: int) -> int:
    """How many cases are under observation in a state without an event on the day."""
    there = (rows.start_day < day) & (rows.stop_day >= day) & np.isin(rows.origin, (WAITING, RESPONDING, LOST))
    return int(there.sum())


def number_or_none(value: float) -> float | None:
    """None for NaN."""
    return None if np.isnan(value) else float(value)
