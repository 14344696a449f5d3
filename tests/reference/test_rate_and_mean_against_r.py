"""Numbers: rate.R and its saved output (base R poisson.test and t.test)."""

import pytest

from equipoise.stats.mean import t_interval
from equipoise.stats.rate import poisson_exact, poisson_upper
from reference.saved import rows

ROWS = rows("rate")


def test_poisson_limits_are_those_of_r():
    cases = [row for row in ROWS if row["kind"] == "poisson"]
    assert len(cases) == 36
    for row in cases:
        events, exposure, level = int(row["first"]), float(row["second"]), float(row["level"])
        lower, upper = poisson_exact(events, exposure, level=level)
        assert [float(lower), float(upper)] == pytest.approx([float(row["lower"]), float(row["upper"])], rel=1e-11)
        assert poisson_upper(events, exposure, level=level) == pytest.approx(float(row["one_sided"]), rel=1e-11)


def test_limits_of_a_mean_are_those_of_r():
    cases = [row for row in ROWS if row["kind"] == "mean"]
    assert len(cases) == 6
    for row in cases:
        limits = t_interval(float(row["first"]), float(row["second"]), int(row["n"]), level=float(row["level"]))
        assert [float(limit) for limit in limits] == pytest.approx(
            [float(row["lower"]), float(row["upper"])], rel=1e-11
        )
