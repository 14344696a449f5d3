import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipoise.errors import MethodError
from equipoise.stats.maic import matching_weights
from equipoise.stats.negative_control import calibrate, systematic_error
from equipoise.stats.published_table import PublishedBaseline
from equipoise.stats.regression_on_scale import regression_on_scale, two_readings
from equipoise.stats.regression_to_mean import (
    ResponderRule,
    ScreenedPopulation,
    expected_regression,
    population_behind,
    responders_by_regression,
)
from equipoise.stats.rosenbaum import bounds_signed_rank, bounds_yes_no
from equipoise.stats.unmeasured import e_value_risk_difference, e_value_risk_ratio, ratio_bias_array
from laws import examples

ratios = st.floats(0.02, 50)


@st.composite
def reachable(draw):
    """Cases, and published means that some positive weights of them have."""
    n, k = draw(st.integers(6, 20)), draw(st.integers(1, 3))
    x = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).normal(size=(n, k))
    share = np.array(draw(st.lists(st.floats(0.05, 1), min_size=n, max_size=n)))
    return x, PublishedBaseline(tuple("abc"[:k]), share @ x / share.sum(), (None,) * k)


@given(reachable())
def test_weighted_cases_have_the_published_means(data):
    x, published = data
    found = matching_weights(x, published)
    assert found.weight.mean() == pytest.approx(1)
    assert found.weight @ x / x.shape[0] == pytest.approx(published.mean, abs=1e-8)
    assert np.all(found.weight > 0)
    assert 1 <= found.effective_sample_size <= x.shape[0] + 1e-9


@settings(max_examples=examples(40))
@given(reachable(), st.floats(0.1, 100), st.floats(-1000, 1000))
def test_weights_do_not_know_the_units(data, factor, shift):
    x, published = data
    moved = PublishedBaseline(published.names, published.mean * factor + shift, published.sd)
    assert matching_weights(x * factor + shift, moved).weight == pytest.approx(
        matching_weights(x, published).weight, rel=1e-5
    )


@given(reachable())
def test_of_all_weights_with_the_means_these_have_the_largest_entropy(data):
    x, published = data
    weight = matching_weights(x, published).weight / x.shape[0]
    design = np.column_stack([np.ones(x.shape[0]), x])
    along = np.linalg.svd(design.T)[2][design.shape[1] :]  # directions that change neither sum nor means
    step = 0.1 * weight.min() * along[0] / np.abs(along[0]).max()
    entropy = -(weight @ np.log(weight))
    for moved in (weight + step, weight - step):
        assert -(moved @ np.log(moved)) <= entropy + 1e-12


@given(st.integers(0, 2**32 - 1), st.integers(4, 12))
def test_weights_exist_exactly_where_the_means_are_inside_the_hull(seed, n):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    aim = 1.2 * rng.normal(size=2)
    # inside the hull of points in the plane: no half of the directions is empty of cases
    angle = np.sort(np.arctan2(*(x - aim).T))
    widest = np.diff(np.concatenate([angle, [angle[0] + 2 * np.pi]])).max()
    assume(abs(widest - np.pi) > 1e-2)
    try:
        matching_weights(x, PublishedBaseline(("a", "b"), aim, (None, None)))
        found = True
    except MethodError:
        found = False
    assert found == (widest < np.pi)


@given(ratios)
def test_a_cause_as_strong_as_the_e_value_just_explains_the_result(ratio):
    e = e_value_risk_ratio(ratio).of_estimate
    assert e * e / (2 * e - 1) == pytest.approx(max(ratio, 1 / ratio))  # Ding and VanderWeele's bounding factor
    assert e_value_risk_ratio(1 / ratio).of_estimate == pytest.approx(e)


@given(ratios, ratios)
def test_a_larger_ratio_has_a_larger_e_value(one, other):
    near, far = sorted((max(one, 1 / one), max(other, 1 / other)))
    assert e_value_risk_ratio(near).of_estimate <= e_value_risk_ratio(far).of_estimate


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 30), st.integers(0, 30))
@settings(deadline=None)
def test_the_e_value_of_no_difference_is_that_of_the_ratio(yes, control_yes, no, control_no):
    n, m = yes + no, control_yes + control_no
    found = e_value_risk_difference(yes, n, control_yes, m)
    assert found.of_estimate == pytest.approx(e_value_risk_ratio((yes / n) / (control_yes / m)).of_estimate, rel=1e-5)
    assert 1 <= found.of_limit <= found.of_estimate


@given(ratios, st.floats(0, 1), st.floats(0, 1), ratios)
def test_a_confounder_that_is_balanced_or_harmless_changes_nothing(ratio, one, other, strength):
    assert ratio_bias_array(ratio, one, one, strength).adjusted.item() == pytest.approx(ratio)
    assert ratio_bias_array(ratio, one, other, 1.0).adjusted.item() == pytest.approx(ratio)
    bias = ratio / ratio_bias_array(ratio, one, other, strength).adjusted.item()
    assert min(strength, 1 / strength) * (1 - 1e-9) <= bias <= max(strength, 1 / strength) * (1 + 1e-9)


@given(arrays(np.float64, st.integers(1, 25), elements=st.integers(-5, 5)), st.floats(1, 10), st.floats(1, 10))
def test_more_hidden_bias_widens_the_bounds(apart, one, other):
    assume(np.any(apart != 0))
    found = bounds_signed_rank(apart, sorted((1.0, one, other)))
    assert found.lower[0] == pytest.approx(found.upper[0])
    assert np.all(np.diff(found.upper) >= -1e-12)
    assert np.all(np.diff(found.lower) <= 1e-12)


@given(st.integers(0, 15), st.integers(0, 15), st.floats(1, 10))
def test_pairs_of_one_size_are_a_sign_test(won, lost, gamma):
    assume(won + lost > 0)
    ranked, counted = bounds_signed_rank([1.0] * won + [-1.0] * lost, gamma), bounds_yes_no(won, lost, gamma)
    assert ranked.upper == pytest.approx(counted.upper, abs=1e-12)
    assert ranked.lower == pytest.approx(counted.lower, abs=1e-12)


controls = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.05, 1)), min_size=2, max_size=12)


@given(controls, st.floats(-5, 5))
def test_moving_every_control_moves_the_mean_error_alone(pairs, shift):
    estimate, error = map(np.array, zip(*pairs, strict=True))
    one, moved = systematic_error(estimate, error), systematic_error(estimate + shift, error)
    assert moved.mean == pytest.approx(one.mean + shift, abs=1e-4)
    assert moved.sd == pytest.approx(one.sd, abs=1e-4)
    assert calibrate(1 + shift, 0.3, moved).p_value == pytest.approx(calibrate(1, 0.3, one).p_value, abs=1e-3)


@given(controls)
@settings(max_examples=examples(40))
def test_no_other_spread_is_more_likely(pairs):
    estimate, error = map(np.array, zip(*pairs, strict=True))
    found = systematic_error(estimate, error)

    def value(mean, sd):
        total = error**2 + sd**2
        return -0.5 * np.sum(np.log(total) + (estimate - mean) ** 2 / total)

    best = value(found.mean, found.sd)
    for sd in np.concatenate([[0.0], np.geomspace(0.01, 8, 60)]):
        weight = 1 / (error**2 + sd**2)
        assert value(weight @ estimate / weight.sum(), sd) <= best + 1e-8


populations = st.builds(ScreenedPopulation, st.floats(-20, 80), st.floats(0.5, 20))


@given(populations, st.floats(0, 1), st.floats(-3, 3), st.floats(-3, 3))
def test_a_stricter_rule_and_a_less_repeatable_reading_regress_more(screened, correlation, one, other):
    low, high = (screened.mean + screened.sd * cut for cut in sorted((one, other)))
    near, far = (expected_regression(screened, correlation, entry) for entry in (low, high))
    assert far.improvement >= near.improvement - 1e-9 * screened.sd
    assert near.improvement >= -1e-9 * screened.sd
    assert expected_regression(screened, correlation / 2, low).improvement >= near.improvement - 1e-9 * screened.sd


@given(populations, st.floats(-3, 3))
def test_the_screened_come_back_from_those_let_in(screened, cut):
    entry = screened.mean + cut * screened.sd
    mean = expected_regression(screened, 0.5, entry).entry_mean
    hazard = (mean - screened.mean) / screened.sd
    sd = screened.sd * np.sqrt(1 + cut * hazard - hazard**2)
    found = population_behind(mean, sd, entry)
    assert found.mean == pytest.approx(screened.mean, abs=1e-4 * screened.sd)
    assert found.sd == pytest.approx(screened.sd, rel=1e-4)


@given(populations, st.floats(0, 0.99), st.floats(-2, 2), st.floats(0.1, 5), st.floats(0.1, 5))
@settings(max_examples=examples(30))
def test_a_harder_rule_has_fewer_responders(screened, correlation, cut, one, other):
    entry = screened.mean + cut * screened.sd
    easy, hard = (
        responders_by_regression(screened, correlation, entry, ResponderRule(fall, "points"))
        for fall in sorted((one, other))
    )
    assert 0 <= hard <= easy + 1e-12 <= 1 + 1e-12


@given(
    st.lists(st.integers(0, 20), min_size=3, max_size=11),
    st.floats(0, 0.999),
    st.integers(0, 10),
)
@example(counts=[0, 1, 2], correlation=0.96875, entry=0)  # the quadrature alone is 2e-9 off here
@settings(deadline=None, max_examples=examples(15))
def test_two_readings_have_one_margin_and_the_correlation_asked_for(counts, correlation, entry):
    assume(np.count_nonzero(counts) > 1)
    readings = two_readings(np.arange(len(counts)), counts, correlation)
    share = np.array(counts) / sum(counts)
    assert readings.together.sum(axis=0) == pytest.approx(share, abs=1e-12)
    assert readings.together.sum(axis=1) == pytest.approx(share, abs=1e-12)
    assert readings.correlation == pytest.approx(correlation, abs=1e-6)
    if np.any(share[entry:] > 0):
        assert regression_on_scale(readings, entry, ResponderRule(2, "points")).regression.improvement >= -1e-9
