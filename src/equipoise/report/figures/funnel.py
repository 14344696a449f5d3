"""The funnel: matching arms by what they found and how precisely."""

import math

from equipoise.domain.pooling_answer import ArmsApart
from equipoise.report.figures.theme import INK, LINE, QUIET, SAYS, WIDTH, Spec, chart, silent, spoken, values
from equipoise.report.wording import number

HEIGHT = 190.0
REACH = 1.959964
"""Standard errors that hold 95 % of arms of one common rate."""


def funnel_plot(apart: ArmsApart) -> Spec:
    """Precise arms on top; between the slanting lines lie 95 % of arms that share one rate."""
    line, points = apart.line, apart.funnel
    deepest = 1.08 * max(each.standard_error for each in points)
    centre = line.common_log_odds if line is not None else _common(apart)
    ends = [centre - REACH * deepest, centre + REACH * deepest, *(each.log_odds for each in points)]
    low, high = math.floor(2 * min(ends)) / 2, math.ceil(2 * max(ends)) / 2
    x = _axis("log-odds of response", (low, high), _ticks(low, high))
    y = _axis("standard error", (deepest, 0.0), [0.0, *_ticks(0.0, deepest)[1:]])
    said = [
        {
            "x": each.log_odds,
            "y": each.standard_error,
            "says": f"{each.study_id}, {each.arm}: log-odds {number(each.log_odds, 2)}, "
            f"standard error {number(each.standard_error, 2)}",
        }
        for each in points
    ]
    walls = [{"x": centre, "x2": centre + side * REACH * deepest, "y": 0.0, "y2": deepest} for side in (-1, 0, 1)]
    layers: list[Spec] = [_rules(walls, {"color": LINE, "strokeWidth": 1.5}, x, y)]
    if line is not None:
        slope = [{"x": line.at_no_error, "x2": line.at_no_error + line.slope * deepest, "y": 0.0, "y2": deepest}]
        if all(low <= end <= high for end in (slope[0]["x"], slope[0]["x2"])):
            layers.append(_rules(slope, {"color": QUIET, "strokeWidth": 1.5, "strokeDash": [4, 3]}, x, y))
    dot = spoken({"type": "point", "shape": "square", "size": 60, "fill": INK, "stroke": INK})
    at = {"x": {"field": "x"} | x, "y": {"field": "y"} | y, "description": SAYS}
    layers.append({"data": values(said), "mark": dot, "encoding": at})
    return chart(layers, width=WIDTH, height=HEIGHT)


def _common(apart: ArmsApart) -> float:
    weights = [each.standard_error**-2 for each in apart.funnel]
    return sum(w * each.log_odds for w, each in zip(weights, apart.funnel, strict=True)) / sum(weights)


def _axis(title: str, domain: tuple[float, float], ticks: list[float]) -> Spec:
    scale = {"domain": list(domain), "nice": False, "zero": False}
    return {"type": "quantitative", "scale": scale, "axis": {"title": title, "values": ticks, "grid": False}}


def _ticks(low: float, high: float) -> list[float]:
    step = next(each for each in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 1e9) if (high - low) / each <= 7)
    first = math.ceil(low / step - 1e-9)
    return [round(step * k, 6) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _rules(rows: list[dict[str, float]], look: Spec, x: Spec, y: Spec) -> Spec:
    at = {"x": {"field": "x"} | x, "x2": {"field": "x2"}, "y": {"field": "y"} | y, "y2": {"field": "y2"}}
    return {"data": values(rows), "mark": silent({"type": "rule"} | look), "encoding": at}
