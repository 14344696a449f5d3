"""One group of the case book less another: responders, mean scores, events (``docs/methods.md``, "Differences")."""

from collections.abc import Iterator

from equipoise.domain.cohort import Cohort
from equipoise.domain.difference import DifferenceDeclared, Measure
from equipoise.domain.difference_answer import UNADJUSTED, Difference, MeanDifference, ResponseDifference
from equipoise.domain.estimand import Missing
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Refusal
from equipoise.errors import MethodError
from equipoise.estimate.difference_events import event_differences
from equipoise.estimate.difference_responders import Contrast, against_margin, contrast, p_value, without_limits
from equipoise.estimate.difference_scores import mean_difference
from equipoise.estimate.in_words import endpoint_in_words
from equipoise.estimate.panel import Panel, Reading, readings_asked
from equipoise.estimate.refusing import refusals
from equipoise.estimate.responder import Tally

COUNTED = (Missing.OBSERVED, Missing.NON_RESPONDER, Missing.BOUNDS)
"""The ways of treating the unknown that give counts of both groups."""


def describe_differences(
    protocol: Protocol, cohort: Cohort, panel: Panel
) -> tuple[tuple[Difference, ...], list[Refusal]]:
    """Every declared difference, under the estimands' own strategies and treatment policy, at each visit."""
    refused: list[Refusal] = []
    found = tuple(_difference(protocol, cohort, panel, declared, refused) for declared in protocol.difference)
    return found, refused


def _difference(
    protocol: Protocol, cohort: Cohort, panel: Panel, declared: DifferenceDeclared, refused: list[Refusal]
) -> Difference:
    label = label_of(declared)
    responses: list[ResponseDifference] = []
    means: list[MeanDifference] = []
    for reading in readings_compared(protocol, declared):
        where = f"difference '{declared.name}' | {reading.where}"
        if reading.estimand.endpoint.is_responder:
            own, other = (panel.tallies[reading.where, each] for each in (declared.group, declared.reference))
            responses += response_differences(protocol, declared, reading, own, other, where, refused)
        elif reading.where in panel.scores:
            means += _means(protocol, cohort, panel, declared, reading, where, refused)
    events, of_events = event_differences(cohort, protocol, declared, label)
    refused += of_events
    return Difference(
        name=declared.name,
        group=declared.group,
        reference=declared.reference,
        allocation=declared.allocation,
        label=label,
        responses=tuple(responses),
        means=tuple(means),
        events=events,
    )


def label_of(declared: DifferenceDeclared) -> str:
    """What every number of the difference must be read with; empty where chance formed the groups."""
    return "" if declared.allocation == "randomised" else UNADJUSTED


def readings_compared(protocol: Protocol, declared: DifferenceDeclared) -> Iterator[Reading]:
    """The readings that may be set beside others: the declared strategies and treatment policy."""
    for reading in readings_asked(protocol):
        if reading.may_be_benchmarked and reading.estimand.name in (declared.estimands or (reading.estimand.name,)):
            yield reading


def ways_counted(protocol: Protocol) -> tuple[Missing, ...]:
    """The ways of treating the unknown that the protocol asks for and that give counts."""
    return tuple(each for each in COUNTED if each in protocol.sensitivity.missing)


def response_differences(
    protocol: Protocol,
    declared: DifferenceDeclared,
    reading: Reading,
    own: Tally,
    other: Tally,
    where: str,
    refused: list[Refusal],
) -> Iterator[ResponseDifference]:
    """One reading in every measure and way of treating the unknown."""
    for missing in ways_counted(protocol):
        here = f"{where} | {missing.value}"
        tested: float | None = None
        for place, measure in enumerate(declared.measures):
            found = _contrast(own, other, missing, measure, declared, protocol.sensitivity.level)
            if isinstance(found, MethodError):
                refused += refusals(f"{here} | {measure}", found)
                found = without_limits(own, other, missing, measure)
            if place == 0:
                tested = _tested(found, declared, here, refused)
            yield _row(protocol, declared, reading, missing, measure, found, tested)


def _contrast(
    own: Tally, other: Tally, missing: Missing, measure: Measure, declared: DifferenceDeclared, level: float
) -> Contrast | MethodError:
    assert declared.interval is not None
    try:
        return contrast(own, other, missing, measure, declared.interval, level)
    except MethodError as error:
        return error


def _tested(found: Contrast, declared: DifferenceDeclared, where: str, refused: list[Refusal]) -> float | None:
    try:
        return p_value(found, declared.test)
    except MethodError as error:
        refused += refusals(f"{where} | {declared.test}", error)
        return None


def _row(
    protocol: Protocol,
    declared: DifferenceDeclared,
    reading: Reading,
    missing: Missing,
    measure: Measure,
    found: Contrast,
    tested: float | None,
) -> ResponseDifference:
    (low, n_low), (high, n_high) = found.counts.low, found.counts.high
    (other_low, other_n_low), (other_high, other_n_high) = found.reference.low, found.reference.high
    return ResponseDifference(
        estimand=reading.estimand.name,
        endpoint=endpoint_in_words(reading.estimand.endpoint, protocol.instrument_of(reading.estimand)),
        visit=reading.visit.name,
        month=reading.visit.month,
        strategy=reading.label,
        missing=missing.value,
        measure=measure,
        responders_low=low,
        n_low=n_low,
        responders_high=high,
        n_high=n_high,
        reference_responders_low=other_low,
        reference_n_low=other_n_low,
        reference_responders_high=other_high,
        reference_n_high=other_n_high,
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        outer_lower=found.outer_lower,
        outer_upper=found.outer_upper,
        level=protocol.sensitivity.level,
        method=found.method,
        test=None if tested is None else declared.test,
        p_value=tested,
        margin=declared.margin if measure == "risk difference" else None,
        against_margin=against_margin(found, measure, declared.margin),
        label=label_of(declared),
        note=found.note,
    )


def _means(
    protocol: Protocol,
    cohort: Cohort,
    panel: Panel,
    declared: DifferenceDeclared,
    reading: Reading,
    where: str,
    refused: list[Refusal],
) -> Iterator[MeanDifference]:
    """Mean scores as observed, and the range no assumption allows."""
    places = cohort.groups.index(declared.group), cohort.groups.index(declared.reference)
    for missing in ways_counted(protocol):
        if missing is Missing.NON_RESPONDER:
            continue
        scores, label = panel.scores[reading.where], label_of(declared)
        found, error = mean_difference(cohort, protocol, reading, scores, places, missing, label)
        if error is not None:
            refused += refusals(f"{where} | {missing.value}", error)
        yield found
