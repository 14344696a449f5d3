"""Numbers: meta_analysis.R and binomial_normal.R with their saved outputs (metafor; likelihoods written out)."""

from pathlib import Path

import numpy as np
import pytest

from equipoise.stats.binomial_normal import pool_odds_ratios
from equipoise.stats.meta_analysis import leave_one_out, pool_effects
from equipoise.stats.meta_analysis_funnel import funnel
from reference.saved import rows

ROWS = rows("meta_analysis")
ODDS = rows("binomial_normal")
TAU = {"REML": "REML", "PM": "Paule-Mandel", "DL": "DerSimonian-Laird"}
INTERVAL = {"z": "Wald", "knha": "Hartung-Knapp", "adhoc": "Hartung-Knapp, scale at least 1"}
FIELDS = {
    "mu": "mu",
    "standard_error": "standard_error",
    "lower": "lower",
    "upper": "upper",
    "tau2": "tau_squared",
    "tau2_lower": "tau_squared_lower",
    "tau2_upper": "tau_squared_upper",
    "i2": "i_squared",
    "q": "q",
    "q_p": "q_p",
}


def numbers(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=float)


def name(row: dict[str, str]) -> str:
    return f"{row['set']}, {row['method']}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{name(row)}, {row['test']}")
def test_random_effects_are_those_of_metafor(row):
    effect, error = numbers(row["effect"]), np.sqrt(numbers(row["variance"]))
    pooled = pool_effects(effect, error, tau_method=TAU[row["method"]], interval_method=INTERVAL[row["test"]])
    for theirs, ours in FIELDS.items():
        assert getattr(pooled, ours) == pytest.approx(float(row[theirs]), rel=1e-7, abs=1e-7), theirs
    if effect.size == 2:
        assert (pooled.prediction_lower, pooled.prediction_upper) == (-np.inf, np.inf)
    elif row["test"] != "z":  # under z metafor predicts with the normal, here always with t
        assert pooled.prediction_lower == pytest.approx(float(row["prediction_lower"]), rel=1e-7)
        assert pooled.prediction_upper == pytest.approx(float(row["prediction_upper"]), rel=1e-7)


@pytest.mark.parametrize("row", [row for row in ROWS if row["test"] == "knha"], ids=name)
def test_without_each_study_in_turn_as_metafor(row):
    effect, error = numbers(row["effect"]), np.sqrt(numbers(row["variance"]))
    without = leave_one_out(effect, error, tau_method=TAU[row["method"]])
    assert without.mu == pytest.approx(numbers(row["without_mu"]), rel=1e-7, abs=1e-7)
    assert without.tau_squared == pytest.approx(numbers(row["without_tau2"]), rel=1e-7, abs=1e-7)


def test_the_vaccine_trials_are_as_metafors_pages_print_them():
    (row,) = [row for row in ROWS if row["set"].startswith("bcg") and (row["method"], row["test"]) == ("REML", "z")]
    pooled = pool_effects(numbers(row["effect"]), np.sqrt(numbers(row["variance"])), interval_method="Wald")
    # metafor's documentation, rma(yi, vi, data = dat.bcg): tau^2 0.3132, estimate -0.7145, se 0.1798, Q 152.2330
    printed = 0.3132, -0.7145, 0.1798
    assert (pooled.tau_squared, pooled.mu, pooled.standard_error) == pytest.approx(printed, abs=5e-5)
    assert pooled.q == pytest.approx(152.2330, abs=5e-5)


def test_eggers_line_is_that_of_metafors_regtest():
    header = (Path(__file__).parent / "meta_analysis.csv").read_text(encoding="utf-8").splitlines()[0]
    slope, slope_error, t, p = numbers(header.split("risk ratio: ")[1])
    (row,) = [row for row in ROWS if row["set"].startswith("bcg") and (row["method"], row["test"]) == ("DL", "z")]
    seen = funnel(numbers(row["effect"]), np.sqrt(numbers(row["variance"])))
    assert (seen.slope, seen.slope_error, seen.t, seen.p) == pytest.approx((slope, slope_error, t, p), rel=1e-9)
    assert seen.enough_for_a_test


@pytest.mark.parametrize("row", ODDS, ids=lambda row: f"{row['set']}, {row['method']}, {row['model']}")
def test_odds_ratios_of_rare_events(row):
    counts = [numbers(row[column]) for column in ("responders", "n", "control_responders", "control_n")]
    pooled = pool_odds_ratios(*counts, model=row["model"])
    within = 1e-6 if row["method"] == "likelihood" else 6e-4  # metafor leaves the maximum to lme4's optimiser
    theirs = float(row["mu"]), float(row["tau"]), float(row["standard_error"])
    assert (pooled.mu, pooled.tau, pooled.standard_error) == pytest.approx(theirs, abs=within)
