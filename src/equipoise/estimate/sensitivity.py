"""How many of the unknown would have to respond? The table of every k, and the tipping point."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Cohort
from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import TippingPoint, TippingRow
from equipoise.estimate.panel import Panel, Reading, readings_asked
from equipoise.estimate.responder import Tally, possible_counts
from equipoise.stats.proportion import INTERVALS

MOST_ROWS = 200


@dataclass(frozen=True)
class Thresholds:
    """What the lower limit must exceed, and where that comes from: one rate for all, or one by (estimand, month)."""

    fixed: tuple[float, str] | None
    by_month: Mapping[tuple[str, float], tuple[float, str]]

    def of(self, reading: Reading) -> tuple[float, str] | None:
        """A benchmark's threshold counts only for its own estimand and month, and where a benchmark may count."""
        if self.fixed is not None or not reading.may_be_benchmarked:
            return self.fixed
        return self.by_month.get((reading.estimand.name, reading.visit.month))


def tipping_points(
    panel: Panel, cohort: Cohort, protocol: Protocol, thresholds: Thresholds
) -> tuple[TippingPoint, ...]:
    """For every responder estimand as declared, and under treatment policy (METHODS 15).

    Without a threshold the table is given and no tipping point is claimed; a hypothetical question has no table, since
    no count of the unknown answers it.
    """
    if Missing.TIPPING_POINT not in protocol.sensitivity.missing:
        return ()
    return tuple(
        _tipping_point(panel.tallies[reading.where, group], reading, group, protocol, thresholds.of(reading))
        for reading in readings_asked(protocol)
        if reading.own or reading.label == Strategy.TREATMENT_POLICY.value
        if Strategy.HYPOTHETICAL not in reading.strategies.values()
        for group in cohort.groups
        if (reading.where, group) in panel.tallies
    )


def _tipping_point(
    tally: Tally, reading: Reading, group: str, protocol: Protocol, threshold: tuple[float, str] | None
) -> TippingPoint:
    """The smallest k of the unknown that lifts the lower limit above the threshold; vague cases are unknown too."""
    sure, may, n = possible_counts(tally)
    unknown = may - sure
    k = np.arange(unknown + 1)
    limits = INTERVALS[protocol.sensitivity.interval]
    lower, upper = limits(sure + k, np.full(k.size, n), level=protocol.sensitivity.level)
    flips = np.flatnonzero(lower > threshold[0]) if threshold is not None and n else np.zeros(0, dtype=np.int64)
    flip = int(flips[0]) if flips.size else None
    rows = tuple(
        TippingRow(each, sure + each, n, (sure + each) / n, float(lower[each]), float(upper[each]))
        for each in (_shown(unknown, flip) if n else ())
    )
    return TippingPoint(
        estimand=reading.estimand.name,
        group=group,
        visit=reading.visit.name,
        strategy=reading.label,
        unknown=unknown,
        threshold=threshold[0] if threshold else None,
        threshold_source=threshold[1] if threshold else None,
        k=flip,
        rows=rows,
    )


def _shown(unknown: int, flip: int | None) -> list[int]:
    """Every k, or an even selection with both ends and the flip."""
    if unknown < MOST_ROWS:
        return list(range(unknown + 1))
    chosen = {round(each) for each in np.linspace(0, unknown, MOST_ROWS)}
    if flip is not None:
        chosen |= {max(flip - 1, 0), flip}
    return sorted(chosen)
