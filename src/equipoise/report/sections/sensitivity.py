"""How many of the unknown would have to respond, and what was refused, in words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from math import prod

from equipoise.domain.result import Refusal, StudyResult, TippingPoint, TippingRow
from equipoise.report.parts import Block, Heading, Paragraph, Section, Table, Terms
from equipoise.report.rows import EVERYONE
from equipoise.report.sections.tipping import grid_blocks, strips
from equipoise.report.wording import DASH, count, interval, over, percent, sentence, share


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
    yield _summary(points, names, declared=declared)
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
    why_none = "the benchmark has no rate for this" if declared else "no rate declared"
    rows = [(names[point], _certain(point), count(point.unknown), _conclusion(point, why_none)) for point in points]
    return Table.of("The unknown", ["visit and strategy", "yes for certain", "unknown", "to tip"], rows, text=(0, 3))


def _certain(point: TippingPoint) -> str:
    if not point.rows:
        return f"{DASH} (no case)"
    return over(point.rows[0].responders, point.rows[0].n)


def _names(points: Sequence[TippingPoint]) -> dict[TippingPoint, str]:
    """Visit and strategy; the group and the estimand where there are several."""
    groups, estimands = {point.group for point in points}, {point.estimand for point in points}
    return {
        point: (f"{point.group}, " if len(groups) > 1 else "")
        + f"{point.visit}, {point.strategy}"
        + (f" ({point.estimand})" if len(estimands) > 1 else "")
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


def refusals(result: StudyResult) -> Section:
    """What the data cannot answer by that method, why, and what can be done instead."""
    refused = result.sensitivity.refused
    if not refused:
        return Section("refused", "What was refused", (Paragraph("Nothing that was asked had to be refused."),), True)
    several = len(result.groups) > 1
    alike: dict[tuple[str, str], list[Refusal]] = {}
    for each in refused:
        alike.setdefault((_rate_apart(each.why)[0], each.instead), []).append(each)
    terms = tuple(
        (_where([each.where for each in same], several=several), f"{_why(same, several=several)} Instead: {instead}.")
        for (_, instead), same in alike.items()
    )
    return Section("refused", "What was refused, and what can be done instead", (Terms(terms),), terminal=True)


def _where(places: Sequence[str], *, several: bool) -> str:
    """The readings that were refused for one reason, estimand by estimand; a lone group goes unnamed.

    Places are "estimand | visit | strategy | group". Names are gathered only where every combination of them stands.
    """
    split = [_named(place, several=several) for place in dict.fromkeys(places)]
    by_estimand: dict[str, list[tuple[str, ...]]] = {}
    for estimand, *rest in split:
        by_estimand.setdefault(estimand, []).append(tuple(rest))
    return "; ".join(text for estimand, rests in by_estimand.items() for text in _gathered(estimand, rests))


def _rate_apart(why: str) -> tuple[str, str]:
    """A reason, and the rate it ends with ("10/12 = 83 %"), which alone differs from visit to visit."""
    found = re.fullmatch(r"(.*): ([\d,]+/[\d,]+ = [\d,.]+ %)\.?", why, re.DOTALL)
    return (found.group(1), found.group(2)) if found else (why, "")


def _why(same: Sequence[Refusal], *, several: bool) -> str:
    """The reason once, with the rate of every place."""
    reason, rate = _rate_apart(same[0].why)
    if len(same) == 1 or not rate:
        return sentence(same[0].why)
    names = [_named(each.where, several=several) for each in same]
    varying = [place for place, column in enumerate(zip(*names, strict=False)) if len(set(column)) > 1]
    rates = (
        f"{_rate_apart(each.why)[1]} ({', '.join(own[place] for place in varying)})"
        for each, own in zip(same, names, strict=True)
    )
    return sentence(f"{reason}: {'; '.join(rates)}")


def _named(place: str, *, several: bool) -> list[str]:
    names = place.split(" | ")
    return names if several or names[-1] != EVERYONE or len(names) == 1 else names[:-1]


def _and(names: Sequence[str]) -> str:
    return " and ".join(each for each in (", ".join(names[:-1]), names[-1]) if each)


def _gathered(estimand: str, rests: Sequence[tuple[str, ...]]) -> list[str]:
    if len({len(rest) for rest in rests}) == 1:
        columns = [tuple(dict.fromkeys(column)) for column in zip(*rests, strict=True)]
        if prod(map(len, columns)) == len(set(rests)):
            return [", ".join([estimand, *(_and(column) for column in columns)])]
    return [", ".join([estimand, *rest]) for rest in rests]
