"""A cohort as a comparison sees it: its covariates, and its course at every visit compared."""

from collections.abc import Mapping, Sequence

import numpy as np

from equipoise.domain.arm import Arm, Asked, Course, FirstEvents, Harm, Starts
from equipoise.domain.cohort import NEVER, Cohort, Outcome
from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.estimand import Estimand
from equipoise.domain.protocol import Protocol, Visit
from equipoise.domain.wrong import groups_there
from equipoise.errors import Problem, ProtocolError
from equipoise.estimate.in_words import endpoint_in_words, strategies_in_words
from equipoise.estimate.incidence import first_event, vague_cases
from equipoise.estimate.responder import responses
from equipoise.estimate.score import readings

YES, NO, UNKNOWN = Outcome.YES.value, Outcome.NO.value, Outcome.UNKNOWN.value
NOT_REACHED, OUTSIDE = Outcome.NOT_REACHED.value, Outcome.OUTSIDE.value


LOOKS_AHEAD = ("cases.death", "cases.died", "cases.withdraw", "cases.last_contact")
"""How columns begin that hold what came after time zero: an eligibility criterion on one selects by the future."""


def gather_arm(
    cohort: Cohort, protocol: Protocol, declared: ComparisonDeclared, starts: Starts, *, of_comparator: bool
) -> Arm:
    """One side of a comparison: its cohort, or a group of it, with the courses of the estimands at all their visits.

    ``protocol`` : that of this side

    Raises
    ------
    ProtocolError : nobody of the cohort is in the group
    """
    other = declared.comparator
    group = other.group if of_comparator else declared.group
    name = other.name if of_comparator else declared.group or "the cohort"
    if group is not None and group not in cohort.groups:
        whose = name if of_comparator else "the cohort"
        where, problem = f"study.toml: comparison '{declared.name}'", f"no case of {whose} is in the group '{group}'"
        raise ProtocolError(Problem(where, problem, groups_there(cohort.groups)))
    controls = declared.negative_controls
    wanted = {*(declared.estimands or (protocol.primary.name,)), *(controls.estimands if controls else ())}
    chosen = [each for each in protocol.estimand if each.name in wanted]
    used = {each.endpoint.instrument for each in chosen}
    time, cause = first_event(cohort, protocol)
    arm = Arm(
        name=name,
        case_ids=tuple(cohort.case_ids.tolist()),
        attrition=cohort.attrition,
        covariates=dict(cohort.covariates),
        starts=starts,
        clock=_clock(protocol),
        looks_ahead=_looking_ahead(protocol),
        asked=tuple(_asked(protocol, each) for each in chosen),
        courses={
            (each.name, visit): _course(cohort, protocol, each, protocol.visit_named(visit))
            for each in chosen
            for visit in each.visits
        },
        unasked=frozenset(name for name in used if cohort.series[name].case.size == 0),
        causes=tuple(cohort.events),
        first=FirstEvents(time, cause, vague_cases(cohort, protocol)),
        harms=_harms(cohort, controls.adverse_events if controls else ()),
        last_seen=cohort.follow_up.low,
        died_by=cohort.death.high,
    )
    if group is None:
        return arm
    return arm.of(cohort.group == cohort.groups.index(group))


def _asked(protocol: Protocol, estimand: Estimand) -> Asked:
    visits = (protocol.visit_named(name) for name in estimand.visits)
    return Asked(
        estimand=estimand.name,
        endpoint=endpoint_in_words(estimand.endpoint, protocol.instrument_of(estimand)),
        strategy=strategies_in_words(estimand.strategies),
        instrument=estimand.endpoint.instrument,
        yes_no=estimand.endpoint.is_responder,
        visits=tuple(sorted(visits, key=lambda visit: visit.day)),
    )


def _course(cohort: Cohort, protocol: Protocol, estimand: Estimand, visit: Visit) -> Course:
    if estimand.endpoint.is_responder:
        bits = responses(cohort, protocol, estimand, visit, estimand.strategies)
        has = (bits & (YES | NO)) > 0
        low = np.where((bits & NO) > 0, 0.0, 1.0)
        high = np.where((bits & YES) > 0, 1.0, 0.0)
        floor, ceiling = np.zeros(cohort.n), np.ones(cohort.n)
    else:
        scores = readings(cohort, protocol, estimand, visit, estimand.strategies)
        bits, has = scores.bits, (scores.bits & YES) > 0
        low, high, floor, ceiling = scores.low, scores.high, scores.floor, scores.ceiling
    return Course(
        has=has,
        unknown=(bits & UNKNOWN) > 0,
        late=(bits & NOT_REACHED) > 0,
        outside=(bits & OUTSIDE) > 0,
        low=np.where(has, low, 0.0),
        high=np.where(has, high, 0.0),
        floor=floor,
        ceiling=ceiling,
    )


def _harms(cohort: Cohort, terms: Sequence[str]) -> Mapping[str, Harm] | None:
    """The first adverse event of each term from time zero on; None where nobody recorded harms."""
    records = cohort.adverse_events
    if not records.recorded:
        return None
    found: dict[str, Harm] = {}
    for term in terms:
        of = records.term == term
        low, high = np.full(cohort.n, NEVER), np.full(cohort.n, NEVER)
        np.minimum.at(low, records.case[of], records.low[of])
        certainly = of & records.certain
        np.minimum.at(high, records.case[certainly], records.high[certainly])
        found[term] = Harm(low, high)
    return found


def _clock(protocol: Protocol) -> str:
    """What starts the clock."""
    treatment = protocol.treatment
    if treatment.procedure is not None:
        return f"the first {treatment.procedure}"
    assert treatment.index is not None
    return f"study day {treatment.index.day}"


def _looking_ahead(protocol: Protocol) -> tuple[str, ...]:
    """Eligibility criteria that look at what came after time zero."""
    criteria = (*protocol.population.require, *protocol.population.exclude)
    columns = (each.column for each in criteria if each.column is not None)
    return tuple(dict.fromkeys(column for column in columns if column.startswith(LOOKS_AHEAD)))
