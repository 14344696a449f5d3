"""Against a published arm, adjusted: who entered, how alike the cases became, and the number, or why it is withheld."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from equipoise.domain.adjusted_benchmark_answer import AdjustedBenchmark, AdjustedCovariate, AdjustedRow
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.published_mean import PRINTED_IN
from equipoise.domain.result import StudyResult
from equipoise.report.contrasts import ratio, signed
from equipoise.report.figures.weights import Bin, weight_plot
from equipoise.report.parts import Block, Figure, Heading, Items, Panel, Paragraph, Section, Table
from equipoise.report.rows import direction_words
from equipoise.report.wording import DASH, count, counted, level_words, months, number, over, percent, sentence, share

HEADING = "Against a published arm, adjusted"
UNANCHORED = (
    "Unanchored: no control arm is shared. The comparison holds only if everything that matters for the outcome was "
    "recorded, published and matched, which is hardly ever so."
)
ANCHORED = "Anchored: both are compared with the same control, so that only what changes the effect had to be matched."
CONDITIONAL = "The odds ratio is that of patients with the mean covariates, not of the published population."
TAKEN_AS_KNOWN = "The published baseline is taken as known: its own error is not in the limits."


def adjusted_benchmarks(result: StudyResult) -> Section | None:
    """Each adjusted benchmark, for each of its groups."""
    if not result.adjusted_benchmarks:
        return None
    blocks: list[Block] = []
    for each in result.adjusted_benchmarks:
        blocks += _one(each, direction_words(result, each.estimand))
    return Section("adjusted-benchmarks", HEADING, tuple(blocks), terminal=True)


def _one(each: AdjustedBenchmark, better: str) -> Iterator[Block]:
    title = each.name if each.group == "all" else f"{each.name}: {each.group}"
    yield Heading(sentence(f"{title}, {months(each.month)}").removesuffix("."))
    numbered = [row for row in each.rows if row.lower is not None or row.estimate is not None]
    yield Paragraph(_lead(each, numbered), "lead")
    if numbered and each.measure == "difference of means":
        yield Paragraph(better, "note")
    reasons = [f"{sentence(one.why)} {sentence(one.instead)}" for row in each.rows for one in row.reasons]
    if reasons:
        yield Items(tuple(dict.fromkeys(reasons)))
    yield Paragraph(_form(each), "note")
    yield Table.of(f"{title}: beside each other", *_sides(each), text=(0,), page_only=True)
    if any(row.covariates or row.left_response or row.left_covariate for row in each.rows):
        yield Paragraph(_losses(each))
    diagnosed = next((row for row in each.rows if row.covariates), None)
    if diagnosed is not None:
        yield _balance(title, diagnosed)
        if diagnosed.weights:
            figure = _weights(each, title, diagnosed)
            yield Paragraph(figure.alt)
            yield figure


def _lead(each: AdjustedBenchmark, numbered: list[AdjustedRow]) -> str:
    """The answer in a sentence: the first way of treating the unknown that has a number, or that it is withheld."""
    if not numbered:
        return "Withheld: no adjusted comparison is printed."
    first = numbered[0]
    what = f"{sentence(each.measure)[:-1]}, {_direction(each)}, adjusted by {each.method}"
    return f"{what}: {answer_words(each, first)} ({first.missing})."


def _direction(each: AdjustedBenchmark) -> str:
    """Which side is less which, or over which."""
    word = "less" if each.measure in ("risk difference", "difference of means") else "over"
    if each.form == "anchored":
        own = f"{each.group} against {each.reference_group}"
        return f"{own}, {word} {each.arm} against {each.control_arm} in {each.study}"
    return f"{'the cases' if each.group == 'all' else each.group} {word} {each.study} ({each.arm})"


def answer_words(each: AdjustedBenchmark, row: AdjustedRow) -> str:
    """A number with its limits, or a range with its outermost limits."""
    if row.estimate is None and row.lower is None:
        return "withheld"
    if row.estimate is None:
        low, high = (_value(each, value) for value in (row.lower, row.upper))
        outer = " to ".join(_limit(each, value) for value in (row.outer_lower, row.outer_upper))
        between = low if low == high else f"{low} to {high}"
        return f"{between}{_unit(each)} ({level_words(row.level)} limits {outer})"
    limits = " to ".join(_limit(each, value) for value in (row.lower, row.upper))
    return f"{_value(each, row.estimate)}{_unit(each)} ({level_words(row.level)} CI {limits})"


def _unit(each: AdjustedBenchmark) -> str:
    return " points" if each.measure in ("risk difference", "difference of means") else ""


def _value(each: AdjustedBenchmark, value: float | None) -> str:
    if value is None:
        return DASH
    exact = Fraction(Decimal(repr(value)))
    if each.measure == "risk difference":
        return signed(100 * exact, 0)
    return signed(exact, 2) if each.measure == "difference of means" else ratio(value)


def _limit(each: AdjustedBenchmark, value: float | None) -> str:
    if value is None:
        return "no end"
    if each.measure == "risk difference":
        return number(100 * value, 0)
    return number(value, 2) if each.measure == "difference of means" else ratio(value)


def _form(each: AdjustedBenchmark) -> str:
    words = ANCHORED if each.form == "anchored" else UNANCHORED
    if each.method == "STC" and each.measure == "odds ratio":
        words = f"{words} {CONDITIONAL}"
    if not any(row.covariates for row in each.rows):
        return words
    source = f"Baseline table: {each.baseline_source}, {counted(each.patients, 'patient')}."
    return f"{words} {TAKEN_AS_KNOWN} {source}"


def _sides(each: AdjustedBenchmark) -> tuple[list[str], list[tuple[str, ...]]]:
    """The cases as they are, the cases adjusted, and the published arm, under each way of treating the unknown."""
    headings = ["the unknown", "the cases", "the cases, adjusted", f"{each.study}, {each.arm}"]
    anchored = each.form == "anchored"
    if anchored:
        headings += [f"{each.reference_group}", f"{each.study}, {each.control_arm}"]
    rows = []
    for row in each.rows:
        cells = [
            row.missing,
            _crude(row),
            _rate(row, row.adjusted_low, row.adjusted_high),
            _published(each, each.published),
        ]
        if anchored:
            reference = _rate(row, row.reference_crude_low, row.reference_crude_high)
            of = "" if row.reference_n is None else f" of {count(row.reference_n)}"
            cells += [f"{reference}{of}", _published(each, each.control)]
        unadjusted = DASH if row.unadjusted is None else f"{_value(each, row.unadjusted)}{_unit(each)}"
        rows.append((*cells, unadjusted, answer_words(each, row)))
    return [*headings, f"{each.measure}, unadjusted", f"{each.measure}, adjusted"], rows


def _crude(row: AdjustedRow) -> str:
    if row.n == 0 or row.crude_low is None:
        return "nobody"
    if row.responders_low is None or row.responders_high is None:
        return f"{number(row.crude_low, 2)}, n = {count(row.n)}"
    low = f"{over(row.responders_low, row.n)} = {percent(row.responders_low, row.n)}"
    if row.responders_low == row.responders_high:
        return low
    return f"{over(row.responders_low, row.n)} to {over(row.responders_high, row.n)}"


def _rate(row: AdjustedRow, low: float | None, high: float | None) -> str:
    """A rate or a mean, or its range; a dash where there is none."""
    if low is None or high is None:
        return DASH
    words = [number(each, 2) if row.responders_low is None else share(each, 100) for each in (low, high)]
    return words[0] if words[0] == words[1] else f"{words[0]} to {words[1]}"


def _published(each: AdjustedBenchmark, arm: PublishedArm | None) -> str:
    if arm is None:
        return "none like the study"
    if arm.responders is not None and arm.n:
        return f"{over(arm.responders, arm.n)} = {percent(arm.responders, arm.n)}"
    mean = arm.mean if arm.mean_change is None or "change" not in each.endpoint else arm.mean_change
    printed = f", {PRINTED_IN.strip(', ')} {arm.unit.split(PRINTED_IN)[1]}" if PRINTED_IN in arm.unit else ""
    return f"{number(mean, 2)}, n = {count(arm.n or 0)}{printed}"


def _losses(each: AdjustedBenchmark) -> str:
    parts = []
    for row in each.rows:
        left = [
            f"{counted(number_left, 'case')} {why}"
            for number_left, why in (
                (row.left_response, "without a response that counts"),
                (row.left_covariate, "without a covariate"),
            )
            if number_left
        ]
        entered = row.n + (row.reference_n or 0)
        parts.append(
            f"{row.missing}: {count(entered)} of {count(row.cases)} enter"
            + (f" (left: {', '.join(left)})" if left else "")
        )
    return sentence("; ".join(parts))


def _balance(title: str, row: AdjustedRow) -> Table:
    cells = [
        (
            each.covariate,
            _moment(each, each.mean, each.sd),
            f"{number(each.least)} to {number(each.greatest)}",
            DASH if each.weighted_mean is None else _moment(each, each.weighted_mean, each.weighted_sd),
            _moment(each, each.published_mean, each.published_sd),
            DASH if each.apart is None else signed(Fraction(Decimal(repr(each.apart))), 2),
        )
        for each in row.covariates
    ]
    headings = ["covariate", "the cases", "least to greatest", "weighted", "published", "apart before, in SDs"]
    return Table.of(f"{title}: how alike ({row.missing})", headings, cells, page_only=True)


def _moment(each: AdjustedCovariate, mean: float | None, sd: float | None) -> str:
    """ "47.2 (SD 10.1)", or a share as a percentage."""
    if mean is None:
        return DASH
    if ": " in each.covariate and 0 <= mean <= 1:
        return f"{number(100 * mean, 0)} %"
    return number(mean) if sd is None else f"{number(mean)} (SD {number(sd)})"


def _weights(each: AdjustedBenchmark, title: str, row: AdjustedRow) -> Figure:
    """The weight plot, with what it says in a sentence."""
    assert row.effective_sample_size is not None
    assert row.largest_share is not None
    entered = row.n + (row.reference_n or 0)
    sizes = f"{number(row.effective_sample_size)} of {count(row.n)}"
    if row.reference_effective_sample_size is not None and row.reference_n is not None:
        sizes += f", control {number(row.reference_effective_sample_size)} of {count(row.reference_n)}"
    wanted = f"asked for: {each.wanted_effective_sample_size:g}"
    carried = f"The heaviest case carries {number(100 * row.largest_share)} % of all weight"
    allowed = f" (allowed: {100 * each.wanted_largest_share:g} %)" if each.wanted_largest_share is not None else ""
    low, middle, high = (number(each, 2) for each in (row.smallest_weight, row.median_weight, row.largest_weight))
    run = f"weights run from {low} over {middle} (median) to {high}"
    text = f"Effective sample size {sizes} ({wanted}). {carried}{allowed}; {run}."
    bins = [
        Bin(
            one.lower,
            one.upper,
            one.cases,
            f"{counted(one.cases, 'case')} weigh {number(one.lower, 2)} to {number(one.upper, 2)}",
        )
        for one in row.weights
    ]
    table = Table.of(
        f"{title}: the weights of {counted(entered, 'case')}",
        ["weight from", "to below", "cases"],
        [(number(one.lower, 2), number(one.upper, 2), count(one.cases)) for one in row.weights],
        folded=True,
        page_only=True,
    )
    reading = "Bars far to the right are cases that speak for many. If all weighed the same, all would lie at 1."
    return Figure(f"{title}: weights", text, reading, (Panel("", weight_plot(bins)),), table)
