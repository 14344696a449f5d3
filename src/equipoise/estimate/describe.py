"""What is described whatever the question: the groups, their follow-up, and mean scores visit by visit."""

from collections.abc import Iterator

import numpy as np

from equipoise.domain.cohort import Cohort
from equipoise.domain.estimand import Endpoint, Estimand, Missing, Strategy
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import EstimateRow, GroupSize
from equipoise.estimate.endpoint import baseline_of, each_baseline
from equipoise.estimate.in_words import endpoint_in_words
from equipoise.estimate.score import mean_score, readings
from equipoise.stats.mean import t_interval

DESCRIBED = "scores as observed"


def describe_groups(cohort: Cohort) -> tuple[GroupSize, ...]:
    """How many, and followed at least how long."""
    return tuple(_group_size(cohort, index) for index in range(len(cohort.groups)))


def _group_size(cohort: Cohort, index: int) -> GroupSize:
    mine = cohort.group == index
    at_least = cohort.follow_up.low[mine]
    quartiles = [float(each) for each in np.quantile(at_least, [0.25, 0.5, 0.75])] if at_least.size else [None] * 3
    return GroupSize(
        group=cohort.groups[index],
        n=int(mine.sum()),
        follow_up_known=int((at_least == cohort.follow_up.high[mine]).sum()),
        follow_up_at_least_median_days=quartiles[1],
        follow_up_at_least_first_quartile_days=quartiles[0],
        follow_up_at_least_third_quartile_days=quartiles[2],
    )


def describe_scores(cohort: Cohort, protocol: Protocol) -> Iterator[EstimateRow]:
    """Mean and SD of every score and of its change by visit, as observed; none for yes/no questions.

    A change needs a baseline, so it is described where some endpoint declares a look-back.
    """
    look_backs = dict(sorted(cohort.baselines))
    asked = {(each.endpoint.instrument, each.endpoint.score) for each in protocol.estimand}
    for name in cohort.series:
        if protocol.instruments[name].yes_no:
            continue
        if name in look_backs:
            yield from _baseline_rows(cohort, protocol, name, look_backs[name])
        for endpoint in _endpoints(name, look_backs.get(name)):
            if (name, endpoint.score) not in asked:
                yield from _rows(cohort, protocol, endpoint)


def _endpoints(name: str, look_back_days: int | None) -> Iterator[Endpoint]:
    yield Endpoint(instrument=name, score="value")
    if look_back_days is not None:
        yield Endpoint(instrument=name, score="change", baseline_look_back_days=look_back_days)


def _rows(cohort: Cohort, protocol: Protocol, endpoint: Endpoint) -> Iterator[EstimateRow]:
    visits = tuple(visit.name for visit in protocol.visit)
    estimand = Estimand(name=DESCRIBED, visits=visits, endpoint=endpoint, strategies={})
    level = protocol.sensitivity.level
    for visit in protocol.visit:
        scores = readings(cohort, protocol, estimand, visit, {})
        for index, group in enumerate(cohort.groups):
            found = mean_score(scores, cohort.group == index, Missing.OBSERVED, level=level)
            yield EstimateRow(
                estimand=DESCRIBED,
                endpoint=endpoint_in_words(endpoint, protocol.instrument_of(estimand)),
                group=group,
                visit=visit.name,
                month=visit.month,
                strategy=Strategy.TREATMENT_POLICY.value,
                missing=Missing.OBSERVED.value,
                n=found.n,
                responders=None,
                unknown=found.unknown,
                estimate=found.estimate,
                sd=found.sd,
                lower=found.lower,
                upper=found.upper,
                outer_lower=None,
                outer_upper=None,
                level=level,
                method=found.method,
                unit="points",
            )


def _baseline_rows(cohort: Cohort, protocol: Protocol, name: str, look_back_days: int) -> Iterator[EstimateRow]:
    """The mean at baseline, of the cases with one certain baseline value."""
    endpoint = Endpoint(instrument=name, score="change", baseline_look_back_days=look_back_days)
    baseline = baseline_of(endpoint, cohort)
    least, greatest = np.full(cohort.n, np.inf), np.full(cohort.n, -np.inf)
    for has, value in each_baseline(baseline, cohort.n):
        least[has], greatest[has] = np.minimum(least[has], value[has]), np.maximum(greatest[has], value[has])
    certain = (least == greatest) & ~baseline.none
    level = protocol.sensitivity.level
    for index, group in enumerate(cohort.groups):
        mine = cohort.group == index
        values = least[mine & certain]
        mean = float(values.mean()) if values.size else None
        sd = float(values.std(ddof=1)) if values.size > 1 else None
        limits = t_interval(mean, sd, values.size, level=level) if mean is not None and sd is not None else (None, None)
        yield EstimateRow(
            estimand=DESCRIBED,
            endpoint=f"{protocol.instruments[name].label}: mean",
            group=group,
            visit="baseline",
            month=0,
            strategy=Strategy.TREATMENT_POLICY.value,
            missing=Missing.OBSERVED.value,
            n=int(values.size),
            responders=None,
            unknown=int(mine.sum()) - int(values.size),
            estimate=mean,
            sd=sd,
            lower=None if limits[0] is None else float(limits[0]),
            upper=None if limits[1] is None else float(limits[1]),
            outer_lower=None,
            outer_upper=None,
            level=level,
            method="t interval" if sd is not None else ("one case: no interval" if values.size else "nobody to count"),
            unit="points",
        )
