"""The control rate on a line: where these cases would win, where they would lose, and where neither."""

from collections.abc import Sequence
from dataclasses import dataclass

from equipoise.report.figures.theme import (
    ALERT,
    INK,
    MAIN,
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

ROW = 44


@dataclass(frozen=True)
class RateLine:
    """One line; stretches of the control rate, 0 to 1. ``words`` says the whole of it."""

    label: str
    words: str
    better: tuple[float, float] | None
    better_if_yes: tuple[float, float] | None
    not_better: tuple[float, float]
    not_better_if_no: tuple[float, float]


LOOKS: tuple[tuple[str, str, Spec], ...] = (
    ("better_if_yes", MAIN, {"strokeWidth": 2, "strokeDash": [5, 3]}),
    ("not_better_if_no", ALERT, {"strokeWidth": 2, "strokeDash": [2, 2]}),
    ("better", MAIN, {"strokeWidth": 8}),
    ("not_better", ALERT, {"strokeWidth": 8, "opacity": 0.75}),
)


def rate_lines(lines: Sequence[RateLine]) -> Spec:
    """Lines top down, each named above itself so that it reads on a phone."""
    height = float(ROW * len(lines))
    y = {"field": "y"} | row_axis(height)
    x = percent_axis("control rate one would have to assume")
    names = [{"y": ROW * place + 6, "label": line.label} for place, line in enumerate(lines)]
    layers: list[Spec] = [
        {
            "data": values(names),
            "mark": silent({"type": "text", "align": "left", "baseline": "top", "fontSize": 11, "color": INK}),
            "encoding": {"x": {"value": 0}, "y": y, "text": {"field": "label", "type": "nominal"}},
        }
    ]
    for name, colour, look in LOOKS:
        rows = [
            {"y": ROW * place + 32, "low": 100 * stretch[0], "high": 100 * stretch[1], "says": line.words}
            for place, line in enumerate(lines)
            if (stretch := getattr(line, name)) is not None
        ]
        if rows:
            mark = spoken({"type": "rule", "color": colour} | look)
            at = {"x": {"field": "low"} | x, "x2": {"field": "high"}, "y": y, "description": SAYS}
            layers.append({"data": values(rows), "mark": mark, "encoding": at})
    return chart(layers, width=WIDTH + 150, height=height)
