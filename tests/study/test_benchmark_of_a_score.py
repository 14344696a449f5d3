"""A benchmark of a score through a whole study: its answer, the report's words, the figure and the terminal."""

import json
import re
from html import unescape

import pytest

from adjusted_studies import PAIN as FELL
from adjusted_studies import casebook, protocol, published, write
from equipoise import render_html, run_study
from equipoise.domain.evidence import Role
from equipoise.domain.protocol import Benchmark
from equipoise.report.document import compose
from equipoise.report.parts import Figure, Paragraph
from equipoise.report.results import results_json
from study_parts import Rows

BENCHMARK = {"name": "change after sham", "match": {"role": "sham", "months": [1]}, "as_of": 2024, "margin": 1}


def fell(study_id, mean_change, sd_change=2.0, n=40, **other):
    given = {"study_id": study_id, "patients": study_id, "definition_key": "own_pain", "unit": "points 0-10"}
    return published(responders=None, n=n, mean_change=mean_change, sd_change=sd_change, **(given | other))


ARMS = (
    fell("POINTS", -1.0),
    fell("MILLIMETRES", -15.0, 20.0, unit="mm 0-100"),
    fell("LATE", -2.0, month=3.0),
    fell("BARE", -1.2, None),
)


def cases(after=(3, 4, 5)):
    rows = Rows()
    for at, value in enumerate(after):
        write(rows, f"c{at}", relief=None, pain=(7.0, float(value)))
    return casebook(rows)


def answered(*arms, after=(3, 4, 5), **changes):
    benchmark = Benchmark.model_validate(BENCHMARK | changes)
    primary = (FELL.model_copy(update={"primary": True}),)
    return run_study(protocol(arms=arms or ARMS, estimands=primary, benchmark=(benchmark,)), cases(after))


def of(result):
    (section,) = [each for each in compose(result).sections if each.key == "comparison"]
    return section


def words(result):
    return " ".join(each.text for each in of(result).blocks if isinstance(each, Paragraph))


def test_the_cases_stand_beside_the_pooled_mean():
    result = answered()
    (found,) = result.comparisons
    assert [each.arm.study_id for each in found.matched_means] == ["BARE", "MILLIMETRES", "POINTS"]
    assert found.pooled_mean.estimate == pytest.approx(-1.25)  # -1 and -1.5, of one weight
    said = words(result)
    assert "These cases: every strategy, observed: −3.0 (SD 1.0, n = 3, 95 % CI −5.5 to −0.5)" in said.replace(
        "treatment policy", "every strategy"
    ).replace("no intercurrent event declared", "every strategy")
    assert "2 means of 80 patients pooled: −1.25 points" in said
    assert "Two arms give no prediction interval." in said
    assert "Lower is better" in said
    assert "The margin asked for is 1 point." in said
    assert result.verdict.word == "Unknown"


def test_the_report_says_what_was_printed_and_what_is_missing():
    page = unescape(render_html(answered()))
    assert "−1.5 (SD 2, n = 40; 95 % CI −2.1 to −0.9); printed as −15, mm 0-100" in page
    assert "no: prints no standard deviation of its mean" in page
    assert "month 3, not 1" in page
    assert not re.search(r"\b(nan|inf)\b", page)


def test_the_figure_draws_every_mean_in_points():
    (figure,) = [each for each in of(answered()).blocks if isinstance(each, Figure)]
    spec = json.dumps(figure.panels[0].spec)
    assert "mean change from baseline, in points of Pain" in spec
    for drawn in ("-1.25", "-1.5", "-1.2", "-2.0"):
        assert drawn in spec
    assert [mark.sign for mark in figure.legend] == ["●", "▬", "■", "◆", "□"]


def test_results_hold_the_same_numbers():
    result = answered()
    (found,) = json.loads(results_json(result))["comparisons"]
    assert found["of"] == "change"
    assert found["pooled_mean"]["estimate"] == result.comparisons[0].pooled_mean.estimate
    assert [each["mean"] for each in found["matched_means"]] == [-1.2, -1.5, -1.0]


@pytest.mark.parametrize("after", [(3,), (), (7, 7, 7), (0, 0)])
def test_one_case_none_or_all_alike(after):
    if not after:
        rows = Rows()
        write(rows, "c0", relief=1.0)
        benchmark = (Benchmark.model_validate(BENCHMARK),)
        primary = (FELL.model_copy(update={"primary": True}),)
        result = run_study(protocol(arms=ARMS, estimands=primary, benchmark=benchmark), casebook(rows))
    else:
        result = answered(after=after)
    assert result.comparisons[0].status == "pooled"
    said = words(result)
    assert "None" not in said
    assert "nan" not in said
    assert ("These cases" in said) or not after


def test_nothing_is_drawn_where_nothing_is_near():
    result = answered(fell("OTHER", -1.0, role=Role.FUSION, definition_key="mean_odi"))
    assert result.comparisons[0].near == ()
    assert not [each for each in of(result).blocks if isinstance(each, Figure)]


def test_what_is_found_later_has_a_table_of_its_own():
    result = answered(*ARMS, fell("NEXT", -0.4, year=2025), exclude=["NEXT"], show_later=["NEXT"])
    page = unescape(render_html(result))
    assert "Found later: shown, and never used" in page
    assert "NEXT (2025), sham" in page
    assert [each.mean for each in result.comparisons[0].later_means] == [-0.4]


def test_several_near_means_are_drawn_up_to_eight():
    late = [fell(f"LATE_{month}", -1.0, month=float(month)) for month in range(2, 14)]
    result = answered(*late)
    (figure,) = [each for each in of(result).blocks if isinstance(each, Figure)]
    assert "The nearest 8 of 12 near means are drawn" in figure.reading
    assert "LATE_9 (" in figure.alt
    assert "LATE_10 (" not in figure.alt


def test_the_own_group_only():
    rows = Rows()
    for at, value in enumerate((3, 4, 5, 6)):
        write(rows, f"c{at}", relief=None, pain=(7.0, float(value)), group="one" if at % 2 else "other")
    primary = (FELL.model_copy(update={"primary": True}),)

    def said(**changes):
        benchmark = (Benchmark.model_validate(BENCHMARK | changes),)
        return words(run_study(protocol(arms=ARMS, estimands=primary, benchmark=benchmark), casebook(rows)))

    assert "These cases: one, " in said()
    assert "These cases: other, " in said()
    assert said(group="one").count("These cases: ") < said().count("These cases: ")
