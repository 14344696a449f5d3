"""Differences, subgroups and associations as a study file asks for them: by hand, by law, and against outside numbers."""

import shutil
from decimal import Decimal
from math import exp
from pathlib import Path

import numpy as np
import pytest

from equipoise import read_casebook, read_comparators, read_protocol, run_study
from equipoise.domain.association import AssociationDeclared
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.difference import DifferenceDeclared
from equipoise.domain.difference_answer import UNADJUSTED
from equipoise.domain.estimand import Endpoint, Estimand, Strategy, ValueRule
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.protocol import IntercurrentEvent, Visit
from equipoise.domain.subgroup import SubgroupDeclared
from equipoise.errors import ProtocolError
from equipoise.report.document import compose
from equipoise.report.html import render_html
from equipoise.report.results import results_json
from reference.saved import rows as saved
from study_parts import INDEX, INSTRUMENTS, Rows, asked, book, case, done, study

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
VISIT = Visit(name="1 month", month=1, day=30, window=(1, 60))
RELIEF = Estimand(
    name="relief",
    primary=True,
    visits=("1 month",),
    endpoint=Endpoint(instrument="relief", value=ValueRule(equals=Decimal(1))),
    strategies={},
)
PAIN = Estimand(name="pain", visits=("1 month",), endpoint=Endpoint(instrument="pain", score="value"), strategies={})
EVENTS = (
    IntercurrentEvent(name="fusion", procedures=("fusion",)),
    IntercurrentEvent(name="other", procedures="any other"),
)


def declared(**changes):
    given = {"name": "treated", "group": "treated", "reference": "control", "allocation": "randomised"}
    of_responders = {"measures": ("risk difference",), "interval": "miettinen-nurminen", "test": "none"}
    return DifferenceDeclared(**given | of_responders | changes)


def policy(estimand):
    """The estimand with treatment policy for both events."""
    return estimand.model_copy(update={"strategies": dict.fromkeys(("fusion", "other"), Strategy.TREATMENT_POLICY)})


def write(rows, name, group, relief=None, **columns):
    """One case, injected on day 0, asked on day 30 unless ``relief`` is None."""
    rows.cases.append(case(name, group=group, last_contact=(200, 200), **columns))
    rows.procedures.append(done(name, INDEX, (0, 0)))
    if relief is not None:
        rows.assessments.append(asked(name, "relief", float(relief), (30, 30)))


def people(**groups):
    """So many yes, no and unknown a group."""
    rows = Rows()
    for group, (yes, no, unknown) in groups.items():
        for number, relief in enumerate([1] * yes + [0] * no + [None] * unknown):
            write(rows, f"{group} {number}", group, relief)
    return rows


def answer(rows, *, estimands=(RELIEF,), events=(), **parts):
    protocol = study(visits=[VISIT], estimands=list(estimands), events=events)
    return run_study(protocol.model_copy(update=parts), book(rows))


def one(result, missing, measure="risk difference"):
    (difference,) = result.differences
    (found,) = (
        row
        for row in difference.responses
        if (row.missing, row.measure, row.strategy) == (missing, measure, "treatment policy")
    )
    return found


@pytest.fixture(scope="module")
def boulder():
    assert (SHARED / "boulder" / "boulder_2022.csv").is_file(), (
        "put boulder_2022.csv into ../shared/data/boulder beside the checkout (tests/study/test_boulder.py)"
    )
    protocol = read_protocol(ROOT / "examples" / "boulder-2022")
    return run_study(protocol, read_casebook(protocol))


class TestBoulder:
    """Ashar et al. (2022): 33/50 of therapy, 10/51 of the placebo injection, 5/50 of usual care."""

    def test_the_interval_of_the_definitions(self, boulder):
        # METHODS 16: Miettinen-Nurminen, 33/50 against 10/51, .278 to .617
        placebo, _ = boulder.differences
        (found,) = (
            row for row in placebo.responses if (row.missing, row.measure) == ("non-responder", "risk difference")
        )
        assert (found.responders_low, found.n_low) == (33, 50)
        assert (found.reference_responders_low, found.reference_n_low) == (10, 51)
        assert (round(found.lower, 3), round(found.upper, 3)) == (0.278, 0.617)
        assert (placebo.allocation, found.label) == ("randomised", "")

    def test_the_mean_difference_is_welchs(self, boulder):
        # the first row of reference/welch.csv has the paper's rounded means; these are the data's own, to rounding
        placebo, _ = boulder.differences
        (found,) = (row for row in placebo.means if (row.estimand, row.missing) == ("mean pain", "observed"))
        (row,) = (each for each in saved("welch") if each["n"] == "44" and each["level"] == "0.95")
        assert found.estimate == pytest.approx(1.18 - 2.84, abs=0.01)
        assert (found.lower, found.upper) == pytest.approx((float(row["lower"]), float(row["upper"])), abs=0.02)

    def test_the_report_says_it(self, boulder):
        page = render_html(boulder)
        for words in ("One group against another", "+46 points (95 % CI 28 to 62)", "33/50 = 66 %", "10/51 = 20 %"):
            assert words in page


class TestResponders:
    def test_three_ways_by_hand(self):
        result = answer(people(treated=(3, 1, 2), control=(1, 2, 1)), difference=(declared(),))
        assert one(result, "observed").estimate == pytest.approx(3 / 4 - 1 / 3)
        assert one(result, "non-responder").estimate == pytest.approx(3 / 6 - 1 / 4)
        bounds = one(result, "bounds")
        assert (bounds.estimate, bounds.lower, bounds.upper) == (None, 0.0, pytest.approx(5 / 6 - 1 / 4))

    def test_only_the_declared_strategies_and_treatment_policy_are_compared(self):
        by_visit = RELIEF.model_copy(
            update={"strategies": dict.fromkeys(("fusion", "other"), Strategy.COMPOSITE_BY_VISIT)}
        )
        result = answer(
            people(treated=(3, 1, 0), control=(1, 2, 0)), estimands=[by_visit], events=EVENTS, difference=(declared(),)
        )
        assert {row.strategy for row in result.differences[0].responses} == {"composite by visit", "treatment policy"}

    def test_groups_not_formed_by_chance_label_every_number(self):
        rows = people(treated=(3, 1, 2), control=(1, 2, 1))
        for number in range(2):
            for group in ("treated", "control"):
                rows.assessments.append(asked(f"{group} {number}", "pain", 3.0 + number, (30, 30)))
        asks = declared(allocation="not randomised", events=("fusion",), horizon_day=100)
        result = answer(rows, estimands=[policy(RELIEF), policy(PAIN)], events=EVENTS, difference=(asks,))
        (found,) = result.differences
        assert min(len(each) for each in (found.responses, found.means, found.events)) > 0
        assert {row.label for row in (*found.responses, *found.means, *found.events)} == {UNADJUSTED}
        assert UNADJUSTED in render_html(result)

    def test_changing_places_changes_the_sign_and_nothing_else(self):
        rows = people(treated=(5, 3, 2), control=(2, 6, 1))
        asks = declared(interval="agresti-min", test="barnard")
        found = answer(rows, difference=(asks,))
        turned = answer(rows, difference=(asks.model_copy(update={"group": "control", "reference": "treated"}),))
        for missing in ("observed", "non-responder", "bounds"):
            ours, theirs = one(found, missing), one(turned, missing)
            assert ours.p_value == (None if theirs.p_value is None else pytest.approx(theirs.p_value))
            assert (ours.lower, ours.upper) == pytest.approx((-theirs.upper, -theirs.lower), abs=2e-6)

    def test_everybody_nobody_and_an_arm_without_answers(self):
        measures = ("risk difference", "risk ratio", "odds ratio")
        result = answer(
            people(treated=(4, 0, 0), control=(0, 3, 0)), difference=(declared(measures=measures, test="boschloo"),)
        )
        assert one(result, "observed").estimate == 1.0
        assert one(result, "observed", "odds ratio").estimate is None
        assert "without end" in one(result, "observed", "odds ratio").note
        nobody = answer(people(treated=(4, 0, 0), control=(0, 0, 3)), difference=(declared(measures=measures),))
        assert one(nobody, "observed").method == "nobody to count"
        assert "NaN" not in results_json(nobody)
        assert "nobody" in render_html(nobody)

    def test_an_exact_interval_too_large_is_refused_in_words_and_the_rest_goes_on(self):
        rows = people(treated=(110, 100, 0), control=(90, 120, 0))
        result = answer(rows, difference=(declared(interval="chan-zhang", test="barnard"),))
        found = one(result, "observed")
        assert found.estimate == pytest.approx(110 / 210 - 90 / 210)
        assert (found.lower, found.upper, found.p_value) == (None, None, None)
        refused = [each for each in result.sensitivity.refused if each.where.startswith("difference 'treated'")]
        assert refused
        assert all("Miettinen-Nurminen" in each.instead for each in refused)
        assert "Some of it was refused" in render_html(result)

    def test_a_group_nobody_is_in_is_refused_with_the_groups_there_are(self):
        asks = AssociationDeclared(
            name="a",
            estimand="relief",
            visit="1 month",
            factors=("sex",),
            missing="observed",
            together=False,
            group="x",
        )
        with pytest.raises(ProtocolError) as error:
            answer(
                people(treated=(1, 1, 0), control=(1, 1, 0)),
                difference=(declared(group="treatd", reference="sham"),),
                covariate=(CovariateDeclared(name="sex", column="cases.sex"),),
                association=(asks,),
            )
        assert len(error.value.problems) == 3
        assert all("the groups are control, treated" in each.remedy for each in error.value.problems)


class TestScores:
    def test_constant_scores_and_single_patients_are_refused_and_never_nan(self):
        rows = people(treated=(2, 0, 0), control=(2, 0, 0))
        for name in ("treated 0", "treated 1", "control 0"):
            rows.assessments.append(asked(name, "pain", 4.0, (30, 30)))
        result = answer(rows, estimands=(RELIEF, PAIN), difference=(declared(),))
        (found,) = (row for row in result.differences[0].means if row.missing == "observed")
        assert (found.estimate, found.lower, found.p_value) == (0.0, None, None)
        assert [each for each in result.sensitivity.refused if "pain" in each.where]
        assert "NaN" not in results_json(result)

    def test_the_range_of_means_by_hand(self):
        # pain 2 and unknown against 4: (2 + 0..10) / 2 - 4, on a scale of 0 to 10
        rows = people(treated=(2, 0, 0), control=(1, 0, 0))
        rows.assessments += [asked("treated 0", "pain", 2.0, (30, 30)), asked("control 0", "pain", 4.0, (30, 30))]
        result = answer(rows, estimands=(RELIEF, PAIN), difference=(declared(),))
        (found,) = (row for row in result.differences[0].means if row.missing == "bounds")
        assert (found.lower, found.upper) == (-3.0, 2.0)


def draws(seed, n):
    """Park and Miller's generator, as in reference/gray.R."""
    states = np.empty(n, dtype=np.int64)
    for i in range(n):
        seed = states[i] = 16807 * seed % 2147483647
    return states


class TestEvents:
    def timed(self, times, causes, groups, last=None):
        rows = Rows()
        for number, (time, cause, group) in enumerate(zip(times, causes, groups, strict=True)):
            name = f"case {number}"
            end = time if cause == 0 else max(time, last or time)
            rows.cases.append(case(name, group=("treated", "control")[group], last_contact=(int(end), int(end))))
            rows.procedures.append(done(name, INDEX, (0, 0)))
            if cause:
                rows.procedures.append(done(name, ("fusion", "epidural")[cause - 1], (int(time), int(time))))
        return rows

    def compared(self, rows, horizon):
        asks = declared(events=("fusion", "other"), horizon_day=horizon)
        result = answer(rows, estimands=[policy(RELIEF)], events=EVENTS, difference=(asks,))
        return result.differences[0].events, result

    @pytest.mark.parametrize("of", [1, 2])
    def test_grays_test_is_cmprsks(self, of):
        # reference/gray.R: the first 24 of its cases in two groups, cause 1 and cause 2
        drawn = draws(2013, 480).reshape(4, 120)[:, :24]
        group, cause = drawn[0] // 7 % 3, drawn[2] // 13 % 3
        time = 1 + drawn[3] // 5 % 20 + 3 * group * (cause == 1)
        events, _ = self.compared(self.timed(time, cause, np.minimum(group, 1)), 10)
        (row,) = (each for each in saved("gray") if each["case"] == "24 cases, two groups" and each["of"] == str(of))
        assert events[of - 1].gray_chi_squared == pytest.approx(float(row["value"]), rel=1e-9)
        assert events[of - 1].gray_p_value == pytest.approx(float(row["second"]), rel=1e-9)

    def test_incidence_and_days_lost_by_hand(self):
        # treated: one of four fused on day 10, one otherwise on day 20; control: two of four fused on day 40; to day 100
        times, causes = [10, 20, 100, 100, 40, 40, 100, 100], [1, 2, 0, 0, 1, 1, 0, 0]
        (fusion, other), _ = self.compared(self.timed(times, causes, [0] * 4 + [1] * 4, last=100), 60)
        assert (fusion.kind, fusion.n, fusion.reference_n) == ("Aalen-Johansen", 4, 4)
        assert (fusion.incidence, fusion.reference_incidence, fusion.difference) == (0.25, 0.5, -0.25)
        # no censoring by day 60, so the variances are binomial: 1/4 3/4 / 4 + 1/2 1/2 / 4
        assert fusion.standard_error == pytest.approx(np.sqrt(3 / 64 + 1 / 16))
        assert (fusion.days_lost, fusion.reference_days_lost) == (50 / 4, 2 * 20 / 4)
        assert (other.difference, other.lower, other.upper) == (0.25, None, None)
        assert "no limits" in other.note

    def test_vague_dates_give_bounds_and_refuse_the_rest(self):
        # treated: one of two fused on day 5, one on some day of 20 to 40; control: nobody of two; by day 30
        rows = self.timed([5, 50, 50, 50], [1, 0, 0, 0], [0, 0, 1, 1], last=50)
        rows.procedures.append(done("case 1", "fusion", (20, 40)))
        (fusion, _), result = self.compared(rows, 30)
        assert (fusion.kind, fusion.certain, fusion.possible) == ("bounds", 1, 2)
        assert (fusion.lower, fusion.upper) == (0.5, 1.0)
        assert fusion.outer_lower < 0.5
        assert fusion.gray_p_value is None
        assert [each for each in result.sensitivity.refused if "Gray" in each.where]

    def test_a_horizon_after_follow_up_is_refused_in_words(self):
        (fusion, _), result = self.compared(self.timed([5, 50, 20, 50], [1, 0, 1, 0], [0, 0, 1, 1]), 400)
        assert (fusion.difference, fusion.days_lost) == (None, None)
        assert any("at most 50" in each.instead for each in result.sensitivity.refused)
        assert fusion.gray_p_value is not None


SEX = CovariateDeclared(name="sex", column="cases.sex")
AGE = CovariateDeclared(name="age", column="cases.age_years", cut_points=(40.0, 60.0))


class TestSubgroups:
    def people(self):
        rows = Rows()
        for number in range(14):
            group = ("treated", "control")[number % 2]
            write(rows, f"f{number}", group, int(number < 8), sex="female", age_years=40.0)
        for number in range(4):
            write(rows, f"m{number}", "treated", int(number < 1), sex="male", age_years=39.9)
        write(rows, "x", "control", 1, age_years=60.0)
        return rows

    def test_every_cell_by_hand(self):
        asks = (SubgroupDeclared(name="by sex", covariate="sex"),)
        result = answer(self.people(), covariate=(SEX,), subgroup=asks, difference=(declared(),))
        (found,) = result.subgroups
        assert (found.levels, found.label) == (("female", "male", "not recorded"), "exploratory")
        seen = {
            (row.level_name, row.group): (row.responders, row.n, bool(row.warning))
            for row in found.rates
            if row.missing == "observed"
        }
        assert seen == {
            ("female", "treated"): (4, 7, True),
            ("female", "control"): (4, 7, True),
            ("male", "treated"): (1, 4, True),
            ("male", "control"): (0, 0, True),
            ("not recorded", "treated"): (0, 0, True),
            ("not recorded", "control"): (1, 1, True),
        }
        differences = {row.level_name: row.estimate for row in found.differences if row.missing == "observed"}
        assert differences == {"female": 0.0, "male": None, "not recorded": None}
        assert all(row.p_value is None for row in found.differences)

    def test_the_cells_add_up_to_the_group(self):
        asks = (SubgroupDeclared(name="by age", covariate="age"),)
        result = answer(self.people(), covariate=(AGE,), subgroup=asks)
        (found,) = result.subgroups
        assert found.levels == ("below 40", "40 to below 60", "60 or more")
        for missing in ("observed", "non-responder"):
            for group in ("treated", "control"):
                cells = [row for row in found.rates if (row.missing, row.group) == (missing, group)]
                (whole,) = (
                    row
                    for row in result.estimates
                    if (row.estimand, row.missing, row.group) == ("relief", missing, group)
                )
                assert (sum(row.responders for row in cells), sum(row.n for row in cells)) == (
                    whole.responders,
                    whole.n,
                )

    def test_a_cell_of_ten_has_no_warning(self):
        rows = people(treated=(6, 4, 0), control=(5, 4, 0))
        rows.cases = [each | {"sex": "female"} for each in rows.cases]
        (found,) = answer(rows, covariate=(SEX,), subgroup=(SubgroupDeclared(name="s", covariate="sex"),)).subgroups
        warned = {row.group for row in found.rates if row.warning}
        assert warned == {"control"}

    def test_a_doubling_is_cut_in_the_numbers_own_unit(self):
        doses = CovariateDeclared(
            name="cells", column="procedures.nucleated_cells_million", log2=True, cut_points=(10.0,)
        )
        rows = people(treated=(2, 0, 0))
        rows.procedures = [
            each | {"nucleated_cells_million": dose} for each, dose in zip(rows.procedures, (9.9, 10.0), strict=True)
        ]
        (found,) = answer(rows, covariate=(doses,), subgroup=(SubgroupDeclared(name="s", covariate="cells"),)).subgroups
        assert [(row.level_name, row.n) for row in found.rates if row.missing == "observed"] == [
            ("below 10", 1),
            ("10 or more", 1),
        ]

    def test_a_number_without_cut_points_is_refused(self):
        age = CovariateDeclared(name="age", column="cases.age_years")
        with pytest.raises(ProtocolError, match="cut_points"):
            answer(self.people(), covariate=(age,), subgroup=(SubgroupDeclared(name="s", covariate="age"),))


class TestAssociations:
    def test_printed_by_logistf(self):
        # summary(logistf(case ~ age + oc + vic + vicl + vis + dia, data = sex2)): tests/study/test_firth_sex2.py
        file = SHARED / "reference" / "sex2.csv"
        assert file.is_file(), "put sex2.csv beside the checkout (tests/study/test_firth_sex2.py says how)"
        data = np.loadtxt(file, delimiter=",", skiprows=1)
        names = ("age", "oc", "vic", "vicl", "vis", "dia")
        scales = {
            name: Instrument(name=name, label=name, low=Decimal(0), high=Decimal(1), better=Better.LOWER)
            for name in names
        }
        rows = Rows()
        for number, (response, *factors) in enumerate(data):
            write(rows, f"{number}", None, response)
            rows.assessments += [
                asked(f"{number}", name, each, (0, 0)) for name, each in zip(names, factors, strict=True)
            ]
        asks = AssociationDeclared(
            name="sex2", estimand="relief", visit="1 month", factors=names, missing="observed", together=True
        )
        covariates = tuple(CovariateDeclared(name=name, column=f"baseline.{name}", look_back_days=0) for name in names)
        instruments = {each.name: each for each in INSTRUMENTS} | scales
        (found,) = answer(rows, covariate=covariates, association=(asks,), instruments=instruments).associations
        printed = [-1.10598131, -0.06881673, 2.26887464, -2.11140817, -0.78831694, 3.09601166]
        assert [row.log_odds_ratio for row in found.rows] == pytest.approx(printed, abs=5e-7)
        assert found.rows[5].odds_ratio == pytest.approx(exp(3.09601166), rel=1e-6)
        assert (found.rows[5].lower, found.rows[5].upper) == pytest.approx((exp(0.7745682), exp(8.03029352)), rel=1e-5)
        assert found.rows[5].p_value == pytest.approx(4.951873e-03, rel=1e-6)
        assert (found.model_degrees, found.model_chi_squared) == (6, pytest.approx(49.09064, abs=1e-5))
        assert (found.label, found.rows[0].n) == ("exploratory", 239)

    def people(self):
        rows = Rows()
        for number in range(12):
            age, sex = 30.0 + 3 * number, "female" if number % 3 else "male"
            write(rows, f"{number}", None, int(number in (1, 4, 6, 8, 9, 11)), age_years=age, sex=sex)
        write(rows, "no age", None, 1, sex="male")
        write(rows, "no answer", None, None, age_years=50.0, sex="male")
        rows.cases.append(case("vague", age_years=55.0, sex="female", last_contact=(200, 200)))
        rows.procedures.append(done("vague", INDEX, (0, 0)))
        rows.assessments += [asked("vague", "relief", each, (low, 40)) for each, low in ((0.0, 25), (1.0, 26))]
        return rows

    def ask(self, rows, **changes):
        given = {"name": "a", "estimand": "relief", "visit": "1 month", "factors": ("age", "sex")}
        asks = AssociationDeclared(**given | {"missing": "observed", "together": False} | changes)
        age = CovariateDeclared(name="age", column="cases.age_years")
        result = answer(rows, covariate=(age, SEX), association=(asks,))
        return result.associations[0], result

    def test_who_is_counted_and_who_leaves(self):
        found, result = self.ask(self.people())
        assert (found.cases, found.unknown, found.vague, found.not_counted) == (15, 1, 1, 0)
        assert [(row.factor, row.per, row.n, row.responders, row.factor_unknown) for row in found.rows] == [
            ("age", "one unit more", 12, 6, 1),
            ("sex", "male against female", 13, 7, 0),
        ]
        assert "exploratory" in " ".join(section.heading for section in compose(result).sections)
        counted_as_no, _ = self.ask(self.people(), missing="non-responder")
        assert [(row.n, row.responders) for row in counted_as_no.rows] == [(14, 6), (15, 7)]

    def test_separation_is_fine_and_everybody_alike_is_refused_in_words(self):
        rows = Rows()
        for number in range(10):
            write(
                rows,
                f"{number}",
                None,
                int(number < 5),
                age_years=float(number),
                sex="male" if number < 5 else "female",
            )
        found, _ = self.ask(rows)
        assert all(row.odds_ratio is not None and row.odds_ratio > 0 for row in found.rows)
        alike = Rows()
        for number in range(10):
            write(alike, f"{number}", None, 1, age_years=float(number), sex="male")
        found, result = self.ask(alike, together=True)
        assert (found.rows, found.model_p_value) == ((), None)
        why = " ".join(each.why for each in result.sensitivity.refused if each.where.startswith("association"))
        assert "everybody responded alike" in why
        assert "the same in every case" in why

    def test_more_parameters_than_patients_are_refused_in_words(self):
        rows = Rows()
        for number in range(3):
            write(rows, f"{number}", None, number % 2, age_years=float(number), sex="male" if number else "female")
        found, result = self.ask(rows, together=True)
        assert found.rows == ()
        assert any("too few" in each.why for each in result.sensitivity.refused)


class TestStudyFile:
    """What a study file may not say, each with its remedy, all at once."""

    def refused(self, tmp_path, *changes):
        for name in ("study.toml", "published_arms.csv"):
            shutil.copy(ROOT / "examples" / "disc-series-synthetic" / name, tmp_path / name)
        file = tmp_path / "study.toml"
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ProtocolError) as error:
            read_protocol(file)
        return {each.where.removeprefix("study.toml: "): (each.problem, each.remedy) for each in error.value.problems}

    def test_names_that_do_not_exist(self, tmp_path):
        bad = """[[difference]]
name = "d"
group = "a"
reference = "b"
allocation = "randomised"
estimands = ["change in pian"]
events = ["fussion"]
horizon_day = 100

[sensitivity]
"""
        found = self.refused(
            tmp_path,
            ("[sensitivity]\n", bad),
            ('covariate = "sex"', 'covariate = "sexe"'),
            ('factors = ["nucleated cells", "sex"]', 'factors = ["nucleated cell", "sex"]'),
            ('visit = "3 months"', 'visit = "3 month"'),
        )
        assert found["difference 'd'.estimands"][1] == "did you mean 'change in pain'?"
        assert found["difference 'd'.events"][1] == "did you mean 'fusion'?"
        assert found["subgroup 'by sex'.covariate"][1] == "did you mean 'sex'?"
        assert found["association 'dose and response at three months'.factors"][1] == "did you mean 'nucleated cells'?"
        assert found["association 'dose and response at three months'.visit"][1] == "did you mean '3 months'?"

    def test_responders_need_a_measure_an_interval_and_a_test(self, tmp_path):
        head = '[[difference]]\nname = "d"\ngroup = "a"\nreference = "b"\nallocation = "randomised"\n'
        found = self.refused(tmp_path, ("[sensitivity]\n", f"{head}\n[sensitivity]\n"))
        assert "'test' is missing" in found["difference 'd'"][0]

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ('reference = "a"', "same group"),
            ('reference = "b"\nevents = ["fusion"]', "no horizon_day"),
            ('reference = "b"\nhorizon_day = 9', "no events"),
            ('reference = "b"\nmargin = 0.1\nmeasures = ["risk ratio"]', "margin is a risk difference"),
        ],
    )
    def test_a_difference_that_contradicts_itself(self, tmp_path, line, words):
        head = f'[[difference]]\nname = "d"\ngroup = "a"\nallocation = "randomised"\n{line}\n'
        found = self.refused(tmp_path, ("[sensitivity]\n", f"{head}\n[sensitivity]\n"))
        assert any(words in problem for problem, _ in found.values())

    def test_a_score_has_no_measures_no_subgroups_and_no_association(self, tmp_path):
        head = """[[difference]]
name = "d"
group = "a"
reference = "b"
allocation = "randomised"
estimands = ["change in pain"]
measures = ["risk ratio"]

[sensitivity]
"""
        found = self.refused(
            tmp_path,
            ("[sensitivity]\n", head),
            ('covariate = "sex"\n', 'covariate = "sex"\nestimands = ["change in pain"]\n'),
            ('estimand = "half the pain gone, without another procedure"\nvisit', 'estimand = "change in pain"\nvisit'),
        )
        assert "speaks of responders" in found["difference 'd'.measures"][0]
        assert "is a score" in found["subgroup 'by sex'.estimands"][0]
        assert "is a score" in found["association 'dose and response at three months'.estimand"][0]

    def test_a_number_has_cut_points(self, tmp_path):
        found = self.refused(tmp_path, ("cut_points = [60, 120]", ""))
        assert "cut_points" in found["subgroup 'by cells injected'.covariate"][1]


def test_the_synthetic_example_knows_its_truth():
    """generate.py doubles the cells of those who kept half of their pain or less; sex has no part in it."""
    protocol = read_protocol(ROOT / "examples" / "disc-series-synthetic")
    (found,) = run_study(protocol, read_casebook(protocol), read_comparators(protocol)).associations
    cells, sex = found.rows
    assert cells.lower > 1
    assert sex.lower < 1 < sex.upper
    assert (cells.n + cells.factor_unknown, cells.per) == (sex.n, "a doubling")
