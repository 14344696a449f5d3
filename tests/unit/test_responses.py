"""Responses under each strategy, one case at a time, worked by hand from the table in ``docs/methods.md``."""

from decimal import Decimal

import pytest

from equipoise.cohort.build import build_cohort
from equipoise.domain.cohort import Outcome
from equipoise.domain.estimand import Endpoint, Estimand, ImprovementRule, Strategy, ValueRule
from equipoise.domain.protocol import IntercurrentEvent, Visit
from equipoise.estimate.responder import responses
from study_parts import INDEX, Rows, asked, book, case, done, study

YES, NO, UNKNOWN = Outcome.YES, Outcome.NO, Outcome.UNKNOWN
NOT_REACHED, OUTSIDE = Outcome.NOT_REACHED, Outcome.OUTSIDE
VISIT = Visit(name="4 months", month=4, day=122, window=(92, 152))
OTHER = IntercurrentEvent(name="other", procedures="any other")
RELIEF = Endpoint(instrument="relief", value=ValueRule(equals=Decimal(1)))


def answer(rows: Rows, strategy: Strategy, endpoint: Endpoint = RELIEF, horizon: int | None = None) -> Outcome:
    strategies = {"other": strategy}
    estimand = Estimand(name="asked", primary=True, visits=("4 months",), endpoint=endpoint, strategies=strategies)
    protocol = study(visits=[VISIT], estimands=[estimand], events=[OTHER], horizon=horizon)
    bits = responses(build_cohort(protocol, book(rows)), protocol, estimand, VISIT, strategies)
    return Outcome(int(bits[0]))


def one_case(*assessments, event=None, **columns) -> Rows:
    rows = Rows(cases=[case("a", **columns)], procedures=[done("a", INDEX, (0, 0))], assessments=list(assessments))
    if event is not False and event is not None:
        rows.procedures.append(done("a", "fusion", event if event != "blank" else None))
    return rows


BETTER = asked("a", "relief", 1, (120, 120))


@pytest.mark.parametrize(
    ("strategy", "event", "expected"),
    [
        (Strategy.TREATMENT_POLICY, (50, 50), YES),
        (Strategy.COMPOSITE_BY_VISIT, (50, 50), NO),
        (Strategy.COMPOSITE_BY_VISIT, (120, 120), NO),  # by the visit: on or before its day
        (Strategy.COMPOSITE_BY_VISIT, (121, 121), YES),
        (Strategy.COMPOSITE_BY_VISIT, (0, 913), NO | YES),
        (Strategy.COMPOSITE_BY_END, (900, 900), NO),
        (Strategy.COMPOSITE_BY_END, (-5, 3), NO | YES),  # it may lie before time zero
        (Strategy.HYPOTHETICAL, (119, 119), UNKNOWN),
        (Strategy.HYPOTHETICAL, (120, 120), YES),  # the assessment of that day precedes it
        (Strategy.HYPOTHETICAL, (0, 913), UNKNOWN | YES),
        (Strategy.WHILE_ON_TREATMENT, (50, 50), UNKNOWN),
        (Strategy.WHILE_ON_TREATMENT, (120, 120), YES),
        (Strategy.PRINCIPAL_STRATUM, (900, 900), OUTSIDE),
        (Strategy.PRINCIPAL_STRATUM, None, YES),
        (Strategy.COMPOSITE_BY_VISIT, None, YES),
    ],
)
def test_each_strategy_on_one_better_case(strategy, event, expected):
    assert answer(one_case(BETTER, event=event), strategy) == expected


def test_a_vague_event_and_no_value_are_bounded_jointly():
    assert answer(one_case(event=(0, 913)), Strategy.COMPOSITE_BY_VISIT) == NO | UNKNOWN


def test_without_an_assessment_the_nominal_day_decides():
    assert answer(one_case(event=(122, 122)), Strategy.COMPOSITE_BY_VISIT) == NO
    assert answer(one_case(event=(123, 123)), Strategy.COMPOSITE_BY_VISIT) == UNKNOWN


def test_while_on_treatment_reads_the_last_before_the_event_even_outside_the_window():
    early, late = asked("a", "relief", 0, (30, 30)), asked("a", "relief", 1, (60, 60))
    assert answer(one_case(early, late, BETTER, event=(59, 59)), Strategy.WHILE_ON_TREATMENT) == NO
    assert answer(one_case(early, late, BETTER, event=(60, 60)), Strategy.WHILE_ON_TREATMENT) == YES
    assert answer(one_case(early, late, event=(59, 61)), Strategy.WHILE_ON_TREATMENT) == YES | NO


def test_not_reached_goes_before_every_strategy():
    rows = one_case(asked("a", "relief", None, None, "4 months", "not_reached"), event=(10, 10))
    assert answer(rows, Strategy.COMPOSITE_BY_VISIT) == NOT_REACHED
    assert answer(rows, Strategy.COMPOSITE_BY_END) == NOT_REACHED
    assert answer(rows, Strategy.PRINCIPAL_STRATUM) == OUTSIDE


def test_a_horizon_asks_to_be_followed_to_it():
    followed = one_case(BETTER, event=None, last_contact=(400, 400))
    lost = one_case(BETTER, event=None, last_contact=(200, 200))
    later = one_case(BETTER, event=(380, 380))
    assert answer(followed, Strategy.PRINCIPAL_STRATUM, horizon=365) == YES
    assert answer(lost, Strategy.PRINCIPAL_STRATUM, horizon=365) == YES | OUTSIDE
    assert answer(later, Strategy.PRINCIPAL_STRATUM, horizon=365) == YES
    assert answer(later, Strategy.PRINCIPAL_STRATUM, horizon=380) == OUTSIDE


def percent(at_least: str) -> Endpoint:
    rule = ImprovementRule(at_least=Decimal(at_least))
    return Endpoint(instrument="pain", percent_change=rule, baseline_look_back_days=30)


def test_thresholds_are_compared_in_exact_decimals():
    # 1 - 4.9/7 is exactly 0.3; in floats it falls short by 1e-16.
    assert 1 - 4.9 / 7 < 0.3
    rows = one_case(asked("a", "pain", 7.0, (0, 0)), asked("a", "pain", 4.9, (122, 122)))
    assert answer(rows, Strategy.TREATMENT_POLICY, percent("30")) == YES
    assert answer(rows, Strategy.TREATMENT_POLICY, percent("30.0000000001")) == NO


def test_more_than_is_strict():
    rule = Endpoint(instrument="pain", change=ImprovementRule(more_than=Decimal("2.1")), baseline_look_back_days=30)
    rows = one_case(asked("a", "pain", 7.0, (0, 0)), asked("a", "pain", 4.9, (122, 122)))
    assert answer(rows, Strategy.TREATMENT_POLICY, rule) == NO


@pytest.mark.parametrize("baseline", [None, 0.0])
def test_no_baseline_or_a_baseline_of_zero_is_unknown(baseline):
    rows = one_case(asked("a", "pain", 1.0, (122, 122)))
    if baseline is not None:
        rows.assessments.append(asked("a", "pain", baseline, (0, 0)))
    assert answer(rows, Strategy.TREATMENT_POLICY, percent("50")) == UNKNOWN


def test_a_baseline_outside_the_look_back_is_none():
    rows = one_case(asked("a", "pain", 8.0, (-31, -31)), asked("a", "pain", 1.0, (122, 122)))
    assert answer(rows, Strategy.TREATMENT_POLICY, percent("50")) == UNKNOWN


def test_a_vague_baseline_gives_every_answer_it_allows():
    first, second = asked("a", "pain", 8.0, (-9, -3)), asked("a", "pain", 3.0, (-6, -6))
    rows = one_case(first, second, asked("a", "pain", 2.0, (122, 122)))
    assert answer(rows, Strategy.TREATMENT_POLICY, percent("50")) == YES | NO


def test_of_several_events_the_first_counts_and_a_second_index_procedure_only_if_named():
    rows = one_case(BETTER, event=(300, 300))
    rows.procedures.append(done("a", INDEX, (60, 60)))
    assert answer(rows, Strategy.COMPOSITE_BY_VISIT) == YES
    rows.procedures.append(done("a", "ablation", (60, 61)))
    assert answer(rows, Strategy.COMPOSITE_BY_VISIT) == NO


def test_an_early_answer_does_not_hide_a_failure_before_the_visit():
    fusion = IntercurrentEvent(name="fusion", procedures=("fusion",))
    strategies = {"fusion": Strategy.COMPOSITE_BY_VISIT, "other": Strategy.WHILE_ON_TREATMENT}
    estimand = Estimand(name="asked", primary=True, visits=("4 months",), endpoint=RELIEF, strategies=strategies)
    protocol = study(visits=[VISIT], estimands=[estimand], events=[fusion, OTHER])
    for day, expected in ((100, NO), (122, NO), (123, YES)):
        rows = one_case(asked("a", "relief", 1, (30, 30)), event=(day, day))
        bits = responses(build_cohort(protocol, book(rows)), protocol, estimand, VISIT, strategies)
        assert Outcome(int(bits[0])) == expected
