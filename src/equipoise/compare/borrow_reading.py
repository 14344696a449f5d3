"""What our own patients say, in the shape a prior takes in: every count, or every mean, that the unknown allow."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from equipoise.compare.benchmark import Counts
from equipoise.domain.borrowing_answer import NotAnswered, Seen
from equipoise.domain.own_mean import OwnMean, PossibleMean
from equipoise.errors import MethodError
from equipoise.stats.mixture_prior import BetaMixture, NormalMixture, rate_conflict, update_rate
from equipoise.stats.student_mixture import SeenMean, mean_conflict_with, see_mean, update_mean_with

MOST_COUNTS = 40
NEARLY_ALIKE = 1e-6
"""The spread, as a share of the range of the mean, of unknown values that lie nearly together: next to none."""
Mixed = TypeVar("Mixed", BetaMixture, NormalMixture)


class Point(Protocol[Mixed]):
    """One thing our patients may have said."""

    def flat(self) -> Mixed:
        """Their rate or mean where nothing was known of it beforehand."""
        ...

    def after(self, prior: Mixed) -> Mixed:
        """The prior once it is known; its parts stay together, in their order."""
        ...

    def conflict(self, prior: Mixed) -> float:
        """Twice the smaller tail of the prior's prediction of it."""
        ...


@dataclass(frozen=True)
class CountPoint:
    """So many responders of n."""

    responders: int
    n: int

    def flat(self) -> BetaMixture:
        """Jeffreys' posterior."""
        return BetaMixture(np.ones(1), np.array([self.responders + 0.5]), np.array([self.n - self.responders + 0.5]))

    def after(self, prior: BetaMixture) -> BetaMixture:
        """Each part takes the counts in."""
        return update_rate(prior, self.responders, self.n)

    def conflict(self, prior: BetaMixture) -> float:
        """By the beta-binomial prediction."""
        return rate_conflict(prior, self.responders, self.n).two_sided


@dataclass(frozen=True)
class MeanPoint:
    """A mean of n scores with their standard deviation."""

    seen: SeenMean

    def flat(self) -> NormalMixture:
        """Student's t."""
        return self.seen.flat

    def after(self, prior: NormalMixture) -> NormalMixture:
        """Each part takes the mean in, for every spread its scores allow."""
        return update_mean_with(prior, self.seen)

    def conflict(self, prior: NormalMixture) -> float:
        """By the prediction of the mean."""
        return mean_conflict_with(prior, self.seen).two_sided


@dataclass(frozen=True)
class Reading(Generic[Mixed]):
    """A group at one visit under one reading: ``points`` from the worst for the patients to the best.

    ``ends`` : those among which every probability of being better takes its extremes
    """

    group: str
    visit: str
    month: float
    strategy: str
    missing: str
    seen: Seen
    points: tuple[Point[Mixed], ...]
    ends: tuple[Point[Mixed], ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What two groups must share to stand beside each other."""
        return self.visit, self.strategy, self.missing


def of_counts(counts: Iterable[Counts]) -> tuple[Reading[BetaMixture], ...]:
    """Counts at both ends, and evenly between; a posterior rises with its count, so the ends hold the extremes."""
    return tuple(_of_count(each) for each in counts)


def _of_count(each: Counts) -> Reading[BetaMixture]:
    low, high = each.responders_low, each.responders_high
    steps = min(high - low, MOST_COUNTS)
    possible = sorted({low + (high - low) * step // max(steps, 1) for step in range(steps + 1)})
    points = tuple(CountPoint(responders, each.n) for responders in possible)
    return Reading(
        group=each.group,
        visit=each.visit,
        month=each.month,
        strategy=each.strategy,
        missing="bounds",
        seen=Seen(each.n, responders_low=low, responders_high=high),
        points=points,
        ends=tuple(dict.fromkeys((points[0], points[-1]))),
    )


def of_means(
    means: Iterable[OwnMean], *, higher_is_better: bool
) -> tuple[tuple[Reading[NormalMixture], ...], tuple[NotAnswered, ...]]:
    """The means that have a spread, and why the others have no probability.

    Of means no end holds the extremes: a filling in between spreads more, or less. Where nothing is unknown and all the
    values are alike there is no spread and no probability.
    """
    readings, refused = [], []
    for each in means:
        found = _of_mean(each, higher_is_better=higher_is_better)
        if isinstance(found, NotAnswered):
            refused.append(found)
        else:
            readings.append(found)
    return tuple(readings), tuple(refused)


def _of_mean(each: OwnMean, *, higher_is_better: bool) -> Reading[NormalMixture] | NotAnswered:
    seen, refused = _seen(each.possible)
    if not seen:
        (first, *_) = refused[0].problems
        return NotAnswered(each.group, each.visit, each.strategy, each.missing, first.problem, first.remedy)
    low, high = each.possible[0], each.possible[-1]
    points = tuple(MeanPoint(one) for one in (seen if higher_is_better else reversed(seen)))
    return Reading(
        group=each.group,
        visit=each.visit,
        month=each.month,
        strategy=each.strategy,
        missing=each.missing,
        seen=Seen(
            max(one.n for one in each.possible),
            mean_low=low.mean,
            mean_high=high.mean,
            sd_low=low.sd,
            sd_high=high.sd,
        ),
        points=points,
        ends=points,
    )


def _seen(possible: Sequence[PossibleMean]) -> tuple[list[SeenMean], list[MethodError]]:
    """Each mean with its spread; of a range one whose values are all alike stands for its neighbours, nearly alike."""
    nearly = NEARLY_ALIKE * (max(one.mean for one in possible) - min(one.mean for one in possible))
    found, refused = [], []
    for one in possible:
        try:
            found.append(see_mean(one.mean, one.sd or nearly, one.n))
        except MethodError as error:
            refused.append(error)
    return found, refused


def beside(reading: Reading[Mixed], others: Iterable[Reading[Mixed]]) -> Reading[Mixed] | None:
    """The reading of another group at the same visit, under the same strategy and treatment of the unknown."""
    return next((each for each in others if each.key == reading.key), None)


def refused_beside(refused: Iterable[NotAnswered], reference: str | None) -> Iterator[NotAnswered]:
    """What has no probability, the control group's own with the remedy that leaves it out."""
    for each in refused:
        if each.group == reference:
            instead = f"leave reference out to read the published arms alone, or {each.instead}"
            yield NotAnswered(each.group, each.visit, each.strategy, each.missing, each.why, instead)
        else:
            yield each
