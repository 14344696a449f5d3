"""Vega-Lite dictionaries into static SVG, for the part of Vega-Lite that our figures use.

The part: one shared linear scale per axis with an explicit domain and explicit ticks; layers of rule, point, text,
rect, line and area (straight or ``step-after``); positions by field or by pixel. Nothing is aggregated, fitted or
guessed, so the whole of it is a linear map and a few shapes, and a page needs no drawing engine.
The marks lie where Vega puts them: ``tests/unit/test_report_paint.py`` compares both.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from equipoise.report.figures.shapes import SHAPES, joined, number
from equipoise.report.figures.theme import POWER_OF_TWO

Row = Mapping[str, Any]
LETTER = 0.56
"""The width of a letter in ems, roughly: labels are placed by their ends, so nothing needs its exact width."""


@dataclass(frozen=True)
class Scale:
    """A linear map of a domain onto pixels."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        return self.first + (value - self.low) / (self.high - self.low) * (self.last - self.first)


@dataclass(frozen=True)
class Frame:
    """The two scales of a drawing."""

    x: Scale
    y: Scale

    def place(self, channel: str, encoding: Mapping[str, Any], row: Row) -> float | None:
        """The pixel of a row on a channel; None where the row has no value there."""
        defined = encoding[channel]
        if "value" in defined:
            return float(defined["value"])
        value = row.get(defined["field"])
        return None if value is None else (self.x if channel.startswith("x") else self.y)(float(value))


def paint(spec: Mapping[str, Any]) -> str:
    """One drawing as an SVG element: the same bytes for the same dictionary."""
    width, height = float(spec["width"]), float(spec["height"])
    x_axis, y_axis = _channel(spec, "x"), _channel(spec, "y")
    frame = Frame(_scale(x_axis, 0, width), _scale(y_axis, height, 0))
    left, bottom = (
        max(_left(spec, y_axis), _half_of_first(x_axis)),
        24 + (18 if (x_axis.get("axis") or {}).get("title") else 0),
    )
    right, top = 20.0, 8.0
    wide, high = number(left + width + right), number(top + height + bottom)
    axes = "".join((*_x_axis(x_axis, frame.x, width, height), *_y_axis(y_axis, frame.y, width, left)))
    marks = "".join(piece for layer in spec["layer"] for piece in _layer(layer, frame))
    return (
        f'<svg class="drawing" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" focusable="false">'
        f'<g transform="translate({number(left)},{number(top)})"><g aria-hidden="true">{axes}</g>{marks}</g></svg>'
    )


def _channel(spec: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The first definition of a position channel that has a scale; all layers share it."""
    defined = (layer["encoding"].get(name, {}) for layer in spec["layer"])
    return next(channel for channel in defined if "domain" in channel.get("scale", {}))


def _scale(channel: Mapping[str, Any], first: float, last: float) -> Scale:
    low, high = channel["scale"]["domain"]
    return Scale(float(low), float(high), first, last)


def _left(spec: Mapping[str, Any], y_axis: Mapping[str, Any]) -> float:
    """Room for what stands left of the drawing: the axis, or names set flush right."""
    axis = y_axis.get("axis")
    if axis:
        widest = max((len(_label(axis, tick)) for tick in axis["values"]), default=0)
        return 12 + 11 * LETTER * widest + (18 if axis.get("title") else 0)
    names = [
        str(row[layer["encoding"]["text"]["field"]])
        for layer in spec["layer"]
        if layer["mark"]["type"] == "text"
        and layer["mark"].get("align") == "right"
        and "value" in layer["encoding"]["x"]
        for row in layer["data"]["values"]
    ]
    return 10 + 11 * LETTER * max((len(name) for name in names), default=0)


def _half_of_first(x_axis: Mapping[str, Any]) -> float:
    """Room for the half of the first label that stands left of the axis."""
    ticks = (x_axis.get("axis") or {}).get("values")
    return 11 * LETTER * len(_label(x_axis["axis"], ticks[0])) / 2 if ticks else 0.0


def _label(axis: Mapping[str, Any], tick: float) -> str:
    if axis.get("labelExpr") == POWER_OF_TWO:
        return f"{2.0**tick:g}"
    suffix = " %" if "labelExpr" in axis else ""
    return f"{tick:g}".replace("-", "−") + suffix


def _x_axis(channel: Mapping[str, Any], scale: Scale, width: float, height: float) -> Iterator[str]:
    axis = channel.get("axis")
    if not axis:
        return
    for tick in axis["values"]:
        at, label = number(scale(float(tick))), escape(_label(axis, tick))
        if axis.get("grid", True):
            yield f'<line class="grid" x1="{at}" x2="{at}" y1="0" y2="{number(height)}"/>'
        yield f'<line class="axis" x1="{at}" x2="{at}" y1="{number(height)}" y2="{number(height + 4)}"/>'
        yield f'<text class="tick" x="{at}" y="{number(height + 17)}" text-anchor="middle">{label}</text>'
    yield f'<line class="axis" x1="0" x2="{number(width)}" y1="{number(height)}" y2="{number(height)}"/>'
    if axis.get("title"):
        yield (
            f'<text class="tick" x="{number(width / 2)}" y="{number(height + 35)}" text-anchor="middle">'
            f"{escape(str(axis['title']))}</text>"
        )


def _y_axis(channel: Mapping[str, Any], scale: Scale, width: float, left: float) -> Iterator[str]:
    axis = channel.get("axis")
    if not axis:
        return
    for tick in axis["values"]:
        at = scale(float(tick))
        yield f'<line class="grid" x1="0" x2="{number(width)}" y1="{number(at)}" y2="{number(at)}"/>'
        yield f'<text class="tick" x="-7" y="{number(at + 4)}" text-anchor="end">{escape(_label(axis, tick))}</text>'
    if axis.get("title"):
        middle = (scale.first + scale.last) / 2
        yield (
            f'<text class="tick" transform="translate({number(12 - left)},{number(middle)}) rotate(-90)" '
            f'text-anchor="middle">{escape(str(axis["title"]))}</text>'
        )


def _layer(layer: Mapping[str, Any], frame: Frame) -> Iterator[str]:
    mark, encoding = layer["mark"], layer["encoding"]
    rows = layer["data"]["values"]
    if mark["type"] in ("line", "area"):
        yield from _path(mark, encoding, rows, frame)
        return
    paint_one = MARKS[mark["type"]]
    for row in rows:
        drawn = paint_one(mark, encoding, row, frame)
        if drawn is not None:
            yield drawn


def _speech(mark: Mapping[str, Any], encoding: Mapping[str, Any], row: Row) -> str:
    """What a mark says, or silence."""
    if mark.get("aria") is False or "description" not in encoding:
        return ' aria-hidden="true"'
    return f' aria-label="{escape(str(row[encoding["description"]["field"]]), quote=True)}"'


def _look(mark: Mapping[str, Any], *, stroke: str | None = None, fill: str | None = None) -> str:
    """The presentation attributes of a mark."""
    named = {
        "fill": mark.get("fill", fill or "none"),
        "stroke": mark.get("stroke", stroke),
        "stroke-width": mark.get("strokeWidth"),
        "stroke-dasharray": ",".join(number(each) for each in mark["strokeDash"]) if "strokeDash" in mark else None,
        "fill-opacity": mark.get("fillOpacity"),
        "opacity": mark.get("opacity"),
    }
    return "".join(
        f' {name}="{escape(number(value) if isinstance(value, int | float) else str(value), quote=True)}"'
        for name, value in named.items()
        if value is not None
    )


def _rule(mark: Mapping[str, Any], encoding: Mapping[str, Any], row: Row, frame: Frame) -> str | None:
    x, y = frame.place("x", encoding, row), frame.place("y", encoding, row)
    x2 = frame.place("x2", encoding, row) if "x2" in encoding else x
    y2 = frame.place("y2", encoding, row) if "y2" in encoding else y
    if x is None or y is None or x2 is None or y2 is None:
        return None
    return (
        f'<line{_speech(mark, encoding, row)} transform="translate({number(x)},{number(y)})" '
        f'x2="{number(x2 - x)}" y2="{number(y2 - y)}"'
        f"{_look(mark, stroke=mark.get('color', 'currentColor'))}/>"
    )


def _rect(mark: Mapping[str, Any], encoding: Mapping[str, Any], row: Row, frame: Frame) -> str | None:
    x, y = frame.place("x", encoding, row), frame.place("y", encoding, row)
    x2, y2 = frame.place("x2", encoding, row), frame.place("y2", encoding, row)
    if x is None or y is None or x2 is None or y2 is None:
        return None
    wide, high = abs(x2 - x), abs(y2 - y)
    corner = f"M{number(min(x, x2))},{number(min(y, y2))}"
    return (
        f'<path{_speech(mark, encoding, row)} d="{corner}h{number(wide)}v{number(high)}h{number(-wide)}Z"'
        f"{_look(mark)}/>"
    )


def _point(mark: Mapping[str, Any], encoding: Mapping[str, Any], row: Row, frame: Frame) -> str | None:
    x, y = frame.place("x", encoding, row), frame.place("y", encoding, row)
    if x is None or y is None:
        return None
    shape = SHAPES[mark.get("shape", "circle")](float(mark.get("size", 30)))
    return (
        f'<path{_speech(mark, encoding, row)} transform="translate({number(x + mark.get("xOffset", 0))},{number(y)})" '
        f'd="{shape}"{_look(mark, stroke=mark.get("color"))}/>'
    )


def _text(mark: Mapping[str, Any], encoding: Mapping[str, Any], row: Row, frame: Frame) -> str | None:
    x, y = frame.place("x", encoding, row), frame.place("y", encoding, row)
    if x is None or y is None:
        return None
    size = float(mark.get("fontSize", 11))
    words = str(row[encoding["text"]["field"]])
    room = int(mark["limit"] / (size * LETTER)) if "limit" in mark else len(words)
    shown = words if len(words) <= room else f"{words[: room - 1]}…"
    drop = {"top": 0.8 * size, "bottom": -0.2 * size}.get(mark.get("baseline", "middle"), 0.32 * size)
    anchor = {"left": "start", "right": "end"}.get(mark.get("align", ""), "middle")
    weight = ' font-weight="bold"' if mark.get("fontWeight") == "bold" else ""
    return (
        f'<text aria-hidden="true" x="{number(x + mark.get("dx", 0))}" y="{number(y + mark.get("dy", 0) + drop)}" '
        f'text-anchor="{anchor}" font-size="{number(size)}"{weight} fill="{escape(mark.get("color", "currentColor"))}">'
        f"{escape(shown)}</text>"
    )


def _path(mark: Mapping[str, Any], encoding: Mapping[str, Any], rows: Sequence[Row], frame: Frame) -> Iterator[str]:
    """A line, or the area between two lines, in the order of x."""
    step = mark.get("interpolate") == "step-after"
    edges = ("y", "y2") if mark["type"] == "area" else ("y",)
    placed = [
        [frame.place(channel, encoding, row) for channel in ("x", *edges)]
        for row in sorted(rows, key=lambda row: float(row[encoding["x"]["field"]]))
    ]
    points = [[float(each) for each in place if each is not None] for place in placed if None not in place]
    if not points:
        return
    upper = _steps([(place[0], place[1]) for place in points], step=step)
    if mark["type"] == "line":
        drawn, look = joined(upper), _look(mark, stroke=mark.get("color", "currentColor"))
    else:
        lower = _steps([(place[0], place[2]) for place in points], step=step)
        drawn, look = f"{joined([*upper, *reversed(lower)])}Z", _look(mark, fill=mark.get("color", "currentColor"))
    yield f'<path aria-hidden="true" d="{drawn}"{look}/>'


def _steps(points: Sequence[tuple[float, float]], *, step: bool) -> list[tuple[float, float]]:
    """The corners of a line through points; a step holds its value until the next."""
    corners = [points[0]]
    for x, y in points[1:]:
        if step:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return corners


MARKS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any], Row, Frame], str | None]] = {
    "rule": _rule,
    "rect": _rect,
    "point": _point,
    "text": _text,
}
