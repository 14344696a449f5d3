"""Allocation, resampling, the gate's further words, controls by a day, scores' E-values, cohorts all of one kind."""

from itertools import product
from math import exp, sqrt
from typing import Any

import numpy as np
import pytest

from comparison_studies import FUSION, GATE, PAIN, Cases, compared, confounded, declared, protocol, rows_of
from equipoise.domain.contrast_answer import CohortContrast
from equipoise.domain.hidden_cause import HiddenCauseDeclared
from equipoise.domain.result import StudyResult
from equipoise.report.html import render_html
from equipoise.report.results import results_json
from equipoise.stats.matching import match_nearest
from equipoise.stats.matching_variance import matched_contrast
from equipoise.stats.propensity import fit_propensity
from equipoise.stats.survival import cumulative_incidence
from equipoise.stats.unconditional import unconditional_interval
from equipoise.stats.weights import check_weights
from equipoise.study import run_study
from study_parts import INDEX

approx = pytest.approx
CAUSES = HiddenCauseDeclared(prevalences=(0.1, 0.5), strengths=(4.0,), strengths_points=(2.0,), gammas=(2.0,))
RESAMPLED = ("overlap weighting", "ATT weighting", "ATE weighting", "entropy balancing", "outcome regression", "AIPW")
ROOMY = GATE | {"effective_sample_size": 2, "largest_weight": 1.0, "common_support": 0.1}


def refused(result: StudyResult) -> str:
    return " ".join(f"{row.where}: {row.why}; {row.instead}." for row in result.sensitivity.refused)


def page_of(result: StudyResult) -> str:
    """What a reader sees, with plain spaces."""
    return render_html(result).replace("\N{NO-BREAK SPACE}", " ")


def weighed(cases: Cases, *sections: Any, **parts: Any) -> tuple[CohortContrast, StudyResult]:
    """With hidden causes asked for."""
    whole = protocol(*sections, **parts).model_copy(update={"hidden_cause": CAUSES})
    result = run_study(whole, cases.book())
    results_json(result)
    render_html(result)
    return result.contrasts[0], result


def alike(responders: tuple[int, int], n: tuple[int, int] = (12, 12), **columns: Any) -> Cases:
    """Two cohorts of the same ages and sexes, of whom so many respond."""
    cases = Cases()
    for treatment, yes, of in ((INDEX, responders[0], n[0]), (FUSION, responders[1], n[1])):
        for number in range(of):
            sex = "male" if number % 2 else "female"
            cases.add(treatment, age=40.0 + number % 12, sex=sex, relief=float(number < yes), **columns)
    return cases


class TestAllocation:
    def lopsided(self) -> Cases:
        """15 of 40 treated and 27 of 40 comparators are men: chance does that one time in a hundred, and so does choice."""
        cases = Cases()
        for number in range(40):
            for treatment, man in ((INDEX, number < 15), (FUSION, number < 27)):
                sex, pain = ("male" if man else "female"), 2.0 + number % 5
                cases.add(treatment, age=40.0 + number % 7, sex=sex, relief=float(number % 3 == 0), pain=pain)
        return cases

    def test_chance_imbalance_withholds_nothing_and_choice_does(self):
        words = {"methods": ("matching",), "matching": {"ratio": 1, "caliper": "none"}}
        chosen, _ = weighed(self.lopsided(), declared(**words))
        drawn, _ = weighed(self.lopsided(), declared(**words, allocation="randomised"))
        assert all(row.withheld for row in chosen.rows)
        assert chosen.diagnostics[0].reasons[0].startswith("the share with 'sex' being 'male' is")
        assert not any(row.withheld for row in drawn.rows)
        assert drawn.diagnostics[0].balance == chosen.diagnostics[0].balance  # what is seen is the same

    def test_what_chance_formed_has_no_hidden_cause(self):
        words = {"methods": ("overlap weighting", "matching"), "matching": {"ratio": 1, "caliper": "none"}}
        _, chosen = weighed(alike((10, 2)), declared(**words))
        assert chosen.hidden_causes.e_values
        assert chosen.hidden_causes.bias_arrays
        assert chosen.hidden_causes.pairs
        _, drawn = weighed(alike((10, 2)), declared(**words, allocation="randomised"))
        assert (drawn.hidden_causes.e_values, drawn.hidden_causes.bias_arrays, drawn.hidden_causes.pairs) == (
            (),
            (),
            (),
        )
        page = page_of(drawn)
        assert "adjustment is for precision only" in page
        assert "nothing a hidden cause could explain" in page
        assert "adjustment is for precision only" not in page_of(chosen)

    def test_the_numbers_do_not_depend_on_what_was_said(self):
        by = {}
        for allocation in ("randomised", "not randomised"):
            contrast, _ = weighed(alike((8, 4)), declared(allocation=allocation))
            by[allocation] = [(row.measure, row.estimate, row.lower) for row in contrast.rows]
        assert by["randomised"] == by["not randomised"]

    def test_what_chance_could_not_have_done_is_not_laid_at_its_door(self):
        cases = Cases()
        for number in range(40):
            for treatment, man in ((INDEX, number < 8), (FUSION, number < 32)):
                cases.add(
                    treatment, age=40.0 + number % 7, sex="male" if man else "female", relief=float(number % 3 == 0)
                )
        contrast, _ = weighed(cases, declared(allocation="randomised"))
        assert all(row.withheld for row in contrast.rows)
        assert "allocation is said to be by chance" in contrast.diagnostics[0].reasons[0]
        contrast, _ = weighed(cases, declared())  # overlap weights make them alike, and nobody said it was chance
        assert not any(row.withheld for row in contrast.rows)

    def test_too_few_cases_still_withhold_a_trial(self):
        gate = GATE | {"effective_sample_size": 13}
        contrast, _ = weighed(alike((8, 4)), declared(allocation="randomised", gate=gate))
        assert "effective sample of a cohort" in contrast.diagnostics[0].reasons[0]

    def test_a_trial_that_does_not_look_like_one_is_told(self):
        contrast, _ = weighed(self.lopsided(), declared(allocation="randomised"))
        assert any("make sure that it was" in note for note in contrast.notes)
        contrast, _ = weighed(alike((8, 4)), declared(allocation="randomised"))
        assert not any("make sure that it was" in note for note in contrast.notes)


class TestResampling:
    def test_every_method_but_matching_has_bootstrap_limits(self):
        rng = np.random.default_rng(3)
        cases = confounded(80, rng)
        for row in cases.rows.cases:
            row["age_years"] += rng.uniform(-8, 8)
        words = {"methods": RESAMPLED, "target": "ATT", "propensity": "firth", "estimands": ("relief", "mean pain")}
        plain, _ = compared(cases, declared(**words))
        resampled, _ = compared(cases, declared(**words, interval="bootstrap", bootstraps=199))
        pairs = list(zip(plain.rows, resampled.rows, strict=True))
        shown = [(one, two) for one, two in pairs if one.lower is not None and one.missing == "observed"]
        assert {one.method for one, _ in shown} == set(RESAMPLED)
        for one, two in shown:
            assert (one.interval, two.interval) == ("robust", "bootstrap of 199")
            assert two.estimate == one.estimate
            assert two.lower < two.estimate < two.upper
            assert 0.6 < two.standard_error / one.standard_error < 1.6
        again, _ = compared(cases, declared(**words, interval="bootstrap", bootstraps=199))
        assert again.rows == resampled.rows

    def test_the_two_ends_of_the_unseen_see_the_same_resamples(self):
        """With nothing unseen the range is the number, limits and all, though each end is resampled."""
        cases = alike((8, 4), n=(24, 24))
        contrast, _ = compared(cases, declared(propensity="firth", interval="bootstrap", bootstraps=99))
        (bounds,) = rows_of(contrast, measure="risk difference", missing="bounds")
        assert bounds.lower == bounds.upper
        assert bounds.outer_lower < bounds.lower < bounds.outer_upper

    def test_a_cohort_all_alike_keeps_its_point(self):
        section = declared(propensity="firth", interval="bootstrap", bootstraps=99)
        contrast, _ = compared(alike((6, 0)), section)
        (row,) = rows_of(contrast, measure="risk difference", missing="observed")
        assert row.estimate == approx(0.5, abs=0.02)
        assert row.lower is None
        assert row.unadjusted_lower is not None


def test_matching_with_replacement_has_its_own_error():
    rng = np.random.default_rng(3)
    cases = confounded(80, rng)
    for row in cases.rows.cases:
        row["age_years"] += rng.uniform(-8, 8)
    words = {"methods": ("matching with replacement",), "matching": {"ratio": 1, "caliper": "none"}, "gate": ROOMY}
    contrast, _ = compared(cases, declared(**words))
    (row,) = rows_of(contrast, measure="risk difference", missing="observed")
    treated = {each["case_id"] for each in cases.rows.procedures if each["procedure"] == INDEX}
    arm = np.array([each["case_id"] in treated for each in cases.rows.cases])
    x = np.array([[each["age_years"], float(each["sex"] == "male")] for each in cases.rows.cases])
    value = np.array([each["value"] for each in cases.rows.assessments if each["instrument"] == "relief"])
    fit = fit_propensity(arm, x, ["age", "male"])
    found = match_nearest(arm, fit.logit, replace=True)
    wanted = matched_contrast(value, fit, found, check_weights(found.weight, arm, "ATT")).difference
    assert row.interval == "Abadie-Imbens"
    assert (row.estimate, row.lower, row.upper) == approx((wanted.estimate, wanted.lower, wanted.upper))


class TestTheGate:
    def caliper(self, share: float) -> CohortContrast:
        rng = np.random.default_rng(6)
        cases = confounded(120, rng)
        for row in cases.rows.cases:
            row["age_years"] += rng.uniform(-8, 8)
        gate = GATE | {"common_support": 0.1, "unmatched_share": share}
        section = declared(methods=("matching",), matching={"ratio": 1, "caliper": 0.05}, gate=gate)
        return compared(cases, section)[0]

    def test_a_caliper_that_leaves_too_many_out_withholds(self):
        (found,) = self.caliper(0.9).diagnostics
        left = found.unmatched / found.treated
        assert 0.05 < left < 0.9
        assert not any("found no match" in reason for reason in found.reasons)
        (strict,) = self.caliper(left - 0.01).diagnostics
        assert any("the answer would be about other people" in reason for reason in strict.reasons)
        assert any("widen the caliper" in mend for mend in strict.mend)
        (just,) = self.caliper(left).diagnostics
        assert just.passes == found.passes

    def controls(self, shift: float, terms: int = 6, **gate: float) -> tuple[CohortContrast, StudyResult]:
        rng = np.random.default_rng(5)
        cases = confounded(300, rng)
        of_treated = {row["case_id"] for row in cases.rows.procedures if row["procedure"] == INDEX}
        names = tuple(f"control {number}" for number in range(terms))
        for row in cases.rows.cases:
            for term in names:
                if rng.random() < 0.2 + shift * (row["case_id"] in of_treated):
                    cases.rows.adverse_events.append({"case_id": row["case_id"], "term": term, "low": 10, "high": 10})
        asked = {"adverse_events": names, "by_day": 30}
        return weighed(cases, declared(negative_controls=asked, gate=GATE | gate))

    def test_controls_that_err_too_much_withhold_every_number(self):
        contrast, result = self.controls(0.2, negative_control_error=0.1)
        assert contrast.negative_controls.passes is False
        assert "differ by +" in contrast.negative_controls.reasons[0]
        assert all(row.withheld and row.estimate is None for row in contrast.rows)
        assert all(row.described is not None for row in contrast.rows if row.missing != "bounds")
        assert all(found.passes for found in contrast.diagnostics)
        page = page_of(result)
        assert "Every number is withheld: outcomes the treatment cannot change differ by" in page
        assert "yes, but for the negative controls" in page
        assert "is calibrated by these" not in page
        assert "To be told beside the numbers" not in page  # said once, above
        assert result.hidden_causes.e_values == ()

    def test_controls_that_err_little_do_not(self):
        contrast, _ = self.controls(0.0, negative_control_error=0.1)
        assert contrast.negative_controls.passes is True
        assert not any(row.withheld for row in contrast.rows)
        contrast, _ = self.controls(0.2)  # nobody asked: calibrated, not withheld
        assert contrast.negative_controls.passes is None
        assert any(row.calibrated is not None for row in contrast.rows)

    def test_an_error_that_is_not_known_is_not_within(self):
        contrast, _ = self.controls(0.0, terms=1, negative_control_error=0.1)
        assert contrast.negative_controls.passes is False
        assert "is not known" in contrast.rows[0].reasons[0]

    def test_a_level_that_determines_treatment_is_named_in_words(self):
        cases = Cases()
        for number in range(40):
            for treatment, sex in ((INDEX, "male"), (FUSION, "female")):
                cases.add(treatment, age=40.0 + number, sex=sex, relief=float(number % 2))
        contrast, _ = weighed(cases, declared())
        assert any("'sex' being 'male'" in reason for reason in contrast.diagnostics[0].reasons)
        assert not any("sex: male" in reason for reason in contrast.diagnostics[0].reasons)

    def test_a_number_whose_name_has_a_colon_is_no_level(self):
        cases = Cases()
        for number in range(40):
            cases.add(INDEX if number % 2 else FUSION, age=50.0, relief=float(number % 3 == 0))
        _, result = compared(cases, declared(covariates=("age",)))
        assert "is the same in every case" in refused(result)


class TestControlsByADay:
    """Terms are counted by the declared day, so that who was followed longer has not had more chances."""

    def followed(self, *, own: int, other: int, term_day: int | None = 20) -> Cases:
        """Every third of either cohort has the event on that day; the cohorts are followed so many days."""
        cases = Cases()
        for number in range(30):
            for treatment, until in ((INDEX, own), (FUSION, other)):
                name = cases.add(treatment, age=40.0 + number, relief=None, last_contact=(until, until))
                had = term_day is not None and number % 3 == 0 and term_day <= until
                for term, yes in (("rash", had), ("fever", had and number % 2 == 0)):
                    if yes:
                        row = {"case_id": name, "term": term, "low": term_day, "high": term_day}
                        cases.rows.adverse_events.append(row)
                if number % 2:
                    cases.rows.assessments.append(
                        {"case_id": name, "instrument": "relief", "value": float(number % 4 == 1), "visit": None,
                         "status": "done", "low": until, "high": until}
                    )  # fmt: skip
        return cases

    def answer(self, cases: Cases, by_day: int) -> tuple[CohortContrast, StudyResult]:
        section = declared(
            covariates=("age",), negative_controls={"adverse_events": ("rash", "fever"), "by_day": by_day}
        )
        return compared(cases, section)

    def test_a_later_event_does_not_count(self):
        cases = self.followed(own=900, other=60)
        for number in range(0, 60, 2):  # all the long followed have it on day 500, when the others are out of sight
            row = {"case_id": f"c{number:04d}", "term": "rash", "low": 500, "high": 500}
            cases.rows.adverse_events.append(row)
        contrast, _ = self.answer(cases, 30)
        by_name = {each.name: each for each in contrast.negative_controls.controls}
        assert by_name["rash"].estimate == approx(0.0, abs=1e-9)
        assert (by_name["rash"].by_day, by_name["rash"].not_followed) == (30, 0)

    def test_a_day_beyond_follow_up_is_refused_with_the_one_that_fits(self):
        contrast, result = self.answer(self.followed(own=900, other=60), 365)
        assert contrast.negative_controls.controls == ()
        assert "nobody of fusion is known to have been followed to day 365" in refused(result)
        assert "choose a by_day of at most 60" in refused(result)

    def test_who_is_lost_counts_for_what_is_known(self):
        """Unweighted, as every age is in both: the difference of two Aalen-Johansen curves (``stats.survival``)."""
        rng = np.random.default_rng(8)
        cases, courses = Cases(), {INDEX: [], FUSION: []}
        for number in range(60):
            for treatment in (INDEX, FUSION):
                until, when = int(rng.integers(20, 200)), int(rng.integers(1, 300))
                name = cases.add(treatment, age=40.0 + number, relief=None, last_contact=(until, until))
                courses[treatment].append((min(until, when), when <= until))
                for term in ("rash", "fever"):
                    if when <= until:
                        cases.rows.adverse_events.append({"case_id": name, "term": term, "low": when, "high": when})
        contrast, result = self.answer(cases, 90)
        found = contrast.negative_controls.controls[0]
        by_day = []
        for treatment in (INDEX, FUSION):
            time, had = (np.array(each) for each in zip(*courses[treatment], strict=True))
            curve = cumulative_incidence(time.astype(float), had.astype(int), of=1)
            by_day.append(curve.incidence[curve.at_days <= 90][-1])
        assert found.estimate == approx(by_day[0] - by_day[1], abs=0.005)
        lost = [sum(day < 90 and not had for day, had in courses[each]) for each in (INDEX, FUSION)]
        assert [found.not_followed, found.comparator_not_followed] == lost
        page = page_of(result)
        assert "adverse event by day 90" in page
        assert "lost before the day without the event" in page

    def test_a_vague_date_about_the_day_is_refused(self):
        cases = self.followed(own=400, other=400)
        cases.rows.adverse_events.append({"case_id": "c0003", "term": "rash", "low": 10, "high": 90})
        _, result = self.answer(cases, 30)
        assert "had it by day 30 is not certain" in refused(result)
        _, result = self.answer(cases, 100)
        assert "is not certain" not in refused(result)

    def test_the_dead_have_no_event_later_and_are_not_lost(self):
        cases = self.followed(own=400, other=400)
        cases.rows.cases[1] |= {"death_low": 5, "death_high": 5, "last_contact_low": 5, "last_contact_high": 5}
        contrast, _ = self.answer(cases, 30)
        assert contrast.negative_controls.controls[0].comparator_not_followed == 0


@pytest.mark.parametrize("kind", ["unseen", "vague"])
def test_every_reading_of_the_charts_lies_within_the_range(kind):
    """The study run again for every answer the unseen, or the days of two assessments, may have given."""
    methods = ("overlap weighting", "ATT weighting", "entropy balancing", "matching", "matching with replacement")
    words = {"target": "ATT", "matching": {"ratio": 1, "caliper": "none"}, "gate": ROOMY, "allocation": "randomised"}
    section = declared(methods=methods, **words)
    open_ = ("c0003", "c0010", "c0021")

    def answered(by: dict[str, float | None]) -> Cases:
        rng, cases = np.random.default_rng(11), Cases()
        for number in range(40):
            treated = number % 2 == 0
            age, yes = 45.0 + 1.0 * treated + float(rng.normal(0, 6)), float(rng.random() < 0.3 + 0.3 * treated)
            name = f"c{number:04d}"
            cases.add(INDEX if treated else FUSION, age=age, sex="male" if rng.random() < 0.5 else "female",
                      relief=by.get(name, yes))  # fmt: skip
            if name in by and by[name] is None and kind == "vague":
                for low, value in ((300, 1.0), (380, 0.0)):  # whichever is nearer day 365 stands
                    row = {"case_id": name, "instrument": "relief", "value": value, "visit": None, "status": "done"}
                    cases.rows.assessments.append(row | {"low": low, "high": low + 40})
        return cases

    whole, _ = compared(answered(dict.fromkeys(open_)), section)
    readings = [
        compared(answered(dict(zip(open_, each, strict=True))), section)[0] for each in product((0, 1), repeat=3)
    ]
    for method in methods:
        for measure in ("risk difference", "risk ratio"):
            (row,) = rows_of(whole, method=method, measure=measure, missing="bounds")
            each = [rows_of(one, method=method, measure=measure, missing="observed")[0] for one in readings]
            assert row.lower == approx(min(one.estimate for one in each))
            assert row.upper == approx(max(one.estimate for one in each))
            assert row.outer_lower <= min(one.lower for one in each) + 1e-9
            assert row.outer_upper >= max(one.upper for one in each) - 1e-9


class TestScores:
    def test_a_difference_of_means_has_an_e_value_by_hand(self):
        # d in SDs within the cohorts, as a risk ratio exp(0.91 d), then RR + sqrt(RR (RR - 1)) (VanderWeele and Ding 2017)
        cases = Cases()
        for number in range(24):
            for treatment, pain in ((INDEX, 2.0), (FUSION, 5.0)):
                sex = "female" if number % 2 else "male"
                cases.add(treatment, age=40.0 + number, sex=sex, pain=pain + number % 3)
        score = PAIN.model_copy(update={"primary": True})
        contrast, result = weighed(cases, declared(), estimands=(score,))
        (row,) = rows_of(contrast, measure="mean difference", missing="observed")
        spread = sqrt(2 * 24 * (2 / 3) / 46)  # 0, 1 and 2 as often: variance 2/3 about the mean
        assert row.sd == approx(spread)
        (found,) = result.hidden_causes.e_values
        ratio = exp(0.91 * row.estimate / spread)
        assert found.risk_ratio == approx(ratio)
        assert found.of_estimate == approx(1 / ratio + sqrt(1 / ratio * (1 / ratio - 1)))
        nearer = 1 / exp(0.91 * row.upper / spread)
        assert found.of_limit == approx(nearer + sqrt(nearer * (nearer - 1)))  # of the very limits that are printed
        assert 1 < found.of_limit < found.of_estimate
        assert found.approximate
        (array,) = result.hidden_causes.bias_arrays
        assert (array.measure, array.observed) == ("difference of means", row.estimate)
        page = page_of(result)
        for words in (
            "E-value of the estimate, as a risk ratio",
            "E-value of the limit nearer no effect, as a risk ratio",
            "approximate: exp(0.91 d)",
            "the difference of mean scores read as a risk ratio",
        ):
            assert words in page

    def test_risks_have_no_spread_and_are_not_approximate(self):
        contrast, result = weighed(alike((8, 4)), declared())
        assert {row.sd for row in contrast.rows} == {None}
        assert not any(each.approximate for each in result.hidden_causes.e_values)


class TestAllOrNone:
    """0 of n and n of n are normal: the point, why nothing adjusted has limits, and those of the two counts."""

    @pytest.mark.parametrize("responders", [(6, 0), (0, 6), (12, 6), (6, 12)])
    def test_one_cohort(self, responders):
        contrast, result = weighed(alike(responders), declared(methods=("overlap weighting", "ATT weighting")))
        for row in rows_of(contrast, measure="risk difference", missing="observed"):
            assert row.estimate == approx((responders[0] - responders[1]) / 12, abs=0.05)
            assert (row.lower, row.upper) == (None, None)
            wanted = unconditional_interval(responders[0], 12, responders[1], 12, method="chan-zhang", level=0.95)
            assert (row.unadjusted_lower, row.unadjusted_upper) == approx(wanted)
            assert row.unadjusted_interval == "Chan-Zhang, exact"
            assert any("its spread is not known" in note for note in row.notes)
        page = page_of(result)
        assert "unadjusted 95 % CI" in page
        assert "Chan-Zhang, exact" in page

    @pytest.mark.parametrize("responders", [(12, 0), (0, 12), (0, 0), (12, 12)])
    def test_both(self, responders):
        contrast, result = weighed(alike(responders), declared())
        (row,) = rows_of(contrast, measure="risk difference", missing="observed")
        assert row.withheld
        assert row.estimate is None
        wanted = unconditional_interval(responders[0], 12, responders[1], 12, method="chan-zhang", level=0.95)
        assert (row.unadjusted_lower, row.unadjusted_upper) == approx(wanted)
        assert "does not vary in either cohort" in row.reasons[0]
        assert "spread to estimate from; unadjusted 95 % CI" in page_of(result)

    def test_a_range_with_an_end_of_none(self):
        cases = alike((4, 0))
        cases.add(INDEX, age=45.0)
        contrast, _ = weighed(cases, declared())
        (row,) = rows_of(contrast, measure="risk difference", missing="bounds")
        assert row.lower < row.upper
        assert row.outer_lower is None
        least = unconditional_interval(4, 13, 0, 12, method="chan-zhang", level=0.95)
        most = unconditional_interval(5, 13, 0, 12, method="chan-zhang", level=0.95)
        assert (row.unadjusted_lower, row.unadjusted_upper) == approx((least[0], most[1]))

    def test_what_the_gate_withholds_has_no_unadjusted_limits(self):
        contrast, _ = weighed(alike((6, 0)), declared(gate=GATE | {"effective_sample_size": 1_000}))
        assert all(row.withheld and row.unadjusted_lower is None for row in contrast.rows)

    def test_where_both_vary_there_are_none(self):
        contrast, _ = weighed(alike((8, 4)), declared())
        assert {row.unadjusted_lower for row in contrast.rows} == {None}


class TestBadInput:
    """Whatever the cohorts, the review goes on, and every number missing has its words."""

    EVERY = (*RESAMPLED, "matching", "matching with replacement")

    def sections(self) -> list[Any]:
        words = {"target": "ATT", "estimands": ("relief", "mean pain"), "gate": ROOMY}
        one = {"methods": self.EVERY, "matching": {"ratio": 1, "caliper": "none"}, "interval": "robust"}
        two = {"methods": RESAMPLED, "interval": "bootstrap", "bootstraps": 39}
        found = []
        for allocation in ("randomised", "not randomised"):
            for propensity, more in (("logistic", {}), ("firth", {}), ("ridge", {"ridge": 1.0})):
                for how in (one, two):
                    name = f"{allocation} {propensity} {how['interval']}"
                    fit = {"propensity": propensity, "allocation": allocation, "name": name} | more
                    found.append(declared(**words, **how, **fit))
        return found

    def cases(self, kind: str) -> Cases:
        cases = Cases()
        rng = np.random.default_rng(4)
        for number in range(14):
            for treatment in (INDEX, FUSION):
                treated = treatment == INDEX
                alone = {"one treated": INDEX, "one comparator": FUSION}.get(kind)
                if treatment == alone and number:
                    continue
                age = 40.0 + number + (30.0 if treated and kind == "no overlap" else 0.0)
                if kind == "weights that explode":
                    age = 40.0 + (35.0 if treated and number else 0.0) + (36.0 if not treated and number == 0 else 0.0)
                    age += float(rng.uniform(0, 2))
                sex = "male" if (treated if kind == "determined" else number % 2) else "female"
                relief = {"nobody": 0.0, "everybody": 1.0}.get(kind, float((number + treated) % 2))
                pain = 5.0 if kind in ("nobody", "everybody") else float(number % 8)
                cases.add(treatment, age=age, sex=sex, relief=relief, pain=pain)
        return cases

    @pytest.mark.parametrize(
        "kind",
        ["one treated", "one comparator", "no overlap", "determined", "weights that explode", "nobody", "everybody"],
    )
    def test_every_method(self, kind):
        whole = protocol(*self.sections()).model_copy(update={"hidden_cause": CAUSES})
        result = run_study(whole, self.cases(kind).book())
        said = refused(result)
        for contrast in result.contrasts:
            assert contrast.rows or f"comparison '{contrast.name}'" in said
            for row in contrast.rows:
                assert row.withheld == bool(row.reasons)
                assert not row.withheld or (row.estimate is None and row.lower is None and row.mend)
                if kind in ("one treated", "one comparator", "no overlap", "determined"):
                    assert row.withheld
        assert "nan" not in results_json(result).lower()
        render_html(result)
