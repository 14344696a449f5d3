"""Transition probabilities from a day on: the Markov test decides between Aalen-Johansen and the landmark estimator."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.domain.durability import DurabilityDeclared
from equipoise.domain.durability_answer import FromLandmark, Landmark, LandmarkEstimator, MarkovChecked
from equipoise.errors import MethodError
from equipoise.estimate.durability_histories import WAITING, Histories
from equipoise.estimate.durability_states import known_until, number_or_none, read_curve
from equipoise.stats.markov import markov_test
from equipoise.stats.multistate import TransitionRows, landmark_rows
from equipoise.stats.multistate_transition import TransitionProbabilities, transition_probabilities
from equipoise.stats.occupation import OccupationAt, landmark_occupation, state_occupation


@dataclass(frozen=True)
class _Days:
    """The landmark, and the later days that are read, with their visits."""

    landmark: int
    read: list[tuple[str | None, int]]


def from_landmark(
    rows: TransitionRows, histories: Histories, asked: DurabilityDeclared, level: float, rng: np.random.Generator
) -> Landmark:
    """P(state on a later day | state on the landmark day), for each state somebody was then followed in.

    Aalen-Johansen where the Markov property was tested on every transition seen after the landmark and none of the
    tests rejects at the stated level; else the landmark estimator, which does not need it.

    Raises
    ------
    MethodError : nobody was followed beyond the landmark day
    """
    assert asked.landmark_day is not None
    assert asked.markov_level is not None
    days = _Days(asked.landmark_day, [each for each in histories.read_on() if each[1] > asked.landmark_day])
    landmark_rows(rows, days.landmark)
    checked = _checked(rows, histories, asked, rng)
    tested = [each.p for each in checked if each.p is not None]
    rejected = [p for p in tested if p < asked.markov_level]
    estimator: LandmarkEstimator = "landmark Aalen-Johansen"
    if rows.weights is not None:
        why = "the cases are weighted, and the Markov test counts each once"
    elif rejected:
        why = f"the Markov test rejects at {asked.markov_level:g}"
    elif len(tested) < len(checked):
        why = "the Markov property could not be tested on every transition"
    else:
        why = f"no Markov test rejects at {asked.markov_level:g}; that does not show the property"
        estimator, why = "Aalen-Johansen", why if checked else "nobody moved who had a past to forget"
    answer = _by_chain if estimator == "Aalen-Johansen" else _by_landmark
    return Landmark(days.landmark, estimator, why, tuple(checked), answer(rows, histories, days, level))


def _checked(
    rows: TransitionRows, histories: Histories, asked: DurabilityDeclared, rng: np.random.Generator
) -> list[MarkovChecked]:
    """The test of each transition with moves after the landmark, at the landmark and at every visit after it.

    Those who wait have always waited: their state holds all of their past, and there is nothing to test.
    """
    assert asked.landmark_day is not None
    assert asked.markov_replicates is not None
    grid = [asked.landmark_day, *(each.day for each in histories.visits if each.day > asked.landmark_day)]
    found = []
    for origin, target in np.argwhere(histories.possible):
        moved = (rows.origin == origin) & (rows.target == target) & (rows.stop_day > asked.landmark_day)
        if origin == WAITING or not moved.any():
            continue
        p: float | None = None
        try:
            p = markov_test(
                rows,
                from_state=int(origin) + 1,
                to_state=int(target) + 1,
                landmark_days=grid,
                replicates=asked.markov_replicates,
                rng=rng,
            ).p_overall
        except MethodError:
            p = None  # nothing to compare: told as such, and the landmark estimator answers
        found.append(MarkovChecked(histories.states[origin], histories.states[target], int(moved.sum()), p))
    return found


def _by_chain(rows: TransitionRows, histories: Histories, days: _Days, level: float) -> tuple[FromLandmark, ...]:
    """Aalen-Johansen: the product of all who are at risk later, whatever state they were in on the landmark day."""
    found = transition_probabilities(rows, from_day=float(days.landmark), level=level)
    later = landmark_rows(rows, days.landmark)
    until = known_until(later, state_occupation(later, from_day=float(days.landmark)), histories.possible)
    read = np.asarray([day for _, day in days.read], dtype=np.float64)
    told: list[FromLandmark] = []
    for state in range(rows.states):
        at = _row_of(found, state, read, until)
        told += _told(rows, histories, days, state, at)
    return tuple(told)


def _row_of(found: TransitionProbabilities, state: int, days: Floats, until: Floats) -> OccupationAt:
    """One row of the matrix at the days, NaN beyond ``until``; limits NaN where undefined."""
    slot = np.searchsorted(found.at_days, days, side="right")
    start = np.eye(until.size)[state]
    unknown = days[:, None] > until

    def read(each: Floats, before: Floats) -> Floats:
        return np.where(unknown, np.nan, np.concatenate([before[None], each[:, state]])[slot])

    none = np.full(until.size, np.nan)
    return OccupationAt(
        days,
        read(found.probability, start),
        read(found.standard_error, np.zeros(until.size)),
        read(found.lower, none),
        read(found.upper, none),
    )


def _by_landmark(rows: TransitionRows, histories: Histories, days: _Days, level: float) -> tuple[FromLandmark, ...]:
    """The landmark estimator: those in the state on the landmark day alone, followed on."""
    told: list[FromLandmark] = []
    for state in range(rows.states):
        if not _cases_in(rows, days.landmark, state):
            continue
        curve = landmark_occupation(rows, day=float(days.landmark), in_state=state + 1, level=level)
        until = known_until(landmark_rows(rows, days.landmark, state + 1), curve, histories.possible)
        told += _told(rows, histories, days, state, read_curve(curve, [day for _, day in days.read], until))
    return tuple(told)


def _cases_in(rows: TransitionRows, day: int, state: int) -> int:
    return int(((rows.origin == state) & (rows.start_day <= day) & (rows.stop_day > day)).sum())


def _told(rows: TransitionRows, histories: Histories, days: _Days, state: int, at: OccupationAt) -> list[FromLandmark]:
    """The rows of one state, unless nobody was followed in it or nothing leaves it."""
    cases = _cases_in(rows, days.landmark, state)
    if not cases or not histories.possible[state].any():
        return []
    reached = histories.possible[state].copy()
    for _ in range(rows.states):
        reached |= (reached @ histories.possible).astype(np.bool_)
    reached[state] = True
    return [
        FromLandmark(
            origin=histories.states[state],
            cases=cases,
            target=histories.states[target],
            visit=visit,
            day=day,
            probability=number_or_none(at.probability[i, target]),
            standard_error=number_or_none(at.standard_error[i, target]),
            lower=number_or_none(at.lower[i, target]),
            upper=number_or_none(at.upper[i, target]),
        )
        for i, (visit, day) in enumerate(days.read)
        for target in np.flatnonzero(reached)
    ]
