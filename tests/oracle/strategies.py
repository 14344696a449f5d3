"""What one case answers in one reading: Methods, "Strategies, per case and reading"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from equipoise.domain.cohort import Outcome
from equipoise.domain.estimand import Endpoint, Strategy
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.protocol import IntercurrentEvent, Protocol, Visit
from oracle.readings import Reading


@dataclass(frozen=True)
class Score:
    """The number a score endpoint has in one reading."""

    number: Fraction


@dataclass(frozen=True)
class Between:
    """A score that is not known, but cannot lie outside the instrument's range less a baseline that is known."""

    low: Fraction
    high: Fraction
    reached: bool = True


Answer = Outcome | Score | Between
"""YES, NO or UNKNOWN, for a score its number or Between; NOT_REACHED and OUTSIDE for both."""

NEVER = 10**9
Stand = tuple[Fraction, int] | None
"""A value and the day it was measured; None where no assessment stands."""


def event_day(reading: Reading, event: IntercurrentEvent, protocol: Protocol) -> int:
    """The day of the first event of its kind on or after day 0."""
    if event.column is not None:
        day = reading.ends.get(event.column.removeprefix("cases."), NEVER)
        return day if day >= 0 else NEVER
    named = {name for e in protocol.intercurrent_event if isinstance(e.procedures, tuple) for name in e.procedures}
    named.add(protocol.treatment.procedure or "")
    of_its_kind = [
        day
        for name, day in reading.procedures
        if day >= 0 and (name not in named if event.procedures == "any other" else name in event.procedures)
    ]
    return min(of_its_kind, default=NEVER)


def baselines(reading: Reading, instrument: str, look_back_days: int | None) -> set[Stand]:
    """The last assessment on or before day 0; several only where two lie on that one day."""
    earliest = -NEVER if look_back_days is None else -look_back_days
    eligible = [(value, day) for name, day, value in reading.assessments if name == instrument and earliest <= day <= 0]
    last = max((day for _, day in eligible), default=None)
    return {(value, day) for value, day in eligible if day == last} or {None}


def stand_ins(reading: Reading, instrument: str, visit: Visit) -> set[Stand]:
    """The assessment in the window nearest the nominal day, of two equally near the later."""
    first, last = visit.window
    eligible = [(value, day) for name, day, value in reading.assessments if name == instrument and first <= day <= last]
    nearest = min(((abs(day - visit.day), -day) for _, day in eligible), default=None)
    return {(value, day) for value, day in eligible if (abs(day - visit.day), -day) == nearest} or {None}


def on_treatment(reading: Reading, instrument: str, visit: Visit, event: int) -> set[Stand]:
    """The last assessment from day 1 to the window's end, no later than the event."""
    end = min(visit.window[1], event)
    eligible = [(value, day) for name, day, value in reading.assessments if name == instrument and 1 <= day <= end]
    last = max((day for _, day in eligible), default=None)
    return {(value, day) for value, day in eligible if day == last} or {None}


def answers(
    reading: Reading, protocol: Protocol, endpoint: Endpoint, visit: Visit, strategies: Mapping[str, Strategy]
) -> set[Answer]:
    """What the case may answer in this reading; several only where the reading itself leaves a choice."""

    def first(strategy: Strategy) -> int:
        days = [event_day(reading, e, protocol) for e in protocol.intercurrent_event if strategies[e.name] == strategy]
        return min(days, default=NEVER)

    if reading.reached(visit):
        inside = _reached(reading, protocol, endpoint, visit, strategies, first)
    else:
        inside = _not_reached(reading, protocol, endpoint)
    if Strategy.PRINCIPAL_STRATUM not in strategies.values():
        return inside
    return _in_stratum(reading, protocol, first(Strategy.PRINCIPAL_STRATUM), inside)


def _in_stratum(reading: Reading, protocol: Protocol, event: int, inside: set[Answer]) -> set[Answer]:
    horizon = protocol.sensitivity.stratum_horizon_day
    if horizon is None:
        return {Outcome.OUTSIDE} if event < NEVER else inside
    if event <= horizon:
        return {Outcome.OUTSIDE}
    seen_later = event < NEVER
    return inside if seen_later or _followed_to(reading, horizon) else inside | {Outcome.OUTSIDE}


def _followed_to(reading: Reading, day: int) -> bool:
    """Whether follow-up certainly runs to that day: it ends at the earliest end, never before the last record."""
    return max(min(reading.dated_ends, default=0), reading.last_record) >= day


def _reached(
    reading: Reading,
    protocol: Protocol,
    endpoint: Endpoint,
    visit: Visit,
    strategies: Mapping[str, Strategy],
    first: Callable[[Strategy], int],
) -> set[Answer]:
    """A case inside the question whose visit was reached: composites, then hypothetical, then the value."""
    instrument = protocol.instruments[endpoint.instrument]
    baseline = baselines(reading, endpoint.instrument, endpoint.baseline_look_back_days or 0)
    if first(Strategy.COMPOSITE_BY_END) < NEVER:
        return {failed(endpoint, instrument, before and before[0]) for before in baseline}
    if Strategy.WHILE_ON_TREATMENT in strategies.values():
        standing = on_treatment(reading, endpoint.instrument, visit, first(Strategy.WHILE_ON_TREATMENT))
    else:
        standing = stand_ins(reading, endpoint.instrument, visit)
    found: set[Answer] = set()
    for stand, before in product(standing, baseline):
        day = visit.day if stand is None else stand[1]
        by = visit.day if day < visit.window[0] else day
        if first(Strategy.COMPOSITE_BY_VISIT) <= by:
            found.add(failed(endpoint, instrument, before and before[0]))
        elif stand is None or first(Strategy.HYPOTHETICAL) < day:
            found.add(unknown(endpoint, instrument, None, before and before[0]))
        else:
            found.add(value_of(endpoint, instrument, stand[0], before and before[0]))
    return found


def _not_reached(reading: Reading, protocol: Protocol, endpoint: Endpoint) -> set[Answer]:
    """Whatever happened; a score's bounds still know the baseline."""
    if endpoint.is_responder:
        return {Outcome.NOT_REACHED}
    instrument = protocol.instruments[endpoint.instrument]
    baseline = baselines(reading, endpoint.instrument, endpoint.baseline_look_back_days or 0)
    open_ones = [unknown(endpoint, instrument, None, before and before[0]) for before in baseline]
    return {replace(one, reached=False) for one in open_ones if isinstance(one, Between)}


def failed(endpoint: Endpoint, instrument: Instrument, baseline: Fraction | None) -> Answer:
    """What a composite makes of an event: no, or the declared score, from which a change takes the baseline."""
    if endpoint.is_responder:
        return Outcome.NO
    assert endpoint.failure_value is not None
    score = Fraction(endpoint.failure_value)
    if endpoint.score == "value":
        return Score(score)
    return unknown(endpoint, instrument, score, None) if baseline is None else Score(score - baseline)


def unknown(endpoint: Endpoint, instrument: Instrument, value: Fraction | None, baseline: Fraction | None) -> Answer:
    """What is left open where the value or the baseline is not known."""
    if endpoint.is_responder:
        return Outcome.UNKNOWN
    low, high = Fraction(instrument.low), Fraction(instrument.high)
    lowest, highest = (low, high) if value is None else (value, value)
    if endpoint.score == "change":
        lowest -= high if baseline is None else baseline
        highest -= low if baseline is None else baseline
    return Between(lowest, highest)


def value_of(endpoint: Endpoint, instrument: Instrument, value: Fraction, baseline: Fraction | None) -> Answer:
    """The response, or the score, of a value and its baseline, in exact fractions."""
    if endpoint.value is not None:
        comparison, number = endpoint.value.comparison
        return _yes_or_no(compare(comparison, value, Fraction(number)))
    if endpoint.score == "value":
        return Score(value)
    if baseline is None:
        return unknown(endpoint, instrument, value, None)
    if endpoint.score == "change":
        return Score(value - baseline)
    improvement = baseline - value if instrument.better == Better.LOWER else value - baseline
    rule = endpoint.change or endpoint.percent_change
    if endpoint.percent_change is not None:
        if baseline == 0:
            return Outcome.UNKNOWN
        improvement = improvement * 100 / baseline
    if rule.at_least is not None:
        return _yes_or_no(improvement >= Fraction(rule.at_least))
    return _yes_or_no(improvement > Fraction(rule.more_than))


def compare(comparison: str, value: Fraction, number: Fraction) -> bool:
    """One comparison of the closed table."""
    return {
        "equals": value == number,
        "at_least": value >= number,
        "at_most": value <= number,
        "above": value > number,
        "below": value < number,
    }[comparison]


def _yes_or_no(met: bool) -> Outcome:
    return Outcome.YES if met else Outcome.NO
