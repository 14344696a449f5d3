"""Responders of two groups contrasted: a number with its limits, or a range over every reading with outer limits."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import inf, isinf
from typing import Literal

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.domain.difference import IntervalOfDifference, Measure, TestOfDifference
from equipoise.domain.difference_answer import AgainstMargin
from equipoise.domain.estimand import Missing
from equipoise.estimate.responder import Extremes, Tally, extremes, options
from equipoise.stats.difference import miettinen_nurminen

Method = Literal["chan-zhang", "agresti-min"]

Count = tuple[int, int]
"""Responders, and n."""
NOBODY = "nobody to count"
OUTER = "outer limits Miettinen-Nurminen"


@dataclass(frozen=True)
class Contrast:
    """Two groups contrasted by one measure; the group's and the reference's extremes, and the numbers.

    Infinite ends and limits of a ratio are None, and ``note`` says so.
    """

    counts: Extremes
    reference: Extremes
    estimate: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None
    outer_upper: float | None
    method: str
    note: str

    @property
    def is_range(self) -> bool:
        """Whether the ends are those of a range over readings."""
        return self.outer_lower is not None or self.outer_upper is not None


def contrast(
    group: Tally, reference: Tally, missing: Missing, measure: Measure, interval: IntervalOfDifference, level: float
) -> Contrast:
    """The contrast of two groups under one way of treating the unknown.

    Raises
    ------
    MethodError : the interval does not fit the counts (``docs/differences.md``)
    """
    own, others = ends(group, missing), ends(reference, missing)
    if own is None or others is None:
        nothing = Extremes((0, 0), (0, 0))
        return Contrast(own or nothing, others or nothing, None, None, None, None, None, NOBODY, "")
    if missing is not Missing.BOUNDS and own.low == own.high and others.low == others.high:
        return _number(own, others, measure, interval, level)
    return _range(group, reference, missing, own, others, measure, level)


def without_limits(group: Tally, reference: Tally, missing: Missing, measure: Measure) -> Contrast:
    """The number alone, where the interval asked for was refused."""
    own, others = extremes(group, missing), extremes(reference, missing)
    value = ratio_or_difference(measure, own.low, others.low)
    note = "" if value is not None and not isinf(value) else NO_VALUE[value is None]
    return Contrast(own, others, _finite(value), None, None, None, None, "no interval: refused", note)


def ends(tally: Tally, missing: Missing) -> Extremes | None:
    """The extremes of a group; None where nobody counts. Where everybody may leave, one case speaks for an end."""
    both = extremes(tally, missing)
    if both.low[1] == both.high[1] == 0:
        return None
    return Extremes(both.low if both.low[1] else (1, 1), both.high if both.high[1] else (0, 1))


def ratio_or_difference(measure: Measure, one: Count, other: Count) -> float | None:
    """The contrast of two counts: infinite where a ratio is, None where it is nothing over nothing."""
    (yes, n), (reference_yes, reference_n) = one, other
    if measure == "risk difference":
        return yes / n - reference_yes / reference_n
    above, below = yes * reference_n, reference_yes * n
    if measure == "odds ratio":
        above, below = yes * (reference_n - reference_yes), reference_yes * (n - yes)
    if below == 0:
        return None if above == 0 else inf
    return above / below


def against_margin(found: Contrast, measure: Measure, margin: float | None) -> AgainstMargin | None:
    """Where the limits lie beside the margin: those of the number, or the outer ones of the range."""
    if margin is None or measure != "risk difference":
        return None
    lower, upper = (found.outer_lower, found.outer_upper) if found.is_range else (found.lower, found.upper)
    if lower is None or upper is None:
        return None
    return "above" if lower > margin else "below" if upper < margin else "across"


def p_value(found: Contrast, test: TestOfDifference | None) -> float | None:
    """The exact P of no difference, of a number; a range has none.

    Raises
    ------
    MethodError : the groups are too large to go through every table
    """
    if test is None or test == "none" or found.is_range or found.method == NOBODY:
        return None
    from equipoise.stats.difference_barnard import exact_test

    return exact_test(*found.counts.low, *found.reference.low, test=test).p_value


NO_VALUE = {
    True: "the ratio is nothing over nothing: it has no value",
    False: "the ratio is without end: its reference is nothing",
}
NO_LIMIT = "no upper limit: the counts set none to a ratio"


def _number(
    own: Extremes, others: Extremes, measure: Measure, interval: IntervalOfDifference, level: float
) -> Contrast:
    value = ratio_or_difference(measure, own.low, others.low)
    lower, upper = _limits(own.low, others.low, measure, interval, level)
    notes = [NO_VALUE[value is None]] if value is None or isinf(value) else []
    if isinf(upper):
        notes.append(NO_LIMIT)
    note = "; ".join(notes)
    return Contrast(own, others, _finite(value), lower, _finite(upper), None, None, interval, note)


def _limits(
    own: Count, others: Count, measure: Measure, interval: IntervalOfDifference, level: float
) -> tuple[float, float]:
    if interval == "miettinen-nurminen":
        lower, upper = miettinen_nurminen(*own, *others, measure=measure, level=level)
        return float(lower), float(upper)
    return _exact_limits(own, others, measure, interval, level)


@lru_cache(maxsize=512)
def _exact_limits(own: Count, others: Count, measure: Measure, method: Method, level: float) -> tuple[float, float]:
    """Up to a second each, and the same counts come back under another strategy."""
    from equipoise.stats.unconditional import unconditional_interval

    return unconditional_interval(*own, *others, method=method, measure=measure, level=level)


def _range(
    group: Tally, reference: Tally, missing: Missing, own: Extremes, others: Extremes, measure: Measure, level: float
) -> Contrast:
    """Each case chooses among its readings alone, so the group's fewest meet the reference's most, and the reverse."""
    least = ratio_or_difference(measure, own.low, others.high)
    most = ratio_or_difference(measure, own.high, others.low)
    fewest, most_own = corners(group, missing)
    fewest_others, most_others = corners(reference, missing)
    lower = float(_outer(fewest, most_others, measure, level, upper=False).min())
    upper = float(_outer(most_own, fewest_others, measure, level, upper=True).max())
    notes = [
        f"the {end} end has no finite value: the reference may be nothing"
        for end, value in (("lower", least), ("upper", most))
        if value is None or isinf(value)
    ]
    if isinf(upper):
        notes.append(NO_LIMIT)
    name = "no-assumption bounds" if missing is Missing.BOUNDS else "range over readings"
    return Contrast(
        own, others, None, _finite(least), _finite(most), lower, _finite(upper), f"{name}; {OUTER}", "; ".join(notes)
    )


def corners(tally: Tally, missing: Missing) -> tuple[set[Count], set[Count]]:
    """The counts with the fewest, and with the most responders: with all who may leave there, and with them gone.

    Adding a no can move a limit either way where nobody responded, so both have to be looked at.
    """
    whole = ends(tally, missing)
    if whole is None:
        return set(), set()
    may = [(count, options(bits, missing)) for bits, count in enumerate(tally.of) if count and bits]
    if all(out for _, (_, _, out) in may):  # everybody may leave: then one of them stays
        low = {(0, 1)} if any(no for _, (_, no, _) in may) else {(1, 1)}
        high = {(1, 1)} if any(yes for _, (yes, _, _) in may) else {(0, 1)}
        return {whole.low, *low}, {whole.high, *high}
    stays = [(count, yes, no) for count, (yes, no, out) in may if not out]
    n = sum(count for count, _, _ in stays)
    fewest = sum(count for count, _, no in stays if not no)
    most = sum(count for count, yes, _ in stays if yes)
    return {whole.low, (fewest, n)}, {whole.high, (most, n)}


def _outer(own: set[Count], others: set[Count], measure: Measure, level: float, *, upper: bool) -> Floats:
    """The limits at every pair of corners."""
    pairs = np.array([(*one, *other) for one, other in product(sorted(own), sorted(others))])
    return miettinen_nurminen(*pairs.T, measure=measure, level=level)[int(upper)]


def _finite(value: float | None) -> float | None:
    return None if value is None or isinf(value) else value
