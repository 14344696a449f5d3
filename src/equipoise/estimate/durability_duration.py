"""How long a response lasts once it is seen, its end known only to lie between two visits (METHODS 22)."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import NEVER, Flags, Floats, Ints
from equipoise.domain.durability import DurabilityDeclared
from equipoise.domain.durability_answer import ResponseDuration, StillResponding
from equipoise.errors import MethodError, Problem
from equipoise.estimate.durability_histories import Histories
from equipoise.stats.turnbull import SurvivalBand, TurnbullEstimate, bootstrap_survival_band, survival_band, turnbull

MOST_POINTS = 240


@dataclass(frozen=True)
class Ends:
    """Of c responses: (c,) each, days since the response was first seen. The end lies in (lower, upper]; infinity
    where it had not ended when last seen, equal where the day is known. ``case`` : whose response it is."""

    case: Ints
    lower: Floats
    upper: Floats


def response_duration(
    histories: Histories,
    mine: Flags,
    asked: DurabilityDeclared,
    level: float,
    weights: Floats | None,
    rng: np.random.Generator,
) -> ResponseDuration:
    """Turnbull's estimate for the cases of ``mine`` seen in response before any event.

    Raises
    ------
    MethodError : nobody was, there is one visit, it cannot be told whether an event came before the response, or too
        many days
    """
    if len(histories.visits) < 2:
        why = "the estimand has one visit, and an end between two needs two"
        raise MethodError(Problem("the end of response", why, 'write dated = "at the visit"'))
    ends = response_ends(histories, mine)
    found = turnbull(ends.lower, ends.upper, weights=None if weights is None else weights[ends.case])
    limited, why = _limits(histories, asked, ends, level, weights, rng)
    ended = np.isfinite(ends.upper)
    last = max(float(ends.lower.max()), float(ends.upper[ended].max(initial=0.0)))
    band = survival_band(found, _days(found, limited, last))
    return ResponseDuration(
        n=int(ends.lower.size),
        ended=int(ended.sum()),
        exact=int((ended & (ends.lower == ends.upper)).sum()),
        limits=why,
        points=tuple(_points(band, limited)),
    )


def response_ends(histories: Histories, mine: Flags) -> Ends:
    """When the first response of each case that had one ended, by loss or by any of the events.

    Raises
    ------
    MethodError : as ``response_duration``
    """
    first_low, first_high = histories.first_event()
    yes, no = histories.seen & histories.yes, histories.seen & ~histories.yes
    nominal = np.array([visit.day for visit in histories.visits])
    # A visit that an event may come before says nothing for certain; one before the event is dated on its own day.
    before = histories.high <= first_low[:, None]
    day = np.where(nominal <= first_low[:, None], nominal, np.minimum(histories.high, nominal))
    begun = _first_day(np.where(yes & before, day, NEVER))
    perhaps = _first_day(np.where(yes & (histories.low <= first_high[:, None]), day, NEVER))
    unsure = mine & (perhaps < NEVER) & ((begun == NEVER) | (perhaps < begun))
    if unsure.any():
        why = f"of {int(unsure.sum())} cases seen in response it is not known whether an event came before"
        raise MethodError(Problem("the end of response", why, "state the dates of these events more closely"))
    who = np.flatnonzero(mine & (begun < NEVER))
    if not who.size:
        raise MethodError(Problem("the end of response", "nobody was seen in response", "none is needed: nothing ends"))
    after = day > begun[:, None]
    lost = _first_day(np.where(no & before & after, day, NEVER))[who]
    still = np.where(yes & before & (day < np.minimum(NEVER, _spread(lost, who, begun.size))[:, None]), day, 0)
    last_yes = still.max(axis=1)[who]
    end = np.minimum(lost, first_high[who])
    upper = np.where(end < NEVER, (end - begun[who]).astype(np.float64), np.inf)
    return Ends(who, (last_yes - begun[who]).astype(np.float64), upper)


def _spread(days: Ints, who: Ints, n: int) -> Ints:
    spread = np.full(n, NEVER)
    spread[who] = days
    return spread


def _first_day(days: Ints) -> Ints:
    first: Ints = days.min(axis=1)
    return first


def _limits(
    histories: Histories,
    asked: DurabilityDeclared,
    ends: Ends,
    level: float,
    weights: Floats | None,
    rng: np.random.Generator,
) -> tuple[SurvivalBand | None, str]:
    """The bootstrap's limits where every end lies on a scheduled visit, or why there are none."""
    if asked.bootstrap_replicates is None:
        return None, "no limits: the protocol asks for no bootstrap"
    if weights is not None:
        return None, "no limits: the bootstrap takes every case once, and these are weighted"
    nominal = np.array([visit.day for visit in histories.visits], dtype=np.float64)
    schedule = np.unique(nominal[:, None] - nominal)
    try:
        band = bootstrap_survival_band(
            ends.lower,
            ends.upper,
            visit_days=schedule[schedule > 0.0],
            replicates=asked.bootstrap_replicates,
            rng=rng,
            level=level,
        )
    except MethodError as error:
        return None, f"no limits: {'; '.join(each.problem for each in error.problems)}"
    return (
        band,
        f"percentile limits of {asked.bootstrap_replicates:,} bootstrap samples of whole cases, approximate",
    )


def _days(found: TurnbullEstimate, limited: SurvivalBand | None, last: float) -> Ints:
    """Day 0, the days between which the mass lies, and where there are limits the days of the schedule, to the last
    day anybody was seen on."""
    ends = np.concatenate([found.lower_days + (1 - found.exact), found.upper_days[np.isfinite(found.upper_days)]])
    if limited is not None:
        ends = np.concatenate([ends, limited.days])
    days = np.unique(np.concatenate([[0.0], ends[ends <= last], [last]])).astype(np.int64)
    if days.size > MOST_POINTS:
        days = days[np.linspace(0, days.size - 1, MOST_POINTS).round().astype(np.int64)]
    return days


def _points(band: SurvivalBand, limited: SurvivalBand | None) -> list[StillResponding]:
    limits: dict[int, tuple[float, float]] = {}
    if limited is not None and limited.lower is not None and limited.upper is not None:
        limits = {
            int(day): (float(low), float(high))
            for day, low, high in zip(limited.days, limited.lower, limited.upper, strict=True)
        }
    return [
        StillResponding(
            day=int(day),
            lowest=float(band.lowest[i]),
            highest=float(band.highest[i]),
            lower=limits.get(int(day), (None, None))[0],
            upper=limits.get(int(day), (None, None))[1],
        )
        for i, day in enumerate(band.days)
    ]
