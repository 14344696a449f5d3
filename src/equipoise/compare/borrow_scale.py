"""What differs between borrowing a rate and borrowing a mean; everything else is the one flow of ``borrow``."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import digamma, ndtri, polygamma

from equipoise.compare.borrow_reading import CountPoint, MeanPoint, Mixed, Point
from equipoise.domain.borrowing_answer import BorrowingScale, Disbelief
from equipoise.domain.cohort import Floats
from equipoise.stats.mixture_prior import BetaMixture, NormalMixture, robust_mean, robust_rate
from equipoise.stats.mixture_prior_decision import mean_exceeds, rate_exceeds
from equipoise.stats.reverse_bayes import credibility

ODDS_RATIOS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
IN_PATIENT_SDS = (0.1, 0.2, 0.35, 0.5, 0.8, 1.2, 2.0)
"""Effects a reader may hold for 5 % likely to be exceeded, either way: odds ratios; means, in SDs of one patient."""
DRAWN = 101
UNIFORM = BetaMixture(np.ones(1), np.ones(1), np.ones(1))

Effect = tuple[float, float]
"""Log odds ratio, or points better: the estimate and its standard error."""


class Scale(Protocol[Mixed]):
    """How a control is held, beaten, told apart from the treated, and drawn."""

    @property
    def name(self) -> BorrowingScale:
        """Rate or mean."""
        ...

    @property
    def vague(self) -> Mixed:
        """The control of who knows nothing of it."""
        ...

    def blend(self, published: Mixed, weight: float) -> Mixed:
        """The published controls with a weight between 0 and 1, and ``vague``, last, with the rest."""
        ...

    def better(self, treated: Mixed, control: Mixed, margin: float) -> float:
        """P(the treated are better than the control by more than the margin)."""
        ...

    def effect(self, treated: Point[Mixed], control: Mixed) -> Effect | None:
        """The treated against the control, above 0 where they are better; None where it is not near normal."""
        ...

    def reaches(self) -> tuple[float, ...]:
        """Effects a reader may hold for 5 % likely to be exceeded."""
        ...

    def as_effect(self, reach: float) -> float:
        """From such an effect to the working scale of ``effect``."""
        ...

    def disbelief(self, treated: Point[Mixed], effect: Effect, level: float) -> Disbelief:
        """Bayes in reverse."""
        ...

    def edges(self, curves: list[Mixed]) -> Floats:
        """(m + 1,) where the steps of a curve begin and end."""
        ...


@dataclass(frozen=True)
class RateScale:
    """Rates, Beta(1, 1) where nothing is known; effects are odds ratios."""

    name: BorrowingScale = "rate"
    vague: BetaMixture = UNIFORM

    def blend(self, published: BetaMixture, weight: float) -> BetaMixture:
        """As ``Scale``."""
        return robust_rate(published, weight=1 - weight)

    def better(self, treated: BetaMixture, control: BetaMixture, margin: float) -> float:
        """As ``Scale``."""
        return rate_exceeds(treated, control, margin=margin)

    def effect(self, treated: Point[BetaMixture], control: BetaMixture) -> Effect | None:
        """The log odds ratio, by the moments of both log-odds."""
        (ours, our_spread), (theirs, their_spread) = _log_odds(treated.flat()), _log_odds(control)
        return ours - theirs, float(np.hypot(our_spread, their_spread))

    def reaches(self) -> tuple[float, ...]:
        """Odds ratios."""
        return ODDS_RATIOS

    def as_effect(self, reach: float) -> float:
        """The logarithm."""
        return float(np.log(reach))

    def disbelief(self, treated: Point[BetaMixture], effect: Effect, level: float) -> Disbelief:
        """On the log odds ratio, told as odds ratios."""
        assert isinstance(treated, CountPoint)
        found = credibility(*effect, level=level)
        reach = float(ndtri((1 + level) / 2)) * effect[1]
        return Disbelief(
            responders=treated.responders,
            mean=None,
            effect=float(np.exp(effect[0])),
            lower=float(np.exp(effect[0] - reach)),
            upper=float(np.exp(effect[0] + reach)),
            convincing=found.convincing,
            scepticism=_ratio(found.scepticism_limit),
            advocacy=_ratio(found.advocacy_limit),
            intrinsically_credible=found.intrinsically_credible,
            p_intrinsic=found.p_intrinsic,
        )

    def edges(self, curves: list[BetaMixture]) -> Floats:
        """Evenly from 0 to 1."""
        return np.linspace(0, 1, DRAWN + 1)


@dataclass(frozen=True)
class MeanScale:
    """Means in points, one patient's normal where nothing is known; effects are points, above 0 where better."""

    vague: NormalMixture
    patient_sd: float
    higher_is_better: bool
    name: BorrowingScale = "mean"

    def blend(self, published: NormalMixture, weight: float) -> NormalMixture:
        """As ``Scale``."""
        return robust_mean(published, weight=1 - weight, mean=self.vague.mean, sd=float(self.vague.sds[0]))

    def better(self, treated: NormalMixture, control: NormalMixture, margin: float) -> float:
        """As ``Scale``; in closed form."""
        if self.higher_is_better:
            return mean_exceeds(treated, control, margin=margin)
        return mean_exceeds(control, treated, margin=margin)

    def effect(self, treated: Point[NormalMixture], control: NormalMixture) -> Effect | None:
        """The difference of the means and the standard deviation of both; none for fewer than four treated."""
        assert isinstance(treated, MeanPoint)
        spread = treated.seen.sd
        if spread is None:
            return None
        away = treated.seen.mean - control.mean
        return (away if self.higher_is_better else -away), float(np.hypot(spread, control.sd))

    def reaches(self) -> tuple[float, ...]:
        """Points."""
        return tuple(share * self.patient_sd for share in IN_PATIENT_SDS)

    def as_effect(self, reach: float) -> float:
        """Points as they are."""
        return reach

    def disbelief(self, treated: Point[NormalMixture], effect: Effect, level: float) -> Disbelief:
        """On the points by which the mean is better."""
        assert isinstance(treated, MeanPoint)
        found = credibility(*effect, level=level)
        reach = float(ndtri((1 + level) / 2)) * effect[1]
        return Disbelief(
            responders=None,
            mean=treated.seen.mean,
            effect=effect[0],
            lower=effect[0] - reach,
            upper=effect[0] + reach,
            convincing=found.convincing,
            scepticism=found.scepticism_limit,
            advocacy=found.advocacy_limit,
            intrinsically_credible=found.intrinsically_credible,
            p_intrinsic=found.p_intrinsic,
        )

    def edges(self, curves: list[NormalMixture]) -> Floats:
        """Evenly over all but one part in a hundred of each curve."""
        ends = np.concatenate([each.quantile(np.array([0.005, 0.995])) for each in curves])
        return np.linspace(float(ends.min()), float(ends.max()), DRAWN + 1)


def _log_odds(rate: BetaMixture) -> Effect:
    """Mean and standard deviation of the log-odds of a rate that is a mixture of betas."""
    means = digamma(rate.a) - digamma(rate.b)
    variances = polygamma(1, rate.a) + polygamma(1, rate.b)
    mean = float(rate.weight @ means)
    return mean, float((rate.weight @ (variances + (means - mean) ** 2)) ** 0.5)


def _ratio(log_ratio: float | None) -> float | None:
    """As an odds ratio; beyond a million, either way, there is none worth a name."""
    return None if log_ratio is None or abs(log_ratio) > np.log(1e6) else float(np.exp(log_ratio))
