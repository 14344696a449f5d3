"""The contrast of two cohorts itself: in sentences by the first method, drawn and as a table by all."""

from collections.abc import Iterator, Mapping

from equipoise.domain.contrast_answer import CohortContrast, ContrastRow
from equipoise.report.contrast_words import POINTS, contrast_said, counts_said, level_of, times, unit
from equipoise.report.figures.contrast import ContrastRow as Line
from equipoise.report.figures.contrast import contrast_forest
from equipoise.report.parts import Block, Figure, Heading, Items, Mark, Panel, Paragraph, Table
from equipoise.report.rows import MISSING_SHORT
from equipoise.report.wording import count, level_words, number, sentence


def numbers(each: CohortContrast, better: Mapping[str, str]) -> Iterator[Block]:
    """The contrast: in sentences by the first method, drawn and as a table by all.

    ``better`` : of each estimand that is a score, "lower" or "higher": which way is for the better
    """
    if not each.rows:
        return
    yield Heading("The contrast")
    first = each.rows[0].method
    told = [row for row in each.rows if row.method == first and row.measure != "risk ratio"]
    yield Items(tuple(_row_said(each, row, better) for row in told))
    beside = tuple(_beside(each))
    if beside:
        yield Paragraph("To be told beside the numbers:", "note")
        yield Items(beside)
    table = _table(each)
    panels = tuple(_panels(each))
    if not panels:
        yield table
        return
    shown = [row for row in each.rows if not row.withheld and row.measure != "risk ratio"]
    alt = " ".join(f"{_named(row)}, {row.method}: {contrast_said(row)}." for row in shown)
    reading = "The line is no difference." + (
        " Dashed upright: the margin." if any(row.margin for row in shown) else ""
    )
    signs = (Mark("●", "a number with its interval"), Mark("▬", "a range, its outer limits dashed"))
    title = f"{each.cohort} less {each.comparator}, by every method that passed"
    yield Figure(title, alt, reading, panels, table, signs, wide=True)


def _row_said(each: CohortContrast, row: ContrastRow, better: Mapping[str, str]) -> str:
    own, other = (level_of(row, value) for value in (row.described, row.comparator_described))
    described = f"; unadjusted {each.cohort} {own}, {each.comparator} {other}" if row.described is not None else ""
    way = f"; {better[row.estimand]} is better" if row.estimand in better else ""
    head = f"{_named(row)} ({row.method}, {count(row.n)} and {count(row.comparator_n)} cases{way})"
    if row.withheld:
        return sentence(f"{head}: withheld, because {'; '.join(row.reasons)}{counts_said(row)}{described}")
    calibrated = ""
    if row.calibrated is not None and row.calibrated_lower is not None and row.calibrated_upper is not None:
        between = f"{number(100 * row.calibrated_lower)} to {number(100 * row.calibrated_upper)}"
        limits = f"{level_words(row.level)} CI {between}"
        calibrated = f"; calibrated by the negative controls {number(100 * row.calibrated)} points ({limits})"
    return sentence(f"{head}: {contrast_said(row)}{calibrated}{described}")


def _beside(each: CohortContrast) -> Iterator[str]:
    """What a method said of its own number, and why one was withheld from some set of cases: once, with its places."""
    barred = each.negative_controls.reasons if each.negative_controls else ()
    of_everybody = {(found.method, (*found.reasons, *barred)) for found in each.diagnostics}
    places: dict[str, dict[str, list[str]]] = {}
    for row in each.rows:
        said = list(row.notes)
        if row.withheld and (row.method, row.reasons) not in of_everybody:
            said.append(f"withheld: {'; '.join(row.reasons)}; what would mend it: {'; '.join(row.mend)}")
        for words in said:
            methods = places.setdefault(words, {}).setdefault(_place(row), [])
            if row.method not in methods:
                methods.append(row.method)
    for words, where in places.items():
        listed = "; ".join(f"{place} ({', '.join(methods)})" for place, methods in where.items())
        yield sentence(f"{listed}: {words}")


def _place(row: ContrastRow) -> str:
    return f"{row.estimand}, {row.visit}, {MISSING_SHORT.get(row.missing, row.missing)}"


def _named(row: ContrastRow) -> str:
    measure = "" if row.measure in ("risk difference", "mean difference") else f", {row.measure}"
    return f"{_place(row)}{measure}"


def _panels(each: CohortContrast) -> Iterator[Panel]:
    """A forest an estimand and measure; ratios stand in the table."""
    shown = [row for row in each.rows if not row.withheld and row.measure != "risk ratio"]
    for estimand, measure in dict.fromkeys((row.estimand, row.measure) for row in shown):
        rows = [row for row in shown if (row.estimand, row.measure) == (estimand, measure)]
        lines = [_line(row) for row in rows]
        by = times(rows[0])
        mark_at = None if rows[0].margin is None else by * rows[0].margin
        title = "percentage points" if measure in POINTS else unit(rows[0]).strip()
        yield Panel(f"{estimand}: {measure}", contrast_forest(lines, scale="difference", title=title, mark_at=mark_at))


def _line(row: ContrastRow) -> Line:
    by = times(row)
    estimate, lower, upper, outer_lower, outer_upper = (
        None if value is None else by * value
        for value in (row.estimate, row.lower, row.upper, row.outer_lower, row.outer_upper)
    )
    label = f"{row.visit}, {MISSING_SHORT.get(row.missing, row.missing)}, {row.method}"
    detail = f"{count(row.n)} and {count(row.comparator_n)} cases"
    return Line(label, detail, f"{label}: {contrast_said(row)}", estimate, lower, upper, outer_lower, outer_upper)


def _table(each: CohortContrast) -> Table:
    rows = [
        (
            f"{row.estimand}, {row.visit}",
            MISSING_SHORT.get(row.missing, row.missing),
            row.method,
            row.measure,
            f"{level_of(row, row.described)} and {level_of(row, row.comparator_described)}",
            f"{level_of(row, row.treated)} and {level_of(row, row.comparator)}",
            contrast_said(row),
        )
        for row in each.rows
    ]
    headings = ["what", "unknown answers", "method", "measure", "unadjusted", "adjusted", "contrast"]
    caption = f"{each.cohort} less {each.comparator}"
    return Table.of(caption, headings, rows, text=(0, 1, 2, 3), folded=len(rows) > 12, page_only=True)
