"""A comparison with another cohort on the page: the losses, the diagnostics, then the number; nothing where withheld."""

import re

import numpy as np
import pytest
import vl_convert

from comparison_studies import GATE, compared, confounded, declared
from equipoise.domain.result import StudyResult
from equipoise.report.contrast_words import contrast_said
from equipoise.report.document import compose
from equipoise.report.figures.paint import paint
from equipoise.report.parts import Block, Figure, Heading, Items, Panel, Paragraph, Section, Table
from study_parts import INDEX

MOVED = re.compile(r'aria-label="([^"]*)"[^>]*?transform="translate\(([-0-9.e]+),([-0-9.e]+)\)"([^>]*)')
BOX = re.compile(r'aria-label="([^"]*)"[^>]*? d="M([-0-9.e]+),([-0-9.e]+)h([-0-9.e]+)v([-0-9.e]+)h')


def answer(**words: object) -> StudyResult:
    rng = np.random.default_rng(6)
    cases = confounded(120, rng)
    for row in cases.rows.cases:
        row["age_years"] += rng.uniform(-8, 8)
    return compared(cases, declared(**words))[1]


def section(result: StudyResult) -> Section:
    (found,) = (each for each in compose(result).sections if each.key.startswith("contrast-"))
    return found


PASSED, FAILED = answer(margin=0.1), answer(gate=GATE | {"effective_sample_size": 1_000})


def of(kind: type[Block], result: StudyResult) -> list[Block]:
    return [block for block in section(result).blocks if isinstance(block, kind)]


def texts(result: StudyResult) -> str:
    said = [block.text for block in of(Paragraph, result)]
    said += [item for block in of(Items, result) for item in block.items]
    return " ".join(said)


def test_the_losses_come_first_then_the_diagnostics_then_the_number():
    headings = [block.text for block in of(Heading, PASSED)]
    assert headings == ["Who is compared", "How alike the cohorts became", "The contrast"]
    assert section(PASSED).terminal


def test_a_number_is_told_with_both_cohorts_own_rates():
    (row,) = (r for r in PASSED.contrasts[0].rows if (r.measure, r.missing) == ("risk difference", "observed"))
    assert contrast_said(row) in texts(PASSED)
    assert "unadjusted the cohort" in texts(PASSED)
    assert contrast_said(row).startswith("+")
    assert "95 % CI" in contrast_said(row)


def test_what_is_withheld_has_its_reason_its_remedy_and_its_diagnostics_and_no_number():
    said = texts(FAILED)
    assert "withheld, because the effective sample of a cohort is" in said
    assert "What would mend it: bring more comparators" in said
    assert "95 % CI" not in said
    assert len(of(Figure, FAILED)) == 2  # the Love plot and the scores stay, the forest does not
    tables = [block for block in of(Table, FAILED) if block.caption == "the cohort less fusion"]
    assert all(row[-1].text == "withheld" for row in tables[0].groups[0].rows)


def test_what_a_method_says_of_its_number_is_told_with_its_places():
    cases = confounded(120, np.random.default_rng(6))
    treated = {row["case_id"] for row in cases.rows.procedures if row["procedure"] == INDEX}
    for row in cases.rows.assessments:
        if row["instrument"] == "relief" and row["case_id"] not in treated:
            row["value"] = 0.0
    result = compared(cases, declared(methods=("overlap weighting", "ATT weighting")))[1]
    said = texts(result)
    assert "(no interval; unadjusted 95 % CI" in said
    assert "Chan-Zhang, exact)" in said
    assert "known answers only (overlap weighting, ATT weighting)" in said
    assert "the outcome is the same in every case of the comparator cohort" in said
    assert "a mean is not above 0, so no ratio is given" in said


def test_a_number_withheld_from_some_cases_only_has_its_reason_and_remedy_by_every_method():
    """Everybody passes; those whose answer is known are too few."""
    cases = confounded(120, np.random.default_rng(6))
    seen = {row["case_id"] for row in cases.rows.cases[:60]}
    cases.rows.assessments = [
        row for row in cases.rows.assessments if row["instrument"] != "relief" or row["case_id"] in seen
    ]
    gate = GATE | {"effective_sample_size": 40}
    result = compared(cases, declared(methods=("overlap weighting", "ATE weighting"), gate=gate))[1]
    assert all(found.passes for found in result.contrasts[0].diagnostics)
    for row in result.contrasts[0].rows:
        assert row.withheld == (row.missing == "observed")
    for method in ("overlap weighting", "ATE weighting"):
        (told,) = (
            item
            for block in of(Items, result)
            for item in block.items
            if "what would mend it: bring more comparators" in item and f"({method})" in item
        )
        assert "known answers only" in told
        assert "40 are asked for" in told


def test_which_way_a_score_is_better_stands_with_its_difference():
    cases = confounded(120, np.random.default_rng(6))
    result = compared(cases, declared(estimands=("relief", "mean pain")))[1]
    (told,) = (
        item for block in of(Items, result) for item in block.items if "Mean pain, 12 months, known answers" in item
    )
    assert "lower is better" in told
    assert "relief" not in told


def test_who_found_no_match_is_not_whom_the_number_is_about():
    rng = np.random.default_rng(6)
    cases = confounded(120, rng)
    for row in cases.rows.cases:
        row["age_years"] += rng.uniform(-8, 8)
    section_ = declared(
        methods=("matching",),
        matching={"ratio": 1, "caliper": 0.05},
        gate=GATE | {"common_support": 0.1, "unmatched_share": 0.9},
    )
    result = compared(cases, section_)[1]
    (found,) = result.contrasts[0].diagnostics
    assert found.unmatched
    assert f"those {found.treated - found.unmatched} who found a match" in texts(result)


def test_a_study_with_a_comparison_is_not_said_to_stand_alone():
    (than,) = (each for each in compose(PASSED).sections if each.key == "comparison")
    assert "stands alone" not in than.blocks[0].text
    assert "section of its own" in than.blocks[0].text


def panels() -> list[Panel]:
    return [panel for block in of(Figure, PASSED) for panel in block.panels]


def places(svg: str) -> set[tuple[str | int, ...]]:
    found: set[tuple[str | int, ...]] = set()
    for says, x, y, rest in MOVED.findall(svg):
        reach = re.search(r'x2="([-0-9.e]+)"', rest)
        found.add((says, round(float(x)), round(float(y)), round(float(reach.group(1))) if reach else 0, 0))
    for says, x, y, wide, high in BOX.findall(svg):
        found.add((says, *(round(float(each)) for each in (x, y, wide, high))))
    return found


@pytest.mark.parametrize("place", range(len(panels())))
def test_marks_and_bars_lie_where_vega_puts_them(place: int):
    """The outside number: Vega-Lite 5.21 as vl-convert ships it, on the same dictionary, to a pixel."""
    spec = panels()[place].spec
    theirs = places(vl_convert.vegalite_to_svg(dict(spec), vl_version="5.21"))
    ours = places(paint(spec))

    def near(one: tuple[str | int, ...], others: set[tuple[str | int, ...]]) -> bool:
        return any(
            one[0] == other[0] and all(abs(int(a) - int(b)) <= 1 for a, b in zip(one[1:], other[1:], strict=True))
            for other in others
        )

    assert ours
    assert [mark for mark in ours if not near(mark, theirs)] == []
    assert [mark for mark in theirs if not near(mark, ours)] == []
