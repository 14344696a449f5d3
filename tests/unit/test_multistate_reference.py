"""Multi-state kernels against R's survival and etm: reference/multistate.R and its saved output."""

import csv
from pathlib import Path

import numpy as np
import pytest

from equipoise.stats.markov import markov_test
from equipoise.stats.multistate import TransitionRows, landmark_rows, transition_rows
from equipoise.stats.multistate_transition import transition_probabilities
from equipoise.stats.occupation import StateOccupation, landmark_occupation, state_occupation
from equipoise.stats.occupation_time import time_in_states

REFERENCE = Path(__file__).parent.parent / "reference" / "multistate.csv"
ILLNESS = {1: (2, 3), 2: (3,), 3: ()}
RECURRENT = {1: (2, 4), 2: (3, 4), 3: (2, 4), 4: ()}


class Draws:
    """Park and Miller's generator, as in the R program."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, n: int) -> int:
        self.state = 16807 * self.state % 2147483647
        return self.state // 7 % n


def histories(seed, n, first, reach, late, most):
    draws, rows = Draws(seed), []
    for case in range(1, n + 1):
        at = first[draws.below(len(first))]
        day = draws.below(5) if late else 0
        for number in range(most):
            stop = day + 1 + draws.below(8)
            ways = (0, *reach[at])
            to = ways[draws.below(len(ways))]
            if number == 0 and len(ways) > 1 and to == 0:
                to = ways[draws.below(len(ways))]
            rows.append((case, at, to, day, stop))
            if to == 0 or not reach[to]:
                break
            at, day = to, stop
    return [np.array(column) for column in zip(*rows, strict=True)]


A = histories(2013, 60, (1,), ILLNESS, False, 4)
B = histories(99, 80, (1, 1, 2, 3), RECURRENT, True, 6)
WEIGHTS = 0.5 + B[0] % 7 / 4


def made(what: str) -> tuple[TransitionRows, StateOccupation]:
    """The rows and the curve the R program called by this name."""
    if what == "illness":
        rows = transition_rows(*A, states=3)
        return rows, state_occupation(rows)
    if what == "landmark":
        rows = transition_rows(*B, states=4)
        return landmark_rows(rows, 6, 2), landmark_occupation(rows, day=6, in_state=2)
    rows = transition_rows(*B, states=4, weights=WEIGHTS if what == "weighted" else None)
    return rows, state_occupation(rows, initial=[0.5, 0.25, 0.25, 0] if what == "known" else None)


def reference(histories: str, what: str) -> np.ndarray:
    """The rows (day, value, standard error) R gave."""
    with REFERENCE.open() as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        found = [
            (row["day"], row["value"], row["standard_error"])
            for row in rows
            if (row["histories"], row["what"]) == (histories, what)
        ]
    assert found, what
    return np.array(found, dtype=np.float64)


@pytest.mark.parametrize("what", ["illness", "state", "weighted", "known", "landmark"])
def test_occupation_agrees_with_survfit(what: str) -> None:
    rows, curve = made(what)
    name, label = ("illness", "state") if what == "illness" else ("recurrent", what)
    for state in range(1, rows.states + 1):
        expected = reference(name, f"{label} {state}")
        np.testing.assert_array_equal(curve.at_days, expected[:, 0])
        np.testing.assert_allclose(curve.probability[:, state - 1], expected[:, 1], rtol=0, atol=1e-12)
        np.testing.assert_allclose(curve.standard_error[:, state - 1], expected[:, 2], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("what", ["illness", "state", "weighted", "known", "landmark"])
def test_time_in_states_agrees_with_the_integral_of_survfits_influences(what: str) -> None:
    rows, curve = made(what)
    times = time_in_states(rows, curve, horizon_days=12)
    name, label = ("illness", "state") if what == "illness" else ("recurrent", what)
    expected = np.array([reference(name, f"time {label} {state}")[0] for state in range(1, rows.states + 1)])
    np.testing.assert_allclose(times.mean_days, expected[:, 1], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(times.standard_error, expected[:, 2], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "from_day"), [("illness", 0), ("recurrent", 0), ("recurrent", 4)])
def test_transition_probabilities_and_their_covariance_agree_with_etm(name: str, from_day: int) -> None:
    columns, reach = (A, ILLNESS) if name == "illness" else (B, RECURRENT)
    states = len(reach)
    fit = transition_probabilities(transition_rows(*columns, states=states), from_day=from_day)
    compared = 0
    for h in range(1, states + 1):
        for j in range(1, states + 1):
            if np.all(fit.probability[:, h - 1, j - 1] == (h == j)):
                continue
            expected = reference(name, f"from {from_day} {h} {j}")
            np.testing.assert_array_equal(fit.at_days, expected[:, 0])
            np.testing.assert_allclose(fit.probability[:, h - 1, j - 1], expected[:, 1], rtol=0, atol=1e-12)
            np.testing.assert_allclose(fit.standard_error[:, h - 1, j - 1], expected[:, 2], rtol=1e-7, atol=1e-8)
            compared += 1
    assert compared == (5 if name == "illness" else 10)
    value = reference(name, f"from {from_day} covariance of 1 2 and 1 {states}")[0, 1]
    assert fit.covariance[0, 1, 0, states - 1] == pytest.approx(value, rel=1e-9)


def test_the_markov_tests_log_rank_statistic_agrees_with_coxph() -> None:
    test = markov_test(
        transition_rows(*B, states=4),
        from_state=2,
        to_state=3,
        landmark_days=[5],
        replicates=99,
        rng=np.random.default_rng(1),
    )
    assert test.states.tolist() == [1, 2, 3]
    expected = [reference("recurrent", f"score 2 3 where in {state}")[0, 1] for state in (1, 2, 3)]
    np.testing.assert_allclose(np.abs(test.standardized[0]), expected, rtol=1e-10)
    assert test.chi_squared[0] == pytest.approx(reference("recurrent", "score 2 3 overall")[0, 1], rel=1e-9)
