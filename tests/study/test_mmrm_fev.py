"""The fev data of R's mmrm, read from beside the checkout: its printed numbers, and those of SAS it is tested by.

mmrm's optimiser stops where the deviance has stopped falling by 2e-9 of itself, so its estimates are some five digits
from the maximum. Where its covariance estimate is printed, ours is taken there and must give its numbers to every
printed digit; our own maximum must be lower in deviance and agree to the digits its optimiser reached.
"""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from equipoise.stats.mmrm import MmrmFit, fit_mmrm
from equipoise.stats.mmrm_covariance import start_from
from equipoise.stats.mmrm_inference import contrasts, infer, joint_test
from equipoise.stats.mmrm_likelihood import slopes_at, value_at

DATA = Path(__file__).parents[3] / "shared" / "data" / "reference" / "fev.csv"


@pytest.fixture(scope="module")
def fev() -> dict[str, np.ndarray]:
    assert DATA.is_file(), (
        "fev.csv is not part of this project: write fev_data of R's mmrm package (Apache-2.0), with its columns "
        "USUBJID, AVISIT, ARMCD, RACE, SEX, FEV1, WEIGHT and VISITN, into ../shared/data/reference beside the checkout"
    )
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["FEV1"] != "NA"]
    assert len(rows) == 537
    visit = np.array([int(row["VISITN"]) - 1 for row in rows])
    treated = np.array([row["ARMCD"] == "TRT" for row in rows], dtype=float)
    later = (visit[:, None] == np.arange(1, 4)).astype(float)
    race = np.array([[row["RACE"] == name for name in ("Black or African American", "White")] for row in rows])
    female = np.array([row["SEX"] == "Female" for row in rows])
    columns = [np.ones_like(treated), race, female, treated, later, later * treated[:, None]]
    return {
        "response": np.array([float(row["FEV1"]) for row in rows]),
        "subject": np.array([int(row["USUBJID"][2:]) for row in rows]),
        "visit": visit,
        "design": np.column_stack(columns).astype(float),
        "weights": np.array([float(row["WEIGHT"]) for row in rows]),
    }


def fitted(fev, columns=None, *, weighted=False, group=None, structure="unstructured") -> MmrmFit:
    design = fev["design"] if columns is None else fev["design"][:, columns]
    weights = fev["weights"] if weighted else None
    asked = {"structure": structure, "weights": weights, "group": group}
    return fit_mmrm(fev["response"], fev["subject"], fev["visit"], design, **asked)


def taken_at(fit: MmrmFit, sigma) -> MmrmFit:
    """The model with its covariance put where another program left it."""
    theta = start_from(fit.structure, np.array(sigma))
    value = value_at(fit.patterns, fit.structure, theta, restricted=True)
    lead_back = np.linalg.inv(fit.patterns.basis)
    return replace(
        fit,
        theta=theta,
        value=value,
        slopes=slopes_at(fit.patterns, value, restricted=True),
        deviance=value.deviance,
        coefficients=fit.patterns.least_squares + lead_back @ value.beta,
        covariance=lead_back @ value.phi @ lead_back.T,
    )


# mmrm, tests/testthat/_snaps (fit_mmrm_j): cov_estimate of FEV1 ~ RACE + SEX + ARMCD * AVISIT + us(AVISIT | USUBJID)
THEIRS = [
    [40.553664, 14.396045, 4.9747288, 13.3866534],
    [14.396045, 26.571483, 2.7854661, 7.4744790],
    [4.9747288, 2.7854661, 14.8978517, 0.9082111],
    [13.3866534, 7.4744790, 0.9082111, 95.5568],
]
# mmrm, vignette "Package Introduction": print(fit), summary(fit)
ESTIMATES = [
    30.77747548,
    1.53049977,
    5.64356535,
    0.32606192,
    3.77423004,
    4.83958845,
    10.34211288,
    15.05389826,
    -0.04192625,
    -0.69368537,
    0.62422703,
]
ERRORS = [0.88656, 0.62448, 0.66561, 0.53195, 1.07415, 0.80172, 0.82269, 1.31281, 1.12932, 1.18765, 1.85085]
DEGREES = [218.80, 168.67, 157.14, 166.13, 145.55, 143.88, 155.56, 138.47, 138.56, 158.17, 129.72]


def test_the_printed_table_of_the_introduction(fev):
    ours = fitted(fev)
    theirs = taken_at(ours, THEIRS)
    assert theirs.deviance == pytest.approx(3386.45, abs=0.005)
    assert ours.deviance <= theirs.deviance
    assert ours.deviance == pytest.approx(theirs.deviance, abs=1e-5)
    assert theirs.coefficients == pytest.approx(ESTIMATES, abs=5e-7)
    table = contrasts(infer(theirs, "satterthwaite"), np.eye(11))
    assert table.standard_error == pytest.approx(ERRORS, abs=5.1e-6)
    assert table.degrees_of_freedom == pytest.approx(DEGREES, abs=5.1e-3)
    assert np.max(np.abs(ours.coefficients - ESTIMATES) / ERRORS) < 2e-4
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(ERRORS, rel=1e-4)


def test_the_printed_contrasts_of_the_introduction(fev):
    """mmrm, vignette "Hypothesis testing": df_1d and df_md of RACE, Satterthwaite and Kenward-Roger."""
    theirs = taken_at(fitted(fev), THEIRS)
    row = np.eye(11)
    by_moments, adjusted = infer(theirs, "satterthwaite"), infer(theirs, "kenward-roger")
    one = contrasts(by_moments, row[2])
    assert one.standard_error[0] == pytest.approx(0.6656093, abs=5e-8)
    assert one.degrees_of_freedom[0] == pytest.approx(157.1382, abs=5e-5)
    assert one.p_value[0] == pytest.approx(1.564869e-14, rel=1e-6)
    one = contrasts(adjusted, row[2])
    assert one.standard_error[0] == pytest.approx(0.6740941, abs=5e-8)
    assert one.degrees_of_freedom[0] == pytest.approx(157.1382, abs=5e-5)
    assert one.t[0] == pytest.approx(8.372073, abs=5e-7)
    joint = joint_test(by_moments, row[1:3])
    assert (joint.f, joint.denominator) == (pytest.approx(36.91143, abs=5e-6), pytest.approx(165.5553, abs=5e-5))
    joint = joint_test(adjusted, row[1:3])
    assert (joint.f, joint.denominator) == (pytest.approx(35.99422, abs=5e-6), pytest.approx(165.5728, abs=5e-5))
    assert joint.p_value == pytest.approx(1.04762e-13, rel=1e-5)


def test_least_squares_means_are_contrasts_of_an_averaged_grid(fev):
    """mmrm, same vignette: emmeans(fit, ~ ARMCD | AVISIT) and pairs, averaged over RACE and SEX with equal weights."""
    table = infer(fitted(fev), "satterthwaite")
    means, differences = [], []
    for visit in range(4):
        at = (np.arange(1, 4) == visit).astype(float)
        placebo, treated = (np.concatenate([[1, 1 / 3, 1 / 3, 1 / 2, arm], at, arm * at]) for arm in (0.0, 1.0))
        means += [placebo, treated]
        differences.append(treated - placebo)
    found = contrasts(table, means)
    assert found.estimate == pytest.approx([33.3, 37.1, 38.2, 41.9, 43.7, 46.8, 48.4, 52.8], abs=0.051)
    printed = [0.755, 0.763, 0.612, 0.602, 0.462, 0.509, 1.19, 1.19]
    assert found.standard_error == pytest.approx(printed, abs=0.0051)
    assert np.round(found.degrees_of_freedom) == pytest.approx([148, 143, 147, 143, 130, 130, 134, 133])
    found = contrasts(table, differences)
    assert found.estimate == pytest.approx([3.77, 3.73, 3.08, 4.40], abs=0.0051)
    assert found.t == pytest.approx([3.514, 4.346, 4.467, 2.617], abs=5.1e-4)
    assert found.lower == pytest.approx([1.65, 2.03, 1.72, 1.07], abs=0.0051)
    assert found.upper == pytest.approx([5.90, 5.43, 4.44, 7.72], abs=0.0051)


def test_kenward_roger_with_second_order_terms(fev):
    """mmrm, tests/testthat/_snaps/kenwardroger.md: FEV1 ~ ARMCD + ar1(AVISIT | USUBJID), h_df_1d_kr, h_df_md_kr."""
    adjusted = infer(fitted(fev, [0, 4], structure="AR(1)"), "kenward-roger")
    found = contrasts(adjusted, [[0, 1], [1, 1]])
    assert found.estimate == pytest.approx([4.22574283798881, 44.5138538316888], rel=1e-6)
    assert found.standard_error == pytest.approx([0.958582835484051, 0.690340153834085], rel=1e-6)
    assert found.degrees_of_freedom == pytest.approx([188.469542953831, 183.109526300275], rel=1e-6)
    joint = joint_test(adjusted, np.eye(2))
    assert (joint.f, joint.denominator) == pytest.approx((3913.7241325595, 188.648444482487), rel=1e-6)
    # the two h_var_adj snapshots of the same file, each known by the standard error its square root gives above
    assert adjusted.covariance.ravel() == pytest.approx(
        [0.442311524488976, -0.442311524488976, -0.442311524488976, 0.918881052484644], rel=1e-6
    )
    first = infer(fitted(fev, [0, 4], structure="AR(1)"), "kenward-roger-first-order").covariance
    assert first.ravel() == pytest.approx(
        [0.444119599330238, -0.444119599330238, -0.444119599330238, 0.922715039314076], rel=1e-6
    )


# SAS PROC MIXED, ddfm=kenwardroger(firstorder), ARMCD in FEV1 ~ ARMCD: mmrm's tests/testthat/test-kenwardroger.R, whose
# own tolerance is 1e-3. SAS stops at a convergence criterion of 1e-8.
SAS = {
    "AR(1)": (0.96058142305176, 188.46934887972),
    "heterogeneous AR(1)": (0.75924807546934, 188.225339095373),
    "compound symmetry": (0.7964696053595, 177.038485931223),
    "heterogeneous compound symmetry": (0.67403858183242, 190.737701349941),
    "Toeplitz": (0.87839805519623, 160.027408337368),
    "heterogeneous Toeplitz": (0.72537324518435, 180.062730071701),
    "unstructured": (0.66124382270307, 160.73326640376),
}
# SAS PROC MIXED empirical: mmrm's tests/testthat/test-empirical.R, its tolerance 1e-4; without and with WEIGHT
EMPIRICAL = {
    "AR(1)": (0.68196697308307, 0.95376377451164),
    "heterogeneous AR(1)": (0.46203608554929, 0.60705140369159),
    "compound symmetry": (0.6297163326325, 0.81526337857816),
    "heterogeneous compound symmetry": (0.46038132267959, 0.5806529085649),
    "Toeplitz": (0.76371849328831, 1.00563551122259),
    "heterogeneous Toeplitz": (0.46360435395588, 0.60262173501823),
    "unstructured": (0.40908637028234, 0.53420413502786),
}


@pytest.mark.parametrize("structure", SAS)
def test_first_order_and_empirical_of_sas(fev, structure):
    fit = fitted(fev, [0, 4], structure=structure)
    found = contrasts(infer(fit, "kenward-roger-first-order"), [0, 1])
    assert (found.standard_error[0], found.degrees_of_freedom[0]) == pytest.approx(SAS[structure], rel=5e-4)
    plain, weighted = EMPIRICAL[structure]
    assert infer(fit, "empirical").covariance[1, 1] == pytest.approx(plain, rel=1e-4)
    fit = fitted(fev, [0, 4], structure=structure, weighted=True)
    assert infer(fit, "empirical").covariance[1, 1] == pytest.approx(weighted, rel=2e-4)


def test_a_covariance_for_each_arm(fev):
    """mmrm, tests/testthat/_snaps/mmrm-methods.md: FEV1 ~ ARMCD + us(AVISIT | ARMCD / USUBJID)."""
    fit = fitted(fev, [0, 4], group=fev["design"][:, 4].astype(int))
    assert fit.deviance == pytest.approx(3662.7, abs=0.05)
    placebo = [
        [110.7, 49.2, -7.0, -47.0],
        [49.2, 40.1, -2.7, -22.4],
        [-7.0, -2.7, 23.5, 17.7],
        [-47.0, -22.4, 17.7, 132],
    ]
    treated = [[106.8, 42.6, 2.8, -46.3], [42.6, 40.7, 4.6, -4.8], [2.8, 4.6, 26.0, 20.5], [-46.3, -4.8, 20.5, 172.9]]
    assert fit.sigma == pytest.approx(np.array([placebo, treated]), abs=0.06)  # 2.75 is printed 2.8
    found = contrasts(infer(fit, "satterthwaite"), np.eye(2))
    assert np.round(found.degrees_of_freedom) == pytest.approx([94, 147])
