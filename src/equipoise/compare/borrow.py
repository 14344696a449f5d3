"""Borrowing from published controls: only from arms a benchmark found to be like, and never more than is declared."""

from collections.abc import Mapping

import numpy as np
from scipy.special import digamma, ndtr, ndtri, polygamma

from equipoise.compare.benchmark import Counts
from equipoise.compare.borrowed_prior import Held, hold, mixed, told
from equipoise.domain.borrowing import BorrowingDeclared
from equipoise.domain.borrowing_answer import (
    AtScepticism,
    AtWeight,
    BorrowedAnswer,
    Borrowing,
    ControlPosterior,
    DecisionWord,
    Disbelief,
    RateDensity,
)
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Comparison
from equipoise.errors import MethodError
from equipoise.stats.mixture_prior import BetaMixture, rate_conflict, update_rate
from equipoise.stats.mixture_prior_decision import rate_exceeds
from equipoise.stats.reverse_bayes import credibility, probability_above

WEIGHTS = tuple(step / 10 for step in range(11))
ODDS_RATIOS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, None)
"""Beyond which, either way, a reader holds an odds ratio for 5 % likely; None is no opinion."""
DRAWN = 101


def borrow(
    protocol: Protocol, comparisons: tuple[Comparison, ...], counts: Mapping[str, tuple[Counts, ...]]
) -> tuple[Borrowing, ...]:
    """Every declared borrowing, at each month of its benchmark.

    ``comparisons`` : what the benchmarks found; ``counts`` : estimand name -> its counts by visit and strategy
    """
    asked = {each.name: each for each in protocol.benchmark}
    return tuple(
        _one(protocol, declared, comparison, asked[declared.benchmark].group, counts.get(comparison.estimand, ()))
        for declared in protocol.borrowing
        for comparison in comparisons
        if comparison.name == declared.benchmark
    )


def _one(
    protocol: Protocol,
    declared: BorrowingDeclared,
    comparison: Comparison,
    group: str | None,
    counts: tuple[Counts, ...],
) -> Borrowing:
    here = [each for each in counts if each.month == comparison.month and each.n]
    treated = [each for each in here if each.group != declared.reference and group in (None, each.group)]
    own = {(each.visit, each.strategy): each for each in here if each.group == declared.reference}
    level = protocol.sensitivity.level
    held, explanation = _held(declared, comparison)
    controls = {key: _control(held, each, level) for key, each in own.items()} if held is not None else {}
    return Borrowing(
        name=declared.name,
        benchmark=comparison.name,
        estimand=comparison.estimand,
        month=comparison.month,
        kind=declared.prior,
        margin=comparison.margin,
        threshold=declared.threshold,
        status="nothing is borrowed" if held is None else "borrowed",
        explanation=explanation,
        prior=None if held is None else told(held, comparison.matched, level),
        curve=() if held is None else _curve(held, next(iter(own.values()), None)),
        answers=()
        if held is None
        else tuple(
            _answer(held, each, own.get(key), controls.get(key), declared, comparison.margin, level)
            for each in treated
            for key in [(each.visit, each.strategy)]
        ),
    )


def _held(declared: BorrowingDeclared, comparison: Comparison) -> tuple[Held | None, str]:
    """The prior and where it comes from; without a like arm there is none, and the reason is told."""
    if not comparison.matched:
        return None, f"Only like arms are borrowed. {comparison.explanation} So nothing is borrowed."
    try:
        held = hold(declared, comparison.matched)
    except MethodError as refused:
        (first, *_) = refused.problems
        return None, f"Nothing is borrowed: {first.problem}; {first.remedy}."
    return held, comparison.explanation


def _control(held: Held, own: Counts, level: float) -> ControlPosterior:
    low, high = (update_rate(held.whole, k, own.n) for k in (own.responders_low, own.responders_high))
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    return ControlPosterior(
        group=own.group,
        responders_low=own.responders_low,
        responders_high=own.responders_high,
        n=own.n,
        mean_low=low.mean,
        mean_high=high.mean,
        lower=float(low.quantile(tails)[0]),
        upper=float(high.quantile(tails)[1]),
        published_weight_low=_published_weight(held, low),
        published_weight_high=_published_weight(held, high),
        conflict_low=rate_conflict(held.whole, own.responders_low, own.n).two_sided,
        conflict_high=rate_conflict(held.whole, own.responders_high, own.n).two_sided,
    )


def _published_weight(held: Held, posterior: BetaMixture) -> float:
    """What is left of the weight of the published controls once our own are seen."""
    return 1.0 - float(posterior.weight[-1]) if held.vague_weight else 1.0


def _after(prior: BetaMixture, own: Counts | None, *, high: bool) -> BetaMixture:
    if own is None:
        return prior
    return update_rate(prior, own.responders_high if high else own.responders_low, own.n)


def _treated(responders: int, n: int) -> BetaMixture:
    return BetaMixture(np.ones(1), np.array([responders + 0.5]), np.array([n - responders + 0.5]))


def _range(prior: BetaMixture, treated: Counts, own: Counts | None, margin: float) -> tuple[float, float]:
    """P(treated > control + margin): least with fewest treated and most control responders, and the other way round."""
    worst = rate_exceeds(_treated(treated.responders_low, treated.n), _after(prior, own, high=True), margin=margin)
    if treated.responders_low == treated.responders_high and (own is None or own.responders_low == own.responders_high):
        return worst, worst
    best = rate_exceeds(_treated(treated.responders_high, treated.n), _after(prior, own, high=False), margin=margin)
    return worst, best


def _answer(
    held: Held,
    treated: Counts,
    own: Counts | None,
    control: ControlPosterior | None,
    declared: BorrowingDeclared,
    margin: float,
    level: float,
) -> BorrowedAnswer:
    lower, upper = _range(held.whole, treated, own, margin)
    by_weight = ((weight, _range(mixed(held.published, weight), treated, own, margin)) for weight in WEIGHTS)
    ratios = _log_odds_ratios(held.published, treated, own)  # the vague part is no estimate of anything
    return BorrowedAnswer(
        group=treated.group,
        visit=treated.visit,
        month=treated.month,
        strategy=treated.strategy,
        responders_low=treated.responders_low,
        responders_high=treated.responders_high,
        n=treated.n,
        lower=lower,
        upper=upper,
        decision=_decision(lower, upper, declared.threshold),
        control=control,
        by_weight=tuple(AtWeight(weight, *ends) for weight, ends in by_weight),
        by_scepticism=tuple(_at_scepticism(each, ratios) for each in ODDS_RATIOS),
        disbelief=tuple(_disbelief(responders, *ratio, level) for responders, ratio in ratios.items()),
    )


def _decision(lower: float, upper: float, threshold: float) -> DecisionWord:
    if lower >= threshold:
        return "reached"
    return "not reached" if upper < threshold else "depends on the unknown responses"


def _log_odds_ratios(prior: BetaMixture, treated: Counts, own: Counts | None) -> dict[int, tuple[float, float]]:
    """Treated responders at either end of the unknown -> the log odds ratio against control and its standard error."""
    ends = {treated.responders_low: True, treated.responders_high: False}
    found = {}
    for responders, high in ends.items():
        centre, spread = _log_odds(_after(prior, own, high=high))
        ours, own_spread = _log_odds(_treated(responders, treated.n))
        found[responders] = (ours - centre, float(np.hypot(spread, own_spread)))
    return found


def _log_odds(rate: BetaMixture) -> tuple[float, float]:
    """Mean and standard deviation of the log-odds of a rate that is a mixture of betas."""
    means = digamma(rate.a) - digamma(rate.b)
    variances = polygamma(1, rate.a) + polygamma(1, rate.b)
    mean = float(rate.weight @ means)
    return mean, float((rate.weight @ (variances + (means - mean) ** 2)) ** 0.5)


def _at_scepticism(odds_ratio: float | None, ratios: Mapping[int, tuple[float, float]]) -> AtScepticism:
    """P(odds ratio > 1) for a reader whose prior of its logarithm is normal about 0."""
    if odds_ratio is None:
        chances = [float(ndtr(estimate / error)) for estimate, error in ratios.values()]
    else:
        sd = float(np.log(odds_ratio)) / float(ndtri(0.975))
        chances = [float(probability_above(estimate, error, 0.0, sd)) for estimate, error in ratios.values()]
    return AtScepticism(odds_ratio, min(chances), max(chances))


def _disbelief(responders: int, estimate: float, error: float, level: float) -> Disbelief:
    found = credibility(estimate, error, level=level)
    reach = float(ndtri((1 + level) / 2)) * error
    return Disbelief(
        responders=responders,
        odds_ratio=float(np.exp(estimate)),
        lower=float(np.exp(estimate - reach)),
        upper=float(np.exp(estimate + reach)),
        convincing=found.convincing,
        scepticism=_ratio(found.scepticism_limit),
        advocacy=_ratio(found.advocacy_limit),
        intrinsically_credible=found.intrinsically_credible,
        p_intrinsic=found.p_intrinsic,
    )


def _ratio(log_ratio: float | None) -> float | None:
    """As an odds ratio; beyond a million, either way, there is none worth a name."""
    return None if log_ratio is None or abs(log_ratio) > np.log(1e6) else float(np.exp(log_ratio))


def _curve(held: Held, own: Counts | None) -> tuple[RateDensity, ...]:
    """Densities per percentage point over the rates strictly between 0 and 1."""
    edge = np.linspace(0, 1, DRAWN + 1)
    middle = (edge[1:] + edge[:-1]) / 2
    curves = (
        [held.whole] if own is None else [held.whole, *(_after(held.whole, own, high=high) for high in (False, True))]
    )
    heights = [np.diff(each.below(edge)) for each in curves]
    low, high = (heights[1], heights[-1]) if own is not None else (None, None)
    return tuple(
        RateDensity(
            float(rate),
            float(heights[0][at]),
            None if low is None else float(low[at]),
            None if high is None else float(high[at]),
        )
        for at, rate in enumerate(middle)
    )
