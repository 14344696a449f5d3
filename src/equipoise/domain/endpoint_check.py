"""Whether an endpoint, or a criterion on a baseline, asks something its instrument can answer."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from equipoise.domain.estimand import Endpoint, Strategy
from equipoise.domain.instrument import Instrument
from equipoise.domain.predicate import Criterion
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

COMPOSITES = (Strategy.COMPOSITE_BY_VISIT, Strategy.COMPOSITE_BY_END)


def endpoint_problems(
    endpoint: Endpoint, where: str, strategies: Mapping[str, str], instruments: Mapping[str, Instrument]
) -> Iterator[Problem]:
    """What is wrong with an endpoint, given its strategies by event and the instruments it may name."""
    yield from _failure_value_missing(endpoint, where, strategies)
    instrument = instruments.get(endpoint.instrument)
    if instrument is None:
        yield unknown_instrument(f"{where}.instrument", endpoint.instrument, instruments)
        return
    if instrument.yes_no:
        yield from _yes_no(endpoint, where)
        return
    yield from _value(endpoint, where, instrument)
    yield from _improvement(endpoint, where, instrument)
    if endpoint.failure_value is not None and not instrument.low <= endpoint.failure_value <= instrument.high:
        yield _outside(f"{where}.failure_value", endpoint.failure_value, instrument)


def criterion_problems(criterion: Criterion, where: str, instruments: Mapping[str, Instrument]) -> Iterator[Problem]:
    """What is wrong with an eligibility criterion, given the instruments it may name."""
    if criterion.column is None or not criterion.column.startswith("baseline."):
        if criterion.column is not None and criterion.look_back_days is not None:
            problem = "look_back_days has no meaning for a column of cases"
            yield Problem(f"{where}.look_back_days", problem, "leave it out")
        return
    if criterion.look_back_days is None:
        problem = "a baseline has no look_back_days"
        yield Problem(where, problem, "give look_back_days: how many days before time zero a baseline may lie")
    name = criterion.column.removeprefix("baseline.")
    instrument = instruments.get(name)
    if instrument is None:
        yield unknown_instrument(f"{where}.column", name, instruments)
        return
    comparison, wanted = criterion.comparison
    if isinstance(wanted, str):
        yield Problem(f"{where}.{comparison}", f"compares a score with the text '{wanted}'", "give a number")
    if isinstance(wanted, Decimal) and not instrument.low <= wanted <= instrument.high:
        yield _outside(f"{where}.{comparison}", wanted, instrument)


def unknown_instrument(where: str, name: str, instruments: Mapping[str, Instrument]) -> Problem:
    """A name that is no instrument, with the nearest one."""
    remedy = closest_or_all(name, sorted(instruments), everything=None)
    otherwise = " If not, declare it" if remedy.endswith("?") else "; or declare it"
    return Problem(where, f"'{name}' is no known instrument", f"{remedy}{otherwise} as [[instrument]]")


def _failure_value_missing(endpoint: Endpoint, where: str, strategies: Mapping[str, str]) -> Iterator[Problem]:
    composite = [event for event, strategy in strategies.items() if strategy in COMPOSITES]
    if composite and not endpoint.is_responder and endpoint.failure_value is None:
        problem = f"'{composite[0]}' is composite, and a score has no value for a failure"
        yield Problem(where, problem, "give failure_value, the score a failure counts as, or another strategy")


def _yes_no(endpoint: Endpoint, where: str) -> Iterator[Problem]:
    if endpoint.value is None:
        problem = f"'{endpoint.instrument}' is answered yes or no, and neither changes by points nor has a mean"
        yield Problem(where, problem, "write value = { equals = 1 }, or { equals = 0 } where no is the success")
    elif endpoint.value.comparison not in (("equals", Decimal(0)), ("equals", Decimal(1))):
        problem = f"'{endpoint.instrument}' is answered yes (1) or no (0)"
        yield Problem(f"{where}.value", problem, "write value = { equals = 1 }, or { equals = 0 }")


def _value(endpoint: Endpoint, where: str, instrument: Instrument) -> Iterator[Problem]:
    if endpoint.value is None:
        return
    comparison, number = endpoint.value.comparison
    if not instrument.low <= number <= instrument.high:
        yield _outside(f"{where}.value.{comparison}", number, instrument)


def _improvement(endpoint: Endpoint, where: str, instrument: Instrument) -> Iterator[Problem]:
    if endpoint.change is not None:
        comparison, number = endpoint.change.comparison
        longest = instrument.high - instrument.low
        if number > longest or (comparison == "more_than" and number == longest):
            problem = f"asks for {number} points, and '{instrument.name}' has {longest}"
            yield Problem(f"{where}.change.{comparison}", problem, f"give points between 0 and {longest}")
    if endpoint.percent_change is None:
        return
    comparison, number = endpoint.percent_change.comparison
    if not instrument.takes_percent_rules:
        problem = f"a percent of baseline means nothing for '{instrument.name}', whose zero is not 'none'"
        yield Problem(f"{where}.percent_change", problem, "give change, in points, or value")
    elif number > 100 and instrument.better == "lower":
        problem = f"no score improves by {number} percent: lower is better and 0 is the end"
        yield Problem(f"{where}.percent_change.{comparison}", problem, "give a percent up to 100; 30 means 30 %")


def _outside(where: str, number: Decimal, instrument: Instrument) -> Problem:
    problem = f"{number} lies outside '{instrument.name}', which runs from {instrument.low} to {instrument.high}"
    return Problem(where, problem, f"give a number from {instrument.low} to {instrument.high}")
