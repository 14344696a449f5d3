"""Negative controls: outcomes the treatment cannot change, contrasted in the same way, and the error they show."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import hypot
from typing import Literal

import numpy as np
from scipy.special import ndtri

from equipoise.compare.contrast_harms import harm_by_day
from equipoise.compare.contrast_method import contrast_by
from equipoise.compare.contrast_outcome import valued
from equipoise.compare.contrast_workshop import NOT_BARRED, Bar, Workshop
from equipoise.domain.cohort import Flags, Floats
from equipoise.domain.contrast_answer import ContrastRow, ControlsCalibrated, NegativeControl
from equipoise.domain.estimand import Missing
from equipoise.domain.rounding import points
from equipoise.errors import MethodError, Problem
from equipoise.stats.negative_control import SystematicError, calibrate, systematic_error

Kind = Literal["estimand", "adverse event"]


@dataclass(frozen=True)
class Controls:
    """The answer, the error estimates are calibrated by, None where there is none, and what the gate says of it."""

    answer: ControlsCalibrated | None
    error: SystematicError | None
    bar: Bar = NOT_BARRED


@dataclass(frozen=True, eq=False)
class _Control:
    """A control that has values: over which cases, and of an adverse event the day it counts by and who was lost."""

    name: str
    kind: Kind
    rows: Flags
    value: Floats
    by_day: int | None = None
    not_followed: tuple[int, int] = (0, 0)


def control_contrasts(shop: Workshop) -> Controls:
    """Every declared control by the first method, and the systematic error they show together."""
    if shop.declared.negative_controls is None:
        return Controls(None, None)
    found = tuple(_contrasted(shop))
    try:
        error = systematic_error([each.estimate for each in found], [each.standard_error for each in found])
    except MethodError as refusal:
        shop.refuse("negative controls", refusal)
        bar = _judged(shop, None)
        says = "too few to tell the comparison's error from chance"
        passes = None if shop.declared.gate.negative_control_error is None else False
        return Controls(ControlsCalibrated(found, None, None, says, passes, bar.reasons, bar.mend), None, bar)
    few = " Fewer than ten controls: the spread is little more than a guess." if error.few else ""
    by = points(100 * error.mean, sign=True)
    bar = _judged(shop, error)
    used = "" if bar.reasons else "; every method's difference of risks is calibrated by these"
    says = (
        f"{error.controls} outcomes the treatment cannot change differ by {by} points on average by "
        f"{shop.declared.methods[0]}, spread (SD) {100 * error.sd:.1f} points beyond chance{used}.{few}"
    )
    passes = None if shop.declared.gate.negative_control_error is None else not bar.reasons
    return Controls(ControlsCalibrated(found, error.mean, error.sd, says, passes, bar.reasons, bar.mend), error, bar)


def _judged(shop: Workshop, error: SystematicError | None) -> Bar:
    """Whether the comparison's own error is within what the gate tolerates; not known is not within."""
    most = shop.declared.gate.negative_control_error
    if most is None:
        return NOT_BARRED
    asked = f"{100 * most:g} points are tolerated"
    if error is None:
        reason = (
            f"fewer than two negative controls could be contrasted, so the comparison's own error is not known; {asked}"
        )
        return Bar((reason,), ("name controls that some have in both cohorts, better ten",))
    if abs(error.mean) <= most:
        return NOT_BARRED
    by = points(100 * error.mean, sign=True)
    reason = f"outcomes the treatment cannot change differ by {by} points on average; {asked}"
    return Bar((reason,), ("find what else differs between the cohorts and record it, or find other comparators",))


def calibrated_by(controls: Controls, row: ContrastRow) -> ContrastRow:
    """The row with its calibrated estimate, where it is a difference of risks and there are controls enough.

    Each limit lies as far off as the difference's own (Student's t, or the resamples), and never nearer than the normal
    limit of its standard error, squared and added to what the spread of the controls' error leaves open: calibration
    takes no uncertainty away.
    """
    if controls.error is None or row.measure != "risk difference" or row.estimate is None or not row.standard_error:
        return row
    error, by = controls.error, float(ndtri(0.5 + row.level / 2.0))
    apart = calibrate(row.estimate, row.standard_error, error, level=row.level).estimate
    own = (None if limit is None else abs(limit - row.estimate) for limit in (row.lower, row.upper))
    down, up = (hypot(max(each or 0.0, by * row.standard_error), by * error.sd) for each in own)
    return replace(
        row, calibrated=apart, calibrated_lower=max(apart - down, -1.0), calibrated_upper=min(apart + up, 1.0)
    )


def _contrasted(shop: Workshop) -> Iterator[NegativeControl]:
    for control in _outcomes(shop):
        try:
            yield _one(shop, control)
        except MethodError as error:
            shop.refuse(f"negative control '{control.name}'", error)


def _one(shop: Workshop, control: _Control) -> NegativeControl:
    method = shop.declared.methods[0]
    examined = shop.examine(method, control.rows)
    if not examined.passes or examined.weighed is None:
        why = examined.diagnostics
        mend = "; ".join(why.mend)
        raise MethodError(Problem("gate", reason, mend) for reason in why.reasons)
    level = shop.protocol.sensitivity.level
    yes_no = bool(np.isin(control.value, (0.0, 1.0)).all())
    by = contrast_by(shop.declared, examined.weighed, control.value, yes_no=yes_no, level=level, rng=shop.rng)
    found = by.difference
    if not found.standard_error or found.lower is None or found.upper is None:
        problem = "nobody had it in one cohort, or everybody, so its spread is not known"
        raise MethodError(Problem("outcome", problem, "name a control that some have in both"))
    treated = shop.pair.treated[control.rows]
    return NegativeControl(
        name=control.name,
        kind=control.kind,
        method=method,
        by_day=control.by_day,
        not_followed=control.not_followed[0],
        comparator_not_followed=control.not_followed[1],
        n=int(treated.sum()),
        comparator_n=int((~treated).sum()),
        estimate=found.estimate,
        standard_error=found.standard_error,
        lower=found.lower,
        upper=found.upper,
    )


def _outcomes(shop: Workshop) -> Iterator[_Control]:
    """Each control that has values."""
    declared, pair = shop.declared.negative_controls, shop.pair
    assert declared is not None
    asked = {each.estimand: each for each in pair.own.asked}
    for name in declared.estimands:
        try:
            found = valued(pair.course((name, asked[name].visits[-1].name)), Missing.OBSERVED)
        except MethodError as error:
            shop.refuse(f"negative control '{name}'", error)
            continue
        yield _Control(name, "estimand", found.rows, found.low)
    everybody = np.ones(pair.treated.size, dtype=np.bool_)
    for term in declared.adverse_events:
        assert declared.by_day is not None
        try:
            harm = harm_by_day(term, (pair.own, pair.other), declared.by_day)
        except MethodError as error:
            shop.refuse(f"negative control '{term}'", error)
            continue
        yield _Control(term, "adverse event", everybody, harm.value, declared.by_day, harm.not_followed)
