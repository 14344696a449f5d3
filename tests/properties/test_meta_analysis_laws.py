import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from equipoise.errors import MethodError
from equipoise.stats.binomial_normal import pool_odds_ratios
from equipoise.stats.meta_analysis import pool_effects
from laws import examples

METHODS = st.sampled_from(["REML", "Paule-Mandel", "DerSimonian-Laird"])
NUMBERS = ("mu", "standard_error", "lower", "upper", "tau_squared", "tau_squared_lower", "tau_squared_upper", "q")


@st.composite
def studies(draw, least=2, most=9):
    k = draw(st.integers(least, most))
    effect = draw(st.lists(st.floats(-5, 5), min_size=k, max_size=k))
    error = draw(st.lists(st.floats(0.02, 3), min_size=k, max_size=k))
    return np.array(effect), np.array(error)


@given(studies(), METHODS)
def test_every_answer_is_finite_and_in_order(data, method):
    pooled = pool_effects(*data, tau_method=method)
    assert np.all(np.isfinite([getattr(pooled, name) for name in NUMBERS]))
    assert data[0].min() - 1e-9 <= pooled.mu <= data[0].max() + 1e-9
    assert pooled.lower < pooled.mu < pooled.upper
    assert 0 <= pooled.tau_squared_lower <= pooled.tau_squared_upper
    assert pooled.prediction_lower <= pooled.lower
    assert 0 <= pooled.i_squared < 1


@given(studies(), METHODS, st.floats(-20, 20), st.floats(0.1, 30))
def test_another_unit_and_another_origin_change_nothing_else(data, method, shift, scale):
    effect, error = data
    one = pool_effects(effect, error, tau_method=method)
    two = pool_effects(shift + scale * effect, scale * error, tau_method=method)
    assert two.mu == pytest.approx(shift + scale * one.mu, rel=1e-5, abs=1e-5 * scale)
    assert two.tau_squared == pytest.approx(scale**2 * one.tau_squared, rel=1e-4, abs=1e-5 * scale**2)


@given(studies(), METHODS, st.data())
def test_many_at_once_are_each_alone(data, method, others):
    effect, error = data
    second = others.draw(st.lists(st.floats(-5, 5), min_size=effect.size, max_size=effect.size))
    together = pool_effects([effect, second], [error, error], tau_method=method)
    for at, alone in enumerate((effect, second)):
        one = pool_effects(alone, error, tau_method=method)
        for name in NUMBERS:
            assert getattr(together, name)[at] == pytest.approx(getattr(one, name), rel=1e-7, abs=1e-9), name


@given(studies())
def test_no_other_spread_has_a_larger_restricted_likelihood(data):
    effect, error = data

    def restricted(v):
        w = 1 / (error**2 + v)
        mean = w @ effect / w.sum()
        return (np.log(w).sum() - np.log(w.sum()) - w @ (effect - mean) ** 2) / 2

    best = float(pool_effects(effect, error).tau_squared)
    reached = restricted(best)
    for v in [*np.geomspace(1e-4, 100, 80), 0.0, best * 0.97, best * 1.03]:
        assert restricted(v) <= reached + 1e-9


@given(studies())
def test_paule_mandel_makes_q_its_expectation(data):
    effect, error = data
    v = float(pool_effects(effect, error, tau_method="Paule-Mandel").tau_squared)
    w = 1 / (error**2 + v)
    q = w @ (effect - w @ effect / w.sum()) ** 2
    assert q == pytest.approx(effect.size - 1, rel=1e-6) if v > 0 else q <= effect.size - 1 + 1e-9


@st.composite
def two_arms(draw):
    k = draw(st.integers(2, 5))
    sizes = [draw(st.lists(st.integers(1, 40), min_size=k, max_size=k)) for _ in range(2)]
    counts = [[draw(st.integers(0, n)) for n in arm] for arm in sizes]
    return counts[0], sizes[0], counts[1], sizes[1]


@settings(max_examples=examples(12), deadline=None)
@given(two_arms(), st.sampled_from(["conditional", "study intercepts"]))
def test_changing_the_arms_round_turns_the_odds_ratio_over(data, model):
    try:
        one = pool_odds_ratios(*data, model=model)
    except MethodError:
        assume(False)
    treated, n, control, control_n = data
    two = pool_odds_ratios(control, control_n, treated, n, model=model)
    assert np.all(np.isfinite([one.mu, one.tau, one.lower, one.upper]))
    assert two.mu == pytest.approx(-one.mu, rel=1e-4, abs=1e-4)
    assert two.tau == pytest.approx(one.tau, rel=1e-4, abs=1e-3)
