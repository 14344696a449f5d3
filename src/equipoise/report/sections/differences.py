"""One group of the case book against another: differences of responders, of scores and of events."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from equipoise.domain.difference_answer import Difference, MeanDifference, ResponseDifference
from equipoise.domain.estimand import Missing
from equipoise.domain.result import StudyResult
from equipoise.report.contrasts import (
    RISK_DIFFERENCE,
    contrast_words,
    counts_of,
    is_range_of,
    mean_words,
    p_words,
)
from equipoise.report.figures.contrast import ContrastRow, contrast_forest
from equipoise.report.parts import (
    Block,
    Cell,
    Column,
    Figure,
    Heading,
    Items,
    Mark,
    Panel,
    Paragraph,
    RowGroup,
    Section,
    Table,
    drawn_marks,
)
from equipoise.report.rows import MISSING_MEANS, MISSING_SHORT, declared_strategy
from equipoise.report.sections.difference_events import event_said, events_table
from equipoise.report.wording import count, number, sentence

LONG = 12
NUMBER, RANGE = Mark("●", "a number with its interval"), Mark("▬", "a range, its outer limits dashed")
MARGIN_WORDS = {
    "above": "the limits lie above the margin",
    "below": "the limits lie below the margin",
    "across": "the limits reach across the margin",
}


def differences(result: StudyResult) -> Section | None:
    """Each declared difference: in sentences, drawn, and as tables."""
    if not result.differences:
        return None
    blocks = [block for each in result.differences for block in _one(result, each)]
    return Section("differences", "One group against another", tuple(blocks), terminal=True)


def _one(result: StudyResult, each: Difference) -> Iterator[Block]:
    yield Heading(each.name)
    points = " Points between two rates are percentage points." if each.responses or each.events else ""
    yield Paragraph(f"Every difference is {each.group} less {each.reference}.{points}{_formed(each)}", "note")
    own = {estimand.name: declared_strategy(estimand) for estimand in result.protocol.estimand}
    said = [
        *_responses_said(each, own),
        *_means_said(each, own),
        *(event_said(each, row) for row in each.events if row.lower is not None or row.difference is not None),
    ]
    if said:
        yield Items(tuple(said))
    if any(row.where.startswith(f"difference '{each.name}'") for row in result.sensitivity.refused):
        yield Paragraph("Some of it was refused; the reasons stand under “What was refused”.", "note")
    if each.responses:
        yield from _responses_drawn(each)
    if each.means:
        yield from _means_drawn(each)
    if each.events:
        yield events_table(each)


def _formed(each: Difference) -> str:
    if each.label:
        return f" Read each as {each.label}; whatever else differed between them is in it."
    return " The protocol says that chance formed the groups."


def _responses_said(each: Difference, own: dict[str, str]) -> Iterator[str]:
    """One sentence an estimand and visit: the known answers, and what no assumption allows."""
    rows = [row for row in each.responses if row.strategy == own.get(row.estimand)]
    measure = _drawn_measure(rows)
    for (estimand, visit), mine in groupby(rows, key=lambda row: (row.estimand, row.visit)):
        by_missing = {row.missing: row for row in mine if row.measure == measure}
        number_row = by_missing.get(Missing.OBSERVED.value) or by_missing.get(Missing.NON_RESPONDER.value)
        bounds = by_missing.get(Missing.BOUNDS.value)
        parts = [f"{estimand}, {visit}"]
        if number_row is not None:
            parts.append(f"{_answered(each, number_row)}{_margin_said(number_row)}")
        if bounds is not None:
            parts.append(f"whatever became of the unknown, {_of_measure(bounds)}{_margin_said(bounds)}")
        label = f" ({each.label})" if each.label else ""
        yield sentence(f"{parts[0]}: {'; '.join(parts[1:])}{label}")


def _answered(each: Difference, row: ResponseDifference) -> str:
    own, other = counts_of(row)
    tested = f", {row.test.capitalize()}'s P {p_words(row.p_value)}" if row.test is not None else ""
    how = MISSING_SHORT.get(row.missing, row.missing)
    return f"{each.group} {own}, {each.reference} {other} ({how}): {_of_measure(row)}{tested}"


def _of_measure(row: ResponseDifference) -> str:
    return contrast_words(row) if row.measure == RISK_DIFFERENCE else f"{row.measure} {contrast_words(row)}"


def _margin_said(row: ResponseDifference) -> str:
    if row.against_margin is None or row.margin is None:
        return ""
    return f", {MARGIN_WORDS[row.against_margin]} of {number(100 * row.margin).removesuffix('.0')} points"


def _drawn_measure(rows: Sequence[ResponseDifference]) -> str:
    """The risk difference where there is one, else the first ratio."""
    measures = [row.measure for row in rows]
    return RISK_DIFFERENCE if RISK_DIFFERENCE in measures or not measures else measures[0]


def _responses_drawn(each: Difference) -> Iterator[Block]:
    table = _responses_table(each)
    measure = _drawn_measure(each.responses)
    drawn = [row for row in each.responses if row.measure == measure]
    panels = tuple(
        panel
        for estimand, rows in _by_estimand(drawn)
        for panel in contrast_panel(estimand, _lines(each, rows), rows[0])
    )
    if not panels:
        yield table
        return
    alt = " ".join(f"{_named(row)}: {_answered(each, row)}." for row in drawn)
    reading = "Right of the line at no difference the group has more responders." + (
        " The dashed upright line is the margin." if drawn[0].margin is not None else ""
    )
    title = f"{each.group} less {each.reference}, {measure}" + (f"; {each.label}" if each.label else "")
    yield Figure(title, alt, reading, panels, table, signs_of(drawn), wide=True)


def _by_estimand(rows: Sequence[ResponseDifference]) -> Iterator[tuple[str, list[ResponseDifference]]]:
    for estimand in dict.fromkeys(row.estimand for row in rows):
        yield estimand, [row for row in rows if row.estimand == estimand]


def _named(row: ResponseDifference | MeanDifference) -> str:
    return f"{row.visit}, {row.strategy}, {MISSING_SHORT.get(row.missing, row.missing)}"


def _lines(each: Difference, rows: Sequence[ResponseDifference]) -> Iterator[ContrastRow]:
    for row in rows:
        own, other = counts_of(row)
        yield contrast_row(row, _named(row), f"{each.group} {own}, {each.reference} {other}")


def signs_of(rows: Sequence[ResponseDifference]) -> tuple[Mark, ...]:
    """The legend of contrasts of responders."""
    return drawn_marks(
        (NUMBER, any(row.estimate is not None and not is_range_of(row) for row in rows)),
        (RANGE, any(is_range_of(row) for row in rows)),
    )


def contrast_panel(heading: str, lines: Iterable[ContrastRow], of: ResponseDifference) -> Iterator[Panel]:
    """One forest in the measure of ``of``, beside its margin; none where there is nothing to draw."""
    drawn, difference = tuple(lines), of.measure == RISK_DIFFERENCE
    if any(line.is_drawable for line in drawn):
        forest = contrast_forest(
            drawn,
            scale="difference" if difference else "ratio",
            title="percentage points" if difference else of.measure,
            mark_at=None if of.margin is None else 100 * of.margin,
        )
        yield Panel(heading, forest)


def contrast_row(row: ResponseDifference, label: str, detail: str, *, faint: bool = False) -> ContrastRow:
    """A contrast as a line of the forest: points of a difference, or a ratio."""
    times = 100.0 if row.measure == RISK_DIFFERENCE else 1.0
    estimate, lower, upper, outer_lower, outer_upper = (
        None if value is None else times * value
        for value in (row.estimate, row.lower, row.upper, row.outer_lower, row.outer_upper)
    )
    words = f"{label}: {detail}: {contrast_words(row)}"
    return ContrastRow(label, detail, words, estimate, lower, upper, outer_lower, outer_upper, faint)


def _responses_table(each: Difference) -> Table:
    """A row for each way of treating the unknown, a column a measure, under estimand, visit and strategy."""
    measures = tuple(dict.fromkeys(row.measure for row in each.responses))
    tests = [row.test for row in each.responses if row.test is not None]
    headings = ["unknown answers", each.group, each.reference, *measures]
    if tests:
        headings.append(f"P ({tests[0].capitalize()})")
    columns = tuple(Column(heading, numeric=place > 0) for place, heading in enumerate(headings))
    groups = []
    for (estimand, visit, strategy), of_reading in groupby(
        each.responses, key=lambda row: (row.estimand, row.visit, row.strategy)
    ):
        rows = []
        for missing, same in groupby(of_reading, key=lambda row: row.missing):
            mine = list(same)
            cells = [MISSING_MEANS.get(missing, missing), *counts_of(mine[0]), *(contrast_words(row) for row in mine)]
            rows.append(tuple(Cell(text) for text in ([*cells, p_words(mine[0].p_value)] if tests else cells)))
        groups.append(RowGroup(tuple(rows), f"{estimand}, {visit}", strategy))
    caption = f"{each.group} and {each.reference}" + (f" ({each.label})" if each.label else "")
    folded = sum(len(group.rows) for group in groups) > LONG
    return Table(caption, columns, tuple(groups), folded=folded, page_only=True)


def _means_said(each: Difference, own: dict[str, str]) -> Iterator[str]:
    for row in each.means:
        if row.strategy == own.get(row.estimand) and row.estimate is not None:
            tested = f", P {p_words(row.p_value)}" if row.p_value is not None else ""
            label = f" ({each.label})" if each.label else ""
            yield sentence(
                f"{row.estimand}, {row.visit}: {each.group} {number(row.mean, 2)}, {each.reference} "
                f"{number(row.reference_mean, 2)} ({row.better} is better): {mean_words(row)}{tested}{label}"
            )


def _means_drawn(each: Difference) -> Iterator[Block]:
    rows = [
        (
            f"{row.estimand}, {_named(row)}",
            _mean(row.n, row.mean, row.sd),
            _mean(row.reference_n, row.reference_mean, row.reference_sd),
            mean_words(row),
            p_words(row.p_value),
        )
        for row in each.means
    ]
    headings = ["mean score", each.group, each.reference, "difference", "P (Welch)"]
    caption = f"Mean scores: {each.group} less {each.reference}" + (f" ({each.label})" if each.label else "")
    table = Table.of(caption, headings, rows, folded=len(rows) > LONG, page_only=True)
    panels = tuple(
        Panel(f"{name} ({better} is better)", _means_forest([row for row in each.means if row.estimand == name]))
        for name, better in dict.fromkeys((row.estimand, row.better) for row in each.means)
        if any(row.estimand == name and row.lower is not None for row in each.means)
    )
    if not panels:
        yield table
        return
    alt = " ".join(f"{name}: {words}." for name, *_, words, _ in rows)
    reading = "Points of the instrument; the line is no difference. A range of means has no outer limits."
    has_range = any(row.estimate is None and row.lower is not None for row in each.means)
    legend = drawn_marks(
        (NUMBER, any(row.estimate is not None and row.lower is not None for row in each.means)),
        (Mark("▬", "a range"), has_range),
    )
    yield Figure(caption, alt, reading, panels, table, legend, wide=True)


def _means_forest(rows: Sequence[MeanDifference]) -> dict[str, object]:
    drawn = []
    for row in rows:
        if row.lower is None or row.upper is None:
            continue
        outer = (row.lower, row.upper) if row.estimate is None else (None, None)
        detail = f"n = {count(row.n)} and {count(row.reference_n)}"
        words = f"{_named(row)}: {mean_words(row)}"
        drawn.append(ContrastRow(_named(row), detail, words, row.estimate, row.lower, row.upper, *outer))
    return contrast_forest(drawn, scale="difference", title="points")


def _mean(n: int, mean: float | None, sd: float | None) -> str:
    if mean is None:
        return f"n = {count(n)} at most"
    spread = "" if sd is None else f", SD {number(sd, 2)}"
    return f"{number(mean, 2)}{spread}, n = {count(n)}"
