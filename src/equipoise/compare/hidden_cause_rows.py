"""The rows of hidden causes: a comparison as a risk ratio with its E-value, without each cause, beside sham."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from equipoise.domain.benchmark_answer import Comparison
from equipoise.domain.evidence import Role
from equipoise.domain.hidden_cause import HiddenCauseDeclared
from equipoise.domain.hidden_cause_answer import BiasArrayOf, BiasCell, BiasMeasure, Compared, EValueOf, PlaceboResponse
from equipoise.stats.unmeasured import BiasArray, EValue, difference_bias_array, ratio_bias_array


@dataclass(frozen=True)
class Place:
    """What is compared, and under which reading."""

    comparison: str
    kind: Compared
    estimand: str
    group: str
    visit: str
    month: float | None
    strategy: str
    missing: str
    reading: str
    main: bool

    @property
    def where(self) -> str:
        """The comparison's name in the answer."""
        return " | ".join(
            part
            for part in (
                self.comparison,
                self.estimand,
                self.visit,
                self.group,
                self.strategy,
                self.missing,
                self.reading,
            )
            if part
        )


@dataclass(frozen=True)
class Weighed:
    """A comparison as a risk ratio with its limits and E-value; ``points`` : the difference of mean scores it is of."""

    place: Place
    value: EValue
    lower: float | None
    upper: float | None
    method: str
    points: float | None = None


def e_value_row(each: Weighed) -> EValueOf:
    """A comparison as the answer holds it."""
    place, value = each.place, each.value
    return EValueOf(
        comparison=place.comparison,
        kind=place.kind,
        estimand=place.estimand,
        group=place.group,
        visit=place.visit,
        month=place.month,
        strategy=place.strategy,
        missing=place.missing,
        reading=place.reading,
        risk_ratio=value.risk_ratio,
        lower=each.lower,
        upper=each.upper,
        of_estimate=value.of_estimate,
        of_limit=value.of_limit,
        method=each.method,
        approximate=each.points is not None,
        main=place.main,
    )


def bias_arrays(each: Weighed, declared: HiddenCauseDeclared) -> Iterator[BiasArrayOf]:
    """The comparison without each declared cause: a ratio, or a difference of mean scores in points."""
    shares = declared.prevalences
    if each.points is not None:
        if declared.strengths_points:
            found = difference_bias_array(each.points, shares, shares, declared.strengths_points)
            yield _array(each.place, "difference of means", each.points, found)
        return
    ratio = each.value.risk_ratio
    yield _array(each.place, "risk ratio", ratio, ratio_bias_array(ratio, shares, shares, declared.strengths))


def _array(place: Place, measure: BiasMeasure, observed: float, found: BiasArray) -> BiasArrayOf:
    cells = tuple(
        BiasCell(float(treated), float(control), float(strength), float(found.adjusted[row, column, layer]))
        for layer, strength in enumerate(found.strength)
        for row, treated in enumerate(found.prevalence_treated)
        for column, control in enumerate(found.prevalence_control)
    )
    return BiasArrayOf(
        comparison=place.comparison,
        kind=place.kind,
        estimand=place.estimand,
        group=place.group,
        visit=place.visit,
        strategy=place.strategy,
        missing=place.missing,
        reading=place.reading,
        measure=measure,
        observed=observed,
        no_effect=1.0 if measure == "risk ratio" else 0.0,
        cells=cells,
    )


def placebo_responses(comparisons: Sequence[Comparison]) -> Iterator[PlaceboResponse]:
    """Pooled sham arms: what no active treatment gave."""
    for each in comparisons:
        if each.role == Role.SHAM and each.pooled is not None and each.definition is not None:
            pooled = each.pooled
            yield PlaceboResponse(
                benchmark=each.name,
                estimand=each.estimand,
                month=each.month,
                definition=each.definition,
                arms=pooled.arms,
                estimate=pooled.estimate,
                lower=pooled.lower,
                upper=pooled.upper,
                prediction_lower=pooled.prediction_lower,
                prediction_upper=pooled.prediction_upper,
            )
