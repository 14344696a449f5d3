"""Laws of the cumulative incidence that hold for any follow-up."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.stats.survival import CumulativeIncidence, cumulative_incidence, incidence_at

VARIANCES = ("greenwood", "infinitesimal jackknife")


class FollowUp(NamedTuple):
    time_days: np.ndarray
    cause: np.ndarray


@st.composite
def follow_up(draw: Callable[..., int], causes: int = 3) -> FollowUp:
    """1 to 40 cases; days whole or fractional, few enough to tie often."""
    n = draw(st.integers(1, 40))
    days = st.integers(1, 30) if draw(st.booleans()) else st.sampled_from([0.1 * k for k in range(1, 30)])
    time = draw(st.lists(days, min_size=n, max_size=n))
    cause = draw(st.lists(st.integers(0, causes), min_size=n, max_size=n))
    return FollowUp(np.array(time), np.array(cause))


def plain(data: FollowUp, entry: np.ndarray, weights: np.ndarray, of: int) -> np.ndarray:
    """The estimator as it is written on paper, one event time at a time."""
    steps, free, incidence = [], 1.0, 0.0
    for day in np.unique(data.time_days[data.cause > 0]):
        at_risk = weights[(entry < day) & (day <= data.time_days)].sum()
        on_day = data.time_days == day
        incidence += free * weights[on_day & (data.cause == of)].sum() / at_risk
        free *= 1 - weights[on_day & (data.cause > 0)].sum() / at_risk
        steps.append(incidence)
    return np.array(steps)


def same(one: CumulativeIncidence, other: CumulativeIncidence) -> None:
    np.testing.assert_array_equal(one.at_days, other.at_days)
    for field in ("incidence", "event_free", "at_risk", "events"):
        np.testing.assert_allclose(getattr(one, field), getattr(other, field), rtol=1e-12, atol=1e-12, err_msg=field)
    np.testing.assert_allclose(one.standard_error**2, other.standard_error**2, rtol=1e-9, atol=1e-15)


@given(follow_up(), st.integers(0, 2**32))
def test_agrees_with_the_estimator_on_paper(data: FollowUp, seed: int) -> None:
    rng = np.random.default_rng(seed)
    entry = rng.choice([0.0, 0.25, 0.5, 0.9], size=data.time_days.size) * data.time_days
    weights = rng.integers(1, 5, size=data.time_days.size) / rng.integers(1, 4, size=data.time_days.size)
    none, ones = np.full_like(entry, -1.0), np.ones_like(entry)
    one = cumulative_incidence(*data, of=1)
    np.testing.assert_allclose(one.incidence, plain(data, none, ones, 1), atol=1e-12)
    late = cumulative_incidence(*data, of=1, entry_days=entry)
    np.testing.assert_allclose(late.incidence, plain(data, entry, ones, 1), atol=1e-12)
    weighted = cumulative_incidence(*data, of=1, entry_days=entry, weights=weights, variance="infinitesimal jackknife")
    np.testing.assert_allclose(weighted.incidence, plain(data, entry, weights, 1), atol=1e-12)


@given(follow_up())
def test_causes_add_up_to_any_event(data: FollowUp) -> None:
    of_each = sum(cumulative_incidence(*data, of=k).incidence for k in (1, 2, 3))
    any_event = cumulative_incidence(data.time_days, data.cause > 0, of=1)
    np.testing.assert_allclose(of_each, any_event.incidence, atol=1e-12)
    np.testing.assert_allclose(1 - any_event.event_free, any_event.incidence, atol=1e-12)


@given(follow_up(), st.sampled_from(VARIANCES))
def test_never_falls_and_stays_within_its_limits(data: FollowUp, variance: str) -> None:
    curve = cumulative_incidence(*data, of=1, variance=variance)
    assert np.all(np.diff(curve.incidence, prepend=0.0) >= 0)
    assert np.all((curve.incidence >= 0) & (curve.incidence <= 1))
    assert np.all(np.isfinite(curve.standard_error))
    inside = (curve.incidence > 0) & (curve.incidence < 1)
    np.testing.assert_array_equal(inside, ~np.isnan(curve.lower))
    np.testing.assert_array_equal(inside, ~np.isnan(curve.upper))
    assert np.all(curve.lower[inside] >= 0)
    assert np.all(curve.upper[inside] <= 1)
    assert np.all(curve.lower[inside] <= curve.incidence[inside] + 1e-15)
    assert np.all(curve.upper[inside] >= curve.incidence[inside] - 1e-15)


@given(follow_up(causes=1))
def test_with_nothing_competing_it_is_one_minus_kaplan_meier_and_greenwood(data: FollowUp) -> None:
    curve = cumulative_incidence(*data, of=1)
    km, greenwood = 1.0, 0.0
    for j, day in enumerate(curve.at_days):
        n, d = (data.time_days >= day).sum(), ((data.time_days == day) & (data.cause == 1)).sum()
        km, greenwood = km * (1 - d / n), greenwood + (d / (n * (n - d)) if d < n else 0)
        assert curve.incidence[j] == pytest.approx(1 - km, abs=1e-12)
        assert curve.standard_error[j] ** 2 == pytest.approx(km**2 * greenwood, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3)), min_size=1, max_size=40), st.sampled_from(VARIANCES))
def test_without_censoring_it_is_a_plain_proportion(events: list[tuple[int, int]], variance: str) -> None:
    time, cause = np.array(events).T
    curve = cumulative_incidence(time, cause, of=1, variance=variance)
    proportion = np.array([np.mean((time <= day) & (cause == 1)) for day in curve.at_days])
    np.testing.assert_allclose(curve.incidence, proportion, atol=1e-12)
    np.testing.assert_allclose(curve.standard_error**2, proportion * (1 - proportion) / time.size, atol=1e-12)


@given(follow_up())
def test_without_delayed_entry_the_two_variances_are_one(data: FollowUp) -> None:
    # As for Kaplan-Meier, where the infinitesimal jackknife is Greenwood's formula (Efron 1981, J. Am. Stat. Assoc.).
    greenwood, jackknife = (cumulative_incidence(*data, of=1, variance=variance) for variance in VARIANCES)
    np.testing.assert_allclose(jackknife.standard_error**2, greenwood.standard_error**2, rtol=1e-9, atol=1e-15)


@given(follow_up(), st.integers(0, 2**32), st.sampled_from(VARIANCES))
def test_the_order_of_the_cases_does_not_matter(data: FollowUp, seed: int, variance: str) -> None:
    order = np.random.default_rng(seed).permutation(data.time_days.size)
    shuffled = cumulative_incidence(data.time_days[order], data.cause[order], of=1, variance=variance)
    same(shuffled, cumulative_incidence(*data, of=1, variance=variance))


@given(follow_up(), st.integers(0, 2**32))
def test_a_whole_weight_is_so_many_copies(data: FollowUp, seed: int) -> None:
    weights = np.random.default_rng(seed).integers(0, 4, size=data.time_days.size)
    weights[0] += 1
    copies = cumulative_incidence(np.repeat(data.time_days, weights), np.repeat(data.cause, weights), of=1)
    same(cumulative_incidence(*data, of=1, weights=weights), copies)


@given(follow_up())
def test_a_cluster_of_copies_is_one_weighted_case(data: FollowUp) -> None:
    label = np.arange(data.time_days.size)
    copies = cumulative_incidence(
        *(np.repeat(array, 3) for array in data), of=1, cluster=np.repeat(label, 3), variance="infinitesimal jackknife"
    )
    weighted = cumulative_incidence(*data, of=1, weights=np.full(label.size, 3.0), variance="infinitesimal jackknife")
    same(copies, weighted)


@given(follow_up(), st.sampled_from(VARIANCES))
def test_entry_at_time_zero_is_no_delayed_entry(data: FollowUp, variance: str) -> None:
    none = cumulative_incidence(*data, of=1, variance=variance)
    same(cumulative_incidence(*data, of=1, entry_days=np.zeros(data.time_days.size), variance=variance), none)
    # An entry before anybody leaves is the same, and takes the path of delayed entry.
    early = np.full(data.time_days.size, 0.01)
    same(cumulative_incidence(*data, of=1, entry_days=early, variance=variance), none)


@given(follow_up())
def test_counted_days_sorted_days_and_weighted_cases_are_one_estimator(data: FollowUp) -> None:
    whole = np.ceil(data.time_days).astype(np.int64)
    counted = cumulative_incidence(whole, data.cause, of=1)
    ones = cumulative_incidence(whole, data.cause, of=1, weights=np.ones(whole.size))
    same(ones, counted)
    halves = cumulative_incidence(whole * 0.5, data.cause, of=1)  # not whole: sorted
    np.testing.assert_array_equal(halves.at_days * 2, counted.at_days)
    np.testing.assert_array_equal(halves.incidence, counted.incidence)
    np.testing.assert_array_equal(halves.standard_error, counted.standard_error)


@given(follow_up(), st.lists(st.floats(0, 40), min_size=1, max_size=5))
def test_a_day_is_read_from_the_last_step_on_or_before_it(data: FollowUp, days: list[float]) -> None:
    curve = cumulative_incidence(*data, of=1)
    at = incidence_at(curve, days)
    for day, incidence, events in zip(days, at.incidence, at.events, strict=True):
        steps = curve.incidence[curve.at_days <= day]
        if day <= data.time_days.max() or (curve.event_free.size and curve.event_free[-1] == 0):
            assert incidence == (steps[-1] if steps.size else 0.0)
        else:
            assert np.isnan(incidence)
        assert events == ((data.time_days <= day) & (data.cause == 1)).sum()
