"""What all figures share: ink, type, sizes; safe in greyscale and for colour-blind eyes.

Colours differ in lightness as well as hue, and nothing is told by colour alone: shape, dash and place tell it too.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from equipoise.report.wording import DAYS_IN_A_MONTH

Spec = dict[str, Any]

INK = "#1c2630"
QUIET = "#5b6772"
LINE = "#aeb8c1"
PALE = "#d5dee6"
MAIN = "#14507a"
ALERT = "#b23a0e"
FONT = "Helvetica, Arial, sans-serif"
NARROW = 250
WIDTH = 330
WIDE = 700

GROUP_COLOURS = (MAIN, ALERT, "#5b6772", "#7a5195", "#2f6f4f", "#8a6d1a")
GROUP_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
GROUP_DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (12, 3), (1, 3))

_AXIS = {
    "domainColor": LINE,
    "tickColor": LINE,
    "gridColor": "#e8ecf0",
    "labelColor": QUIET,
    "titleColor": QUIET,
    "labelFontSize": 11,
    "titleFontSize": 11,
    "titleFontWeight": "normal",
    "labelFont": FONT,
    "titleFont": FONT,
    "titlePadding": 8,
}

_CONFIG = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": _AXIS,
    "text": {"font": FONT, "color": INK},
    "point": {"opacity": 1},
    "padding": 4,
}


def chart(layers: Sequence[Spec], *, width: int, height: float) -> Spec:
    """Layers as one Vega-Lite dictionary in the house style."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "config": _CONFIG,
        "layer": list(layers),
    }


def values(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Rows as inline data."""
    return {"values": [dict(row) for row in rows]}


def spoken(mark: Spec | str) -> Spec:
    """A mark a reader may point at: it speaks its row's ``says``."""
    return ({"type": mark} if isinstance(mark, str) else dict(mark)) | {"clip": False}


def silent(mark: Spec) -> Spec:
    """A mark that only decorates."""
    return mark | {"aria": False}


def percent_axis(title: str = "") -> Spec:
    """0 to 100 %."""
    return {
        "scale": {"domain": [0, 100], "nice": False},
        "axis": {"values": [0, 25, 50, 75, 100], "labelExpr": "datum.value + ' %'", "title": title or None},
        "type": "quantitative",
    }


def round_step(span: float, *, whole: bool = False) -> float:
    """1, 2 or 5 times a power of ten that cuts a span into at most eight."""
    if span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / 8))
    step = next(power * each for each in (1, 2, 5, 10) if span / (power * each) <= 8)
    return max(float(math.ceil(step)), 1.0) if whole else step


def points_axis(seen: Sequence[float], title: str) -> Spec:
    """An axis over every number, in points of a score, marked at round ones."""
    low, high = min(seen), max(seen)
    step = round_step(high - low)
    first = math.floor(low / step)
    ticks = [round(step * place, 6) for place in range(first, max(math.ceil(high / step), first + 1) + 1)]
    return {
        "type": "quantitative",
        "scale": {"domain": [ticks[0], ticks[-1]], "nice": False, "zero": False},
        "axis": {"values": ticks, "title": title},
    }


def row_axis(height: float) -> Spec:
    """Rows placed by us, top down, in pixels."""
    return {"type": "quantitative", "scale": {"domain": [height, 0], "nice": False, "zero": False}, "axis": None}


_STEPS = (1, 2, 3, 6, 12, 24, *(60 * 2**doubled for doubled in range(64)))
"""Between marks of a time axis, in days or months: one of them makes at most a dozen of whatever is drawn."""


def time_axis(last_day: float, *, grid: bool, first_day: float = 0) -> tuple[float, Spec]:
    """Days, or months once there are many: the days in a unit, and an axis over them, marked from time zero on."""
    months = last_day > 120
    unit = float(DAYS_IN_A_MONTH) if months else 1.0
    last = last_day / unit
    step = next(each for each in _STEPS if last / each <= 12)
    ticks = [step * k for k in range(int((last + 0.05) // step) + 1)]
    title = "months since time zero" if months else "days since time zero"
    axis = {
        "type": "quantitative",
        "scale": {"domain": [round(first_day / unit, 6), round(last * 1.02, 6)], "nice": False},
        "axis": {"title": title, "values": ticks, "grid": grid},
    }
    return unit, axis


POWER_OF_TWO = "pow(2, datum.value)"
"""The label of a scale of doublings: what the doublings make."""

SAYS = {"field": "says", "type": "nominal"}
