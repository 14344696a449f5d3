"""What is described whatever the question: the groups, their follow-up, and mean scores visit by visit."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from equipoise.domain.cohort import Cohort
from equipoise.domain.estimand import Endpoint, Estimand, Missing, Strategy
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import EstimateRow, GroupSize
from equipoise.estimate.endpoint import certain_baseline
from equipoise.estimate.in_words import endpoint_in_words
from equipoise.estimate.rows import Asked
from equipoise.estimate.score import Readings, mean_score, observed_mean, readings

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


@dataclass
class Described:
    """The rows of the description, and behind each the score of every case."""

    rows: list[EstimateRow] = field(default_factory=list)
    scores: dict[str, Readings] = field(default_factory=dict)


def describe_scores(cohort: Cohort, protocol: Protocol) -> Described:
    """Mean and SD of every score and of its change by visit, as observed; none for yes/no questions.

    A change needs a baseline, so it is described where some endpoint declares a look-back.
    """
    described = Described()
    look_backs = dict(sorted(cohort.baselines))
    asked = {(each.endpoint.instrument, each.endpoint.score) for each in protocol.estimand}
    for name in cohort.series:
        if protocol.instruments[name].yes_no:
            continue
        if name in look_backs:
            described.rows.extend(_baseline_rows(cohort, protocol, name, look_backs[name]))
        for endpoint in _endpoints(name, look_backs.get(name)):
            if (name, endpoint.score) not in asked:
                _describe(described, cohort, protocol, endpoint)
    return described


def _endpoints(name: str, look_back_days: int | None) -> Iterator[Endpoint]:
    yield Endpoint(instrument=name, score="value")
    if look_back_days is not None:
        yield Endpoint(instrument=name, score="change", baseline_look_back_days=look_back_days)


def _describe(described: Described, cohort: Cohort, protocol: Protocol, endpoint: Endpoint) -> None:
    visits = tuple(visit.name for visit in protocol.visit)
    estimand = Estimand(name=DESCRIBED, visits=visits, endpoint=endpoint, strategies={})
    words = endpoint_in_words(endpoint, protocol.instrument_of(estimand))
    for visit in protocol.visit:
        scores = readings(cohort, protocol, estimand, visit, {})
        described.scores[f"{DESCRIBED}: {words} | {visit.name} | {Strategy.TREATMENT_POLICY.value}"] = scores
        for index, group in enumerate(cohort.groups):
            found = mean_score(scores, cohort.group == index, Missing.OBSERVED, level=protocol.sensitivity.level)
            described.rows.append(_asked(protocol, endpoint, group, visit.name, visit.month).answered_by_mean(found))


def _asked(protocol: Protocol, endpoint: Endpoint, group: str, visit: str, month: float) -> Asked:
    return Asked(
        estimand=DESCRIBED,
        endpoint=endpoint_in_words(endpoint, protocol.instruments[endpoint.instrument]),
        group=group,
        visit=visit,
        month=month,
        strategy=Strategy.TREATMENT_POLICY.value,
        missing=Missing.OBSERVED.value,
        level=protocol.sensitivity.level,
    )


def _baseline_rows(cohort: Cohort, protocol: Protocol, name: str, look_back_days: int) -> Iterator[EstimateRow]:
    """The mean at baseline, of the cases with one certain baseline value."""
    endpoint = Endpoint(instrument=name, score="change", baseline_look_back_days=look_back_days)
    value, certain = certain_baseline(endpoint, cohort)
    for index, group in enumerate(cohort.groups):
        mine = cohort.group == index
        values = value[mine & certain]
        found = observed_mean(values, int(mine.sum()) - values.size, level=protocol.sensitivity.level)
        at_baseline = Endpoint(instrument=name, score="value")
        yield _asked(protocol, at_baseline, group, "baseline", 0).answered_by_mean(found)
