"""The gate of an adjusted benchmark: how many cases the weights leave, and whether that is enough."""

from collections.abc import Iterator

import numpy as np

from equipoise.domain.adjusted_benchmark import AdjustedBenchmarkDeclared
from equipoise.domain.adjusted_benchmark_answer import Reason
from equipoise.estimate.adjusted_benchmark_cases import Entered
from equipoise.stats.maic import MatchingWeights


def effective_sizes(cases: Entered, weights: MatchingWeights | None) -> tuple[float, float | None]:
    """Kish's effective size of the treated and of the control; without weights the cases themselves."""
    weight = np.ones(cases.arm.size) if weights is None else weights.weight

    def of(arm: int) -> float:
        chosen = weight[cases.arm == arm]
        return float(chosen.sum() ** 2 / (chosen @ chosen)) if chosen.size else 0.0

    return of(1), of(0) if (cases.arm == 0).any() else None


def gate_reasons(
    declared: AdjustedBenchmarkDeclared, sizes: tuple[float, float | None], weights: MatchingWeights | None
) -> Iterator[Reason]:
    """Which of the declared thresholds fail, and what would mend it."""
    gate = declared.gate
    names = "effective sample size" if weights is not None else "number of cases"
    for size, arm in zip(sizes, ("", " of the control group"), strict=True):
        if size is not None and size < gate.effective_sample_size:
            why = f"the {names}{arm} is {size:.1f}, below the {gate.effective_sample_size:g} asked for"
            yield Reason(why, "match fewer covariates and say so, or gather cases more like the published patients")
    if weights is not None and gate.largest_weight is not None and weights.largest_share > gate.largest_weight:
        share = f"{100 * weights.largest_share:.0f} %"
        why = f"one case carries {share} of all weight, above the {100 * gate.largest_weight:.0f} % allowed"
        yield Reason(why, "match fewer covariates and say so, or gather cases more like the published patients")
