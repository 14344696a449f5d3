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
