"""Percentages as people print them: rounded half up, exactly, never through a float."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def percent_of(count: int, total: int) -> int:
    """``count`` of ``total`` as a whole percentage, rounded half up: 5 of 8 is 63.

    Raises
    ------
    ZeroDivisionError : there is no total; the caller says "none" in words
    """
    return int(Fraction(100 * count, total) + Fraction(1, 2))


def percent(proportion: float) -> int:
    """A proportion (0 to 1) as a whole percentage, rounded half up at its shortest decimal form."""
    return int((Decimal(repr(float(proportion))) * 100).to_integral_value(ROUND_HALF_UP))


def points(value: float, *, sign: bool = False) -> str:
    """Points to one decimal, rounded half up at the shortest decimal form, with a true minus; nought has no sign.

    >>> points(-1.75), points(-0.04), points(1.75, sign=True)
    ('−1.8', '0.0', '+1.8')
    """
    rounded = Decimal(repr(float(value))).quantize(Decimal("0.1"), ROUND_HALF_UP)
    head = "" if not rounded else "−" if rounded < 0 else "+" if sign else ""
    return f"{head}{abs(rounded):f}"
