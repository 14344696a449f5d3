"""The swimlane: every case in time. Whole dates are signs; vague ones are boxes over every day they may mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from equipoise.domain.cohort import Timeline
from equipoise.report.figures.theme import (
    ALERT,
    MAIN,
    PALE,
    QUIET,
    SAYS,
    WIDE,
    Spec,
    chart,
    row_axis,
    silent,
    spoken,
    time_axis,
    values,
)
from equipoise.report.wording import day_span

READABLE = 15
"""The height of a lane that has room for its number."""
EVENT_SHAPES = ("diamond", "triangle-up", "cross", "triangle-down", "square", "triangle-right")
EVENT_SIGNS = ("◆", "▲", "✚", "▼", "■", "▶")


def event_labels(drawn: Sequence[Timeline]) -> tuple[str, ...]:
    """The kinds of event, in order of appearance."""
    return tuple(dict.fromkeys(label for line in drawn for label, _, _ in line.events))


def lane_words(line: Timeline, number: int) -> str:
    """A lane in words: "case 7: followed to day 913 at least; other procedure on some day from 0 to 913"."""
    follow = f"followed to day {line.follow_up_low:,}"
    if line.follow_up_high is None:
        follow += " at least"
    elif line.follow_up_high != line.follow_up_low:
        follow += f", or as late as {line.follow_up_high:,}"
    events = [f"{label}, {day_span(low, high)}" for label, low, high in line.events]
    return f"case {number}: {'; '.join([follow, *events])}"


def days_drawn(drawn: Sequence[Timeline]) -> tuple[int, int]:
    """The first and the last day anything is drawn on, over every lane of the figure."""
    dated = [(low, high) for line in drawn for _, low, high in (*line.events, *line.assessments)]
    dated += [(line.follow_up_low, line.follow_up_high) for line in drawn]
    return min([0, *(low for low, _ in dated)]), max([1, *(low if high is None else high for low, high in dated)])


Row = Mapping[str, object]


@dataclass(frozen=True)
class Lanes:
    """The lanes of a drawing: their cases, where they lie, and the axes they share with the figure's other drawings."""

    drawn: Sequence[Timeline]
    numbers: Mapping[str, int]
    labels: tuple[str, ...]
    span: tuple[int, int]
    unit: float
    axis: Spec
    lane: int

    @property
    def height(self) -> float:
        """In pixels."""
        return float(self.lane * len(self.drawn))

    def until(self, last: int | None) -> float:
        """Where a day is drawn; where nothing bounds it, at the end of the drawing."""
        return (self.span[1] if last is None else last) / self.unit

    @property
    def y(self) -> Spec:
        """Rows placed in pixels."""
        return row_axis(self.height)

    def placed(self) -> Iterator[tuple[Timeline, int, float]]:
        """Each case with its number and the middle of its lane."""
        for place, line in enumerate(self.drawn):
            yield line, self.numbers[line.case_id], self.lane * (place + 0.5)


def swimlane(
    drawn: Sequence[Timeline], numbers: Mapping[str, int], labels: tuple[str, ...], span: tuple[int, int]
) -> Spec:
    """A lane per case, in the order given; ``numbers`` are the rows of ``cases.csv``, never an identifier."""
    unit, axis = time_axis(span[1], grid=True, first_day=span[0])
    lane = READABLE if len(drawn) <= 40 else 9 if len(drawn) <= 100 else 6
    lanes = Lanes(drawn, numbers, labels, span, unit, axis, lane)
    layers = [*_follow_up(lanes), *_assessments(lanes), *_events(lanes), *_lane_numbers(lanes)]
    return chart(layers, width=WIDE - 70, height=lanes.height)


def _follow_up(lanes: Lanes) -> list[Spec]:
    rows = [
        {
            "y": at,
            "start": 0,
            "sure": max(line.follow_up_low, 0) / lanes.unit,
            "may": lanes.until(line.follow_up_high),
            "says": lane_words(line, number),
        }
        for line, number, at in lanes.placed()
    ]
    thick = max(3, lanes.lane * 0.42)
    encoding = {"y": {"field": "y"} | lanes.y, "description": SAYS}
    return [
        {
            "data": values(rows),
            "mark": spoken({"type": "rule", "color": PALE, "strokeWidth": 1.5, "strokeDash": [1, 2]}),
            "encoding": encoding | {"x": {"field": "sure"} | lanes.axis, "x2": {"field": "may"}},
        },
        {
            "data": values(rows),
            "mark": spoken({"type": "rule", "color": PALE, "strokeWidth": thick}),
            "encoding": encoding | {"x": {"field": "start"} | lanes.axis, "x2": {"field": "sure"}},
        },
    ]


def _assessments(lanes: Lanes) -> list[Spec]:
    rows = [
        {
            "y": at,
            "low": low / lanes.unit,
            "high": lanes.until(high),
            "exact": low == high,
            "says": f"case {number}: {label}, {day_span(low, high)}",
        }
        for line, number, at in lanes.placed()
        for label, low, high in line.assessments
    ]
    exact, vague = _told_apart(rows)
    encoding = {"y": {"field": "y"} | lanes.y, "description": SAYS, "x": {"field": "low"} | lanes.axis}
    layers: list[Spec] = []
    if vague:
        layers.append(
            {
                "data": values(vague),
                "mark": spoken({"type": "rule", "color": MAIN, "strokeWidth": 2.5, "strokeCap": "butt"}),
                "encoding": encoding | {"x2": {"field": "high"}},
            }
        )
    if exact:
        mark = {"type": "point", "shape": "circle", "size": 22, "fill": "white", "stroke": MAIN, "strokeWidth": 1.5}
        layers.append({"data": values(exact), "mark": spoken(mark), "encoding": encoding})
    return layers


def _told_apart(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """What lies on one day, and what may lie on several; the drawings need the word no more."""
    exact: list[Row] = []
    vague: list[Row] = []
    for row in rows:
        (exact if row["exact"] else vague).append({name: value for name, value in row.items() if name != "exact"})
    return exact, vague


def _events(lanes: Lanes) -> list[Spec]:
    layers: list[Spec] = []
    for place, label in enumerate(lanes.labels):
        shape = EVENT_SHAPES[place % len(EVENT_SHAPES)]
        rows = [
            {
                "low": low / lanes.unit,
                "high": lanes.until(high),
                "exact": low == high,
                "y": at,
                "top": at - lanes.lane * 0.34,
                "bottom": at + lanes.lane * 0.34,
                "says": f"case {number}: {name}, {day_span(low, high)}",
            }
            for line, number, at in lanes.placed()
            for name, low, high in line.events
            if name == label
        ]
        exact, vague = _told_apart(rows)
        if vague:
            layers.extend(_box(lanes, vague, shape))
        if exact:
            mark = {"type": "point", "shape": shape, "size": 70, "fill": ALERT, "stroke": "white", "strokeWidth": 0.75}
            encoding = {"x": {"field": "low"} | lanes.axis, "y": {"field": "y"} | lanes.y, "description": SAYS}
            layers.append({"data": values(exact), "mark": spoken(mark), "encoding": encoding})
    return layers


def _box(lanes: Lanes, rows: Sequence[Mapping[str, object]], shape: str) -> list[Spec]:
    """Some day inside this dashed box; the event's sign stands after it, since no day of it is likelier."""
    box = {"type": "rect", "fill": ALERT, "fillOpacity": 0.1, "stroke": ALERT, "strokeDash": [3, 2], "strokeWidth": 1}
    sign = {"type": "point", "shape": shape, "size": 44, "fill": "white", "stroke": ALERT, "xOffset": 8}
    return [
        {
            "data": values(rows),
            "mark": spoken(box),
            "encoding": {
                "x": {"field": "low"} | lanes.axis,
                "x2": {"field": "high"},
                "y": {"field": "top"} | lanes.y,
                "y2": {"field": "bottom"},
                "description": SAYS,
            },
        },
        {
            "data": values(rows),
            "mark": spoken(sign),
            "encoding": {"x": {"field": "high"} | lanes.axis, "y": {"field": "y"} | lanes.y, "description": SAYS},
        },
    ]


def _lane_numbers(lanes: Lanes) -> list[Spec]:
    if lanes.lane < READABLE:
        return []
    rows = [{"y": at, "label": str(number)} for _, number, at in lanes.placed()]
    mark = {"type": "text", "align": "right", "fontSize": 10, "color": QUIET, "dx": -6}
    return [
        {
            "data": values(rows),
            "mark": silent(mark),
            "encoding": {
                "x": {"value": 0},
                "y": {"field": "y"} | lanes.y,
                "text": {"field": "label", "type": "nominal"},
            },
        }
    ]
