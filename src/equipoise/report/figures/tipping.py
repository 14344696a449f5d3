"""Tipping grids: two arms as a map of cells with the line where the conclusion flips, one arm as a line of limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

from equipoise.domain.tipping_answer import TippingMap
from equipoise.report.figures.theme import (
    ALERT,
    INK,
    LINE,
    MAIN,
    PALE,
    SAYS,
    WIDTH,
    Spec,
    chart,
    percent_axis,
    silent,
    spoken,
    values,
)
from equipoise.report.wording import cut

MOST_CELLS = 450
"""Most cells that are drawn each by itself; of more, cells that agree above each other are drawn as one."""
MOST_SIGNS = 21
"""Most signs along an axis that mark where the conclusion fails."""
HEIGHT = 250
LONGEST_NAME = 26
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Along:
    """One number along a line: what is assumed, what follows, and whether the conclusion holds."""

    at: float
    estimate: float
    lower: float | None
    upper: float | None
    holds: bool
    says: str


def tipping_map(answer: TippingMap, says: Sequence[str]) -> Spec:
    """Two arms: a cell for each pair of readings, crossed where the conclusion fails; ``says`` of each cell."""
    across, up = _edges(answer.reference_axis), _edges(answer.group_axis)
    whole = answer.kind == "counts"
    x = {"field": "x"} | _axis(answer.reference_axis, across, _title(answer, of_group=False), whole=whole)
    y = {"field": "y"} | _axis(answer.group_axis, up, _title(answer, of_group=True), whole=whole)
    layers = []
    for holds, fill in ((True, PALE), (False, "white")):
        boxes = [box for box in _boxes(answer, across, up, says) if box["holds"] is holds]
        if boxes:
            look = {"type": "rect", "fill": fill, "stroke": LINE, "strokeWidth": 0.5}
            encoding = {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}, "description": SAYS}
            layers.append({"data": values(boxes), "mark": spoken(look), "encoding": encoding})
    crosses = _crosses(answer)
    if crosses:
        mark = silent(
            {"type": "point", "shape": "cross", "size": 40, "fill": ALERT, "stroke": ALERT, "strokeWidth": 0.5}
        )
        layers.append({"data": values(crosses), "mark": mark, "encoding": {"x": x, "y": y}})
    line = _line(answer, across, up)
    if line:
        step = {"interpolate": "step-after"} if whole else {}
        mark = silent({"type": "line", "color": INK, "strokeWidth": 2.5} | step)
        layers.append({"data": values(line), "mark": mark, "encoding": {"x": x, "y": y}})
    if answer.expected is not None and answer.expected.of_reference is not None:
        here = [{"x": answer.expected.of_reference, "y": answer.expected.of_group}]
        mark = silent({"type": "point", "shape": "diamond", "size": 90, "fill": MAIN, "stroke": "white"})
        layers.append({"data": values(here), "mark": mark, "encoding": {"x": x, "y": y}})
    return chart(layers, width=WIDTH, height=HEIGHT)


def tipping_line(
    rows: Sequence[Along],
    beyond: float,
    *,
    titles: tuple[str, str | None],
    counts: bool,
    flip: float | None,
    percent: bool = False,
) -> Spec:
    """One arm: each reading's estimate with its limits, the number to lie beyond dashed, and where it is passed.

    ``titles`` : of the readings and of the estimate; ``counts`` : readings are whole numbers; ``percent`` : of 0 to 100
    """
    at = [row.at for row in rows]
    x = {"field": "x"} | _axis(at, _edges(at), titles[0], whole=counts)
    data: list[dict[str, object]] = [
        {
            "x": row.at,
            "estimate": round(row.estimate, 6),
            "lower": None if row.lower is None else round(row.lower, 6),
            "upper": None if row.upper is None else round(row.upper, 6),
            "holds": row.holds,
            "says": row.says,
        }
        for row in rows
    ]
    ends = [each for row in rows for each in (row.lower, row.upper, row.estimate) if each is not None]
    y = percent_axis() if percent else _plain_axis([*ends, beyond], titles[1])
    edges = _edges(at)
    layers = [*_limits(data, x, y), *_points(data, x, y)]
    threshold = [{"x": edges[0], "x2": edges[-1], "y": round(beyond, 6)}]
    dashed = silent({"type": "rule", "color": ALERT, "strokeDash": [4, 3], "strokeWidth": 1.5})
    encoding = {"x": x, "x2": {"field": "x2"}, "y": {"field": "y"} | y}
    layers.append({"data": values(threshold), "mark": dashed, "encoding": encoding})
    if flip is not None:
        low, high = y["scale"]["domain"]
        here = [{"x": flip, "y": low, "y2": high}]
        mark = silent({"type": "rule", "color": INK, "strokeWidth": 2})
        encoding = {"x": x, "y": {"field": "y"} | y, "y2": {"field": "y2"}}
        layers.append({"data": values(here), "mark": mark, "encoding": encoding})
    return chart(layers, width=WIDTH, height=190)


def _limits(data: Sequence[dict[str, object]], x: Spec, y: Spec) -> list[Spec]:
    limited = [row for row in data if row["lower"] is not None and row["upper"] is not None]
    if not limited:
        return []
    encoding = {"x": x, "y": {"field": "lower"} | y, "y2": {"field": "upper"}, "description": SAYS}
    mark = spoken({"type": "rule", "color": LINE, "strokeWidth": 2})
    return [{"data": values(limited), "mark": mark, "encoding": encoding}]


def _points(data: Sequence[dict[str, object]], x: Spec, y: Spec) -> list[Spec]:
    """Full where the conclusion holds, hollow where it fails."""
    layers: list[Spec] = []
    for holds, fill in ((True, MAIN), (False, "white")):
        rows = [row for row in data if row["holds"] is holds]
        if rows:
            mark = spoken({"type": "point", "shape": "circle", "size": 30, "fill": fill, "stroke": MAIN})
            encoding = {"x": x, "y": {"field": "estimate"} | y, "description": SAYS}
            layers.append({"data": values(rows), "mark": mark, "encoding": encoding})
    return layers


def _title(answer: TippingMap, *, of_group: bool) -> str:
    arm = answer.arm if of_group else answer.reference_arm
    assert arm is not None
    what = "unseen that responded" if answer.kind == "counts" else "unseen, points worse"
    return f"{cut(arm.group, LONGEST_NAME)}: {what}"


def _edges(axis: Sequence[float]) -> list[float]:
    """Where the cells of an axis begin and end: half way to the next, the outermost as wide as their neighbours."""
    between = [(one + other) / 2 for one, other in pairwise(axis)]
    if not between:
        return [axis[0] - 0.5, axis[0] + 0.5]
    return [2 * axis[0] - between[0], *between, 2 * axis[-1] - between[-1]]


def _boxes(
    answer: TippingMap, across: Sequence[float], up: Sequence[float], says: Sequence[str]
) -> list[dict[str, object]]:
    """A box a cell, or a box for each run of cells above each other that agree."""
    width, height = len(answer.reference_axis), len(answer.group_axis)
    apart = width * height <= MOST_CELLS
    boxes: list[dict[str, object]] = []
    for column in range(width):
        first = 0
        for row in range(height):
            holds = answer.holds[row * width + column]
            ends = row == height - 1 or answer.holds[(row + 1) * width + column] is not holds
            if apart or ends:
                box = {"x": across[column], "x2": across[column + 1], "y": up[first], "y2": up[row + 1]}
                boxes.append(box | {"holds": holds, "says": says[row * width + column]})
                first = row + 1
    return boxes


def _crosses(answer: TippingMap) -> list[dict[str, object]]:
    """Signs where the conclusion fails, on an even selection of the cells."""
    width, height = len(answer.reference_axis), len(answer.group_axis)
    each_row, each_column = -(-height // MOST_SIGNS), -(-width // MOST_SIGNS)
    return [
        {"x": answer.reference_axis[column], "y": answer.group_axis[row]}
        for row in range(0, height, each_row)
        for column in range(0, width, each_column)
        if not answer.holds[row * width + column]
    ]


def _line(answer: TippingMap, across: Sequence[float], up: Sequence[float]) -> list[dict[str, object]]:
    """The flip line: steps between the cells of counts, straight through the exact points of scores."""
    flips = {flip.of_reference: flip for flip in answer.flips}
    shown = [flips[each] for each in answer.reference_axis]
    if all(flip.of_group is None for flip in shown) and len({flip.conclusion for flip in shown}) == 1:
        return []
    if answer.kind == "points":
        return [{"x": flip.of_reference, "y": flip.of_group} for flip in shown if flip.of_group is not None]
    ends = {"holds throughout": up[0], "never holds": up[-1], "flips back": None}
    heights = [ends[flip.conclusion] if flip.of_group is None else flip.of_group - 0.5 for flip in shown]
    steps: list[dict[str, object]] = [{"x": left, "y": height} for left, height in zip(across, heights, strict=False)]
    return [*steps, {"x": across[-1], "y": heights[-1]}]


def _axis(axis: Sequence[float], edges: Sequence[float], title: str, *, whole: bool) -> Spec:
    return {
        "type": "quantitative",
        "scale": {"domain": [edges[0], edges[-1]], "nice": False, "zero": False},
        "axis": {"title": title, "values": _ticks(axis[0], axis[-1], whole=whole), "grid": False},
    }


def _plain_axis(shown: Sequence[float], title: str | None) -> Spec:
    low, high = min(shown), max(shown)
    room = 0.05 * (high - low) or 0.5
    return {
        "type": "quantitative",
        "scale": {"domain": [round(low - room, 6), round(high + room, 6)], "nice": False, "zero": False},
        "axis": {"title": title, "values": _ticks(low, high, whole=False)},
    }


def _ticks(low: float, high: float, *, whole: bool) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most nine of them; of counts, whole ones."""
    if high <= low:
        return [low]
    power = 10.0 ** floor(log10((high - low) / 8))
    step = next(step * power for step in (*STEPS, 10) if (high - low) / (step * power) <= 8)
    step = max(step, 1.0) if whole else step
    first = -floor(-low / step + 1e-9)
    return [round(k * step, 9) for k in range(first, floor(high / step + 1e-9) + 1)]
