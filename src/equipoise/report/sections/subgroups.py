"""Subgroups: rates and differences level by level, n in every cell, exploratory."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from equipoise.domain.result import EstimateRow, StudyResult
from equipoise.domain.subgroup_answer import Subgroup, SubgroupDifference, SubgroupRate
from equipoise.report.contrasts import contrast_words, counts_of
from equipoise.report.figures.contrast import ContrastRow
from equipoise.report.figures.forest import ForestRow, forest
from equipoise.report.parts import (
    Block,
    Cell,
    Column,
    Figure,
    Heading,
    Mark,
    Panel,
    Paragraph,
    RowGroup,
    Section,
    Table,
    drawn_marks,
)
from equipoise.report.row_words import PROPORTION, in_a_line, is_range
from equipoise.report.rows import MISSING_MEANS, MISSING_ORDER, MISSING_SHORT
from equipoise.report.sections.differences import contrast_panel, contrast_row, signs_of
from equipoise.report.wording import count, counted

LONG = 12
HEADING = "Subgroups (exploratory)"
CAUTION = (
    "Exploratory: the more subgroups are looked at, the likelier one of them stands out by chance. No test is made "
    "within a subgroup or between them: in cells of a few cases it would mislead either way, and no sign of a "
    "difference is no sign that there is none. Look at how wide the intervals are."
)


def subgroups(result: StudyResult) -> Section | None:
    """Each declared subgroup: a forest of rates, one of every difference, and the tables."""
    if not result.subgroups:
        return None
    blocks: list[Block] = [Paragraph(CAUTION, "lead")]
    for each in result.subgroups:
        blocks += _one(each)
    return Section("subgroups", HEADING, tuple(blocks))


def _one(each: Subgroup) -> Iterator[Block]:
    yield Heading(each.name)
    tiny = len({(row.level_name, row.group, row.estimand, row.visit) for row in each.rates if row.warning})
    if tiny:
        yield Paragraph(f"{counted(tiny, 'cell counts', 'cells count')} fewer than 10: read those as cases.", "warning")
    drawn = _drawn(each.rates)
    table = _rates_table(each)
    if any(row.lower is not None for row in drawn):
        several = len({row.group for row in each.rates}) > 1
        panels = tuple(
            Panel(f"{estimand}, {visit}", forest([_rate_row(row, several=several) for row in rows]))
            for (estimand, visit), rows in _by_question(drawn)
            if any(row.lower is not None for row in rows)
        )
        alt = " ".join(f"{row.estimand}, {row.visit}, {_cell(row, several=several)}: {_words(row)}." for row in drawn)
        reading = (
            f"Rates by {each.covariate}, {MISSING_MEANS.get(drawn[0].missing, drawn[0].missing)}; n in every cell."
        )
        yield Figure(f"Rates by {each.covariate}, exploratory", alt, reading, panels, table, _legend(drawn), wide=True)
    else:
        yield table
    for name, rows in groupby(each.differences, key=lambda row: row.difference):
        yield from _differences(each, name, list(rows))


def _legend(drawn: Sequence[SubgroupRate]) -> tuple[Mark, ...]:
    kinds = {_rate_row(row, several=False).kind for row in drawn if row.lower is not None}
    return drawn_marks(
        (Mark("●", "a number with its interval"), "own" in kinds),
        (Mark("▬", "a range, its outer limits dashed"), "own range" in kinds),
        (Mark("□", "a cell that counts fewer than 10"), "near" in kinds),
    )


def _by_question(rows: Sequence[SubgroupRate]) -> Iterator[tuple[tuple[str, str], list[SubgroupRate]]]:
    for key in dict.fromkeys((row.estimand, row.visit) for row in rows):
        yield key, [row for row in rows if (row.estimand, row.visit) == key]


def _drawn(rows: Sequence[SubgroupRate]) -> list[SubgroupRate]:
    """The known answers where they were asked for, else the first way of treating the unknown."""
    asked = sorted({row.missing for row in rows}, key=MISSING_ORDER.index)
    return [row for row in rows if row.missing == asked[0]]


def _as_estimate(row: SubgroupRate) -> EstimateRow:
    return EstimateRow(
        estimand=row.estimand,
        endpoint=row.endpoint,
        group=row.group,
        visit=row.visit,
        month=row.month,
        strategy=row.strategy,
        missing=row.missing,
        n=row.n,
        responders=row.responders,
        unknown=row.unknown,
        estimate=row.estimate,
        sd=None,
        lower=row.lower,
        upper=row.upper,
        outer_lower=row.outer_lower,
        outer_upper=row.outer_upper,
        level=row.level,
        method=row.method,
        unit=PROPORTION,
    )


def _words(row: SubgroupRate) -> str:
    return in_a_line(_as_estimate(row))


def _cell(row: SubgroupRate, *, several: bool) -> str:
    return f"{row.level_name}, {row.group}" if several else row.level_name


def _rate_row(row: SubgroupRate, *, several: bool) -> ForestRow:
    """A tiny cell is hollow; its limits stand in the words and the table."""
    label = _cell(row, several=several)
    detail = f"{_words(row)}, of {counted(row.cases, 'case')}"
    words = f"{label}: {detail}{f'; {row.warning}' if row.warning else ''}"
    if row.estimate is not None and row.warning:
        return ForestRow("near", label, words, row.estimate, row.lower, row.upper, detail=detail)
    kind: Literal["own", "own range"] = "own range" if is_range(_as_estimate(row)) else "own"
    outer = (row.outer_lower, row.outer_upper)
    return ForestRow(kind, label, words, row.estimate, row.lower, row.upper, *outer, detail=detail)


def _rates_table(each: Subgroup) -> Table:
    """Every cell in every way of treating the unknown, under its question."""
    several = len({row.group for row in each.rates}) > 1
    headings = ["cell", "unknown answers", "cases", "rate", "warning"]
    columns = tuple(Column(heading, numeric=heading == "cases") for heading in headings)
    groups = []
    for (estimand, visit), rows in _by_question(each.rates):
        texts = [
            (
                _cell(row, several=several),
                MISSING_SHORT.get(row.missing, row.missing),
                count(row.cases),
                _words(row),
                row.warning,
            )
            for row in rows
        ]
        groups.append(RowGroup(tuple(tuple(Cell(text) for text in row) for row in texts), f"{estimand}, {visit}"))
    caption = f"Rates by {each.covariate}, exploratory"
    return Table(caption, columns, tuple(groups), folded=len(each.rates) > LONG, page_only=True)


def _differences(each: Subgroup, name: str, rows: Sequence[SubgroupDifference]) -> Iterator[Block]:
    measure, missing = rows[0].measure, rows[0].missing
    drawn = [row for row in rows if (row.measure, row.missing) == (measure, missing)]
    label = f"; {rows[0].label}" if rows[0].label else ""
    title = f"{name}, by {each.covariate}, exploratory{label}"
    headings = ["cell", "unknown answers", rows[0].group, rows[0].reference, "measure", "difference", "warning"]
    body = [
        (
            f"{row.estimand}, {row.visit}, {row.level_name}",
            MISSING_SHORT.get(row.missing, row.missing),
            *counts_of(row),
            row.measure,
            contrast_words(row),
            row.warning,
        )
        for row in rows
    ]
    table = Table.of(title, headings, body, text=(0, 1, 4, 5, 6), folded=len(body) > LONG, page_only=True)
    panels = tuple(
        panel
        for estimand, visit in dict.fromkeys((row.estimand, row.visit) for row in drawn)
        for panel in contrast_panel(
            f"{estimand}, {visit}",
            (_line(row) for row in drawn if (row.estimand, row.visit) == (estimand, visit)),
            rows[0],
        )
    )
    if not panels:
        yield table
        return
    alt = " ".join(f"{row.estimand}, {row.visit}, {row.level_name}: {contrast_words(row)}." for row in drawn)
    reading = f"{rows[0].group} less {rows[0].reference} within each level; {MISSING_MEANS.get(missing, missing)}."
    yield Figure(title, alt, reading, panels, table, _legend_of_differences(drawn), wide=True)


def _legend_of_differences(drawn: Sequence[SubgroupDifference]) -> tuple[Mark, ...]:
    hollow = Mark("○", "a group of the cell counts fewer than 10")
    sure = [row for row in drawn if not row.warning]
    return (*signs_of(sure), *drawn_marks((hollow, len(sure) < len(drawn))))


def _line(row: SubgroupDifference) -> ContrastRow:
    own, other = counts_of(row)
    detail = f"{row.group} {own}, {row.reference} {other}"
    return contrast_row(row, row.level_name, detail, faint=bool(row.warning))
