"""From the sets of answers to the rows of the answer: Methods, "Counting", in exact fractions."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from math import comb

from equipoise.domain.cohort import Outcome
from equipoise.domain.estimand import Missing
from oracle.strategies import Answer, Between, Score

LEAVES = None
Joint = set[tuple[Fraction, int]]
"""The pairs (responders or sum, denominator) the joint readings allow."""


def contributions(case: set[Answer], missing: Missing) -> set[Fraction | None]:
    """What a case may add to the numerator, LEAVES where it may leave the denominator."""
    vague = any(isinstance(answer, Score) or answer in (Outcome.YES, Outcome.NO) for answer in case)
    return set().union(*(_counted(answer, missing, vague=vague) for answer in case))


def _counted(answer: Answer, missing: Missing, *, vague: bool) -> set[Fraction | None]:
    """``vague`` : the case has a response in another of its readings."""
    if isinstance(answer, Score):
        return {answer.number}
    if answer in (Outcome.YES, Outcome.NO):
        return {Fraction(answer == Outcome.YES)}
    if answer == Outcome.OUTSIDE:
        return {LEAVES}
    either = {answer.low, answer.high} if isinstance(answer, Between) else {Fraction(0), Fraction(1)}
    if missing == Missing.BOUNDS:
        return either
    if answer == Outcome.NOT_REACHED or (isinstance(answer, Between) and not answer.reached):
        return {LEAVES}
    if missing == Missing.NON_RESPONDER:
        return {Fraction(0)}
    return either if vague else {LEAVES}


def joint(cases: Iterable[set[Fraction | None]]) -> Joint:
    """Every (sum, denominator) over the product of the cases' contributions."""
    reachable: Joint = {(Fraction(0), 0)}
    for case in cases:
        reachable = {
            (total, n) if added is LEAVES else (total + added, n + 1) for total, n in reachable for added in case
        }
    return reachable


def extremes(reachable: Joint) -> tuple[Fraction, Fraction] | None:
    """The smallest and the largest total / n; None where every joint reading empties the denominator."""
    ratios = [total / n for total, n in reachable if n > 0]
    return (min(ratios), max(ratios)) if ratios else None


def outer_limits(reachable: Joint, level: float) -> tuple[float, float]:
    """The smallest lower and the largest upper Clopper-Pearson limit over the joint readings."""
    limits = [clopper_pearson(int(total), n, level) for total, n in reachable if n > 0]
    return min(lower for lower, _ in limits), max(upper for _, upper in limits)


@cache
def clopper_pearson(responders: int, n: int, level: float) -> tuple[float, float]:
    """The exact limits, by bisection on the binomial tails (Clopper and Pearson 1934)."""
    tail = (1 - level) / 2

    def at_least(p: float) -> float:
        return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(responders, n + 1))

    def at_most(p: float) -> float:
        return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(responders + 1))

    lower = 0.0 if responders == 0 else _where(lambda p: at_least(p) < tail)
    upper = 1.0 if responders == n else _where(lambda p: at_most(p) > tail)
    return lower, upper


def _where(below: Callable[[float], bool]) -> float:
    """The probability below which ``below`` holds."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2
