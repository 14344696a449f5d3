"""Imputed yes/no responses against quadrature and brute force under the same prior, against mice, and what is refused."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import ndtr, owens_t

from equipoise.errors import DataError, MethodError
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_binary import BURN_IN, THINNING, completed, impute_yes_no
from equipoise.stats.imputation_binary_plan import plan_imputation
from equipoise.stats.imputation_binary_rates import imputed_counts, imputed_rates, rate_after_shift, shift_of_odds
from equipoise.stats.imputation_binary_sampler import MEAN_VARIANCE, Sampler, Seen
from reference.saved import rows

SD = np.sqrt(MEAN_VARIANCE)
MAR, BASELINE, JUMP, COPY, INCREMENTS, LAST = Assumption


def impute(response, group=None, seed=2013, **options):
    response = np.asarray(response)
    group = np.zeros(len(response), dtype=int) if group is None else group
    return impute_yes_no(response, group, rng=np.random.default_rng(seed), **options)


def unseen_is(code, response):
    return np.where(np.asarray(response) == -1, code, MAR)


@pytest.mark.parametrize(("yes", "n"), [(0, 5), (12, 12), (3, 8)])
def test_one_visit_agrees_with_quadrature(yes, n):
    # posterior of mu ~ N(0, 1 + sqrt 2) given yes of n; two unseen: one responds E p, both E p^2
    node, weight = hermegauss(80)
    rate = ndtr(SD * node)
    weight = weight * rate**yes * (1 - rate) ** (n - yes)
    weight /= weight.sum()
    response = np.concatenate([np.ones(yes), np.zeros(n - yes), [-1, -1]])[:, None]
    drawn = completed(impute(response, imputations=2000))[:, -2:, 0]
    assert drawn.mean() == pytest.approx(weight @ rate, abs=0.025)
    assert drawn.all(axis=1).mean() == pytest.approx(weight @ rate**2, abs=0.03)


def test_a_covariate_agrees_with_quadrature():
    node, weight = hermegauss(60)
    mean, slope = SD * node[:, None], node[None, :]
    x = np.array([-1.0, -1, -1, -1, -1, 1, 1, 1, 1, 1])  # standardised already
    response = np.array([0, 0, 1, 0, -1, 1, 1, 1, 0, -1])
    likelihood = np.multiply.outer(weight, weight)
    for each, answer in zip(x, response, strict=True):
        rate = ndtr(mean + slope * each)
        likelihood = likelihood * (rate if answer == 1 else 1 - rate if answer == 0 else 1.0)
    expected = [(likelihood * ndtr(mean + slope * each)).sum() / likelihood.sum() for each in (-1, 1)]
    found = completed(impute(response[:, None], covariates=x[:, None], imputations=3000))[:, [4, 9], 0].mean(axis=0)
    assert expected[1] - expected[0] > 0.3
    assert found == pytest.approx(expected, abs=0.03)


SEEN_TABLES = {0: [(1, 1, 3), (1, 0, 2), (0, 1, 1), (0, 0, 4)], 1: [(1, 1, 1), (1, 0, 3), (0, 1, 1), (0, 0, 6)]}


def test_every_assumption_agrees_with_brute_force_over_the_prior():
    """Two visits, two groups: importance sampling of all five parameters, orthants by Owen's T."""
    asked = [(MAR, 1), (MAR, 0), (JUMP, 1), (JUMP, 0), (COPY, 1), (COPY, 0), (INCREMENTS, 1), (LAST, 0)]
    seen = [(g, a, b) for g, cells in SEEN_TABLES.items() for a, b, times in cells for _ in range(times)]
    response = [(a, b) for _, a, b in seen] + [(first, -1) for _, first in asked] + [(-1, 1)]
    group = [g for g, _, _ in seen] + [0] * (len(asked) + 1)
    assumption = [(0, 0)] * len(seen) + [(0, code) for code, _ in asked] + [(JUMP, 0)]
    imputed = impute(response, np.array(group), assumption=assumption, reference=1, imputations=1500)
    tables = completed(imputed)
    found = [*tables[:, len(seen) : -1, 1].mean(axis=0), tables[:, -1, 0].mean()]

    rng = np.random.default_rng(1)
    rho = rng.uniform(-1, 1, 120_000)
    one, two, three, four = rng.standard_normal((4, rho.size)) * SD
    mean = [(one, rho * one + np.sqrt(1 - rho**2) * two), (three, rho * three + np.sqrt(1 - rho**2) * four)]
    tables_of = [(g, *cell) for g, cells in SEEN_TABLES.items() for cell in cells]
    log_weight = sum(times * _log(_cell(mean[g], rho, a, b)) for g, a, b, times in tables_of)
    firsts = [first for _, first in asked]
    log_weight += sum(firsts.count(first) * _log(_sign(mean[0][0], first)) for first in (0, 1))
    weight = np.exp(log_weight - log_weight.max())
    assert weight.sum() ** 2 / (weight**2).sum() > 500  # enough of the prior counts
    (own, own_later), (reference, reference_later) = mean
    means = {
        MAR: (own, own_later),
        JUMP: (own, reference_later),
        COPY: (reference, reference_later),
        INCREMENTS: (own, own + reference_later - reference),
        LAST: (own, own),
    }
    expected = []
    for code, first in asked:
        given = _cell(means[code], rho, first, 1) / np.maximum(_sign(means[code][0], first), 1e-300)
        expected.append((weight * given).sum() / weight.sum())
    # the first visit unseen, the second seen: the reference's means throughout, and no say in the parameters
    given = _cell(mean[1], rho, 1, 1) / np.maximum(_sign(reference_later, 1), 1e-300)
    expected.append((weight * given).sum() / weight.sum())
    assert found == pytest.approx(expected, abs=0.035)


def _log(probability):
    return np.log(np.maximum(probability, 1e-300))


def _sign(mean, answer):
    return ndtr(mean if answer else -mean)


def _cell(mean, rho, first, second):
    """P(first, second) of two correlated probits: Owen (1956), Ann. Math. Statist. 27:1075-1090."""
    a, b = (1 if first else -1), (1 if second else -1)
    h, k, r = a * mean[0], b * mean[1], a * b * rho
    root = np.sqrt(1 - r**2)
    both = (ndtr(h) + ndtr(k)) / 2 - owens_t(h, (k - r * h) / (h * root)) - owens_t(k, (h - r * k) / (k * root))
    return np.clip(both - np.where(h * k < 0, 0.5, 0.0), 0, 1)


def sampler_without_data(cases=4, visits=3):
    seen = Seen(np.ones((visits, cases)), np.ones((visits, cases), dtype=bool), np.ones((cases, 1)), 1)
    return Sampler(seen)


def test_with_nothing_seen_the_sweeps_draw_the_prior():
    rng = np.random.default_rng(5)
    sampler = sampler_without_data()
    state = sampler.start(10, rng)
    rates, correlations = [], []
    for _ in range(2500):
        sampler.sweep(state, rng)
        rates.append(ndtr(state.coefficient[:, 0]))
        correlations.append(state.correlation[:, [0, 0, 1], [1, 2, 2]])
    rates, correlations = np.array(rates), np.array(correlations)
    assert rates.mean() == pytest.approx(0.5, abs=0.02)
    assert rates.var() == pytest.approx(1 / 8, abs=0.005)  # that of Beta(1/2, 1/2)
    # uniform on (-1, 1): quartiles and variance
    assert np.quantile(correlations, [0.25, 0.5, 0.75]) == pytest.approx([-0.5, 0, 0.5], abs=0.06)
    assert correlations.var() == pytest.approx(1 / 3, abs=0.02)


def losses(n, visits, groups, seed, correlation=0.5, share=0.3):
    rng = np.random.default_rng(seed)
    shared = np.sqrt(correlation) * rng.standard_normal((n, 1))
    response = (0.3 + shared + np.sqrt(1 - correlation) * rng.standard_normal((n, visits)) > 0).astype(int)
    for case in np.flatnonzero(rng.random(n) < share):
        response[case, rng.integers(1, visits) :] = -1
    return response, np.arange(n) % groups


@pytest.mark.parametrize(("n", "visits", "groups", "correlation"), [(24, 3, 1, 0.5), (24, 3, 1, 0.9), (300, 5, 2, 0.5)])
def test_burn_in_and_thinning_are_enough(n, visits, groups, correlation):
    response, group = losses(n, visits, groups, seed=1, correlation=correlation)
    plan = plan_imputation(response, group, None, None)
    member = (group[:, None] == np.arange(groups)).astype(float)
    unseen = plan.informs.T == -1
    sampler = Sampler(Seen(np.where(plan.informs.T == 0, -1.0, 1.0), unseen, member, groups))
    rng = np.random.default_rng(3)
    state = sampler.start(10, rng)
    for _ in range(BURN_IN):
        sampler.sweep(state, rng)
    kept = []
    for _ in range(20 * THINNING):
        sampler.sweep(state, rng)
        imputed = ((state.latent > 0) & unseen[:, None, :]).sum(axis=2).T[:, 1:]
        kept.append(np.concatenate([ndtr(state.coefficient).reshape(10, -1), imputed], axis=1))
    kept = np.array(kept)
    assert r_hat(kept).max() < 1.08
    centred = kept - kept.mean(axis=(0, 1))
    lagged = (centred[THINNING:] * centred[:-THINNING]).mean(axis=(0, 1)) / (centred**2).mean(axis=(0, 1))
    assert lagged.max() < 0.2


def r_hat(draws):
    """Split R-hat (Gelman and others, Bayesian Data Analysis, third edition, 11.4); draws (sweeps, chains, k)."""
    half = len(draws) // 2
    parts = np.concatenate([draws[:half], draws[half : 2 * half]], axis=1)
    within, between = parts.var(axis=0, ddof=1).mean(axis=0), parts.mean(axis=0).var(axis=0, ddof=1)
    return np.sqrt((half - 1) / half + between / within)


@pytest.mark.parametrize("opposite", [False, True])
def test_visits_that_always_agree_or_never_do_stay_so(opposite):
    # 160 cases whose visits agree (or disagree) to the last: the correlation is all but 1, and the latents all but equal
    first = np.tile([1, 0], 80)
    response = np.column_stack([first, 1 - first if opposite else first, first])
    response[:40, 1:] = -1
    drawn = completed(impute(response, imputations=40))[:, :40]
    assert (drawn[:, :, 1] == (response[:40, 0] ^ opposite)).mean() > 0.97
    assert (drawn[:, :, 2] == response[:40, 0]).mean() > 0.97


def test_rates_agree_with_mice():
    table = rows("imputation_binary")
    cases = [row for row in table if row["kind"] == "case"]
    response = np.array([[int(row[visit]) for visit in ("y1", "y2", "y3")] for row in cases])
    found = imputed_rates(imputed_counts(impute(response, np.array([int(row["group"]) for row in cases]))))
    for row in (row for row in table if row["kind"] == "rate"):
        expected = [float(row[visit]) for visit in ("y1", "y2", "y3")]
        # logistic chained equations are another model: within a quarter of the standard error
        assert found.proportion.estimate[int(row["group"])] == pytest.approx(expected, abs=float(row["error"]) / 4)
    assert found.proportion.estimate[0, 0] == float(table[-2]["y1"])  # nobody unseen there


def test_nothing_unseen_is_wilson_and_draws_nothing():
    rng = np.random.default_rng(1)
    before = rng.bit_generator.state
    imputed = impute_yes_no([[1, 0], [1, 1], [0, 0]], [0, 0, 0], rng=rng, imputations=4)
    assert rng.bit_generator.state == before
    assert imputed.chains == 0
    rates = imputed_rates(imputed_counts(imputed))
    assert rates.proportion.estimate[0].tolist() == [2 / 3, 1 / 3]
    assert np.all(rates.proportion.missing_share == 0)


def test_return_to_baseline_is_a_non_responder_even_where_nobody_was_seen():
    response = np.array([[1, -1], [1, -1], [0, -1]])
    imputed = impute(response, assumption=unseen_is(BASELINE, response), imputations=5)
    assert np.array_equal(completed(imputed), np.repeat([[[1, 0], [1, 0], [0, 0]]], 5, axis=0))
    counts = imputed_counts(imputed)
    assert counts.responders[:, 0].tolist() == [[2, 0]] * 5
    assert counts.unseen.tolist() == [[0, 3]]


def test_a_gap_before_the_first_affected_visit_is_at_random_and_later_ones_follow():
    response, _ = losses(24, 3, 1, seed=4, share=0.0)
    response[0] = [-1, -1, -1]
    assumption = np.zeros((24, 3), dtype=int)
    assumption[0] = [MAR, BASELINE, MAR]
    imputed = impute(response, assumption=assumption, imputations=60)
    assert (imputed.case.tolist(), imputed.visit.tolist()) == ([0], [0])
    drawn = completed(imputed)[:, 0]
    assert not drawn[:, 1:].any()
    assert 0 < drawn[:, 0].mean() < 1


def test_who_does_not_count_leaves_the_denominator():
    response = np.array([[1], [0], [-1], [-1]])
    counts = imputed_counts(impute(response, imputations=50), counts=[[True], [True], [True], [False]])
    assert counts.n.tolist() == [[3]]
    assert counts.unseen.tolist() == [[1]]
    assert set(counts.responders.ravel().tolist()) == {1, 2}
    nobody = imputed_rates(imputed_counts(impute(response, imputations=5), counts=np.zeros((4, 1))))
    assert not nobody.answered.any()
    assert np.all(np.isfinite(nobody.proportion.estimate))


def test_a_shift_moves_the_unseen_only_and_far_shifts_are_the_bounds():
    response, group = losses(24, 3, 2, seed=6)
    imputed = impute(response, group, imputations=20)
    yes = np.array([[(response[group == g, j] == 1).sum() for j in range(3)] for g in (0, 1)])
    unseen = np.array([[(response[group == g, j] == -1).sum() for j in range(3)] for g in (0, 1)])
    assert np.all(imputed_counts(imputed, delta=-50.0).responders == yes)
    both = imputed_counts(imputed, delta=[[50.0], [-50.0]]).responders
    assert np.all(both[:, 0] == (yes + unseen)[0])
    assert np.all(both[:, 1] == yes[1])


def test_the_shift_of_an_odds_multiplier():
    # a rate of 0.4 has odds 2/3; halved, 1/3, a rate of 0.25
    assert rate_after_shift(0.4, shift_of_odds(0.5, 0.4)) == pytest.approx(0.25)
    assert float(shift_of_odds(1.0, 0.3)) == 0.0
    with pytest.raises(DataError, match="odds multiplier"):
        shift_of_odds(0.0, 0.4)


PROGRAM = """
import hashlib, numpy as np
from equipoise.stats.imputation_binary_sampler import Sampler, Seen
rng = np.random.default_rng(1)
code = rng.integers(-1, 2, (3, 40_000))
member = np.arange(40_000)[:, None] % 2 == np.arange(2)
design = np.concatenate([member, rng.standard_normal((40_000, 2))], axis=1)
sampler = Sampler(Seen(np.where(code == 0, -1.0, 1.0), code == -1, design, 2))
chains = sampler.start(3, rng)
for _ in range(3):
    sampler.sweep(chains, rng)
print(hashlib.sha256(chains.latent.tobytes() + chains.coefficient.tobytes()).hexdigest())
"""  # so many cases that a sum left to BLAS would be split over threads


def test_the_same_seed_gives_the_same_number_on_one_thread_and_on_two():
    answers = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(answers) == 1
    assert len(answers.pop().strip()) == 64


TWO = np.array([[1, -1], [0, 1], [1, 0], [0, -1]])


@pytest.mark.parametrize(
    ("response", "group", "options", "kind", "words"),
    [
        ([[1, 2]], [0], {}, DataError, "neither yes"),
        ([[1], [0]], [0], {}, DataError, "index of its group"),
        (np.zeros((0, 2)), [], {}, DataError, "empty"),
        ([[1], [-1]], [0, 0], {"imputations": 0}, DataError, "no imputation"),
        ([[1], [-1]], [0, 0], {"assumption": [[0], [9]]}, DataError, "codes of Assumption"),
        (TWO, [0, 0, 0, 0], {"assumption": [[LAST, BASELINE]] * 4}, DataError, "two assumptions"),
        ([[1], [-1]], [0, 0], {"covariates": [[1.0], [np.nan]]}, DataError, "complete row"),
        ([[1], [-1]], [0, 0], {"covariates": [[1.0], [1.0]]}, MethodError, "the same for everybody"),
        ([[1], [-1]], [0, 1], {}, MethodError, "group 2 of 2\n  nobody was seen at any visit"),
        ([[1, -1], [0, -1]], [0, 0], {}, MethodError, "visit 2 of 2\n  nobody was seen there"),
        ([[1, -1], [0, 1]], [0, 1], {}, MethodError, "nobody of group 1 of 2 was seen there"),
        (TWO, [0, 0, 1, 1], {"assumption": unseen_is(JUMP, TWO)}, MethodError, "none is named"),
        (TWO, [0, 0, 1, 1], {"assumption": unseen_is(COPY, TWO), "reference": 2}, MethodError, "no case is in"),
        ([[-1, 1], [0, 1]], [0, 0], {"assumption": np.full((2, 2), LAST)}, MethodError, "none before it"),
    ],
)
def test_refuses_in_words(response, group, options, kind, words):
    with pytest.raises(kind, match=words):
        impute(response, np.array(group), **options)


def test_a_reference_can_stand_in_where_the_group_was_not_seen():
    response, group = [[1, -1], [0, -1], [1, 1], [0, 1]], np.array([0, 0, 1, 1])
    imputed = impute(response, group, assumption=unseen_is(JUMP, response), reference=1, imputations=200)
    assert 0.5 < completed(imputed)[:, :2, 1].mean() < 1.0


def test_a_group_without_cases_keeps_its_place():
    counts = imputed_counts(impute([[1], [0], [-1]], np.array([1, 1, 1]), groups=3, imputations=4))
    assert counts.n.tolist() == [[0], [3], [0]]
    with pytest.raises(DataError, match="below 1"):
        impute([[1], [0]], np.array([0, 1]), groups=1)


def test_a_delta_must_fit():
    imputed = impute([[1], [-1]], imputations=2)
    with pytest.raises(DataError, match="one shift for each group and visit"):
        imputed_counts(imputed, delta=[0.0, 1.0])
    with pytest.raises(DataError, match="finite"):
        imputed_counts(imputed, delta=np.inf)
