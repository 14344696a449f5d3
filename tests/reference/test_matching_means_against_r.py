"""Matching means as a benchmark pools them, against R's metafor: ``matching_means.R`` and its saved output."""

import pytest
from saved import rows

from equipoise.compare.benchmark_means import arm_mean, pool_means
from published_arms import arm
from study_parts import PAIN

SAVED = rows("matching_means")
SETS = sorted({row["set"] for row in SAVED})
NUMBERS = ("tau_lower", "tau_upper", "i_squared", "q", "q_p")


def means(name):
    row = next(row for row in SAVED if row["set"] == name)
    parts = [[float(each) for each in row[what].split()] for what in ("means", "sds", "n")]
    arms = [
        arm(f"ARM_{at}", None, int(n), mean=mean, sd=sd, unit="points 0-10", count_source="none")
        for at, (mean, sd, n) in enumerate(zip(*parts, strict=True))
    ]
    return [arm_mean(each, "value", PAIN, 0.95) for each in arms]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("method", ["REML", "Paule-Mandel", "DerSimonian-Laird"])
def test_pooled_as_declared(name, method):
    row = next(row for row in SAVED if (row["set"], row["method"], row["what"]) == (name, method, "pooled"))
    found = pool_means(means(name), by=method, level=0.95)
    assert (found.estimate, found.lower, found.upper) == pytest.approx(
        [float(row[each]) for each in ("estimate", "lower", "upper")], abs=1e-6
    )
    assert found.tau == pytest.approx(float(row["tau"]), abs=1e-5)
    for each in NUMBERS:
        assert getattr(found, each) == pytest.approx(float(row[each]), rel=2e-4, abs=1e-5), each
    ahead = [row["prediction_lower"], row["prediction_upper"]]
    wanted = [None, None] if name == "two" else [pytest.approx(float(each), abs=1e-5) for each in ahead]
    assert [found.prediction_lower, found.prediction_upper] == wanted
    assert found.interval_method == ("Wald" if name == "two" else "Hartung-Knapp")


@pytest.mark.parametrize("name", SETS)
def test_students_limits_of_each_arm(name):
    for at, each in enumerate(means(name), start=1):
        row = next(row for row in SAVED if (row["set"], row["what"]) == (name, f"arm {at}"))
        assert (each.lower, each.upper) == pytest.approx((float(row["lower"]), float(row["upper"])), abs=1e-9)
