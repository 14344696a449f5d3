"""Numbers: proportion.R and its saved output (base R binom.test, prop.test; uniroot and qbeta from first principles)."""

import pytest

from equipoise.stats.proportion import INTERVALS, one_sided_upper
from reference.saved import rows

ROWS = rows("proportion")


@pytest.mark.parametrize("method", [*INTERVALS, "one-sided"])
def test_limits_are_those_of_r(method):
    cases = [row for row in ROWS if row["method"] == method]
    assert cases
    for row in cases:
        counts, level = (int(row["responders"]), int(row["n"])), float(row["level"])
        expected = [float(row["lower"]), float(row["upper"])]
        if method == "one-sided":
            assert one_sided_upper(*counts, level=level) == pytest.approx(expected[1], abs=1e-12)
        else:
            # prop.test and uniroot stop at about 1e-14; qbeta at 1e-15
            assert [float(limit) for limit in INTERVALS[method](*counts, level=level)] == pytest.approx(
                expected, abs=1e-11
            )
