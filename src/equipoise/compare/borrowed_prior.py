"""The control rate as published arms tell it, by the prior a protocol declares."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.borrowing import BorrowingDeclared
from equipoise.domain.borrowing_answer import ControlPrior, PriorPart
from equipoise.domain.result import ArmInterval
from equipoise.errors import MethodError
from equipoise.stats.commensurate_prior import commensurate_prior_rate
from equipoise.stats.map_prior import QuadraturePrior, map_prior_rate
from equipoise.stats.map_prior_fit import fit_mixture
from equipoise.stats.mixture_prior import BetaMixture, robust_rate
from equipoise.stats.mixture_prior_size import rate_prior_size
from equipoise.stats.power_prior import power_prior_rate


@dataclass(frozen=True)
class Held:
    """A prior in use: what the arms tell (``published``), what is held (``whole``), and how well its parts fit."""

    published: BetaMixture
    whole: BetaMixture
    vague_weight: float
    divergence: float | None


VAGUE = BetaMixture(np.ones(1), np.ones(1), np.ones(1))
"""Beta(1, 1): every control rate alike."""


def hold(declared: BorrowingDeclared, arms: tuple[ArmInterval, ...]) -> Held:
    """The prior that these arms give.

    Raises
    ------
    MethodError : no prior can be made of them
    """
    responders = [each.arm.responders or 0 for each in arms]
    n = [each.arm.n or 0 for each in arms]
    if declared.prior == "power":
        assert declared.power is not None
        one = power_prior_rate(sum(responders), sum(n), power=declared.power)
        return Held(one, one, 0.0, None)
    fitted = fit_mixture(_by_quadrature(declared, responders, n))
    assert isinstance(fitted.mixture, BetaMixture)
    weight = declared.vague_weight or 0.0
    whole = robust_rate(fitted.mixture, weight=weight) if weight else fitted.mixture
    return Held(fitted.mixture, whole, weight, fitted.divergence)


def _by_quadrature(declared: BorrowingDeclared, responders: list[int], n: list[int]) -> QuadraturePrior:
    if declared.prior == "MAP":
        assert declared.mean_sd is not None
        assert declared.spread_scale is not None
        return map_prior_rate(responders, n, mu_sd=declared.mean_sd, tau_scale=declared.spread_scale)
    assert declared.distance_scale is not None
    return commensurate_prior_rate(sum(responders), sum(n), distance_scale=declared.distance_scale)


def mixed(published: BetaMixture, weight: float) -> BetaMixture:
    """The published controls with a weight from 0 to 1, and Beta(1, 1) with the rest."""
    if weight == 1:
        return published
    return robust_rate(published, weight=1 - weight) if weight > 0 else VAGUE


def told(held: Held, arms: tuple[ArmInterval, ...], level: float) -> ControlPrior:
    """The prior in numbers."""
    lower, median, upper = held.whole.quantile(np.array([(1 - level) / 2, 0.5, (1 + level) / 2]))
    parts = zip(held.whole.weight, held.whole.a, held.whole.b, strict=True)
    last = held.whole.weight.size - 1 if held.vague_weight else None
    return ControlPrior(
        arms=len(arms),
        people=sum(each.arm.n or 0 for each in arms),
        mean=held.whole.mean,
        sd=held.whole.sd,
        median=float(median),
        lower=float(lower),
        upper=float(upper),
        level=level,
        size=_size(held.whole),
        without_vague=_size(held.published) if held.vague_weight else None,
        divergence=held.divergence,
        parts=tuple(
            PriorPart(float(weight), float(a), float(b), vague=place == last)
            for place, (weight, a, b) in enumerate(parts)
        ),
    )


def _size(prior: BetaMixture) -> float | None:
    try:
        return rate_prior_size(prior)
    except MethodError:
        return None
