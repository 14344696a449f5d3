"""From a cohort to histories through states: what was seen at each visit and when, the events, the end of follow-up.

Everyone begins waiting. What is seen at a visit is dated at the visit, on its nominal day, whatever day of its window
the assessment was made; only where an event fell between the two is it dated on the assessment's own day, before the
event, and an assessment after an event says nothing. So all who were seen at a visit change state on one day, and
whoever is followed no further than their own assessment leaves no smaller a risk set to the others. A state holds
until another is seen. A case whose later visits nobody saw is followed to the day before the first of them is due:
on that day it would have been asked, and is not at risk. An event is always counted.
"""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import NEVER, Cohort, EventTimes, Flags, Ints
from equipoise.domain.durability import DEAD, STATES, DurabilityDeclared
from equipoise.domain.estimand import Estimand, Strategy
from equipoise.domain.protocol import Protocol, Visit
from equipoise.estimate.over_visits import over_visits

WAITING, RESPONDING, LOST = range(3)
FIRST_EVENT = len(STATES)


@dataclass(frozen=True)
class Histories:
    """What the charts say of n cases at m visits, in the order of time, and of k events, in order of severity.

    ``states`` : (K,) names; ``possible`` : (K, K) whether a move from the row's state to the column's may happen
    ``seen``, ``yes`` : (n, m) one response is known; it is yes
    ``day`` : (n, m) the day it is dated, ``NEVER`` where it was not seen, or after an event
    ``low``, ``high`` : (n, m) the days the assessment that stands may have been made
    ``unclear`` : (n, m) the chart allows more than one response
    ``followed`` : (n,) the last day the case was certainly known of
    ``may_be_followed`` : (n,) the last day it may have been known of
    ``missed`` : (n,) the nominal day of the first visit it was not seen at, nor at any later one; ``NEVER`` if none
    ``limit_day`` : nothing later is asked about
    """

    states: tuple[str, ...]
    possible: Flags
    visits: tuple[Visit, ...]
    seen: Flags
    yes: Flags
    day: Ints
    low: Ints
    high: Ints
    unclear: Flags
    events: tuple[EventTimes, ...]
    followed: Ints
    may_be_followed: Ints
    missed: Ints
    limit_day: int
    may_return: bool

    def first_event(self) -> tuple[Ints, Ints]:
        """(n,) the first and the last day the first of the events may have happened; ``NEVER`` for never."""
        return _first(self.events, self.followed.size)

    def read_on(self) -> list[tuple[str | None, int]]:
        """The days an answer is given for: of every visit up to the limit day, by name, and the limit day itself."""
        named: list[tuple[str | None, int]] = [(each.name, each.day) for each in self.visits]
        days = [(name, day) for name, day in named if day <= self.limit_day]
        return days if days and days[-1][1] == self.limit_day else [*days, (None, self.limit_day)]


def find_histories(cohort: Cohort, protocol: Protocol, asked: DurabilityDeclared) -> Histories:
    """The histories of every case of the cohort under the question."""
    estimand = next(each for each in protocol.estimand if each.name == asked.estimand)
    strategies = {event.name: Strategy.TREATMENT_POLICY for event in protocol.intercurrent_event}
    over = over_visits(cohort, protocol, estimand, strategies)
    low, high = _assessed(cohort, estimand, over.visits)
    nominal = np.array([visit.day for visit in over.visits])
    names, events = _events(cohort, protocol, asked)
    first = _first(events, cohort.n)[0][:, None]
    day = np.where((high <= first) & (first < nominal), high, nominal)
    day = np.where(over.seen & (low <= first), day, NEVER)
    followed = np.maximum(cohort.follow_up.low, np.where(day < NEVER, day, 0).max(axis=1))
    return Histories(
        states=(*STATES, *names),
        possible=diagram(len(names), may_return=asked.response_may_return),
        visits=over.visits,
        seen=over.seen,
        yes=over.seen & (over.value == 1.0),
        day=day,
        low=low,
        high=high,
        unclear=over.vague,
        events=events,
        followed=followed,
        may_be_followed=np.maximum(cohort.follow_up.high, followed),
        missed=_missed(over.seen | over.vague, nominal),
        limit_day=asked.horizon_day,
        may_return=asked.response_may_return,
    )


def _first(events: tuple[EventTimes, ...], n: int) -> tuple[Ints, Ints]:
    low, high = np.full(n, NEVER), np.full(n, NEVER)
    for event in events:
        low, high = np.minimum(low, event.low), np.minimum(high, event.high)
    return low, high


def diagram(events: int, *, may_return: bool) -> Flags:
    """(K, K): which moves there are; two that fall on one day are one, so a case that waits may lose nothing."""
    k = FIRST_EVENT + events
    possible = np.zeros((k, k), dtype=np.bool_)
    possible[WAITING, RESPONDING] = possible[RESPONDING, LOST] = True
    possible[LOST, RESPONDING] = may_return
    possible[:FIRST_EVENT, FIRST_EVENT:] = True
    possible[FIRST_EVENT:, FIRST_EVENT:] = np.triu(np.ones((events, events), dtype=np.bool_), 1)
    return possible


def vague_cases(histories: Histories, mine: Flags) -> Flags:
    """(n,) the cases of ``mine`` some date or answer of which allows more than one history up to the limit day."""
    first_low, first_high = histories.first_event()
    limit = histories.limit_day
    vague = np.zeros(mine.size, dtype=np.bool_)
    for place, event in enumerate(histories.events):
        later = histories.events[place + 1 :]
        superseded = np.zeros(mine.size, dtype=np.bool_)
        for worse in later:
            superseded |= worse.high <= event.low
        vague |= (event.low != event.high) & (event.low <= limit) & ~superseded
    for place, visit in enumerate(histories.visits):
        before = visit.window[0] <= np.minimum(first_high, limit)
        either_side = (histories.low[:, place] <= first_low) & (first_low < histories.high[:, place])
        vague |= (histories.unclear[:, place] & before) | (
            histories.seen[:, place] & either_side & (first_low <= limit)
        )
    flags: Flags = mine & (vague | _open_ended(histories, mine))
    return flags


def _open_ended(histories: Histories, mine: Flags) -> Flags:
    """Cases whose end of follow-up is not known and matters: some case of the group may have an event they may have.

    Where the end is only known to lie after the last record, those with an event are seen for longer because of it.
    """
    limit, ends = histories.limit_day, np.minimum(histories.followed, histories.missed - 1)
    reached = np.full(mine.size, -1)
    worst = -1
    for place, event in enumerate(histories.events):
        reached = np.where(event.low <= limit, place, reached)
        worst = place if bool((mine & (event.low <= limit)).any()) else worst
    ends = np.where(reached >= 0, histories.followed, ends)
    by_visit = (reached < 0) & (histories.missed - 1 <= histories.followed)
    known = (histories.may_be_followed == histories.followed) | by_visit
    flags: Flags = ~known & (ends < limit) & (reached < worst)
    return flags


def _assessed(cohort: Cohort, estimand: Estimand, visits: tuple[Visit, ...]) -> tuple[Ints, Ints]:
    """(n, m) the first and the last day the assessment that stands for each visit may have been made."""
    low = np.full((cohort.n, len(visits)), NEVER)
    high = np.zeros((cohort.n, len(visits)), dtype=np.int64)
    for place, visit in enumerate(visits):
        stand = cohort.stand_ins[estimand.endpoint.instrument, visit.name]
        np.minimum.at(low[:, place], stand.case, stand.low)
        np.maximum.at(high[:, place], stand.case, stand.high)
    return low, np.where(low < NEVER, high, NEVER)


def _events(
    cohort: Cohort, protocol: Protocol, asked: DurabilityDeclared
) -> tuple[tuple[str, ...], tuple[EventTimes, ...]]:
    """The names and days of the events that are states; a death nobody declared is one of them, the last."""
    columns = {event.name: event.column for event in protocol.intercurrent_event}
    names = [DEAD if columns[name] == "cases.death" else name for name in asked.events]
    events = [cohort.events[name] for name in asked.events]
    if "cases.death" not in columns.values() and bool((cohort.death.low < NEVER).any()):
        names.append(DEAD)
        events.append(cohort.death)
    return tuple(names), tuple(events)


def _missed(seen: Flags, nominal: Ints) -> Ints:
    """(n,) the nominal day of the first visit after the last one a case was seen at, or may have been."""
    visits = nominal.size
    last = np.where(seen.any(axis=1), visits - 1 - np.argmax(seen[:, ::-1], axis=1), -1)
    days: Ints = np.append(nominal, NEVER)[last + 1]
    return days
