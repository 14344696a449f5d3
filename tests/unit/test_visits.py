"""Which assessment stands for a visit: worked cases of ``docs/methods.md``, Readings 4 to 6."""

from datetime import date

import numpy as np

from equipoise.cohort.build import build_cohort
from equipoise.cohort.visits import nearest
from equipoise.domain.cohort import NOT_REACHED_YET, REACHED, Series
from equipoise.domain.estimand import Endpoint, Estimand, ValueRule
from equipoise.domain.protocol import Visit
from study_parts import INDEX, Rows, asked, book, case, done, study

WINDOW = (100, 140)


def series(*rows: tuple[int, float, int, int]) -> Series:
    case_, value, low, high = (np.array(column) for column in zip(*rows, strict=True))
    return Series(case_.astype(np.int64), value.astype(float), low.astype(np.int64), high.astype(np.int64))


def standing(found) -> list[tuple[int, float]]:
    return sorted(zip(found.case.tolist(), found.value.tolist(), strict=True))


def test_the_nearest_stands():
    found = nearest(series((0, 3, 110, 110), (0, 5, 125, 125)), 120, WINDOW, 1)
    assert standing(found) == [(0, 5)]
    assert not found.none[0]


def test_of_two_equally_near_the_later_stands():
    assert standing(nearest(series((0, 3, 115, 115), (0, 5, 125, 125)), 120, WINDOW, 1)) == [(0, 5)]


def test_outside_the_window_nothing_stands():
    found = nearest(series((0, 3, 99, 99), (0, 5, 141, 141)), 120, WINDOW, 1)
    assert standing(found) == []
    assert found.none[0]


def test_a_vague_date_across_the_windows_edge_may_stand_or_not():
    found = nearest(series((0, 3, 95, 105)), 120, WINDOW, 1)
    assert standing(found) == [(0, 3)]
    assert found.none[0]
    assert (found.low[0], found.high[0]) == (100, 105)


def test_either_of_two_may_stand_when_a_vague_one_may_be_nearer():
    found = nearest(series((0, 3, 110, 122), (0, 5, 118, 118)), 120, WINDOW, 1)
    assert standing(found) == [(0, 3), (0, 5)]
    # The vague one stands on the days at least as near as day 118: that day itself (shared), to 122 (ties, later).
    assert (found.low[0], found.high[0]) == (118, 122)


def test_a_vague_one_that_is_never_nearer_cannot_stand():
    assert standing(nearest(series((0, 3, 101, 110), (0, 5, 120, 120)), 120, WINDOW, 1)) == [(0, 5)]


def test_the_baseline_is_the_last_on_or_before_day_zero():
    found = nearest(series((0, 7, -20, -20), (0, 6, 0, 0), (0, 2, 1, 1)), 0, (-30, 0), 1)
    assert standing(found) == [(0, 6)]


def cohort_of(rows: Rows, *, cut: date | None = None):
    visit = Visit(name="4 months", month=4, day=122, window=(92, 152))
    estimand = Estimand(
        name="relief",
        primary=True,
        visits=("4 months",),
        endpoint=Endpoint(instrument="relief", value=ValueRule(equals=1)),
        strategies={},
    )
    return build_cohort(study(visits=[visit], estimands=[estimand], cut=cut), book(rows, cut=cut))


def test_a_blank_date_with_a_visits_name_lies_in_its_window():
    rows = Rows(cases=[case("a")], procedures=[done("a", INDEX, (0, 0))])
    rows.assessments = [asked("a", "relief", 1, None, "4 months")]
    stand = cohort_of(rows).stand_ins["relief", "4 months"]
    assert standing(stand) == [(0, 1)]
    assert not stand.none[0]


def test_not_reached_by_its_row_and_by_the_cut():
    rows = Rows(cases=[case("a"), case("b")], procedures=[done("a", INDEX, (0, 0)), done("b", INDEX, (0, 0))])
    rows.assessments = [asked("b", "pain", None, None, "4 months", "not_reached")]
    assert cohort_of(rows).reached["4 months"].tolist() == [REACHED, NOT_REACHED_YET]
    # 1 January 2020 is day 18262; a cut on 1 May 2020 is day 121 of the study, a day before the visit's.
    rows = Rows(cases=[case("a")], procedures=[done("a", INDEX, (18262, 18262))])
    assert cohort_of(rows, cut=date(2020, 5, 1)).reached["4 months"].tolist() == [NOT_REACHED_YET]
    assert cohort_of(rows, cut=date(2020, 5, 2)).reached["4 months"].tolist() == [REACHED]


def test_a_vague_time_zero_keeps_both_readings_of_the_cut():
    rows = Rows(cases=[case("a")], procedures=[done("a", INDEX, (18262, 18270))])
    assert cohort_of(rows, cut=date(2020, 5, 5)).reached["4 months"].tolist() == [REACHED | NOT_REACHED_YET]


def test_a_case_without_an_index_procedure_or_its_date_leaves_with_a_row():
    rows = Rows(cases=[case("a"), case("b"), case("c")])
    rows.procedures = [done("a", INDEX, (0, 0)), done("b", INDEX, None)]
    cohort = cohort_of(rows)
    assert cohort.case_ids.tolist() == ["a"]
    assert [(row.entering, row.excluded, row.remaining) for row in cohort.attrition] == [
        (3, 0, 3),
        (3, 1, 2),
        (2, 1, 1),
    ]


def test_a_label_outside_its_window_is_noted_and_does_not_stand():
    rows = Rows(cases=[case("a")], procedures=[done("a", INDEX, (0, 0))])
    rows.assessments = [asked("a", "relief", 1, (200, 200), "4 months")]
    cohort = cohort_of(rows)
    assert cohort.stand_ins["relief", "4 months"].none[0]
    assert any("outside its window" in note for note in cohort.notes)
