"""Mean scores: observed, as a range where the chart is vague, and under no assumption."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.cohort.build import build_cohort
from equipoise.domain.cohort import Outcome
from equipoise.domain.estimand import Endpoint, Estimand, Missing, Strategy
from equipoise.domain.protocol import IntercurrentEvent, Visit
from equipoise.estimate.score import Readings, mean_score, readings
from study_parts import INDEX, Rows, asked, book, case, done, study

VISIT = Visit(name="4 months", month=4, day=122, window=(92, 152))
OTHER = IntercurrentEvent(name="other", procedures="any other")
LEVEL = Endpoint(instrument="pain", score="value")
CHANGE = Endpoint(instrument="pain", score="change", baseline_look_back_days=30)


def means(rows: Rows, endpoint: Endpoint, strategy: Strategy, missing: Missing = Missing.OBSERVED):
    strategies = {"other": strategy}
    estimand = Estimand(name="asked", primary=True, visits=("4 months",), endpoint=endpoint, strategies=strategies)
    protocol = study(visits=[VISIT], estimands=[estimand], events=[OTHER])
    cohort = build_cohort(protocol, book(rows))
    found = readings(cohort, protocol, estimand, VISIT, strategies)
    return mean_score(found, np.ones(cohort.n, dtype=bool), missing, level=0.95)


@pytest.fixture
def three_cases() -> Rows:
    rows = Rows(cases=[case(each) for each in "abc"], procedures=[done(each, INDEX, (0, 0)) for each in "abc"])
    rows.assessments = [asked(each, "pain", 8, (0, 0)) for each in "abc"]
    rows.assessments += [asked("a", "pain", 2, (122, 122)), asked("b", "pain", 4, (122, 122))]
    return rows


def test_mean_and_sd_of_the_observed(three_cases):
    found = means(three_cases, LEVEL, Strategy.TREATMENT_POLICY)
    assert (found.n, found.unknown, found.estimate) == (2, 1, 3.0)
    assert found.sd == pytest.approx(2**0.5)
    # t interval by hand: 3 +- 12.706 * sqrt(2) / sqrt(2)
    assert found.lower == pytest.approx(3 - 12.7062, abs=1e-3)


def test_change_is_follow_up_minus_baseline(three_cases):
    assert means(three_cases, CHANGE, Strategy.TREATMENT_POLICY).estimate == -5.0


def test_bounds_give_the_unseen_the_instruments_ends(three_cases):
    found = means(three_cases, LEVEL, Strategy.TREATMENT_POLICY, Missing.BOUNDS)
    assert (found.n, found.estimate) == (3, None)
    assert (found.lower, found.upper) == (6 / 3, 16 / 3)
    # A change can go from the case's own baseline of 8 to 0 or to 10.
    changes = means(three_cases, CHANGE, Strategy.TREATMENT_POLICY, Missing.BOUNDS)
    assert (changes.lower, changes.upper) == pytest.approx(((-6 - 4 - 8) / 3, (-6 - 4 + 2) / 3))


def test_a_composite_gives_a_failure_its_value(three_cases):
    three_cases.procedures.append(done("a", "fusion", (50, 50)))
    endpoint = LEVEL.model_copy(update={"failure_value": Decimal(10)})
    assert means(three_cases, endpoint, Strategy.COMPOSITE_BY_VISIT).estimate == (10 + 4) / 2
    three_cases.procedures.append(done("b", "fusion", (900, 900)))
    assert means(three_cases, endpoint, Strategy.COMPOSITE_BY_END).estimate == 10


def test_a_failures_change_starts_from_the_cases_own_baseline(three_cases):
    three_cases.procedures.append(done("a", "fusion", (50, 50)))
    endpoint = CHANGE.model_copy(update={"failure_value": Decimal(10)})
    # a failed: 10 - 8 = +2; b improved: 4 - 8 = -4.
    assert means(three_cases, endpoint, Strategy.COMPOSITE_BY_VISIT).estimate == -1
    three_cases.assessments = three_cases.assessments[1:]  # without a baseline the failure's change is unknown
    found = means(three_cases, endpoint, Strategy.COMPOSITE_BY_VISIT)
    assert (found.n, found.unknown, found.estimate) == (1, 2, -4)


def test_a_vague_event_gives_a_range(three_cases):
    three_cases.procedures.append(done("a", "fusion", (50, 200)))
    endpoint = LEVEL.model_copy(update={"failure_value": Decimal(10)})
    found = means(three_cases, endpoint, Strategy.COMPOSITE_BY_VISIT)
    assert (found.estimate, found.lower, found.upper) == (None, 3.0, 7.0)


def test_one_case_has_a_mean_and_no_interval():
    rows = Rows(cases=[case("a")], procedures=[done("a", INDEX, (0, 0))])
    rows.assessments = [asked("a", "pain", 2, (122, 122))]
    found = means(rows, LEVEL, Strategy.TREATMENT_POLICY)
    assert (found.estimate, found.sd, found.lower, found.method) == (2.0, None, None, "one case: no interval")


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10), st.booleans()), min_size=1, max_size=7))
def test_the_range_is_that_of_every_joint_reading(cases):
    low = np.array([min(a, b) for a, b, _ in cases], dtype=float)
    high = np.array([max(a, b) for a, b, _ in cases], dtype=float)
    leave = np.array([each for *_, each in cases])
    bits = np.where(leave, Outcome.YES | Outcome.OUTSIDE, Outcome.YES).astype(np.uint8)
    scores = Readings(bits, low, high, np.zeros(low.size), np.full(low.size, 10.0))
    found = mean_score(scores, np.ones(low.size, dtype=bool), Missing.OBSERVED, level=0.95)
    reached = []
    for chosen in range(2**low.size):
        stays = np.array([bool(chosen >> i & 1) or not leave[i] for i in range(low.size)])
        if stays.any():
            reached += [low[stays].mean(), high[stays].mean()]
    least = found.lower if found.estimate is None else found.estimate
    greatest = found.upper if found.estimate is None else found.estimate
    assert (least, greatest) == pytest.approx((min(reached), max(reached)))
