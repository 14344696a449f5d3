"""How the unseen was filled in, and the differences from the reference that follow."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from equipoise.domain.estimand import Strategy
from equipoise.domain.imputation_answer import ImputedQuantity, ImputedQuestion
from equipoise.domain.result import StudyResult
from equipoise.report.contrasts import p_words, signed
from equipoise.report.parts import Block, Cell, Column, Paragraph, RowGroup, Table
from equipoise.report.rows import direction_words
from equipoise.report.wording import DASH, count, counted, decimals_for, half_up, level_words, percent, sentence

TOO_WIDE = (
    "Where an assumption borrows from the reference group, Rubin's rules count what was borrowed as if it had been "
    "seen: their limits may be too wide. The jackknife beside them leaves out each case in turn; the two answer "
    "different questions, so both are shown."
)


WITHOUT_JACKKNIFE = (
    "Of yes-or-no answers there is no jackknife to set beside an assumption that borrows from the reference group: the "
    "limits take the groups for independent, and may be too wide."
)
NORMAL = (
    "The jackknife's limits are normal, not Student's, and too short where cases are few: of 10 cases they held .88 "
    "where .95 is claimed (docs/calibration.md)."
)
AS_THEY_ARE = (
    "These are groups as they are. Where chance did not decide who was in which, a difference is also one between the "
    "people in them, and the imputation takes out only what its covariates tell of that."
)
SELECTED = (
    "Under the principal stratum the groups are selected after treatment, with no control counterpart identified: "
    "their difference compares people selected in each by what came later."
)
BY_END = (
    "Where an event at any time in follow-up counts, a difference is descriptive only: it depends on how long each "
    "group was followed."
)
FEW = 50
"""Cases at a visit below which the jackknife's normal limits are told to be short."""


def differences(result: StudyResult) -> Iterator[Block]:
    """Every group less the reference, visit by visit, under each assumption."""
    answers = result.imputations
    yield from _jackknife_noted(answers)
    asked = [(each, [one for one in each.quantities if one.kind == "difference"]) for each in answers]
    told = [(each, mine) for each, mine in asked if mine]
    if not told:
        return
    beside = any(one.jackknife_estimate is not None for _, mine in told for one in mine)
    if beside:
        yield Paragraph(TOO_WIDE, "note")
    yield from _differences_noted([each for each, _ in told])
    headings = ["visit and groups", "difference", "n", "P", *(["by the jackknife"] if beside else [])]
    columns = tuple(Column(heading, numeric=place > 0) for place, heading in enumerate(headings))
    groups = tuple(
        RowGroup(
            tuple(tuple(Cell(text) for text in _difference(one, each.level, beside=beside)) for one in mine),
            f"{each.estimand}: {each.name}",
            each.strategy + _direction(result, each, mine[0]),
        )
        for each, mine in told
    )
    long = sum(len(mine) for _, mine in told) > 12
    caption = "Differences from the reference group, the unseen filled in"
    yield Table(caption, columns, groups, folded=long, page_only=True)


def _differences_noted(answers: Sequence[ImputedQuestion]) -> Iterator[Paragraph]:
    """What the differences do not say by themselves."""
    yes_no = [each for each in answers if each.filled_in != "scores"]
    if any("reference" in each.missing and each.assumed_cells for each in yes_no):
        yield Paragraph(WITHOUT_JACKKNIFE, "note")
    yield Paragraph(AS_THEY_ARE, "note")
    for strategy, words in ((Strategy.PRINCIPAL_STRATUM, SELECTED), (Strategy.COMPOSITE_BY_END, BY_END)):
        if any(strategy.value in each.strategy for each in answers):
            yield Paragraph(words, "warning")


def _jackknife_noted(answers: Sequence[ImputedQuestion]) -> Iterator[Paragraph]:
    """Told where the limits of few cases come from the jackknife, by itself or beside Rubin's rules."""
    by_jackknife = [
        one
        for each in answers
        for one in each.quantities
        if one.jackknife_estimate is not None or (one.estimate is not None and one.method.endswith("jackknife"))
    ]
    if any(one.n < FEW for one in by_jackknife):
        yield Paragraph(NORMAL, "note")


def _direction(result: StudyResult, each: ImputedQuestion, one: ImputedQuantity) -> str:
    """Of scores, which way is better; of rates more responders always are."""
    return "" if one.unit == "proportion" else f". {direction_words(result, each.estimand)}"


def _difference(one: ImputedQuantity, level: float, *, beside: bool) -> list[str]:
    named = f"{one.visit}: {one.group} less {one.reference}"
    head = _with_limits(one, level, one.estimate, one.lower, one.upper) if one.estimate is not None else DASH
    told = [named, head if not one.why else f"{head} ({one.why})", f"{count(one.n)}, {count(one.imputed)} filled in"]
    told.append(p_words(one.p_value))
    if beside:
        jackknife = one.jackknife_estimate, one.jackknife_lower, one.jackknife_upper
        told.append(_with_limits(one, level, *jackknife) if one.jackknife_estimate is not None else DASH)
    return told


def _with_limits(
    one: ImputedQuantity, level: float, estimate: float | None, lower: float | None, upper: float | None
) -> str:
    assert estimate is not None
    times, decimals = (100, decimals_for(one.n)) if one.unit == "proportion" else (1, 2)
    at, *limits = (None if each is None else times * Fraction(Decimal(repr(each))) for each in (estimate, lower, upper))
    assert at is not None
    head = f"{signed(at, decimals)} points"
    if limits[0] is None or limits[1] is None:
        return f"{head} (no interval)"
    low, high = half_up(limits[0], decimals), half_up(limits[1], decimals)
    return f"{head} ({level_words(level)} CI {low} to {high})"


def facts(answers: Sequence[ImputedQuestion]) -> Iterator[Block]:
    """How each answer came about: how much was filled in, by which method, predicted from what."""
    rows = [
        (
            each.name,
            f"{each.estimand}, {each.strategy}",
            f"{count(each.imputed_cells)} ({count(each.assumed_cells)})",
            "; ".join([each.method, *_remarks(each)]),
            ", ".join(("group", "other visits", *each.covariates)),
            _most_missing(each),
        )
        for each in answers
    ]
    headings = [
        "assumption",
        "question",
        "filled in (not at random)",
        "method",
        "predicted from",
        "information lost",
    ]
    yield Table.of("How it was filled in", headings, rows, text=(0, 1, 3, 4), folded=True, page_only=True)
    for each in answers:
        if each.tried:
            tried = ", ".join(each.tried)
            yield Paragraph(
                sentence(f"{each.name}, {each.estimand}: {tried} did not converge, so {each.covariance} answered"),
                "note",
            )


def _remarks(each: ImputedQuestion) -> Iterator[str]:
    if not each.nothing_missing:
        yield f"{each.filled_in} filled in"
    if each.covariance is not None:
        yield f"covariance {each.covariance}"
    if each.redrawn:
        yield f"{counted(each.redrawn, 'resample')} drawn again"


def _most_missing(each: ImputedQuestion) -> str:
    """The greatest share of missing information over groups and visits."""
    shares = [one.missing_information for one in each.quantities if one.missing_information is not None]
    return percent(round(100 * max(shares)), 100) if shares else DASH
