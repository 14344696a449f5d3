"""The panel: every defensible answer side by side; and the strip, where the headline sits among them."""

from collections.abc import Mapping, Sequence

from equipoise.domain.estimand import Missing
from equipoise.domain.result import EstimateRow, StudyResult
from equipoise.report.figures.strip import strip
from equipoise.report.figures.theme import NARROW, WIDTH
from equipoise.report.parts import (
    Bar,
    Block,
    Cell,
    Column,
    Figure,
    Mark,
    Panel,
    Paragraph,
    RowGroup,
    Section,
    Table,
    drawn_marks,
)
from equipoise.report.row_words import OF_THOSE_SEEN, PROPORTION, WITHOUT_FILLING_IN, answer, brief, in_a_line, is_range
from equipoise.report.rows import (
    EVERYONE,
    MISSING_MEANS,
    OF_SCORES_MEANS,
    declared_strategy,
    group_words,
    groups_of,
    headline,
    missings_of,
    of_estimand,
    pick,
    says,
    strategies_of,
    strategy_means,
    visits_of,
)
from equipoise.report.wording import (
    DASH,
    level_words,
    share,
)

MOST_STRIPS = 12
MOST_PLACES = 4
INTERVAL_NAMES = {
    "clopper-pearson": "Clopper–Pearson (exact)",
    "wilson": "Wilson",
    "jeffreys": "Jeffreys",
    "mid-p": "mid-P",
}


def primary_panel(result: StudyResult) -> Section:
    """The primary estimand under every strategy and every way of treating the unknown."""
    name = result.protocol.primary.name
    rows = of_estimand(result, name)
    if not rows:
        return Section("panel", "All defensible answers", (Paragraph("No answer was asked for."),), terminal=True)
    declared = declared_strategy(result.protocol.primary)
    lead = Paragraph(
        f"The same people, the same charts, asked in every defensible way: {rows[0].endpoint}. "
        f"The protocol's own choice is {declared}. {_numbers_say(result, rows[0].unit)}"
    )
    tables = _tables(rows, declared, strategy_means(result), linked=True)
    return Section("panel", "All defensible answers", (lead, *tables), terminal=True)


def _numbers_say(result: StudyResult, unit: str) -> str:
    """How the numbers of the panel are to be read: a proportion's limits are not a mean's."""
    level = level_words(result.study.level)
    if unit != PROPORTION:
        return f"Means stand beside their SD and n; limits are {level} Student's t; a range is that of the mean."
    limits = INTERVAL_NAMES.get(result.study.interval, result.study.interval)
    return f"Percentages stand beside their count; limits are {level} {limits}; a range shows its outer limits."


def other_panels(result: StudyResult) -> Section | None:
    """The panels of the other estimands."""
    blocks: list[Block] = []
    for estimand in result.protocol.estimand:
        rows = of_estimand(result, estimand.name)
        if not estimand.primary and rows:
            if rows[0].unit != PROPORTION:
                blocks.append(Paragraph(_numbers_say(result, rows[0].unit)))
            blocks.extend(_tables(rows, declared_strategy(estimand), strategy_means(result), linked=False))
    return Section("other-panels", "The other questions asked", tuple(blocks)) if blocks else None


def _tables(rows: Sequence[EstimateRow], declared: str, means: Mapping[str, str], *, linked: bool) -> list[Table]:
    """One table with groups and visits side by side where they fit, else one per group."""
    groups, visits = groups_of(rows), visits_of(rows)
    if len(groups) * len(visits) <= MOST_PLACES or len(groups) == 1:
        return [_side_by_side(rows, visits, declared, means, groups if linked else None)]
    return [
        _side_by_side([row for row in rows if row.group == group], visits, declared, means, groups if linked else None)
        for group in groups
    ]


def _side_by_side(
    rows: Sequence[EstimateRow],
    visits: Sequence[str],
    declared: str,
    means: Mapping[str, str],
    linked: Sequence[str] | None,
) -> Table:
    """``linked`` : every group of the estimand where its cells are linked to the marks of the strip."""
    groups = groups_of(rows)
    places = [(group, visit) for group in groups for visit in visits]
    names = [
        group if len(visits) == 1 and len(groups) > 1 else f"{group_words(group, groups)}{visit}"
        for group, visit in places
    ]
    caption = f"{rows[0].estimand}: {rows[0].endpoint}"
    if len(groups) == 1 and groups[0] != EVERYONE:
        caption += f", {groups[0]}"
    if len(visits) == 1 and len(groups) > 1:
        caption += f", {visits[0]}"
    columns = (Column("the unknown"), *(Column(name, numeric=True) for name in names))
    bodies = tuple(
        RowGroup(_strategy(rows, strategy, places, linked), strategy, _means(strategy, declared, means))
        for strategy in strategies_of(rows)
    )
    return Table(caption, columns, bodies)


def _means(strategy: str, declared: str, means: Mapping[str, str]) -> str:
    words = means.get(strategy, "each event by its own strategy")
    return f"{words} (the protocol's own choice)" if strategy == declared else words


def _strategy(
    rows: Sequence[EstimateRow], strategy: str, places: Sequence[tuple[str, str]], linked: Sequence[str] | None
) -> tuple[tuple[Cell, ...], ...]:
    mine = [row for row in rows if row.strategy == strategy]
    return tuple(
        (
            Cell(missing, _way(same[0], several=len(found) > 1)),
            *(_cell(pick(same, group=group, visit=visit), linked) for group, visit in places),
        )
        for missing in missings_of(mine)
        for found in (_by_method([row for row in mine if row.missing == missing]),)
        for same in found
    )


def _way(row: EstimateRow, *, several: bool) -> str:
    """What a way of treating the unknown means, and by which method where ``several`` share the word."""
    means = (MISSING_MEANS if row.unit == PROPORTION else OF_SCORES_MEANS).get(row.missing, "")
    return f"{means} ({row.method})" if several or row.method.startswith(OF_THOSE_SEEN) else means


def _by_method(rows: Sequence[EstimateRow]) -> list[list[EstimateRow]]:
    """Rows that share every word but were found by different methods, the first of each place, then the second."""
    found: list[list[EstimateRow]] = []
    for row in rows:
        place = next((one for one in found if pick(one, group=row.group, visit=row.visit) is None), None)
        if place is None:
            found.append([row])
        else:
            place.append(row)
    return found


def _cell(row: EstimateRow | None, linked: Sequence[str] | None) -> Cell:
    if row is None:
        return Cell(DASH, "not asked at this visit")
    head, small = answer(row)
    return Cell(head, small, brief(row), "" if linked is None else says(row, linked), _bar(row))


def _bar(row: EstimateRow) -> Bar | None:
    if row.unit != PROPORTION:
        return None
    if is_range(row) and row.lower == row.upper:
        return Bar(row.outer_lower, row.outer_upper, point=row.lower)
    if is_range(row):
        return Bar(row.outer_lower, row.outer_upper, range_lower=row.lower, range_upper=row.upper)
    return Bar(row.lower, row.upper, point=row.estimate) if row.estimate is not None else None


def strip_section(result: StudyResult) -> Section | None:
    """Where the headline sits among all defensible answers."""
    rows = [
        row
        for row in of_estimand(result, result.protocol.primary.name)
        if row.unit == PROPORTION and row.lower is not None and row.missing in WITHOUT_FILLING_IN
    ]
    if not rows:
        return None
    groups, visits = groups_of(rows), visits_of(rows)
    places = [(group, visit) for group in groups for visit in visits if pick(rows, group=group, visit=visit)]
    drawn = places[:MOST_STRIPS]
    panels = tuple(
        Panel(
            f"{group_words(group, groups)}{visit}",
            strip(
                [row for row in rows if row.group == group and row.visit == visit],
                headline(result, group, visit),
                groups,
                width=NARROW if len(drawn) > 2 else WIDTH,
            ),
        )
        for group, visit in drawn
    )
    alt = " ".join(_alt(result, rows, group, visit, groups) for group, visit in drawn)
    heads = [head for group, visit in drawn if (head := headline(result, group, visit)) is not None]
    reading = f"A lane per strategy.{' The diamond and the dashed line are the headline.' if heads else ''}"
    if len(places) > len(drawn):
        reading += f" The first {len(drawn)} of {len(places)} group-visits are drawn; the table has all."
    figure = Figure(
        "The headline among all defensible answers",
        alt,
        reading,
        panels,
        _flat(rows, groups),
        _legend([row for row in rows if (row.group, row.visit) in drawn], heads),
    )
    return Section("strip", "Where the headline sits", (figure,))


def _legend(rows: Sequence[EstimateRow], heads: Sequence[EstimateRow]) -> tuple[Mark, ...]:
    """What is drawn; a headline is drawn as nothing else."""
    points = {row.missing for row in rows if row.estimate is not None and row not in heads}
    return drawn_marks(
        (Mark("◆", "the headline", alert=True), bool(heads)),
        (Mark("●", "known answers only"), Missing.OBSERVED.value in points),
        (Mark("▬", "a range: the unknown, or a vague date, may be either"), any(is_range(row) for row in rows)),
        (Mark("□", "unknown counts as no"), Missing.NON_RESPONDER.value in points),
        (Mark("―", "limits"), True),
    )


def _alt(result: StudyResult, rows: Sequence[EstimateRow], group: str, visit: str, groups: Sequence[str]) -> str:
    mine = [row for row in rows if row.group == group and row.visit == visit]
    low = min((row for row in mine if row.lower is not None), key=_smallest)
    high = max((row for row in mine if row.lower is not None), key=_largest)
    span = f"answers from {share(_smallest(low), low.n)} to {share(_largest(high), high.n)}"
    head = headline(result, group, visit)
    prefix = f"{group_words(group, groups)}{visit}"
    if head is None:
        return f"{prefix}: {span}."
    return f"{prefix}: {span}; the headline is {in_a_line(head)}."


def _smallest(row: EstimateRow) -> float:
    value = row.estimate if row.estimate is not None else row.lower
    assert value is not None
    return value


def _largest(row: EstimateRow) -> float:
    value = row.estimate if row.estimate is not None else row.upper
    assert value is not None
    return value


def _flat(rows: Sequence[EstimateRow], groups: Sequence[str]) -> Table:
    body = [(f"{group_words(row.group, groups)}{row.visit}", row.strategy, row.missing, in_a_line(row)) for row in rows]
    return Table.of("The numbers drawn", ["visit", "strategy", "unknown", "answer"], body, text=(0, 1, 2, 3))
