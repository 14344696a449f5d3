"""Contrasts in words: percentage points with their sign, ratios, P values, and the counts behind them."""

from decimal import Decimal
from fractions import Fraction

from equipoise.domain.difference_answer import EventDifference, MeanDifference, ResponseDifference
from equipoise.report.wording import DASH, count, decimals_for, half_up, level_words, number, over, p_value, percent

RISK_DIFFERENCE = "risk difference"
LARGEST_RATIO, SMALLEST_RATIO = 1000, Fraction(1, 100)


def is_range_of(row: ResponseDifference) -> bool:
    """Whether a row is a range over readings rather than a number."""
    return row.outer_lower is not None


def counts_of(row: ResponseDifference) -> tuple[str, str]:
    """The two groups: "33/50 = 66 %", or "33/50 to 39/50"."""
    return (
        _counts((row.responders_low, row.n_low), (row.responders_high, row.n_high)),
        _counts(
            (row.reference_responders_low, row.reference_n_low), (row.reference_responders_high, row.reference_n_high)
        ),
    )


def _counts(low: tuple[int, int], high: tuple[int, int]) -> str:
    if max(low[1], high[1]) == 0:
        return "nobody"
    if low == high:
        return f"{over(*low)} = {percent(*low)}"
    return f"{over(*low)} to {over(*high)}"


def contrast_words(row: ResponseDifference) -> str:
    """The contrast in one line: "+46 points (95 % CI 28 to 62)", "+27 to +57 points (95 % limits 9 to 69)"."""
    if row.measure != RISK_DIFFERENCE:
        return _ratio_words(row)
    decimals = decimals_for(min(row.n_low, row.n_high, row.reference_n_low, row.reference_n_high))
    if is_range_of(row):
        assert row.lower is not None
        assert row.upper is not None
        ends = _exact_ends(row)
        low, high = (signed(100 * each, decimals) for each in ends)
        between = f"{low} points" if low == high else f"{low} to {high} points"
        outer = f"{_points(row.outer_lower, decimals)} to {_points(row.outer_upper, decimals)}"
        return f"{between} ({level_words(row.level)} limits {outer})"
    if row.estimate is None:
        return f"{DASH} ({row.note or row.method})"
    head = f"{signed(100 * _exact_ends(row)[0], decimals)} points"
    if row.lower is None or row.upper is None:
        return f"{head} (no interval)"
    low, high = _points(row.lower, decimals), _points(row.upper, decimals)
    return f"{head} ({level_words(row.level)} CI {low} to {high})"


def _exact_ends(row: ResponseDifference) -> tuple[Fraction, Fraction]:
    """Both ends of a risk difference from the counts themselves."""
    return (
        Fraction(row.responders_low, row.n_low) - Fraction(row.reference_responders_high, row.reference_n_high),
        Fraction(row.responders_high, row.n_high) - Fraction(row.reference_responders_low, row.reference_n_low),
    )


def _points(value: float | None, decimals: int) -> str:
    return DASH if value is None else half_up(100 * Fraction(Decimal(repr(value))), decimals)


def signed(value: Fraction | Decimal, decimals: int) -> str:
    """A difference with its sign; none for nought."""
    text = half_up(value, decimals)
    return text if text.startswith("−") or not text.strip("0.") else f"+{text}"


def _ratio_words(row: ResponseDifference) -> str:
    if is_range_of(row):
        low, high = ratio(row.lower, "no value"), ratio(row.upper, "no end")
        limits = f"{level_words(row.level)} limits {ratio(row.outer_lower)} to {ratio(row.outer_upper, 'no end')}"
        return f"{low} to {high} ({limits})"
    if row.lower is None:
        return f"{DASH if row.estimate is None else ratio(row.estimate)} ({row.note or row.method})"
    head = DASH if row.estimate is None else ratio(row.estimate)
    return f"{head} ({level_words(row.level)} CI {ratio(row.lower)} to {ratio(row.upper, 'no end')})"


def ratio(value: float | None, nothing: str = DASH) -> str:
    """Two decimals, and words beyond what they can say."""
    if value is None:
        return nothing
    if value > LARGEST_RATIO:
        return f"over {count(LARGEST_RATIO)}"
    if 0 < value < SMALLEST_RATIO:
        return "below 0.01"
    return number(value, 2)


def p_words(value: float | None) -> str:
    """A P value, or a dash where there is none."""
    return DASH if value is None else p_value(value)


def mean_words(row: MeanDifference) -> str:
    """A difference of means: "−1.66 points (95 % CI −2.28 to −1.05)", or its range."""
    if row.lower is None or row.upper is None:
        head = DASH if row.estimate is None else f"{_signed_score(row.estimate)} points"
        return f"{head} ({row.method})"
    if row.estimate is None:
        return f"{_signed_score(row.lower)} to {_signed_score(row.upper)} points (range)"
    limits = f"{level_words(row.level)} CI {number(row.lower, 2)} to {number(row.upper, 2)}"
    return f"{_signed_score(row.estimate)} points ({limits})"


def _signed_score(value: float) -> str:
    return signed(Fraction(Decimal(repr(value))), 2)


def event_words(row: EventDifference) -> str:
    """A difference of cumulative incidence by the horizon."""
    decimals = decimals_for(min(row.n, row.reference_n))
    if row.kind == "bounds":
        low, high = (_signed_points(each, decimals) for each in (row.lower, row.upper))
        outer_low, outer_high = (_points(each, decimals) for each in (row.outer_lower, row.outer_upper))
        return f"{low} to {high} points ({level_words(row.level)} limits {outer_low} to {outer_high})"
    if row.difference is None:
        return DASH
    head = f"{_signed_points(row.difference, decimals)} points"
    if row.lower is None or row.upper is None:
        return f"{head} (no limits)"
    limits = f"{_points(row.lower, decimals)} to {_points(row.upper, decimals)}"
    return f"{head} ({level_words(row.level)} CI {limits})"


def _signed_points(value: float | None, decimals: int) -> str:
    return DASH if value is None else signed(100 * Fraction(Decimal(repr(value))), decimals)
