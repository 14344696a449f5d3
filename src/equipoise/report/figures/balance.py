"""How alike two cohorts are: standardised differences before and after (a Love plot), and where their scores lie."""

import math
from collections.abc import Sequence

from equipoise.domain.contrast_answer import MethodDiagnostics, ShareOfScores
from equipoise.report.figures.theme import (
    ALERT,
    INK,
    LINE,
    MAIN,
    PALE,
    QUIET,
    SAYS,
    WIDTH,
    Spec,
    chart,
    percent_axis,
    row_axis,
    silent,
    spoken,
    values,
)
from equipoise.report.wording import number

ROW, TEXT = 34, 12
WIDEST = 3.0
"""Standard deviations: a difference beyond is drawn at the edge; the table has its number."""
TWO_SIDED_95 = 1.96
SCORES: Spec = {
    "type": "quantitative",
    "scale": {"domain": [0, 1], "nice": False},
    "axis": {"values": [0, 0.25, 0.5, 0.75, 1], "title": "propensity score", "grid": False},
}


def love_plot(found: MethodDiagnostics, threshold: float) -> Spec:
    """Each covariate before (hollow) and after (filled), the fixed threshold dashed, what chance leaves shaded."""
    shown = [
        each for row in found.balance for each in (row.difference_before, row.difference_after) if each is not None
    ]
    chance = TWO_SIDED_95 * (found.spread_after or found.spread_before)
    reach = max([threshold, chance, *(abs(each) for each in shown)])
    edge = min(math.ceil(reach / 0.25) * 0.25, WIDEST)
    height = float(ROW * len(found.balance))
    x = _differences(edge)
    y = row_axis(height)
    points: list[dict[str, object]] = [
        {
            "y": ROW * place + ROW - 9,
            "name_y": ROW * place + 4,
            "name": row.covariate,
            "before": _within(row.difference_before, edge),
            "after": None if row.difference_after is None else _within(row.difference_after, edge),
            "says": _says(row.covariate, row.difference_before, row.difference_after),
        }
        for place, row in enumerate(found.balance)
    ]
    layers = [
        _band(chance, edge, height, x, y),
        *(_upright(at, height, x, y, look) for at, look in _uprights(threshold, edge)),
        _names(points, y),
        *_points(points, x, y),
    ]
    return chart(layers, width=WIDTH + 100, height=height)


def _differences(edge: float) -> Spec:
    step = 0.25 if edge <= 1 else 0.5 if edge <= 2 else 1.0
    most = math.floor(edge / step)
    ticks = [round(step * place, 6) for place in range(-most, most + 1)]
    axis = {"values": ticks, "title": "standardised difference (standard deviations)"}
    return {
        "type": "quantitative",
        "scale": {"domain": [-edge, edge], "nice": False, "zero": False},
        "axis": axis,
    }


def _within(value: float, edge: float) -> float:
    return round(min(max(value, -edge), edge), 6)


def _says(name: str, before: float, after: float | None) -> str:
    then = "no weights" if after is None else f"{number(after, 2)} after"
    return f"{name}: {number(before, 2)} before, {then}"


def _band(chance: float, edge: float, height: float, x: Spec, y: Spec) -> Spec:
    """Where 95 of 100 random allocations would leave a difference."""
    low, high = round(max(-chance, -edge), 6), round(min(chance, edge), 6)
    return {
        "data": values([{"x": low, "x2": high, "y": 0.0, "y2": height}]),
        "mark": silent({"type": "rect", "fill": PALE, "fillOpacity": 0.6}),
        "encoding": {"x": {"field": "x"} | x, "x2": {"field": "x2"}, "y": {"field": "y"} | y, "y2": {"field": "y2"}},
    }


def _uprights(threshold: float, edge: float) -> Sequence[tuple[float, Spec]]:
    dashed: Spec = {"type": "rule", "color": ALERT, "strokeWidth": 1, "strokeDash": [3, 3]}
    looks: list[tuple[float, Spec]] = [(0.0, {"type": "rule", "color": INK, "strokeWidth": 1})]
    return [*looks, *((at, dashed) for at in (-threshold, threshold) if abs(at) <= edge)]


def _upright(at: float, height: float, x: Spec, y: Spec, look: Spec) -> Spec:
    return {
        "data": values([{"x": at, "y": 0.0, "y2": height}]),
        "mark": silent(look),
        "encoding": {"x": {"field": "x"} | x, "y": {"field": "y"} | y, "y2": {"field": "y2"}},
    }


def _names(points: Sequence[dict[str, object]], y: Spec) -> Spec:
    mark = {"type": "text", "align": "left", "baseline": "top", "fontSize": 11, "color": INK, "limit": 420, "dx": 4}
    return {
        "data": values(points),
        "mark": silent(mark),
        "encoding": {
            "x": {"value": 0},
            "y": {"field": "name_y"} | y,
            "text": {"field": "name", "type": "nominal"},
        },
    }


def _points(points: Sequence[dict[str, object]], x: Spec, y: Spec) -> list[Spec]:
    looks: tuple[tuple[str, Spec], ...] = (
        ("before", {"shape": "circle", "size": 60, "fill": "white", "stroke": QUIET}),
        ("after", {"shape": "circle", "size": 60, "fill": MAIN, "stroke": MAIN}),
    )
    layers: list[Spec] = []
    for field, look in looks:
        rows = [row for row in points if row[field] is not None]
        if rows:
            layers.append(
                {
                    "data": values(rows),
                    "mark": spoken({"type": "point", "strokeWidth": 1.5} | look),
                    "encoding": {"x": {"field": field} | x, "y": {"field": "y"} | y, "description": SAYS},
                }
            )
    return layers


def scores_drawn(scores: Sequence[ShareOfScores], *, of_treated: bool) -> Spec:
    """One cohort's propensity scores by tenths: pale bars as they are, outlined as they are weighted."""
    total = sum(each.treated if of_treated else each.comparator for each in scores) or 1
    rows = []
    for each in scores:
        cases = each.treated if of_treated else each.comparator
        weight = each.treated_weight if of_treated else each.comparator_weight
        said = f"score {each.lower:g} to {each.upper:g}: {cases} of {total} cases, {100 * weight:.0f} % of the weight"
        rows.append(
            {
                "x": each.lower + 0.01,
                "x2": each.upper - 0.01,
                "y": 0,
                "cases": round(100 * cases / total, 6),
                "weight": round(100 * weight, 6),
                "says": said,
            }
        )
    x, y = SCORES, percent_axis()
    layers: list[Spec] = []
    for field, mark in (
        ("cases", spoken({"type": "rect", "fill": PALE, "stroke": LINE, "strokeWidth": 0.5})),
        ("weight", silent({"type": "rect", "fill": "transparent", "stroke": MAIN, "strokeWidth": 1.5})),
    ):
        layers.append(
            {
                "data": values([row for row in rows if row[field]]),
                "mark": mark,
                "encoding": {
                    "x": {"field": "x"} | x,
                    "x2": {"field": "x2"},
                    "y": {"field": "y"} | y,
                    "y2": {"field": field},
                    "description": SAYS,
                },
            }
        )
    return chart(layers, width=WIDTH - 30, height=150)
