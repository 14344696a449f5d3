"""Events and harms as they are described: exact where every day is known, a range where one is not."""

import pytest

from equipoise import run_study
from equipoise.domain.estimand import Endpoint, Estimand, Strategy, ValueRule
from equipoise.domain.protocol import IntercurrentEvent, Visit
from study_parts import INDEX, Rows, asked, book, case, done, study

VISIT = Visit(name="12 months", month=12, day=365, window=(300, 430))
EVENTS = (
    IntercurrentEvent(name="fusion", procedures=("fusion",)),
    IntercurrentEvent(name="other", procedures="any other"),
    IntercurrentEvent(name="death", column="cases.death"),
)


def answer(rows: Rows):
    names = tuple(event.name for event in EVENTS)
    estimand = Estimand(
        name="relief",
        primary=True,
        visits=("12 months",),
        endpoint=Endpoint(instrument="relief", value=ValueRule(equals=1)),
        strategies=dict.fromkeys(names, Strategy.COMPOSITE_BY_VISIT),
    )
    return run_study(study(visits=[VISIT], estimands=[estimand], events=EVENTS), book(rows))


def cases(*ends: int | None) -> Rows:
    ids = [f"case {number}" for number in range(len(ends))]
    listed = [
        case(each, **({} if end is None else {"last_contact": (end, end)})) for each, end in zip(ids, ends, strict=True)
    ]
    return Rows(cases=listed, procedures=[done(each, INDEX, (0, 0)) for each in ids])


def curve(result, event: str):
    (found,) = (each for each in result.incidence if each.event == event)
    return found, {point.day: point for point in found.points}


def test_a_competing_event_is_not_censoring():
    rows = cases(400, 400, 400, 400)
    rows.procedures += [done("case 0", "fusion", (200, 200)), done("case 1", "ablation", (100, 100))]
    found, at = curve(answer(rows), "fusion")
    assert found.kind == "Aalen-Johansen"
    assert at[200].estimate == pytest.approx(1 / 4)  # Kaplan-Meier, censoring case 1, would say 1/3
    assert (at[365].at_risk, at[365].events, found.with_event) == (2, 1, 1)
    assert at[0].estimate == 0
    assert at[0].lower is None  # limits are undefined where the incidence is 0


def test_of_two_events_on_one_day_the_one_declared_first_counts():
    rows = cases(400, 400)
    rows.procedures += [done("case 0", "ablation", (100, 100)), done("case 0", "fusion", (100, 100))]
    result = answer(rows)
    assert curve(result, "fusion")[1][365].estimate == pytest.approx(0.5)
    assert curve(result, "other")[1][365].estimate == 0


def test_an_event_on_day_zero_counts():
    rows = cases(400, 400)
    rows.procedures.append(done("case 0", "ablation", (0, 0)))
    assert curve(answer(rows), "other")[1][0].estimate == pytest.approx(0.5)


def test_one_vague_day_makes_the_curve_a_band():
    rows = cases(400, 400, 400, 300)
    rows.procedures.append(done("case 0", "fusion", (100, 380)))
    found, at = curve(answer(rows), "fusion")
    assert (found.kind, found.vague, found.with_event) == ("bounds", 1, 1)
    assert (at[365].lower, at[365].upper) == (0, 2 / 4)  # case 0 may have had it, case 3 was lost before
    assert at[400].lower == 1 / 4


def test_a_death_closes_the_question():
    rows = cases(400, 400)
    rows.cases[0] = case("case 0", death=(50, 50))
    rows.procedures.append(done("case 1", "fusion", (100, 200)))
    _, at = curve(answer(rows), "fusion")
    assert at[365].upper == 1 / 2


def test_an_end_of_follow_up_nobody_recorded_makes_a_band():
    rows = cases(400, None)
    rows.assessments.append(asked("case 1", "relief", 1, (365, 365)))
    found, at = curve(answer(rows), "fusion")
    assert found.kind == "bounds"
    assert (at[365].upper, at[400].upper) == (0, 1 / 2)


def harm(case_id: str, term: str, day: tuple[int, int] | None, *, serious: bool | None = False) -> dict:
    low, high = day or (None, None)
    return {"case_id": case_id, "term": term, "low": low, "high": high, "serious": serious}


def test_events_and_cases_with_an_event_are_two_columns():
    rows = cases(365, 365, 365, 366)
    rows.adverse_events = [
        harm("case 0", "flare", (3, 3)),
        harm("case 0", "flare", (9, 9)),
        harm("case 1", "flare", None),
    ]
    any_event, serious, flare = answer(rows).safety.rows
    assert (any_event.cases_with_event, any_event.events, any_event.n) == (2, 3, 4)
    assert (flare.term, flare.events) == ("flare", 3)
    years = (3 * 365 + 366) / 365.25
    assert flare.rate_per_person_year == pytest.approx(3 / years)
    # R 4.2: poisson.test(3, 4)$conf.int is 0.1546680 2.1918183 for exactly four years.
    assert flare.rate_lower == pytest.approx(0.1546680 * 4 / years, rel=1e-5)
    assert flare.rate_upper == pytest.approx(2.1918183 * 4 / years, rel=1e-5)
    # R 4.2: binom.test(2, 4)$conf.int is 0.06758599 0.93241401.
    assert (any_event.lower, any_event.upper) == pytest.approx((0.06758599, 0.93241401), abs=1e-7)
    assert (serious.cases_with_event, serious.lower) == (0, None)
    assert serious.upper == pytest.approx(1 - 0.05 ** (1 / 4))
    assert "one-sided" in serious.method


def test_seriousness_that_is_not_stated_is_not_no():
    rows = cases(*([365] * 10))
    rows.adverse_events = [harm("case 0", "infection", (9, 9), serious=None)]
    serious = answer(rows).safety.rows[1]
    assert (serious.cases_with_event, serious.cases_high, serious.events_high) == (0, 1, 1)
    # R 4.2: binom.test(1, 10)$conf.int[2] is 0.4450161.
    assert serious.upper == pytest.approx(0.4450161, abs=1e-7)
    assert "none seen" not in serious.method


def test_the_dead_compete_also_where_death_is_not_declared():
    rows = cases(*([400] * 10))
    for number in range(3):
        rows.procedures.append(done(f"case {number}", "fusion", (200, 200)))
        rows.cases[3 + number] = case(f"case {3 + number}", death=(100, 100))
    estimand = Estimand(
        name="relief",
        primary=True,
        visits=("12 months",),
        endpoint=Endpoint(instrument="relief", value=ValueRule(equals=1)),
        strategies={"fusion": Strategy.COMPOSITE_BY_VISIT},
    )
    result = run_study(study(visits=[VISIT], estimands=[estimand], events=EVENTS[:1]), book(rows))
    assert curve(result, "fusion")[1][365].estimate == pytest.approx(3 / 10)  # 3/7 would censor the dead


def test_what_came_before_is_not_counted_and_what_may_have_is_the_upper_figure():
    rows = cases(365, 365)
    rows.adverse_events = [harm("case 0", "flare", (-9, -1)), harm("case 1", "flare", (-2, 5))]
    any_event = answer(rows).safety.rows[0]
    assert (any_event.cases_with_event, any_event.cases_high, any_event.events_high) == (0, 1, 1)
    assert any_event.lower == 0


def test_vague_follow_up_gives_a_range_of_person_years_and_no_point():
    rows = cases(365, None)
    rows.adverse_events = [harm("case 0", "flare", (3, 3))]
    any_event = answer(rows).safety.rows[0]
    assert any_event.person_years_high is None
    assert any_event.rate_per_person_year is None
    assert any_event.rate_lower is None
    assert any_event.rate_upper is not None
