"""Histories through states, by hand: occupation, transitions, times, landmarks, the Markov test, and refusals."""

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.markov import markov_test
from equipoise.stats.multistate import landmark_rows, transition_rows
from equipoise.stats.multistate_transition import transition_probabilities
from equipoise.stats.occupation import landmark_occupation, occupation_at, state_occupation
from equipoise.stats.occupation_time import time_in_any, time_in_states

# 1 waiting, 2 responding, 3 response lost. Four cases; response is lost and won again, one is censored responding.
WORKED = [
    # case, from, to, start, stop
    (7, 1, 2, 0, 2),
    (7, 2, 3, 2, 5),
    (7, 3, 2, 5, 6),
    (7, 2, 0, 6, 9),
    (3, 1, 2, 0, 2),
    (3, 2, 0, 2, 4),
    (5, 1, 0, 0, 9),
    (1, 1, 2, 0, 5),
    (1, 2, 0, 5, 9),
]


def columns(rows):
    return [np.array(column) for column in zip(*rows, strict=True)]


def worked(order=slice(None)):
    return transition_rows(*(column[order] for column in columns(WORKED)), states=3)


def test_occupation_by_hand():
    # day 2: two of four waiting respond. Day 5: one of one responding loses it (the other was censored on day 4),
    # one of two waiting responds. Day 6: the one that lost response wins it again.
    curve = state_occupation(worked())
    assert curve.at_days.tolist() == [2, 5, 6]
    np.testing.assert_allclose(curve.probability, [[0.5, 0.5, 0], [0.25, 0.25, 0.5], [0.25, 0.75, 0]], atol=1e-15)
    assert curve.at_risk.tolist() == [[4, 0, 0], [2, 1, 0], [1, 1, 1]]
    # day 2: the variance of 2 of 4 is 1/16
    np.testing.assert_allclose(curve.covariance[0], np.array([[1, -1, 0], [-1, 1, 0], [0, 0, 0]]) / 16, atol=1e-15)
    read = occupation_at(curve, [0, 1.5, 2, 7, 10])
    np.testing.assert_allclose(read.probability[:, 1], [0, 0, 0.5, 0.75, np.nan])
    assert np.isnan(read.lower[0]).all()
    assert read.lower[2, 1] < 0.5 < read.upper[2, 1]


def test_the_order_of_rows_and_the_names_of_cases_do_not_matter():
    one, other = state_occupation(worked()), state_occupation(worked(np.array([8, 2, 0, 6, 1, 7, 3, 5, 4])))
    np.testing.assert_array_equal(one.probability, other.probability)
    np.testing.assert_allclose(one.covariance, other.covariance, atol=1e-15)


def test_fractional_days_are_the_same_as_whole_ones():
    case, origin, target, start, stop = columns(WORKED)
    scaled = state_occupation(transition_rows(case, origin, target, start / 7, stop / 7, states=3))
    np.testing.assert_allclose(scaled.at_days, np.array([2, 5, 6]) / 7)
    np.testing.assert_allclose(scaled.covariance, state_occupation(worked()).covariance, atol=1e-15)


def test_time_in_states_by_hand():
    # waiting: 2 at 1, 3 at 1/2, 3 at 1/4; responding: 3 at 1/2, 1 at 1/4, 2 at 3/4; lost: 1 at 1/2
    rows = worked()
    times = time_in_states(rows, state_occupation(rows), horizon_days=8)
    np.testing.assert_allclose(times.mean_days, [4.25, 3.25, 0.5])
    np.testing.assert_allclose(times.covariance.sum(axis=0), 0, atol=1e-12)  # the times add up to 8, always
    mean, error = time_in_any(times, [1, 3])
    assert mean == pytest.approx(4.75)
    assert error == pytest.approx(times.standard_error[1])
    with pytest.raises(MethodError, match="no case was followed so long"):
        time_in_states(rows, state_occupation(rows), horizon_days=10)
    with pytest.raises(DataError, match="nobody declared"):
        time_in_any(times, [4])


def test_transition_probabilities_by_hand():
    fit = transition_probabilities(worked(), from_day=2, until_day=5)
    np.testing.assert_allclose(fit.probability[0], [[0.5, 0.5, 0], [0, 0, 1], [0, 0, 1]])
    assert fit.standard_error[0, 0, 1] == pytest.approx(np.sqrt(1 / 8))  # 1 of 2
    assert fit.standard_error[0, 1, 2] == 0.0
    assert fit.covariance[0, 0, 0, 1] == pytest.approx(-1 / 8)


def test_the_landmark_estimator_uses_those_in_the_state():
    # responding just after day 2: cases 7 and 3; case 3 is censored on day 4, case 7 loses response and wins it again
    curve = landmark_occupation(worked(), day=2, in_state=2)
    assert curve.at_days.tolist() == [5, 6]
    np.testing.assert_array_equal(curve.probability, [[0, 0, 1], [0, 1, 0]])
    assert not curve.covariance.any()
    with pytest.raises(MethodError, match="no case is there"):
        landmark_rows(worked(), 2, 3)


def test_one_case_nobody_moving_and_everybody_moving():
    still = state_occupation(transition_rows([1], [2], [0], [0], [5], states=3))
    assert still.probability.shape == (0, 3)
    assert occupation_at(still, 3).probability.tolist() == [[0, 1, 0]]
    assert time_in_states(
        transition_rows([1], [2], [0], [0], [5], states=3), still, horizon_days=5
    ).mean_days.tolist() == [0, 5, 0]
    rows = transition_rows([1, 2], [1, 1], [3, 3], [0, 0], [4, 4], states=3)
    gone = state_occupation(rows)
    assert gone.probability.tolist() == [[0, 0, 1]]
    assert not gone.covariance.any()
    assert time_in_states(rows, gone, horizon_days=10).mean_days.tolist() == [4, 0, 6]  # nobody may still move


def test_a_case_of_weight_zero_leaves_and_a_weight_of_two_is_two_cases():
    case = columns(WORKED)[0]
    weights = np.select([case == 7, case == 5], [2.0, 0.0], 1.0)
    weighted = transition_rows(*columns(WORKED), states=3, weights=weights)
    again = [row for row in WORKED if row[0] != 5] + [(9, *row[1:]) for row in WORKED if row[0] == 7]
    copied = transition_rows(*columns(again), states=3)
    np.testing.assert_allclose(state_occupation(weighted).probability, state_occupation(copied).probability)
    greenwood = [transition_probabilities(rows).covariance for rows in (weighted, copied)]
    np.testing.assert_allclose(*greenwood, atol=1e-15)
    with pytest.raises(MethodError, match="fractions"):
        transition_probabilities(transition_rows(*columns(WORKED), states=3, weights=weights / 3))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no row"),
        ([(1, 1, 4, 0, 2)], "to_state, row 1\n  is a state nobody declared"),
        ([(1, 0, 2, 0, 2)], "from_state, row 1\n  is a state nobody declared"),
        ([(1, 1, 1, 0, 2)], "leads to the state it starts in"),
        ([(1, 1, 2, 2, 2)], "does not end after it starts"),
        ([(1, 1, 2, -1, 2)], "negative, missing or endless"),
        ([(1, 1, 2, 0, np.nan)], "negative, missing or endless"),
        ([(1, 1, 2, 0, np.inf)], "negative, missing or endless"),
        ([(1, 2, 0, 3, 9), (1, 1, 2, 0, 4)], "start_day, row 1\n  starts before the row before it"),
        ([(1, 1, 2, 0, 4), (1, 2, 0, 6, 9)], "start_day, row 2\n  starts after a gap"),
        ([(1, 1, 2, 0, 4), (1, 1, 0, 4, 9)], "from_state, row 2\n  is not the state the row before"),
        ([(1, 1, 0, 0, 4), (1, 2, 0, 4, 9)], "from_state, row 2\n  is not the state the row before"),
        ([(1, 2, 1, 0, 4)], "a move the diagram does not have"),
    ],
)
def test_refusals_name_the_row_and_the_remedy(rows, said):
    possible = np.ones((3, 3), dtype=bool)
    possible[1, 0] = False
    given = columns(rows) if rows else [np.zeros(0, dtype=int)] * 5
    states = [column.astype(int) for column in given[:3]]
    with pytest.raises(DataError) as refused:
        transition_rows(*states, *given[3:], states=3, possible=possible)
    assert said in str(refused.value)


def test_more_refusals():
    case, origin, target, start, stop = columns(WORKED)
    with pytest.raises(DataError, match="from_state, row 2, and 1 more"):
        transition_rows([1, 1, 2], [1, 9, 9], [2, 0, 0], [0, 1, 0], [1, 2, 3], states=3)
    with pytest.raises(DataError, match="shape"):
        transition_rows(case, origin, target, start, stop[1:], states=3)
    with pytest.raises(DataError, match="another weight"):
        transition_rows(case, origin, target, start, stop, states=3, weights=np.arange(1.0, 10.0))
    with pytest.raises(DataError, match="not a whole number"):
        transition_rows(case, origin / 2, target, start, stop, states=3)
    with pytest.raises(DataError, match="not a distribution"):
        state_occupation(worked(), initial=[0.5, 0.6, 0])
    with pytest.raises(MethodError, match="not a confidence level"):
        state_occupation(worked(), level=1.0)
    with pytest.raises(MethodError, match="moves on or before"):
        state_occupation(worked(), from_day=2)
    with pytest.raises(DataError, match="not in order"):
        transition_probabilities(worked(), from_day=5, until_day=2)
    with pytest.raises(MethodError, match="followed so long"):
        transition_probabilities(worked(), from_day=9)


def markov_histories(n, faster_after_2, seed):
    """From 1 to 3, half of the cases by way of 2; those move on from 3 to 4 ``faster_after_2`` times as fast."""
    rng = np.random.default_rng(seed)
    rows = []
    for case in range(n):
        through, day = rng.random() < 0.5, 0.0
        at = 2 if through else 1
        for state, to in ((at, 3), (3, 4)):
            rate = faster_after_2 if state == 3 and through else 1.0
            stop = day + rng.exponential(10 / rate)
            rows.append((case, state, to if stop < 60 else 0, day, min(stop, 60.0)))
            if stop >= 60:
                break
            day = stop
    return transition_rows(*columns(rows), states=4)


def test_the_markov_test_sees_a_future_that_depends_on_the_past():
    ask = {"from_state": 3, "to_state": 4, "landmark_days": [2, 4, 6, 8, 10], "replicates": 199}
    depends = markov_test(markov_histories(300, 3.0, 1), **ask, rng=np.random.default_rng(5))
    assert depends.p_overall == 0.005  # 1 / 200, the smallest there is
    assert depends.states.tolist() == [1, 2, 3]
    assert depends.standardized[0, 1] > 4  # those in 2 before move on faster
    again = markov_test(markov_histories(300, 3.0, 1), **ask, rng=np.random.default_rng(5))
    assert again.overall == depends.overall
    np.testing.assert_array_equal(again.p_mean, depends.p_mean)


def test_the_markov_test_keeps_its_level():
    p_values = [
        markov_test(
            markov_histories(80, 1.0, seed),
            from_state=3,
            to_state=4,
            landmark_days=[3, 6, 9],
            replicates=99,
            rng=np.random.default_rng(seed),
        ).p_overall
        for seed in range(200)
    ]
    # 10 expected at 0.05; P(more than 20 of 200) < 0.001 (binomial), and fewer than 2 as rare
    assert 2 <= sum(p <= 0.05 for p in p_values) <= 20


def test_the_markov_test_refuses_in_words():
    rng = np.random.default_rng(1)
    rows = worked()
    with pytest.raises(MethodError, match="nothing to compare"):
        markov_test(rows, from_state=1, to_state=2, landmark_days=[1], replicates=99, rng=rng)
    with pytest.raises(MethodError, match="too few"):
        markov_test(rows, from_state=1, to_state=2, landmark_days=[1], replicates=9, rng=rng)
    with pytest.raises(DataError, match="not a transition"):
        markov_test(rows, from_state=1, to_state=9, landmark_days=[1], replicates=99, rng=rng)
    with pytest.raises(DataError, match="landmark_days"):
        markov_test(rows, from_state=1, to_state=2, landmark_days=[0], replicates=99, rng=rng)
