"""Does the future depend on the present state alone? The log-rank test of the Markov property for one transition.

Under the Markov property, cases that are in a state have the same hazard of leaving it for another whatever state they
were in on an earlier (landmark) day. The test compares them by where they were, at many landmark days together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.multistate import TransitionRows

NUMBERS_AT_ONCE = 2**23
"""Wild-bootstrap weights held in memory at once."""


@dataclass(frozen=True)
class MarkovTest:
    """The test for one transition. g landmark days; q states the cases were in on some of them (``states``, 1 to K).

    ``moves_after`` : (g,) moves of the kind tested after the day
    ``standardized`` : (g, q) log-rank statistics, those who were in the state against the others; NaN where all or none
        of those who are later at risk were in it
    ``mean_absolute``, ``largest`` : (q,) over the days; ``p_mean``, ``p_largest`` : (q,) their p-values
    ``chi_squared`` : (g,) over the states together, NaN where there is nothing to compare
    ``overall`` : its mean over the days, ``p_overall`` its p-value: the test of the transition
    """

    from_state: int
    to_state: int
    landmark_days: Floats
    states: Ints
    moves_after: Ints
    standardized: Floats
    mean_absolute: Floats
    largest: Floats
    p_mean: Floats
    p_largest: Floats
    chi_squared: Floats
    overall: float
    p_overall: float
    replicates: int


@dataclass(frozen=True)
class _Traces:
    """``score`` (e, g, q): what a move adds to the statistic; ``covariance`` (g, q, q)."""

    score: Floats
    covariance: Floats
    states: Ints
    moves_after: Ints


def markov_test(
    rows: TransitionRows,
    *,
    from_state: int,
    to_state: int,
    landmark_days: npt.ArrayLike,
    replicates: int,
    rng: np.random.Generator,
) -> MarkovTest:
    """The test of Titman and Putter, without covariates, its p-values by the wild bootstrap.

    At each landmark day the moves from ``from_state`` to ``to_state`` after it are compared, by the log-rank statistic
    with the variance of Breslow's ties, between cases by the state they were in just before the day. Cases that were
    not under observation then take no part. In each replicate every move gets a centred Poisson weight. The
    p-value is (1 + replicates at least as large) / (1 + replicates).

    Parameters
    ----------
    rows : see ``transition_rows``, without weights
    from_state, to_state : the transition tested, 1 to K
    landmark_days : (g,) days > 0; those at which there is nothing to compare do not count
    replicates : at least 99
    rng : where the weights come from

    Raises
    ------
    DataError : a state nobody declared, or a landmark day that is negative or missing
    MethodError : weighted cases, too few replicates, or nothing to compare at any landmark day

    References
    ----------
    Titman and Putter (2022), Biostatistics 23:380-396; function MarkovTest of R's mstate.
    """
    grid = _checked(rows, from_state, to_state, landmark_days, replicates)
    traces = _traces(rows, from_state - 1, to_state - 1, grid)
    observed = traces.score.sum(axis=0)
    variance = np.einsum("gqq->gq", traces.covariance)
    informative = variance > 1e-12
    if not bool(informative.any()):
        remedy = "choose landmark days on which cases are in several states and after which moves are seen"
        raise MethodError(Problem("landmark_days", "there is nothing to compare on any of them", remedy))
    compared = informative.any(axis=0)
    inverse = np.linalg.pinv(traces.covariance, rcond=1e-9, hermitian=True).astype(np.float64)
    days = informative.any(axis=1)
    summary = _summary(observed[None], variance, informative, inverse, days)
    at_least = np.zeros((3, traces.states.size))
    for part in _replicates(traces.score, replicates, rng):
        drawn = _summary(part, variance, informative, inverse, days)
        at_least += (drawn >= summary * (1.0 - 1e-12)).sum(axis=1)
    p_value = (1.0 + at_least) / (1.0 + replicates)
    with np.errstate(invalid="ignore", divide="ignore"):
        standardized = np.where(informative, observed / np.sqrt(variance), np.nan)
    chi_squared = np.einsum("gi,gij,gj->g", observed, inverse, observed)
    return MarkovTest(
        from_state=from_state,
        to_state=to_state,
        landmark_days=grid,
        states=traces.states[compared] + 1,
        moves_after=traces.moves_after,
        standardized=standardized[:, compared],
        mean_absolute=summary[0, 0, compared],
        largest=summary[1, 0, compared],
        p_mean=p_value[0, compared],
        p_largest=p_value[1, compared],
        chi_squared=np.where(days, chi_squared, np.nan),
        overall=float(summary[2, 0, 0]),
        p_overall=float(p_value[2, 0]),
        replicates=replicates,
    )


def _checked(
    rows: TransitionRows, from_state: int, to_state: int, landmark_days: npt.ArrayLike, replicates: int
) -> Floats:
    grid = np.atleast_1d(np.asarray(landmark_days, dtype=np.float64))
    if from_state == to_state or not {from_state, to_state} <= set(range(1, rows.states + 1)):
        remedy = f"choose two different states from 1 to {rows.states}"
        raise DataError(Problem("from_state, to_state", "are not a transition", remedy))
    if grid.size == 0 or not bool(np.all((grid > 0) & (grid < np.inf))):
        raise DataError(Problem("landmark_days", "a day is missing or not after day 0", "give days after day 0"))
    if rows.weights is not None:
        raise MethodError(Problem("weights", "the test counts every case once", "test the cases without weights"))
    if replicates < 99:
        raise MethodError(Problem("replicates", f"{replicates} are too few", "ask for 99 or more"))
    return grid


def _traces(rows: TransitionRows, origin: int, target: int, grid: Floats) -> _Traces:
    mine = np.flatnonzero(rows.origin == origin)
    start, stop, case = rows.start_day[mine], rows.stop_day[mine], rows.case[mine]
    moved = rows.target[mine] == target
    day_of_move, case_of_move = stop[moved], case[moved]
    states = np.unique(rows.origin)
    score = np.zeros((day_of_move.size, grid.size, states.size))
    covariance = np.zeros((grid.size, states.size, states.size))
    for g, day in enumerate(grid):
        was = _state_before(rows, float(day))
        part = was[case] >= 0
        after = (day_of_move > day) & (was[case_of_move] >= 0)
        at = day_of_move[after]
        present = _present(start[part], stop[part], at)
        share = np.stack(
            [_present(start[part & (was[case] == s)], stop[part & (was[case] == s)], at) / present for s in states], 1
        )
        score[after, g] = (was[case_of_move[after]][:, None] == states) - share
        covariance[g] = np.diag(share.sum(axis=0)) - share.T @ share
    moves_after = (day_of_move[:, None] > grid).sum(axis=0)
    return _Traces(score=score, covariance=covariance, states=states, moves_after=moves_after)


def _state_before(rows: TransitionRows, day: float) -> Ints:
    """(n,) the state of each case just before the day, -1 where it was not under observation."""
    there = (rows.start_day < day) & (rows.stop_day >= day)
    state = np.full(rows.n, -1, dtype=np.int64)
    state[rows.case[there]] = rows.origin[there]
    return state


def _present(start: npt.NDArray[np.generic], stop: npt.NDArray[np.generic], at: npt.NDArray[np.generic]) -> Ints:
    """How many rows are at risk on each of the days ``at``."""
    entered: Ints = np.searchsorted(np.sort(start), at, side="left")
    return entered - np.searchsorted(np.sort(stop), at, side="left")


def _replicates(score: Floats, replicates: int, rng: np.random.Generator) -> Iterator[Floats]:
    """The statistics under the wild bootstrap, some replicates at a time, each (b, g, q)."""
    moves, g, q = score.shape
    flat = score.reshape(moves, g * q)
    at_once = max(1, NUMBERS_AT_ONCE // max(moves, g * q * q, 1))
    for first in range(0, replicates, at_once):
        size = min(at_once, replicates - first)
        weights = rng.poisson(1.0, (size, moves)) - 1.0
        yield (weights @ flat).reshape(size, g, q)


def _summary(
    statistic: Floats,
    variance: Floats,
    informative: npt.NDArray[np.bool_],
    inverse: Floats,
    days: npt.NDArray[np.bool_],
) -> Floats:
    """(3, b, q): mean and largest absolute standardized statistic of each state, and the mean chi-squared."""
    size = np.where(informative, np.abs(statistic), 0.0) / np.sqrt(np.where(informative, variance, 1.0))
    mean = size.sum(axis=1) / np.maximum(informative.sum(axis=0), 1)
    together = np.einsum("bgi,gij,bgj->bg", statistic, inverse, statistic)[:, days].mean(axis=1)
    return np.stack([mean, size.max(axis=1), np.broadcast_to(together[:, None], mean.shape)])
