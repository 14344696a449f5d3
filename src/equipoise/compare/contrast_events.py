"""Events of two cohorts by a horizon: weighted Aalen-Johansen, mean days lost, and bootstrap limits of both."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from equipoise.compare.contrast_rows import empty_row
from equipoise.compare.contrast_workshop import Workshop
from equipoise.domain.arm import FirstEvents
from equipoise.domain.cohort import Flags, Floats
from equipoise.domain.comparison import WEIGHTED
from equipoise.domain.contrast_answer import ContrastRow, Measure
from equipoise.errors import MethodError, Problem
from equipoise.stats.adjusted_bootstrap import AT_ONCE, Resamples
from equipoise.stats.propensity import Propensity
from equipoise.stats.weighted_incidence import weighted_incidence
from equipoise.stats.weights import Target, tilted

MEASURES: tuple[Measure, ...] = ("incidence difference", "difference of mean days lost")


def event_rows(shop: Workshop) -> Iterator[ContrastRow]:
    """Every declared event by every declared weighting, over everybody whose covariates are known."""
    declared, pair = shop.declared, shop.pair
    for event in declared.events:
        first = _both(pair.own.first, pair.other.first)
        assert declared.horizon_day is not None
        try:
            _check(first, pair.treated, declared.horizon_day)
        except MethodError as error:
            shop.refuse(event, error)
            continue
        for method in declared.methods:
            if method in WEIGHTED:
                yield from _by(shop, method, event, first)


def _by(shop: Workshop, method: str, event: str, first: FirstEvents) -> Iterator[ContrastRow]:
    declared, pair = shop.declared, shop.pair
    row = replace(
        empty_row(
            declared,
            method,
            level=shop.protocol.sensitivity.level,
            sizes=(int(pair.treated.sum()), int((~pair.treated).sum())),
        ),
        estimand=event,
        endpoint=f"{event}, other events competing",
        visit=f"day {declared.horizon_day}",
        interval=f"bootstrap of {declared.bootstraps}",
        margin=None,
    )
    of = pair.own.causes.index(event) + 1
    plain = [each.tolist() for each in _of_arms(first, pair.treated, np.ones((1, pair.treated.size)), of, _day(shop))]
    try:
        examined = shop.examine(method, np.ones(pair.treated.size, dtype=np.bool_))
        bar = shop.barred
        if not examined.passes or examined.weighed is None or bar.reasons:
            why = examined.diagnostics
            found, reasons, mend = None, (*why.reasons, *bar.reasons), (*why.mend, *bar.mend)
        else:
            found, reasons, mend = _bootstrapped(shop, examined.weighed.fit, method, first, of), (), ()
    except MethodError as error:
        shop.refuse(f"{event} | {method}", error)
        found = None
        reasons = tuple(f"{each.where}: {each.problem}" for each in error.problems)
        mend = tuple(each.remedy for each in error.problems)
    for place, measure in enumerate(MEASURES):
        own, other = plain[place][0]
        here = replace(row, measure=measure, described=own, comparator_described=other)
        if found is None or examined.weighed is None or examined.weighed.weights is None:
            yield replace(here, withheld=True, reasons=reasons, mend=mend)
            continue
        (one, two), (low, high), error_of = found[place]
        yield replace(
            here,
            treated=one,
            comparator=two,
            estimate=one - two,
            standard_error=error_of,
            lower=low,
            upper=high,
            effective_treated=examined.weighed.weights.effective_treated,
            effective_comparator=examined.weighed.weights.effective_comparator,
        )


Found = tuple[tuple[float, float], tuple[float, float], float]


def _bootstrapped(shop: Workshop, fit: Propensity, method: str, first: FirstEvents, of: int) -> list[Found]:
    """Of each measure: both arms, the limits of the difference, its standard error."""
    target = WEIGHTED[method]
    here = tilted(fit.treated, fit.logit, target).weight[None, :]
    at = _of_arms(first, fit.treated, here, of, _day(shop))
    drawn = list(zip(*_draws(shop, fit, target, first, of), strict=True))
    tail = (1.0 - shop.protocol.sensitivity.level) / 2.0
    found: list[Found] = []
    for place in (0, 1):
        apart = np.concatenate([each @ np.array([1.0, -1.0]) for each in drawn[place]])
        if np.ptp(apart) == 0.0:
            problem = "nobody had it in either cohort, or everybody, so no resample can show a spread"
            raise MethodError(Problem("event", problem, "report the counts with exact intervals"))
        low, high = np.quantile(apart, [tail, 1.0 - tail], method="weibull").tolist()
        one, two = at[place][0].tolist()
        found.append(((one, two), (low, high), float(apart.std(ddof=1))))
    return found


def _draws(
    shop: Workshop, fit: Propensity, target: Target, first: FirstEvents, of: int
) -> Iterator[tuple[Floats, Floats]]:
    """(b, 2) incidences and days lost, resample by resample, the score refitted in each; separated ones drawn again."""
    asked = shop.declared.bootstraps
    assert asked is not None
    resamples = Resamples(fit)
    kept = separated = 0
    at_once = max(1, AT_ONCE // fit.treated.size)
    while kept < asked:
        count = resamples.draw(min(at_once, asked - kept), shop.rng)
        logit, failed = resamples.refit(count)
        separated += int(failed.sum())
        if separated > asked / 3:
            problem = "in more than a quarter of the resamples the covariates determine treatment"
            remedy = "fit the score with Firth's penalty or a ridge, or name fewer covariates"
            raise MethodError(Problem("propensity score", problem, remedy))
        if failed.all():
            continue
        weight = count[~failed] * tilted(fit.treated, logit[~failed], target).weight
        kept += int((~failed).sum())
        yield _of_arms(first, fit.treated, weight, of, _day(shop))


def _of_arms(first: FirstEvents, treated: Flags, weight: Floats, of: int, day: int) -> tuple[Floats, Floats]:
    """(b, 2) incidence by the day and mean days lost, of the treated and the comparators."""
    both = [
        weighted_incidence(first.time_days[arm], first.cause[arm], weight[:, arm], of=of, horizon_day=day)
        for arm in (treated, ~treated)
    ]
    return np.column_stack([both[0][0], both[1][0]]), np.column_stack([both[0][1], both[1][1]])


def _day(shop: Workshop) -> int:
    assert shop.declared.horizon_day is not None
    return shop.declared.horizon_day


def _both(one: FirstEvents, two: FirstEvents) -> FirstEvents:
    return FirstEvents(
        np.concatenate([one.time_days, two.time_days]),
        np.concatenate([one.cause, two.cause]),
        np.concatenate([one.vague, two.vague]),
    )


def _check(first: FirstEvents, treated: Flags, horizon: int) -> None:
    if first.vague.any():
        problem = f"the dates of {int(first.vague.sum())} of {first.vague.size} cases are vague"
        raise MethodError(
            Problem("events", problem, "read the bounds of each cohort's own incidence, or mend the dates")
        )
    last = min(int(first.time_days[arm].max(initial=0)) for arm in (treated, ~treated))
    if last < horizon:
        problem = "lies after the last day a cohort was followed to; what happened between is not known"
        raise MethodError(Problem("horizon", problem, f"choose a horizon of at most {last:,} days"))
