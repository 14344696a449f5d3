"""From what the charts say to the rows of a multi-state analysis: a row for each stay of a case in a state."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import NEVER, Flags, Floats, Ints
from equipoise.estimate.durability_histories import FIRST_EVENT, LOST, RESPONDING, WAITING, Histories
from equipoise.stats.multistate import TransitionRows, transition_rows

NO_STATE = -1


@dataclass(frozen=True)
class Stays:
    """(r,) each: the case, its state, the state it went to (``NO_STATE`` where none), the days between.

    ``left`` : cases followed no further than a visit they missed; ``returned`` : with an event after one
    """

    case: Ints
    origin: Ints
    target: Ints
    start_day: Ints
    stop_day: Ints
    left: int
    returned: int


def stays(histories: Histories, mine: Flags) -> Stays:
    """The stays of the cases of ``mine``, none of whose dates is vague; of two moves on one day the last state counts.

    O(n (m + k) log(m + k)) for n cases, m visits and k events.
    """
    who = np.flatnonzero(mine)
    day, kind = _steps(histories, who)
    every = np.arange(who.size)
    state, since = np.full(who.size, WAITING), np.zeros(who.size, dtype=np.int64)
    origin, begun = np.full(who.size, NO_STATE), np.zeros(who.size, dtype=np.int64)
    parts: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []

    def close(ended: Flags) -> None:
        """The stay before the present state, which is certain now that nothing else happened on its first day."""
        now = ended & (origin != NO_STATE)
        parts.append((every[now], origin[now], state[now], begun[now], since[now]))

    for step in range(day.shape[1]):
        when, what = day[:, step], kind[:, step]
        after = np.where(when < NEVER, _next(state, what, may_return=histories.may_return), state)
        moves = after != state
        later = moves & (when > since)
        close(later)
        origin, begun = np.where(later, state, origin), np.where(later, since, begun)
        state, since = np.where(moves, after, state), np.where(moves, when, since)
    close(np.ones(who.size, dtype=np.bool_))
    event_free = state < FIRST_EVENT
    ends = np.where(event_free, np.minimum(histories.followed[who], histories.missed[who] - 1), histories.followed[who])
    goes_on = ends > since
    nowhere = np.full(int(goes_on.sum()), NO_STATE)
    parts.append((every[goes_on], state[goes_on], nowhere, since[goes_on], ends[goes_on]))
    case, from_state, to_state, start, stop = (np.concatenate(each) for each in zip(*parts, strict=True))
    missed, first_event = histories.missed[who], histories.first_event()[0][who]
    left = event_free & (missed <= np.minimum(histories.followed[who], histories.limit_day))
    returned = (missed < first_event) & (first_event <= histories.limit_day)
    return Stays(case, from_state, to_state, start, stop, int(left.sum()), int(returned.sum()))


def rows_of(found: Stays, histories: Histories, weights: Floats | None) -> TransitionRows:
    """The rows as the kernels take them; ``weights`` of the cases the stays are of, None where each counts once.

    Raises
    ------
    DataError : nobody was followed, or a weight is negative or not finite
    """
    return transition_rows(
        found.case,
        found.origin + 1,
        found.target + 1,
        found.start_day,
        found.stop_day,
        states=len(histories.states),
        weights=None if weights is None else weights[found.case],
        possible=histories.possible,
    )


def _steps(histories: Histories, who: Ints) -> tuple[Ints, Ints]:
    """(c, m + k) what happened, in the order of days: kind 0 not in response, 1 in response, 2 on the events.

    An assessment on the day of an event precedes it; of two events on one day the more severe one is the last.
    """
    day = np.concatenate([histories.day[who], *(event.low[who, None] for event in histories.events)], axis=1)
    events = np.broadcast_to(np.arange(2, 2 + len(histories.events)), (who.size, len(histories.events)))
    kind = np.concatenate([histories.yes[who].astype(np.int64), events], axis=1)
    order = np.lexsort((kind, day), axis=1)
    return np.take_along_axis(day, order, axis=1), np.take_along_axis(kind, order, axis=1)


def _next(state: Ints, what: Ints, *, may_return: bool) -> Ints:
    """The state after what happened; from an event only a more severe one leads on."""
    event = FIRST_EVENT + what - 2
    free = state < FIRST_EVENT
    returns = free if may_return else free & (state != LOST)
    after = np.where((what == 0) & (state == RESPONDING), LOST, state)
    after = np.where((what == 1) & returns, RESPONDING, after)
    moved: Ints = np.where((what >= 2) & (event > state), event, after)
    return moved
