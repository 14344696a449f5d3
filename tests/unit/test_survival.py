"""Cumulative incidence worked by hand, and what it refuses."""

from typing import Any

import numpy as np
import pytest

from equipoise.domain.cohort import NEVER
from equipoise.errors import DataError, MethodError
from equipoise.stats.survival import cumulative_incidence, incidence_at, number_at_risk


def test_a_competing_event_is_not_censoring() -> None:
    # Kaplan-Meier, censoring the first case, would say 1.
    assert cumulative_incidence([1, 2], [2, 1], of=1).incidence[-1] == 0.5


def test_a_case_censored_on_the_day_of_an_event_is_still_at_risk() -> None:
    curve = cumulative_incidence([5, 5, 9], [0, 1, 1], of=1)
    assert curve.at_risk.tolist() == [3, 1]
    assert curve.incidence.tolist() == pytest.approx([1 / 3, 1])


@pytest.mark.parametrize("days", [np.array([2, 2, 2, 3, 5, 5]), np.array([2.5, 2.5, 2.5, 3.5, 5.25, 5.25])])
def test_ties_by_hand(days: np.ndarray) -> None:
    # First day: of 6 at risk, one event of each cause and one censored. Then of 3, one censored. Last day: of 2, one
    # of each. So 1/6, and S(t-) = 4/6 times 1/2 more.
    curve = cumulative_incidence(days, [1, 2, 0, 0, 1, 2], of=1)
    assert curve.at_days.tolist() == [days[0], days[-1]]
    assert curve.at_risk.tolist() == [6, 2]
    assert curve.events.tolist() == [1, 1]
    assert curve.incidence.tolist() == pytest.approx([1 / 6, 1 / 6 + 4 / 6 / 2])
    assert curve.event_free.tolist() == pytest.approx([4 / 6, 0])
    # Multinomial increments: (1/6)(5/6)/6 at the first; then a = 1/2 of n = 2 and Var S = (4/6)(2/6)/6,
    # Cov(F, S) = -(1/6)(4/6)/6: Var F + 2 a Cov + a^2 Var S + S^2 a (1 - a) / n.
    first = 1 / 6 * 5 / 6 / 6
    second = first - 1 / 6 * 4 / 6 / 6 + (4 / 6 * 2 / 6 / 6) / 4 + (4 / 6) ** 2 / 8
    assert (curve.standard_error**2).tolist() == pytest.approx([first, second])


def test_delayed_entry_by_hand() -> None:
    # The second case enters on the day of the first event, so it is not at risk of it.
    curve = cumulative_incidence([3, 6, 7, 8], [1, 1, 2, 0], of=1, entry_days=[0, 3, 1, 0])
    assert curve.at_days.tolist() == [3, 6, 7]
    assert curve.at_risk.tolist() == [3, 3, 2]
    assert curve.incidence.tolist() == pytest.approx([1 / 3, 1 / 3 + 2 / 9, 5 / 9])
    assert curve.event_free.tolist() == pytest.approx([2 / 3, 4 / 9, 2 / 9])


def test_an_early_emptied_risk_set_ends_the_curve() -> None:
    # Only the first case is at risk on day 2; with S = 0 later events add nothing, and nothing divides by zero.
    for variance in ("greenwood", "infinitesimal jackknife"):
        curve = cumulative_incidence([2, 6, 7], [2, 1, 1], of=1, entry_days=[0, 3, 3], variance=variance)
        assert curve.incidence.tolist() == [0, 0, 0]
        assert curve.standard_error.tolist() == [0, 0, 0]


def test_log_log_limits_by_hand() -> None:
    curve = cumulative_incidence([1, 2, 3, 4], [1, 0, 0, 0], of=1)
    # R 4.2.2: F <- 1/4; se <- sqrt(3)/8; F^exp(c(-1, 1) * qnorm(.975) * se / (F * log(F)))
    assert curve.standard_error[0] == pytest.approx(3**0.5 / 8)
    assert curve.lower[0] == pytest.approx(0.008947824417, abs=1e-12)
    assert curve.upper[0] == pytest.approx(0.665325342789, abs=1e-12)
    wider = cumulative_incidence([1, 2, 3, 4], [1, 0, 0, 0], of=1, level=0.99)
    assert wider.lower[0] < curve.lower[0]
    assert wider.upper[0] > curve.upper[0]


def test_limits_are_undefined_where_the_incidence_is_0_or_1() -> None:
    curve = cumulative_incidence([1, 2, 3, 4, 5, 6, 7], [2, 0, 0, 0, 0, 0, 1], of=1)
    assert np.isnan([curve.lower[0], curve.upper[0]]).all()
    # Events of all kinds at rates that do not add up exactly in floats: the end is exactly 1 all the same.
    certain = cumulative_incidence(np.arange(1, 101), np.ones(100, dtype=int), of=1)
    assert certain.incidence[-1] == 1
    assert certain.standard_error[-1] == 0
    assert np.isnan([certain.lower[-1], certain.upper[-1]]).all()
    assert not np.isnan(certain.lower[:-1]).any()


@pytest.mark.parametrize("days", [[4, 9, 9], [4.5, 9.5, 9.5]])
def test_all_censored_is_incidence_zero(days: list[float]) -> None:
    for variance in ("greenwood", "infinitesimal jackknife"):
        curve = cumulative_incidence(days, [0, 0, 0], of=1, variance=variance)
        assert curve.at_days.size == 0
        at = incidence_at(curve, [0, 5, 9])
        assert at.incidence.tolist() == [0, 0, 0]
        assert at.standard_error.tolist() == [0, 0, 0]
        assert np.isnan(at.lower).all()


def test_a_cause_nobody_had_is_zero_and_one_patient_is_enough() -> None:
    assert cumulative_incidence([1, 2], [2, 0], of=1).incidence.tolist() == [0]
    one = cumulative_incidence([30], [1], of=1)
    assert (one.incidence.tolist(), one.standard_error.tolist(), one.event_free.tolist()) == ([1], [0], [0])
    assert cumulative_incidence([0, 0], [1, 0], of=1).incidence.tolist() == [0.5]


def test_reading_the_curve_at_days() -> None:
    curve = cumulative_incidence([10, 20, 30, 40], [1, 2, 1, 0], of=1)
    at = incidence_at(curve, [0, 9.5, 10, 29, 30, 40, 41])
    assert at.incidence[:6].tolist() == pytest.approx([0, 0, 0.25, 0.25, 0.5, 0.5])
    assert at.events.tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert np.isnan(at.incidence[6])  # one case is still without an event, and nobody was followed so far
    ended = incidence_at(cumulative_incidence([10, 20], [1, 2], of=1), 500)
    assert ended.incidence.tolist() == [0.5]  # everyone had an event: known for good
    with pytest.raises(DataError, match="a day is negative"):
        incidence_at(curve, [-1])


def test_number_at_risk() -> None:
    assert number_at_risk([10, 20, 20, 30], [0, 10, 11, 20, 30, 31]).tolist() == [4, 4, 3, 3, 1, 0]
    assert number_at_risk([10, 20, 20], [0, 5, 6, 20], entry_days=[0, 5, 0.5]).tolist() == [0, 2, 3, 2]


def test_a_case_of_weight_zero_is_not_there() -> None:
    curve = cumulative_incidence([1, 2, 3], [2, 1, 0], of=1, weights=[0, 1, 1])
    assert curve.at_days.tolist() == [2]
    assert curve.incidence.tolist() == [0.5]


def test_fractional_weights_that_empty_the_risk_set_leave_no_crumb() -> None:
    weights = [0.1, 0.2, 0.3, 0.7]
    curve = cumulative_incidence(
        [1, 2, 3, 3], [1, 2, 1, 1], of=1, weights=weights, entry_days=[0, 0.5, 0, 0], variance="infinitesimal jackknife"
    )
    assert curve.event_free[-1] == 0
    assert np.isfinite(curve.standard_error).all()


GOOD: dict[str, Any] = {"time_days": [1.0, 2.0], "cause": [1, 0], "of": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"time_days": [], "cause": []}, "no case"),
        ({"time_days": 3.0, "cause": 1}, "not a list"),
        ({"cause": [1, 0, 0]}, "cause"),
        ({"time_days": [-1.0, 2.0]}, "negative"),
        ({"time_days": [np.nan, 2.0]}, "missing"),
        ({"time_days": [np.inf, 2.0]}, "no end"),
        ({"time_days": [1, NEVER]}, "no end"),
        ({"cause": [1, -1]}, "cause\n  is negative"),
        ({"cause": [1.0, 0.5]}, "not a whole number"),
        ({"of": 0}, "not the number of a cause"),
        ({"entry_days": [0.0]}, "entry_days"),
        ({"entry_days": [0.0, 2.0]}, "not before the time"),
        ({"entry_days": [-1.0, 0.0]}, "entry is negative"),
        ({"entry_days": [np.nan, 0.0]}, "missing"),
        ({"weights": [1.0, -1.0]}, "a weight is negative"),
        ({"weights": [1.0, np.nan]}, "missing"),
        ({"weights": [np.inf, 1.0]}, "a weight"),
        ({"weights": [0.0, 0.0]}, "all are zero"),
        ({"cluster": ["a", "b"]}, "cluster"),
    ],
)
def test_input_it_cannot_use_is_refused_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        cumulative_incidence(**(GOOD | change))


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(DataError) as refused:
        cumulative_incidence([-1.0, 2.0], [1, -2], of=0, weights=[-1.0, 1.0])
    assert [problem.where for problem in refused.value.problems] == ["time_days", "of", "cause", "weights"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cluster": [1, 1]}, "clusters are not"),
        ({"weights": [1.5, 1.0]}, "these are fractions"),
        ({"level": 1.0}, "not a confidence level"),
        ({"variance": "delta"}, "no method is called"),
    ],
)
def test_a_method_that_does_not_fit_is_refused_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(MethodError, match=said):
        cumulative_incidence(**(GOOD | change))
