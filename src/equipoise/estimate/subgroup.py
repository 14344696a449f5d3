"""Rates and differences within the levels of a covariate: always exploratory, n in every cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from equipoise.domain.cohort import Cohort, Covariate, Flags
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.difference import DifferenceDeclared
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Refusal
from equipoise.domain.subgroup import SubgroupDeclared
from equipoise.domain.subgroup_answer import EXPLORATORY, Subgroup, SubgroupDifference, SubgroupRate
from equipoise.estimate.difference import readings_compared, response_differences, ways_counted
from equipoise.estimate.in_words import endpoint_in_words
from equipoise.estimate.panel import Panel, Reading, readings_asked
from equipoise.estimate.responder import Tally, proportion

FEWEST = 10
"""A cell that counts fewer is printed with a warning."""
NOT_RECORDED = "not recorded"
TINY = f"fewer than {FEWEST} counted: read it as cases, not as a rate"
TINY_DIFFERENCE = f"fewer than {FEWEST} counted in a group: read it as cases, not as a difference"


@dataclass(frozen=True)
class Level:
    """A level by its name, and who is in it."""

    name: str
    who: Flags


def describe_subgroups(protocol: Protocol, cohort: Cohort, panel: Panel) -> tuple[tuple[Subgroup, ...], list[Refusal]]:
    """Every declared subgroup: responder estimands under their own strategies, at each visit, level by level."""
    refused: list[Refusal] = []
    covariates = {each.name: each for each in protocol.covariate}
    return (
        tuple(
            _subgroup(protocol, cohort, panel, declared, covariates[declared.covariate], refused)
            for declared in protocol.subgroup
        ),
        refused,
    )


def _subgroup(
    protocol: Protocol,
    cohort: Cohort,
    panel: Panel,
    declared: SubgroupDeclared,
    covariate: CovariateDeclared,
    refused: list[Refusal],
) -> Subgroup:
    levels = levels_of(covariate, cohort.covariates[covariate.name])
    readings = [
        reading
        for reading in readings_asked(protocol)
        if reading.own
        and reading.estimand.endpoint.is_responder
        and reading.estimand.name in (declared.estimands or (reading.estimand.name,))
    ]
    rates = [row for reading in readings for row in _rates(protocol, cohort, panel, reading, levels)]
    differences = [
        row
        for each in protocol.difference
        for reading in readings_compared(protocol, each)
        if reading in readings
        for row in _differences(protocol, cohort, panel, declared.name, each, reading, levels, refused)
    ]
    return Subgroup(
        name=declared.name,
        covariate=covariate.name,
        levels=tuple(level.name for level in levels),
        label=EXPLORATORY,
        rates=tuple(rates),
        differences=tuple(differences),
    )


def levels_of(declared: CovariateDeclared, covariate: Covariate) -> tuple[Level, ...]:
    """The categories, or the stretches between the cut points, and last those whose chart does not say, if any."""
    known = covariate.known
    if covariate.labels:
        found = [Level(label, known & (covariate.value == place)) for place, label in enumerate(covariate.labels)]
    elif declared.cut_points:
        cuts = np.asarray(declared.cut_points)
        place = np.searchsorted(np.log2(cuts) if declared.log2 else cuts, covariate.value, side="right")
        found = [Level(name, known & (place == at)) for at, name in enumerate(_stretches(declared.cut_points))]
    else:
        found = []
    return (*found, *([Level(NOT_RECORDED, ~known)] if not known.all() else []))


def _stretches(cut_points: Sequence[float]) -> Iterator[str]:
    """The names of the stretches: a cut point belongs to the one above it."""
    texts = [f"{each:g}" for each in cut_points]
    yield f"below {texts[0]}"
    for low, high in pairwise(texts):
        yield f"{low} to below {high}"
    yield f"{texts[-1]} or more"


def _rates(
    protocol: Protocol, cohort: Cohort, panel: Panel, reading: Reading, levels: Sequence[Level]
) -> Iterator[SubgroupRate]:
    settings, bits = protocol.sensitivity, panel.outcomes[reading.where]
    for level in levels:
        for place, group in enumerate(cohort.groups):
            who = level.who & (cohort.group == place)
            tally = Tally.count(bits, who)
            for missing in ways_counted(protocol):
                found = proportion(tally, missing, interval=settings.interval, level=settings.level)
                yield SubgroupRate(
                    level_name=level.name,
                    cases=int(who.sum()),
                    estimand=reading.estimand.name,
                    endpoint=endpoint_in_words(reading.estimand.endpoint, protocol.instrument_of(reading.estimand)),
                    group=group,
                    visit=reading.visit.name,
                    month=reading.visit.month,
                    strategy=reading.label,
                    missing=missing.value,
                    n=found.n,
                    responders=found.responders,
                    unknown=found.unknown,
                    estimate=found.estimate,
                    lower=found.lower,
                    upper=found.upper,
                    outer_lower=found.outer_lower,
                    outer_upper=found.outer_upper,
                    level=settings.level,
                    method=found.method,
                    warning=TINY if found.n < FEWEST else "",
                )


def _differences(
    protocol: Protocol,
    cohort: Cohort,
    panel: Panel,
    name: str,
    declared: DifferenceDeclared,
    reading: Reading,
    levels: Sequence[Level],
    refused: list[Refusal],
) -> Iterator[SubgroupDifference]:
    """A declared difference level by level, without its test: a P within a subgroup invites what it cannot bear."""
    bits, untested = panel.outcomes[reading.where], declared.model_copy(update={"test": "none"})
    for level in levels:
        own, other = (
            level.who & (cohort.group == cohort.groups.index(each)) for each in (declared.group, declared.reference)
        )
        tallies = Tally.count(bits, own), Tally.count(bits, other)
        where = f"subgroup '{name}' | {level.name} | difference '{declared.name}' | {reading.where}"
        for row in response_differences(protocol, untested, reading, *tallies, where, refused):
            fewest = min(row.n_low, row.n_high, row.reference_n_low, row.reference_n_high)
            yield SubgroupDifference(
                **vars(row),
                difference=declared.name,
                group=declared.group,
                reference=declared.reference,
                level_name=level.name,
                cases=int(own.sum()),
                reference_cases=int(other.sum()),
                warning=TINY_DIFFERENCE if fewest < FEWEST else "",
            )
