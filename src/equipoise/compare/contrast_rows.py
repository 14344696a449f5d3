"""From a kernel's contrast to the rows of the answer: a number, a range, or withheld with its reasons."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import sqrt

from equipoise.compare.contrast_method import target_of
from equipoise.compare.contrast_outcome import Valued
from equipoise.compare.contrast_range import Unseen, of
from equipoise.domain.arm import Asked
from equipoise.domain.cohort import Flags, Floats
from equipoise.domain.comparison import MATCHED, ComparisonDeclared
from equipoise.domain.contrast_answer import ContrastRow, Measure
from equipoise.domain.estimand import Missing
from equipoise.domain.protocol import Protocol, Visit
from equipoise.stats.adjusted import AdjustedContrast


@dataclass(frozen=True)
class Place:
    """Where a row stands: the row without its numbers, its measures, and how refusals name it."""

    row: ContrastRow
    measures: tuple[Measure, ...]
    where: str

    @classmethod
    def of(
        cls,
        protocol: Protocol,
        declared: ComparisonDeclared,
        asked: Asked,
        visit: Visit,
        missing: Missing,
        method: str,
        treated: Flags,
    ) -> "Place":
        """The place of one estimand, visit, way of treating the unknown, and method."""
        row = empty_row(
            declared,
            method,
            level=protocol.sensitivity.level,
            sizes=(int(treated.sum()), int((~treated).sum())),
        )
        row = replace(
            row,
            estimand=asked.estimand,
            endpoint=asked.endpoint,
            visit=visit.name,
            month=visit.month,
            strategy=asked.strategy,
            missing=missing.value,
        )
        measures: tuple[Measure, ...] = ("risk difference", "risk ratio") if asked.yes_no else ("mean difference",)
        return cls(row, measures, f"{asked.estimand} | {visit.name} | {missing.value} | {method}")


def empty_row(declared: ComparisonDeclared, method: str, *, level: float, sizes: tuple[int, int]) -> ContrastRow:
    """A row without a number and without a place."""
    interval = "Abadie-Imbens" if method == "matching with replacement" else "robust"
    if declared.interval == "bootstrap" and method not in MATCHED:
        interval = f"bootstrap of {declared.bootstraps}"
    return ContrastRow(
        estimand="",
        endpoint="",
        visit="",
        month=None,
        strategy="",
        missing=Missing.OBSERVED.value,
        method=method,
        target=target_of(declared, method),
        measure="risk difference",
        n=sizes[0],
        comparator_n=sizes[1],
        described=None,
        comparator_described=None,
        treated=None,
        comparator=None,
        estimate=None,
        standard_error=None,
        lower=None,
        upper=None,
        outer_lower=None,
        outer_upper=None,
        calibrated=None,
        calibrated_lower=None,
        calibrated_upper=None,
        sd=None,
        unadjusted_lower=None,
        unadjusted_upper=None,
        unadjusted_interval="",
        level=level,
        interval=interval,
        effective_treated=None,
        effective_comparator=None,
        margin=declared.margin,
        withheld=False,
        reasons=(),
        mend=(),
        notes=(),
    )


def _described(found: Valued, treated: Flags) -> tuple[float | None, float | None]:
    """Each cohort's own mean; None where it has nobody or the values are a range."""
    return _mean(found.low, found.high, treated), _mean(found.low, found.high, ~treated)


def _mean(low: Floats, high: Floats, arm: Flags) -> float | None:
    if not arm.any() or (low[arm] != high[arm]).any():
        return None
    return float(low[arm].mean())


def blank(
    place: Place, found: Valued, treated: Flags, reasons: tuple[str, ...], mend: tuple[str, ...]
) -> Iterator[ContrastRow]:
    """Withheld: each cohort is described, the contrast is not given."""
    own, other = _described(found, treated)
    for measure in place.measures:
        yield replace(
            place.row,
            measure=measure,
            margin=_margin(place, measure),
            described=own,
            comparator_described=other,
            withheld=True,
            reasons=reasons,
            mend=mend,
        )


def number_rows(place: Place, found: Valued, treated: Flags, contrast: AdjustedContrast) -> Iterator[ContrastRow]:
    """A number with its limits, in each measure."""
    own, other = _described(found, treated)
    for measure in place.measures:
        found_of = of(contrast, measure)
        if found_of is None:
            continue
        yield replace(
            _told(place, measure, contrast),
            described=own,
            comparator_described=other,
            sd=_spread(found.low, treated) if measure == "mean difference" else None,
            treated=contrast.treated,
            comparator=contrast.comparator,
            estimate=found_of.estimate,
            standard_error=found_of.standard_error,
            lower=found_of.lower,
            upper=found_of.upper,
        )


def range_rows(place: Place, unseen: Unseen) -> Iterator[ContrastRow]:
    """The range of the contrast over whatever became of the unseen, and its outermost limits."""
    own, other = _described(unseen.found, unseen.treated)
    ends = unseen.ends()
    least, greatest = (found for _, found in ends)
    for measure in place.measures:
        reach = unseen.reach(measure, ends)
        if reach is None:
            continue
        yield replace(
            _told(place, measure, least),
            described=own,
            comparator_described=other,
            lower=reach.lower,
            upper=reach.upper,
            outer_lower=reach.outer_lower,
            outer_upper=reach.outer_upper,
            notes=tuple(dict.fromkeys((*least.notes, *greatest.notes))),
        )


def _spread(value: Floats, treated: Flags) -> float | None:
    """The SD within the two cohorts, pooled; None where too few to have one, or nothing varies."""
    freedom = value.size - 2
    squares = sum(float(((value[arm] - value[arm].mean()) ** 2).sum()) for arm in (treated, ~treated))
    return sqrt(squares / freedom) if freedom > 0 and squares > 0.0 else None


def _told(place: Place, measure: Measure, contrast: AdjustedContrast) -> ContrastRow:
    return replace(
        place.row,
        measure=measure,
        margin=_margin(place, measure),
        effective_treated=contrast.effective_treated,
        effective_comparator=contrast.effective_comparator,
        notes=contrast.notes,
    )


def _margin(place: Place, measure: Measure) -> float | None:
    """The margin is a difference of risks; nothing else is set beside it."""
    return place.row.margin if measure == "risk difference" else None
