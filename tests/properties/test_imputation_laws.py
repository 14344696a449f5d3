"""Laws of imputation of scores and of Rubin's rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.stats.imputation import multiple_imputation
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_fill import fill, kinds
from equipoise.stats.imputation_fit import fit_scores
from equipoise.stats.imputation_mean import conditional_mean_jackknife
from equipoise.stats.imputation_reference import marginal_mean
from equipoise.stats.imputation_scores import Scores, check_scores
from equipoise.stats.rubin import rubin_pool
from laws import examples

approx = pytest.approx
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=examples(12))
assumptions = st.sampled_from(list(Assumption))
of_a_reference = st.sampled_from(
    [Assumption.JUMP_TO_REFERENCE, Assumption.COPY_REFERENCE, Assumption.COPY_INCREMENTS_IN_REFERENCE]
)
NAMES = ("estimate", "standard_error", "degrees", "lower", "upper", "p_value")


def data(seed: int, *, loss: float = 0.2, cases: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores (NaN where unseen) of two arms at three visits, the arm, a covariate."""
    rng = np.random.default_rng(seed)
    arm, beside = np.arange(cases) % 2, rng.normal(size=(cases, 1))
    y = 5 + rng.normal(0, 2, (cases, 1)) + beside - arm[:, None] * np.arange(3) + rng.normal(0, 2, (cases, 3))
    if loss:
        y[np.arange(3) >= rng.geometric(loss, cases)[:, None]] = np.nan
    return y, arm, beside


def scores(seed: int, how: Assumption, *, which: tuple[int, ...] = (0, 1), loss: float = 0.2) -> Scores:
    """The assumption for those of the arms in ``which``, missing at random for the others."""
    y, arm, beside = data(seed, loss=loss)
    return assumed(y, arm, beside, how, which)


def assumed(y, arm, beside, how, which=(0, 1), back=0.0) -> Scores:
    codes = np.where(np.isnan(y) & np.isin(arm, which)[:, None], how, 0)
    return check_scores(y, arm, covariates=beside, assumption=codes, reference=0, baseline_mean=np.full(len(arm), back))


def numbers(estimates) -> np.ndarray:
    return np.array([[getattr(each, name) for name in NAMES[:2]] for each in estimates], dtype=float)


def completed(of: Scores) -> np.ndarray:
    return fill(of, fit_scores(of).fitted, None, kinds(of))[0]


@few
@given(seeds)
def test_nothing_missing_is_the_analysis_of_the_scores(seed):
    y, arm, beside = data(seed, loss=0.0)
    model = fit_scores(check_scores(y, arm, covariates=beside, reference=0))
    found = multiple_imputation(model, imputations=3, rng=np.random.default_rng(seed))
    design = np.column_stack([np.ones(40), arm, beside])
    for visit in range(3):
        beta, square = np.linalg.lstsq(design, y[:, visit])[:2]
        error = np.sqrt(square[0] / 37 * np.linalg.inv(design.T @ design)[1, 1])
        answer = found.estimates[3 * visit + 2]
        assert (answer.estimate, answer.standard_error, answer.degrees) == approx((beta[1], error, 37))
        assert answer.missing_information == 0.0
        assert all(np.all(terms.between == 0.0) for terms in found.terms)


@few
@given(seeds, of_a_reference)
def test_in_the_reference_group_every_reference_assumption_is_missing_at_random(seed, how):
    at_random = completed(scores(seed, Assumption.MISSING_AT_RANDOM))
    assert completed(scores(seed, how, which=(0,))) == approx(at_random, rel=1e-7)


@few
@given(seeds, assumptions)
def test_estimates_shift_and_stretch_with_the_scores(seed, how):
    y, arm, beside = data(seed)
    plain = conditional_mean_jackknife(fit_scores(assumed(y, arm, beside, how, back=3.0)))
    moved = conditional_mean_jackknife(fit_scores(assumed(10 * y - 7, arm, 100 * beside + 3, how, back=23.0)))
    before, after = numbers(plain.estimates), numbers(moved.estimates)
    shift = np.array([-7.0 if each.quantity.kind == "mean" else 0.0 for each in plain.estimates])
    assert after[:, 0] == approx(10 * before[:, 0] + shift, rel=1e-6, abs=1e-6)
    assert after[:, 1] == approx(10 * before[:, 1], rel=1e-5)


@few
@given(seeds, assumptions)
def test_the_order_of_the_cases_does_not_matter(seed, how):
    y, arm, beside = data(seed)
    order = np.random.default_rng(seed).permutation(40)
    one = conditional_mean_jackknife(fit_scores(assumed(y, arm, beside, how)))
    other = conditional_mean_jackknife(fit_scores(assumed(y[order], arm[order], beside[order], how)))
    assert numbers(other.estimates) == approx(numbers(one.estimates), rel=1e-6, abs=1e-8)


@few
@given(seeds, assumptions, st.floats(-10, 10))
def test_delta_moves_a_mean_by_the_share_filled_in(seed, how, delta):
    of = scores(seed, how)
    model = fit_scores(of)
    runs = [
        multiple_imputation(model, imputations=4, rng=np.random.default_rng(seed), delta=np.full(of.seen.shape, each))
        for each in (0.0, delta)
    ]
    for plain, moved in zip(runs[0].estimates, runs[1].estimates, strict=True):
        if plain.quantity.kind == "mean":
            share = plain.quantity.unseen / plain.quantity.n
            assert moved.estimate == approx(plain.estimate + delta * share, abs=1e-9)


@few
@given(seeds, assumptions)
def test_the_same_seed_and_the_jackknife_repeat_themselves(seed, how):
    model = fit_scores(scores(seed, how))
    twice = [multiple_imputation(model, imputations=4, rng=np.random.default_rng(seed)).estimates for _ in range(2)]
    assert twice[0] == twice[1]
    other = multiple_imputation(model, imputations=4, rng=np.random.default_rng(seed + 1)).estimates
    assert other != twice[0]
    assert conditional_mean_jackknife(model).estimates == conditional_mean_jackknife(model).estimates


@few
@given(seeds, st.sampled_from(["unstructured", "heterogeneous AR(1)"]))
def test_no_answer_is_missing_in_silence(seed, structure):
    model = fit_scores(scores(seed, Assumption.COPY_INCREMENTS_IN_REFERENCE), structure=structure)
    found = multiple_imputation(model, imputations=5, rng=np.random.default_rng(seed))
    for each in found.estimates:
        assert each.why == ""
        assert all(np.isfinite(getattr(each, name)) for name in NAMES)
        assert each.lower < each.estimate < each.upper
        assert 0 < each.degrees <= each.quantity.n - 1


@given(seeds, st.integers(1, 3))
def test_copied_increments_are_a_jump_where_the_groups_met_before(seed, first):
    """And with gap zero before, copying the reference from the start comes to the same mean."""
    rng = np.random.default_rng(seed)
    own, gap = rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 4))
    gap[:, :first] = 0.0
    three = [
        marginal_mean(how, first, own, gap, np.zeros(5))
        for how in (
            Assumption.COPY_INCREMENTS_IN_REFERENCE,
            Assumption.JUMP_TO_REFERENCE,
            Assumption.COPY_REFERENCE,
        )
    ]
    assert three[0] == approx(three[1])
    assert three[1] == approx(three[2])


@given(seeds, st.integers(2, 50), st.floats(1, 500))
def test_rubins_rules_keep_their_bounds(seed, imputations, complete):
    rng = np.random.default_rng(seed)
    estimates, variances = rng.normal(size=(imputations, 3)), rng.uniform(0.1, 2, (imputations, 3))
    found = rubin_pool(estimates, variances, complete)
    assert np.all(found.standard_error**2 > found.within)
    assert np.all((found.degrees > 0) & (found.degrees < complete))
    assert np.all((found.missing_information > 0) & (found.missing_information <= 1))
    stretched = rubin_pool(3 * estimates + 1, 9 * variances, complete)
    assert stretched.estimate == approx(3 * found.estimate + 1)
    assert stretched.standard_error == approx(3 * found.standard_error)
    assert stretched.degrees == approx(found.degrees)
