"""Who is in which state when, stacked; being in response within its bounds; how long a response lasts, as a band."""

from collections.abc import Sequence
from dataclasses import dataclass

from equipoise.domain.durability_answer import Durability, InResponse, Occupation, ResponseDuration, StillResponding
from equipoise.report.figures.theme import (
    INK,
    MAIN,
    QUIET,
    SAYS,
    WIDTH,
    Spec,
    chart,
    percent_axis,
    silent,
    spoken,
    time_axis,
    values,
)
from equipoise.report.wording import counted, interval, percent, share

HEIGHT = 230
LEDGE = 0.06
"""The last day is drawn this share of the span long, so that what it changes can be seen."""
LETTER_WIDTH = 6.4
LINE_HEIGHT = 14
RESPONDING = "responding"
OF_STATES = {"responding": MAIN, "waiting": "#e6ebf0", "response lost": "#a3b6c6", "dead": INK}
OF_EVENTS = ("#f2cdb8", "#c9622f", "#e3a07c", "#8a3a14")
Row = dict[str, object]


@dataclass(frozen=True)
class _Band:
    """One state's band: its colour, and (x, low, high) in the axis's unit and in percent, by day."""

    state: str
    colour: str
    steps: tuple[tuple[float, float, float], ...]


def stacked(states: Sequence[str]) -> tuple[str, ...]:
    """The states from the bottom up: in response first, so that its height is read from the axis."""
    return (RESPONDING, *(state for state in states if state != RESPONDING))


def occupation_chart(answer: Durability) -> Spec:
    """A band a state, adding up to everybody on every day, as far as all of them are known."""
    unit, axis = _time(answer.horizon_day)
    x: Spec = {"field": "x"} | axis
    bands = _bands(answer, unit)
    width = WIDTH - 50
    span = axis["scale"]["domain"][1]
    layers = [
        *(_area(band, x) for band in bands),
        *(_edge(band, x) for band in bands[:-1]),
        *_labels(bands, x, width / span),
        *_touch(answer, bands, x, unit),
    ]
    return chart(layers, width=width, height=HEIGHT)


def _time(last_day: int) -> tuple[float, Spec]:
    """The axis of time with room for the ledge; its ticks end with the last day."""
    unit, axis = time_axis(max(last_day, 1), grid=False)
    axis["scale"] |= {"domain": [0, round(max(last_day, 1) / unit * (1 + LEDGE), 6)]}
    return unit, axis


def _bands(answer: Durability, unit: float) -> list[_Band]:
    known = _known(answer.occupation)
    order = stacked(answer.states)
    events = [state for state in order if state not in OF_STATES]
    below = dict.fromkeys(known, 0.0)
    bands = []
    for state in order:
        steps = []
        for day, shares in known.items():
            low, high = below[day], below[day] + 100 * shares[state]
            steps.append((round(day / unit, 6), round(low, 6), round(min(high, 100.0), 6)))
            below[day] = high
        if steps:
            steps.append((round(steps[-1][0] + LEDGE * answer.horizon_day / unit, 6), *steps[-1][1:]))
        colour = OF_STATES.get(state) or OF_EVENTS[events.index(state) % len(OF_EVENTS)]
        bands.append(_Band(state, colour, tuple(steps)))
    return bands


def _known(points: Sequence[Occupation]) -> dict[int, dict[str, float]]:
    """The probabilities by day, up to the last day on which all of them are known."""
    by_day: dict[int, dict[str, float]] = {}
    unknown = min((point.day for point in points if point.probability is None), default=None)
    for point in points:
        if point.probability is not None and (unknown is None or point.day < unknown):
            by_day.setdefault(point.day, {})[point.state] = point.probability
    return by_day


def _y(name: str = "y") -> Spec:
    return {"field": name} | percent_axis()


def _area(band: _Band, x: Spec) -> Spec:
    rows = [{"x": at, "low": low, "high": high} for at, low, high in band.steps]
    mark = silent({"type": "area", "interpolate": "step-after", "color": band.colour})
    return {
        "data": values(rows),
        "mark": mark,
        "encoding": {"x": x, "y": _y("low"), "y2": {"field": "high"}},
    }


def _edge(band: _Band, x: Spec) -> Spec:
    """A white line between two bands: they are told apart in greyscale too."""
    rows = [{"x": at, "y": high} for at, _, high in band.steps]
    mark = silent({"type": "line", "interpolate": "step-after", "color": "#ffffff", "strokeWidth": 1})
    return {"data": values(rows), "mark": mark, "encoding": {"x": x, "y": _y()}}


def _labels(bands: Sequence[_Band], x: Spec, pixels: float) -> list[Spec]:
    """Each band's name inside it, where it is wide and high enough; the figure's text names the others."""
    layers: list[Spec] = []
    for band in bands:
        place = _roomiest(band, pixels)
        if place is not None:
            mark = silent({"type": "text", "color": INK, "fontSize": 11})
            row = {"x": round(place[0], 6), "y": round(place[1], 6), "name": band.state}
            encoding = {"x": x, "y": _y(), "text": {"field": "name", "type": "nominal"}}
            layers.append({"data": values([row]), "mark": mark, "encoding": encoding})
    return layers


def _roomiest(band: _Band, pixels: float) -> tuple[float, float] | None:
    """The middle of the widest run of days over which a line of text fits in the band."""
    best: tuple[float, float, float] | None = None
    for first in range(len(band.steps) - 1):
        low, high = band.steps[first][1], band.steps[first][2]
        for last in range(first, len(band.steps) - 1):
            low, high = max(low, band.steps[last][1]), min(high, band.steps[last][2])
            if (high - low) / 100 * HEIGHT < LINE_HEIGHT:
                break
            wide = band.steps[last + 1][0] - band.steps[first][0]
            if wide * pixels >= LETTER_WIDTH * len(band.state) and (best is None or wide > best[0]):
                best = (wide, band.steps[first][0] + wide / 2, (low + high) / 2)
    return None if best is None else (best[1], best[2])


def _touch(answer: Durability, bands: Sequence[_Band], x: Spec, unit: float) -> list[Spec]:
    """A sign to point at in each band on each day that is read."""
    told = {(point.day, point.state): point for point in answer.occupation}
    rows: list[Row] = []
    for each in answer.response:
        at = round(each.day / unit, 6)
        for band in bands:
            point, step = told.get((each.day, band.state)), next((s for s in band.steps if s[0] == at), None)
            if point is not None and step is not None and point.probability:
                rows.append({"x": at, "y": (step[1] + step[2]) / 2, "says": _says(each, point, answer)})
    mark = spoken({"type": "point", "shape": "circle", "size": 16, "fill": "#ffffff", "stroke": INK, "strokeWidth": 1})
    return [{"data": values(rows), "mark": mark, "encoding": {"x": x, "y": _y(), "description": SAYS}}] if rows else []


def _says(at: InResponse, point: Occupation, answer: Durability) -> str:
    assert point.probability is not None
    n = answer.n
    when = f"{at.visit}, day {at.day:,}" if at.visit else f"day {at.day:,}"
    limits = ""
    if point.lower is not None and point.upper is not None:
        limits = f" ({interval(answer.level, point.lower, point.upper, n)})"
    return f"{when}: {point.state} {share(point.probability, n)}{limits}"


def bounds_chart(answer: Durability) -> Spec:
    """On each day from those who certainly are in response to those who may be; no line between the days."""
    unit, axis = _time(answer.horizon_day)
    x: Spec = {"field": "x"} | axis
    rows: list[Row] = []
    ends: list[Row] = []
    for each in answer.response:
        at = round(each.day / unit, 6)
        low, high = (round(100 * count / each.n, 6) for count in (each.certain, each.possible))
        when = f"{each.visit}, day {each.day:,}" if each.visit else f"day {each.day:,}"
        says = f"{when}: between {percent(each.certain, each.n)} and {percent(each.possible, each.n)} in response"
        rows.append({"x": at, "low": low, "high": high, "says": says})
        ends += [{"x": at, "y": low}, {"x": at, "y": high}]
    bar = spoken({"type": "rule", "color": MAIN, "strokeWidth": 9, "opacity": 0.35})
    end = silent({"type": "point", "shape": "square", "size": 30, "fill": MAIN})
    ranged = {"x": x, "y": _y("low"), "y2": {"field": "high"}, "description": SAYS}
    layers = [
        {"data": values(rows), "mark": bar, "encoding": ranged},
        {"data": values(ends), "mark": end, "encoding": {"x": x, "y": _y()}},
    ]
    return chart(layers, width=WIDTH - 50, height=HEIGHT)


def duration_chart(duration: ResponseDuration, level: float) -> Spec:
    """The probability that a response still lasts: a band where the end lies between two visits, limits where valid."""
    unit, axis = time_axis(max(duration.points[-1].day, 1), grid=False)
    axis["axis"] |= {"title": axis["axis"]["title"].replace("time zero", "the response was first seen")}
    x: Spec = {"field": "x"} | axis
    rows = [_still(point, unit, duration.n, level) for point in duration.points]
    edge = {"type": "line", "interpolate": "step-after", "color": QUIET, "strokeDash": [4, 3], "strokeWidth": 1.5}
    area = silent({"type": "area", "interpolate": "step-after", "color": MAIN, "opacity": 0.2})
    point = spoken({"type": "point", "shape": "circle", "size": 18, "fill": MAIN, "stroke": "white"})
    limited = [row for row in rows if row["lower"] is not None]
    layers: list[Spec] = [
        {"data": values(rows), "mark": area, "encoding": {"x": x, "y": _y("low"), "y2": {"field": "high"}}},
        *(
            {"data": values(rows), "mark": silent(edge), "encoding": {"x": x, "y": _y(name)}}
            for name in ("low", "high")
        ),
    ]
    if limited:
        whisker = silent({"type": "rule", "color": MAIN, "strokeWidth": 1.5})
        encoding = {"x": x, "y": _y("lower"), "y2": {"field": "upper"}}
        layers.insert(0, {"data": values(limited), "mark": whisker, "encoding": encoding})
    layers.append({"data": values(rows), "mark": point, "encoding": {"x": x, "y": _y("high"), "description": SAYS}})
    return chart(layers, width=WIDTH - 50, height=HEIGHT)


def _still(point: StillResponding, unit: float, n: int, level: float) -> Row:
    low, high = share(point.lowest, n), share(point.highest, n)
    words = f"{counted(point.day, 'day')} after it was first seen: " + (
        low if low == high else f"between {low} and {high}"
    )
    if point.lower is not None and point.upper is not None:
        words += f" ({interval(level, point.lower, point.upper, n)})"
    numbers = {"low": point.lowest, "high": point.highest, "lower": point.lower, "upper": point.upper}
    scaled = {name: None if value is None else round(100 * value, 6) for name, value in numbers.items()}
    return {"x": round(point.day / unit, 6), "says": words} | scaled
