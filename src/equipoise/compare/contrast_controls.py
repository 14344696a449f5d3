"""Negative controls: outcomes the treatment cannot change, contrasted in the same way, and the error they show."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from equipoise.compare.contrast_method import contrast_by
from equipoise.compare.contrast_outcome import valued
from equipoise.compare.contrast_workshop import Workshop
from equipoise.domain.cohort import Flags, Floats
from equipoise.domain.contrast_answer import ContrastRow, ControlsCalibrated, NegativeControl
from equipoise.domain.estimand import Missing
from equipoise.errors import MethodError, Problem
from equipoise.stats.negative_control import SystematicError, calibrate, systematic_error

Kind = Literal["estimand", "adverse event"]


@dataclass(frozen=True)
class Controls:
    """The answer, and the error estimates are calibrated by; None where there is none."""

    answer: ControlsCalibrated | None
    error: SystematicError | None


def control_contrasts(shop: Workshop) -> Controls:
    """Every declared control by the first method, and the systematic error they show together."""
    if shop.declared.negative_controls is None:
        return Controls(None, None)
    found = tuple(_contrasted(shop))
    try:
        error = systematic_error([each.estimate for each in found], [each.standard_error for each in found])
    except MethodError as refusal:
        shop.refuse("negative controls", refusal)
        return Controls(
            ControlsCalibrated(found, None, None, "too few to tell the comparison's error from chance"), None
        )
    few = " Fewer than ten controls: the spread is little more than a guess." if error.few else ""
    says = (
        f"{error.controls} outcomes the treatment cannot change differ by {100 * error.mean:+.1f} points on average by "
        f"{shop.declared.methods[0]}, spread (SD) {100 * error.sd:.1f} points beyond chance; every method's "
        f"difference of risks is calibrated by these.{few}"
    )
    return Controls(ControlsCalibrated(found, error.mean, error.sd, says), error)


def calibrated_by(controls: Controls, row: ContrastRow) -> ContrastRow:
    """The row with its calibrated estimate, where it is a difference of risks and there are controls enough."""
    if controls.error is None or row.measure != "risk difference" or row.estimate is None or not row.standard_error:
        return row
    found = calibrate(row.estimate, row.standard_error, controls.error, level=row.level)
    lower, upper = max(found.lower, -1.0), min(found.upper, 1.0)
    return replace(row, calibrated=found.estimate, calibrated_lower=lower, calibrated_upper=upper)


def _contrasted(shop: Workshop) -> Iterator[NegativeControl]:
    for name, kind, rows, outcome in _outcomes(shop):
        try:
            yield _one(shop, name, kind, rows, outcome)
        except MethodError as error:
            shop.refuse(f"negative control '{name}'", error)


def _one(shop: Workshop, name: str, kind: Kind, rows: Flags, outcome: Floats) -> NegativeControl:
    method = shop.declared.methods[0]
    examined = shop.examine(method, rows)
    if not examined.passes or examined.weighed is None:
        why = examined.diagnostics
        mend = "; ".join(why.mend)
        raise MethodError(Problem("gate", reason, mend) for reason in why.reasons)
    level = shop.protocol.sensitivity.level
    found = contrast_by(shop.declared, examined.weighed, outcome, yes_no=True, level=level, rng=shop.rng).difference
    if not found.standard_error or found.lower is None or found.upper is None:
        problem = "nobody had it in one cohort, or everybody, so its spread is not known"
        raise MethodError(Problem("outcome", problem, "name a control that some have in both"))
    treated = shop.pair.treated[rows]
    sizes = int(treated.sum()), int((~treated).sum())
    return NegativeControl(name, kind, method, *sizes, found.estimate, found.standard_error, found.lower, found.upper)


def _outcomes(shop: Workshop) -> Iterator[tuple[str, Kind, Flags, Floats]]:
    """Each control that has values: its name and kind, whose values they are, and the values."""
    declared, pair = shop.declared.negative_controls, shop.pair
    assert declared is not None
    asked = {each.estimand: each for each in pair.own.asked}
    for name in declared.estimands:
        try:
            found = valued(pair.course((name, asked[name].visits[-1].name)), Missing.OBSERVED)
        except MethodError as error:
            shop.refuse(f"negative control '{name}'", error)
            continue
        yield name, "estimand", found.rows, found.low
    for term in declared.adverse_events:
        had = []
        for arm in (pair.own, pair.other):
            if arm.harms is None:
                problem = f"the case book of {arm.name} records no adverse events"
                shop.refuse(
                    f"negative control '{term}'", MethodError(Problem("harms", problem, "name estimands instead"))
                )
                break
            had.append(arm.harms.get(term, np.zeros(arm.n, dtype=np.bool_)))
        else:
            everybody = np.ones(pair.treated.size, dtype=np.bool_)
            yield term, "adverse event", everybody, np.concatenate(had).astype(np.float64)
