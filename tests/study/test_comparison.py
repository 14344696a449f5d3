"""One cohort beside another, through ``run_study``: what is right, what is withheld, and what is refused."""

from typing import Any

import numpy as np
import pytest

from comparison_studies import (
    FUSION,
    GATE,
    PAIN,
    RELIEF,
    Cases,
    compared,
    confounded,
    declared,
    protocol,
    rows_of,
)
from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.contrast_answer import CohortContrast
from equipoise.domain.predicate import Criterion
from equipoise.domain.result import StudyResult
from equipoise.errors import ProtocolError, UsageError
from equipoise.report.html import render_html
from equipoise.report.results import results
from equipoise.study import run_study
from study_parts import INDEX, asked

approx = pytest.approx
EVERY_METHOD = (
    "overlap weighting",
    "ATT weighting",
    "ATE weighting",
    "entropy balancing",
    "matching with replacement",
    "outcome regression",
    "AIPW",
)


def every_method(**words: Any) -> ComparisonDeclared:
    usual: dict[str, Any] = {
        "methods": EVERY_METHOD,
        "target": "ATE",
        "matching": {"ratio": 1, "caliper": 0.2},
        "estimands": ("relief", "mean pain"),
        "gate": GATE if words.get("matching", "given") is None else GATE | {"unmatched_share": 0.9},
    }
    return declared(**(usual | words))


def refused(result: StudyResult) -> str:
    return " ".join(f"{row.where}: {row.why}; {row.instead}." for row in result.sensitivity.refused)


def estimates(
    contrast: CohortContrast, measure: str = "risk difference", missing: str = "observed"
) -> dict[str, float]:
    found = rows_of(contrast, measure=measure, missing=missing)
    return {row.method: row.estimate for row in found if row.estimate is not None}


def balanced(per_cell: int = 12, **columns: Any) -> Cases:
    """Either treatment at every age and sex, one response in two: nothing confounds and nothing works."""
    cases = Cases()
    for number in range(per_cell):
        for treatment in (INDEX, FUSION):
            for sex in ("female", "male"):
                cases.add(treatment, age=40.0 + number, sex=sex, relief=float(number % 2), pain=5.0, **columns)
    return cases


@pytest.fixture(scope="module")
def answer() -> tuple[CohortContrast, StudyResult]:
    methods = tuple(each for each in EVERY_METHOD if each != "matching with replacement")  # two ages: too many ties
    section = every_method(methods=methods, matching=None)
    return compared(confounded(600, np.random.default_rng(4)), section)


class TestKnownTruth:
    """A seeded cohort in which the young are treated more often and do better (``comparison_studies.confounded``)."""

    def test_the_crude_difference_is_wrong_and_every_method_holds_the_truth(self, answer):
        contrast, _ = answer
        (row, *_) = rows_of(contrast, measure="risk difference", missing="observed", method="overlap weighting")
        assert row.described - row.comparator_described > 0.2 + 0.08  # by construction 0.12 too high
        for method in (found.method for found in contrast.diagnostics):
            (row,) = rows_of(contrast, measure="risk difference", missing="observed", method=method)
            assert row.lower < 0.2 < row.upper
            (row,) = rows_of(contrast, measure="mean difference", missing="observed", method=method)
            assert row.lower < -2.0 < row.upper

    def test_overlap_weights_balance_what_the_raw_cohorts_do_not(self, answer):
        contrast, _ = answer
        first = contrast.diagnostics[0]
        assert first.largest_before > 0.5
        assert first.random_share_before == approx(1 / 1000)  # this allocation alone, of 999 and itself
        assert first.largest_after == approx(0.0, abs=1e-9)  # Li, Morgan and Zaslavsky (2018), theorem 3

    def test_with_nothing_unseen_the_bounds_are_the_number(self, answer):
        contrast, _ = answer
        (number,) = rows_of(contrast, measure="risk difference", missing="observed", method="ATT weighting")
        (bounds,) = rows_of(contrast, measure="risk difference", missing="bounds", method="ATT weighting")
        assert (bounds.lower, bounds.upper) == approx((number.estimate, number.estimate))
        assert (bounds.outer_lower, bounds.outer_upper) == approx((number.lower, number.upper))

    def test_the_bounds_of_a_model_are_refused(self, answer):
        _, result = answer
        assert "outcome regression: a model of the outcome is not at its ends" in refused(result)

    def test_the_report_shows_it(self, answer):
        _, result = answer
        page = render_html(result)
        for words in ("Compared with fusion", "Standardised differences", "Propensity scores", "The contrast"):
            assert words in page
        assert results(result)["contrasts"][0]["name"] == "beside fusion"


def test_a_case_worked_by_hand():
    # Weighted to the treated: women 3 of 4 treated respond, comparators 1 of 2; men 1 of 2 and 1 of 4. Treated are two
    # thirds women: comparator risk 2/3 * 1/2 + 1/3 * 1/4 = 5/12; treated 4/6; difference 1/4. A saturated score.
    cases = Cases()
    for treatment, sex, yes, n in (
        (INDEX, "female", 3, 4),
        (FUSION, "female", 1, 2),
        (INDEX, "male", 1, 2),
        (FUSION, "male", 1, 4),
    ):
        for number in range(n):
            cases.add(treatment, sex=sex, relief=float(number < yes))
    gate = GATE | {"effective_sample_size": 2, "largest_weight": 1.0}
    contrast, _ = compared(cases, declared(covariates=("sex",), methods=("ATT weighting",), gate=gate))
    assert estimates(contrast)["ATT weighting"] == approx(0.25)
    (ratio,) = rows_of(contrast, measure="risk ratio", missing="observed")
    assert ratio.estimate == approx((4 / 6) / (5 / 12))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_cohort_beside_a_copy_of_itself_differs_by_nothing(seed):
    rng = np.random.default_rng(seed)
    cases = Cases()
    for _ in range(40):
        age = float(rng.uniform(30, 60))  # no two alike: the nearest match of each is its own copy
        cases.add(INDEX, age=age, sex="male" if rng.random() < 0.5 else "female", relief=float(rng.random() < 0.4))
    section = every_method(
        estimands=("relief",), comparator={"name": "its copy", "cases": {"path": "copy"}}, propensity="ridge", ridge=1.0
    )
    whole = protocol(section)
    (contrast,) = run_study(whole, cases.book(), {"beside fusion": cases.book()}).contrasts
    found = estimates(contrast)
    assert set(found) == set(EVERY_METHOD)
    assert list(found.values()) == approx([0.0] * len(found), abs=1e-9)
    assert contrast.in_both is None  # two case books do not share their keys, and the answer says so
    assert any("do not share their keys" in note for note in contrast.notes)


def test_the_order_of_the_cases_does_not_matter():
    cases = confounded(120, np.random.default_rng(2))
    one, _ = compared(cases, declared())
    for name in ("cases", "procedures", "assessments"):
        getattr(cases.rows, name).reverse()
    other, _ = compared(cases, declared())
    assert estimates(one) == approx(estimates(other))


class TestTheGate:
    def test_no_overlap_is_withheld_and_the_diagnostics_are_shown(self):
        cases = Cases()
        for number in range(20):
            cases.add(INDEX, age=30.0 + number, sex="male" if number % 3 else "female", relief=1.0)
            cases.add(FUSION, age=60.0 + number, sex="male" if number % 2 else "female", relief=0.0)
        for propensity, more in (("logistic", {}), ("firth", {}), ("ridge", {"ridge": 1.0})):
            contrast, result = compared(cases, declared(propensity=propensity, methods=("ATT weighting",), **more))
            (found,) = contrast.diagnostics
            assert not found.passes
            assert found.c_statistic == 1.0
            assert found.balance[0].difference_before < -2.0
            (row,) = rows_of(contrast, measure="risk difference", missing="observed")
            assert row.withheld
            assert row.estimate is None
            assert row.lower is None
            assert row.upper is None
            assert (row.described, row.comparator_described) == (1.0, 0.0)  # a description is never withheld
            assert row.reasons
            assert row.mend
            page = render_html(result)
            assert "withheld" in page
            assert "What would mend it" in page

    def test_at_twelve_against_twelve_a_fixed_threshold_alone_is_not_a_judge(self):
        """METHODS 28: perfect randomisation leaves an SD of 0.41, so both thresholds must be passed."""
        rng, passed = np.random.default_rng(7), 0
        for _ in range(10):
            cases = Cases()
            for place, treated in enumerate(rng.permutation(24) < 12):
                age = float(rng.integers(30, 60))
                cases.add(INDEX if treated else FUSION, age=age, relief=float(place % 2))
            gate = GATE | {"effective_sample_size": 5, "largest_weight": 0.5}
            section = declared(covariates=("age",), methods=("matching",), matching={"ratio": 1, "caliper": "none"})
            contrast, _ = compared(cases, section.model_copy(update={"gate": type(section.gate)(**gate)}))
            found = contrast.diagnostics[0]
            assert found.spread_before == approx(np.sqrt(2 / 12))
            passed += found.passes
            apart = found.largest_after is not None and found.largest_after > 0.1
            assert not apart or found.passes == (found.random_share_after >= 0.05)
        assert passed >= 8

    @pytest.mark.parametrize(
        ("wanted", "words"),
        [
            ({"effective_sample_size": 500}, "the effective sample of a cohort"),
            ({"largest_weight": 0.001}, "one case carries"),
            ({"common_support": 1.0}, "lie within the other's range"),
        ],
    )
    def test_each_threshold_withholds_by_itself(self, wanted, words):
        rng = np.random.default_rng(3)
        cases = confounded(120, rng)
        for row in cases.rows.cases:
            row["age_years"] += rng.uniform(-5, 5)
        contrast, _ = compared(cases, declared(gate=GATE | wanted))
        assert any(words in reason for reason in contrast.diagnostics[0].reasons)
        assert all(row.withheld for row in contrast.rows)

    def test_what_would_mend_overlap_weights_is_not_overlap_weights(self):
        gate = GATE | {"effective_sample_size": 1_000, "largest_weight": 0.001}
        section = declared(methods=("overlap weighting", "ATT weighting"), gate=gate)
        contrast, _ = compared(balanced(), section)
        overlapping, treated = contrast.diagnostics
        assert len(overlapping.reasons) == len(treated.reasons) == 2
        assert "overlap weights" not in " ".join(overlapping.mend)
        assert all("overlap weights" in each for each in treated.mend)

    def test_outcome_regression_does_not_pass_where_every_weight_rests_on_a_handful(self):
        """Ages 35 and 60 on average, with two of each cohort at the other end: the ranges overlap, the cohorts do not."""
        rng = np.random.default_rng(3)
        cases = Cases()
        edges = {0: 28.0, 1: 75.5, 2: 75.0, 3: 27.0}
        for number in range(100):
            age = edges.get(number, round(float(rng.normal(35.0 if number % 2 else 60.0, 3.0)), 1))
            cases.add(INDEX if number % 2 else FUSION, age=age, relief=float(rng.random() < 0.5))
        methods = ("outcome regression", "AIPW", "ATT weighting")
        contrast, _ = compared(cases, declared(covariates=("age",), methods=methods, target="ATT"))
        assert all(found.largest_before > 3.0 and not found.passes for found in contrast.diagnostics)
        assert all(row.withheld and row.estimate is None for row in contrast.rows)

    def test_text_that_tells_cases_apart_is_no_covariate_and_is_not_repeated(self):
        cases = Cases()
        for number in range(40):
            cases.add(INDEX if number % 2 else FUSION, sex=f"a private remark {number}", relief=float(number % 3 == 0))
        contrast, result = compared(cases, declared(covariates=("sex",)))
        assert contrast.rows == ()
        assert "has 40 values in 40 cases" in refused(result)
        assert "private remark" not in refused(result)
        assert "private remark" not in repr(contrast)

    def test_a_covariate_far_apart_withholds(self):
        cases = confounded(400, np.random.default_rng(3))
        section = declared(methods=("matching",), matching={"ratio": 1, "caliper": "none"})
        contrast, _ = compared(cases, section)
        assert "standard deviations apart after weighting" in contrast.diagnostics[0].reasons[0]


class TestWhoIsCompared:
    def test_a_person_who_had_both_counts_where_time_zero_came_first(self):
        cases = balanced()
        cases.add(INDEX, relief=1.0, later={FUSION: 100})  # marrow first
        cases.add(FUSION, relief=1.0, later={INDEX: 100})  # fusion first
        cases.add(FUSION, relief=1.0, later={INDEX: 0})  # the same day: in neither
        contrast, _ = compared(cases, declared())
        assert contrast.in_both == 3
        assert contrast.losses[0].entering == 27
        assert contrast.losses[0].remaining == 25
        assert contrast.comparator_losses[0].remaining == 25
        assert any("in both cohorts" in row.criterion for row in contrast.losses)

    def test_unknown_covariates_leave_with_a_row_of_the_attrition(self):
        cases = balanced()
        cases.add(INDEX, age=None, relief=1.0)
        cases.add(FUSION, sex=None, relief=1.0)
        contrast, _ = compared(cases, declared())
        assert [row.excluded for row in contrast.losses] == [0, 1, 0]
        assert [row.excluded for row in contrast.comparator_losses] == [0, 0, 1]
        (row,) = rows_of(contrast, measure="risk difference", missing="observed")
        assert (row.n, row.comparator_n) == (24, 24)

    def test_the_unknown_enter_in_three_ways(self):
        cases = balanced()
        cases.add(INDEX, age=45.0)  # nobody asked at a year
        contrast, _ = compared(cases, declared())
        by = {row.missing: row for row in rows_of(contrast, measure="risk difference")}
        assert (by["observed"].n, by["non-responder"].n, by["bounds"].n) == (24, 25, 25)
        assert by["non-responder"].estimate == approx(by["bounds"].lower)
        assert by["bounds"].lower < by["observed"].estimate < by["bounds"].upper

    def test_a_comparator_of_its_own_population(self):
        older = {"require": (Criterion(column="cases.age_years", at_least=50, unknown="exclude", label="old"),)}
        other = {"name": "old fusion", "treatment": {"procedure": FUSION}, "population": older}
        contrast, _ = compared(balanced(), declared(comparator=other))
        assert contrast.attrition[-1].remaining == 4


class TestTimeZero:
    def finding(self, contrast: CohortContrast, check: str) -> str:
        return next(row.finding for row in contrast.starts if row.check == check)

    def test_a_comparator_who_waited_is_told(self):
        cases = Cases()
        for number in range(24):
            cases.add(INDEX, age=40.0 + number, relief=float(number % 2), zero=0)
            cases.add(FUSION, age=40.0 + number, relief=float(number % 2), zero=400, pain_before=6.0)
        for name in [row["case_id"] for row in cases.rows.cases][1::2]:
            cases.rows.procedures.append({"case_id": name, "procedure": "epidural", "low": 10, "high": 10})
        contrast, result = compared(cases, declared(covariates=("age",)))
        assert self.finding(contrast, "from the first record to time zero") == "not aligned"
        assert any("immortal time" in note for note in contrast.notes)
        assert "immortal time" in render_html(result)

    def test_eligibility_by_the_future_is_told(self):
        alive = {
            "exclude": (
                Criterion(column="cases.last_contact_low", recorded=True, unknown="keep", label="last contact"),
            )
        }
        other = {"name": "fusion alive", "treatment": {"procedure": FUSION}, "population": alive}
        contrast, _ = compared(balanced(), declared(comparator=other))
        assert self.finding(contrast, "eligibility that looks past time zero") == "not aligned"

    def test_a_clock_of_a_procedure_beside_one_of_a_day_is_told(self):
        cases = balanced()
        for _ in range(10):
            cases.add(None, relief=0.0)
        other = {"name": "the untreated", "treatment": {"index": {"day": 0}}}
        contrast, _ = compared(cases, declared(comparator=other))
        assert self.finding(contrast, "what starts the clock") == "not aligned"


class TestEvents:
    def test_incidence_and_days_lost_by_a_horizon(self):
        cases = Cases()
        for number in range(30):  # nobody is confounded: 10 of 30 have an epidural on day 100, against 20 of 30
            for treatment, had in ((INDEX, number % 3 == 0), (FUSION, number % 3 != 0)):
                later = {"epidural": 100} if had else {}
                cases.add(treatment, age=40.0 + number, relief=1.0, later=later, last_contact=(400, 400))
        section = declared(covariates=("age",), events=("other procedure",), horizon_day=300, bootstraps=199)
        contrast, _ = compared(cases, section)
        (incidence,) = rows_of(contrast, measure="incidence difference")
        assert (incidence.described, incidence.comparator_described) == approx((1 / 3, 2 / 3))
        assert incidence.estimate == approx(-1 / 3, abs=0.02)
        assert incidence.lower < -1 / 3 < incidence.upper < 0
        (lost,) = rows_of(contrast, measure="difference of mean days lost")
        assert lost.described == approx(200 / 3)  # a third lose the 200 days from day 100 to 300
        again, _ = compared(cases, section)
        assert rows_of(again, measure="incidence difference")[0] == incidence  # the same seed, the same number

    def test_a_horizon_beyond_follow_up_and_vague_dates_are_refused(self):
        section = declared(events=("other procedure",), horizon_day=9_000, bootstraps=199)
        cases = balanced(last_contact=(400, 400))
        assert "choose a horizon of at most 400 days" in refused(compared(cases, section)[1])
        cases.add(INDEX, relief=1.0)
        cases.rows.procedures.append({"case_id": "c0048", "procedure": "epidural", "low": 10, "high": 90})
        section = declared(events=("other procedure",), horizon_day=300, bootstraps=199)
        assert "are vague" in refused(compared(cases, section)[1])


def test_negative_controls_show_and_take_away_the_error_of_the_comparison():
    rng = np.random.default_rng(5)
    cases = confounded(300, rng)
    of_treated = {row["case_id"] for row in cases.rows.procedures if row["procedure"] == INDEX}
    terms = [f"control {number}" for number in range(8)]
    for row in cases.rows.cases:
        for term in terms:  # whatever it is that nobody recorded adds 0.2 to every outcome of the treated
            if rng.random() < 0.2 + 0.2 * (row["case_id"] in of_treated):
                cases.rows.adverse_events.append({"case_id": row["case_id"], "term": term, "low": 10, "high": 10})
    section = declared(negative_controls={"adverse_events": (*terms, "never seen"), "by_day": 30})
    contrast, result = compared(cases, section)
    found = contrast.negative_controls
    assert found.mean == approx(0.2, abs=0.05)
    (row,) = rows_of(contrast, measure="risk difference", missing="observed")
    assert row.calibrated == approx(row.estimate - found.mean)
    assert row.calibrated_upper - row.calibrated_lower >= row.upper - row.lower - 0.01
    assert "never seen" in refused(result)  # nobody had it: no spread, and said so
    assert "Outcomes the treatment cannot change" in render_html(result)


def test_a_negative_control_may_be_an_estimand():
    other = RELIEF.model_copy(update={"name": "cannot change", "primary": False})
    section = declared(negative_controls={"estimands": ("cannot change",)})
    contrast, result = compared(confounded(200, np.random.default_rng(1)), section, estimands=(RELIEF, other))
    assert [each.name for each in contrast.negative_controls.controls] == ["cannot change"]
    assert "one control (or none) cannot tell" in refused(result)
    assert {row.estimand for row in contrast.rows} == {"relief"}


class TestBadInput:
    """An unfit comparison never stops the review."""

    def test_one_comparator(self):
        cases = balanced()
        cases.rows.procedures = [row for row in cases.rows.procedures if row["procedure"] == INDEX]
        cases.add(FUSION, relief=1.0)
        contrast, result = compared(cases, every_method())
        assert contrast.rows == ()
        assert "comparator cohort: there is one case" in refused(result)
        assert "could not be made alike at all" in render_html(result)

    def test_nobody(self):
        cases = balanced()
        cases.rows.procedures = [row for row in cases.rows.procedures if row["procedure"] == INDEX]
        contrast, result = compared(cases, every_method())
        assert contrast.rows == ()
        assert "comparator cohort: there is none" in refused(result)
        render_html(result)

    def test_a_constant_covariate_and_more_covariates_than_cases(self):
        cases = Cases()
        for number in range(20):
            cases.add(INDEX if number % 2 else FUSION, relief=float(number % 3 == 0))
        assert "is the same in every case" in refused(compared(cases, declared(covariates=("age",)))[1])
        few = Cases()
        for number in range(4):
            few.add(INDEX if number % 2 else FUSION, age=30.0 + number**2, pain_before=number, relief=number % 2)
        contrast, result = compared(few, declared(covariates=("age", "pain before"), propensity="firth"))
        assert all(row.withheld for row in contrast.rows)
        render_html(result)

    def test_an_outcome_that_never_varies_and_one_that_nobody_saw(self):
        cases = balanced()
        for row in cases.rows.assessments:
            row["value"] = 0.0
        contrast, result = compared(cases, every_method())
        assert "does not vary in either cohort" in refused(result)
        assert all(row.estimate is None for row in rows_of(contrast, missing="observed"))
        cases.rows.assessments = [row for row in cases.rows.assessments if row["case_id"] == "c0000"]
        contrast, result = compared(cases, every_method())
        assert "nobody of fusion was assessed with 'relief'" in refused(result)
        render_html(result)

    def test_another_instrument_is_another_question(self):
        cases = balanced()
        index = {row["case_id"] for row in cases.rows.procedures if row["procedure"] == INDEX}
        cases.rows.assessments = [
            row for row in cases.rows.assessments if row["instrument"] == "pain" or row["case_id"] in index
        ]
        contrast, result = compared(cases, every_method())
        assert "another one asks another question" in refused(result)
        assert {row.estimand for row in contrast.rows} <= {"mean pain"}

    def test_vague_charts_leave_the_bounds(self):
        cases = balanced()
        cases.add(INDEX, age=44.0)
        for low, value in ((300, 1.0), (380, 0.0)):
            row = {"case_id": "c0048", "instrument": "relief", "value": value, "visit": None, "status": "done"}
            cases.rows.assessments.append(row | {"low": low, "high": low + 40})
        contrast, result = compared(cases, declared())
        assert {row.missing for row in contrast.rows} == {"bounds"}
        assert "a chart allows more than one answer" in refused(result)

    def test_a_group_nobody_is_in(self):
        with pytest.raises(ProtocolError, match="no case of"):
            compared(balanced(), declared(group="nobody"))

    def test_comparators_that_are_missing_or_strange(self):
        section = declared(comparator={"name": "theirs", "cases": {"path": "theirs"}})
        with pytest.raises(UsageError, match="its case book is not given"):
            run_study(protocol(section), balanced().book())
        with pytest.raises(UsageError, match="declares no comparison"):
            run_study(protocol(declared()), balanced().book(), {"beside fusion": balanced().book()})

    def test_a_bootstrap_of_a_small_sample_with_firth(self):
        rng = np.random.default_rng(1)
        cases = confounded(60, rng)
        section = declared(propensity="firth", interval="bootstrap", bootstraps=99)
        contrast, _ = compared(cases, section)
        (row,) = rows_of(contrast, measure="risk difference", missing="observed")
        assert row.interval == "bootstrap of 99"
        assert "small samples" in contrast.diagnostics[0].score
        assert row.lower < row.estimate < row.upper


def test_few_cases_for_a_plain_logistic_score_are_told():
    contrast, _ = compared(confounded(24, np.random.default_rng(1)), declared())
    assert any("Firth's penalty or a ridge" in note for note in contrast.notes)
    contrast, _ = compared(confounded(24, np.random.default_rng(1)), declared(propensity="firth"))
    assert not any("Firth's penalty" in note for note in contrast.notes)
    assert "for small samples" in contrast.diagnostics[0].score


def test_the_margin_stands_beside_risk_differences_alone():
    contrast, _ = compared(balanced(), declared(margin=0.1, estimands=("relief", "mean pain")))
    assert {row.measure for row in contrast.rows if row.margin is not None} == {"risk difference"}


def test_a_change_of_nothing_else():
    """The rest of the answer is what it is without the comparison, but that the verdict no longer says none was made."""
    cases = balanced()
    _, with_it = compared(cases, declared())
    without = run_study(protocol(), cases.book())
    apart = ("contrasts", "methods", "verdict")
    left = {key: value for key, value in results(with_it).items() if key not in apart}
    assert left == {key: value for key, value in results(without).items() if key not in apart}
    assert (with_it.verdict.word, with_it.verdict.reasons) == (without.verdict.word, without.verdict.reasons)
    assert "no comparison" in without.verdict.sentence
    assert "no comparison" not in with_it.verdict.sentence
    assert "what was compared instead is shown apart" in with_it.verdict.sentence


def test_estimands_absent_is_the_primary_one():
    contrast, _ = compared(balanced(), declared(), estimands=(RELIEF, replace_name(PAIN)))
    assert {row.estimand for row in contrast.rows} == {"relief"}


def replace_name(estimand: Any) -> Any:
    return estimand.model_copy(update={"name": "another"})


def test_ate_weights_of_few_are_told_to_be_short():
    cases = confounded(40, np.random.default_rng(2))
    told = [each for each in compared(cases, declared(methods=("ATE weighting",)))[0].notes if "ATE weighting" in each]
    assert len(told) == 1
    assert not any("ATE weighting" in each for each in compared(cases, declared())[0].notes)


def test_a_cohort_nobody_of_whom_answered_is_not_counted_as_all_no():
    """Every no would be an assumption: the difference would be made by it. The bounds still say what is known."""
    cases = Cases()
    for number in range(40):
        sex = "female" if number % 2 else "male"
        cases.add(INDEX, age=40.0 + number % 7, sex=sex, relief=float(number % 4 > 0))
        name = cases.add(FUSION, age=40.0 + number % 7, sex=sex)
        cases.rows.assessments.append(asked(name, "relief", 1.0, (20, 20)))  # asked, but long before the visit
    contrast, result = compared(cases, declared())
    assert {row.missing for row in contrast.rows} == {"bounds"}
    says = "nobody of fusion has a known answer at 12 months: every no would be an assumption"
    assert says in refused(result)


def test_one_code_book_beside_another_is_said_to_be_one():
    cases = Cases()
    for number in range(40):
        cases.add(INDEX, age=40.0 + number % 7, sex="female" if number % 2 else "male", relief=float(number % 2))
        cases.add(FUSION, age=40.0 + number % 7, sex="F" if number % 2 else "M", relief=float(number % 3 > 1))
    contrast, _ = compared(cases, declared())
    (note,) = [each for each in contrast.notes if "No value of 'sex' is in both cohorts" in each]
    assert "the cohort: female, male; fusion: F, M" in note
    assert all(row.estimate is None for row in contrast.rows)


def test_a_negative_control_nobody_had_is_perhaps_misspelt():
    cases = confounded(200, np.random.default_rng(5))
    section = declared(negative_controls={"adverse_events": ("headache",), "by_day": 30})
    cases.rows.adverse_events = []
    _, result = compared(cases, section)
    assert "nobody of either cohort had it by day 30" in refused(result)


def test_a_group_nobody_is_in_is_told_in_words():
    cases = confounded(60, np.random.default_rng(5))
    with pytest.raises(ProtocolError) as told:
        compared(cases, declared(group="treated"))
    (problem,) = told.value.problems
    assert problem.problem == "no case of the cohort is in the group 'treated'"
    assert problem.remedy.startswith("the case book names no groups")
