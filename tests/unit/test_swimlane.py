"""The swimlane of charts that do not say when follow-up ended: nothing is drawn on a day that is no day."""

from durability_studies import EVENTS, RELIEF, VISITS, patient
from equipoise.domain.result import StudyResult
from equipoise.report.document import compose
from equipoise.report.figures.swimlane import days_drawn
from equipoise.report.figures.theme import time_axis
from equipoise.report.html import render_html
from equipoise.report.parts import Figure
from equipoise.study import run_study
from study_parts import Rows, book, done, study


def reviewed(rows: Rows) -> StudyResult:
    return run_study(study(visits=VISITS, estimands=[RELIEF], events=EVENTS), book(rows))


def drawn(result: StudyResult) -> Figure:
    (figure,) = (
        block
        for section in compose(result).sections
        if section.key == "swimlane"
        for block in section.blocks
        if isinstance(block, Figure)
    )
    return figure


def an_event(when: tuple[int, int] | None, **of_case: object) -> StudyResult:
    rows = Rows()
    patient(rows, "a", "yyn", **of_case)
    rows.procedures.append(done("a", "injection", when))
    return reviewed(rows)


def test_an_event_on_no_known_day_of_an_open_follow_up_has_no_last_day():
    result = an_event(None, last_contact=None)
    (line,) = result.timelines.drawn
    assert (line.events, line.follow_up_high) == ((("other procedure", 0, None),), None)
    assert days_drawn(result.timelines.drawn) == (0, 360)  # the last day anything is recorded on
    words = [cell.text for group in drawn(result).table.groups for row in group.rows for cell in row]
    assert "other procedure, some day from 0 on" in words
    assert "2,147,483,646" not in render_html(result)


def test_an_event_that_may_lie_before_time_zero_is_told_apart_and_ends_with_follow_up():
    result = an_event((-2, 3))
    (line,) = result.timelines.drawn
    assert line.events == (("other procedure, perhaps before time zero", 0, 420),)
    assert "ther procedure, perhaps before time zero in 1 of 1" in drawn(result).alt
    render_html(result)


def test_a_box_without_a_last_day_says_so():
    assert any("or later where it ends" in mark.meaning for mark in drawn(an_event(None, last_contact=None)).legend)
    assert not any("or later" in mark.meaning for mark in drawn(an_event((100, 200))).legend)


def test_an_axis_of_any_length_has_few_marks():
    for last_day in (1, 120, 3_650, 40_000, 2**31, 2**60):
        _, axis = time_axis(last_day, grid=False)
        assert 1 <= len(axis["axis"]["values"]) <= 13
