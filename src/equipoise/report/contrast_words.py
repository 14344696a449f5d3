"""A contrast of two cohorts in words: points, ratios, scores, days; a number, a range, or withheld."""

from decimal import Decimal
from fractions import Fraction

from equipoise.domain.contrast_answer import ContrastRow
from equipoise.report.contrasts import ratio, signed
from equipoise.report.wording import DASH, decimals_for, half_up, level_words

POINTS = ("risk difference", "incidence difference")
WITHHELD = "withheld"


def contrast_said(row: ContrastRow) -> str:
    """ "+16 points (95 % CI 2 to 30)", "+5 to +25 points (95 % limits −10 to 39)", "2.78 (...)", or "withheld"."""
    if row.withheld:
        return f"{WITHHELD}{counts_said(row)}"
    if row.estimate is None:
        low, high = amount(row, row.lower, sign=True), amount(row, row.upper, sign=True)
        if row.outer_lower is None or row.outer_upper is None:
            return f"{low} to {high}{unit(row)} (no limits{counts_said(row)})"
        outer = f"{amount(row, row.outer_lower)} to {amount(row, row.outer_upper)}"
        return f"{low} to {high}{unit(row)} ({level_words(row.level)} limits {outer})"
    head = f"{amount(row, row.estimate, sign=True)}{unit(row)}"
    if row.lower is None or row.upper is None:
        return f"{head} (no interval{counts_said(row)})"
    return f"{head} ({level_words(row.level)} CI {amount(row, row.lower)} to {amount(row, row.upper)})"


def counts_said(row: ContrastRow) -> str:
    """ "; unadjusted 95 % CI −4 to 77, Chan-Zhang, exact": the two counts', where nothing adjusted has limits."""
    if row.unadjusted_lower is None or row.unadjusted_upper is None:
        return ""
    between = f"{amount(row, row.unadjusted_lower)} to {amount(row, row.unadjusted_upper)}"
    return f"; unadjusted {level_words(row.level)} CI {between}, {row.unadjusted_interval}"


def unit(row: ContrastRow) -> str:
    """What the number counts; a ratio counts nothing."""
    if row.measure == "risk ratio":
        return ""
    return " days" if row.measure == "difference of mean days lost" else " points"


def times(row: ContrastRow) -> float:
    """From the number to what is printed and drawn."""
    return 100.0 if row.measure in POINTS else 1.0


def amount(row: ContrastRow, value: float | None, *, sign: bool = False) -> str:
    """One number of a contrast, with the decimals its measure and size earn."""
    if value is None:
        return DASH
    if row.measure == "risk ratio":
        return ratio(value)
    decimals = decimals_for(min(row.n, row.comparator_n)) if row.measure in POINTS else 2
    if row.measure == "difference of mean days lost":
        decimals = 1
    exact = Fraction(Decimal(repr(value))) * int(times(row))
    return signed(exact, decimals) if sign else half_up(exact, decimals)


def level_of(row: ContrastRow, value: float | None) -> str:
    """A cohort's own risk, mean or days."""
    if value is None:
        return DASH
    exact = Fraction(Decimal(repr(value)))
    if row.measure in (*POINTS, "risk ratio"):
        return f"{half_up(100 * exact, decimals_for(min(row.n, row.comparator_n)))} %"
    return half_up(exact, 1 if row.measure == "difference of mean days lost" else 2)
