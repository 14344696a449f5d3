"""The forest: rates, or means, side by side with their intervals; what is not pooled is hollow, later is dashed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from equipoise.report.figures.theme import (
    ALERT,
    INK,
    MAIN,
    QUIET,
    SAYS,
    WIDTH,
    Spec,
    chart,
    percent_axis,
    points_axis,
    row_axis,
    silent,
    spoken,
    values,
)

ROW, LINE_OF_TEXT = 40, 14
NUMBERS = ("estimate", "lower", "upper", "outer_lower", "outer_upper")


@dataclass(frozen=True)
class ForestRow:
    """One line of the forest; proportions 0 to 1, or points. Outer limits are a range of limits or a prediction.

    ``detail`` : a second line of text under the label
    """

    kind: Literal["own", "own range", "arm", "near", "later", "pooled"]
    label: str
    words: str
    estimate: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None = None
    outer_upper: float | None = None
    detail: str = ""

    @property
    def name(self) -> str:
        """The label and its second line."""
        return f"{self.label}, {self.detail}" if self.detail else self.label


def forest(rows: Sequence[ForestRow], *, points: str | None = None) -> Spec:
    """Rows top down, each named above its line so that it reads on a phone.

    ``points`` : the title of an axis in points, of means; without it the rows are proportions
    """
    high = ROW + (LINE_OF_TEXT if any(row.detail for row in rows) else 0)
    height = float(high * len(rows))
    data: list[dict[str, object]] = [
        {
            "y": high * place + high - 13,
            "name_y": high * place + 4,
            "detail_y": high * place + 4 + LINE_OF_TEXT,
            "detail": row.detail,
            "kind": row.kind,
            "label": row.label,
            "says": row.words,
        }
        | {name: _drawn(getattr(row, name), 100 if points is None else 1) for name in NUMBERS}
        for place, row in enumerate(rows)
    ]
    x = percent_axis() if points is None else points_axis(_numbers(rows), points)
    y = {"field": "y"} | row_axis(height)
    names = [_texts(data, "label", "name_y", INK, height)]
    if any(row.detail for row in rows):
        names.append(_texts([row for row in data if row["detail"]], "detail", "detail_y", QUIET, height))
    return chart([*names, *_lines(data, x, y), *_points(data, x, y)], width=WIDTH + 150, height=height)


def _texts(data: Sequence[dict[str, object]], field: str, at: str, colour: str, height: float) -> Spec:
    mark = {"type": "text", "align": "left", "baseline": "top", "fontSize": 11, "color": colour, "limit": 480}
    return {
        "data": values(data),
        "mark": silent(mark),
        "encoding": {
            "x": {"value": 0},
            "y": {"field": at} | row_axis(height),
            "text": {"field": field, "type": "nominal"},
        },
    }


def _drawn(value: float | None, times: float) -> float | None:
    return None if value is None else round(times * value, 6)


def _numbers(rows: Sequence[ForestRow]) -> list[float]:
    return [value for row in rows for name in NUMBERS if (value := getattr(row, name)) is not None]


def _lines(data: Sequence[dict[str, object]], x: Spec, y: Spec) -> list[Spec]:
    looks: tuple[tuple[tuple[str, ...], str, str, Spec], ...] = (
        (("own", "own range", "pooled"), "outer_lower", "outer_upper", {"strokeWidth": 1.5, "strokeDash": [4, 3]}),
        (("own", "arm", "near", "pooled"), "lower", "upper", {"strokeWidth": 2}),
        (("later",), "lower", "upper", {"strokeWidth": 2, "strokeDash": [2, 2], "color": ALERT}),
        (("own range",), "lower", "upper", {"strokeWidth": 7, "opacity": 0.55, "color": MAIN}),
    )
    layers: list[Spec] = []
    for kinds, low, high, look in looks:
        rows = [row for row in data if row["kind"] in kinds and row[low] is not None]
        if rows:
            layers.append(
                {
                    "data": values(rows),
                    "mark": spoken({"type": "rule", "color": QUIET} | look),
                    "encoding": {
                        "x": {"field": low} | x,
                        "x2": {"field": high},
                        "y": y,
                        "description": SAYS,
                    },
                }
            )
    return layers


def _points(data: Sequence[dict[str, object]], x: Spec, y: Spec) -> list[Spec]:
    looks: tuple[tuple[str, Spec], ...] = (
        ("own", {"shape": "circle", "size": 80, "fill": MAIN, "stroke": MAIN}),
        ("arm", {"shape": "square", "size": 60, "fill": INK, "stroke": INK}),
        ("near", {"shape": "square", "size": 60, "fill": "white", "stroke": QUIET}),
        ("later", {"shape": "triangle-up", "size": 70, "fill": "white", "stroke": ALERT}),
        ("pooled", {"shape": "diamond", "size": 180, "fill": INK, "stroke": INK}),
    )
    layers: list[Spec] = []
    for kind, look in looks:
        rows = [row for row in data if row["kind"] == kind and row["estimate"] is not None]
        if rows:
            layers.append(
                {
                    "data": values(rows),
                    "mark": spoken({"type": "point", "strokeWidth": 1.5} | look),
                    "encoding": {"x": {"field": "estimate"} | x, "y": y, "description": SAYS},
                }
            )
    return layers
