"""Laws of the model for scores over time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.stats.mmrm import MmrmFit, fit_mmrm
from equipoise.stats.mmrm_covariance import STRUCTURES, covariance_at, parameters
from equipoise.stats.mmrm_inference import METHODS, contrasts, infer
from laws import examples

approx = pytest.approx
seeds = st.integers(0, 2**32 - 1)


def trial(seed: int, *, cases: int = 24, visits: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two arms with a mean for each visit; one score in six unseen after the first visit."""
    rng = np.random.default_rng(seed)
    case, visit = np.repeat(np.arange(cases), visits), np.tile(np.arange(visits), cases)
    score = np.repeat(rng.normal(0, 2, cases), visits) + rng.normal(0, 1 + visit, case.size)
    later = (visit[:, None] == np.arange(1, visits)).astype(float)
    design = np.hstack([np.ones((case.size, 1)), later, (case % 2)[:, None] * np.ones((1, 1))])
    seen = (visit == 0) | (rng.random(case.size) > 1 / 6)
    return score[seen], case[seen], visit[seen], design[seen]


def everything(fit: MmrmFit, row: list[float], method: str = "kenward-roger-linear") -> list[float]:
    found = contrasts(infer(fit, method), row)
    return [float(part[0]) for part in (found.estimate, found.standard_error, found.degrees_of_freedom, found.p_value)]


@given(seeds, st.integers(6, 40), st.sampled_from(["unstructured", "heterogeneous AR(1)", "heterogeneous Toeplitz"]))
def test_two_complete_visits_are_the_paired_t_test(seed, cases, structure):
    rng = np.random.default_rng(seed)
    before = rng.normal(50, 10, cases)
    after = before + rng.normal(-3, 4, cases)
    visit = np.repeat([0, 1], cases)
    design = np.column_stack([np.ones(2 * cases), visit])
    fit = fit_mmrm(np.append(before, after), np.tile(np.arange(cases), 2), visit, design, structure=structure)
    change = after - before
    error = np.std(change, ddof=1) / np.sqrt(cases)
    for method in ("satterthwaite", "kenward-roger-linear", "kenward-roger-first-order"):
        found = everything(fit, [0, 1], method)
        assert found[:3] == approx([np.mean(change), error, cases - 1], rel=1e-5)


@settings(max_examples=examples(15))
@given(seeds, st.floats(0.01, 100), st.floats(-1000, 1000))
def test_the_unit_and_the_origin_of_the_score_do_not_matter(seed, scale, shift):
    score, *rest = trial(seed)
    row = [0, 0, 1, 0]
    plain, moved = (everything(fit_mmrm(each, *rest), row) for each in (score, shift + scale * score))
    assert moved == approx([scale * plain[0], scale * plain[1], plain[2], plain[3]], rel=1e-5, abs=1e-9 * abs(shift))


@settings(max_examples=examples(15))
@given(seeds, st.sampled_from(METHODS))
def test_neither_order_nor_numbering_nor_the_basis_of_the_design_matter(seed, method):
    score, case, visit, design = trial(seed)
    rng = np.random.default_rng(seed)
    order, basis = rng.permutation(score.size), np.eye(4) + np.triu(rng.normal(size=(4, 4)), 1)
    named = rng.permutation(1000)[case]
    plain = everything(fit_mmrm(score, case, visit, design), [0, 0, 1, 0], method)
    other = fit_mmrm(score[order], named[order], visit[order], design[order] @ basis)
    assert everything(other, np.array([0, 0, 1, 0]) @ basis, method) == approx(plain, rel=1e-6)


@settings(max_examples=examples(15))
@given(seeds, st.floats(0.1, 10))
def test_equal_weights_are_no_weights(seed, weight):
    data = trial(seed)
    plain, weighted = fit_mmrm(*data), fit_mmrm(*data, weights=np.full(data[0].size, weight))
    assert weighted.coefficients == approx(plain.coefficients, rel=1e-6, abs=1e-8)
    assert weighted.sigma == approx(weight * plain.sigma, rel=1e-5)
    assert weighted.deviance == approx(plain.deviance, rel=1e-9)


@settings(max_examples=examples(15))
@given(seeds)
def test_two_visits_have_one_correlation_whatever_it_is_called(seed):
    data = trial(seed, visits=2)
    for family in ((*STRUCTURES[1::2], "unstructured"), STRUCTURES[2::2]):
        deviances = [fit_mmrm(*data, structure=each).deviance for each in family]
        assert deviances == approx([deviances[0]] * len(family), rel=1e-9)


@settings(max_examples=examples(15))
@given(seeds)
def test_a_richer_covariance_fits_no_worse(seed):
    data = trial(seed, cases=40)
    found = {each: fit_mmrm(*data, structure=each).deviance for each in STRUCTURES}
    for kind in ("Toeplitz", "AR(1)", "compound symmetry"):
        assert found["unstructured"] <= found[f"heterogeneous {kind}"] + 1e-7
        assert found[f"heterogeneous {kind}"] <= found[kind] + 1e-7
        assert found["Toeplitz"] <= found[kind] + 1e-7


@given(seeds, st.sampled_from(STRUCTURES), st.integers(2, 5))
def test_derivatives_of_a_covariance_are_its_differences(seed, structure, visits):
    theta = np.random.default_rng(seed).uniform(-1, 1, parameters(structure, visits))
    at = covariance_at(structure, theta, visits)
    for h in range(theta.size):
        step = 1e-5 * (np.arange(theta.size) == h)
        up, down = (covariance_at(structure, theta + sign * step, visits) for sign in (1, -1))
        assert (up.sigma - down.sigma) / 2e-5 == approx(at.first[h], rel=1e-6, abs=1e-7)
        assert (up.first - down.first) / 2e-5 == approx(at.second[h], rel=1e-6, abs=1e-7)
