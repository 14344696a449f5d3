"""Endpoints and strategies as the answer names them."""

from collections.abc import Mapping

from equipoise.domain.estimand import Endpoint, ImprovementRule, Strategy
from equipoise.domain.instrument import Instrument

COMPARISON = {"equals": "", "at_least": "at least ", "at_most": "at most ", "above": "above ", "below": "below "}


def endpoint_in_words(endpoint: Endpoint, instrument: Instrument) -> str:
    """The endpoint in a few words: what is read, and when it counts as a response."""
    if endpoint.score == "value":
        return f"{instrument.label}: mean"
    if endpoint.score == "change":
        return f"{instrument.label}: mean change from baseline (follow-up minus baseline)"
    if endpoint.change is not None:
        return f"{instrument.label}: improved by {_amount(endpoint.change)} points from baseline"
    if endpoint.percent_change is not None:
        return f"{instrument.label}: improved by {_amount(endpoint.percent_change)} % of baseline"
    assert endpoint.value is not None
    comparison, number = endpoint.value.comparison
    if instrument.yes_no:
        return f"{instrument.label}: {'yes' if number == 1 else 'no'}"
    return f"{instrument.label}: {COMPARISON[comparison]}{number:f}"


def strategies_in_words(strategies: Mapping[str, Strategy]) -> str:
    """One strategy by its name; several, each with its event; none, treatment policy."""
    distinct = set(strategies.values())
    if not distinct:
        return Strategy.TREATMENT_POLICY.value
    if len(distinct) == 1:
        return distinct.pop().value
    return "; ".join(f"{event}: {strategy.value}" for event, strategy in strategies.items())


def _amount(rule: ImprovementRule) -> str:
    return f"at least {rule.at_least:f}" if rule.at_least is not None else f"more than {rule.more_than:f}"
