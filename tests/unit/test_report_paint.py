"""The drawings: our painter puts every mark where Vega puts it, and a page can trust its text."""

import re

import pytest
import vl_convert

from equipoise.domain.result import IncidencePoint
from equipoise.report.document import compose
from equipoise.report.figures.forest import ForestRow, forest
from equipoise.report.figures.incidence import even
from equipoise.report.figures.paint import paint
from equipoise.report.parts import Figure, Panel
from report_results import compared, marrow, modelled, pooled, several_groups

TRANSFORM = re.compile(r'aria-label="([^"]*)"[^>]*?transform="translate\(([-0-9.e]+),([-0-9.e]+)\)"([^>]*)')


MEANS = (
    ForestRow("own", "cases", "the cases", -3.0, -5.5, -0.5),
    ForestRow("own range", "cases", "the cases, a range", None, -4.0, -2.0, -6.0, 0.5),
    ForestRow("arm", "arm", "a matching mean", -1.5, -2.1, -0.9, detail="pain, month 12"),
    ForestRow("arm", "bare", "a mean without limits", -1.2, None, None),
    ForestRow("near", "near", "a near mean", 3.42, None, None),
    ForestRow("later", "later", "found later", -0.4, -1.0, 0.2),
    ForestRow("pooled", "pooled", "pooled", -1.25, -1.7, -0.8, -3.0, 0.5),
)


def panels() -> list[Panel]:
    return [Panel("", forest(MEANS, points="mean change, points 0-10"))] + [
        panel
        for make in (marrow, pooled, several_groups, compared, modelled)
        for section in compose(make()).sections
        for block in section.blocks
        if isinstance(block, Figure)
        for panel in block.panels
    ]


def marks(svg: str) -> set[tuple[str, int, int, int]]:
    """What each mark says and where it lies and how far it reaches, in tenths of a pixel, nearest five."""
    found = set()
    for says, x, y, rest in TRANSFORM.findall(svg):
        reach = re.search(r'x2="([-0-9.e]+)"', rest)
        found.add((says, round(float(x)), round(float(y)), round(float(reach.group(1))) if reach else 0))
    return found


def near(one: tuple[str, int, int, int], others: set[tuple[str, int, int, int]]) -> bool:
    says, *place = one
    return any(
        says == other[0] and all(abs(a - b) <= 1 for a, b in zip(place, other[1:], strict=True)) for other in others
    )


@pytest.mark.parametrize("place", range(len(panels())))
def test_marks_lie_where_vega_puts_them(place):
    """The outside number: Vega-Lite 5.21 as vl-convert ships it, on the same dictionary, to a pixel."""
    spec = panels()[place].spec
    theirs = marks(vl_convert.vegalite_to_svg(dict(spec), vl_version="5.21"))
    ours = marks(paint(spec))
    assert ours
    assert [mark for mark in ours if not near(mark, theirs)] == []
    assert [mark for mark in theirs if not near(mark, ours)] == []


def test_a_point_worked_by_hand():
    x = {"field": "x", "scale": {"domain": [0, 100]}, "axis": {"values": [0, 50, 100]}}
    y = {"field": "y", "scale": {"domain": [10, 0]}, "axis": None}
    mark = {"type": "point", "shape": "square", "size": 16, "fill": "#000000"}
    encoding = {"x": x, "y": y, "description": {"field": "says"}}
    layer = {"data": {"values": [{"x": 25, "y": 5, "says": 'half & "half"'}]}, "mark": mark, "encoding": encoding}
    svg = paint({"width": 200, "height": 40, "layer": [layer]})
    assert (
        '<path aria-label="half &amp; &quot;half&quot;" transform="translate(50,20)" d="M-2,-2L2,-2L2,2L-2,2Z" fill="#000000"/>'
        in svg
    )


def test_a_step_holds_its_value_until_the_next():
    x = {"field": "x", "scale": {"domain": [0, 2]}, "axis": None}
    y = {"field": "y", "scale": {"domain": [0, 1]}, "axis": None}
    values = [{"x": 2, "y": 1}, {"x": 0, "y": 0}, {"x": 1, "y": None}]
    line = {"type": "line", "interpolate": "step-after", "color": "#000000"}
    svg = paint(
        {"width": 2, "height": 1, "layer": [{"data": {"values": values}, "mark": line, "encoding": {"x": x, "y": y}}]}
    )
    assert 'd="M0,1L2,1L2,0"' in svg  # a row without a value is left out, never drawn at zero


def test_a_long_curve_keeps_its_ends():
    points = tuple(IncidencePoint(day, None, None, 0.0, None, None, None) for day in range(10_000))
    kept = even(points)
    assert (len(kept), kept[0].day, kept[-1].day) == (400, 0, 9_999)


def test_drawings_are_the_same_again():
    assert [paint(panel.spec) for panel in panels()] == [paint(panel.spec) for panel in panels()]
