"""Laws of imputed yes/no responses, of Lott and Reiter's interval, and of the difference."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from equipoise.errors import MethodError
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_binary import completed, impute_yes_no
from equipoise.stats.imputation_binary_rates import imputed_counts, imputed_rates
from equipoise.stats.lott_reiter import difference_of_imputed_rates, lott_reiter
from equipoise.stats.proportion import wilson
from laws import examples


@st.composite
def studies(draw):
    n, visits = draw(st.integers(1, 12)), draw(st.integers(1, 3))
    table = st.lists(st.sampled_from([1, 0, -1]), min_size=visits, max_size=visits)
    response = np.array(draw(st.lists(table, min_size=n, max_size=n)))
    code = np.array(draw(st.lists(st.sampled_from(list(Assumption)), min_size=n, max_size=n)))
    first = np.array(draw(st.lists(st.integers(0, visits), min_size=n, max_size=n)))
    assumption = np.where(np.arange(visits) >= first[:, None], code[:, None], 0)
    group = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    return response, group, assumption


@settings(max_examples=examples(15), deadline=None)
@given(studies())
def test_any_study_is_completed_or_refused_in_words(study):
    response, group, assumption = study
    problems = ()
    try:
        imputed = impute_yes_no(
            response, group, assumption=assumption, reference=0, imputations=3, rng=np.random.default_rng(1)
        )
    except MethodError as refusal:
        problems = refusal.problems
    if problems:
        assert all(problem.remedy for problem in problems)
        return
    tables = completed(imputed)
    assert np.all((tables == response) | (response == -1))
    assert np.all((tables == 0) | (tables == 1))
    assert np.all(np.isfinite(imputed.latent))
    counts = imputed_counts(imputed)
    for g in range(imputed.groups):
        assert np.array_equal(counts.responders[:, g], tables[:, group == g].sum(axis=1))
    lower, higher = (imputed_counts(imputed, delta=delta).responders for delta in (-0.5, 0.5))
    assert np.all(lower <= counts.responders)
    assert np.all(counts.responders <= higher)
    rates = imputed_rates(counts).proportion
    for part in (rates.estimate, rates.lower, rates.upper):
        assert np.all((part >= 0) & (part <= 1))


@st.composite
def imputed_rates_of(draw):
    n = draw(st.integers(1, 60))
    return np.array(draw(st.lists(st.integers(0, n), min_size=2, max_size=12))) / n, n


@given(imputed_rates_of(), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_holds_the_rate_and_turns_round_with_the_response(data, level):
    rates, n = data
    found, turned = lott_reiter(rates, n, level=level), lott_reiter(1 - rates, n, level=level)
    assert 0 <= found.lower <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= found.upper <= 1
    assert (float(turned.lower), float(turned.upper)) == pytest.approx((1 - found.upper, 1 - found.lower), abs=1e-9)


@given(st.integers(1, 200), st.data())
def test_imputations_that_agree_are_wilson(n, data):
    yes = data.draw(st.integers(0, n))
    found = lott_reiter(np.full(5, yes / n), n)
    lower, upper = wilson(yes, n)
    assert (float(found.lower), float(found.upper)) == pytest.approx((float(lower), float(upper)), abs=1e-9)


@given(imputed_rates_of(), st.floats(0.01, 0.2))
def test_imputations_that_differ_say_less_than_wilson_at_their_mean(data, apart):
    rates, n = data
    middle = float(np.clip(rates[0], 0.25, 0.75))
    found = lott_reiter([middle - apart, middle + apart], n)
    same = lott_reiter([middle, middle], n)
    assert found.lower < same.lower
    assert found.upper > same.upper


@given(imputed_rates_of(), imputed_rates_of())
def test_the_difference_turns_round_with_the_arms(first, second):
    a, b = lott_reiter(*first), lott_reiter(*second)
    forth, back = difference_of_imputed_rates(a, b), difference_of_imputed_rates(b, a)
    assert -1 <= forth.lower <= forth.estimate + 1e-12
    assert forth.estimate - 1e-12 <= forth.upper <= 1
    assert float(forth.lower) == pytest.approx(-float(back.upper))


@settings(max_examples=examples(4), deadline=None)
@given(st.integers(0, 10_000))
def test_in_the_reference_group_every_reference_assumption_is_missing_at_random(seed):
    rng = np.random.default_rng(seed)
    response = rng.integers(0, 2, (12, 2))
    response[:4, 1] = -1
    assume(len(set(response[4:, 1])) == 2)
    drawn = [
        impute_yes_no(
            response,
            np.zeros(12, dtype=int),
            assumption=np.where(response == -1, code, 0),
            reference=0,
            imputations=4,
            rng=np.random.default_rng(7),
        ).latent
        for code in (Assumption.MISSING_AT_RANDOM, Assumption.JUMP_TO_REFERENCE, Assumption.COPY_REFERENCE)
    ]
    np.testing.assert_allclose(drawn[1], drawn[0], atol=1e-6)
    np.testing.assert_allclose(drawn[2], drawn[0], atol=1e-6)
