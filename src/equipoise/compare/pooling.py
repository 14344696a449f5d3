"""Matching arms pooled as the protocol declares, with what the other method says, and how far they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import expit

from equipoise.domain.benchmark_answer import PooledRate
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.pooling_answer import ArmsApart, FunnelLine, FunnelPoint, WithoutArm
from equipoise.domain.protocol import Pooling
from equipoise.errors import MethodError, Problem
from equipoise.stats.meta_analysis import pool_effects
from equipoise.stats.meta_analysis_funnel import funnel
from equipoise.stats.pooling import PooledLogit, empirical_logits, pool_binomial_normal, reml_logit

TauMethod = Literal["REML", "Paule-Mandel", "DerSimonian-Laird"]


@dataclass(frozen=True)
class Pooled:
    """Arms pooled, or why not; and how far they differ, where anything can be said of it."""

    rate: PooledRate | Problem
    apart: ArmsApart | None


def pool(arms: Sequence[PublishedArm], *, by: Pooling, level: float) -> Pooled:
    """Two arms or more, pooled by the method declared and checked by another.

    The check of binomial-normal maximum likelihood is REML on the empirical logit; that of all others is
    binomial-normal maximum likelihood.
    """
    responders, n = [arm.responders or 0 for arm in arms], [arm.n or 0 for arm in arms]
    try:
        rate: PooledRate | Problem = _checked_rate(responders, n, by, level)
    except MethodError as refused:
        rate = refused.problems[0]
    return Pooled(rate, _apart(arms, responders, n, by, level))


def _checked_rate(responders: list[int], n: list[int], by: Pooling, level: float) -> PooledRate:
    pooled = _pooled(responders, n, by, level)
    check: PooledLogit | None
    if by == "binomial-normal":
        check, check_method = reml_logit(responders, n, level=level), "REML on the logit"
    else:
        check, check_method = _or_none(responders, n, level), "binomial-normal maximum likelihood"
    return PooledRate(
        arms=len(n),
        estimate=float(expit(pooled.mu)),
        lower=float(expit(pooled.lower)),
        upper=float(expit(pooled.upper)),
        tau=pooled.tau,
        prediction_lower=_rate(pooled.prediction_lower),
        prediction_upper=_rate(pooled.prediction_upper),
        check_estimate=None if check is None else float(expit(check.mu)),
        check_lower=None if check is None else float(expit(check.lower)),
        check_upper=None if check is None else float(expit(check.upper)),
        check_tau=None if check is None else check.tau,
        interval_method=pooled.interval_method,
        method=by,
        check_method=check_method,
    )


def _or_none(responders: list[int], n: list[int], level: float) -> PooledLogit | None:
    try:
        return pool_binomial_normal(responders, n, level=level)
    except MethodError:
        return None


def _pooled(responders: list[int], n: list[int], by: Pooling, level: float) -> PooledLogit:
    """The mean log-odds by one method, two arms or more."""
    if by == "binomial-normal":
        return pool_binomial_normal(responders, n, level=level)
    found = pool_effects(*empirical_logits(responders, n), tau_method=by, level=level)
    predicts = len(n) > 2
    return PooledLogit(
        arms=len(n),
        mu=float(found.mu),
        tau=float(found.tau_squared) ** 0.5,
        standard_error=float(found.standard_error),
        lower=float(found.lower),
        upper=float(found.upper),
        interval_method="Hartung-Knapp on the logit" if predicts else "Wald on the logit",
        prediction_lower=float(found.prediction_lower) if predicts else None,
        prediction_upper=float(found.prediction_upper) if predicts else None,
        level=level,
    )


def _rate(logit: float | None) -> float | None:
    return None if logit is None else float(expit(logit))


def _apart(arms: Sequence[PublishedArm], responders: list[int], n: list[int], by: Pooling, level: float) -> ArmsApart:
    tau_method: TauMethod = "REML" if by == "binomial-normal" else by
    effect, error = empirical_logits(responders, n)
    found = pool_effects(effect, error, tau_method=tau_method, level=level)
    several = len(arms) > 2
    points = [
        FunnelPoint(arm.study_id, arm.arm, float(log_odds), float(spread))
        for arm, log_odds, spread in zip(arms, effect, error, strict=True)
    ]
    return ArmsApart(
        tau_method=tau_method,
        tau=float(found.tau_squared) ** 0.5,
        tau_lower=float(found.tau_squared_lower) ** 0.5,
        tau_upper=float(found.tau_squared_upper) ** 0.5,
        i_squared=float(found.i_squared),
        q=float(found.q),
        q_p=float(found.q_p),
        without=tuple(_without(arms, out, by, level) for out in range(len(arms))) if several else (),
        funnel=tuple(points) if several else (),
        line=_line(points) if several else None,
    )


def _without(arms: Sequence[PublishedArm], out: int, by: Pooling, level: float) -> WithoutArm:
    kept = [arm for place, arm in enumerate(arms) if place != out]
    left = arms[out]
    try:
        found = _pooled([arm.responders or 0 for arm in kept], [arm.n or 0 for arm in kept], by, level)
    except MethodError as refused:
        (first, *_) = refused.problems
        return WithoutArm(left.study_id, left.arm, None, None, None, None, first.problem)
    rate, lower, upper = (float(expit(each)) for each in (found.mu, found.lower, found.upper))
    return WithoutArm(left.study_id, left.arm, rate, lower, upper, found.tau, None)


def _line(points: list[FunnelPoint]) -> FunnelLine | None:
    try:
        found = funnel([each.log_odds for each in points], [each.standard_error for each in points])
    except MethodError:
        return None
    p = found.p if found.enough_for_a_test else None
    return FunnelLine(found.common_effect, found.at_no_error, found.slope, p)
