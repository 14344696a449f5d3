"""The engine, which reasons with intervals, against the oracle, which takes every day of every vague date.

For a case whose time zero is one whole day the two must agree exactly. Where time zero itself is vague the
engine takes the ends apart for each quantity (Methods, Readings 2): it may then be too wide, never too narrow.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import product
from operator import or_
from statistics import stdev

import numpy as np
import pytest
from hypothesis import given, settings

import oracle.cohort as by_hand
import study_parts as parts
from equipoise.cohort.build import build_cohort
from equipoise.domain.cohort import NEVER, Candidates, Cohort, Outcome
from equipoise.domain.estimand import Endpoint, Estimand, Missing, Strategy, ValueRule
from equipoise.domain.protocol import IntercurrentEvent, Protocol, Visit
from equipoise.domain.records import CaseBook
from equipoise.domain.result import EstimateRow
from equipoise.errors import MethodError
from equipoise.estimate.responder import responses
from equipoise.study import run_study
from laws import examples
from oracle.cohort import Case
from oracle.counting import LEAVES, Joint, clopper_pearson, contributions, extremes, joint, outer_limits
from oracle.strategies import NEVER as NO_DAY
from oracle.strategies import Answer
from studies import COMPOSITES, studies


def exact(case: Case, estimand: Estimand) -> bool:
    """Whether the engine must find just the answers of the oracle, no more.

    Where time zero is vague it may be too wide (Methods, Readings 2). So it may in two more places, where it asks
    for the baseline and the stand-in apart: one assessment that may lie on either side of day 0 may be read as both,
    and a change from a baseline that was not seen takes its whole range, whatever the value at the visit.
    """
    endpoint = estimand.endpoint
    if not case.certain_time_zero or not endpoint.needs_baseline:
        return case.certain_time_zero
    unseen = None in case.baselines(endpoint.instrument, endpoint.baseline_look_back_days or 0)
    return not case.either_side_of_day_0(endpoint.instrument) and not (unseen and endpoint.score == "change")


def in_both(cohort: Cohort, cases: list[Case]) -> list[tuple[int, Case]]:
    """The engine's index of every case of the oracle."""
    where = {str(case_id): index for index, case_id in enumerate(cohort.case_ids)}
    return [(where[case.chart.case_id], case) for case in cases]


@given(studies(how_many_criteria=(1, 2, 3)))
def test_the_same_cases_are_in_and_every_criterion_counts_the_same(drawn: tuple[Protocol, CaseBook]):
    protocol, casebook = drawn
    cohort = build_cohort(protocol, casebook)
    cases, without_time_zero, steps = by_hand.cohort(protocol, casebook)
    assert sorted(map(str, cohort.case_ids)) == sorted(case.chart.case_id for case in cases)
    rows = cohort.attrition[len(cohort.attrition) - len(steps) :]
    for row, step in zip(rows, steps, strict=True):
        assert row.criterion.removeprefix("not: ") == step.criterion
        counted = (row.entering, row.excluded, row.unknown, row.remaining)
        assert counted == (step.entering, step.excluded, step.unknown, step.remaining)
    before = cohort.attrition[: len(cohort.attrition) - len(steps)]
    assert sum(row.excluded for row in before) == without_time_zero
    groups = {str(cohort.case_ids[i]): cohort.groups[cohort.group[i]] for i in range(cohort.n)}
    assert groups == {case.chart.case_id: case.chart.group for case in cases}


def on_the_scale(day: int, case: Case) -> int:
    """The engine's day as the oracle counts: one late day stands for every later one."""
    return NO_DAY if day == NEVER else min(day, case.some_day())


@given(studies())
def test_events_happen_on_the_same_days(drawn: tuple[Protocol, CaseBook]):
    protocol, casebook = drawn
    cohort = build_cohort(protocol, casebook)
    for index, case in in_both(cohort, by_hand.cohort(protocol, casebook)[0]):
        for event in protocol.intercurrent_event:
            days, engine = case.event_days(event), cohort.events[event.name]
            low, high = (on_the_scale(int(day[index]), case) for day in (engine.low, engine.high))
            if case.certain_time_zero:
                assert (low, high) == (min(days), max(days))
            else:
                assert low <= min(days)
                assert high >= max(days)


@given(studies())
def test_visits_are_reached_alike(drawn: tuple[Protocol, CaseBook]):
    protocol, casebook = drawn
    cohort = build_cohort(protocol, casebook)
    for index, case in in_both(cohort, by_hand.cohort(protocol, casebook)[0]):
        for visit in protocol.visit:
            engine, oracle = int(cohort.reached[visit.name][index]), case.reached(visit)
            assert engine == oracle or (not case.certain_time_zero and engine & oracle == oracle)


def possible(candidates: Candidates, index: int) -> dict[float | None, tuple[int, int]]:
    """The values that may stand, each with its first and last day; None where it may be that nothing does."""
    found: dict[float | None, tuple[int, int]] = {}
    for row in np.flatnonzero(candidates.case == index):
        value, low, high = float(candidates.value[row]), int(candidates.low[row]), int(candidates.high[row])
        before = found.get(value, (low, high))
        found[value] = (min(low, before[0]), max(high, before[1]))
    return found | ({None: (0, 0)} if candidates.none[index] else {})


def possible_by_hand(stands: set) -> dict[float | None, tuple[int, int]]:
    """The same, from the oracle's values and days."""
    days = {value: [day for v, day in stands - {None} if v == value] for value, _ in stands - {None}}
    found = {float(value): (min(each), max(each)) for value, each in days.items()}
    return found | ({None: (0, 0)} if None in stands else {})


@given(studies())
def test_the_same_values_may_stand_for_a_visit_and_for_the_baseline(drawn: tuple[Protocol, CaseBook]):
    protocol, casebook = drawn
    cohort = build_cohort(protocol, casebook)
    for index, case in in_both(cohort, by_hand.cohort(protocol, casebook)[0]):
        for estimand in protocol.estimand:
            endpoint = estimand.endpoint
            pairs = [
                (cohort.stand_ins[endpoint.instrument, visit.name], case.stand_ins(endpoint.instrument, visit))
                for visit in map(protocol.visit_named, estimand.visits)
            ]
            if endpoint.baseline_look_back_days is not None:
                key = (endpoint.instrument, endpoint.baseline_look_back_days)
                pairs.append((cohort.baselines[key], case.baselines(*key)))
            for engine, oracle in pairs:
                wide, exact = possible(engine, index), possible_by_hand(oracle)
                if case.certain_time_zero:
                    assert wide == exact
                else:
                    assert wide.keys() >= exact.keys()
                    assert all(wide[v][0] <= exact[v][0] and wide[v][1] >= exact[v][1] for v in exact)


def questions(protocol: Protocol, estimand: Estimand) -> list[Mapping[str, Strategy]]:
    """The panel, one strategy for all events, and the estimand's own; a score's composites need a failure value."""
    panel = [{event.name: strategy for event in protocol.intercurrent_event} for strategy in Strategy]
    endpoint = estimand.endpoint
    no_failure = not endpoint.is_responder and endpoint.failure_value is None
    return [q for q in [*panel, estimand.strategies] if not (no_failure and COMPOSITES & set(q.values()))]


@settings(max_examples=examples(3) * settings().max_examples)  # the strategies differ on single days: these must be met
@given(studies())
def test_every_case_may_answer_the_same(drawn: tuple[Protocol, CaseBook]):
    protocol, casebook = drawn
    cohort = build_cohort(protocol, casebook)
    cases = in_both(cohort, by_hand.cohort(protocol, casebook)[0])
    for estimand in (e for e in protocol.estimand if e.endpoint.is_responder):
        for visit, strategies in product(protocol.visit, questions(protocol, estimand)):
            bits = responses(cohort, protocol, estimand, visit, strategies)
            for index, case in cases:
                oracle = reduce(or_, case.answers(estimand.endpoint, visit, strategies))
                engine = Outcome(int(bits[index]))
                assert engine == oracle or (not exact(case, estimand) and engine & oracle == oracle)


def rows_asked(protocol: Protocol) -> Iterator[tuple[Estimand, Visit, str, Mapping[str, Strategy], Missing]]:
    """Every row the answer must have: hypothetical gives bounds only, a score knows no non-responders."""
    for estimand in protocol.estimand:
        for visit, strategies in product(map(protocol.visit_named, estimand.visits), questions(protocol, estimand)):
            words = [f"{name}: {strategy}" for name, strategy in strategies.items()]
            label = "; ".join(words) if len(set(strategies.values())) > 1 else str(next(iter(strategies.values())))
            yield estimand, visit, label, strategies, Missing.BOUNDS
            if Strategy.HYPOTHETICAL not in strategies.values():
                yield estimand, visit, label, strategies, Missing.OBSERVED
                if estimand.endpoint.is_responder:
                    yield estimand, visit, label, strategies, Missing.NON_RESPONDER


@given(studies())
def test_every_row_counts_the_same(drawn: tuple[Protocol, CaseBook]):
    protocol, casebook = drawn
    cases = by_hand.cohort(protocol, casebook)[0]
    if not cases:
        with pytest.raises(MethodError, match="nobody is left"):
            run_study(protocol, casebook)
        return
    rows = {(r.estimand, r.group, r.visit, r.strategy, r.missing): r for r in run_study(protocol, casebook).estimates}
    for estimand, visit, label, strategies, missing in rows_asked(protocol):
        for group in {case.chart.group for case in cases}:
            here = [case for case in cases if case.chart.group == group]
            row = rows[estimand.name, group, visit.name, label, str(missing)]
            answered = [case.answers(estimand.endpoint, visit, strategies) for case in here]
            if all(exact(case, estimand) for case in here):
                check_row(row, answered, missing)
            else:
                check_at_least_as_wide(row, answered, missing)


def check_row(row: EstimateRow, answered: list[set[Answer]], missing: Missing) -> None:
    """The row says what the joint readings of the cases say."""
    added = [contributions(case, missing) for case in answered]
    reachable = joint(added)
    range_of = extremes(reachable)
    if range_of is None:
        assert (row.n, row.estimate, row.lower, row.upper) == (0, None, None, None)
    elif missing == Missing.BOUNDS or any(len(each) > 1 for each in added):
        check_range(row, reachable, range_of)
    else:
        ((total, n),) = reachable
        assert (row.n, row.estimate) == (n, pytest.approx(total / n))
        if row.unit == "proportion":
            assert row.responders == total
            assert (row.lower, row.upper) == pytest.approx(clopper_pearson(int(total), n, row.level))
        elif n > 1:
            assert row.sd == pytest.approx(stdev(value for each in added for value in each if value is not LEAVES))


def check_range(row: EstimateRow, reachable: Joint, range_of: tuple[Fraction, Fraction]) -> None:
    """The ends of the range, and the counts that give them."""
    assert row.estimate is None
    assert (row.lower, row.upper) == pytest.approx(range_of)
    at_an_end = {(total, n) for total, n in reachable if n > 0 and total / n in range_of}
    assert row.n == max(n for _, n in at_an_end)
    # where a joint reading leaves nobody to count, the engine lets that reading's limits be 0 and 1; the oracle has none
    if row.unit == "proportion" and all(n > 0 for _, n in reachable):
        assert row.responders in {total for total, n in at_an_end if total / n == range_of[0]}
        assert (row.outer_lower, row.outer_upper) == pytest.approx(outer_limits(reachable, row.level))


def check_at_least_as_wide(row: EstimateRow, answered: list[set[Answer]], missing: Missing) -> None:
    """The row holds every joint reading."""
    range_of = extremes(joint(contributions(case, missing) for case in answered))
    if range_of is not None:
        low, high = (row.lower, row.upper) if row.estimate is None else (row.estimate, row.estimate)
        assert low <= range_of[0] + 1e-12
        assert high >= range_of[1] - 1e-12


def test_an_assessment_of_a_visit_shows_follow_up_even_without_its_date():
    """It lies in the window, so on day 7 or later, and the case was followed to the horizon on day 6."""
    rows = parts.Rows(
        [parts.case("A")], [parts.done("A", parts.INDEX, (0, 0))], [parts.asked("A", "relief", 1.0, visit="second")]
    )
    visit = Visit(name="second", month=2, day=8, window=(7, 12))
    other = IntercurrentEvent(name="other", procedures="any other")
    endpoint = Endpoint(instrument="relief", value=ValueRule(equals=Decimal(1)))
    strategies = {"other": Strategy.PRINCIPAL_STRATUM}
    estimand = Estimand(name="e", primary=True, visits=("second",), endpoint=endpoint, strategies=strategies)
    protocol = parts.study(visits=[visit], estimands=[estimand], events=[other], horizon=6)
    (one,) = by_hand.cohort(protocol, parts.book(rows))[0]
    assert one.answers(endpoint, visit, strategies) == {Outcome.YES}
    assert responses(build_cohort(protocol, parts.book(rows)), protocol, estimand, visit, strategies).tolist() == [
        Outcome.YES
    ]
