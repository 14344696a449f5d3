"""Cumulative incidence as steps with their band, or as bounds, named as such."""

from equipoise.domain.result import Incidence, IncidencePoint
from equipoise.report.figures.theme import MAIN, PALE, QUIET, SAYS, WIDTH, Spec, chart, spoken, time_axis, values
from equipoise.report.wording import share

MOST_POINTS = 400
MOST_SIGNS = 60
HEIGHT = 190


def incidence_chart(incidence: Incidence) -> Spec:
    """One event in one group; the other events compete."""
    points = even(incidence.points)
    last = max(1, points[-1].day) if points else 1
    unit, axis = time_axis(last, grid=False)
    x = {"field": "x"} | axis
    rows: list[dict[str, object]] = [
        {"x": 0.0, "estimate": 0.0, "lower": None, "upper": None, "says": "time zero: none"}
    ]
    if points and points[0].day == 0:
        rows = []
    rows += [_row(point, incidence, unit) for point in points]
    layers = _bounds(rows, x) if incidence.kind == "bounds" else _steps(rows, x)
    return chart(layers, width=WIDTH - 50, height=HEIGHT)


def even(points: tuple[IncidencePoint, ...]) -> tuple[IncidencePoint, ...]:
    """At most ``MOST_POINTS`` of the points, the first and the last kept; more could not be told apart on paper."""
    if len(points) <= MOST_POINTS:
        return points
    last = len(points) - 1
    return tuple(points[k * last // (MOST_POINTS - 1)] for k in range(MOST_POINTS))


def _row(point: IncidencePoint, incidence: Incidence, unit: float) -> dict[str, object]:
    of = incidence.n
    if point.estimate is not None:
        words = f"day {point.day:,}: {share(point.estimate, of)}"
        if point.lower is not None and point.upper is not None:
            words += f" ({share(point.lower, of)} to {share(point.upper, of)})"
    elif point.lower is not None and point.upper is not None:
        words = f"day {point.day:,}: between {share(point.lower, of)} and {share(point.upper, of)}"
    else:
        words = f"day {point.day:,}: not estimated"
    numbers = {"estimate": point.estimate, "lower": point.lower, "upper": point.upper}
    scaled = {name: None if value is None else round(100 * value, 6) for name, value in numbers.items()}
    return {"x": round(point.day / unit, 6), "says": words} | scaled


def _y(name: str) -> Spec:
    return {
        "field": name,
        "type": "quantitative",
        "scale": {"domain": [0, 100], "nice": False},
        "axis": {"values": [0, 25, 50, 75, 100], "labelExpr": "datum.value + ' %'", "title": None},
    }


def _band(rows: list[dict[str, object]], x: Spec, mark: Spec) -> list[Spec]:
    banded = [row for row in rows if row["lower"] is not None and row["upper"] is not None]
    if not banded:
        return []
    return [
        {
            "data": values(banded),
            "mark": {"type": "area", "interpolate": "step-after", "aria": False} | mark,
            "encoding": {"x": x, "y": _y("lower"), "y2": {"field": "upper"}},
        }
    ]


def _steps(rows: list[dict[str, object]], x: Spec) -> list[Spec]:
    known = [row for row in rows if row["estimate"] is not None]
    line = {"type": "line", "interpolate": "step-after", "color": MAIN, "strokeWidth": 2, "aria": False}
    return [
        *_band(rows, x, {"color": PALE}),
        {"data": values(known), "mark": line, "encoding": {"x": x, "y": _y("estimate")}},
        *_touch(known, x, "estimate"),
    ]


def _bounds(rows: list[dict[str, object]], x: Spec) -> list[Spec]:
    """Only a range is known: a hatched-looking band with dashed edges and no line inside."""
    ranged = [row for row in rows if row["lower"] is not None]
    edges: list[Spec] = [
        {
            "data": values(ranged),
            "mark": {
                "type": "line",
                "interpolate": "step-after",
                "color": QUIET,
                "strokeDash": [4, 3],
                "strokeWidth": 1.5,
                "aria": False,
            },
            "encoding": {"x": x, "y": _y(name)},
        }
        for name in ("lower", "upper")
    ]
    return [*_band(ranged, x, {"color": MAIN, "opacity": 0.14}), *edges, *_touch(ranged, x, "upper")]


def _touch(rows: list[dict[str, object]], x: Spec, name: str) -> list[Spec]:
    """A small sign at every step to point at."""
    steps = [row for place, row in enumerate(rows) if place == 0 or row[name] != rows[place - 1][name]]
    rows = steps if len(steps) <= MOST_SIGNS else steps[:: len(steps) // MOST_SIGNS + 1]
    mark = spoken({"type": "point", "shape": "circle", "size": 18, "fill": MAIN, "stroke": "white", "strokeWidth": 0.5})
    return (
        [{"data": values(rows), "mark": mark, "encoding": {"x": x, "y": _y(name), "description": SAYS}}] if rows else []
    )
