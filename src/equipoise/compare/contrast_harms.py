"""Adverse events as negative controls: who had one by the declared day, in cohorts followed unequally long."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.arm import Arm, Harm
from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.pseudo_incidence import pseudo_incidence


@dataclass(frozen=True, eq=False)
class HarmByDay:
    """One term, over the cases of both cohorts.

    ``value`` : (n,) 1 for who had it by the day and 0 for who had not; where somebody was lost before, pseudo-values
    ``not_followed`` : in the cohort and the comparator, who was lost before without it
    """

    value: Floats
    not_followed: tuple[int, int]


def harm_by_day(term: str, arms: tuple[Arm, Arm], day: int) -> HarmByDay:
    """Aalen-Johansen by the day in each cohort, case by case; death before it is no event and no loss.

    Raises
    ------
    MethodError : a case book without adverse events; a date that leaves open whether it was by the day; a cohort nobody
        of whom was followed so long; a term nobody had
    """
    counted = [_by_day(term, arm, day) for arm in arms]
    if not any(value.any() for value, _ in counted):
        problem = f"nobody of either cohort had it by day {day:,}"
        remedy = "name a term as the tables adverse_events write it, one that some have in both cohorts by then"
        raise MethodError(Problem("harms", problem, remedy))
    return HarmByDay(np.concatenate([value for value, _ in counted]), (counted[0][1], counted[1][1]))


def _by_day(term: str, arm: Arm, day: int) -> tuple[Floats, int]:
    if arm.harms is None:
        problem = f"the case book of {arm.name} records no adverse events"
        raise MethodError(Problem("harms", problem, "name estimands instead"))
    harm = arm.harms[term]
    had = harm.high <= day
    open_ = int(((harm.low <= day) & ~had).sum())
    if open_:
        problem = f"whether {open_:,} of {arm.n:,} cases of {arm.name} had it by day {day:,} is not certain"
        raise MethodError(Problem("dates", problem, "mend the dates, or choose another by_day"))
    dead = ~had & (arm.died_by <= day)
    seen: Flags = arm.last_seen >= day
    lost = ~(had | dead | seen)
    if not lost.any():
        return had.astype(np.float64), 0
    if not seen.any():
        problem = f"nobody of {arm.name} is known to have been followed to day {day:,}"
        remedy = f"choose a by_day of at most {int(arm.last_seen.max(initial=0)):,}, or record last_contact"
        raise MethodError(Problem("follow-up", problem, remedy))
    return pseudo_incidence(*_course(arm, harm, had, dead), of=1, by_day=day), int(lost.sum())


def _course(arm: Arm, harm: Harm, had: Flags, dead: Flags) -> tuple[Floats, Floats]:
    """Day and kind of the end of each case: 1 the event, 2 death, 0 lost."""
    time = np.where(had, harm.high, np.where(dead, arm.died_by, arm.last_seen))
    return np.maximum(time, 0).astype(np.float64), np.where(had, 1, np.where(dead, 2, 0)).astype(np.float64)
