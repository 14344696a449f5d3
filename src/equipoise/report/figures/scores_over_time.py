"""A model's means with their intervals over the months, and the observed means beside them."""

from collections.abc import Sequence

from equipoise.domain.scores_over_time_answer import LeastSquaresMean, ScoresOverTime
from equipoise.report.figures.scores import MOST_GROUPS, score_axis
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
from equipoise.report.rows import group_words
from equipoise.report.wording import counted, interval_of_score, number

Mark = dict[str, object]


def model_chart(answer: ScoresOverTime) -> Spec:
    """Filled signs are the model's means, hollow ones the observed; groups stand a little apart."""
    groups = answer.groups[:MOST_GROUPS]
    drawn = [mean for mean in answer.means if mean.group in groups]
    months = sorted({mean.month for mean in drawn})
    apart = (months[-1] - months[0] or 1.0) * (0.03 if len(groups) == 1 else 0.045)
    room = apart * (len(groups) + 2)
    x = {
        "field": "month",
        "type": "quantitative",
        "scale": {"domain": [months[0] - room, months[-1] + room], "nice": False, "zero": False},
        "axis": {"title": "month" if months == [1] else "months", "values": months, "grid": False},
    }
    seen = [each for mean in drawn for each in (mean.estimate, mean.lower, mean.upper, mean.observed)]
    y = score_axis([each for each in seen if each is not None], "points")
    layers: list[Spec] = []
    for place, group in enumerate(groups):
        shift = (place - (len(groups) - 1) / 2) * apart
        mine = [_row(mean, answer, shift) for mean in drawn if mean.group == group]
        beside = [_observed(mean, answer, shift + 0.4 * apart) for mean in drawn if mean.group == group]
        layers += _layers(mine, [row for row in beside if row["value"] is not None], place, x, y)
    return chart(layers, width=WIDTH - 50 if len(groups) == 1 else WIDTH + 130, height=220)


def _row(mean: LeastSquaresMean, answer: ScoresOverTime, shift: float) -> Mark:
    limits = interval_of_score(answer.level, mean.lower, mean.upper)
    place = f"{group_words(mean.group, answer.groups)}{mean.visit}"
    return {
        "month": mean.month + shift,
        "value": mean.estimate,
        "lower": mean.lower,
        "upper": mean.upper,
        "says": f"{place}, model mean: {number(mean.estimate)} ({limits})",
    }


def _observed(mean: LeastSquaresMean, answer: ScoresOverTime, shift: float) -> Mark:
    place = f"{group_words(mean.group, answer.groups)}{mean.visit}"
    said = f"{place}, observed mean: {number(mean.observed)} ({counted(mean.scores, 'score')})"
    return {"month": mean.month + shift, "value": mean.observed, "says": said}


def _layers(mine: Sequence[Mark], beside: Sequence[Mark], place: int, x: Spec, y: Spec) -> list[Spec]:
    colour, dash, shape = GROUP_COLOURS[place], list(GROUP_DASHES[place]), GROUP_SHAPES[place]
    line = {"type": "line", "color": colour, "strokeDash": dash, "strokeWidth": 1.5, "aria": False}
    rule = spoken({"type": "rule", "color": colour, "strokeWidth": 1.5})
    hollow = {"type": "point", "shape": shape, "size": 40, "fill": "white", "stroke": colour, "strokeWidth": 1.2}
    filled = {"type": "point", "shape": shape, "size": 60, "fill": colour, "stroke": "white"}
    at = {"x": x, "y": y | {"field": "value"}}
    layers: list[Spec] = [
        {"data": values(mine), "mark": line, "encoding": at},
        {
            "data": values(mine),
            "mark": rule,
            "encoding": {"x": x, "y": y | {"field": "lower"}, "y2": {"field": "upper"}, "description": SAYS},
        },
    ]
    if beside:
        layers.append({"data": values(beside), "mark": spoken(hollow), "encoding": at | {"description": SAYS}})
    return [*layers, {"data": values(mine), "mark": spoken(filled), "encoding": at | {"description": SAYS}}]
