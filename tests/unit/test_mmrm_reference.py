"""Scores over time against R: reference/mmrm.R (likelihood from first principles, nlme, pbkrtest, clubSandwich)."""

import numpy as np
import pytest

from equipoise.stats.mmrm import MmrmFit, fit_mmrm
from equipoise.stats.mmrm_covariance import STRUCTURES
from equipoise.stats.mmrm_inference import contrasts, infer, joint_test
from reference.saved import rows

ROWS = rows("mmrm")
CASES, VISITS = 40, 4
FITS = {each: {"structure": each} for each in STRUCTURES} | {
    "unstructured by maximum likelihood": {"restricted": False},
    "unstructured weighted": {"weights": True},
    "heterogeneous AR(1) of each arm": {"structure": "heterogeneous AR(1)", "group": True},
}


def draws(seed: int, n: int) -> np.ndarray:
    """Park and Miller's generator, as in the R program."""
    states = np.empty(n)
    for i in range(n):
        seed = 16807 * seed % 2147483647
        states[i] = seed
    return states / 2147483647


def scores() -> dict[str, np.ndarray]:
    """The scores of the R program."""
    n = CASES * VISITS
    case, visit = np.repeat(np.arange(CASES), VISITS), np.tile(np.arange(VISITS), CASES)
    arm = case % 2
    level = np.repeat(12 * draws(2013, CASES) - 6, VISITS)
    noise = (draws(7, n) + draws(11, n) + draws(13, n) - 1.5) * (2 + visit)
    found = {
        "response": 40 - 2 * visit - 1.5 * arm * visit + level + noise,
        "subject": case,
        "visit": visit,
        "arm": arm,
        "weights": 0.5 + np.round(8 * draws(5, n)) / 4,
    }
    seen = draws(99, n) >= 0.05 + 0.1 * visit
    found = {name: values[seen] for name, values in found.items()}
    later = (found["visit"][:, None] == np.arange(1, VISITS)).astype(float)
    arm = found["arm"][:, None].astype(float)
    found["design"] = np.hstack([np.ones((arm.size, 1)), later, arm, later * arm])
    return found


def fit(name: str) -> MmrmFit:
    asked = dict(FITS[name])
    data = scores()
    if asked.pop("weights", False):
        asked["weights"] = data["weights"]
    if asked.pop("group", False):
        asked["group"] = data["arm"]
    return fit_mmrm(data["response"], data["subject"], data["visit"], data["design"], **asked)


def saved(name: str, method: str, quantity: str) -> np.ndarray:
    found = [float(r["value"]) for r in ROWS if (r["set"], r["method"], r["quantity"]) == (name, method, quantity)]
    assert found, (name, method, quantity)
    return np.array(found)


@pytest.mark.parametrize("name", FITS)
def test_the_fit_is_the_maximum_of_the_likelihood_written_out(name):
    found = fit(name)
    assert found.tried == ()
    assert found.deviance == pytest.approx(saved(name, "dense", "deviance")[0], rel=1e-9)
    assert found.coefficients == pytest.approx(saved(name, "dense", "coefficient"), rel=1e-6)
    assert found.sigma.ravel() == pytest.approx(saved(name, "dense", "sigma"), rel=1e-6, abs=1e-6)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(saved(name, "dense", "standard error"), rel=1e-6)


@pytest.mark.parametrize("name", STRUCTURES[1:])
def test_satterthwaite_is_that_of_the_likelihood_differenced(name):
    found = contrasts(infer(fit(name), "satterthwaite"), np.eye(8))
    assert found.degrees_of_freedom == pytest.approx(saved(name, "dense", "df"), rel=1e-4)


GLS = ("unstructured", "heterogeneous AR(1)", "AR(1)", "heterogeneous compound symmetry", "compound symmetry")


@pytest.mark.parametrize("name", GLS)
def test_nlme_finds_the_same_and_nothing_better(name):
    """gls stops by its differenced gradient at four or five digits; the likelihood written out decides beyond."""
    found = fit(name)
    assert found.coefficients == pytest.approx(saved(name, "gls", "coefficient"), rel=1e-4)
    errors = np.sqrt(np.diag(found.covariance))
    assert errors == pytest.approx(saved(name, "gls", "standard error"), rel=1e-4)
    theirs = saved(name, "gls", "deviance")[0]
    assert found.deviance == pytest.approx(theirs, rel=1e-8)
    assert found.deviance <= theirs + 1e-9


def test_kenward_roger_linear_is_pbkrtests():
    inference = infer(fit("compound symmetry"), "kenward-roger-linear")
    each = contrasts(inference, np.eye(8))
    assert each.standard_error == pytest.approx(saved("compound symmetry", "pbkrtest", "standard error"), rel=1e-4)
    assert each.degrees_of_freedom == pytest.approx(saved("compound symmetry", "pbkrtest", "df"), rel=1e-4)
    joint = joint_test(inference, np.eye(8)[5:])
    theirs = saved("compound symmetry", "pbkrtest", "joint")
    assert [joint.f, joint.numerator, joint.denominator, joint.scale] == pytest.approx(theirs[:4], rel=1e-4)
    assert joint.p_value == pytest.approx(theirs[4], rel=1e-3)


SANDWICHES = {"CR0": "empirical", "CR2": "empirical bias-reduced", "CR3": "empirical jackknife"}


@pytest.mark.parametrize("kind", SANDWICHES)
@pytest.mark.parametrize("name", ["AR(1)", "unstructured"])
def test_the_sandwich_is_clubsandwichs(name, kind):
    found = contrasts(infer(fit(name), SANDWICHES[kind]), np.eye(8))
    assert found.standard_error == pytest.approx(saved(name, kind, "standard error"), rel=1e-4)
    assert found.degrees_of_freedom == pytest.approx(saved(name, kind, "df"), rel=1e-3)
