"""Scores over time: cases worked by hand, and what is refused in words."""

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.mmrm import STARTS, fit_mmrm
from equipoise.stats.mmrm_covariance import STRUCTURES, parameters
from equipoise.stats.mmrm_inference import METHODS, contrasts, infer, joint_test

BEFORE = np.array([6.0, 7.0, 5.0, 8.0, 4.0])
AFTER = np.array([4.0, 6.0, 2.0, 8.0, 3.0])  # changes -2, -1, -3, 0, -1: mean -1.4, variance 1.3


def by_visit(visit, visits):
    """A mean for each visit, the first as reference."""
    visit = np.asarray(visit)
    return np.column_stack([np.ones(visit.size), *(visit == each for each in range(1, visits))]).astype(float)


def two_visits():
    visit = np.repeat([0, 1], 5)
    return np.concatenate([BEFORE, AFTER]), np.tile(np.arange(5), 2), visit, by_visit(visit, 2)


def many(cases=30, visits=4, seed=1, loss=0.2):
    rng = np.random.default_rng(seed)
    case, visit = np.repeat(np.arange(cases), visits), np.tile(np.arange(visits), cases)
    score = np.repeat(rng.normal(40, 5, cases), visits) - 2.0 * visit + rng.normal(0, 3, case.size)
    seen = (rng.random(case.size) > loss) | (visit == 0)
    return score[seen], case[seen], visit[seen], by_visit(visit, visits)[seen]


@pytest.mark.parametrize("method", ["satterthwaite", "kenward-roger-linear", "kenward-roger-first-order"])
def test_two_complete_visits_are_the_paired_t_test(method):
    found = contrasts(infer(fit_mmrm(*two_visits()), method), [0, 1])
    assert found.estimate[0] == pytest.approx(-1.4, rel=1e-12)
    assert found.standard_error[0] == pytest.approx(np.sqrt(1.3 / 5), rel=1e-10)
    assert found.degrees_of_freedom[0] == pytest.approx(4, rel=1e-8)
    half = 2.7764451051977934 * np.sqrt(1.3 / 5)  # Student's 97.5 % quantile with 4 degrees of freedom
    assert (found.lower[0], found.upper[0]) == pytest.approx((-1.4 - half, -1.4 + half), rel=1e-8)


def test_second_order_terms_take_back_what_the_logarithm_added():
    """With complete visits the first mean has s^2/n; mmrm's parameter log(sd) makes that s^2/n (1 - 1/(n - 1))."""
    fit = fit_mmrm(*two_visits())
    plain = contrasts(infer(fit, "kenward-roger-linear"), [1, 0]).standard_error[0]
    second = contrasts(infer(fit, "kenward-roger"), [1, 0]).standard_error[0]
    assert plain**2 == pytest.approx(np.var(BEFORE, ddof=1) / 5, rel=1e-10)
    assert second**2 == pytest.approx(plain**2 * (1 - 1 / 4), rel=1e-8)


def test_complete_visits_give_the_sample_means_and_covariance():
    score, case, visit, design = many(loss=0.0)
    fit = fit_mmrm(score, case, visit, design)
    table = score.reshape(30, 4)
    assert fit.sigma[0] == pytest.approx(np.cov(table.T), rel=1e-7)
    means = contrasts(infer(fit, "kenward-roger-linear"), by_visit(np.arange(4), 4))
    assert means.estimate == pytest.approx(table.mean(axis=0), rel=1e-10)
    assert means.degrees_of_freedom == pytest.approx([29] * 4, rel=1e-6)
    by_likelihood = fit_mmrm(score, case, visit, design, restricted=False)
    assert by_likelihood.sigma[0] == pytest.approx(np.cov(table.T, ddof=0), rel=1e-7)


def test_several_changes_at_once_are_hotellings_test():
    """Complete visits: T2 (n - q) / (q (n - 1)) is F with q and n - q; Kenward and Roger found it exact here."""
    score, case, visit, design = many(loss=0.0)
    found = joint_test(infer(fit_mmrm(score, case, visit, design), "kenward-roger-linear"), np.eye(4)[1:])
    change = score.reshape(30, 4)[:, 1:] - score.reshape(30, 4)[:, :1]
    mean = change.mean(axis=0)
    t2 = 30 * mean @ np.linalg.solve(np.cov(change.T), mean)
    assert (found.numerator, found.denominator) == (3, pytest.approx(27, rel=1e-6))
    assert found.f == pytest.approx(t2 * 27 / (3 * 29), rel=1e-6)


def test_a_joint_test_of_one_row_is_its_t_test_squared():
    fit = fit_mmrm(*many())
    for method in METHODS:
        one, joint = contrasts(infer(fit, method), [0, 0, 0, 1]), joint_test(infer(fit, method), [0, 0, 0, 1])
        assert joint.f == pytest.approx(one.t[0] ** 2)
        assert joint.denominator == pytest.approx(one.degrees_of_freedom[0])
        assert joint.p_value == pytest.approx(one.p_value[0])


def test_repeated_rows_are_not_counted():
    inference = infer(fit_mmrm(*many()), "satterthwaite")
    rows = np.eye(4)[1:3]
    twice = joint_test(inference, np.vstack([rows, rows.sum(axis=0)]))
    assert twice.numerator == 2
    assert twice.f == pytest.approx(joint_test(inference, rows).f)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_structure_answers_by_itself_and_for_each_group(structure):
    score, case, visit, design = many(cases=60)
    for group in (None, case % 2):
        fit = fit_mmrm(score, case, visit, design, structure=structure, group=group)
        groups = 1 if group is None else 2
        assert (fit.structure, fit.start, fit.tried) == (structure, STARTS[0], ())
        assert fit.sigma.shape == (groups, 4, 4)
        assert fit.theta.size == groups * parameters(structure, 4)
        assert np.max(np.abs(fit.slopes.gradient)) < 1e-5


def test_a_structure_the_data_cannot_tell_falls_back_and_says_so():
    """Visits 0 and 2 were never seen in one case."""
    case, visit = np.repeat(np.arange(12), 2), np.tile([0, 1, 1, 2], 6)
    score = np.random.default_rng(4).normal(size=24) + visit
    design = by_visit(visit, 3)
    with pytest.raises(MethodError, match="never seen in one case"):
        fit_mmrm(score, case, visit, design)
    fit = fit_mmrm(score, case, visit, design, fall_back=["Toeplitz", "compound symmetry"])
    assert fit.structure == "compound symmetry"
    assert [each.split(":")[0] for each in fit.tried] == ["unstructured", "Toeplitz"]


def test_no_more_cases_than_visits_is_refused_not_singular():
    score, case, visit, design = many(cases=4, loss=0.0)
    with pytest.raises(MethodError) as refused:
        fit_mmrm(score, case, visit, design)
    assert len(refused.value.problems) == len(STARTS)
    assert "compound symmetry" in refused.value.problems[0].remedy
    assert fit_mmrm(score, case, visit, design, fall_back=["compound symmetry"]).tried != ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda y, s, v, x: (y, np.zeros_like(s), np.arange(v.size), x), "one case"),
        (lambda y, s, v, x: (y[v == 0], s[v == 0], v[v == 0], x[v == 0][:, :1]), "only one visit"),
        (lambda y, s, v, x: (y, s, v + (v == 3), x), "no score at visit 3"),
        (lambda y, s, v, x: (y, s, v, np.column_stack([x, x[:, 1] + x[:, 2]])), "column 4 of the design"),
        (lambda y, s, v, x: (y, s, v, np.column_stack([x, np.zeros(y.size)])), "column 4 of the design"),
        (lambda y, s, v, x: (np.full(y.size, 7.0), s, v, x), "do not vary"),
        (lambda y, s, v, x: (np.where(v == 2, 5.0, y), s, v, x), "the scores at visit 2"),
        (lambda y, s, v, x: (y[:6], s[:6], v[:6], np.eye(6)), "6 columns in the design and 6 observations"),
        (lambda y, s, v, x: (y[:9], s[:9], v[:9], x[:9]), "parameters and 9 observations"),
    ],
)
def test_what_the_method_cannot_answer_is_refused_in_words(change, said):
    with pytest.raises(MethodError, match=said) as refused:
        fit_mmrm(*change(*many()))
    assert all(each.remedy for each in refused.value.problems)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda y, s, v, x: (y, s[:-1], v, x), "lengths"),
        (lambda y, s, v, x: (y[:0], s[:0], v[:0], x[:0]), "no observation"),
        (lambda y, s, v, x: (np.where(v == 1, np.nan, y), s, v, x), "missing"),
        (lambda y, s, v, x: (y, s, v - 1, x), "outside"),
        (lambda y, s, v, x: (y, s + 0.5, v, x), "whole numbers"),
        (lambda y, s, v, x: (y, s, np.where(v == 1, 0, v), x), "two scores at one visit"),
    ],
)
def test_data_that_contradict_themselves(change, said):
    with pytest.raises(DataError, match=said):
        fit_mmrm(*change(*many()))


def test_weights_and_groups_are_checked():
    score, case, visit, design = many()
    with pytest.raises(DataError, match="weight"):
        fit_mmrm(score, case, visit, design, weights=np.zeros(score.size))
    with pytest.raises(DataError, match="two groups"):
        fit_mmrm(score, case, visit, design, group=visit)
    with pytest.raises(MethodError, match="no such covariance"):
        fit_mmrm(score, case, visit, design, structure="spatial")


def test_methods_and_rows_are_checked():
    fit = fit_mmrm(*many(), restricted=False)
    with pytest.raises(MethodError, match="REML"):
        infer(fit, "kenward-roger")
    with pytest.raises(MethodError, match="no such method"):
        infer(fit, "between-within")
    inference = infer(fit, "satterthwaite")
    for rows in ([0, 0, 0, 0], [1, 0], [np.nan, 0, 0, 1]):
        with pytest.raises(DataError):
            contrasts(inference, rows)
    with pytest.raises(DataError):
        contrasts(inference, [0, 0, 0, 1], level=1.5)


def test_a_visit_left_out_at_the_end_is_named():
    score, case, visit, design = many()
    with pytest.raises(MethodError, match="no score at visit 4"):
        fit_mmrm(score, case, visit, design, visits=5)


def test_the_jackknife_refuses_a_coefficient_that_rests_on_one_case():
    score, case, visit, design = many(loss=0.0)
    alone = ((case == 0) & (visit == 3)).astype(float)
    fit = fit_mmrm(score, case, visit, np.column_stack([design, alone]))
    with pytest.raises(MethodError, match="rests on one case alone"):
        infer(fit, "empirical jackknife")
    assert np.isfinite(contrasts(infer(fit, "empirical bias-reduced"), [0, 0, 0, 1, 0]).standard_error).all()


def test_the_sandwich_of_three_cases_tests_no_three_changes_at_once():
    """Three cases bring it two independent pieces, so one combination of the changes has rounding for a variance."""
    score = np.array([5, 4, 2, 3, 6, 6, 3, 1, 7, 5, 5, 4], dtype=float)
    case, visit = np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)
    inference = infer(fit_mmrm(score, case, visit, by_visit(visit, 4), structure="AR(1)"), "empirical")
    with pytest.raises(MethodError, match="gives no variance"):
        joint_test(inference, np.eye(4)[1:] - np.eye(4)[:1])
    assert 0 < joint_test(inference, np.eye(4)[1:2] - np.eye(4)[:1]).p_value < 1
