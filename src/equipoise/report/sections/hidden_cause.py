"""How strong a hidden cause would have to be, what sham alone gives, and what the entry rule alone does."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from equipoise.domain.hidden_cause_answer import (
    BiasArrayOf,
    BiasCell,
    EValueOf,
    HiddenCauses,
    PairsBounded,
    RegressionToMean,
)
from equipoise.domain.result import StudyResult
from equipoise.report.checklist import UNKNOWN_REGRESSION
from equipoise.report.contrasts import p_words, ratio, signed
from equipoise.report.figures.weights import Square, bias_squares
from equipoise.report.parts import Block, Figure, Heading, Items, Mark, Panel, Paragraph, Section, Table
from equipoise.report.wording import DASH, count, counted, level_words, months, number, over, percent, sentence

HEADING = "How strong would a hidden cause have to be?"
MEANING = (
    "A cause nobody recorded, tied to treatment and to response alike, could make a difference that is not the "
    "treatment's. The E-value is the least risk ratio it would need with both to explain the result away. It does not "
    "say that there is such a cause, nor that there is none."
)
NOTHING = "No comparison that chance did not form has a number, so there is nothing a hidden cause could explain."
NONE_CAN_BE = "No E-value can be given; why not stands below, comparison by comparison."
SIGNS = (Mark("■", "something is left of the result"), Mark("□", "nothing is left, or it is turned round"))
LONG = 8
COUNTS = ("fewest", "most")
"""Readings that are counts of responders; any other is the method that made the cohorts alike."""
ONE_SIDED = 0.025


def hidden_causes(result: StudyResult) -> Section | None:
    """E-values, what declared causes would leave, matched pairs, sham, and the entry rule."""
    found, regressions = result.hidden_causes, result.regression_to_mean
    if found is None and not regressions:
        return None
    blocks: list[Block] = []
    if found is not None:
        blocks += _causes(found, result.study.level)
    for each in regressions:
        blocks += _regression(each)
    if result.protocol.conduct.entry_minimum_score and not regressions:
        blocks.append(Paragraph(f"Entry needed a minimum score. {UNKNOWN_REGRESSION}", "note"))
    return Section("hidden-causes", HEADING, tuple(blocks), terminal=True)


def _causes(found: HiddenCauses, level: float) -> Iterator[Block]:
    if found.e_values:
        yield Paragraph(MEANING)
        first = next((each for each in found.e_values if each.main), found.e_values[0])
        yield Paragraph(sentence(_lead(first)), "lead")
        yield _e_values(found.e_values, level)
    else:
        yield Paragraph(NONE_CAN_BE if found.refused else NOTHING)
    for each in found.bias_arrays:
        yield _array(each)
    for pairs in found.pairs:
        yield from _pairs(pairs)
    if found.placebo:
        yield Heading("What sham alone gives")
        yield Items(tuple(_placebo(found, place, level) for place in range(len(found.placebo))))
    if found.refused:
        rows = [(each.where, sentence(each.why), sentence(each.instead)) for each in found.refused]
        headings = ["comparison", "why no hidden cause was weighed", "instead"]
        yield Table.of("Not weighed", headings, rows, text=(0, 1, 2), folded=len(rows) > LONG, page_only=True)


def _named(each: EValueOf | BiasArrayOf) -> str:
    group = "" if each.group == "all" else each.group
    reading = f"{each.reading} responders" if each.reading in COUNTS else each.reading
    parts = (each.comparison, each.estimand, each.visit, group, each.strategy, each.missing, reading)
    return ", ".join(part for part in parts if part)


def _lead(each: EValueOf) -> str:
    strength = f"a hidden cause with a risk ratio of {ratio(each.of_estimate)} with treatment and with response"
    scale = " (approximately, the difference of mean scores read as a risk ratio)" if each.approximate else ""
    head = f"{_named(each)}: {strength}{scale}"
    if each.of_limit is None:
        return f"{head} would explain it away."
    if each.of_limit == 1:
        return f"{head} would explain the estimate away; its interval needs none: chance will do."
    return f"{head} would explain the estimate away, and one of {ratio(each.of_limit)} its interval."


def _e_values(rows: tuple[EValueOf, ...], level: float) -> Table:
    cells = [
        (
            _named(each),
            f"{ratio(each.risk_ratio)} ({ratio(each.lower, 'none')} to {ratio(each.upper, 'no end')})",
            ratio(each.of_estimate),
            DASH if each.of_limit is None else ratio(each.of_limit),
            each.method,
        )
        for each in rows
    ]
    headings = [
        "comparison",
        f"risk ratio ({level_words(level)} CI)",
        "E-value of the estimate, as a risk ratio",
        "E-value of the limit nearer no effect, as a risk ratio",
        "from",
    ]
    return Table.of("E-values", headings, cells, text=(0, 4), folded=len(cells) > LONG, page_only=True)


def _array(each: BiasArrayOf) -> Figure:
    """A panel for each strength; the table has every number."""
    left = sum(not explained(each, cell) for cell in each.cells)
    what = "risk ratio" if each.measure == "risk ratio" else "difference in points"
    tried = f"Of {counted(len(each.cells), 'cause')} tried"
    of_them = f"{count(left)} leave something of it and {count(len(each.cells) - left)} leave nothing"
    alt = f"{_named(each)}: the observed {what} is {_left(each, each.observed)}. {tried}, {of_them}."
    panels = []
    for strength in dict.fromkeys(cell.strength for cell in each.cells):
        squares = [
            Square(
                cell.prevalence_treated,
                cell.prevalence_control,
                _left(each, cell.adjusted),
                explained(each, cell),
                _says(each, cell),
            )
            for cell in each.cells
            if cell.strength == strength
        ]
        makes = (
            f"{ratio(strength)} times the response" if each.measure == "risk ratio" else f"{number(strength)} points"
        )
        panels.append(Panel(f"a cause that makes {makes}", bias_squares(squares)))
    rows = [
        (
            f"{100 * cell.prevalence_treated:g} %",
            f"{100 * cell.prevalence_control:g} %",
            _left(each, cell.strength),
            _left(each, cell.adjusted),
        )
        for cell in each.cells
    ]
    headings = ["among the treated", "among the controls", "strength", f"{what} without it"]
    table = Table.of(f"{_named(each)}: without a hidden cause", headings, rows, text=(), folded=True, page_only=True)
    reading = (
        "Left: the share of the treated that has the cause; below: of the controls. In each square what would be left "
        "of the result; white where nothing is."
    )
    return Figure(f"{_named(each)}: what a hidden cause would leave", alt, reading, tuple(panels), table, SIGNS)


def explained(each: BiasArrayOf, cell: BiasCell) -> bool:
    """Whether nothing is left of the result, or it is turned round."""
    return (cell.adjusted - each.no_effect) * (each.observed - each.no_effect) <= 0


def _left(each: BiasArrayOf, value: float) -> str:
    return ratio(value) if each.measure == "risk ratio" else signed(Fraction(Decimal(repr(round(value, 9)))), 2)


def _says(each: BiasArrayOf, cell: BiasCell) -> str:
    treated, control = (f"{100 * share:g} %" for share in (cell.prevalence_treated, cell.prevalence_control))
    return f"{treated} of the treated and {control} of the controls have it: {_left(each, cell.adjusted)} is left"


def _pairs(each: PairsBounded) -> Iterator[Block]:
    what = f"{each.comparison}, {each.estimand}, {each.visit} ({each.missing})"
    yield Paragraph(f"{what}: {counted(each.pairs, 'matched pair')} that differ. {_explained(each)}")
    rows = [(number(row.gamma, 2), p_words(row.lower), p_words(row.upper)) for row in each.rows]
    yield Table.of("Rosenbaum bounds", ["times likelier", "least P", "largest P"], rows, text=(), page_only=True)


def _explained(each: PairsBounded) -> str:
    """How unevenly a hidden cause would have to choose between the two of a pair."""
    if any(row.gamma == 1 and row.lower > 0.5 for row in each.rows):
        return "The treated did no better than those they were paired with: there is nothing to explain away."
    if any(row.gamma == 1 and row.upper > ONE_SIDED for row in each.rows):
        return f"No hidden cause is needed: chance will do (one-sided P that the treated do better above {ONE_SIDED})."
    return (
        f"A hidden cause that makes the odds of being the treated one of a pair up to {ratio(each.explained_at)} times "
        f"those of the other would not explain it away (one-sided P that the treated do better at most {ONE_SIDED}); a "
        "stronger one could."
    )


def _placebo(found: HiddenCauses, place: int, level: float) -> str:
    each = found.placebo[place]
    limits = f"{level_words(level)} CI {number(100 * each.lower, 0)} to {number(100 * each.upper, 0)}"
    of = f"{number(100 * each.estimate, 0)} % of {counted(each.arms, 'pooled sham arm')} responded ({limits})"
    text = f"{each.benchmark}, {months(each.month)}: {of}"
    if each.prediction_lower is not None and each.prediction_upper is not None:
        low, high = (number(100 * limit, 0) for limit in (each.prediction_lower, each.prediction_upper))
        text += f"; the next such arm {low} to {high} %"
    return f"{text}. That much is expected of no active treatment at all."


def _regression(each: RegressionToMean) -> Iterator[Block]:
    yield Heading(f"What the entry rule alone does: {each.label}")
    if each.reasons:
        yield Paragraph("Not computed.", "lead")
        yield Items(tuple(sentence(reason) for reason in each.reasons))
        return
    assert each.expected_entry_mean is not None
    assert each.expected_next_mean is not None
    change = each.expected_next_mean - each.expected_entry_mean
    ends = f"from {number(each.expected_entry_mean, 2)} to {number(each.expected_next_mean, 2)}"
    text = f"With entry at {each.entry} the mean would go {ends} with nobody treated: {_points(change)} points."
    yield Paragraph(text, "lead")
    yield Paragraph(_people(each))
    if each.rows:
        yield _beside(each)
    for note in each.notes:
        yield Paragraph(note, "note")


def _people(each: RegressionToMean) -> str:
    """The people screened, and whether those let in look as they should."""
    screened = f"mean {number(each.population_mean)}, SD {number(each.population_sd)}"
    how = "" if each.screened == "as given" else ", read off those let in"
    shape = "a normal" if each.shape == "normal" else "a normal rounded to the points of the scale"
    retest = f"test-retest correlation {number(each.retest_correlation, 2)} ({each.source})"
    text = f"People screened: {screened}{how} ({shape}), {retest}."
    if each.observed_entry_mean is None:
        return f"{text} No case has one certain entry reading."
    fits = f"{number(each.observed_entry_mean)} in {counted(each.observed_entry_n, 'case')}"
    return f"{text} Those let in would read {number(each.expected_entry_mean)} on average; they read {fits}."


def _beside(each: RegressionToMean) -> Table:
    rows = [
        (
            ", ".join(part for part in (row.estimand, "" if row.group == "all" else row.group) if part),
            row.visit,
            _points(row.expected_change),
            DASH if row.observed_change is None else f"{_points(row.observed_change)} (n = {count(row.observed_n)})",
            DASH if row.expected_share is None else f"{number(100 * row.expected_share, 0)} %",
            DASH
            if row.responders is None or row.n is None
            else f"{over(row.responders, row.n)} = {percent(row.responders, row.n)}",
        )
        for row in each.rows
    ]
    headings = [
        "estimand",
        "visit",
        "change by the rule alone",
        "change seen",
        "responders by the rule alone",
        "responders seen",
    ]
    return Table.of(
        f"{each.label}: beside what was seen, whatever else was done", headings, rows, text=(0, 1), page_only=True
    )


def _points(value: float) -> str:
    return signed(Fraction(Decimal(repr(round(value, 9)))), 2)
