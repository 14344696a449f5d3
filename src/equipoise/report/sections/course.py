"""The course in time: the swimlane of cases, cumulative incidence of the events, and scores over the visits."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from equipoise.domain.cohort import Timeline
from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.result import EstimateRow, Incidence, IncidencePoint, StudyResult
from equipoise.report.figures.incidence import incidence_chart
from equipoise.report.figures.scores import GROUP_SIGNS, MOST_GROUPS, score_chart
from equipoise.report.figures.swimlane import EVENT_SIGNS, days_drawn, event_labels, swimlane
from equipoise.report.parts import Block, Figure, Mark, Panel, Paragraph, Section, Table, drawn_marks
from equipoise.report.row_words import PROPORTION, answer
from equipoise.report.rows import declared_strategy, group_words, groups_of, of_estimand, visits_of
from equipoise.report.wording import (
    DASH,
    count,
    counted,
    day_span,
    days,
    level_words,
    none_of,
    number,
    sentence,
    share,
)

MOST_CURVES = 6
MOST_TABLE_POINTS = 40


def swimlane_section(result: StudyResult) -> Section:
    """Every case in time, or a stated sample of them."""
    lines = result.timelines.drawn
    if not lines:
        return Section("swimlane", "Every case in time", (Paragraph("There is no case to draw."),))
    numbers = lane_numbers(result)
    ordered = sorted(
        lines, key=lambda line: (line.group or "", bool(line.events), -line.follow_up_low, numbers[line.case_id])
    )
    labels, span = event_labels(ordered), days_drawn(ordered)
    some = len(lines) < result.timelines.of
    lead = (
        f"A sample of {count(len(lines))} of {counted(result.timelines.of, 'case')}, drawn by the protocol's seed."
        if some
        else f"All {counted(len(lines), 'case')}, a lane each."
        if len(lines) > 1
        else "The one case."
    )
    legend = [Mark(EVENT_SIGNS[k % len(EVENT_SIGNS)], label, alert=True) for k, label in enumerate(labels)]
    vague = any(low != high for line in lines for _, low, high in line.events)
    if vague:
        endless = any(high is None for line in lines for _, _, high in line.events)
        later = ", or later where it ends with the drawing" if endless else ""
        legend.append(Mark("▭", f"on some unknown day inside the box{later}", alert=True))
    exact = {low == high for line in lines for _, low, high in line.assessments}
    legend += drawn_marks(
        (Mark("○", "an assessment on a known day"), True in exact),
        (Mark("━", "an assessment on some day of the line"), False in exact),
    )
    figure = Figure(
        "Cases in time",
        f"{lead} {_events_in_words(ordered, labels)}",
        "Bars are follow-up. Lane numbers are rows of cases.csv; no identifier is printed here.",
        tuple(Panel(group, swimlane(lanes, numbers, labels, span)) for group, lanes in _by_group(ordered).items()),
        _lane_table(ordered, numbers),
        tuple(legend),
        wide=True,
    )
    return Section("swimlane", "Every case in time", (Paragraph(lead), figure))


def _by_group(lines: Sequence[Timeline]) -> dict[str, list[Timeline]]:
    """The lanes of each group, the groups in the order of the lanes; one unnamed group where there is only one."""
    groups: dict[str, list[Timeline]] = {}
    for line in lines:
        groups.setdefault(line.group or "", []).append(line)
    return groups


def lane_numbers(result: StudyResult) -> Mapping[str, int]:
    """A case's row in ``cases.csv``, counted from 1: the way back from a lane without printing an identifier."""
    drawn = {line.case_id for line in result.timelines.drawn}
    names = result.case_outcomes.case_ids.tolist()
    return {name: place for place, name in enumerate(names, start=1) if name in drawn}


def _events_in_words(lines: Sequence[Timeline], labels: Sequence[str]) -> str:
    if not labels:
        return "No event after time zero is recorded."
    words = []
    for label in labels:
        mine = [(low, high) for line in lines for name, low, high in line.events if name == label]
        cases = sum(any(name == label for name, _, _ in line.events) for line in lines)
        vague = sum(low != high for low, high in mine)
        on = f", {count(vague)} on an unknown day" if vague else ""
        words.append(f"{label} in {none_of(cases, len(lines))}{on}")
    return sentence("; ".join(words))


def _lane_table(lines: Sequence[Timeline], numbers: Mapping[str, int]) -> Table:
    body = [
        (runs(sorted(numbers[line.case_id] for line in same)), *words)
        for words, same in groupby(lines, key=_lane_in_words)
    ]
    headings = ["cases (rows of cases.csv)", "group", "followed", "events", "assessments"]
    return Table.of("What is drawn, in words", headings, body, text=(0, 1, 2, 3, 4))


def _lane_in_words(line: Timeline) -> tuple[str, ...]:
    """Group, follow-up, events and assessments; lanes that are alike are told once."""
    told = (
        "; ".join(f"{label}, {day_span(low, high)}" for label, low, high in each) or "none recorded"
        for each in (line.events, line.assessments)
    )
    return (line.group or DASH, _follow_up(line), *told)


def runs(numbers: Sequence[int]) -> str:
    """Ascending numbers, runs of them by their ends: "1, 13 to 24"."""
    parts: list[list[int]] = []
    for each in numbers:
        if parts and each == parts[-1][-1] + 1:
            parts[-1].append(each)
        else:
            parts.append([each])
    return ", ".join(f"{part[0]}" if len(part) == 1 else f"{part[0]} to {part[-1]}" for part in parts)


def _follow_up(line: Timeline) -> str:
    if line.follow_up_high is None:
        return f"to day {line.follow_up_low:,} at least"
    if line.follow_up_high == line.follow_up_low:
        return f"to day {line.follow_up_low:,}"
    return f"to day {line.follow_up_low:,} at least, {line.follow_up_high:,} at most"


def incidence_section(result: StudyResult) -> Section | None:
    """Cumulative incidence of each event by group, the other events competing."""
    if not result.incidence:
        return None
    groups = tuple(dict.fromkeys(each.group for each in result.incidence))
    happened = [each for each in result.incidence if each.points and (each.with_event or each.vague)]
    never = [each for each in result.incidence if each not in happened]
    blocks: list[Block] = [Paragraph(_never(each, groups)) for each in never]
    if happened:
        blocks.insert(0, _incidence_figure(result, happened, groups))
    return Section("incidence", "When the events came", tuple(blocks))


def _never(curve: Incidence, groups: Sequence[str]) -> str:
    """An event nobody is recorded to have had, and how far follow-up could have missed it."""
    text = f"{group_words(curve.group, groups)}{curve.event}: recorded in none of {count(curve.n)}"
    last = curve.points[-1] if curve.points else None
    if last is None or not last.upper:
        return f"{sentence(text)}"
    missed = f"follow-up ends too early to exclude it in up to {share(last.upper, curve.n)} of them by {days(last.day)}"
    return sentence(f"{text}; {missed}")


def _incidence_figure(result: StudyResult, curves: Sequence[Incidence], groups: Sequence[str]) -> Figure:
    drawn = curves[:MOST_CURVES]
    reading = "Steps with their band; other events compete, and are not censored."
    if any(each.kind == "bounds" for each in drawn):
        reading = (
            "Where a date is vague only bounds can be drawn, from those who certainly had the event by then to those "
            "who could have had it. The truth lies somewhere in the band, and no line in it is likelier than another."
        )
    if len(drawn) < len(curves):
        reading += f" The first {len(drawn)} of {len(curves)} curves are drawn; the table has all."
    panels = tuple(
        Panel(
            f"{group_words(each.group, groups)}{each.event}{', bounds' if each.kind == 'bounds' else ''}",
            incidence_chart(each),
        )
        for each in drawn
    )
    alt = " ".join(_curve_in_words(each, groups) for each in drawn)
    visits = frozenset(visit.day for visit in result.protocol.visit)
    rows = [row for each in curves for row in _curve_rows(each, groups, visits)]
    headings = [
        "event",
        "day",
        "at risk",
        "events",
        "cumulative incidence",
        f"{level_words(result.study.level)} limits",
    ]
    table = Table.of("The numbers drawn", headings, rows)
    return Figure("Cumulative incidence of the events", alt, reading, panels, table)


def _curve_in_words(curve: Incidence, groups: Sequence[str]) -> str:
    last = curve.points[-1]
    name = f"{group_words(curve.group, groups)}{curve.event}"
    at = f"by {days(last.day)}"
    if last.estimate is not None:
        return f"{name}: {share(last.estimate, curve.n)} {at} ({counted(curve.n, 'case')})."
    if last.lower is not None and last.upper is not None:
        return (
            f"{name}, bounds: {share(last.lower, curve.n)} to {share(last.upper, curve.n)} {at}; "
            f"{counted(curve.vague, 'date')} of {counted(curve.n, 'case')} vague."
        )
    return f"{name}: not estimated."


def _curve_rows(curve: Incidence, groups: Sequence[str], visits: Collection[int]) -> list[tuple[str, ...]]:
    """The first and the last day, the days of the visits, and those on which the curve moves."""
    steps = [
        point
        for before, point in zip((None, *curve.points), curve.points, strict=False)
        if before is None or point.day in visits or point is curve.points[-1] or _height(point) != _height(before)
    ]
    points = tuple(steps)
    if len(points) > MOST_TABLE_POINTS:
        last = len(points) - 1
        kept = {k * last // (MOST_TABLE_POINTS - 1) for k in range(MOST_TABLE_POINTS)}
        points = tuple(point for k, point in enumerate(points) if k in kept or point.day in visits)
    return [_point_row(f"{group_words(curve.group, groups)}{curve.event}", point, curve) for point in points]


def _height(point: IncidencePoint) -> tuple[float | None, ...]:
    return (point.estimate, point.lower, point.upper)


def _point_row(name: str, point: IncidencePoint, curve: Incidence) -> tuple[str, ...]:
    lower = DASH if point.lower is None else share(point.lower, curve.n)
    upper = DASH if point.upper is None else share(point.upper, curve.n)
    if point.estimate is None:
        value, limits = f"{lower} to {upper}", "bounds"
    else:
        undefined = point.lower is None or point.upper is None
        value = share(point.estimate, curve.n)
        limits = f"{DASH} (undefined at 0 and 1)" if undefined else f"{lower} to {upper}"
    at_risk = DASH if point.at_risk is None else count(point.at_risk)
    events = DASH if point.events is None else count(point.events)
    return (name, count(point.day), at_risk, events, value, limits)


def scores_section(result: StudyResult) -> Section | None:
    """Means and SDs of the score endpoints."""
    blocks: list[Block] = []
    for estimand in result.protocol.estimand:
        rows = [row for row in of_estimand(result, estimand.name) if row.unit != PROPORTION]
        if not rows:
            continue
        strategies = {row.strategy for row in rows}
        own = declared_strategy(estimand)
        shown = own if own in strategies else Strategy.TREATMENT_POLICY.value
        drawn = [
            row
            for row in rows
            if row.strategy == shown and row.missing == Missing.OBSERVED.value and row.estimate is not None
        ]
        if drawn:
            blocks.append(_score_figure(drawn))
    return Section("scores", "Scores as observed", tuple(blocks)) if blocks else None


def _score_figure(rows: Sequence[EstimateRow]) -> Figure:
    groups, visits = groups_of(rows), visits_of(rows)
    alt = " ".join(f"{group_words(row.group, groups)}{row.visit}: {': '.join(answer(row))}." for row in rows)
    body = [
        (
            f"{group_words(row.group, groups)}{row.visit}",
            count(row.n),
            number(row.estimate),
            number(row.sd),
            DASH if row.lower is None else f"{number(row.lower)} to {number(row.upper)}",
        )
        for row in rows
    ]
    headings = ["visit", "n", "mean", "SD", f"{level_words(rows[0].level)} CI"]
    legend = (
        tuple(Mark(sign, group) for sign, group in zip(GROUP_SIGNS, groups, strict=False)) if len(groups) > 1 else ()
    )
    reading = f"Means of the known values ({rows[0].strategy}) at {len(visits)} visit{'s' if len(visits) > 1 else ''}."
    if len(groups) > MOST_GROUPS:
        reading += f" The first {MOST_GROUPS} of {len(groups)} groups are drawn; the table has all."
    table = Table.of("Means and standard deviations", headings, body)
    return Figure(rows[0].endpoint, alt, reading, (Panel("", score_chart(rows, rows[0].unit)),), table, legend)
