"""Mean scores over the visits, a shape and a dash per group."""

import math
from collections.abc import Sequence

from equipoise.domain.result import EstimateRow
from equipoise.report.figures.theme import (
    GROUP_COLOURS,
    GROUP_DASHES,
    GROUP_SHAPES,
    SAYS,
    WIDTH,
    Spec,
    chart,
    spoken,
    values,
)
from equipoise.report.row_words import score_answer
from equipoise.report.rows import group_words, groups_of

GROUP_SIGNS = ("●", "■", "▲", "◆", "✚", "▼")
MOST_GROUPS = len(GROUP_SHAPES)


def score_chart(rows: Sequence[EstimateRow], unit: str) -> Spec:
    """Means with their intervals over the months; groups stand a little apart so that limits do not hide each other."""
    groups = groups_of(rows)[:MOST_GROUPS]
    months = sorted({row.month for row in rows})
    apart = (months[-1] - months[0] or 1.0) * 0.025
    x = {
        "field": "month",
        "type": "quantitative",
        "scale": {"domain": [months[0] - 3 * apart, months[-1] + 3 * apart], "nice": False, "zero": False},
        "axis": {"title": "month" if months == [1] else "months", "values": months, "grid": False},
    }
    seen = [float(each) for row in rows for each in (row.estimate, row.lower, row.upper) if each is not None]
    y = {"field": "estimate"} | score_axis(seen, unit)
    layers: list[Spec] = []
    for place, group in enumerate(groups):
        data = [_row(row, groups, (place - (len(groups) - 1) / 2) * apart) for row in rows if row.group == group]
        layers.extend(_group(data, place, x, y))
    return chart(layers, width=WIDTH - 50, height=200)


def score_axis(seen: Sequence[float], unit: str) -> Spec:
    """An axis over every mean and limit, marked at round numbers."""
    low, high = min(seen), max(seen)
    step = _round_step(high - low)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return {
        "type": "quantitative",
        "scale": {"domain": [first * step, last * step], "nice": False, "zero": False},
        "axis": {"title": unit, "values": [k * step for k in range(first, last + 1)]},
    }


def _round_step(span: float) -> float:
    """1, 2 or 5 times a power of ten that cuts a span into at most six."""
    if span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / 6))
    return next(power * each for each in (1, 2, 5, 10) if span / (power * each) <= 6)


def _row(row: EstimateRow, groups: Sequence[str], shift: float) -> dict[str, object]:
    head, small = score_answer(row)
    return {
        "month": row.month + shift,
        "estimate": row.estimate,
        "lower": row.lower,
        "upper": row.upper,
        "says": f"{group_words(row.group, groups)}{row.visit}: {head} ({small})",
    }


def _group(data: Sequence[dict[str, object]], place: int, x: Spec, y: Spec) -> list[Spec]:
    colour, dash = GROUP_COLOURS[place], list(GROUP_DASHES[place])
    limited = [row for row in data if row["lower"] is not None and row["upper"] is not None]
    line = {"type": "line", "color": colour, "strokeDash": dash, "strokeWidth": 1.5, "aria": False}
    point = {"type": "point", "shape": GROUP_SHAPES[place], "size": 60, "fill": colour, "stroke": "white"}
    layers: list[Spec] = [{"data": values(data), "mark": line, "encoding": {"x": x, "y": y}}]
    if limited:
        layers.append(
            {
                "data": values(limited),
                "mark": spoken({"type": "rule", "color": colour, "strokeWidth": 1.5}),
                "encoding": {"x": x, "y": y | {"field": "lower"}, "y2": {"field": "upper"}, "description": SAYS},
            }
        )
    encoding = {"x": x, "y": y, "description": SAYS}
    return [*layers, {"data": values(data), "mark": spoken(point), "encoding": encoding}]
