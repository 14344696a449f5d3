"""How many cases carry how much weight, and what a hidden cause would leave of a result."""

from collections.abc import Sequence
from dataclasses import dataclass

from equipoise.report.figures.theme import (
    ALERT,
    INK,
    LINE,
    MAIN,
    NARROW,
    PALE,
    QUIET,
    SAYS,
    WIDTH,
    Spec,
    chart,
    silent,
    spoken,
    values,
)

HEIGHT, ROW = 150, 32
MOST_TICKS = 6


@dataclass(frozen=True)
class Bin:
    """Cases whose weight lies from ``lower`` to below ``upper``."""

    lower: float
    upper: float
    cases: int
    says: str


@dataclass(frozen=True)
class Square:
    """What is left of a result without a cause of these prevalences (0 to 1); ``explained`` : nothing of it is left."""

    treated: float
    control: float
    text: str
    explained: bool
    says: str


def weight_plot(bins: Sequence[Bin]) -> Spec:
    """A bar for each bin; a rule at 1, what every case would weigh if nothing had to be matched."""
    most = max((each.cases for each in bins), default=1)
    last = max(bins[-1].upper, 1.0)
    x = _axis(0.0, last, "weight (1: as if unweighted)", whole=False)
    y = _axis(0.0, float(max(most, 1)), "cases", whole=True)
    data: list[dict[str, object]] = [
        {"x": round(each.lower, 6), "x2": round(each.upper, 6), "y": 0, "y2": each.cases, "says": each.says}
        for each in bins
        if each.cases
    ]
    bars = {
        "data": values(data),
        "mark": spoken({"type": "rect", "fill": MAIN, "stroke": "white", "strokeWidth": 1}),
        "encoding": {
            "x": {"field": "x"} | x,
            "x2": {"field": "x2"},
            "y": {"field": "y"} | y,
            "y2": {"field": "y2"},
            "description": SAYS,
        },
    }
    one = {
        "data": values([{"x": 1, "y": 0, "y2": max(most, 1)}]),
        "mark": silent({"type": "rule", "color": ALERT, "strokeDash": [4, 3], "strokeWidth": 1.5}),
        "encoding": {"x": {"field": "x"} | x, "y": {"field": "y"} | y, "y2": {"field": "y2"}},
    }
    return chart([bars, one], width=WIDTH, height=HEIGHT)


def bias_squares(squares: Sequence[Square]) -> Spec:
    """A square for each pair of prevalences: its number, and a pale ground where something is left of the result.

    Left of the rows the prevalence among the treated, under the columns that among the controls.
    """
    across = sorted({each.control for each in squares})
    up = sorted({each.treated for each in squares})
    x, y = _places(0.5, len(across)), _places(1.1, len(up))
    data: list[dict[str, object]] = [
        {
            "x": across.index(each.control) - 0.5,
            "x2": across.index(each.control) + 0.5,
            "y": up.index(each.treated) - 0.5,
            "y2": up.index(each.treated) + 0.5,
            "middle": across.index(each.control),
            "level": up.index(each.treated),
            "text": each.text,
            "says": each.says,
            "explained": each.explained,
        }
        for each in squares
    ]
    under = [{"middle": place, "level": -0.8, "text": f"{100 * share:g} %"} for place, share in enumerate(across)]
    beside = [{"level": place, "text": f"{100 * share:g} %"} for place, share in enumerate(up)]
    middle = {"field": "middle"} | x
    layers = [
        *(_ground(data, x, y, explained=explained) for explained in (False, True)),
        _words(data, INK, "center", middle, y),
        _words(under, QUIET, "center", middle, y),
        _words(beside, QUIET, "right", {"value": -7}, y),
    ]
    return chart([each for each in layers if each["data"]["values"]], width=NARROW, height=ROW * (len(up) + 0.6))


def _words(data: Sequence[dict[str, object]], colour: str, align: str, x: Spec, y: Spec) -> Spec:
    mark = {"type": "text", "fontSize": 11, "color": colour, "align": align, "baseline": "middle"}
    encoding = {"x": x, "y": {"field": "level"} | y, "text": {"field": "text", "type": "nominal"}}
    return {"data": values(data), "mark": silent(mark), "encoding": encoding}


def _ground(data: Sequence[dict[str, object]], x: Spec, y: Spec, *, explained: bool) -> Spec:
    look: Spec = {"type": "rect", "stroke": LINE, "strokeWidth": 0.5, "fill": "white" if explained else PALE}
    encoding = {
        "x": {"field": "x"} | x,
        "x2": {"field": "x2"},
        "y": {"field": "y"} | y,
        "y2": {"field": "y2"},
        "description": SAYS,
    }
    return {
        "data": values([row for row in data if row["explained"] is explained]),
        "mark": spoken(look),
        "encoding": encoding,
    }


def _axis(low: float, high: float, title: str, *, whole: bool) -> Spec:
    step = (high - low) / MOST_TICKS
    power = 10.0 ** len(str(int(step))) / 10 if step >= 1 else 0.1
    size = next(each * power for each in (1, 2, 5, 10, 20, 50) if each * power >= step)
    size = max(size, 1.0) if whole else size
    ticks = [round(low + size * k, 9) for k in range(int((high - low) / size + 1e-9) + 1)]
    return {
        "type": "quantitative",
        "scale": {"domain": [low, round(high, 6)], "nice": False},
        "axis": {"title": title, "values": ticks, "grid": False},
    }


def _places(below: float, count: int) -> Spec:
    """Places 0, 1, … side by side, with so much room before the first."""
    scale = {"domain": [-below, count - 0.5], "nice": False, "zero": False}
    return {"type": "quantitative", "scale": scale, "axis": None}
