"""Every reading of the unseen that a ``[[tipping_grid]]`` asks for: which conclusion it gives, and where that flips."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from equipoise.domain.cohort import Cohort, Ints, Outcome
from equipoise.domain.estimand import Estimand, Strategy
from equipoise.domain.protocol import Protocol, Sensitivity
from equipoise.domain.result import Refusal, TippingPoint
from equipoise.domain.tipping import TippingGridDeclared
from equipoise.domain.tipping_answer import TippingArm, TippingCell, TippingFlip, TippingMap
from equipoise.domain.wrong import groups_there
from equipoise.errors import MethodError, Problem, ProtocolError
from equipoise.estimate.in_words import endpoint_in_words
from equipoise.estimate.panel import Panel, Reading, readings_asked
from equipoise.estimate.responder import Tally
from equipoise.stats.proportion import INTERVALS
from equipoise.stats.tipping import Corner, TippingGrid, tipping_grid

if TYPE_CHECKING:
    from equipoise.estimate.tipping_scores import Imputed

MOST_ON_AXIS = 61
"""Most counts of an arm whose cells are kept; the flip line is kept whole."""
INSIDE = Outcome.YES.value | Outcome.NO.value | Outcome.UNKNOWN.value
LEAVING = Outcome.NOT_REACHED.value | Outcome.OUTSIDE.value
BOUNDS = "read the no-assumption bounds, which keep every reading"


@dataclass(frozen=True)
class Asked:
    """What a map answers: everything of it but what was found."""

    name: str
    estimand: str
    endpoint: str
    visit: str
    month: float
    strategy: str
    level: float


def asked_of(declared: TippingGridDeclared, reading: Reading, protocol: Protocol) -> Asked:
    """The question a grid puts to one reading, as the answer names it."""
    return Asked(
        name=declared.name,
        estimand=reading.estimand.name,
        endpoint=endpoint_in_words(reading.estimand.endpoint, protocol.instrument_of(reading.estimand)),
        visit=reading.visit.name,
        month=reading.visit.month,
        strategy=reading.label,
        level=protocol.sensitivity.level,
    )


Found = tuple[tuple[TippingMap, ...], tuple[Refusal, ...]]


def tipping_maps(panel: Panel, cohort: Cohort, protocol: Protocol, points: Sequence[TippingPoint]) -> Found:
    """Every declared grid at each of its visits, under the estimand's own strategies; and what was refused, in words.

    ``points`` : the tipping points of one arm, whose rows an arm by itself is read from

    Raises
    ------
    ProtocolError : a group the case book does not have, or none named where it has several
    """
    _check_groups(cohort, protocol)
    imputed_of = _imputations(cohort, protocol)
    maps: list[TippingMap] = []
    refused: list[Refusal] = []
    for declared in protocol.tipping_grid:
        for reading in _readings(protocol, declared):
            where = f"tipping grid '{declared.name}' | {reading.visit.name}"
            try:
                maps.append(_map(declared, reading, panel, cohort, protocol, points, imputed_of))
            except MethodError as error:
                refused += [_refusal(where, each) for each in error.problems]
    return tuple(maps), tuple(refused)


def _refusal(where: str, problem: Problem) -> Refusal:
    """The refusal of a map, or of what it starts from, which says where in its own words."""
    why = f"{problem.where}: {problem.problem}" if problem.where else problem.problem
    return Refusal(where, why, problem.remedy)


def _imputations(cohort: Cohort, protocol: Protocol) -> "Callable[[str, str], Imputed] | None":
    """Where the imputations come from; None where every grid counts responses, and no imputation is opened."""
    if all(_estimand(protocol, declared).endpoint.is_responder for declared in protocol.tipping_grid):
        return None
    from equipoise.estimate.tipping_scores import imputed_once

    return imputed_once(cohort, protocol)


def _estimand(protocol: Protocol, declared: TippingGridDeclared) -> Estimand:
    return next(each for each in protocol.estimand if each.name == declared.estimand)


def _check_groups(cohort: Cohort, protocol: Protocol) -> None:
    """The groups are known only now: every one that is named must be there."""
    has = groups_there(cohort.groups)
    problems = []
    for declared in protocol.tipping_grid:
        where = f"study.toml: tipping grid '{declared.name}'"
        for word in ("group", "reference"):
            name = getattr(declared, word)
            if name is not None and name not in cohort.groups:
                problems.append(Problem(f"{where}.{word}", f"no case of the cohort is in the group '{name}'", has))
        if declared.group is None and len(cohort.groups) > 1:
            problems.append(Problem(where, "no group is named, and the case book has several", f"give group: {has}"))
    if problems:
        raise ProtocolError(problems)


def _readings(protocol: Protocol, declared: TippingGridDeclared) -> Iterator[Reading]:
    for reading in readings_asked(protocol):
        asked = not declared.visits or reading.visit.name in declared.visits
        if reading.own and reading.estimand.name == declared.estimand and asked:
            yield reading


def _map(
    declared: TippingGridDeclared,
    reading: Reading,
    panel: Panel,
    cohort: Cohort,
    protocol: Protocol,
    points: Sequence[TippingPoint],
    imputed_of: "Callable[[str, str], Imputed] | None",
) -> TippingMap:
    group = declared.group if declared.group is not None else cohort.groups[0]
    if imputed_of is not None and not reading.estimand.endpoint.is_responder:
        from equipoise.estimate.tipping_scores import map_of_points

        return map_of_points(declared, reading, group, imputed_of, protocol)
    if Strategy.HYPOTHETICAL in reading.strategies.values():
        problem = "no count of the unseen answers what would have happened without the event"
        raise MethodError(Problem("", problem, "give the event another strategy in an estimand of its own"))
    arms = [_arm(panel.tallies[reading.where, name], name) for name in (group, declared.reference) if name is not None]
    if len(arms) == 1:
        return _of_one_arm(declared, reading, arms[0], protocol, points)
    return _of_two_arms(declared, reading, (arms[0], arms[1]), protocol)


def _arm(tally: Tally, group: str) -> TippingArm:
    """Vague responses count among the unseen; who may not belong to the question at all cannot be counted."""
    open_ = tally.where(any_of=INSIDE) - tally.where(any_of=INSIDE, none_of=LEAVING)
    if open_:
        problem = f"of {open_} in '{group}' the chart leaves open whether they count at this visit"
        raise MethodError(Problem("", problem, BOUNDS))
    n = tally.where(any_of=INSIDE)
    if not n:
        raise MethodError(Problem("", f"nobody of '{group}' counts at this visit", "leave the visit out, or the group"))
    yes, no = tally.where(only=Outcome.YES.value), tally.where(only=Outcome.NO.value)
    return TippingArm(group, n, n - yes - no, yes)


def _of_one_arm(
    declared: TippingGridDeclared,
    reading: Reading,
    arm: TippingArm,
    protocol: Protocol,
    points: Sequence[TippingPoint],
) -> TippingMap:
    """The rows of the tipping point of the same reading, as a grid without a reference."""
    named = (reading.estimand.name, arm.group, reading.visit.name, reading.label)
    point = next(each for each in points if (each.estimand, each.group, each.visit, each.strategy) == named)
    if point.threshold is None or point.threshold_source is None:
        problem = "there is no rate to exceed at this visit: the benchmark of tipping_threshold has none pooled there"
        raise MethodError(Problem("", problem, "give tipping_threshold a rate, or read the table of every count"))
    assert arm.responders is not None
    seen = arm.n - arm.unseen
    as_seen = (2 * arm.unseen * arm.responders + seen) // (2 * seen) if seen else None
    rows = [_cell_of_one_arm(arm, row.k, point.threshold, protocol.sensitivity) for row in point.rows]
    return TippingMap(
        **vars(asked_of(declared, reading, protocol)),
        kind="counts",
        better="higher",
        beyond=point.threshold,
        beyond_source=point.threshold_source,
        imputation=None,
        method=protocol.sensitivity.interval,
        arm=arm,
        reference_arm=None,
        group_axis=tuple(row.of_group for row in rows),
        reference_axis=(),
        estimate=tuple(row.estimate for row in rows),
        lower=tuple(row.lower for row in rows),
        upper=tuple(row.upper for row in rows),
        holds=tuple(row.holds for row in rows),
        flips=(_flip(None, -1 if point.k is None else point.k),),
        monotone=True,
        worst=rows[0],
        best=rows[-1],
        expected=None if as_seen is None else _cell_of_one_arm(arm, as_seen, point.threshold, protocol.sensitivity),
        thinned=len(rows) <= arm.unseen,
    )


def _cell_of_one_arm(arm: TippingArm, k: int, threshold: float, sensitivity: Sensitivity) -> TippingCell:
    assert arm.responders is not None
    lower, upper = INTERVALS[sensitivity.interval](arm.responders + k, arm.n, level=sensitivity.level)
    share = (arm.responders + k) / arm.n
    return TippingCell(float(k), None, share, float(lower), float(upper), bool(lower > threshold))


def _of_two_arms(
    declared: TippingGridDeclared, reading: Reading, arms: tuple[TippingArm, TippingArm], protocol: Protocol
) -> TippingMap:
    arm, reference = arms
    assert arm.responders is not None
    assert reference.responders is not None
    assert declared.margin is not None
    level = protocol.sensitivity.level
    counts = (arm.responders, arm.unseen, arm.n, reference.responders, reference.unseen, reference.n)
    grid = tipping_grid(*counts, margin=declared.margin, level=level)
    kept = np.ix_(_even(grid.treated, arm.unseen), _even(grid.control, reference.unseen))
    group_axis, reference_axis = grid.treated[kept[0][:, 0]], grid.control[kept[1][0]]
    return TippingMap(
        **vars(asked_of(declared, reading, protocol)),
        kind="counts",
        better="higher",
        beyond=declared.margin,
        beyond_source="the margin declared in the protocol",
        imputation=None,
        method="Miettinen-Nurminen",
        arm=arm,
        reference_arm=reference,
        group_axis=tuple(float(each) for each in group_axis),
        reference_axis=tuple(float(each) for each in reference_axis),
        estimate=tuple(grid.difference[kept].ravel().tolist()),
        lower=tuple(grid.lower[kept].ravel().tolist()),
        upper=tuple(grid.upper[kept].ravel().tolist()),
        holds=tuple(grid.holds[kept].ravel().tolist()),
        flips=_flip_line(grid),
        monotone=grid.monotone,
        worst=_cell(grid.worst),
        best=_cell(grid.best),
        expected=None if grid.as_seen is None else _cell(grid.as_seen),
        thinned=group_axis.size <= arm.unseen or reference_axis.size <= reference.unseen,
    )


def _even(shown: Ints, unseen: int) -> Ints:
    """Places of every count shown, or of an even selection with both ends."""
    if unseen < MOST_ON_AXIS:
        return np.arange(shown.size)
    wanted = np.rint(np.linspace(0, unseen, MOST_ON_AXIS)).astype(np.int64)
    return np.unique(np.searchsorted(shown, wanted))


def _flip_line(grid: TippingGrid) -> tuple[TippingFlip, ...]:
    return tuple(_flip(b, int(least)) for b, least in enumerate(grid.least))


def _flip(of_reference: int | None, fewest: int) -> TippingFlip:
    """The flip at one count of the reference, from the fewest that suffice; -1 where none do."""
    at = None if of_reference is None else float(of_reference)
    if fewest < 0:
        return TippingFlip(at, "never holds", None)
    return TippingFlip(at, "holds throughout", None) if fewest == 0 else TippingFlip(at, "flips", float(fewest))


def _cell(corner: Corner) -> TippingCell:
    return TippingCell(
        of_group=float(corner.treated),
        of_reference=float(corner.control),
        estimate=corner.difference,
        lower=corner.lower,
        upper=corner.upper,
        holds=corner.holds,
    )
