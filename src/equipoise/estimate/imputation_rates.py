"""From responders in many completed tables to rates by group and visit, and their differences from the reference."""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.imputation_answer import ImputedQuantity
from equipoise.domain.protocol import Protocol
from equipoise.estimate.imputation_cells import Cells
from equipoise.stats.imputation_binary_rates import ImputedCounts, ImputedRates, imputed_rates
from equipoise.stats.lott_reiter import ImputedProportion, difference_of_imputed_rates
from equipoise.stats.proportion import INTERVALS

NOBODY = "nobody counts there"


def rates(
    counts: ImputedCounts, cells: Cells, declared: ImputationDeclared, protocol: Protocol, method: str
) -> tuple[ImputedQuantity, ...]:
    """Every group's rate at every visit, then its difference from the reference, visit by visit."""
    found = imputed_rates(counts, level=protocol.sensitivity.level)
    reference = cells.index_of(declared.reference)
    told: list[ImputedQuantity] = []
    for visit in range(len(cells.visits)):
        told += [_rate(found, counts, cells, group, visit, protocol, method) for group in range(len(cells.groups))]
        told += [] if reference is None else _differences(found, cells, visit, reference)
    return tuple(told)


def _rate(
    found: ImputedRates, counts: ImputedCounts, cells: Cells, group: int, visit: int, protocol: Protocol, method: str
) -> ImputedQuantity:
    """Where nothing was missing the limits are those the protocol declares for what was seen."""
    n, unseen, each = int(found.n[group, visit]), int(found.unseen[group, visit]), found.proportion
    if n == 0:
        return quantity(cells, "rate", group, visit, n, unseen, why=NOBODY)
    table = counts.responders[:, group, visit]
    estimate = float(table[0] / n if np.ptp(table) == 0 else each.estimate[group, visit])
    lower, upper, degrees = (float(one[group, visit]) for one in (each.lower, each.upper, each.degrees))
    if unseen == 0:
        declared = protocol.sensitivity.interval
        seen_yes = int(counts.responders[0, group, visit])
        lower, upper = (float(one) for one in INTERVALS[declared](seen_yes, n, level=protocol.sensitivity.level))
        method = f"nothing was missing: {declared}"
    return quantity(
        cells,
        "rate",
        group,
        visit,
        n,
        unseen,
        estimate=estimate,
        degrees=degrees if np.isfinite(degrees) and degrees > 0.0 and unseen else None,
        limits=(lower, upper),
        missing_information=float(each.missing_share[group, visit]) if unseen else 0.0,
        method=method,
    )


def _differences(found: ImputedRates, cells: Cells, visit: int, reference: int) -> Iterator[ImputedQuantity]:
    """Square-and-add limits of each group less the reference, from the limits of the two rates."""
    of_reference = _at(found.proportion, reference, visit)
    for group in range(len(cells.groups)):
        if group == reference:
            continue
        n = int(found.n[group, visit] + found.n[reference, visit])
        unseen = int(found.unseen[group, visit] + found.unseen[reference, visit])
        name = cells.groups[reference]
        if not (found.answered[group, visit] and found.answered[reference, visit]):
            yield quantity(cells, "difference", group, visit, n, unseen, reference=name, why=NOBODY)
            continue
        between = difference_of_imputed_rates(_at(found.proportion, group, visit), of_reference)
        yield quantity(
            cells,
            "difference",
            group,
            visit,
            n,
            unseen,
            reference=name,
            estimate=float(between.estimate),
            limits=(float(between.lower), float(between.upper)),
            method="square-and-add of Lott-Reiter limits",
        )


def _at(found: ImputedProportion, group: int, visit: int) -> ImputedProportion:
    return ImputedProportion(**{each.name: getattr(found, each.name)[group, visit] for each in fields(found)})


def quantity(
    cells: Cells,
    kind: str,
    group: int,
    visit: int,
    n: int,
    imputed: int,
    *,
    reference: str | None = None,
    estimate: float | None = None,
    degrees: float | None = None,
    limits: tuple[float | None, float | None] = (None, None),
    missing_information: float | None = None,
    method: str = "",
    why: str = "",
) -> ImputedQuantity:
    """A rate, or a difference of rates, of a group and visit by their places."""
    return ImputedQuantity(
        kind="rate" if kind == "rate" else "difference",
        group=cells.groups[group],
        reference=reference,
        visit=cells.visits[visit].name,
        month=cells.visits[visit].month,
        n=n,
        imputed=imputed,
        estimate=estimate,
        standard_error=None,
        degrees=degrees,
        lower=limits[0],
        upper=limits[1],
        p_value=None,
        missing_information=missing_information,
        jackknife_estimate=None,
        jackknife_standard_error=None,
        jackknife_lower=None,
        jackknife_upper=None,
        unit="proportion",
        method=method or f"no answer: {why}",
        why=why,
    )
