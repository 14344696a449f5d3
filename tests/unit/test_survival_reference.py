"""Cumulative incidence against R's etm, survival and cmprsk: reference/aalen_johansen.R and its saved output."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equipoise.stats.survival import cumulative_incidence, incidence_at

REFERENCE = Path(__file__).parent.parent / "reference" / "aalen_johansen.csv"


def draws(seed: int, n: int) -> np.ndarray:
    """Park and Miller's generator, as in the R program."""
    states = np.empty(n, dtype=np.int64)
    for i in range(n):
        seed = states[i] = 16807 * seed % 2147483647
    return states


def cases() -> Mapping[str, dict[str, Any]]:
    first, second, third = draws(2013, 120), draws(7, 200), draws(99, 270)
    tied = {"time_days": 1 + first[:60] % 25, "cause": first[60:] // 7 % 3}
    untied = {"time_days": second[:100] / 2147483647 * 1500, "cause": second[100:] // 7 % 3}
    all_had_one = {"time_days": 1 + second[:40] % 15, "cause": 1 + second[40:80] // 7 % 2}
    late = {"time_days": 2 + third[:90] % 25, "cause": third[90:180] // 7 % 3}
    entry = {"entry_days": third[180:] // 11 % np.minimum(late["time_days"], 12)}
    weights = {"weights": 0.5 + third[:90] // 13 % 8 / 4}
    cluster = {"cluster": third[90:180] // 17 % 14}
    return {
        "tied": tied,
        "untied": untied,
        "all had an event": all_had_one,
        "delayed": late | entry,
        "weighted": late | weights,
        "clustered": late | cluster,
        "delayed weighted clustered": late | entry | weights | cluster,
    }


def reference(name: str, source: str) -> np.ndarray:
    """The rows (day, incidence, standard error) R gave."""
    with REFERENCE.open() as lines:
        rows = csv.reader(line for line in lines if not line.startswith("#"))
        return np.array([row[2:] for row in rows if row[:2] == [name, source]], dtype=np.float64)


@pytest.mark.parametrize("name", ["tied", "untied", "all had an event", "delayed"])
def test_incidence_and_greenwood_variance_agree_with_etm(name: str) -> None:
    curve = cumulative_incidence(**cases()[name], of=1)
    expected = reference(name, "etm")
    np.testing.assert_array_equal(curve.at_days, expected[:, 0])
    np.testing.assert_allclose(curve.incidence, expected[:, 1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(curve.standard_error**2, expected[:, 2] ** 2, rtol=1e-8, atol=1e-15)


@pytest.mark.parametrize("name", list(cases()))
def test_incidence_and_infinitesimal_jackknife_agree_with_survival(name: str) -> None:
    curve = cumulative_incidence(**cases()[name], of=1, variance="infinitesimal jackknife")
    expected = reference(name, "survival")
    np.testing.assert_array_equal(curve.at_days, expected[:, 0])
    np.testing.assert_allclose(curve.incidence, expected[:, 1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(curve.standard_error**2, expected[:, 2] ** 2, rtol=1e-8, atol=1e-15)


def test_clustered_variance_of_any_event_agrees_with_kaplan_meier_of_survival() -> None:
    clustered = cases()["clustered"]
    curve = cumulative_incidence(
        clustered["time_days"],
        clustered["cause"] > 0,
        of=1,
        cluster=clustered["cluster"],
        variance="infinitesimal jackknife",
    )
    expected = reference("clustered", "kaplan-meier")
    np.testing.assert_allclose(curve.incidence, expected[:, 1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(curve.standard_error**2, expected[:, 2] ** 2, rtol=1e-8, atol=1e-15)


@pytest.mark.parametrize("name", ["tied", "untied"])
def test_incidence_agrees_with_cmprsk(name: str) -> None:
    # Its variance is another convention (Gray's), so it is not compared.
    expected = reference(name, "cmprsk")
    at = incidence_at(cumulative_incidence(**cases()[name], of=1), expected[:, 0])
    np.testing.assert_allclose(at.incidence, expected[:, 1], rtol=0, atol=1e-12)
