"""One cohort beside another: the losses, then the diagnostics, then the number, or why it is withheld."""

from collections.abc import Iterator, Sequence

from equipoise.domain.cohort import AttritionRow
from equipoise.domain.contrast_answer import CohortContrast, MethodDiagnostics, NegativeControl
from equipoise.domain.result import StudyResult
from equipoise.report.figures.balance import love_plot, scores_drawn
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
    Terms,
)
from equipoise.report.sections.contrast_numbers import numbers
from equipoise.report.wording import DASH, count, level_words, number, percent, plain, sentence, short

ABOUT = {"ATT": "patients like the cohort's", "ATE": "patients of both", "overlap": "patients either might have had"}
RANDOMISED = (
    "Randomised: chance decided who was in which cohort, so the unadjusted difference is not confounded, and "
    "adjustment is for precision only. Covariates that differ do so by chance and withhold nothing; what the gate "
    "still asks is whether enough cases carry the number."
)
LOVE_SIGNS = (Mark("○", "before"), Mark("●", "after"), Mark("┆", "the fixed threshold", alert=True))


def contrasts(result: StudyResult) -> tuple[Section, ...]:
    """A section a comparison with another cohort."""
    return tuple(
        Section(f"contrast-{place}", f"Compared with {each.comparator}", tuple(_one(result, each)), terminal=True)
        for place, each in enumerate(result.contrasts, start=1)
    )


def _one(result: StudyResult, each: CohortContrast) -> Iterator[Block]:
    yield Paragraph(f"{sentence(each.name)} Every difference is {each.cohort} less {each.comparator}.", "note")
    if each.allocation == "randomised":
        yield Paragraph(RANDOMISED)
    yield from _losses(each)
    yield from _alike(each)
    scores = [asked for asked in result.protocol.estimand if not asked.endpoint.is_responder]
    yield from numbers(each, {asked.name: result.protocol.instrument_of(asked).better.value for asked in scores})
    if any(row.where.startswith(f"comparison '{each.name}'") for row in result.sensitivity.refused):
        yield Paragraph("Some of it was refused; the reasons stand under “What was refused”.", "note")


def _losses(each: CohortContrast) -> Iterator[Block]:
    """Who is compared, and when their clocks start."""
    yield Heading("Who is compared")
    sizes = [_remaining(rows) for rows in (each.losses, each.comparator_losses)]
    entering = [rows[0].entering if rows else 0 for rows in (each.losses, each.comparator_losses)]
    lacks = any(row.unknown for row in (*each.losses, *each.comparator_losses))
    left = " Who lacks a covariate is left out." if lacks else ""
    counted = f"{each.cohort}: {count(sizes[0])} of {count(entering[0])} cases; {each.comparator}: {count(sizes[1])}"
    yield Paragraph(f"{sentence(f'{counted} of {count(entering[1])}')}{_in_both(each)}{left}")
    yield _attrition(
        f"{each.comparator}, from its case book ({each.source}, {short(each.source_digest)})", each.attrition
    )
    rows = [
        (one.criterion, count(one.entering), count(one.remaining), count(two.entering), count(two.remaining))
        for one, two in zip(each.losses, each.comparator_losses, strict=False)
    ]
    headings = ["step", f"{each.cohort}: entering", "staying", f"{each.comparator}: entering", "staying"]
    yield Table.of("From the two cohorts to the cases compared", headings, rows, page_only=True)
    for note in each.notes:
        yield Paragraph(note, "warning")
    checks = [
        (row.check, plain(row.treated, quote=False), plain(row.comparator, quote=False), row.finding, row.says)
        for row in each.starts
    ]
    headings = ["time zero", each.cohort, each.comparator, "", "what follows"]
    yield Table.of("When the clocks start", headings, checks, text=(0, 1, 2, 3, 4), page_only=True)


def _in_both(each: CohortContrast) -> str:
    """The people of both cohorts, and where they count."""
    if not each.in_both:
        return ""
    neither = each.losses[0].excluded + each.comparator_losses[0].excluded - each.in_both
    people = "1 person is" if each.in_both == 1 else f"{count(each.in_both)} people are"
    if neither == each.in_both:
        return f" {people} in both, and counted in neither: the charts do not say which treatment came first."
    unsure = f" Of {count(neither)} of them the charts do not say which came first: counted in neither."
    first = f" {people} in both: counted where time zero came first, and what came later is an event after it."
    return f"{first}{unsure if neither else ''}"


def _remaining(rows: Sequence[AttritionRow]) -> int:
    return rows[-1].remaining if rows else 0


def _attrition(caption: str, rows: Sequence[AttritionRow]) -> Table:
    told = [(row.criterion, count(row.entering), count(row.excluded), count(row.remaining)) for row in rows]
    return Table.of(caption, ["step", "entering", "left out", "remaining"], told, page_only=True)


def _alike(each: CohortContrast) -> Iterator[Block]:
    """The diagnostics, which are shown whatever the gate says."""
    yield Heading("How alike the cohorts became")
    if not each.diagnostics:
        yield Paragraph(
            "The cohorts could not be made alike at all; the reasons stand under “What was refused”.", "warning"
        )
        return
    for found in each.diagnostics:
        if not found.passes:
            why = "; ".join(found.reasons)
            yield Paragraph(
                f"Withheld by {found.method}: {why}. What would mend it: {'; '.join(found.mend)}.", "warning"
            )
    yield Items(tuple(_said(found) for found in each.diagnostics))
    unrecorded = ", ".join(each.not_recorded) or "nothing that the protocol names"
    yield Terms((("What nobody recorded, and no method makes alike", unrecorded),))
    yield _methods_table(each)
    yield _love(each, _distinct(each.diagnostics))
    yield _scores(each, each.diagnostics[0])
    yield from _controls(each)


def _said(found: MethodDiagnostics) -> str:
    """One sentence a method: what it left, and of how many."""
    matched = f", those {count(found.treated - found.unmatched)} who found a match" if found.unmatched else ""
    head = f"{found.method} ({ABOUT[found.target]}{matched})"
    if found.effective_treated is None or found.largest_after is None:
        return sentence(f"{head}: no weights; the covariates are {number(found.largest_before, 2)} apart at most")
    unmatched = f", {count(found.unmatched)} without a match" if found.unmatched else ""
    worth = f"{number(found.effective_treated)} of {count(found.treated)} and {number(found.effective_comparator)}"
    return sentence(
        f"{head}: the largest difference is {number(found.largest_before, 2)} standard deviations before and "
        f"{number(found.largest_after, 2)} after; worth {worth} of {count(found.comparator)} cases{unmatched}"
    )


def _methods_table(each: CohortContrast) -> Table:
    diagnostics = each.diagnostics
    barred = each.negative_controls is not None and bool(each.negative_controls.reasons)
    passed = "yes, but for the negative controls" if barred else "yes"
    rows = [
        (
            found.method,
            passed if found.passes else "no",
            f"{number(found.largest_before, 2)} → {number(found.largest_after, 2)}",
            _share(found.random_share_after if found.largest_after is not None else found.random_share_before),
            f"{number(found.effective_treated)} and {number(found.effective_comparator)}",
            _share(found.largest_share),
            number(found.c_statistic, 2),
            " and ".join(
                _outside(*each)
                for each in ((found.treated_outside, found.treated), (found.comparator_outside, found.comparator))
            ),
        )
        for found in diagnostics
    ]
    headings = [
        "method",
        "gate met",
        "largest difference",
        "random allocations as far apart",
        "effective sample sizes",
        "largest weight",
        "c-statistic",
        "outside common support",
    ]
    return Table.of(f"Diagnostics; score: {diagnostics[0].score}", headings, rows, page_only=True)


def _share(value: float | None) -> str:
    return DASH if value is None else f"{number(100 * value)} %"


def _outside(outside: int | None, of: int) -> str:
    return DASH if outside is None else percent(outside, of)


def _distinct(diagnostics: Sequence[MethodDiagnostics]) -> list[MethodDiagnostics]:
    """One a different balance: methods that weight alike are drawn once."""
    seen: list[MethodDiagnostics] = []
    for found in diagnostics:
        if all(found.balance != other.balance for other in seen) and (found.largest_after is not None or not seen):
            seen.append(found)
    return seen


def _love(each: CohortContrast, drawn: Sequence[MethodDiagnostics]) -> Figure:
    """A Love plot a method, and the numbers of all of them."""
    groups = tuple(RowGroup(tuple(_balance_rows(found)), found.method) for found in drawn)
    own, other = each.cohort, each.comparator
    before = [f"{own}, before", f"{other}, before", "difference", "random allocations as far"]
    after = [f"{own}, after", f"{other}, after", "difference", "random allocations as far"]
    columns = tuple(Column(text, numeric=place > 0) for place, text in enumerate(["covariate", *before, *after]))
    table = Table("Balance", columns, groups, folded=True, page_only=True)
    alt = " ".join(
        f"{found.method}: largest difference {number(found.largest_before, 2)} before, "
        f"{number(found.largest_after, 2)} after."
        for found in drawn
    )
    reading = (
        "A point on the line is no difference. Shaded: where 95 of 100 random allocations of so many cases would leave "
        f"it. Dashed: the fixed threshold of {each.gate.standardized_difference:g}."
    )
    panels = tuple(Panel(found.method, love_plot(found, each.gate.standardized_difference)) for found in drawn)
    return Figure("Standardised differences before and after", alt, reading, panels, table, LOVE_SIGNS, wide=True)


def _balance_rows(found: MethodDiagnostics) -> Iterator[tuple[Cell, ...]]:
    for row in found.balance:
        texts = (
            row.covariate,
            number(row.treated_before, 2),
            number(row.comparator_before, 2),
            number(row.difference_before, 2),
            _share(row.as_unbalanced_before),
            number(row.treated_after, 2),
            number(row.comparator_after, 2),
            number(row.difference_after, 2),
            _share(row.as_unbalanced_after),
        )
        yield tuple(Cell(text) for text in texts)


def _scores(each: CohortContrast, found: MethodDiagnostics) -> Figure:
    rows = [
        (
            f"{number(bin_.lower)} to {number(bin_.upper)}",
            count(bin_.treated),
            _share(bin_.treated_weight),
            count(bin_.comparator),
            _share(bin_.comparator_weight),
        )
        for bin_ in found.scores
    ]
    headings = ["score", each.cohort, "of its weight", each.comparator, "of its weight"]
    table = Table.of("Propensity scores", headings, rows, folded=True, page_only=True)
    panels = (
        Panel(f"{each.cohort} ({count(found.treated)})", scores_drawn(found.scores, of_treated=True)),
        Panel(f"{each.comparator} ({count(found.comparator)})", scores_drawn(found.scores, of_treated=False)),
    )
    alt = f"c-statistic {number(found.c_statistic, 2)}: 0.5 cannot tell the cohorts apart, 1 tells them apart entirely."
    signs = (Mark("▒", "cases"), Mark("□", f"their weight, {found.method}"))
    reading = "Where only one of the two has bars there is nobody to compare with."
    return Figure("Propensity scores of the two cohorts", alt, reading, panels, table, signs, wide=True)


LOST = (
    "Some were lost before the day without the event; they count for what is known of them (Aalen-Johansen in each "
    "cohort, as pseudo-values), as if being lost had nothing to do with it."
)


def _counted(control: NegativeControl) -> str:
    return control.kind if control.by_day is None else f"{control.kind} by day {count(control.by_day)}"


def _controls(each: CohortContrast) -> Iterator[Block]:
    found = each.negative_controls
    if found is None:
        return
    yield Heading("Outcomes the treatment cannot change")
    yield Paragraph(sentence(found.says))
    if found.reasons:
        mend = "; ".join(found.mend)
        yield Paragraph(f"Every number is withheld: {'; '.join(found.reasons)}. What would mend it: {mend}.", "warning")
    lost = (
        sum(control.not_followed for control in found.controls),
        sum(control.comparator_not_followed for control in found.controls),
    )
    if any(lost):
        yield Paragraph(LOST, "note")
    rows = [
        (
            control.name,
            _counted(control),
            f"{count(control.n)} and {count(control.comparator_n)}",
            f"{count(control.not_followed)} and {count(control.comparator_not_followed)}",
            f"{number(100 * control.estimate)} points ({number(100 * control.lower)} to {number(100 * control.upper)})",
        )
        for control in found.controls
    ]
    if rows:
        level = f" ({level_words(each.rows[0].level)} limits)" if each.rows else ""
        headings = ["negative control", "kind", "cases", "of them lost before the day", f"risk difference{level}"]
        yield Table.of("What the comparison finds where there is nothing to find", headings, rows, text=(0, 1))
