"""The pooled log odds ratio of two arms where responders are rare: no correction for zeros, no normal approximation."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.binomial_normal_likelihood import (
    Likelihood,
    Slopes,
    Studies,
    conditional,
    study_intercepts,
    support_widths,
)
from equipoise.stats.counts import check_arms, check_level

TwoArmModel = Literal["conditional", "study intercepts"]

WIDEST_TAU = 5.0
"""The widest spread of log odds ratios that is pooled, as for the rates of single arms."""
MOST_TERMS = 200_000
"""Of the conditional likelihood: studies times the most ways to share out the responders of any of them."""

_SCAN_TAU = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, WIDEST_TAU)
_FLAT = 1e-8
"""Log-likelihoods this close are the same."""
_WHERE = "pooling of odds ratios"


@dataclass(frozen=True)
class PooledOddsRatio:
    """Log odds ratio of treated against control; ``exp`` turns every limit into an odds ratio.

    ``studies``, ``informative`` : given, and those that say anything (somebody responded, and somebody did not)
    ``mu``, ``standard_error``, ``lower``, ``upper`` : mean log odds ratio, its standard error and limits
    ``tau`` : standard deviation of the log odds ratio between studies
    ``interval_method`` : how the limits were made, in words
    ``prediction_lower``, ``prediction_upper`` : limits of the next study's log odds ratio, None for two studies
    """

    studies: int
    informative: int
    model: TwoArmModel
    mu: float
    tau: float
    standard_error: float
    lower: float
    upper: float
    interval_method: str
    prediction_lower: float | None
    prediction_upper: float | None
    level: float


def pool_odds_ratios(
    responders: npt.ArrayLike,
    n: npt.ArrayLike,
    control_responders: npt.ArrayLike,
    control_n: npt.ArrayLike,
    *,
    model: TwoArmModel = "conditional",
    level: float = 0.95,
) -> PooledOddsRatio:
    """Maximum likelihood of (mu, tau), delta_i ~ N(mu, tau^2) for the log odds ratio of study i.

    "conditional" is exact whatever the control rates, and consistent however many studies; "study intercepts"
    estimates one more number a study, which makes tau too small where studies are many and events few. A study in which
    nobody or everybody responded says nothing of an odds ratio under either. The standard error is from the
    observed information; from three informative studies on the limits and the prediction interval use Student's t
    with one degree of freedom fewer, as ``pooling.pool_binomial_normal``; for two the limits are Wald's.

    Parameters
    ----------
    responders, n, control_responders, control_n : (k,) whole numbers, 0 <= responders <= n, n >= 1
    model : "conditional" or "study intercepts"
    level : two-sided confidence, between 0 and 1

    Raises
    ------
    DataError : the counts are not counts, an arm is empty, or the level is not between 0 and 1
    MethodError : fewer than two informative studies; all responders on one side, so that no odds ratio is finite;
        a spread without a finite estimate; more terms than ``MOST_TERMS``

    References
    ----------
    Stijnen, Hamza and Ozdemir (2010), Statist. Med. 29:3046-3067; metafor's rma.glmm calls the two models CM.EL and
    UM.FS.
    """
    if model not in get_args(TwoArmModel):
        raise MethodError(Problem(_WHERE, "the model is not known", f"choose {' or '.join(get_args(TwoArmModel))}"))
    check_level(level, where=_WHERE)
    given = _checked(responders, n, control_responders, control_n)
    studies = _informative(given)
    _refuse_one_sided(studies)
    if model == "conditional" and studies.n.size * support_widths(studies).max() > MOST_TERMS:
        problem = "so many responders that the exact conditional likelihood is out of reach"
        raise MethodError(Problem(_WHERE, problem, "pool the log odds ratios with their standard errors instead"))
    likelihood = conditional(studies) if model == "conditional" else study_intercepts(studies)
    tau, there, mu = _maximum(likelihood)
    information = -there.mu_mu
    if tau > 0:
        information += there.mu_tau**2 / there.tau_tau
    if information <= 0:
        raise _too_far_apart()
    return _limits(given.n.size, studies.n.size, model, mu, tau, information**-0.5, level)


def _checked(
    responders: npt.ArrayLike, n: npt.ArrayLike, control_responders: npt.ArrayLike, control_n: npt.ArrayLike
) -> Studies:
    treated = check_arms(responders, n, where="responders and n of the treated arms")
    control = check_arms(control_responders, control_n, where="responders and n of the control arms")
    if treated[0].size != control[0].size:
        problem = "there are not as many treated as control arms"
        raise DataError(Problem(_WHERE, problem, "give one control arm for every treated arm"))
    return Studies(*treated, *control)


def _informative(given: Studies) -> Studies:
    """The studies in which somebody responded and somebody did not."""
    total = given.responders + given.control_responders
    says = (total > 0) & (total < given.n + given.control_n)
    if says.sum() < 2:
        problem = "fewer than two studies in which somebody responded and somebody did not"
        raise MethodError(Problem(_WHERE, problem, "show each study with the exact interval of its difference"))
    return Studies(given.responders[says], given.n[says], given.control_responders[says], given.control_n[says])


def _refuse_one_sided(studies: Studies) -> None:
    """No odds ratio is finite where every study's count is the lowest its total allows, or the highest."""
    total = studies.responders + studies.control_responders
    at_lowest = studies.responders == np.maximum(0.0, total - studies.control_n)
    at_highest = studies.responders == np.minimum(studies.n, total)
    if at_lowest.all() or at_highest.all():
        problem = "every study has its responders on one side, so the pooled odds ratio has no finite estimate"
        raise MethodError(Problem(_WHERE, problem, "show the exact interval of each study's difference"))


def _too_far_apart() -> MethodError:
    return MethodError(
        Problem(
            _WHERE,
            "the studies lie so far apart that the spread between them has no finite estimate",
            "show the studies side by side, each with its own exact interval",
        )
    )


def _maximum(likelihood: Likelihood) -> tuple[float, Slopes, float]:
    """tau, the likelihood there, and mu: a scan over tau for likelihoods with two peaks, then Newton in its bracket."""
    mu = 0.0
    seen: list[tuple[float, Slopes]] = []
    for tau in _SCAN_TAU:
        mu, there = _best_mu(likelihood, tau, mu)
        seen.append((mu, there))
    # where every study has one responder the likelihood does not depend on tau: then the smallest
    reached = max(there.value for _, there in seen) - _FLAT
    best = next(at for at, (_, there) in enumerate(seen) if there.value >= reached)
    if best == len(seen) - 1:
        raise _too_far_apart()
    mu, there = seen[best]
    tau = _SCAN_TAU[best]
    if best == 0 and there.variance <= -_FLAT * there.mu_mu:
        return 0.0, there, mu
    low, high = _SCAN_TAU[max(best - 1, 0)], _SCAN_TAU[best + 1]
    if best == 0:
        tau = high / 2
        mu, there = _best_mu(likelihood, tau, mu)
    for _ in range(60):
        if there.tau > 0:
            low = tau
        else:
            high = tau
        bend = there.tau_tau - there.mu_tau**2 / there.mu_mu
        following = tau - there.tau / bend if bend < 0 else (low + high) / 2
        if abs(following - tau) < 1e-9 * tau or high - low < 1e-10:
            break
        tau = following if low < following < high else (low + high) / 2
        mu, there = _best_mu(likelihood, tau, mu)
    return tau, there, mu


def _best_mu(likelihood: Likelihood, tau: float, mu: float) -> tuple[float, Slopes]:
    """The mean that is likeliest at one tau: Newton on a likelihood that is concave in it."""
    there = likelihood(mu, tau)
    for _ in range(60):
        step = float(np.clip(-there.mu / there.mu_mu, -1.5, 1.5))
        mu += step
        there = likelihood(mu, tau)
        if abs(step) < 1e-9:
            break
    return mu, there


def _limits(
    studies: int, informative: int, model: TwoArmModel, mu: float, tau: float, error: float, level: float
) -> PooledOddsRatio:
    freedom = informative - 1
    predicts = freedom >= 2
    reach = float(stdtrit(freedom, (1 + level) / 2)) if predicts else float(ndtri((1 + level) / 2))
    ahead = reach * (tau**2 + error**2) ** 0.5
    return PooledOddsRatio(
        studies=studies,
        informative=informative,
        model=model,
        mu=mu,
        tau=tau,
        standard_error=error,
        lower=mu - reach * error,
        upper=mu + reach * error,
        interval_method=f"t with {freedom} degrees of freedom" if predicts else "Wald",
        prediction_lower=mu - ahead if predicts else None,
        prediction_upper=mu + ahead if predicts else None,
        level=level,
    )
