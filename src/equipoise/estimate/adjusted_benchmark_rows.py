"""The rows of an adjusted benchmark: who entered and what they gave, how alike they are, what the weights are."""

from dataclasses import replace
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

from equipoise.domain.adjusted_benchmark import AdjustedBenchmarkDeclared
from equipoise.domain.adjusted_benchmark_answer import AdjustedCovariate, AdjustedRow, WeightBin
from equipoise.domain.cohort import Flags, Floats
from equipoise.domain.estimand import Missing
from equipoise.domain.evidence import PublishedArm
from equipoise.estimate.adjusted_benchmark_cases import Entered

if TYPE_CHECKING:
    from equipoise.estimate.adjusted_benchmark_effect import Setting
    from equipoise.stats.maic import MatchingWeights
    from equipoise.stats.published_table import PublishedBaseline

BINS = 12


def described(cases: Entered, missing: Missing, level: float, *, responder: bool, anchored: bool) -> AdjustedRow:
    """Who enters and what they gave, unadjusted: a description is never withheld."""
    treated, control = cases.arm == 1, cases.arm == 0
    counts = [int(each[treated].sum()) if responder else None for each in (cases.low, cases.high)]
    spread = float(cases.low[treated].std(ddof=1)) if not responder and treated.sum() > 1 else None
    return AdjustedRow(
        missing=missing.value,
        cases=cases.cases,
        left_response=cases.left_response,
        left_covariate=cases.left_covariate,
        n=int(treated.sum()),
        reference_n=int(control.sum()) if anchored else None,
        responders_low=counts[0],
        responders_high=counts[1],
        crude_low=_mean(cases.low, treated),
        crude_high=_mean(cases.high, treated),
        crude_sd=spread,
        reference_crude_low=_mean(cases.low, control) if anchored else None,
        reference_crude_high=_mean(cases.high, control) if anchored else None,
        covariates=(),
        effective_sample_size=None,
        reference_effective_sample_size=None,
        smallest_weight=None,
        median_weight=None,
        largest_weight=None,
        largest_share=None,
        weights=(),
        adjusted_low=None,
        adjusted_high=None,
        unadjusted=None,
        estimate=None,
        lower=None,
        upper=None,
        outer_lower=None,
        outer_upper=None,
        risk_ratio=None,
        risk_ratio_lower=None,
        risk_ratio_upper=None,
        level=level,
        method="withheld",
        reasons=(),
    )


def _mean(value: Floats, who: Flags) -> float | None:
    return float(value[who].mean()) if who.any() else None


def balance(
    declared: AdjustedBenchmarkDeclared, cases: Entered, published: "PublishedBaseline", weight: Floats | None
) -> tuple[AdjustedCovariate, ...]:
    """Each covariate in the cases of both arms together, before and after they were weighted, and as published."""
    rows = []
    for place, line in enumerate(declared.baseline):
        x, wanted = cases.x[:, place], float(published.mean[place])
        sd = float(x.std(ddof=1)) if x.size > 1 else 0.0
        varies = sd > 1e-12 * float(np.abs(x).max(initial=1.0))
        weighted = None if weight is None else float(np.average(x, weights=weight))
        spread = None
        if weighted is not None and weight is not None:
            spread = float(np.sqrt(np.average((x - weighted) ** 2, weights=weight)))
        rows.append(
            AdjustedCovariate(
                covariate=line.named,
                published_mean=wanted,
                published_sd=line.sd,
                sd_matched=line.match_sd,
                mean=float(x.mean()),
                sd=sd,
                least=float(x.min()),
                greatest=float(x.max()),
                apart=float((x.mean() - wanted) / sd) if varies else None,
                weighted_mean=weighted,
                weighted_sd=spread,
            )
        )
    return tuple(rows)


def with_weights(row: AdjustedRow, sizes: tuple[float, float | None], weights: "MatchingWeights | None") -> AdjustedRow:
    """The row with effective sizes and, where there are weights, their spread."""
    row = replace(row, effective_sample_size=sizes[0], reference_effective_sample_size=sizes[1])
    if weights is None:
        return row
    counts, edges = np.histogram(weights.weight, bins=BINS, range=(0.0, float(weights.largest)))
    bins = [WeightBin(float(low), float(high), int(n)) for low, high, n in zip(edges, edges[1:], counts, strict=False)]
    return replace(
        row,
        smallest_weight=weights.smallest,
        median_weight=weights.median,
        largest_weight=weights.largest,
        largest_share=weights.largest_share,
        weights=tuple(bins),
    )


def unadjusted(row: AdjustedRow, setting: "Setting") -> float | None:
    """The same contrast of the cases as they are; None where a ratio has no value."""
    arms = [_figure(setting.found.arm, setting), _figure(setting.found.control, setting)]
    ours = [row.crude_low, row.reference_crude_low]
    scaled = [_scaled(value, setting.measure) for value in (*ours, *arms)]
    if scaled[0] is None or scaled[2] is None:
        return None
    apart = scaled[0] - scaled[2]
    if setting.declared.anchor is not None:
        if scaled[1] is None or scaled[3] is None:
            return None
        apart -= scaled[1] - scaled[3]
    return apart if setting.measure == "difference" else exp(apart)


def _figure(arm: PublishedArm | None, setting: "Setting") -> float | None:
    """What a published arm reports, as a rate or a mean."""
    if arm is None:
        return None
    if setting.estimand.endpoint.is_responder:
        return None if arm.responders is None or not arm.n else arm.responders / arm.n
    return arm.mean_change if setting.estimand.endpoint.score == "change" else arm.mean


def _scaled(value: float | None, measure: str) -> float | None:
    if value is None or measure == "difference":
        return value
    if not 0 < value < 1:
        return None
    return log(value) if measure == "risk ratio" else log(value / (1 - value))
