"""Coverage of the intervals for times to events and time in states, and the size of Gray's test.

Days are whole. Follow-up ends on a day of its own for each case, from 200 days on: one case in four or so is censored
before the horizon of 365 days.
"""

import numpy as np

from calibration.measured import Experiment, Fate, Fates, fate
from equipoise.errors import MethodError
from equipoise.stats.difference_incidence import incidence_difference, time_lost, time_lost_difference
from equipoise.stats.gray import gray_test
from equipoise.stats.multistate import transition_rows
from equipoise.stats.occupation import occupation_at, state_occupation
from equipoise.stats.occupation_time import time_in_states
from equipoise.stats.survival import Variance, cumulative_incidence, incidence_at
from equipoise.stats.turnbull import bootstrap_survival_band

COMPETING, DIAGRAM, VISITS = "Competing events", "States over time", "Times between two visits"
HORIZON = 365
FIRST_CENSORED, LAST_CENSORED = 200, 900


def followed(n: int, rng: np.random.Generator) -> np.ndarray:
    """The last day of follow-up of each case."""
    return rng.integers(FIRST_CENSORED, LAST_CENSORED + 1, n)


def daily(by_horizon: float) -> float:
    """The hazard of both causes a day that gives the first cause this incidence at the horizon."""
    return -np.log1p(-by_horizon * 4 / 3) / HORIZON


def competing(n: int, by_horizon: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Days and causes; of four events three are of cause 1, one of cause 2."""
    day = np.ceil(rng.exponential(1 / daily(by_horizon), n)).astype(int)
    cause, last = np.where(rng.random(n) < 0.75, 1, 2), followed(n, rng)
    return np.minimum(day, last), np.where(day <= last, cause, 0)


def lost_days(by_horizon: float) -> float:
    """True mean days lost to cause 1 by the horizon, events being dated at the end of their day."""
    return float(np.sum(0.75 * -np.expm1(-daily(by_horizon) * np.arange(HORIZON))))


def one_curve(name: str, by_horizon: float) -> Experiment:
    """Incidence at the horizon by both variances, and the mean time lost."""
    variances: tuple[Variance, ...] = ("greenwood", "infinitesimal jackknife")

    def each(n: int, rng: np.random.Generator) -> Fates:
        day, cause = competing(n, by_horizon, rng)
        found = {}
        for variance in variances:
            at = incidence_at(cumulative_incidence(day, cause, of=1, variance=variance), HORIZON)
            key = "cumulative incidence at day 365", f"Aalen-Johansen, log-log, {variance}"
            found[key] = fate(at.lower[0], at.upper[0], by_horizon)
        key = "mean days lost by day 365", "Wald, Greenwood type"
        try:
            lost = time_lost(cumulative_incidence(day, cause, of=1), horizon_days=HORIZON)
            found[key] = fate(lost.lower, lost.upper, lost_days(by_horizon))
        except MethodError:
            found[key] = Fate.REFUSED
        return found

    drawn = (
        "Three events in four are of the cause asked for, the others compete; a quarter or so are censored by day 365."
    )
    return Experiment(COMPETING, name, drawn, each, replicates=10000, sample=400)


def two_curves(name: str, by_horizon: float, control: float) -> Experiment:
    """Differences of incidence and of time lost."""

    def each(n: int, rng: np.random.Generator) -> Fates:
        first = cumulative_incidence(*competing(n, by_horizon, rng), of=1)
        second = cumulative_incidence(*competing(n, control, rng), of=1)
        at = incidence_difference(first, second, HORIZON)
        incidence, lost = ("difference of incidence at day 365", "Wald"), ("difference of mean days lost", "Wald")
        found = {incidence: fate(at.lower[0], at.upper[0], by_horizon - control), lost: Fate.REFUSED}
        try:
            days = time_lost_difference(first, second, horizon_days=HORIZON)
            found[lost] = fate(days.lower, days.upper, lost_days(by_horizon) - lost_days(control))
        except MethodError:
            pass
        return found

    drawn = "Two such arms; true difference of incidence -.20."
    return Experiment(COMPETING, name, drawn, each, replicates=10000, sample=400)


def same_curves(name: str, by_horizon: float) -> Experiment:
    """Gray's test at 5 % where nothing differs: a rejection counts as a miss, on the side of its score."""

    def each(n: int, rng: np.random.Generator) -> Fates:
        day, cause = competing(2 * n, by_horizon, rng)
        key = "no difference of incidence", "Gray's test at 5 %"
        try:
            test = gray_test(day, cause, np.arange(2 * n) % 2, of=1)
        except MethodError:
            return {key: Fate.REFUSED}
        missed = Fate.TOO_HIGH if test.score[0] > 0 else Fate.TOO_LOW
        return {key: Fate.HELD if test.p_value >= 0.05 else missed}

    drawn = "Two such arms that do not differ: how often the test at 5 % says so."
    return Experiment(COMPETING, name, drawn, each, replicates=10000, sample=400)


# Waiting, responding, response lost, another procedure: the chance of each move on each day.
MOVES = np.array([[0, 0.012, 0, 0.001], [0, 0, 0.0012, 0.0004], [0, 0, 0, 0.002], [0, 0, 0, 0]])
BY_DAY = np.array(
    [np.linalg.matrix_power(MOVES + np.diag(1 - MOVES.sum(axis=1)), day)[0] for day in range(HORIZON + 1)]
)


def histories(n: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows of n cases that begin waiting: case, from, to, start, stop."""
    last = followed(n, rng)
    case, state, start = np.arange(n), np.zeros(n, dtype=int), np.zeros(n, dtype=int)
    rows = []
    while case.size:
        leaving = MOVES[state].sum(axis=1)
        stay = np.where(leaving > 0, rng.geometric(np.where(leaving > 0, leaving, 1.0)), LAST_CENSORED + 1)
        share = np.cumsum(MOVES[state], axis=1) / np.where(leaving > 0, leaving, 1.0)[:, None]
        to = (rng.random(case.size)[:, None] >= share).sum(axis=1)
        moved = start + stay <= last[case]
        stop = np.where(moved, start + stay, last[case])
        rows.append((case, state + 1, np.where(moved, to + 1, 0), start, stop))
        on = moved & (stop < last[case]) & (to < 3)
        case, state, start = case[on], to[on], stop[on]
    return [np.concatenate(column) for column in zip(*rows, strict=True)]


def in_response(n: int, rng: np.random.Generator) -> Fates:
    """State occupation at the horizon and mean time in it: responding, and the rarer lost."""
    rows = transition_rows(*histories(n, rng), states=4)
    curve, method = state_occupation(rows), "Aalen-Johansen, log-log, infinitesimal jackknife"
    at = occupation_at(curve, HORIZON)
    names = {1: "responding", 2: "response lost"}
    found = {
        (f"{name} at day 365", method): fate(at.lower[0, k], at.upper[0, k], BY_DAY[HORIZON, k])
        for k, name in names.items()
    }
    area = BY_DAY[:HORIZON].sum(axis=0)
    try:
        times = time_in_states(rows, curve, horizon_days=HORIZON)
    except MethodError:
        return found | {(f"mean days {name}", "Wald, infinitesimal jackknife"): Fate.REFUSED for name in names.values()}
    return found | {
        (f"mean days {name}", "Wald, infinitesimal jackknife"): fate(times.lower[k], times.upper[k], area[k])
        for k, name in names.items()
    }


SCHEDULE = np.array([90.0, 180.0, 270.0, 365.0])


def between_visits(n: int, rng: np.random.Generator) -> Fates:
    """Bootstrap limits of the probability of no event by a visit; one visit in ten is missed, a tenth leave."""
    event = rng.exponential(450.0, n)
    kept = (rng.random((n, 4)) >= 0.1) & (np.cumsum(rng.random((n, 4)) < 0.025, axis=1) == 0)
    without = kept & (event[:, None] > SCHEDULE)
    with_event = kept & (event[:, None] <= SCHEDULE)
    lower = np.max(np.where(without, SCHEDULE, 0.0), axis=1)
    upper = np.min(np.where(with_event, SCHEDULE, np.inf), axis=1)
    band = bootstrap_survival_band(lower, upper, visit_days=SCHEDULE, replicates=199, rng=rng)
    return {
        (f"no event by day {day:.0f}", "Turnbull, bootstrap of 199"): fate(
            band.lower[visit], band.upper[visit], float(np.exp(-day / 450.0))
        )
        for visit, day in ((1, SCHEDULE[1]), (3, SCHEDULE[3]))
    }


EXPERIMENTS = (
    one_curve("competing events, incidence 0.25", 0.25),
    one_curve("competing events, incidence 0.05", 0.05),
    two_curves("two arms, incidence 0.25 and 0.45", 0.25, 0.45),
    same_curves("two arms, incidence 0.25 in both", 0.25),
    Experiment(
        DIAGRAM,
        "waiting, responding, lost, another procedure",
        f"At day 365 a share of {BY_DAY[HORIZON, 1]:.2f} respond and {BY_DAY[HORIZON, 2]:.2f} have lost the response; "
        "a quarter or so are censored by then.",
        in_response,
        replicates=5000,
        sample=150,
    ),
    Experiment(
        VISITS,
        "events between visits",
        "Four visits, one in ten missed, and a tenth of the cases leave; no event by day 180: .67, by day 365: .44.",
        between_visits,
        replicates=1000,
        sample=15,
    ),
)
