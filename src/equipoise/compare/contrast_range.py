"""The ends of a contrast over whatever became of the unseen, and the outermost of its limits there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from equipoise.compare.contrast_outcome import Valued
from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.domain.contrast_answer import Measure
from equipoise.errors import MethodError
from equipoise.stats.adjusted import AdjustedContrast, Contrast

Spread = Literal["values", "residuals", "resamples"]
SAFE = 0.4
"""Where turning one case moves a limit back by less than this share of what it moves the contrast, the ends' limits are
the outermost."""
TRIED, GIVEN_UP, STEPS = 3, 0.8, 12
"""How many of either cohort are tried at a time; the search ends where the reach has fallen to this share, or after
about so many steps: where more are unseen several are turned together."""


@dataclass(frozen=True)
class Reach:
    """A contrast over every reading: its ends, and its outermost limits; None where the limits at that end are."""

    lower: float
    upper: float
    outer_lower: float | None
    outer_upper: float | None


@dataclass(frozen=True, eq=False)
class Unseen:
    """Two cohorts with some values unknown, and how a reading of them is contrasted.

    ``weight`` : (m,) >= 0, of the cases of ``found``; ``spread`` : whether limits come from the spread of values, of
    what pairs or balancing leave of them, or from one set of resamples
    ``looked_at`` : readings already contrasted; None where one could not be
    """

    found: Valued
    treated: Flags
    weight: Floats
    contrast: Callable[[Floats], AdjustedContrast]
    spread: Spread
    looked_at: dict[bytes, AdjustedContrast | None] = field(default_factory=dict)

    def ends(self) -> tuple[tuple[Floats, AdjustedContrast], tuple[Floats, AdjustedContrast]]:
        """The readings that make the contrast smallest and largest, and the contrasts."""
        found = self.found
        least = np.where(self.treated, found.low, found.high)
        most = np.where(self.treated, found.high, found.low)
        return (least, self.contrast(least)), (most, self.contrast(most))

    def reach(
        self, measure: Measure, ends: tuple[tuple[Floats, AdjustedContrast], tuple[Floats, AdjustedContrast]]
    ) -> Reach | None:
        """The range of the contrast in a measure; None where an end has no value.

        The outermost limits are those of the ends where turning any of the unseen moves every limit inwards. Elsewhere
        (a cohort nearly all of one kind, pairs) a limit can lie farther out between the ends, as the spread is larger
        there: the ends are then given the widest reach to that side that any reading was found to have. Percentiles of
        one set of resamples move with every value.
        """
        low, high = (of(found, measure) for _, found in ends)
        if low is None or high is None:
            return None
        outer_lower, outer_upper = low.lower, high.upper
        apart = self.spread != "resamples" and bool((ends[0][0] != ends[1][0]).any())
        if apart and outer_lower is not None and not self._safe(measure, ends, ends[0][1], outer_lower):
            outer_lower = self._farthest(measure, ends, low, -1.0)
        if apart and outer_upper is not None and not self._safe(measure, ends, ends[1][1], outer_upper):
            outer_upper = self._farthest(measure, ends, high, 1.0)
        return Reach(low.estimate, high.estimate, outer_lower, outer_upper)

    def _farthest(
        self,
        measure: Measure,
        ends: tuple[tuple[Floats, AdjustedContrast], tuple[Floats, AdjustedContrast]],
        end: Contrast,
        sign: float,
    ) -> float:
        """The end's estimate moved by the widest reach, to the side of ``sign``, found on the way between the ends."""
        (least, at_least), (most, at_most) = ends
        widest = max(
            self._widest(measure, least, at_least, most, sign), self._widest(measure, most, at_most, least, sign)
        )
        if measure == "risk ratio":
            return end.estimate * float(np.exp(sign * widest))
        beyond = end.estimate + sign * widest
        return min(max(beyond, -1.0), 1.0) if measure == "risk difference" else beyond

    def _widest(self, measure: Measure, start: Floats, there: AdjustedContrast, other: Floats, sign: float) -> float:
        """The widest reach to one side, from one end on: of the unseen the one turned next widens it most."""
        open_ = np.flatnonzero(start != other)
        order, here = open_[np.argsort(self.weight[open_], kind="stable")], start
        together = -(-open_.size // STEPS)
        best = _reach(of(there, measure), measure, sign)
        while True:
            tried: list[tuple[float, Floats]] = []
            for places in self._next(order[here[order] == start[order]], together):
                turned = here.copy()
                turned[places] = other[places]
                tried.append((self._reach_of(turned, measure, sign), turned))
            if not tried:
                return best
            wide, here = max(tried, key=lambda each: each[0])
            if wide < best * GIVEN_UP:
                return best
            best = max(best, wide)

    def _reach_of(self, value: Floats, measure: Measure, sign: float) -> float:
        key = value.tobytes()
        if key not in self.looked_at:
            try:
                self.looked_at[key] = self.contrast(value)
            except MethodError:  # nothing varies in either cohort there: that reading has no limits
                self.looked_at[key] = None
        found = self.looked_at[key]
        return 0.0 if found is None else _reach(of(found, measure), measure, sign)

    def _next(self, left: Ints, together: int) -> Iterator[Ints]:
        """Of those not yet turned, of either cohort some of least weight, some between and some of most."""
        for side in (left[self.treated[left]], left[~self.treated[left]]):
            last = max(side.size - together, 0)
            for first in np.unique(np.linspace(0, last, TRIED).round().astype(np.int64)).tolist() if side.size else ():
                yield side[first : first + together]

    def _safe(
        self,
        measure: Measure,
        ends: tuple[tuple[Floats, AdjustedContrast], tuple[Floats, AdjustedContrast]],
        there: AdjustedContrast,
        limit: float,
    ) -> bool:
        """Whether turning a case moves every limit inwards.

        A case of share s turned by d from its end of the scale moves its cohort's mean m by s d and the variance of it
        by at most (s d)^2; of pairs and residuals, which may lie a range r off already, by s^2 d (d + 2 r). So a
        limit at t standard errors moves by at most t / (2 se) times that outwards. Of a ratio the same of s / m, and
        the standard error of log m is itself moved by that share.
        """
        contrast = of(there, measure)
        if contrast is None or not contrast.standard_error:
            return False
        error, (least, most) = contrast.standard_error, (ends[0][0], ends[1][0])
        weight, arm = self.weight, self.treated
        share = np.where(arm, weight / weight[arm].sum(), weight / weight[~arm].sum())
        span = float(max(least.max(), most.max()) - min(least.min(), most.min()))
        turned = share * (np.abs(most - least) + (2.0 * span if self.spread == "residuals" else 0.0))
        if measure != "risk ratio":
            reach = abs(limit - contrast.estimate) / error
            return reach * float(turned.max()) < 2.0 * SAFE * error
        moved = float((turned / np.where(arm, there.treated, there.comparator)).max())
        reach = abs(float(np.log(limit / contrast.estimate))) / error
        return reach * error + reach * moved / (2.0 * error) < SAFE


def of(contrast: AdjustedContrast, measure: Measure) -> Contrast | None:
    """The contrast in a measure."""
    return contrast.ratio if measure == "risk ratio" else contrast.difference


def _reach(contrast: Contrast | None, measure: Measure, sign: float) -> float:
    """From the estimate to its limit on the side of ``sign``, of a ratio on the logarithm; 0 where there is none."""
    if contrast is None or contrast.lower is None or contrast.upper is None:
        return 0.0
    limit = contrast.upper if sign > 0 else contrast.lower
    if measure == "risk ratio":
        return abs(float(np.log(limit / contrast.estimate)))
    if measure == "risk difference":  # one of the two may have been cut at -1 or 1
        return max(contrast.upper - contrast.estimate, contrast.estimate - contrast.lower)
    return abs(limit - contrast.estimate)
