"""The drawings of weights and hidden causes lie where Vega puts them, and say what they show."""

import re

import pytest
import vl_convert

from equipoise.report.figures.paint import paint
from equipoise.report.figures.weights import Bin, Square, bias_squares, weight_plot

BOX = re.compile(r'aria-label="([^"]*)"[^>]*? d="M([-0-9.e]+),([-0-9.e]+)h([-0-9.e]+)v([-0-9.e]+)h')
BINS = [Bin(0.0, 0.5, 3, "3 cases"), Bin(0.5, 1.0, 0, "none"), Bin(1.0, 1.5, 7, "7 cases")]
SQUARES = [
    Square(treated, control, f"{treated - control:.1f}", treated > control, f"{treated} and {control}")
    for treated in (0.1, 0.5, 0.9)
    for control in (0.1, 0.5)
]
SPECS = {
    "weights": weight_plot(BINS),
    "one bin": weight_plot([Bin(0.0, 0.4, 1, "1 case")]),
    "squares": bias_squares(SQUARES),
    "one square": bias_squares(SQUARES[:1]),
}


def boxes(svg):
    """What each box says, where it begins and how far it reaches, in pixels."""
    return sorted((says, *(round(float(each)) for each in place)) for says, *place in BOX.findall(svg))


@pytest.mark.parametrize("name", SPECS)
def test_boxes_lie_where_vega_puts_them(name):
    """The outside number: Vega-Lite 5.21 as vl-convert ships it, on the same dictionary, to a pixel."""
    ours = boxes(paint(SPECS[name]))
    theirs = boxes(vl_convert.vegalite_to_svg(dict(SPECS[name]), vl_version="5.21"))
    assert [says for says, *_ in ours] == [says for says, *_ in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one[1:] == pytest.approx(other[1:], abs=1)


def test_a_bin_without_cases_is_not_drawn():
    assert [says for says, *_ in boxes(paint(SPECS["weights"]))] == ["3 cases", "7 cases"]


def test_squares_carry_their_number_and_their_shares():
    svg = paint(SPECS["squares"])
    for words in ("10 %", "90 %", "0.8"):
        assert f">{words}<" in svg
    assert svg.count('fill="white"') == 3  # where nothing is left
