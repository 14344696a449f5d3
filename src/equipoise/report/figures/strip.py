"""The strip: where the headline sits among all defensible answers, one drawing per group and visit."""

from collections.abc import Sequence

from equipoise.domain.estimand import Missing
from equipoise.domain.result import EstimateRow
from equipoise.report.figures.theme import (
    ALERT,
    INK,
    LINE,
    MAIN,
    PALE,
    SAYS,
    Spec,
    chart,
    percent_axis,
    row_axis,
    silent,
    spoken,
    values,
)
from equipoise.report.rows import missings_of, pick, says, strategies_of
from equipoise.report.wording import share

LANE = 50
TOP = 22
FIRST = 22
STEP = 9


def strip(rows: Sequence[EstimateRow], headline: EstimateRow | None, groups: Sequence[str], *, width: int) -> Spec:
    """One group at one visit: a lane per strategy; in it the known answers, the range, unknown as no."""
    strategies, missings = strategies_of(rows), missings_of(rows)
    height = float(TOP + LANE * len(strategies))
    lanes = [{"y": TOP + LANE * place, "label": strategy} for place, strategy in enumerate(strategies)]
    drawn = []
    for lane in lanes:
        for place, missing in enumerate(missings):
            row = pick(rows, strategy=str(lane["label"]), missing=missing)
            if row is not None:
                drawn.append(_mark(row, float(str(lane["y"])) + FIRST + STEP * place, groups, row == headline))
    y = {"field": "y"} | row_axis(height)
    layers = [*_headline_rule(headline, height, y), _names(lanes, y), *_ranges(drawn, y), *_points(drawn, y)]
    return chart(layers, width=width, height=height)


def _mark(row: EstimateRow, y: float, groups: Sequence[str], is_headline: bool) -> dict[str, object]:
    lower, upper = row.lower, row.upper
    outer_lower = row.outer_lower if row.estimate is None else lower
    outer_upper = row.outer_upper if row.estimate is None else upper
    one = row.estimate if row.estimate is not None else lower if lower == upper else None
    kind = "headline" if is_headline else "range" if one is None else row.missing
    return {
        "y": y,
        "kind": kind,
        "estimate": _percent(one),
        "lower": _percent(lower),
        "upper": _percent(upper),
        "outer_lower": _percent(outer_lower),
        "outer_upper": _percent(outer_upper),
        "says": says(row, groups),
    }


def _percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 6)


def _names(lanes: Sequence[dict[str, object]], y: Spec) -> Spec:
    return {
        "data": values(lanes),
        "mark": silent({"type": "text", "align": "left", "baseline": "top", "fontSize": 11, "color": INK, "dy": 3}),
        "encoding": {"x": {"value": 0}, "y": y, "text": {"field": "label", "type": "nominal"}},
    }


def _headline_rule(headline: EstimateRow | None, height: float, y: Spec) -> list[Spec]:
    """A dashed line at the headline through every lane, so that a reader sees what lies left of it."""
    if headline is None or headline.estimate is None:
        return []
    at = [
        {
            "x": _percent(headline.estimate),
            "y": TOP - 4,
            "bottom": height,
            "label": f"headline {share(headline.estimate, headline.n)}",
        }
    ]
    x = {"field": "x"} | percent_axis()
    left = headline.estimate > 0.5
    return [
        {
            "data": values(at),
            "mark": silent({"type": "rule", "strokeDash": [3, 3], "color": ALERT, "strokeWidth": 1}),
            "encoding": {"x": x, "y": y, "y2": {"field": "bottom"}},
        },
        {
            "data": values(at),
            "mark": silent(
                {
                    "type": "text",
                    "align": "right" if left else "left",
                    "baseline": "bottom",
                    "dx": 5 if left else -5,
                    "fontSize": 12,
                    "fontWeight": "bold",
                    "color": ALERT,
                }
            ),
            "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}},
        },
    ]


def _ranges(drawn: Sequence[dict[str, object]], y: Spec) -> list[Spec]:
    limited = [row for row in drawn if row["outer_lower"] is not None]
    ranges = [row for row in drawn if row["kind"] == "range" and row["lower"] is not None]
    thin: Spec = {
        "data": values(limited),
        "mark": spoken({"type": "rule", "color": LINE, "strokeWidth": 1.5}),
        "encoding": {
            "x": {"field": "outer_lower"} | percent_axis(),
            "x2": {"field": "outer_upper"},
            "y": y,
            "description": SAYS,
        },
    }
    thick: Spec = {
        "data": values(ranges),
        "mark": spoken({"type": "rule", "color": MAIN, "strokeWidth": 6, "opacity": 0.6}),
        "encoding": {
            "x": {"field": "lower"} | percent_axis(),
            "x2": {"field": "upper"},
            "y": y,
            "description": SAYS,
        },
    }
    return [layer for layer, rows in ((thin, limited), (thick, ranges)) if rows]


def _points(drawn: Sequence[dict[str, object]], y: Spec) -> list[Spec]:
    looks: tuple[tuple[str, Spec], ...] = (
        (Missing.OBSERVED.value, {"shape": "circle", "size": 64, "fill": MAIN, "stroke": MAIN}),
        (Missing.NON_RESPONDER.value, {"shape": "square", "size": 50, "fill": "white", "stroke": MAIN}),
        (Missing.BOUNDS.value, {"shape": "circle", "size": 34, "fill": PALE, "stroke": MAIN}),
        ("headline", {"shape": "diamond", "size": 170, "fill": ALERT, "stroke": "white"}),
    )
    layers: list[Spec] = []
    for kind, look in looks:
        rows = [row for row in drawn if row["kind"] == kind and row["estimate"] is not None]
        if rows:
            layers.append(
                {
                    "data": values(rows),
                    "mark": spoken({"type": "point", "filled": False, "strokeWidth": 1.5} | look),
                    "encoding": {"x": {"field": "estimate"} | percent_axis(), "y": y, "description": SAYS},
                }
            )
    return layers
