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
