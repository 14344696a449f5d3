"""Laws of the multi-state kernels."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from equipoise.stats.multistate import TransitionRows, transition_rows
from equipoise.stats.multistate_transition import transition_probabilities
from equipoise.stats.occupation import landmark_occupation, state_occupation
from equipoise.stats.occupation_time import time_in_states
from equipoise.stats.survival import cumulative_incidence
from laws import examples

STATES = 4
seeds = st.integers(0, 2**32)


def columns(seed: int, n: int, late: bool, first: int | None = None) -> list[np.ndarray]:
    """Histories with returns, ties, rows that only go on, late entry, and several initial states if ``first`` is none."""
    rng = np.random.default_rng(seed)
    rows = []
    for case in range(n):
        day = int(rng.integers(0, 6)) if late else 0
        at = first or int(rng.integers(1, STATES + 1))
        for _ in range(6):
            stop = day + int(rng.integers(1, 9))
            to = int(rng.integers(0, STATES + 1))
            to = 0 if to == at else to
            rows.append((case, at, to, day, stop))
            if to == 0 and rng.random() < 0.7:
                break
            at, day = to or at, stop
    return [np.array(column) for column in zip(*rows, strict=True)]


def weighted(given_columns: list[np.ndarray], weights: np.ndarray) -> TransitionRows:
    return transition_rows(*given_columns, states=STATES, weights=weights[given_columns[0]])


@settings(max_examples=examples(25), deadline=None)
@given(seeds, st.integers(1, 12), st.booleans())
def test_the_covariance_is_the_summed_square_of_weighted_derivatives(seed: int, n: int, late: bool) -> None:
    data, weights, step = columns(seed, n, late), np.random.default_rng(seed).integers(1, 9, n) / 4, 1e-5

    def moved(i: int, by: float) -> np.ndarray:
        return state_occupation(weighted(data, weights + by * (np.arange(n) == i))).probability

    influence = [weights[i] * (moved(i, step) - moved(i, -step)) / (2 * step) for i in range(n)]
    expected = sum(own[:, :, None] * own[:, None, :] for own in influence)
    np.testing.assert_allclose(state_occupation(weighted(data, weights)).covariance, expected, rtol=1e-5, atol=1e-8)


@settings(max_examples=examples(15), deadline=None)
@given(seeds, st.integers(1, 12), st.booleans())
@example(seed=10904, n=2, late=False)  # two who start in different states and never move
def test_so_is_that_of_the_times(seed: int, n: int, late: bool) -> None:
    data, weights, step = columns(seed, n, late), np.random.default_rng(seed).integers(1, 9, n) / 4, 1e-5
    horizon = float(data[4].max()) * 0.7

    def moved(i: int, by: float) -> np.ndarray:
        rows = weighted(data, weights + by * (np.arange(n) == i))
        return time_in_states(rows, state_occupation(rows), horizon_days=horizon).mean_days

    influence = np.array([weights[i] * (moved(i, step) - moved(i, -step)) / (2 * step) for i in range(n)])
    rows = weighted(data, weights)
    times = time_in_states(rows, state_occupation(rows), horizon_days=horizon)
    np.testing.assert_allclose(times.covariance, influence.T @ influence, rtol=1e-5, atol=1e-6)


@settings(max_examples=examples(40), deadline=None)
@given(seeds, st.integers(1, 40), st.booleans())
def test_it_is_a_distribution_on_every_day(seed: int, n: int, late: bool) -> None:
    rows = transition_rows(*columns(seed, n, late), states=STATES)
    curve = state_occupation(rows)
    assert curve.probability.min(initial=0) >= 0
    np.testing.assert_allclose(curve.probability.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(curve.covariance.sum(axis=2), 0, atol=1e-12)
    inside = (curve.probability > 0) & (curve.probability < 1)
    assert np.array_equal(inside, ~np.isnan(curve.lower))
    assert np.all(curve.lower[inside] <= curve.probability[inside] + 1e-15)
    assert np.all(curve.upper[inside] >= curve.probability[inside] - 1e-15)


@settings(max_examples=examples(25), deadline=None)
@given(seeds, st.integers(1, 30), st.integers(1, 15))
def test_chapman_and_kolmogorov(seed: int, n: int, middle: int) -> None:
    rows = transition_rows(*columns(seed, n, True), states=STATES)
    whole = transition_probabilities(rows)
    if not (whole.at_days.size and whole.at_days[0] <= middle < whole.at_days[-1]):
        return
    first = transition_probabilities(rows, until_day=middle).probability[-1]
    second = transition_probabilities(rows, from_day=middle).probability[-1]
    np.testing.assert_allclose(first @ second, whole.probability[-1], atol=1e-12)
    curve = state_occupation(rows)
    np.testing.assert_allclose(curve.initial @ whole.probability, curve.probability, atol=1e-12)


@settings(max_examples=examples(25), deadline=None)
@given(seeds, st.integers(1, 40), st.booleans())
def test_one_move_from_one_state_is_competing_risks(seed: int, n: int, late: bool) -> None:
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 4, n) * late
    stop, cause = start + rng.integers(1, 12, n), rng.integers(0, 3, n)
    to = np.where(cause == 0, 0, cause + 1)
    rows = transition_rows(np.arange(n), np.ones(n, dtype=int), to, start, stop, states=3)
    curve, fit = state_occupation(rows), transition_probabilities(rows)
    for of in (1, 2):
        jackknife = cumulative_incidence(stop, cause, of=of, entry_days=start, variance="infinitesimal jackknife")
        greenwood = cumulative_incidence(stop, cause, of=of, entry_days=start)
        np.testing.assert_allclose(curve.probability[:, of], jackknife.incidence, atol=1e-12)
        np.testing.assert_allclose(curve.covariance[:, of, of], jackknife.standard_error**2, atol=1e-12)
        np.testing.assert_allclose(fit.standard_error[:, 0, of] ** 2, greenwood.standard_error**2, atol=1e-12)


@settings(max_examples=examples(25), deadline=None)
@given(seeds, st.integers(2, 30))
def test_from_the_beginning_the_landmark_estimator_is_aalen_johansen(seed: int, n: int) -> None:
    rows = transition_rows(*columns(seed, n, False, first=1), states=STATES)
    curve, landmark = state_occupation(rows), landmark_occupation(rows, day=0, in_state=1)
    np.testing.assert_allclose(landmark.probability, curve.probability, atol=1e-12)
    np.testing.assert_allclose(landmark.covariance, curve.covariance, atol=1e-12)
