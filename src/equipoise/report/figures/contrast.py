"""The forest of contrasts: differences about nought, or ratios about one on a scale of doublings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from equipoise.report.figures.theme import (
    ALERT,
    INK,
    LINE,
    MAIN,
    POWER_OF_TWO,
    QUIET,
    SAYS,
    WIDTH,
    Spec,
    chart,
    round_step,
    row_axis,
    silent,
    spoken,
    values,
)

ROW, LINE_OF_TEXT = 40, 14
MOST_DOUBLINGS = 8
"""A limit of a ratio farther from 1 than 2 to this power is drawn to the edge; the table has its number."""


@dataclass(frozen=True)
class ContrastRow:
    """One line: a number with its limits, or a range with its outer limits, in the unit of the axis.

    Of a ratio a limit that is None is without end. ``faint`` : drawn hollow, for a cell that is tiny.
    """

    label: str
    detail: str
    words: str
    estimate: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None = None
    outer_upper: float | None = None
    faint: bool = False

    @property
    def is_drawable(self) -> bool:
        """Whether there is anything to draw."""
        return self.estimate is not None or self.lower is not None or self.upper is not None

    @property
    def is_range(self) -> bool:
        """Whether it has outer limits."""
        return self.outer_lower is not None or self.outer_upper is not None


def contrast_forest(
    rows: Sequence[ContrastRow],
    *,
    scale: Literal["difference", "ratio"],
    title: str,
    mark_at: float | None = None,
    about_nought: bool = True,
) -> Spec:
    """Rows top down, each named above its line; a rule at no contrast, and a dashed one ``mark_at`` (a margin).

    Not ``about_nought`` : numbers for which nought means nothing of its own, such as mean scores; without that rule.
    """
    domain, axis = _axis(rows, scale, title, mark_at, about_nought=about_nought)
    high = ROW + LINE_OF_TEXT
    height = float(high * len(rows))
    data = [
        {
            "y": high * place + high - 13,
            "name_y": high * place + 4,
            "detail_y": high * place + 4 + LINE_OF_TEXT,
            "label": row.label,
            "detail": row.detail,
            "says": row.words,
            "kind": "range" if row.is_range else "faint" if row.faint else "number",
            "estimate": _at(row.estimate, scale),
        }
        | _limits(row, scale, domain)
        for place, row in enumerate(rows)
    ]
    y = {"field": "y"} | row_axis(height)
    layers = [
        *(_verticals(height, axis, mark_at, scale, y) if about_nought else ()),
        _texts(data, "label", "name_y", INK, height),
        _texts(data, "detail", "detail_y", QUIET, height),
        *_lines(data, axis, y),
        *_points(data, axis, y),
    ]
    return chart(layers, width=WIDTH + 150, height=height)


def _at(value: float | None, scale: str) -> float | None:
    """The place of a value on the axis: itself, or its doublings."""
    if value is None:
        return None
    if scale == "difference":
        return round(value, 6)
    return round(min(max(math.log2(value), -MOST_DOUBLINGS), MOST_DOUBLINGS), 6) if value > 0 else -MOST_DOUBLINGS


def _limits(row: ContrastRow, scale: str, domain: tuple[float, float]) -> dict[str, object]:
    """Where the lines begin and end; a ratio's line without an end runs to the edge."""
    found: dict[str, object] = {}
    for low, high in (("lower", "upper"), ("outer_lower", "outer_upper")):
        pair = getattr(row, low), getattr(row, high)
        there = any(each is not None for each in pair)
        edges = domain if there and scale == "ratio" else (None, None)
        for name, value, edge in zip((low, high), pair, edges, strict=True):
            found[name] = edge if value is None else _at(value, scale)
    return found


def _axis(
    rows: Sequence[ContrastRow], scale: str, title: str, mark_at: float | None, *, about_nought: bool
) -> tuple[tuple[float, float], Spec]:
    """An axis over every number, no contrast among them, marked at round ones."""
    seen = [
        value
        for row in rows
        for each in (row.estimate, row.lower, row.upper, row.outer_lower, row.outer_upper, mark_at)
        if (value := _at(each, scale)) is not None
    ]
    low, high = min([*seen, -1.0 if scale == "ratio" else 0.0]), max([*seen, 1.0 if scale == "ratio" else 0.0])
    step = round_step(high - low, whole=scale == "ratio")
    first, last = math.floor(low / step), math.ceil(high / step)
    if about_nought:  # no contrast never lies at an edge
        first, last = min(first, -1), max(last, 1)
    ticks = [round(step * place, 6) for place in range(first, last + 1)]
    marked: Spec = {"values": ticks, "title": title}
    if scale == "ratio":
        marked["labelExpr"] = POWER_OF_TWO
    domain = (ticks[0], ticks[-1])
    return domain, {
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False, "zero": False},
        "axis": marked,
    }


def _verticals(height: float, axis: Spec, mark_at: float | None, scale: str, y: Spec) -> list[Spec]:
    """No contrast, and the margin."""
    looks: list[tuple[float, Spec]] = [(0.0, {"type": "rule", "color": INK, "strokeWidth": 1})]
    if mark_at is not None:
        at = _at(mark_at, scale)
        assert at is not None
        looks.append((at, {"type": "rule", "color": ALERT, "strokeWidth": 1, "strokeDash": [3, 3]}))
    return [
        {
            "data": values([{"x": at, "y": 0.0, "bottom": height}]),
            "mark": silent(look),
            "encoding": {"x": {"field": "x"} | axis, "y": y, "y2": {"field": "bottom"}},
        }
        for at, look in looks
    ]


def _texts(data: Sequence[dict[str, object]], field: str, at: str, colour: str, height: float) -> Spec:
    mark = {"type": "text", "align": "left", "baseline": "top", "fontSize": 11, "color": colour, "limit": 480, "dx": 4}
    return {
        "data": values(data),
        "mark": silent(mark),
        "encoding": {
            "x": {"value": 0},
            "y": {"field": at} | row_axis(height),
            "text": {"field": field, "type": "nominal"},
        },
    }


def _lines(data: Sequence[dict[str, object]], axis: Spec, y: Spec) -> list[Spec]:
    looks: tuple[tuple[tuple[str, ...], str, str, Spec], ...] = (
        (("range",), "outer_lower", "outer_upper", {"strokeWidth": 1.5, "strokeDash": [4, 3], "color": QUIET}),
        (("range",), "lower", "upper", {"strokeWidth": 7, "opacity": 0.55, "color": MAIN}),
        (("number",), "lower", "upper", {"strokeWidth": 2, "color": QUIET}),
        (("faint",), "lower", "upper", {"strokeWidth": 1.5, "color": LINE}),
    )
    layers: list[Spec] = []
    for kinds, low, high, look in looks:
        rows = [row for row in data if row["kind"] in kinds and row[low] is not None and row[high] is not None]
        if low == "outer_lower":
            rows = [row for row in rows if (row[low], row[high]) != (row["lower"], row["upper"])]
        if rows:
            layers.append(
                {
                    "data": values(rows),
                    "mark": spoken({"type": "rule"} | look),
                    "encoding": {"x": {"field": low} | axis, "x2": {"field": high}, "y": y, "description": SAYS},
                }
            )
    return layers


def _points(data: Sequence[dict[str, object]], axis: Spec, y: Spec) -> list[Spec]:
    looks: tuple[tuple[str, Spec], ...] = (
        ("number", {"shape": "circle", "size": 80, "fill": MAIN, "stroke": MAIN}),
        ("faint", {"shape": "circle", "size": 60, "fill": "white", "stroke": QUIET}),
    )
    layers: list[Spec] = []
    for kind, look in looks:
        rows = [row for row in data if row["kind"] == kind and row["estimate"] is not None]
        if rows:
            layers.append(
                {
                    "data": values(rows),
                    "mark": spoken({"type": "point", "strokeWidth": 1.5} | look),
                    "encoding": {"x": {"field": "estimate"} | axis, "y": y, "description": SAYS},
                }
            )
    return layers
