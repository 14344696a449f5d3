"""Numbers into words, by rule.

1. Counts are whole numbers with thousands separators; a percentage always stands beside its n/N.
2. Percentages are rounded half up and exactly: a count over a count never passes through a float (5/8 is 63 %).
   Whole percents below 1,000 people, one decimal from 1,000, two from 100,000.
3. An interval is "95 % CI 22 to 63"; a range over readings is "42 % to 92 % (95 % limits 22 to 99)", the outer limits
   in brackets. In a cell of the panel, which says the level above it, "limits 22 to 99".
4. Days below two months are days; from there they are months of 365.25 / 12 days, rounded half up.
5. Probabilities have two decimals; beyond them "below 0.01" and "above 0.99".
6. What is not there is a dash with a reason, never NaN and never None.
"""

import re
from decimal import Decimal
from fractions import Fraction

DASH = "—"
DAYS_IN_A_MONTH = Fraction(1461, 48)


def count(number: int) -> str:
    """A whole number with thousands separators."""
    return f"{number:,}".replace("-", "−")


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 case", "24 cases"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def none_of(number: int, of: int) -> str:
    """ "none of 24", "all 24", else "10 of 24"; of one "none of 1" or "1 of 1"."""
    if of > 0 and number == 0:
        return f"none of {count(of)}"
    return f"all {count(of)}" if number == of and of > 1 else f"{count(number)} of {count(of)}"


def over(number: int, of: int) -> str:
    """n/N."""
    return f"{count(number)}/{count(of)}"


def decimals_for(of: int) -> int:
    """How many decimals a percentage of so many people earns."""
    return 0 if of < 1_000 else 1 if of < 100_000 else 2


def half_up(value: Fraction | Decimal, decimals: int) -> str:
    """A number rounded half away from zero, exactly, to so many decimals."""
    exact = Fraction(value)
    scaled = abs(exact) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = "−" if exact < 0 and whole else ""
    digits = f"{whole:0{decimals + 1}d}"
    head, tail = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    return f"{sign}{int(head):,}" + (f".{tail}" if tail else "")


def exact_share(value: float, of: int) -> Fraction:
    """The fraction a proportion stands for: one with a denominator up to ``of`` if there is one, else its decimals.

    Two fractions with denominators up to ``of`` are at least 1/of**2 apart, far more than a float is off.
    """
    near = Fraction(value).limit_denominator(max(of, 1))
    return near if abs(near - Fraction(value)) <= Fraction(1, 10**15) else Fraction(Decimal(repr(value)))


def percent(number: int, of: int) -> str:
    """A count over a count as "63 %"."""
    if of == 0:
        return DASH
    return f"{half_up(Fraction(100 * number, of), decimals_for(of))} %"


def share(value: float, of: int) -> str:
    """A proportion of ``of`` people as "42 %"."""
    return f"{half_up(100 * exact_share(value, of), decimals_for(of))} %"


def limit(value: float, of: int) -> str:
    """A limit of an interval as a percentage without its sign; limits are irrational, so their decimals are read."""
    return half_up(100 * Fraction(Decimal(repr(value))), decimals_for(of))


def level_words(level: float) -> str:
    """0.95 as "95 %"."""
    return f"{Decimal(repr(level)) * 100:f}".rstrip("0").rstrip(".") + " %"


def interval(level: float, lower: float | None, upper: float | None, of: int) -> str:
    """ "95 % CI 22 to 63", or why there is none."""
    if lower is None or upper is None:
        return "no interval"
    return f"{level_words(level)} CI {limit(lower, of)} to {limit(upper, of)}"


def number(value: float | None, decimals: int = 1) -> str:
    """A score, rounded half up on its printed decimals."""
    return DASH if value is None else half_up(Fraction(Decimal(repr(value))), decimals)


def interval_of_score(level: float, lower: float, upper: float) -> str:
    """ "95 % CI −4.0 to −2.2", in points of the score."""
    return f"{level_words(level)} CI {number(lower)} to {number(upper)}"


def p_value(value: float) -> str:
    """Three decimals, and words below them."""
    return "below 0.001" if value < 0.001 else half_up(Fraction(Decimal(repr(value))), 3)


def probability(value: float) -> str:
    """Two decimals, and words beyond them."""
    if 0 < value < 0.01:
        return "below 0.01"
    return "above 0.99" if 0.99 < value < 1 else half_up(Fraction(Decimal(repr(value))), 2)


def probability_range(lower: float, upper: float) -> str:
    """One probability, or a range of them."""
    low, high = probability(lower), probability(upper)
    return low if low == high else f"{low} to {high}"


def days(value: float) -> str:
    """Days as a reader says them: "45 days", "30 months"."""
    exact = Fraction(Decimal(repr(float(value))))
    if abs(exact) < 2 * DAYS_IN_A_MONTH:
        whole = half_up(exact, 0)
        return f"{whole} day" if whole == "1" else f"{whole} days"
    return f"{half_up(exact / DAYS_IN_A_MONTH, 0)} months"


WALD_DAYS = (
    "The limits of mean days are approximate, and too narrow in small groups or where few had the event: simulated, "
    "95 % limits held the truth in as few as 85 % of studies of 10 cases, 89 % of 24 and 89 % of 100"
)
"""What goes with every interval of mean days in a state, or lost to an event."""


def day_span(low: int, high: int | None) -> str:
    """A day, or the interval a vague date may mean; without end where nothing bounds it."""
    if high is None:
        return f"some day from {count(low)} on"
    return f"day {count(low)}" if low == high else f"some day from {count(low)} to {count(high)}"


def month(value: float) -> str:
    """A month without needless decimals."""
    return f"{Decimal(repr(float(value))):f}".rstrip("0").rstrip(".") if value % 1 else f"{int(value)}"


def plain(text: str, *, quote: bool = True) -> str:
    """Our names for rules and procedures, joined by underscores, as a reader writes them; a rule in quotes."""
    words = r"“{}”" if quote else "{}"
    return re.sub(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", lambda found: words.format(found.group().replace("_", " ")), text)


def cut(text: str, most: int) -> str:
    """At most so many characters, whole words where there are any, and an ellipsis for the rest."""
    if len(text) <= most:
        return text
    words = text[:most].rpartition(" ")[0] or text[: most - 1]
    return f"{words.rstrip(' ,;:')}…"


def months(value: float | None) -> str:
    """A month with its noun: "1 month", "12 months", "month not stated"."""
    if value is None:
        return "month not stated"
    return f"{month(value)} month{'' if value == 1 else 's'}"


def sentence(text: str) -> str:
    """With a capital at its beginning and a stop at its end."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def short(digest: str) -> str:
    """The first twelve characters of a digest; the whole of it stands under provenance."""
    return digest.removeprefix("sha256:")[:12]
