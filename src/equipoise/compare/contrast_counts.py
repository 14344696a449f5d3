"""The two counts themselves, unadjusted: what still gives limits where one cohort all responded or all failed."""

from dataclasses import replace
from functools import lru_cache
from math import isfinite
from typing import Literal

from equipoise.compare.contrast_outcome import Valued
from equipoise.domain.cohort import Flags, Floats
from equipoise.domain.contrast_answer import ContrastRow
from equipoise.errors import MethodError
from equipoise.stats.difference import miettinen_nurminen

Count = tuple[int, int]
TABLES_AT_MOST = 10_000
"""Possible pairs of counts: beyond, the score limits answer; they say the same."""
EXACT, SCORE = "Chan-Zhang, exact", "Miettinen-Nurminen"


def one_is_flat(found: Valued, treated: Flags) -> bool:
    """Whether at either end of what is unknown all of a cohort responded, or none."""
    low, high = _counts(found, treated)
    return any(yes in (0, n) for yes, n in (*low, *high))


def with_counts_limits(row: ContrastRow, found: Valued, treated: Flags) -> ContrastRow:
    """The row with the unadjusted limits of its two counts, over whatever became of the unseen."""
    if row.measure not in ("risk difference", "risk ratio"):
        return row
    (own_low, other_high), (own_high, other_low) = _counts(found, treated)
    measure: Literal["risk difference", "risk ratio"] = row.measure
    lower, says = _limits(own_low, other_high, measure, row.level)
    upper = _limits(own_high, other_low, measure, row.level)[0]
    if not isfinite(lower[0]) or not isfinite(upper[1]):
        return row
    return replace(row, unadjusted_lower=lower[0], unadjusted_upper=upper[1], unadjusted_interval=says)


def _counts(found: Valued, treated: Flags) -> tuple[tuple[Count, Count], tuple[Count, Count]]:
    """The counts that make the contrast smallest, cohort and comparator, and those that make it largest."""

    def count(value: Floats, of: Flags) -> Count:
        return int(value[of].sum()), int(of.sum())

    return (
        (count(found.low, treated), count(found.high, ~treated)),
        (count(found.high, treated), count(found.low, ~treated)),
    )


@lru_cache(maxsize=256)
def _limits(
    own: Count, other: Count, measure: Literal["risk difference", "risk ratio"], level: float
) -> tuple[tuple[float, float], str]:
    if (own[1] + 1) * (other[1] + 1) <= TABLES_AT_MOST:
        from equipoise.stats.unconditional import unconditional_interval

        try:
            return unconditional_interval(*own, *other, method="chan-zhang", measure=measure, level=level), EXACT
        except MethodError:
            pass
    lower, upper = miettinen_nurminen(*own, *other, measure=measure, level=level)
    return (float(lower), float(upper)), SCORE
