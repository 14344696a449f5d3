"""Laws of Firth's regression on arbitrary small data."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from equipoise.stats.firth import firth_logistic
from laws import examples


@st.composite
def small_study(draw):
    n = draw(st.integers(5, 20))
    response = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    dose = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    assume(0 < sum(response) < n)
    assume(len(set(dose)) > 1)
    return np.array(response, dtype=float), np.array(dose, dtype=float)[:, None]


@settings(deadline=None, max_examples=examples(40))
@given(small_study())
def test_always_finite_and_inside_its_limits(study):
    fit = firth_logistic(*study, ["dose"])
    for part in (fit.coefficient, fit.standard_error, fit.lower, fit.upper, fit.chi_squared, fit.p_value):
        assert np.isfinite(part).all()
    assert (fit.lower < fit.coefficient).all()
    assert (fit.coefficient < fit.upper).all()
    # the interval leaves 0 out exactly where the test rejects
    assert bool(fit.lower[1] > 0 or fit.upper[1] < 0) == bool(fit.p_value[1] < 0.05)


@settings(deadline=None, max_examples=examples(25))
@given(small_study())
def test_a_question_turned_round_has_its_answer_turned_round(study):
    response, dose = study
    fit, turned = firth_logistic(response, dose, ["dose"]), firth_logistic(1 - response, dose, ["dose"])
    np.testing.assert_allclose(turned.coefficient, -fit.coefficient, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(turned.lower, -fit.upper, rtol=1e-6, atol=1e-6)
