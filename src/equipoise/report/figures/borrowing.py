"""The control rate or mean as published arms tell it, and as our own controls leave it."""

from collections.abc import Sequence

from equipoise.domain.borrowing_answer import Borrowing, ControlDensity
from equipoise.report.figures.scores import score_axis
from equipoise.report.figures.theme import ALERT, MAIN, PALE, QUIET, WIDTH, Spec, chart, percent_axis, values

HEIGHT = 170.0


def prior_curve(each: Borrowing) -> Spec:
    """Filled: what the published arms say. Strokes: once our own controls are seen, at either end of the unknown."""
    highest = max(_heights(each.curve))
    x = {"field": "at"} | _axis(each)
    y = {"type": "quantitative", "scale": {"domain": [0, 1.05 * highest], "nice": False}, "axis": None}
    times = 100 if each.scale == "rate" else 1
    layers: list[Spec] = [
        {
            "data": values(_points(each.curve, "prior", times)),
            "mark": {"type": "area", "color": PALE, "aria": False},
            "encoding": {"x": x, "y": {"field": "height"} | y, "y2": {"field": "floor"}},
        },
        _line(_points(each.curve, "prior", times), {"color": QUIET, "strokeWidth": 1.5}, x, y),
    ]
    if each.curve[0].posterior_low is not None:
        low, high = (_points(each.curve, name, times) for name in ("posterior_low", "posterior_high"))
        layers.append(_line(low, {"color": MAIN, "strokeWidth": 2}, x, y))
        if low != high:
            layers.append(_line(high, {"color": ALERT, "strokeWidth": 2, "strokeDash": [5, 3]}, x, y))
    return chart(layers, width=WIDTH + 150, height=HEIGHT)


def _axis(each: Borrowing) -> Spec:
    if each.scale == "rate":
        return percent_axis("control rate")
    return score_axis([each.curve[0].at, each.curve[-1].at], f"control mean, points of {each.instrument}")


def _heights(curve: Sequence[ControlDensity]) -> list[float]:
    found = [each for point in curve for each in (point.prior, point.posterior_low, point.posterior_high)]
    return [each for each in found if each is not None]


def _points(curve: Sequence[ControlDensity], name: str, times: int) -> list[dict[str, float]]:
    return [
        {"at": round(times * point.at, 6), "height": round(getattr(point, name), 9), "floor": 0.0} for point in curve
    ]


def _line(points: list[dict[str, float]], look: Spec, x: Spec, y: Spec) -> Spec:
    mark = {"type": "line", "aria": False} | look
    return {"data": values(points), "mark": mark, "encoding": {"x": x, "y": {"field": "height"} | y}}
