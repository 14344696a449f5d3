"""Imputation of scores: cases worked by hand, R from first principles, and what is refused in words."""

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.special import stdtrit

from equipoise.errors import DataError, MethodError
from equipoise.stats.imputation import delta_of_groups, multiple_imputation
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_delta import delta_grid
from equipoise.stats.imputation_draws import resampled
from equipoise.stats.imputation_fill import fill, kinds
from equipoise.stats.imputation_fit import fit_scores
from equipoise.stats.imputation_mean import conditional_mean_bootstrap, conditional_mean_jackknife
from equipoise.stats.imputation_reference import marginal_covariance
from equipoise.stats.imputation_refit import Parameters, refit
from equipoise.stats.imputation_scores import check_scores
from equipoise.stats.rubin import barnard_rubin, rubin_pool
from reference.saved import rows

approx = pytest.approx
NAN = np.nan
MAR, RTB, JR, CR, CIR, LMCF = Assumption
SHORT = {"MAR": MAR, "RTB": RTB, "JR": JR, "CR": CR, "CIR": CIR, "LMCF": LMCF}
ROWS = rows("imputation")
FOUR = np.array([[0.0, 1.0], [2.0, 2.0], [4.0, 6.0], [6.0, NAN]])
"""Of the three seen twice the second score rises 10/8 for each point of the first, means 2 and 3."""


def reference(set_: str, quantity: str) -> list[float]:
    found = [float(row["value"]) for row in ROWS if (row["set"], row["quantity"]) == (set_, quantity)]
    assert found, (set_, quantity)
    return found


def draws(seed, n):
    """Park and Miller's generator, as in the R program."""
    states = np.empty(n)
    for i in range(n):
        seed = 16807 * seed % 2147483647
        states[i] = seed
    return states / 2147483647


def of_r():
    """Scores, arms, covariate and first affected visit of the R program."""
    n, m = 40, 3
    arm, x, level = np.arange(n) % 2, 4 * draws(17, n) - 2, 8 * draws(2013, n) - 4
    noise = (draws(7, n * m) + draws(11, n * m) + draws(13, n * m) - 1.5).reshape(n, m)
    visit = np.arange(1, m + 1)
    y = level[:, None] + np.outer(x, visit) - 1.5 * np.outer(arm, visit) + noise * np.outer(3 + 2 * arm, visit) ** 0.8
    last = np.where(draws(99, n) < 0.35, 1 + (draws(101, n) < 0.5), m)
    y[visit > last[:, None]] = NAN
    y[2, 0] = y[7, 1] = NAN
    return y, arm, x[:, None], last


def scores_of_r(how):
    y, arm, x, last = of_r()
    codes = np.where(np.arange(3) >= last[:, None], how, MAR)
    return check_scores(y, arm, covariates=x, assumption=codes, reference=0, baseline_mean=np.zeros(40))


def trial(seed=1, *, cases=60, visits=4, loss=0.12, how=MAR, arms=2):
    """Two arms, a covariate, drop-out after the first visit."""
    rng = np.random.default_rng(seed)
    group, beside = np.arange(cases) % arms, rng.normal(size=(cases, 1))
    level, at = rng.normal(0, 2, (cases, 1)), np.arange(visits)
    y = 40 + level + 2 * beside - at - 0.7 * group[:, None] * at + rng.normal(0, 2, (cases, visits))
    y[at >= rng.geometric(loss, cases)[:, None]] = NAN
    codes = np.where(np.isnan(y), how, MAR)
    return check_scores(y, group, covariates=beside, assumption=codes, reference=0, baseline_mean=np.full(cases, 40.0))


def one(found, kind="mean", visit=1, group=0):
    key = (kind, visit, group)
    return next(e for e in found if (e.quantity.kind, e.quantity.visit, e.quantity.group) == key)


@pytest.mark.parametrize(
    ("how", "filled"),
    [
        (MAR, 8.0),  # 3 + 1.25 (6 - 2)
        (RTB, 3.75),  # the mean at the first visit is 3: 0 + 1.25 (6 - 3)
        (LMCF, 6.75),  # 3 + 1.25 (6 - 3)
    ],
)
def test_four_cases_by_pencil(how, filled):
    codes = np.where(np.isnan(FOUR), how, MAR)
    scores = check_scores(FOUR, assumption=codes, baseline_mean=np.zeros(4))
    model = fit_scores(scores)
    assert fill(scores, model.fitted, None, kinds(scores))[0, 3, 1] == approx(filled, rel=1e-7)


def test_one_visit_is_described_by_its_own_mean():
    """With one visit a case not seen has the mean of those seen: the estimate is theirs, the limits wider."""
    y = np.array([[1.0], [2.0], [3.0], [6.0], [NAN], [NAN]])
    model = fit_scores(check_scores(y))
    assert model.fitted.sigma[0, 0, 0, 0] == approx(14 / 3)  # sum of squares 14 around 3
    found = conditional_mean_jackknife(model).estimates[0]
    assert found.estimate == approx(3.0)


def test_nothing_is_gained_by_imputing_one_visit_at_random():
    """Forty seen and twenty not: the pooled standard error is that of the forty, but for the noise of 2,000 draws."""
    y = np.append(np.random.default_rng(7).normal(5, 2, 40), np.full(20, NAN))[:, None]
    found = multiple_imputation(fit_scores(check_scores(y)), imputations=2000, rng=np.random.default_rng(1)).estimates[
        0
    ]
    assert found.estimate == approx(y[:40].mean(), abs=0.02)
    assert found.standard_error == approx(y[:40].std(ddof=1) / np.sqrt(40), rel=0.05)


def test_one_visit_with_a_variance_of_each_group_has_the_sample_variances():
    y = np.array([[1.0], [2.0], [6.0], [10.0], [20.0], [NAN]])
    model = fit_scores(check_scores(y, [0, 0, 0, 1, 1, 1]), by_group=True)
    assert model.fitted.sigma[0, :, 0, 0] == approx([7.0, 50.0], rel=1e-7)


@pytest.mark.parametrize("how", list(SHORT))
def test_conditional_means_and_jackknife_agree_with_r(how):
    scores = scores_of_r(SHORT[how])
    model = fit_scores(scores)
    assert model.fitted.sigma.ravel() == approx(reference("shared", "sigma"), rel=1e-6)
    found = conditional_mean_jackknife(model).estimates
    three = [one(found, "mean", 2, 0), one(found, "mean", 2, 1), one(found, "difference", 2, 1)]
    assert [e.estimate for e in three] == approx(reference(f"shared {how}", "estimate"), rel=1e-6)
    assert [e.standard_error for e in three] == approx(reference(f"shared {how}", "jackknife"), rel=1e-5)


@pytest.mark.parametrize("how", list(SHORT))
def test_conditional_means_with_a_covariance_of_each_arm_agree_with_r(how):
    scores = scores_of_r(SHORT[how])
    model = fit_scores(scores, by_group=True)
    for arm in (0, 1):
        assert model.fitted.sigma[0, arm].ravel() == approx(reference("by arm", f"sigma{arm}"), rel=1e-6)
    found = conditional_mean_jackknife(model).estimates
    three = [one(found, "mean", 2, 0), one(found, "mean", 2, 1), one(found, "difference", 2, 1)]
    assert [e.estimate for e in three] == approx(reference(f"by arm {how}", "estimate"), rel=1e-6)


@pytest.mark.parametrize(("complete", "name"), [(22.0, "22"), (297.0, "297"), (np.inf, "Inf")])
def test_pooling_agrees_with_mice(complete, name):
    """mice::pool.scalar, saved by reference/imputation.R; for infinite degrees its observed degrees are infinite."""
    estimates, variances = [2.1, 1.4, 2.9, 2.2, 1.8], [0.40, 0.35, 0.50, 0.42, 0.38]
    found = rubin_pool(estimates, variances, complete)
    estimate, within, between, total, degrees, information = reference(f"pool {name}", "pooled")
    assert (found.estimate, found.within, found.between) == approx((estimate, within, between), rel=1e-10)
    assert found.standard_error**2 == approx(total, rel=1e-10)
    assert found.degrees == approx(degrees, rel=1e-8)
    assert found.missing_information == approx(information, rel=1e-8)


def test_pooling_by_hand():
    """Estimates 1 and 3, variances 1: within 1, between 2, total 1 + 1.5 * 2 = 4, three quarters of it missing."""
    found = rubin_pool([1.0, 3.0], [1.0, 1.0], np.inf)
    assert (found.estimate, found.standard_error, found.degrees) == approx((2.0, 2.0, 1 / 0.75**2))
    assert barnard_rubin(0.0, 10.0, 5) == approx(11 / 13 * 10)
    assert barnard_rubin(1.0, 10.0, 5) == 0.0
    still = rubin_pool([[1.0, 0.0], [1.0, 2.0]], [[0.0, 0.0], [0.0, 0.0]], 5.0)
    assert list(still.degrees) == approx([6 / 8 * 5, 0.0])
    assert list(still.missing_information) == [0.0, 1.0]


def test_a_jump_keeps_what_was_before_and_takes_the_references_regression():
    """Carpenter, Roger and Kenward's covariance, against its definition: group before, reference given before."""
    rng = np.random.default_rng(4)
    roots = rng.normal(size=(2, 1, 4, 4))
    own, other = (root @ root.swapaxes(1, 2) for root in roots)
    for how in (JR, CIR):
        found = marginal_covariance(how, 2, own, other)[0]
        slope = other[0][2:, :2] @ np.linalg.inv(other[0][:2, :2])
        left = other[0][2:, 2:] - slope @ other[0][:2, 2:]
        assert found[:2, :2] == approx(own[0][:2, :2])
        assert found[2:, :2] == approx(slope @ own[0][:2, :2])
        assert found[2:, 2:] == approx(slope @ own[0][:2, :2] @ slope.T + left)
        assert marginal_covariance(how, 0, own, other)[0] == approx(other[0])
    for how in (MAR, RTB, LMCF):
        assert marginal_covariance(how, 2, own, other)[0] == approx(own[0])
    assert marginal_covariance(CR, 2, own, other)[0] == approx(other[0])


def test_random_draws_have_the_conditional_covariance():
    """Noise set to each unit vector in turn gives a root of the covariance of the unseen given the seen, exactly."""
    sigma = np.array([[4.0, 2.0, 1.0], [2.0, 9.0, 3.0], [1.0, 3.0, 5.0]])
    scores = check_scores([[1.0, NAN, NAN], [2.0, 3.0, 4.0]])
    parameters = Parameters(np.zeros((3, 1, 3)), np.broadcast_to(sigma, (3, 1, 3, 3)))
    noise = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    filled = fill(scores, parameters, noise, kinds(scores))[:, 0, 1:]
    assert filled[0] == approx(np.array([0.5, 0.25]))  # covariance with the first over its variance, times 1
    root = filled[1:] - filled[0]
    given_the_first = sigma[1:, 1:] - np.outer(sigma[1:, 0], sigma[1:, 0]) / 4.0
    assert root.T @ root == approx(given_the_first)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"common_slopes": True},
        {"by_group": True},
        {"structure": "heterogeneous Toeplitz"},
        {"structure": "compound symmetry", "by_group": True},
    ],
)
def test_a_refit_to_weights_is_the_fit_to_the_cases_repeated(how):
    """``refit`` with integer weights against ``fit_mmrm`` on a data set where each case stands as often."""
    scores = trial(5, cases=50, visits=3)
    weights = np.random.default_rng(2).multinomial(50, np.full(50, 1 / 50), size=3).astype(float)
    found, answered = refit(fit_scores(scores, **how), weights)
    assert answered.all()
    y = np.where(scores.seen, scores.response, NAN)
    for b in range(3):
        of = np.repeat(np.arange(50), weights[b].astype(int))
        centred = scores.covariates[of]
        again = fit_scores(check_scores(y[of], scores.group[of], covariates=centred), **how).fitted
        intercepts = again.coefficients[0, :2] - centred.mean() * again.coefficients[0, 2]
        assert found.coefficients[b, :2] == approx(intercepts, rel=1e-7)
        assert found.coefficients[b, 2] == approx(again.coefficients[0, 2], rel=1e-6)
        assert found.sigma[b] == approx(again.sigma[0], rel=1e-6)


def test_a_resample_without_a_visit_is_not_fitted():
    scores = check_scores([[1.0, 2.0], [2.0, NAN], [3.0, 5.0], [5.0, 4.0], [6.0, 9.0]])
    model = fit_scores(scores)
    weights = np.array([[1.0, 1, 1, 1, 1], [0, 5, 0, 0, 0], [0, 4, 1, 0, 0], [0, 1, 4, 0, 0]])
    assert list(refit(model, weights)[1]) == [True, False, False, False]


def test_draws_again_are_counted_and_too_many_refused():
    y = np.array([[1.0, 2.0], [2.0, 1.5], [3.0, 5.0], [5.0, NAN], [6.0, NAN], [4.0, 3.0], [2.5, 3.5], [7.0, 4.5]])
    model = fit_scores(check_scores(y))
    with pytest.raises(MethodError, match="simpler covariance"):
        list(resampled(fit_scores(check_scores(y[:4])), 100, np.random.default_rng(1)))
    blocks = list(resampled(model, 400, np.random.default_rng(1)))
    assert 0 < sum(block.redrawn for block in blocks) < 80
    assert blocks[0].weights.sum(axis=1) == approx(np.full(400, 8.0))
    assert np.isfinite(blocks[0].parameters.sigma).all()


def test_scores_after_the_assumption_began_do_not_enter_the_model_but_are_kept():
    y = np.vstack([FOUR[:3], FOUR[:3] + np.array([0.5, -1.0]), [[6.0, NAN]]])
    y = np.column_stack([y, y[:, 0] * 0.3 + [1.0, -1.0, 2.0, 0.4, 0.1, -2.0, 0.0]])
    codes = np.zeros((7, 3), dtype=int)
    codes[6, 1] = RTB
    with_last = check_scores(y, assumption=codes, baseline_mean=np.zeros(7))
    other = y.copy()
    other[6, 2] = 99.0
    moved = check_scores(other, assumption=codes, baseline_mean=np.zeros(7))
    one_fit, other_fit = fit_scores(with_last).fitted, fit_scores(moved).fitted
    assert one_fit.sigma == approx(other_fit.sigma)
    filled = [fill(s, one_fit, None, kinds(s))[0, 6] for s in (with_last, moved)]
    assert filled[1][2] == 99.0
    assert filled[0][1] != approx(filled[1][1])  # conditioned upon


def test_who_does_not_count_is_left_out():
    scores = trial(3)
    counted = np.ones(scores.seen.shape, dtype=bool)
    counted[:20, 3] = False
    model = fit_scores(scores)
    found = multiple_imputation(model, imputations=5, rng=np.random.default_rng(1), counted=counted)
    assert one(found.estimates, "difference", 3, 1).quantity.n == 40
    everybody_seen = scores.seen.copy()
    seen_only = multiple_imputation(model, imputations=5, rng=np.random.default_rng(1), counted=everybody_seen)
    mean = one(seen_only.estimates, "mean", 3, 1)
    of = (scores.group == 1) & scores.seen[:, 3]
    assert mean.quantity.unseen == 0
    assert mean.estimate == approx(scores.response[of, 3].mean())
    assert mean.standard_error == approx(scores.response[of, 3].std(ddof=1) / np.sqrt(of.sum()))
    assert mean.degrees == of.sum() - 1


def test_a_quantity_without_an_answer_says_why():
    scores = trial(3)
    counted = np.ones(scores.seen.shape, dtype=bool)
    counted[scores.group == 1, 2] = False
    counted[np.flatnonzero(scores.group == 1)[1:], 1] = False
    counted[scores.group == 0, 0] = False
    found = multiple_imputation(fit_scores(scores), imputations=5, rng=np.random.default_rng(1), counted=counted)
    assert len(found.estimates) == 12
    blank = one(found.estimates, "mean", 2, 1)
    assert (blank.estimate, blank.why) == (None, "no case counts at this visit")
    assert one(found.estimates, "mean", 1, 1).why == "one case has no spread"
    assert one(found.estimates, "difference", 2, 1).why == "no case of the group counts at this visit"
    assert one(found.estimates, "difference", 0, 1).why == "no case of the reference counts at this visit"
    with pytest.raises(MethodError, match="was not answered"):
        delta_grid(found, visit=2, group=1, delta=[0.0])


def test_the_delta_grid_is_the_imputation_done_again():
    """Each cell against ``multiple_imputation`` from the same seed with the numbers added."""
    scores = trial(8, how=JR)
    model = fit_scores(scores)
    plain = multiple_imputation(model, imputations=20, rng=np.random.default_rng(6))
    grid = delta_grid(plain, visit=3, group=1, delta=[-3.0, 0.0, 2.0], delta_reference=[0.0, 1.5])
    means = delta_grid(plain, visit=3, group=1, delta=[-3.0, 0.0, 2.0], kind="mean")
    for a, treated in enumerate([-3.0, 0.0, 2.0]):
        for b, control in enumerate([0.0, 1.5]):
            added = delta_of_groups(scores, [[control] * 4, [treated] * 4])
            again = multiple_imputation(model, imputations=20, rng=np.random.default_rng(6), delta=added)
            of = one(again.estimates, "difference", 3, 1)
            cell = [getattr(grid, name)[a, b] for name in ("estimate", "standard_error", "degrees", "lower", "p_value")]
            assert cell == approx([of.estimate, of.standard_error, of.degrees, of.lower, of.p_value], rel=1e-8)
        mean = one(again.estimates, "mean", 3, 1)
        assert (means.estimate[a, 0], means.upper[a, 0]) == approx((mean.estimate, mean.upper), rel=1e-9)


def test_missing_at_random_by_conditional_means_is_the_mixed_model():
    """The covariance-adjusted difference of completed scores is the mixed model's own, by its normal equations."""
    scores = trial(9)
    model = fit_scores(scores)
    found = conditional_mean_jackknife(model).estimates
    for visit in range(4):
        of_model = model.fitted.coefficients[0, 1, visit] - model.fitted.coefficients[0, 0, visit]
        assert one(found, "difference", visit, 1).estimate == approx(of_model, rel=1e-8)


def test_the_bootstrap_reports_both_kinds_of_limits():
    found = conditional_mean_bootstrap(fit_scores(trial(4, how=CIR)), replicates=200, rng=np.random.default_rng(3))
    normal, percentile = one(found.estimates, "difference", 3, 1), one(found.percentile, "difference", 3, 1)
    assert normal.estimate == percentile.estimate
    assert normal.upper - normal.lower == approx(2 * 1.959963984540054 * normal.standard_error)
    assert percentile.lower < percentile.estimate < percentile.upper
    assert percentile.upper - percentile.lower == approx(normal.upper - normal.lower, rel=0.35)
    with pytest.raises(MethodError, match="at least 39"):
        conditional_mean_bootstrap(fit_scores(trial(4)), replicates=38, rng=np.random.default_rng(3))


def test_three_arms_have_two_differences_from_one_regression():
    scores = trial(6, cases=75, arms=3)
    found = multiple_imputation(fit_scores(scores), imputations=10, rng=np.random.default_rng(1)).estimates
    at_first = [e for e in found if e.quantity.visit == 0]
    assert [(e.quantity.kind, e.quantity.group) for e in at_first] == [
        ("mean", 0),
        ("mean", 1),
        ("mean", 2),
        ("difference", 1),
        ("difference", 2),
    ]
    design = np.column_stack([scores.group == 0, scores.group == 1, scores.group == 2, scores.covariates])
    beta, square = np.linalg.lstsq(design, scores.response[:, 0])[:2]  # nothing unseen at the first visit
    error = np.sqrt(square[0] / 71 * (np.linalg.inv(design.T @ design)[[1, 0]][:, [1, 0]] @ [1, -1] @ [1, -1]))
    assert at_first[3].estimate == approx(beta[1] - beta[0])
    assert at_first[3].standard_error == approx(error)
    assert at_first[3].degrees == 71
    assert at_first[3].upper == approx(beta[1] - beta[0] + stdtrit(71, 0.975) * error)


PROGRAM = """
import numpy as np
from unit.test_imputation_scores import trial, JR
from equipoise.stats.imputation import multiple_imputation
from equipoise.stats.imputation_fit import fit_scores
model = fit_scores(trial(2, cases=300, visits=5, how=JR))
found = multiple_imputation(model, imputations=40, rng=np.random.default_rng(2013))
print([(e.estimate, e.standard_error, e.degrees) for e in found.estimates])
"""


def test_the_same_seed_gives_the_same_number_on_one_thread_and_on_two():
    folder = os.path.dirname(os.path.dirname(__file__))
    said = []
    for threads in ("1", "2"):
        setting = os.environ | {"OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": folder}
        run = [sys.executable, "-c", PROGRAM]
        said.append(subprocess.run(run, env=setting, check=True, capture_output=True, text=True).stdout)
    assert said[0] == said[1]
    assert len(said[0]) > 100


Y = [[1.0, 2.0], [2.0, 1.5], [3.0, 5.0], [5.0, 4.0], [6.0, NAN]]


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ({"response": [[1.0, 2.0]]}, MethodError, "only one case"),
        ({"response": [1.0, 2.0]}, DataError, "not a table"),
        ({"response": [[1.0, NAN], [2.0, NAN]]}, MethodError, "nobody was seen at visit 1"),
        ({"response": Y, "group": [0, 0, 0, 0, 1]}, MethodError, "nobody of group 1 was seen at visit 1"),
        ({"response": Y, "group": [0, 0, 2, 2, 0]}, DataError, "a group is empty"),
        ({"response": Y, "covariates": [[1.0], [2.0], [3.0], [NAN], [1.0]]}, DataError, "complete table"),
        ({"response": Y, "assumption": [[0, 0]] * 4 + [[0, JR]]}, MethodError, "name the reference group"),
        ({"response": Y, "assumption": [[0, 0]] * 4 + [[0, RTB]]}, MethodError, "no baseline is given"),
        ({"response": Y, "assumption": [[0, 0]] * 4 + [[LMCF, LMCF]]}, MethodError, "there is none before"),
        ({"response": Y, "assumption": [[0, 0]] * 4 + [[JR, RTB]]}, DataError, "two assumptions"),
        ({"response": Y, "assumption": [[0, 0]] * 4 + [[0, 9]]}, DataError, "known code"),
        ({"response": Y, "reference": 1}, DataError, "not one of the groups"),
    ],
)
def test_refused_in_words(arguments, kind, says):
    with pytest.raises(kind, match=says) as refusal:
        check_scores(**arguments)
    assert all(problem.remedy for problem in refusal.value.problems)


@pytest.mark.parametrize(
    ("response", "covariates", "says"),
    [
        ([[4.0], [4.0], [4.0], [NAN]], None, "do not vary"),
        ([[4.0, 4.0], [4.0, 4.0], [4.0, NAN]], None, "do not vary"),
        (Y, [[1.0]] * 5, "do not tell the covariates and groups apart"),
        ([[1.0, 2.0, 4.0], [2.0, 1.0, 7.0], [3.0, NAN, NAN]], None, "simpler covariance"),
    ],
)
def test_scores_no_model_fits_are_refused_in_words(response, covariates, says):
    with pytest.raises(MethodError, match=says):
        fit_scores(check_scores(response, covariates=covariates))


def test_a_simpler_covariance_may_be_asked_for_or_fallen_back_to():
    y = np.array([[1.0, 2.0, 4.0], [2.0, 1.0, 7.0], [3.0, 5.0, NAN], [2.0, 2.5, 6.0]])
    model = fit_scores(check_scores(y), fall_back=("compound symmetry",))
    assert model.structure == "compound symmetry"
    assert model.tried
    assert conditional_mean_jackknife(model).structure == "compound symmetry"


def test_pooling_refuses_in_words():
    with pytest.raises(MethodError, match="two imputations"):
        rubin_pool([1.0], [1.0], 5.0)
    with pytest.raises(MethodError, match="two imputations"):
        multiple_imputation(fit_scores(trial()), imputations=1, rng=np.random.default_rng(1))
    with pytest.raises(DataError, match="negative"):
        rubin_pool([1.0, 2.0], [1.0, -1.0], 5.0)
    with pytest.raises(DataError, match="degrees"):
        rubin_pool([1.0, 2.0], [1.0, 1.0], 0.0)
