"""Scores at every number of points by which the unseen are worse than an imputation expects."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Cohort, Flags, Floats
from equipoise.domain.instrument import Better
from equipoise.domain.protocol import Protocol
from equipoise.domain.tipping import TippingGridDeclared
from equipoise.domain.tipping_answer import TippingArm, TippingCell, TippingFlip, TippingMap
from equipoise.errors import MethodError, Problem
from equipoise.estimate.imputation_cells import Cells
from equipoise.estimate.imputation_scores import FittedScores, impute_scores
from equipoise.estimate.panel import Reading
from equipoise.estimate.tipping import asked_of
from equipoise.stats.imputation import MultipleImputation
from equipoise.stats.imputation_delta import DeltaGrid, delta_grid

POINTS_AT_ONCE = 33
NARROWINGS = 4
"""Each look at 33 points narrows where a flip lies 32 times: to a millionth of a step."""
DECIMALS = 4
EXPECTED = (0.0,)


@dataclass(frozen=True)
class _Conclusion:
    """A quantity of the imputation, and what its limits must lie beyond.

    ``worse`` : +1 where more is worse, -1 where less is; points worse times this are points added
    ``beyond`` : on the scale of the quantity itself
    """

    imputed: MultipleImputation
    kind: Literal["difference", "mean"]
    visit: int
    group: int
    worse: float
    beyond: float

    def grid(self, points: npt.ArrayLike, reference_points: npt.ArrayLike) -> DeltaGrid:
        """The quantity at so many points worse, (a,) of the group by (b,) of the reference."""
        return delta_grid(
            self.imputed,
            visit=self.visit,
            group=self.group,
            delta=self.worse * np.asarray(points, dtype=np.float64),
            delta_reference=self.worse * np.asarray(reference_points, dtype=np.float64),
            kind=self.kind,
        )

    def holds(self, grid: DeltaGrid) -> Flags:
        """Whether the conclusion holds, cell by cell; not where there are no limits."""
        beyond = grid.upper < self.beyond if self.worse > 0 else grid.lower > self.beyond
        return np.asarray(beyond & grid.answered)


Imputed = tuple[FittedScores, MultipleImputation]


def imputed_once(cohort: Cohort, protocol: Protocol) -> Callable[[str, str], Imputed]:
    """What gives an imputation of an estimand, both by name, and makes each once for all visits and grids."""
    imputations = {each.name: each for each in protocol.imputation}
    estimands = {each.name: each for each in protocol.estimand}

    @cache
    def imputed(imputation: str, estimand: str) -> Imputed:
        return impute_scores(cohort, protocol, imputations[imputation], estimands[estimand])

    return imputed


def map_of_points(
    declared: TippingGridDeclared,
    reading: Reading,
    group: str,
    imputed_of: Callable[[str, str], Imputed],
    protocol: Protocol,
) -> TippingMap:
    """The conclusion at each number of points of the group, and of the reference where there is one.

    ``imputed_of`` : as ``imputed_once``

    Raises
    ------
    MethodError : the imputation was refused; nobody of a group counts at the visit
    """
    assert declared.deltas is not None
    assert declared.imputation is not None
    fitted, imputed = imputed_of(declared.imputation, declared.estimand)
    arms = [_arm(fitted.cells, reading, name) for name in (group, declared.reference) if name is not None]
    conclusion = _conclusion(declared, reading, group, fitted.cells, imputed, protocol)
    of_reference = EXPECTED if declared.reference_deltas is None else declared.reference_deltas.points
    grid = conclusion.grid(declared.deltas.points, of_reference)
    holds = conclusion.holds(grid)
    at_zero = conclusion.grid(EXPECTED, EXPECTED)
    points, two = declared.deltas.points, declared.reference is not None
    return TippingMap(
        **vars(asked_of(declared, reading, protocol)),
        kind="points",
        better="lower" if conclusion.worse > 0 else "higher",
        beyond=_declared_beyond(declared),
        beyond_source="the margin declared in the protocol" if two else "the threshold declared in the protocol",
        imputation=declared.imputation,
        method=f"approximate Bayesian, {imputed.imputations} imputations, Rubin with Barnard-Rubin",
        arm=arms[0],
        reference_arm=arms[1] if two else None,
        group_axis=points,
        reference_axis=of_reference if two else (),
        estimate=tuple(grid.estimate.ravel().tolist()),
        lower=_answered(grid.lower, grid),
        upper=_answered(grid.upper, grid),
        holds=tuple(holds.ravel().tolist()),
        flips=_flip_line(conclusion, points, of_reference if two else None),
        monotone=bool(np.all(holds[1:] <= holds[:-1]) and np.all(holds[:, 1:] >= holds[:, :-1])),
        worst=_cell(grid, holds, points, of_reference if two else None, (-1, 0)),
        best=_cell(grid, holds, points, of_reference if two else None, (0, -1)),
        expected=_cell(at_zero, conclusion.holds(at_zero), EXPECTED, EXPECTED if two else None, (0, 0)),
        thinned=False,
    )


def _declared_beyond(declared: TippingGridDeclared) -> float:
    beyond = declared.threshold if declared.margin is None else declared.margin
    assert beyond is not None
    return beyond


def _conclusion(
    declared: TippingGridDeclared,
    reading: Reading,
    group: str,
    cells: Cells,
    imputed: MultipleImputation,
    protocol: Protocol,
) -> _Conclusion:
    """A margin counts improvement, so on a scale of which less is better it is a difference below minus the margin."""
    worse = 1.0 if protocol.instrument_of(reading.estimand).better is Better.LOWER else -1.0
    beyond = _declared_beyond(declared)
    kind: Literal["difference", "mean"] = "mean" if declared.reference is None else "difference"
    place, visit = cells.index_of(group), [each.name for each in cells.visits].index(reading.visit.name)
    assert place is not None
    asked = (kind, visit, place)
    answers = (
        each for each in imputed.estimates if (each.quantity.kind, each.quantity.visit, each.quantity.group) == asked
    )
    answer = next(answers, None)
    if answer is None or answer.estimate is None:
        problem = "the imputation has no answer there" if answer is None else answer.why
        raise MethodError(Problem("", problem, "leave the visit out, or read the no-assumption bounds"))
    return _Conclusion(imputed, kind, visit, place, worse, -worse * beyond if kind == "difference" else beyond)


def _arm(cells: Cells, reading: Reading, group: str) -> TippingArm:
    """How many of a group count at the visit, and how many of them were filled in."""
    place, names = cells.index_of(group), [each.name for each in cells.visits]
    counted = unseen = 0
    if place is not None and reading.visit.name in names:
        at = place, names.index(reading.visit.name)
        counted, unseen = int(cells.tally(cells.counts)[at]), int(cells.tally(cells.unseen)[at])
    if not counted:
        raise MethodError(Problem("", f"nobody of '{group}' counts at this visit", "leave the visit out, or the group"))
    return TippingArm(group, counted, unseen, None)


def _flip_line(
    conclusion: _Conclusion, points: tuple[float, ...], of_reference: tuple[float, ...] | None
) -> tuple[TippingFlip, ...]:
    """The flip for each reading of the reference, that as expected always among them."""
    if of_reference is None:
        return (_flip(conclusion, points, None),)
    return tuple(_flip(conclusion, points, each) for each in sorted({*of_reference, *EXPECTED}))


def _flip(conclusion: _Conclusion, points: tuple[float, ...], of_reference: float | None) -> TippingFlip:
    """Where the conclusion stops holding as the unseen of the group get worse, found to 4 decimals of a point."""
    beside = EXPECTED if of_reference is None else (of_reference,)
    holds = conclusion.holds(conclusion.grid(points, beside))[:, 0]
    if holds.all():
        return TippingFlip(of_reference, "holds throughout", None)
    if not holds.any():
        return TippingFlip(of_reference, "never holds", None)
    last = np.flatnonzero(holds[:-1] & ~holds[1:])
    if not last.size:
        return TippingFlip(of_reference, "flips back", None)
    low, high = points[last[-1]], points[last[-1] + 1]
    for _ in range(NARROWINGS):
        between = np.linspace(low, high, POINTS_AT_ONCE)
        still = conclusion.holds(conclusion.grid(between, beside))[:, 0]
        still[0], still[-1] = True, False
        first = int(np.argmin(still))
        low, high = float(between[first - 1]), float(between[first])
    return TippingFlip(of_reference, "flips", round(high, DECIMALS))


def _answered(limit: Floats, grid: DeltaGrid) -> tuple[float | None, ...]:
    pairs = zip(limit.ravel().tolist(), grid.answered.ravel().tolist(), strict=True)
    return tuple(each if answered else None for each, answered in pairs)


def _cell(
    grid: DeltaGrid,
    holds: Flags,
    points: tuple[float, ...],
    of_reference: tuple[float, ...] | None,
    at: tuple[int, int],
) -> TippingCell:
    answered = bool(grid.answered[at])
    return TippingCell(
        of_group=points[at[0]],
        of_reference=None if of_reference is None else of_reference[at[1]],
        estimate=float(grid.estimate[at]),
        lower=float(grid.lower[at]) if answered else None,
        upper=float(grid.upper[at]) if answered else None,
        holds=bool(holds[at]),
    )
