"""The control rate or mean as published arms tell it, by the prior a protocol declares."""

from dataclasses import dataclass
from typing import Generic

import numpy as np

from equipoise.compare.borrow_reading import Mixed
from equipoise.compare.borrow_scale import MeanScale, RateScale, Scale
from equipoise.domain.benchmark_answer import ArmInterval, ArmMean
from equipoise.domain.borrowing import BorrowingDeclared, PowerDeclared
from equipoise.domain.borrowing_answer import ControlPrior, PriorPart, UncertainPower
from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.commensurate_prior import commensurate_prior_mean, commensurate_prior_rate
from equipoise.stats.map_prior import QuadraturePrior, map_prior_mean, map_prior_rate
from equipoise.stats.map_prior_fit import fit_mixture
from equipoise.stats.mixture_prior import BetaMixture, NormalMixture
from equipoise.stats.mixture_prior_size import mean_prior_size, rate_prior_size
from equipoise.stats.power_prior import (
    normalised_power_prior_mean,
    normalised_power_prior_rate,
    power_prior_mean,
    power_prior_rate,
)


@dataclass(frozen=True)
class Held(Generic[Mixed]):
    """A prior in use: what the arms tell (``published``), what is held (``whole``), and how well its parts fit.

    ``power`` : of each part, where it is not fixed
    """

    published: Mixed
    whole: Mixed
    vague_weight: float
    divergence: float | None
    power: Floats | None
    arms: int
    people: int


def hold_rate(declared: BorrowingDeclared, scale: RateScale, arms: tuple[ArmInterval, ...]) -> Held[BetaMixture]:
    """The prior of a rate that these arms give.

    Raises
    ------
    MethodError : no prior can be made of them
    """
    responders = [each.arm.responders or 0 for each in arms]
    n = [each.arm.n or 0 for each in arms]
    counts = sum(responders), sum(n)
    if isinstance(declared.power, PowerDeclared):
        learnt = normalised_power_prior_rate(*counts, power_a=declared.power.a, power_b=declared.power.b)
        return _held(declared, scale, learnt.prior, None, learnt.power, len(arms), counts[1])
    if declared.power is not None:
        return _held(declared, scale, power_prior_rate(*counts, power=declared.power), None, None, len(arms), counts[1])
    if declared.prior == "MAP":
        assert declared.mean_sd is not None
        assert declared.spread_scale is not None
        prior = map_prior_rate(responders, n, mu_sd=declared.mean_sd, tau_scale=declared.spread_scale)
    else:
        assert declared.distance_scale is not None
        prior = commensurate_prior_rate(*counts, distance_scale=declared.distance_scale)
    fitted = fit_mixture(prior)
    assert isinstance(fitted.mixture, BetaMixture)
    return _held(declared, scale, fitted.mixture, fitted.divergence, None, len(arms), counts[1])


def hold_mean(declared: BorrowingDeclared, scale: MeanScale, arms: tuple[ArmMean, ...]) -> Held[NormalMixture]:
    """The prior of a mean that these arms give; every one of them prints a mean, its SD above 0, and n of 2 or more.

    Raises
    ------
    MethodError : no prior can be made of them
    """
    sd, n = (np.array([getattr(each, word) for each in arms], dtype=np.float64) for word in ("sd", "n"))
    mean, error = np.array([each.mean for each in arms]), sd / np.sqrt(n)
    together, people = _together(mean, error), int(n.sum())
    centre, spread = scale.vague.mean, scale.patient_sd
    if isinstance(declared.power, PowerDeclared):
        a, b = declared.power.a, declared.power.b
        learnt = normalised_power_prior_mean(*together, initial_mean=centre, initial_sd=spread, power_a=a, power_b=b)
        return _held(declared, scale, learnt.prior, None, learnt.power, len(arms), people)
    if declared.power is not None:
        one = power_prior_mean(*together, power=declared.power, initial_mean=centre, initial_sd=spread)
        return _held(declared, scale, one, None, None, len(arms), people)
    fitted = fit_mixture(_mean_by_quadrature(declared, mean, error))
    assert isinstance(fitted.mixture, NormalMixture)
    return _held(declared, scale, fitted.mixture, fitted.divergence, None, len(arms), people)


def _mean_by_quadrature(declared: BorrowingDeclared, mean: Floats, error: Floats) -> QuadraturePrior:
    if declared.prior == "MAP":
        assert declared.mean_centre is not None
        assert declared.mean_sd is not None
        assert declared.spread_scale is not None
        centre, sd = declared.mean_centre, declared.mean_sd
        return map_prior_mean(mean, error, mu_mean=centre, mu_sd=sd, tau_scale=declared.spread_scale)
    assert declared.distance_scale is not None
    return commensurate_prior_mean(*_together(mean, error), distance_scale=declared.distance_scale)


def _together(mean: Floats, error: Floats) -> tuple[float, float]:
    """The arms added together: the product of their likelihoods, as a mean and its standard error."""
    precision = error**-2
    return float(precision @ mean / precision.sum()), float(precision.sum() ** -0.5)


def usable_means(arms: tuple[ArmMean, ...]) -> tuple[tuple[ArmMean, ...], tuple[ArmMean, ...]]:
    """The arms that say how far off their mean may be, and the others."""

    def says(each: ArmMean) -> bool:
        return each.not_pooled is None and each.sd is not None and each.sd > 0 and each.n is not None and each.n > 1

    return tuple(each for each in arms if says(each)), tuple(each for each in arms if not says(each))


def nobody_printed(left_out: tuple[ArmMean, ...]) -> MethodError:
    """Why no prior of a mean can be made of arms none of which says how far off its mean may be."""
    who = "; ".join(f"{each.arm.study_id}, {each.arm.arm}" for each in left_out)
    problem = (
        f"of the matching arms none prints a mean with a standard deviation above 0 and the number behind it ({who})"
    )
    return MethodError(Problem("borrowing", problem, "find the standard deviations, or read the means side by side"))


def _held(
    declared: BorrowingDeclared,
    scale: Scale[Mixed],
    published: Mixed,
    divergence: float | None,
    power: Floats | None,
    arms: int,
    people: int,
) -> Held[Mixed]:
    vague = declared.vague_weight or 0.0
    whole = scale.blend(published, 1 - vague) if vague else published
    return Held(published, whole, vague, divergence, power, arms, people)


def told(held: Held[Mixed], declared: BorrowingDeclared, level: float) -> ControlPrior:
    """The prior in numbers."""
    lower, median, upper = held.whole.quantile(np.array([(1 - level) / 2, 0.5, (1 + level) / 2]))
    power = None
    if isinstance(declared.power, PowerDeclared):
        a, b = declared.power.a, declared.power.b
        power = UncertainPower(a, b, a / (a + b))
    return ControlPrior(
        arms=held.arms,
        people=held.people,
        mean=held.whole.mean,
        sd=held.whole.sd,
        median=float(median),
        lower=float(lower),
        upper=float(upper),
        level=level,
        size=_size(held.whole, declared),
        without_vague=_size(held.published, declared) if held.vague_weight else None,
        divergence=held.divergence,
        parts=_parts(held.whole, vague=bool(held.vague_weight)),
        power=power,
        patient_sd=declared.patient_sd,
    )


def _parts(prior: BetaMixture | NormalMixture, *, vague: bool) -> tuple[PriorPart, ...]:
    last = prior.weight.size - 1 if vague else None
    if isinstance(prior, NormalMixture):
        normals = zip(prior.weight.tolist(), prior.means.tolist(), prior.sds.tolist(), strict=True)
        return tuple(PriorPart(w, mean, sd, None, None, at == last) for at, (w, mean, sd) in enumerate(normals))
    betas = zip(prior.weight.tolist(), prior.a.tolist(), prior.b.tolist(), strict=True)
    return tuple(
        PriorPart(weight, a / (a + b), (a * b / (a + b + 1)) ** 0.5 / (a + b), a, b, at == last)
        for at, (weight, a, b) in enumerate(betas)
    )


def _size(prior: BetaMixture | NormalMixture, declared: BorrowingDeclared) -> float | None:
    """In patients; None where the expected information is none, as of parts densest at 0 or 1."""
    try:
        if isinstance(prior, BetaMixture):
            size = rate_prior_size(prior)
        else:
            assert declared.patient_sd is not None
            size = mean_prior_size(prior, patient_sd=declared.patient_sd)
    except MethodError:
        return None
    return size if size > 0 else None
