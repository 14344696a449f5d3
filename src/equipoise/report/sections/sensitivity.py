"""How many of the unknown would have to respond, in words."""

from collections.abc import Iterator, Mapping, Sequence

from equipoise.domain.result import StudyResult, TippingPoint, TippingRow
from equipoise.report.parts import Block, Cell, Column, Heading, Paragraph, RowGroup, Section, Table
from equipoise.report.sections.tipping import grid_blocks, strips
from equipoise.report.wording import DASH, count, interval, over, percent, share


def tipping(result: StudyResult) -> Section | None:
    """The grids that were asked for, then the tipping points, each with the table of every k."""
    points, maps = result.sensitivity.tipping_points, result.sensitivity.tipping_maps
    if not points and not maps:
        return None
    declared = result.protocol.sensitivity.tipping_threshold is not None
    level, after = result.study.level, bool(maps)
    randomised = {
        frozenset((each.group, each.reference))
        for each in result.protocol.difference
        if each.allocation == "randomised"
    }
    blocks: list[Block] = [
        *grid_blocks(maps, randomised),
        *_point_blocks(points, level, declared=declared, after_maps=after),
    ]
    return Section("tipping", "What the unknown would have to say", tuple(blocks), terminal=bool(maps))


def _point_blocks(points: Sequence[TippingPoint], level: float, *, declared: bool, after_maps: bool) -> Iterator[Block]:
    """One group at a time; a heading of their own ``after_maps``. ``declared`` : the protocol has a rate to exceed."""
    if not points:
        return
    names = _names(points)
    if after_maps:
        yield Heading("One group at a time")
    yield Paragraph(_what_tips(points, declared=declared))
    yield _summary(points, _names(points, estimand=False), declared=declared)
    figure = strips([(point, names[point]) for point in points], level)
    if figure is not None:
        yield figure
    alike: dict[tuple[TippingRow, ...], list[TippingPoint]] = {}
    for point in points:
        if point.unknown and point.rows:
            alike.setdefault(point.rows, []).append(point)
    for same in alike.values():
        yield _table(same[0], "; ".join(names[point] for point in same), level)


def _what_tips(points: Sequence[TippingPoint], *, declared: bool) -> str:
    known = {(point.threshold, point.threshold_source) for point in points if point.threshold is not None}
    if not known:
        why = "The benchmark has no rate for any of these" if declared else "The protocol names no rate to exceed"
        return f"{why}, so no tipping point is claimed. The tables below give every count the unknown could bring."
    rates = "; ".join(
        f"{share(threshold, 1)} ({source})" if source else share(threshold, 1)
        for threshold, source in sorted(known, key=lambda each: each[0] or 0.0)
        if threshold is not None
    )
    return f"How many of the unknown would have to be yes for the lower limit to exceed {rates}."


def _summary(points: Sequence[TippingPoint], names: Mapping[TippingPoint, str], *, declared: bool) -> Table:
    why_none = "no published rate" if declared else "no rate declared"
    columns = tuple(
        Column(heading, numeric=place in (1, 2))
        for place, heading in enumerate(["visit and strategy", "yes for certain", "unknown", "to tip"])
    )
    by_estimand: dict[str, list[tuple[Cell, ...]]] = {}
    for point in points:
        texts = (names[point], _certain(point), count(point.unknown), _conclusion(point, why_none))
        by_estimand.setdefault(point.estimand, []).append(tuple(map(Cell, texts)))
    several = len(by_estimand) > 1
    groups = tuple(RowGroup(tuple(rows), estimand if several else "") for estimand, rows in by_estimand.items())
    return Table("The unknown", columns, groups)


def _certain(point: TippingPoint) -> str:
    if not point.rows:
        return f"{DASH} (no case)"
    return over(point.rows[0].responders, point.rows[0].n)


def _names(points: Sequence[TippingPoint], *, estimand: bool = True) -> dict[TippingPoint, str]:
    """Visit and strategy; the group, and if asked the ``estimand``, where there are several."""
    groups, estimands = {point.group for point in points}, {point.estimand for point in points}
    return {
        point: (f"{point.group}, " if len(groups) > 1 else "")
        + f"{point.visit}, {point.strategy}"
        + (f" ({point.estimand})" if estimand and len(estimands) > 1 else "")
        for point in points
    }


def _conclusion(point: TippingPoint, why_none: str) -> str:
    if point.threshold is None:
        return f"{DASH} ({why_none})"
    if point.k is None:
        return "not even all of them"
    return "none needed" if point.k == 0 else f"at least {count(point.k)} of {count(point.unknown)}"


def _table(point: TippingPoint, name: str, level: float) -> Table:
    rows = [_row(row, point, level) for row in point.rows]
    headings = ["unknown that are yes", "yes of all", "rate", "limits", "exceeds the threshold"]
    if point.threshold is None:
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    caption = f"If so many of the unknown were yes: {name}"
    return Table.of(caption, headings, rows, folded=True)


def _row(row: TippingRow, point: TippingPoint, level: float) -> tuple[str, ...]:
    exceeds = "yes" if point.k is not None and row.k >= point.k else "no"
    limits = interval(level, row.lower, row.upper, row.n)
    return (count(row.k), over(row.responders, row.n), percent(row.responders, row.n), limits, exceeds)
