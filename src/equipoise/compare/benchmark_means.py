"""Matching arms of a score: each with its mean, and those that print what it takes pooled by random effects."""

from collections import Counter
from collections.abc import Sequence
from math import isfinite

from equipoise.compare.benchmark_like import Sought, may_not_speak, one_for_each_trial
from equipoise.domain.benchmark_answer import ArmMean, NearArm, PooledMean, Score
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.instrument import Instrument
from equipoise.domain.protocol import Pooling
from equipoise.domain.published_mean import PrintedMean, contradiction, in_points, printed_mean
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.mean import t_interval

TWO_FIGURES = "contradicts another row of the same arm and month: keep one in the evidence"


def arm_mean(arm: PublishedArm, of: Score, instrument: Instrument, level: float) -> ArmMean | None:
    """An arm's own mean in points of the instrument, with Student's limits; None where it prints no such mean."""
    found = in_points(arm, of, instrument)
    if found is None:
        return None
    lower = upper = None
    if found.sd is not None and arm.n is not None and arm.n > 1:
        low, high = t_interval(found.mean, found.sd, arm.n, level=level)
        lower, upper = float(low), float(high)
    return ArmMean(arm, of, found.mean, found.sd, arm.n, lower, upper, _lacks(found.sd, arm.n))


def _lacks(sd: float | None, n: int | None) -> str | None:
    """What a mean needs to be pooled and does not print; None where it has it."""
    if sd is None and n is None:
        return "prints neither a standard deviation nor the number of patients behind its mean"
    if sd is None:
        return "prints no standard deviation of its mean"
    if n is None:
        return "prints no number of patients behind its mean"
    if n < 2:
        return "the mean of one patient, whose spread is unknown"
    return "prints a standard deviation of 0, which no weight fits" if sd == 0 else None


def usable_means(sought: Sought, of: Score, level: float) -> tuple[tuple[ArmMean, ...], tuple[NearArm, ...]]:
    """Of the arms that are like the study those that may stand beside it, and why each other one may not."""
    like = [arm for arm in sought.protocol.published if not sought.mismatches(arm)]
    figures = Counter(named[:2] for named in {_figures(arm, of) for arm in like})
    found = [mean for arm in like if (mean := arm_mean(arm, of, sought.instrument, level)) is not None]
    # Who can be pooled speaks for its patients, then the largest row; of equals the later report.
    found.sort(
        key=lambda each: (
            each.not_pooled is not None, -(each.n or 0), -(each.arm.year or 0), each.arm.study_id, each.arm.arm,
        )
    )  # fmt: skip

    def why_not(mean: ArmMean) -> str | None:
        twice = TWO_FIGURES if figures[mean.arm.study_id, mean.arm.arm] > 1 else None
        reason = may_not_speak(mean.arm, sought.benchmark) or twice
        return reason or contradiction(PrintedMean(mean.mean, mean.sd), of, mean.n, sought.instrument)

    return one_for_each_trial(found, lambda mean: mean.arm, why_not)


def later_means(sought: Sought, of: Score, level: float) -> tuple[ArmMean, ...]:
    """The means found later, of the same score; at the same month where the study reports it."""
    shown = [
        mean
        for arm in sought.protocol.published
        if arm.study_id in sought.benchmark.show_later and arm.definition_key == sought.own
        for mean in [arm_mean(arm, of, sought.instrument, level)]
        if mean is not None
    ]
    return tuple([mean for mean in shown if mean.arm.month == sought.month] or shown)


def pool_means(means: Sequence[ArmMean], *, by: Pooling, level: float) -> PooledMean | Problem | None:
    """Two means or more with a standard deviation and n, pooled; why they cannot be; None where nothing is to pool."""
    known = [mean for mean in means if mean.not_pooled is None]
    if len(means) < 2:
        return None
    if len(known) < 2:
        few = "one of them prints" if known else "none of them prints"
        return Problem("means", f"{few} its mean with a standard deviation and n", "read each mean by itself")
    try:
        return _pooled(known, by, level)
    except (DataError, MethodError) as refused:
        return refused.problems[0]


def _pooled(means: Sequence[ArmMean], by: Pooling, level: float) -> PooledMean:
    from equipoise.stats.meta_analysis import pool_effects

    people = [mean.n or 0 for mean in means]
    errors = [(mean.sd or 0.0) / n**0.5 for mean, n in zip(means, people, strict=True)]
    tau_method = "REML" if by == "binomial-normal" else by
    found = pool_effects([mean.mean for mean in means], errors, tau_method=tau_method, level=level)
    ahead = [float(found.prediction_lower), float(found.prediction_upper)]
    low, high = ahead if all(map(isfinite, ahead)) else (None, None)
    return PooledMean(
        arms=len(means),
        people=sum(people),
        of=means[0].of,
        estimate=float(found.mu),
        lower=float(found.lower),
        upper=float(found.upper),
        tau=float(found.tau_squared) ** 0.5,
        tau_lower=float(found.tau_squared_lower) ** 0.5,
        tau_upper=float(found.tau_squared_upper) ** 0.5,
        i_squared=float(found.i_squared),
        q=float(found.q),
        q_p=float(found.q_p),
        prediction_lower=low,
        prediction_upper=high,
        interval_method="Hartung-Knapp" if len(means) > 2 else "Wald",
        method=tau_method,
    )


def _figures(arm: PublishedArm, of: Score) -> tuple[str, str, float | None, float | None, int | None]:
    """What an arm prints, so that two rows of one arm that disagree are told from one row that stands twice."""
    return (arm.study_id, arm.arm, *printed_mean(arm, of), arm.n)
