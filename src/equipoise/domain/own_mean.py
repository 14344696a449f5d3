"""The cases' own means, as what is set beside published means takes them: every mean the unknown scores allow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PossibleMean:
    """The mean of ``n`` scores and their standard deviation, in points; None where there is one score."""

    mean: float
    sd: float | None
    n: int


@dataclass(frozen=True)
class OwnMean:
    """A group's mean at one visit under one strategy and one way of treating the unknown.

    ``possible`` : by ascending mean, the least and the greatest among them; one where nothing is unknown
    """

    group: str
    visit: str
    month: float
    strategy: str
    missing: str
    possible: tuple[PossibleMean, ...]
