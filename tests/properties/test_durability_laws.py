"""Durability: probabilities add up, cases have no order, and the bounds hold every reading of a vague chart."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.cohort.build import build_cohort
from equipoise.domain.durability import DurabilityDeclared
from equipoise.domain.durability_answer import Durability
from equipoise.domain.estimand import Endpoint, Estimand, Strategy, ValueRule
from equipoise.domain.protocol import IntercurrentEvent, Protocol, Visit
from equipoise.estimate.durability import describe_durability
from laws import examples
from study_parts import INDEX, Rows, asked, book, case, done, study

VISITS = [
    Visit(name="first", month=1, day=10, window=(5, 14)),
    Visit(name="second", month=2, day=20, window=(15, 26)),
    Visit(name="third", month=3, day=32, window=(27, 40)),
]
EVENTS = [
    IntercurrentEvent(name="injection", procedures=("injection",)),
    IntercurrentEvent(name="fusion", procedures=("fusion",)),
]
RELIEF = Estimand(
    name="relief",
    primary=True,
    visits=("first", "second", "third"),
    endpoint=Endpoint(instrument="relief", value=ValueRule(equals=1)),
    strategies={event.name: Strategy.TREATMENT_POLICY for event in EVENTS},
)


@dataclass(frozen=True)
class Chart:
    """One case: (day, answer) at each visit or None, the events' days and the last contact as intervals."""

    seen: tuple[tuple[int, float] | None, ...]
    events: tuple[tuple[int, int] | None, ...]
    last: tuple[int, int]


def question(*, may_return: bool) -> Protocol:
    asked_for = DurabilityDeclared(
        name="lasting",
        estimand="relief",
        events=("injection", "fusion"),
        response_may_return=may_return,
        dated="at the visit",
        horizon_day=36,
    )
    protocol = study(visits=VISITS, estimands=[RELIEF], events=EVENTS)
    return protocol.model_copy(update={"durability": (asked_for,)})


def answered(charts: list[Chart], *, may_return: bool) -> Durability:
    rows = Rows()
    for number, chart in enumerate(charts):
        name = f"case {number}"
        rows.cases.append(case(name, last_contact=chart.last))
        rows.procedures.append(done(name, INDEX, (0, 0)))
        for told in chart.seen:
            if told is not None:
                rows.assessments.append(asked(name, "relief", told[1], (told[0], told[0])))
        for event, when in zip(EVENTS, chart.events, strict=True):
            if when is not None:
                rows.procedures.append(done(name, event.name, when))
    protocol = question(may_return=may_return)
    (found,), _ = describe_durability(build_cohort(protocol, book(rows)), protocol, np.random.default_rng(1))
    return found


@st.composite
def charts(draw: st.DrawFn, *, vague: bool) -> Chart:
    def interval(first: int, last: int) -> tuple[int, int]:
        low = draw(st.integers(first, last))
        return low, min(last, low + draw(st.integers(0, 15))) if vague else low

    seen = tuple(
        (draw(st.integers(*visit.window)), float(draw(st.booleans()))) if draw(st.integers(0, 3)) else None
        for visit in VISITS
    )
    events = tuple(interval(0, 44) if draw(st.integers(0, 2)) == 0 else None for _ in EVENTS)
    return Chart(seen, events, interval(20, 44))


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(charts(vague=False), min_size=1, max_size=6), st.booleans(), st.randoms(use_true_random=False))
def test_states_add_up_and_cases_have_no_order(found, may_return, random):
    answer = answered(found, may_return=may_return)
    assert answer.kind == "Aalen-Johansen"
    days = {each.day for each in answer.occupation}
    for day in days:
        told = [each.probability for each in answer.occupation if each.day == day]
        if None not in told:
            assert sum(told) == pytest.approx(1.0, abs=1e-12)
    shuffled = list(found)
    random.shuffle(shuffled)
    again = answered(shuffled, may_return=may_return)
    assert [each.probability for each in again.occupation] == [
        None if each.probability is None else pytest.approx(each.probability, abs=1e-12) for each in answer.occupation
    ]
    assert [(each.certain, each.possible) for each in again.response] == [
        (each.certain, each.possible) for each in answer.response
    ]


@settings(max_examples=examples(50), deadline=None)
@given(st.lists(charts(vague=True), min_size=1, max_size=5), st.booleans(), st.data())
def test_the_bounds_hold_whatever_day_a_vague_date_is(found, may_return, data):
    vague = answered(found, may_return=may_return)

    def some_day(when: tuple[int, int] | None) -> tuple[int, int] | None:
        return None if when is None else (data.draw(st.integers(*when)),) * 2

    readings = [replace(each, events=tuple(map(some_day, each.events)), last=some_day(each.last)) for each in found]
    exact = answered(readings, may_return=may_return)
    for bounds, told in zip(vague.response, exact.response, strict=True):
        assert bounds.certain <= told.certain <= told.possible <= bounds.possible
        if told.estimate is not None:
            assert bounds.certain / bounds.n - 1e-12 <= told.estimate <= bounds.possible / bounds.n + 1e-12


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(st.tuples(*(st.integers(*visit.window) for visit in VISITS)), min_size=1, max_size=6))
def test_where_everyone_always_responds_and_nothing_happens_it_is_certain(days):
    everyone = [Chart(tuple((day, 1.0) for day in own), (None, None), (44, 44)) for own in days]
    answer = answered(everyone, may_return=False)
    assert [(each.estimate, each.certain) for each in answer.response] == [(1.0, len(days))] * 4
    assert next(each.mean_days for each in answer.times if each.of == "responding") == pytest.approx(36 - 10)
