"""The drawings of the tipping grids: cells, crosses and the flip line lie where Vega puts them."""

import re
from dataclasses import replace

import pytest
import vl_convert

from equipoise.domain.result import TippingPoint, TippingRow
from equipoise.domain.tipping_answer import TippingArm, TippingCell, TippingFlip, TippingMap
from equipoise.report.figures.paint import paint
from equipoise.report.figures.tipping import MOST_CELLS
from equipoise.report.parts import Figure
from equipoise.report.sections.tipping import grid_blocks, strips

MOVED = re.compile(r'aria-label="([^"]*)"[^>]*?transform="translate\(([-0-9.e]+),([-0-9.e]+)\)"([^>]*)')
BOX = re.compile(r'aria-label="([^"]*)"[^>]*? d="M([-0-9.e]+),([-0-9.e]+)h([-0-9.e]+)v([-0-9.e]+)h')


def of_counts(unseen: int = 3, controls: int = 2, *, better: int = 1) -> TippingMap:
    """Holds where a is above b and a few: a staircase."""
    group, reference = tuple(map(float, range(unseen + 1))), tuple(map(float, range(controls + 1)))
    cells = [(a, b) for a in group for b in reference]
    holds = tuple(a >= b + better for a, b in cells)
    flips = tuple(
        TippingFlip(b, "flips", b + better) if b + better <= unseen else TippingFlip(b, "never holds", None)
        for b in reference
    )
    worst = TippingCell(0.0, float(controls), -0.2, -0.5, 0.1, False)
    return TippingMap(
        name="a grid",
        estimand="better",
        endpoint="Felt better: yes",
        visit="first",
        month=1.0,
        strategy="treatment policy",
        kind="counts",
        better="higher",
        beyond=0.0,
        beyond_source="the margin declared in the protocol",
        imputation=None,
        method="Miettinen-Nurminen",
        level=0.95,
        arm=TippingArm("new", 10, unseen, 4),
        reference_arm=TippingArm("old", 10, controls, 3),
        group_axis=group,
        reference_axis=reference,
        estimate=tuple((a - b) / 10 for a, b in cells),
        lower=tuple((a - b) / 10 - 0.3 for a, b in cells),
        upper=tuple((a - b) / 10 + 0.3 for a, b in cells),
        holds=holds,
        flips=flips,
        monotone=True,
        worst=worst,
        best=replace(worst, of_group=float(unseen), of_reference=0.0, holds=True),
        expected=replace(worst, of_group=1.0, of_reference=1.0),
        thinned=False,
    )


def of_points() -> TippingMap:
    points = (-1.0, -0.5, 0.0, 0.5, 1.0)
    flips = tuple(TippingFlip(each, "flips", 0.2 + 0.5 * each) for each in points)
    holds = tuple(a < 0.2 + 0.5 * b for a in points for b in points)
    whole = of_counts(4, 4)
    return replace(
        whole, kind="points", better="lower", imputation="at random", group_axis=points, reference_axis=points,
        flips=flips, holds=holds, expected=replace(whole.worst, of_group=0.0, of_reference=0.0, holds=True),
    )  # fmt: skip


def of_one_arm() -> TippingMap:
    of = of_points()
    return replace(
        of, reference_arm=None, reference_axis=(), holds=of.holds[::5], estimate=of.estimate[::5], lower=of.lower[::5],
        upper=(0.2, 0.4, None, 0.6, 0.8), flips=(TippingFlip(None, "flips", 0.3),), beyond=0.3,
        expected=replace(of.worst, of_reference=None),
    )  # fmt: skip


def tip(threshold: float = 0.4) -> TippingPoint:
    rows = tuple(TippingRow(k, 4 + k, 10, 0.4 + k / 10, 0.1 + k / 10, 0.7 + k / 20) for k in range(5))
    return TippingPoint("better", "all", "first", "treatment policy", 4, threshold, "a fixed rate", 4, rows)


def drawn(blocks) -> list[dict]:
    return [panel.spec for block in blocks if isinstance(block, Figure) for panel in block.panels]


SPECS = {
    "counts": drawn(grid_blocks([of_counts()]))[0],
    "a large grid": drawn(grid_blocks([of_counts(30, 25)]))[0],
    "points": drawn(grid_blocks([of_points()]))[0],
    "one arm": drawn(grid_blocks([of_one_arm()]))[0],
    "every count": drawn([strips([(tip(), "first")], 0.95)])[0],
}


def places(svg: str) -> set[tuple[str, int, int, int, int]]:
    """What each mark says, where it lies and how far it reaches, in pixels."""
    found = set()
    for says, x, y, rest in MOVED.findall(svg):
        reach = [re.search(rf'{end}="([-0-9.e]+)"', rest) for end in ("x2", "y2")]
        far = [round(float(each.group(1))) if each else 0 for each in reach]
        found.add((says, round(float(x)), round(float(y)), *far))
    for says, *box in BOX.findall(svg):
        found.add((says, *(round(float(each)) for each in box)))
    return found


@pytest.mark.parametrize("name", SPECS)
def test_marks_and_cells_lie_where_vega_puts_them(name):
    """The outside number: Vega-Lite 5.21 as vl-convert ships it, on the same dictionary, to a pixel."""
    theirs = places(vl_convert.vegalite_to_svg(dict(SPECS[name]), vl_version="5.21"))
    ours = places(paint(SPECS[name]))

    def near(one, others):
        return any(
            one[0] == other[0] and all(abs(a - b) <= 1 for a, b in zip(one[1:], other[1:], strict=True))
            for other in others
        )

    assert ours
    assert [mark for mark in ours if not near(mark, theirs)] == []
    assert [mark for mark in theirs if not near(mark, ours)] == []


def test_the_flip_line_is_a_staircase_between_the_cells_by_hand():
    (line,) = (layer for layer in SPECS["counts"]["layer"] if layer["mark"]["type"] == "line")
    corners = [(row["x"], row["y"]) for row in line["data"]["values"]]
    # holds from one more than the controls: half a count below 1, 2, 3, over the cells of 0, 1, 2
    assert corners == [(-0.5, 0.5), (0.5, 1.5), (1.5, 2.5), (2.5, 2.5)]
    assert line["mark"]["interpolate"] == "step-after"


def test_failing_cells_are_crossed_and_not_told_by_colour_alone():
    (crosses,) = (layer for layer in SPECS["counts"]["layer"] if layer["mark"].get("shape") == "cross")
    marked = {(row["y"], row["x"]) for row in crosses["data"]["values"]}
    whole = of_counts()
    assert marked == {(a, b) for a in whole.group_axis for b in whole.reference_axis if not a >= b + 1}


def test_many_cells_are_drawn_as_runs_that_cover_the_same_paper():
    boxes = [
        box
        for layer in SPECS["a large grid"]["layer"]
        if layer["mark"]["type"] == "rect"
        for box in layer["data"]["values"]
    ]
    assert 31 * 26 > MOST_CELLS > len(boxes)
    assert sum((box["x2"] - box["x"]) * (box["y2"] - box["y"]) for box in boxes) == pytest.approx(31 * 26)


def test_a_cell_without_limits_is_drawn_without_them():
    rules = [layer for layer in SPECS["one arm"]["layer"] if layer["mark"]["type"] == "rule"]
    assert len(rules[0]["data"]["values"]) == 4


def test_without_a_threshold_no_count_is_drawn():
    assert strips([(replace(tip(), threshold=None), "first")], 0.95) is None


def test_every_table_behind_a_figure_is_short_enough_to_read():
    for answer in (of_counts(), of_counts(60, 60), of_points(), of_one_arm()):
        figures = [block for block in grid_blocks([answer]) if isinstance(block, Figure)]
        assert all(len(group.rows) <= 225 for figure in figures for group in figure.table.groups)
