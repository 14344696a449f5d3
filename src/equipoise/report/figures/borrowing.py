"""The control rate as published arms tell it, and as our own controls leave it."""

from collections.abc import Sequence

from equipoise.domain.borrowing_answer import Borrowing, RateDensity
from equipoise.report.figures.theme import ALERT, MAIN, PALE, QUIET, WIDTH, Spec, chart, percent_axis, values

HEIGHT = 170.0


def prior_curve(each: Borrowing) -> Spec:
    """Filled: what the published arms say. Strokes: once our own controls are seen, at either end of the unknown."""
    highest = max(_heights(each.curve))
    x = {"field": "rate"} | percent_axis("control rate")
    y = {"type": "quantitative", "scale": {"domain": [0, 1.05 * highest], "nice": False}, "axis": None}
    layers: list[Spec] = [
        {
            "data": values(_points(each.curve, "prior")),
            "mark": {"type": "area", "color": PALE, "aria": False},
            "encoding": {"x": x, "y": {"field": "height"} | y, "y2": {"field": "floor"}},
        },
        _line(each.curve, "prior", {"color": QUIET, "strokeWidth": 1.5}, x, y),
    ]
    if each.curve[0].posterior_low is not None:
        layers.append(_line(each.curve, "posterior_low", {"color": MAIN, "strokeWidth": 2}, x, y))
        layers.append(
            _line(each.curve, "posterior_high", {"color": ALERT, "strokeWidth": 2, "strokeDash": [5, 3]}, x, y)
        )
    return chart(layers, width=WIDTH + 150, height=HEIGHT)


def _heights(curve: Sequence[RateDensity]) -> list[float]:
    found = [each for point in curve for each in (point.prior, point.posterior_low, point.posterior_high)]
    return [each for each in found if each is not None]


def _points(curve: Sequence[RateDensity], name: str) -> list[dict[str, float]]:
    return [
        {"rate": round(100 * point.rate, 6), "height": round(getattr(point, name), 9), "floor": 0.0} for point in curve
    ]


def _line(curve: Sequence[RateDensity], name: str, look: Spec, x: Spec, y: Spec) -> Spec:
    mark = {"type": "line", "aria": False} | look
    return {"data": values(_points(curve, name)), "mark": mark, "encoding": {"x": x, "y": {"field": "height"} | y}}
