"""Where no like arm was published: the control rate one would have to assume for each verdict."""

from collections.abc import Mapping

from equipoise.compare.benchmark import Counts, estimand_of
from equipoise.compare.verdict import SURE
from equipoise.domain.control_rate_answer import ControlRateToAssume
from equipoise.domain.protocol import Protocol
from equipoise.stats.assumed_control import DecidingRates, deciding_rates


def control_rates_to_assume(
    protocol: Protocol, counts: Mapping[str, tuple[Counts, ...]]
) -> tuple[ControlRateToAssume, ...]:
    """One row per estimand a benchmark speaks of, margin, group, visit and strategy; empty without a benchmark.

    ``counts`` : estimand name -> its counts by visit and strategy, as a benchmark is given them
    """
    asked = dict.fromkeys((estimand_of(protocol, each).name, each.margin, each.group) for each in protocol.benchmark)
    known: dict[tuple[int, int, float], DecidingRates] = {}

    def rates(responders: int, n: int, margin: float) -> DecidingRates:
        key = responders, n, margin
        if key not in known:
            known[key] = deciding_rates(responders, n, margin=margin, sure=SURE)
        return known[key]

    found: dict[tuple[str, Counts, float], ControlRateToAssume] = {}
    for name, margin, group in asked:
        for each in counts.get(name, ()):
            if each.n == 0 or group not in (None, each.group):
                continue
            ends = (rates(k, each.n, margin) for k in (each.responders_low, each.responders_high))
            found.setdefault((name, each, margin), _row(name, each, margin, *ends))
    return tuple(found.values())


def _row(estimand: str, each: Counts, margin: float, fewest: DecidingRates, most: DecidingRates) -> ControlRateToAssume:
    return ControlRateToAssume(
        estimand=estimand,
        group=each.group,
        visit=each.visit,
        month=each.month,
        strategy=each.strategy,
        margin=margin,
        sure=SURE,
        responders_low=each.responders_low,
        responders_high=each.responders_high,
        n=each.n,
        better_from=fewest.better_from,
        better_to=fewest.better_to,
        better_if_yes_from=most.better_from,
        better_if_yes_to=most.better_to,
        not_better_from=most.not_better_from,
        not_better_if_no_from=fewest.not_better_from,
        jeffreys_better_to=fewest.jeffreys_better_to,
        jeffreys_not_better_from=most.jeffreys_not_better_from,
    )
