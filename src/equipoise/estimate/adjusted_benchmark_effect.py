"""The number of an adjusted benchmark: MAIC or STC run on the cases that entered, withheld where its gate fails."""

from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np

from equipoise.domain.adjusted_benchmark import AdjustedBenchmarkDeclared
from equipoise.domain.adjusted_benchmark_answer import Reason
from equipoise.domain.cohort import Floats
from equipoise.domain.estimand import Estimand
from equipoise.domain.evidence import PublishedArm
from equipoise.errors import DataError, MethodError, Problem
from equipoise.estimate.adjusted_benchmark_arms import Found
from equipoise.estimate.adjusted_benchmark_cases import Entered
from equipoise.estimate.adjusted_benchmark_reach import Limits, outermost_limits
from equipoise.stats.maic import MatchingWeights, matching_weights
from equipoise.stats.maic_outcome import (
    SandwichOf,
    WeightedMeans,
    anchored_effect,
    bootstrap_means,
    bootstrap_unanchored,
    unanchored_effect,
    weighted_means,
)
from equipoise.stats.published_outcome import Measure, PublishedOutcome, published_mean, published_rate, scaled
from equipoise.stats.published_table import PublishedBaseline, PublishedRow, published_baseline

MEASURES: dict[str | None, Measure] = {
    "risk difference": "difference",
    "risk ratio": "risk ratio",
    "odds ratio": "odds ratio",
    None: "difference",
}


@dataclass(frozen=True)
class Number:
    """An effect with its limits on the scale of its measure; a limit without end is None."""

    estimate: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Effects:
    """``low``, ``high`` : the effect at both ends of the readings; ``ratio`` : as a risk ratio, where there is one."""

    low: Number
    high: Number
    adjusted_low: float | None
    adjusted_high: float | None
    ratio: Number | None
    method: str


@dataclass(frozen=True)
class Setting:
    """What both methods need: the declaration, the published arms, the level and the generator."""

    declared: AdjustedBenchmarkDeclared
    estimand: Estimand
    found: Found
    level: float
    rng: np.random.Generator

    @property
    def measure(self) -> Measure:
        """The measure in the kernels' words."""
        return MEASURES[self.declared.measure if self.estimand.endpoint.is_responder else None]


def baseline_of_table(declared: AdjustedBenchmarkDeclared) -> PublishedBaseline:
    """The published baseline as numbers.

    Raises
    ------
    DataError, MethodError : as ``published_baseline``: contradictions, or an SD to be matched that is not printed
    """
    rows = [
        PublishedRow(row.named, mean=row.mean, sd=row.sd, count=row.count, n=row.n, percent=row.percent)
        for row in declared.baseline
    ]
    return published_baseline(
        rows, patients=declared.patients, spreads=[row.named for row in declared.baseline if row.match_sd]
    )


def weigh(cases: Entered, published: PublishedBaseline) -> MatchingWeights:
    """The weights of the cases of both arms together.

    Raises
    ------
    MethodError : no weights exist, in words
    """
    return matching_weights(cases.x, published)


def effects(cases: Entered, weights: MatchingWeights | None, published: PublishedBaseline, setting: Setting) -> Effects:
    """The effect at both ends of the readings.

    Raises
    ------
    MethodError, DataError : the kernel's refusal, in words
    """
    ends = _ends(cases)
    if weights is None:
        return _by_regression(cases, ends, published, setting)
    return _by_weights(cases, ends, weights, published, setting)


def _ends(cases: Entered) -> tuple[Floats, Floats]:
    """The responses that make the effect least and greatest: the control's the other way round."""
    treated = cases.arm == 1
    return np.where(treated, cases.low, cases.high), np.where(treated, cases.high, cases.low)


def _by_weights(
    cases: Entered,
    ends: tuple[Floats, Floats],
    weights: MatchingWeights,
    published: PublishedBaseline,
    setting: Setting,
) -> Effects:
    arm = cases.arm if setting.declared.anchor is not None else None
    means = [weighted_means(each, weights, arm) for each in ends]
    numbers = [_weighted(each, setting, setting.measure) for each in means]
    if setting.declared.limits == "bootstrap":
        numbers = [
            _bootstrapped(number, each, cases, published, setting) for number, each in zip(numbers, ends, strict=True)
        ]
    elif not np.array_equal(*ends):
        numbers = _reached(numbers, ends, cases, weights, setting)
    place = 1 if arm is not None else 0
    ratio = None
    if setting.estimand.endpoint.is_responder and arm is None and np.array_equal(*ends):
        ratio = _ratio(means[0], setting)
    low, high = (float(each.mean[place]) for each in means)
    return Effects(numbers[0], numbers[1], low, high, ratio, f"MAIC, {setting.declared.limits}")


def _reached(
    numbers: list[Number], ends: tuple[Floats, Floats], cases: Entered, weights: MatchingWeights, setting: Setting
) -> list[Number]:
    """Both ends with the outermost limits of any reading between them."""
    arm = cases.arm if setting.declared.anchor is not None else None
    sides = [cases.arm == 1] if arm is None else [cases.arm == 1, cases.arm == 0]

    def limits(response: Floats) -> Limits | None:
        try:
            found = _weighted(weighted_means(response, weights, arm), setting, setting.measure)
        except MethodError:
            return None  # nobody or everybody responded in that reading
        return found.lower, found.upper

    low, high = numbers
    lower, upper = outermost_limits(ends, (low.lower, high.upper), weights.weight, sides, limits)
    return [replace(low, lower=lower), replace(high, upper=upper)]


def _weighted(means: WeightedMeans, setting: Setting, measure: Measure) -> Number:
    variance: SandwichOf = (
        "weights as estimated" if setting.declared.limits == "weights as estimated" else "weights as fixed"
    )
    level = setting.level
    if setting.declared.anchor is None:
        found = unanchored_effect(
            means, _outcome(setting, setting.found.arm), measure=measure, variance=variance, level=level
        )
    else:
        effect = _published_effect(setting, measure)
        found = anchored_effect(means, *effect, measure=measure, variance=variance, level=level)
    return _number(found.estimate, found.lower, found.upper, measure, setting)


def _ratio(means: WeightedMeans, setting: Setting) -> Number | None:
    """The same comparison as a risk ratio; None where a rate is none or all."""
    try:
        return _weighted(means, setting, "risk ratio")
    except MethodError:
        return None


def _bootstrapped(
    number: Number, response: Floats, cases: Entered, published: PublishedBaseline, setting: Setting
) -> Number:
    replicates = setting.declared.bootstrap_replicates
    assert replicates is not None
    rng = deepcopy(setting.rng)  # every reading of the same resamples
    drawn = bootstrap_means(response, cases.x, published, replicates=replicates, rng=rng)
    outcome, measure = _outcome(setting, setting.found.arm), setting.measure
    lower, upper = bootstrap_unanchored(drawn, outcome, measure=measure, rng=rng, level=setting.level)
    limits = _number(0.0, lower, upper, measure, setting)
    return Number(number.estimate, limits.lower, limits.upper)


def _by_regression(
    cases: Entered, ends: tuple[Floats, Floats], published: PublishedBaseline, setting: Setting
) -> Effects:
    from scipy.special import expit

    from equipoise.stats.simulated_treatment import against_published, predict_at_published

    anchored, yes_no = setting.declared.anchor is not None, setting.estimand.endpoint.is_responder
    outcome = (
        PublishedOutcome(*_published_effect(setting, setting.measure))
        if anchored
        else _outcome(setting, setting.found.arm)
    )
    numbers, adjusted = [], []
    for response in ends:
        prediction = predict_at_published(
            response,
            cases.x,
            published,
            family="yes or no" if yes_no else "score",
            arm=cases.arm if anchored else None,
            modifiers=setting.declared.modifiers,
            level=setting.level,
        )
        if prediction.outside:
            raise MethodError(_extrapolated(prediction.outside))
        found = against_published(prediction, outcome, level=setting.level)
        numbers.append(_number(found.estimate, found.lower, found.upper, setting.measure, setting))
        adjusted.append(float(expit(prediction.estimate)) if yes_no else prediction.estimate)
    low, high = (None, None) if anchored else adjusted
    return Effects(numbers[0], numbers[1], low, high, None, "STC, regression at the published means")


def _extrapolated(outside: tuple[str, ...]) -> Problem:
    names = ", ".join(f"'{name}'" for name in outside)
    why = f"the published mean of {names} lies beyond every case: the regression would be extrapolated"
    return Problem("simulated treatment comparison", why, "leave it out and say so, or withhold the comparison")


def _published_effect(setting: Setting, measure: Measure) -> tuple[float, float]:
    """The published arm against its own control, with its standard error, on the scale of the measure."""
    (one, slope), (other, other_slope) = (
        scaled(_outcome(setting, arm).mean, measure) for arm in (setting.found.arm, setting.found.control)
    )
    errors = [_outcome(setting, arm).standard_error for arm in (setting.found.arm, setting.found.control)]
    return one - other, float(np.hypot(slope * errors[0], other_slope * errors[1]))


def _outcome(setting: Setting, arm: PublishedArm | None) -> PublishedOutcome:
    assert arm is not None
    if setting.estimand.endpoint.is_responder:
        assert arm.responders is not None
        assert arm.n is not None
        return published_rate(arm.responders, arm.n)
    change = setting.estimand.endpoint.score == "change"
    mean, sd = (arm.mean_change, arm.sd_change) if change else (arm.mean, arm.sd)
    assert mean is not None
    assert arm.n is not None
    return published_mean(mean, sd, arm.n)


def _number(estimate: float, lower: float, upper: float, measure: Measure, setting: Setting) -> Number:
    """Out of logarithms where it is a ratio, within -1 and 1 where it is one rate less another; without end None."""
    values = [estimate, lower, upper]
    if measure != "difference":
        with np.errstate(over="ignore"):
            values = [float(np.exp(each)) for each in values]
    elif setting.estimand.endpoint.is_responder and setting.declared.anchor is None:
        values = [min(max(each, -1.0), 1.0) for each in values]
    low, high = (float(each) if np.isfinite(each) else None for each in values[1:])
    return Number(float(values[0]), low, high)


def refusal_reasons(error: MethodError | DataError) -> tuple[Reason, ...]:
    """A kernel's refusal, problem by problem."""
    return tuple(Reason(f"{each.where}: {each.problem}", each.remedy) for each in error.problems)
