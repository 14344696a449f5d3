"""Two cohorts: the words on the page beside the counts, and one large pair against the error each method claims."""

import numpy as np

from calibration.comparisons import POINTS, answers, drawn
from calibration.measure import kept

COUNTS = {
    (count.estimated, count.method, count.n): count for count in kept() if count.experiment == "two cohorts, adjusted"
}


def test_what_the_page_says():
    assert min(count.coverage for count in COUNTS.values() if count.n > 10) > 0.935
    weighted = ("difference of means", "ATE weights"), ("difference of means", "overlap weights")
    risks = ("difference of risks", "overlap weights")
    assert {round(COUNTS[*each, 10].coverage, 2) for each in (*weighted, risks)} == {0.92, 0.93}
    wide = [
        count.coverage for (_, method, n), count in COUNTS.items() if n == 10 and method.startswith(("AIPW", "outcome"))
    ]
    assert 0.965 < min(wide) <= max(wide) < 0.995
    refused = COUNTS["difference of means", "entropy balancing, ATT", 10]
    assert 10 < refused.replicates / refused.refused < 12


def test_ten_thousand_against_a_hundred_thousand():
    methods = answers(*drawn(10_000, np.random.default_rng(20134)))
    for how in ("ATT weights", "overlap weights", "entropy balancing, ATT"):
        found = methods["difference of means", how]().difference
        assert found.standard_error < 0.3
        assert abs(found.estimate - POINTS) < 3 * found.standard_error
