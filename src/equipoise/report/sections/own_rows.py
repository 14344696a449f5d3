"""The cases as they stand beside published arms."""

from equipoise.domain.benchmark_answer import Comparison
from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.result import EstimateRow, StudyResult
from equipoise.report.figures.forest import ForestRow
from equipoise.report.row_words import in_a_line, is_range
from equipoise.report.rows import declared_strategy, groups_of, of_estimand, pick


def own_rows(result: StudyResult, each: Comparison) -> list[EstimateRow]:
    """The cases as they enter the comparison: the declared strategy, and all of them with the unknown left unknown."""
    rows = [row for row in of_estimand(result, each.estimand) if row.visit == each.visit]
    estimand = next((one for one in result.protocol.estimand if one.name == each.estimand), result.protocol.primary)
    benchmark = next((one for one in result.protocol.benchmark if one.name == each.name), None)
    asked = None if benchmark is None else benchmark.group
    wanted = (
        (declared_strategy(estimand), Missing.OBSERVED.value),
        (Strategy.TREATMENT_POLICY.value, Missing.BOUNDS.value),
    )
    found = [
        pick(rows, group=group, strategy=strategy, missing=missing)
        for group in groups_of(rows)
        if asked in (None, group)
        for strategy, missing in wanted
    ]
    answered = (row for row in found if row is not None and (row.lower is not None or row.estimate is not None))
    return list(dict.fromkeys(answered))


def own_row(row: EstimateRow, *, several: bool) -> ForestRow:
    """A row of theirs as a line of the forest; ``several`` groups are named."""
    group = f"{row.group}, " if several else ""
    label = f"These cases: {group}{row.strategy}, {row.missing}"
    words = f"{label}: {in_a_line(row)}"
    if is_range(row):
        return ForestRow("own range", label, words, None, row.lower, row.upper, row.outer_lower, row.outer_upper)
    return ForestRow("own", label, words, row.estimate, row.lower, row.upper)
