"""The panel: one estimand under every strategy and every way of treating the unknown, side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from equipoise.domain.cohort import Cohort, Outcome, Outcomes
from equipoise.domain.estimand import Estimand, Missing, Strategy
from equipoise.domain.protocol import Protocol, Visit
from equipoise.domain.result import EstimateRow, Refusal, VisitFlow
from equipoise.domain.rounding import percent_of
from equipoise.estimate.in_words import endpoint_in_words, strategies_in_words
from equipoise.estimate.responder import Tally, proportion, responses
from equipoise.estimate.rows import Asked
from equipoise.estimate.score import Readings, mean_score, readings

NO_ASSUMPTION = "what would have happened without the event was not observed and no assumption is named"
NAME_ONE = "name an assumption in [[imputation]], or read the no-assumption bounds of the same row"
COMPOSITES = (Strategy.COMPOSITE_BY_VISIT, Strategy.COMPOSITE_BY_END)


@dataclass(frozen=True)
class Reading:
    """One estimand at one visit under one assignment of strategies; ``own`` where the protocol declares it."""

    estimand: Estimand
    visit: Visit
    label: str
    strategies: Mapping[str, Strategy]
    own: bool

    @property
    def may_be_benchmarked(self) -> bool:
        """As declared, and treatment policy; never what depends on later events or selects cases by them."""
        never = {Strategy.COMPOSITE_BY_END, Strategy.PRINCIPAL_STRATUM, Strategy.HYPOTHETICAL}
        asked = self.own or self.label == Strategy.TREATMENT_POLICY.value
        return asked and not never & set(self.strategies.values())

    @property
    def where(self) -> str:
        """The reading's name in the answer, and in ``cases.csv``."""
        return f"{self.estimand.name} | {self.visit.name} | {self.label}"


@dataclass
class Panel:
    """What the estimands gave, gathered while they are worked through.

    ``tallies`` : (a reading's ``where``, group) -> its counts
    ``outcomes``, ``scores`` : a reading's ``where`` -> the response, or the score, of every case
    """

    rows: list[EstimateRow] = field(default_factory=list)
    flow: list[VisitFlow] = field(default_factory=list)
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    outcomes: dict[str, Outcomes] = field(default_factory=dict)
    scores: dict[str, Readings] = field(default_factory=dict)


def work_through(cohort: Cohort, protocol: Protocol) -> Panel:
    """Every estimand, visit, strategy and way of treating the unknown that the protocol asks for."""
    panel = Panel()
    for reading in readings_asked(protocol):
        if reading.estimand.endpoint.is_responder:
            _responders(panel, cohort, protocol, reading)
        else:
            _scores(panel, cohort, protocol, reading)
    return panel


def readings_asked(protocol: Protocol) -> Iterator[Reading]:
    """The estimand's own strategies first, then the panel's, each once."""
    events = [event.name for event in protocol.intercurrent_event]
    asked = protocol.sensitivity.strategies
    panel = tuple(Strategy) if asked == "all" else tuple(Strategy(each) for each in asked)
    for estimand in protocol.estimand:
        for name in estimand.visits:
            visit = protocol.visit_named(name)
            own = strategies_in_words(estimand.strategies)
            yield Reading(estimand, visit, own, dict(estimand.strategies), own=True)
            for strategy in panel if events else ():
                uniform = dict.fromkeys(events, strategy)
                if strategies_in_words(uniform) != own:
                    yield Reading(estimand, visit, strategy.value, uniform, own=False)


def _responders(panel: Panel, cohort: Cohort, protocol: Protocol, reading: Reading) -> None:
    bits = responses(cohort, protocol, reading.estimand, reading.visit, reading.strategies)
    panel.outcomes[reading.where] = bits
    settings = protocol.sensitivity
    for index, group in enumerate(cohort.groups):
        tally = Tally.count(bits, cohort.group == index)
        panel.tallies[reading.where, group] = tally
        if reading.own:
            panel.flow.append(_flow(reading, group, tally))
        if _needs_an_assumption(protocol, reading):
            panel.refused.append(_hypothetical_refused(cohort, protocol, reading, index))
        for missing in _ways_it_can_bear(protocol, reading):
            found = proportion(tally, missing, interval=settings.interval, level=settings.level)
            panel.rows.append(_asked(protocol, reading, group, missing).answered_by_proportion(found))


def _asked(protocol: Protocol, reading: Reading, group: str, missing: Missing) -> Asked:
    return Asked(
        estimand=reading.estimand.name,
        endpoint=endpoint_in_words(reading.estimand.endpoint, protocol.instrument_of(reading.estimand)),
        group=group,
        visit=reading.visit.name,
        month=reading.visit.month,
        strategy=reading.label,
        missing=missing.value,
        level=protocol.sensitivity.level,
    )


def _ways_it_can_bear(protocol: Protocol, reading: Reading) -> tuple[Missing, ...]:
    """The ways of treating the unknown that give a number: under the hypothetical strategy only the bounds."""
    if Strategy.HYPOTHETICAL in reading.strategies.values():
        return (Missing.BOUNDS,)
    return tuple(each for each in protocol.sensitivity.missing if each is not Missing.TIPPING_POINT)


def _needs_an_assumption(protocol: Protocol, reading: Reading) -> bool:
    """Whether numbers are asked for and no ``[[imputation]]`` names what they would rest on."""
    numbers = (Missing.OBSERVED, Missing.NON_RESPONDER)
    strategies = frozenset(reading.strategies.values())
    named = any(each.covers(reading.estimand.name, strategies, own=reading.own) for each in protocol.imputation)
    return (
        Strategy.HYPOTHETICAL in strategies
        and not named
        and any(each in numbers for each in protocol.sensitivity.missing)
    )


def _hypothetical_refused(cohort: Cohort, protocol: Protocol, reading: Reading, index: int) -> Refusal:
    """Without an assumption there is no number; say what missing at random would simply repeat."""
    without = dict.fromkeys(reading.strategies, Strategy.PRINCIPAL_STRATUM)
    bits = responses(cohort, protocol, reading.estimand, reading.visit, without)
    tally = Tally.count(bits, cohort.group == index)
    yes, no = tally.where(only=Outcome.YES.value), tally.where(only=Outcome.NO.value)
    repeats = (
        f" Missing at random, with nothing to predict from, would repeat the rate of those observed without the event: "
        f"{yes}/{yes + no} = {percent_of(yes, yes + no)} %."
        if yes + no
        else ""
    )
    return Refusal(
        where=f"{reading.where} | {cohort.groups[index]}",
        why=f"{NO_ASSUMPTION}.{repeats}",
        instead=NAME_ONE,
    )


def _flow(reading: Reading, group: str, tally: Tally) -> VisitFlow:
    known = tally.where(only=Outcome.YES.value) + tally.where(only=Outcome.NO.value)
    unknown, late = tally.where(only=Outcome.UNKNOWN.value), tally.where(only=Outcome.NOT_REACHED.value)
    outside = tally.where(only=Outcome.OUTSIDE.value)
    return VisitFlow(
        estimand=reading.estimand.name,
        group=group,
        visit=reading.visit.name,
        month=reading.visit.month,
        n=tally.total,
        known=known,
        unknown=unknown,
        not_reached=late,
        outside=outside,
        uncertain=tally.total - known - unknown - late - outside,
    )


def _scores(panel: Panel, cohort: Cohort, protocol: Protocol, reading: Reading) -> None:
    settings = protocol.sensitivity
    if reading.estimand.endpoint.failure_value is None and any(
        each in COMPOSITES for each in reading.strategies.values()
    ):
        panel.refused.append(
            Refusal(
                where=reading.where,
                why="a composite needs a score for those who failed, and the protocol names none",
                instead="give the endpoint a failure_value, or read the responder endpoints",
            )
        )
        return
    scores = readings(cohort, protocol, reading.estimand, reading.visit, reading.strategies)
    panel.scores[reading.where] = scores
    if _needs_an_assumption(protocol, reading):
        panel.refused.append(Refusal(reading.where, NO_ASSUMPTION, NAME_ONE))
    for index, group in enumerate(cohort.groups):
        for missing in _ways_it_can_bear(protocol, reading):
            if missing is not Missing.NON_RESPONDER:
                found = mean_score(scores, cohort.group == index, missing, level=settings.level)
                panel.rows.append(_asked(protocol, reading, group, missing).answered_by_mean(found))
