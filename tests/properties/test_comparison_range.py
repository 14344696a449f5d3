"""The range of a contrast over the unseen, against every reading of small studies gone through one by one."""

from itertools import product

import numpy as np
import pytest

from comparison_studies import GATE, declared
from equipoise.compare.contrast_method import contrast_by, score_of, weigh
from equipoise.compare.contrast_outcome import Valued
from equipoise.compare.contrast_range import Unseen, of
from equipoise.domain.comparison import MATCHED
from equipoise.errors import MethodError
from equipoise.stats.propensity_design import check_design

METHODS = (
    "overlap weighting", "ATT weighting", "ATE weighting", "entropy balancing", "matching", "matching with replacement",
)  # fmt: skip
SECTION = declared(
    methods=METHODS,
    target="ATE",
    matching={"ratio": 1, "caliper": "none"},
    propensity="firth",
    gate=GATE | {"unmatched_share": 0.9},
)


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, Valued, bool]:
    """Two small cohorts, many of one kind, up to four of them unseen; responses, or scores of 0 to 10."""
    rng = np.random.default_rng(seed)
    n, m = rng.integers(6, 22), rng.integers(6, 30)
    arm = np.arange(n + m) < n
    x = rng.normal(size=(n + m, 2)) + 0.4 * arm[:, None]
    one, other = rng.choice([0.05, 0.2, 0.5, 0.9], 2)
    yes_no = seed % 3 < 2
    if yes_no:
        value = (rng.random(n + m) < np.where(arm, one, other)).astype(float)
    else:
        value = np.clip(np.rint(rng.normal(np.where(arm, 9.0, 5.0), 1.5)), 0, 10)
    unseen = np.zeros(n + m, dtype=bool)
    unseen[rng.choice(n + m, rng.integers(1, 5), replace=False)] = True
    low, high = np.where(unseen, 0.0, value), np.where(unseen, 1.0 if yes_no else 10.0, value)
    return arm, x, Valued(np.ones(n + m, dtype=bool), low, high), yes_no


def readings(found: Valued):
    """Every reading of the unseen."""
    places = np.flatnonzero(found.low != found.high)
    for ends in product((0, 1), repeat=places.size):
        value = found.low.copy()
        value[places] = np.where(np.array(ends) == 1, found.high[places], found.low[places])
        yield value


@pytest.mark.parametrize("method", METHODS)
def test_no_reading_lies_outside(method):
    looked_at = 0
    for seed in range(24):
        arm, x, found, yes_no = drawn(seed)
        try:
            treated, design = check_design(arm, x, ("a", "b"))
            weighed = weigh(SECTION, method, score_of(SECTION, treated, design))
        except MethodError:
            continue

        def contrast(value, weighed=weighed, yes_no=yes_no):
            return contrast_by(SECTION, weighed, value, yes_no=yes_no, level=0.95, rng=np.random.default_rng(1))

        residual = "residuals" if method in MATCHED or method == "entropy balancing" else "values"
        unseen = Unseen(found, treated, weighed.weights.weight, contrast, residual)
        try:
            ends = unseen.ends()
            answers = [contrast(value) for value in readings(found)]
        except MethodError:  # a reading in which nothing varies in either cohort: refused in words
            continue
        for measure in ("risk difference", "risk ratio") if yes_no else ("mean difference",):
            reach = unseen.reach(measure, ends)
            each = [of(answer, measure) for answer in answers]
            if reach is None or None in each:
                continue
            looked_at += 1
            assert min(one.estimate for one in each) == pytest.approx(reach.lower)
            assert max(one.estimate for one in each) == pytest.approx(reach.upper)
            lower = [one.lower for one in each if one.lower is not None]
            upper = [one.upper for one in each if one.upper is not None]
            if reach.outer_lower is not None and lower:
                assert reach.outer_lower <= min(lower) + 1e-9
            if reach.outer_upper is not None and upper:
                assert reach.outer_upper >= max(upper) - 1e-9
    assert looked_at > 15


def test_in_an_ordinary_study_the_outermost_limits_are_those_of_the_ends():
    rng = np.random.default_rng(2)
    arm = np.arange(80) < 30
    x = rng.normal(size=(80, 2)) + 0.3 * arm[:, None]
    value = (rng.random(80) < 0.5).astype(float)
    unseen = np.isin(np.arange(80), (3, 40, 50))
    found = Valued(np.ones(80, dtype=bool), np.where(unseen, 0.0, value), np.where(unseen, 1.0, value))
    treated, design = check_design(arm, x, ("a", "b"))
    weighed = weigh(SECTION, "overlap weighting", score_of(SECTION, treated, design))
    asked = []

    def contrast(outcome):
        asked.append(outcome)
        return contrast_by(SECTION, weighed, outcome, yes_no=True, level=0.95, rng=rng)

    whole = Unseen(found, treated, weighed.weights.weight, contrast, "values")
    ends = whole.ends()
    reach = whole.reach("risk difference", ends)
    assert (reach.outer_lower, reach.outer_upper) == (ends[0][1].difference.lower, ends[1][1].difference.upper)
    assert len(asked) == 2
