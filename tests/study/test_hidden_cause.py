"""Hidden causes, matched pairs, sham and the entry rule, as a study file asks for them."""

from dataclasses import replace
from decimal import Decimal
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import comparison_studies
from adjusted_studies import PAIN, RELIEF, THIRD, declared, protocol, published, write
from equipoise import read_casebook, read_comparators, read_protocol, run_study
from equipoise.compare.hidden_cause_pairs import bound_pairs
from equipoise.compare.hidden_cause_ratio import ratio_of_rates
from equipoise.domain.difference import DifferenceDeclared
from equipoise.domain.estimand import Endpoint, Estimand, ImprovementRule, Missing
from equipoise.domain.hidden_cause import EntryRule, HiddenCauseDeclared, RegressionToMeanDeclared, entry_rule
from equipoise.domain.hidden_cause_answer import HiddenCauses, NotWeighed
from equipoise.domain.instrument import Better
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import Population, Sensitivity
from equipoise.report.checklist import told
from equipoise.report.html import render_html
from equipoise.report.results import results_json
from equipoise.stats.difference import miettinen_nurminen
from equipoise.stats.proportion import clopper_pearson
from report_results import marrow
from study_parts import FUNCTION, INDEX, Rows, asked, book
from study_parts import PAIN as PAIN_SCALE

ROOT = Path(__file__).parents[2]
CAUSES = HiddenCauseDeclared(prevalences=(0.1, 0.5), strengths=(4.0,), strengths_points=(2.0,))


def two_groups(treated=(12, 4), control=(4, 12)):
    rows = Rows()
    for group, (yes, no) in (("treated", treated), ("control", control)):
        for number in range(yes + no):
            pain = 8.0, (3.0 if group == "treated" else 5.0) + number % 3
            write(rows, f"{group}{number}", relief=float(number < yes), pain=pain, group=group)
    return rows


def weighed(rows, *, allocation="not randomised", estimands=(RELIEF,), **parts):
    compared = DifferenceDeclared(
        name="against control",
        group="treated",
        reference="control",
        allocation=allocation,
        measures=("risk difference",),
        interval="miettinen-nurminen",
        test="none",
    )
    given = {"hidden_cause": CAUSES, "difference": (compared,)} | parts
    result = run_study(protocol(estimands=estimands, **given), book(rows))
    results_json(result)
    return result


class TestDifferences:
    def test_by_hand(self):
        # 12/16 against 4/16 is three times; VanderWeele and Ding (2017): RR + sqrt(RR (RR - 1))
        found = weighed(two_groups()).hidden_causes.e_values[0]
        assert found.risk_ratio == pytest.approx(3)
        assert found.of_estimate == pytest.approx(3 + sqrt(6))
        lower, upper = miettinen_nurminen(12, 16, 4, 16, measure="risk ratio", level=0.95)
        assert (found.lower, found.upper) == (pytest.approx(float(lower)), pytest.approx(float(upper)))
        assert found.of_limit == pytest.approx(found.lower + sqrt(found.lower * (found.lower - 1)))

    def test_the_array_by_hand(self):
        # half of the treated and a tenth of the controls have a cause of four times: 3 / (2.5 / 1.3)
        array = weighed(two_groups()).hidden_causes.bias_arrays[0]
        cells = {(cell.prevalence_treated, cell.prevalence_control): cell.adjusted for cell in array.cells}
        assert cells[0.5, 0.1] == pytest.approx(3 / (2.5 / 1.3))
        assert cells[0.5, 0.5] == pytest.approx(3)  # as common on both sides it explains nothing

    def test_fewer_responders_are_turned_round(self):
        found = weighed(two_groups((4, 12), (12, 4))).hidden_causes.e_values[0]
        assert (found.risk_ratio, found.of_estimate) == (pytest.approx(1 / 3), pytest.approx(3 + sqrt(6)))

    def test_chance_formed_groups_have_no_hidden_cause(self):
        result = weighed(two_groups(), allocation="randomised")
        assert result.hidden_causes.e_values == ()
        assert "nothing a hidden cause could explain" in render_html(result)

    def test_where_nobody_responded_it_says_so(self):
        found = weighed(two_groups(control=(0, 16))).hidden_causes
        assert found.e_values == ()
        assert "nobody responded on one side" in found.refused[0].why
        # there is a comparison with a number: only its ratio is lacking
        page = render_html(weighed(two_groups(control=(0, 16))))
        assert "No E-value can be given" in page
        assert "nothing a hidden cause could explain" not in page

    def test_ranges_alone_are_not_passed_over(self):
        rows = two_groups()
        write(rows, "unseen", relief=None, group="treated")
        asked_for = Sensitivity(strategies="all", missing=(Missing.BOUNDS,))
        found = weighed(rows, sensitivity=asked_for).hidden_causes
        assert found.e_values == ()
        assert [each.where for each in found.refused] == ["against control"]
        assert "every answer is a range" in found.refused[0].why

    def test_scores(self):
        # d in SDs is a risk ratio of exp(0.91 d) (VanderWeele and Ding 2017, table 2)
        score = PAIN.model_copy(update={"primary": True})
        result = weighed(two_groups(), estimands=(score,))
        (mean,) = (each for each in result.differences[0].means if each.missing == "observed")
        (found,) = result.hidden_causes.e_values
        spread = sqrt((15 * mean.sd**2 + 15 * mean.reference_sd**2) / 30)
        assert found.risk_ratio == pytest.approx(exp(0.91 * mean.estimate / spread))
        assert found.lower < found.risk_ratio < found.upper < 1
        (array,) = result.hidden_causes.bias_arrays
        cells = {(cell.prevalence_treated, cell.prevalence_control): cell.adjusted for cell in array.cells}
        assert cells[0.5, 0.1] == pytest.approx(mean.estimate - 2 * 0.4)


class TestPublished:
    @given(st.integers(1, 30), st.integers(0, 10), st.floats(0.05, 0.9), st.floats(0.01, 0.04))
    def test_limits_of_two_rates_combined(self, yes, no, other, spread):
        n = yes + no
        ratio, lower, upper = ratio_of_rates(yes, n, other, other - spread, other + spread, level=0.95)
        assert lower <= ratio <= upper
        own = [float(each) for each in clopper_pearson(yes, n, level=0.95)]
        # a published rate without error leaves the cases' own limits, and with error they are wider
        _, low, high = ratio_of_rates(yes, n, other, other, other, level=0.95)
        assert (low, high) == (pytest.approx(own[0] / other), pytest.approx(own[1] / other))
        assert lower <= low <= high <= upper

    def test_by_hand(self):
        own = [float(each) for each in clopper_pearson(10, 20, level=0.95)]
        ratio, lower, _ = ratio_of_rates(10, 20, 0.25, 0.2, 0.3, level=0.95)
        assert ratio == pytest.approx(2)
        assert log(lower) == pytest.approx(log(2) - sqrt(log(0.5 / own[0]) ** 2 + log(0.3 / 0.25) ** 2))

    def test_nobody(self):
        assert ratio_of_rates(0, 20, 0.25, 0.2, 0.3, level=0.95) is None

    def test_the_synthetic_series(self):
        asked_for = read_protocol(ROOT / "examples" / "disc-series-synthetic")
        result = run_study(asked_for, read_casebook(asked_for), read_comparators(asked_for))
        found = result.hidden_causes
        assert {each.kind for each in found.e_values} >= {"published arms"}
        (sham,) = found.placebo
        (pooled,) = (each.pooled for each in result.comparisons)
        assert (sham.arms, sham.estimate) == (4, pooled.estimate)
        page = render_html(result)
        for said in (
            "E-values",
            "what a hidden cause would leave",
            "What sham alone gives",
            "What the entry rule alone does",
        ):
            assert said in page

    def test_an_adjusted_arm_has_one_too(self):
        rows = two_groups()
        for number, each in enumerate(rows.cases):
            each["age_years"] = 40.0 + number
        asked_for = declared(group="treated", baseline=({"covariate": "age", "mean": 47.0},))
        result = run_study(protocol(adjusted_benchmark=(asked_for,), hidden_cause=CAUSES), book(rows))
        found = result.hidden_causes.e_values[0]
        assert (found.kind, found.risk_ratio) == (
            "adjusted published arm",
            result.adjusted_benchmarks[0].rows[0].risk_ratio,
        )

    def test_an_anchored_one_has_none(self):
        rows = two_groups()
        for number, each in enumerate(rows.cases):
            each["age_years"] = 40.0 + number % 16
        anchored = declared(
            group="treated",
            arm="rival",
            anchor={"arm": "sham", "group": "control"},
            baseline=({"covariate": "age", "mean": 47.0},),
        )
        arms = published(arm="rival", responders=40), published()
        result = run_study(protocol(arms=arms, adjusted_benchmark=(anchored,), hidden_cause=CAUSES), book(rows))
        assert result.adjusted_benchmarks[0].rows[0].estimate is not None
        assert "anchored" in result.hidden_causes.refused[0].why


class TestPairs:
    def test_smoking_and_lung_cancer(self):
        # Rosenbaum (2002), Observational Studies, 2nd edition, section 4.3.2: 122 discordant pairs, in 110 of them the
        # smoker died; printed .0036, .03 and .1 for 4, 5 and 6, from a normal with continuity correction
        better_by = np.concatenate([np.ones(110), -np.ones(12)])
        found = bound_pairs(
            "smoking", "lung cancer", "ever", "observed", better_by=better_by, kind="yes or no", gammas=(4, 5, 6)
        )
        upper = {row.gamma: row.upper for row in found.rows}
        assert [upper[4], upper[5], upper[6]] == pytest.approx([0.0036, 0.03, 0.1], abs=0.008)
        assert 5 < found.explained_at < 6  # the largest gamma at which P is at most .025, exactly
        assert found.rows[0].gamma == 1

    def test_a_comparison_matched_one_to_one_has_them(self):
        # all 24 treated and 4 of the 24 others respond: 20 pairs differ, all won; P(all won) is (gamma / (1 + gamma))^20
        cases = comparison_studies.Cases()
        for number in range(24):
            for treatment, relief in ((INDEX, 1.0), (comparison_studies.FUSION, float(number < 4))):
                cases.add(treatment, age=40.0 + number, sex="female" if number % 2 else "male", relief=relief)
        section = comparison_studies.declared(methods=("matching",), matching={"ratio": 1, "caliper": "none"})
        asked_for = comparison_studies.protocol(section).model_copy(
            update={"hidden_cause": HiddenCauseDeclared(prevalences=(0.5,), strengths=(2.0,), gammas=(2.0,))}
        )
        result = run_study(asked_for, cases.book())
        found = next(each for each in result.hidden_causes.pairs if each.missing == "observed")
        assert (found.pairs, found.method) == (20, "exact")
        assert {row.gamma: row.upper for row in found.rows} == pytest.approx({1.0: 0.5**20, 2.0: (2 / 3) ** 20})
        assert "Rosenbaum bounds" in render_html(result)
        assert {each.kind for each in result.hidden_causes.e_values} == {"contrast"}

    def test_a_comparison_without_a_ratio_is_not_passed_over(self):
        cases = comparison_studies.Cases()
        for number in range(24):
            for treatment, relief in ((INDEX, float(number % 2)), (comparison_studies.FUSION, 0.0)):
                cases.add(treatment, age=40.0 + number // 2, sex="female" if number % 4 < 2 else "male", relief=relief)
        asked_for = comparison_studies.protocol(comparison_studies.declared())
        result = run_study(asked_for.model_copy(update={"hidden_cause": CAUSES}), cases.book())
        (found,) = result.hidden_causes.refused
        assert (found.where, found.why.split(",")[0]) == ("beside fusion", "it gives risk difference only")
        assert "nothing a hidden cause could explain" not in render_html(result)

    @pytest.mark.parametrize(
        ("better_by", "said"),
        [
            ([1.0] * 20, "makes the odds of being the treated one of a pair up to 4.9"),
            ([1.0] * 4 + [-1.0] * 3, "No hidden cause is needed: chance will do"),
            ([1.0] * 5 + [-1.0] * 25, "The treated did no better than those they were paired with"),
        ],
    )
    def test_what_is_said_of_the_pairs(self, better_by, said):
        # 20 of 20 won: (gamma / (1 + gamma))^20 = .025 at gamma = 1 / (.025^(-1/20) - 1) = 4.937
        pairs = bound_pairs("c", "e", "v", "observed", better_by=np.array(better_by), kind="yes or no", gammas=())
        causes = HiddenCauses(e_values=(), bias_arrays=(), pairs=(pairs,), placebo=(), refused=())
        page = render_html(replace(marrow(), hidden_causes=causes))
        assert said in page

    def test_each_answer_is_named_by_its_estimand_and_its_method(self):
        cases = comparison_studies.confounded(120, np.random.default_rng(4))
        asked_for = comparison_studies.protocol(comparison_studies.declared(estimands=("relief", "mean pain")))
        page = render_html(run_study(asked_for.model_copy(update={"hidden_cause": CAUSES}), cases.book()))
        for estimand in ("relief", "mean pain"):
            named = f"beside fusion, {estimand}, 12 months, the cohort, treatment policy, observed, overlap weighting"
            assert named.replace(" months", "\N{NO-BREAK SPACE}months") in page or named in page
        assert "overlap weighting responders" not in page

    def test_scores_and_pairs_that_agree(self):
        found = bound_pairs(
            "c", "e", "v", "observed", better_by=np.array([3.0, 2.0, 1.0, -1.0, 0.0]), kind="score", gammas=()
        )
        assert found.pairs == 4
        same = bound_pairs("c", "e", "v", "observed", better_by=np.zeros(3), kind="yes or no", gammas=(2,))
        assert isinstance(same, NotWeighed)


def regression(**changes):
    given = {
        "instrument": "pain",
        "screened": "as given",
        "population_mean": 5.0,
        "population_sd": 2.0,
        "retest_correlation": 0.6,
        "shape": "normal",
        "source": "by hand",
    }
    return RegressionToMeanDeclared.model_validate(given | changes)


def entered(*, entry=None, estimands=(THIRD,), rows=None, **changes):
    """The entry rule of a study of three cases that read 4, 6 and 8 and then 4, 3 and 8."""
    if rows is None:
        rows = Rows()
        for number, pain in enumerate(((4.0, 4.0), (6.0, 3.0), (8.0, 8.0))):
            write(rows, f"c{number}", relief=None, pain=pain)
    require = entry or Criterion(column="baseline.pain", at_least=Decimal(4), look_back_days=5, unknown="keep")
    primary = tuple(each.model_copy(update={"primary": place == 0}) for place, each in enumerate(estimands))
    asked_for = protocol(
        estimands=primary, regression_to_mean=(regression(**changes),), population=Population(require=(require,))
    )
    result = run_study(asked_for, book(rows))
    results_json(result)
    return result.regression_to_mean[0]


class TestEntryRule:
    def test_as_the_page_has_it(self):
        # docs/hidden-causes.md, by R integrate: a fall of 0.4 points, 19 % pass a 30 % rule
        found = entered()
        assert round(found.expected_entry_mean - found.expected_next_mean, 1) == 0.4
        (one,) = found.rows
        assert round(100 * one.expected_share) == 19
        assert one.expected_change == pytest.approx(found.expected_next_mean - found.expected_entry_mean)
        assert (one.observed_change, one.observed_n) == (pytest.approx(-1), 3)
        assert (one.responders, one.n) == (1, 3)
        assert (found.observed_entry_mean, found.observed_entry_n, found.entry) == (6, 3, "4 or more")

    def test_two_points(self):
        rule = Endpoint(instrument="pain", change=ImprovementRule(at_least=Decimal(2)), baseline_look_back_days=5)
        points = Estimand(name="two points", visits=("1 month",), endpoint=rule, strategies={})
        assert round(100 * entered(estimands=(points,)).rows[0].expected_share) == 17

    def test_nothing_regresses_where_readings_agree(self):
        found = entered(retest_correlation=1.0)
        assert found.expected_next_mean == pytest.approx(found.expected_entry_mean)
        assert found.rows[0].expected_share == pytest.approx(0)

    def test_a_scale_where_more_is_better_is_the_same_the_other_way_round(self):
        rows = Rows()
        for number in range(3):
            write(rows, f"c{number}", relief=None)
            rows.assessments.append(asked(f"c{number}", "function", 40.0 + 5 * number, (-1, -1)))
            rows.assessments.append(asked(f"c{number}", "function", 60.0, (30, 30)))
        rule = Endpoint(instrument="function", change=ImprovementRule(at_least=Decimal(20)), baseline_look_back_days=5)
        better = Estimand(name="better", visits=("1 month",), endpoint=rule, strategies={})
        entry = Criterion(column="baseline.function", at_most=Decimal(60), look_back_days=5, unknown="keep")
        found = entered(
            rows=rows, estimands=(better,), entry=entry, instrument="function", population_mean=50.0, population_sd=20.0
        )
        like = entered()
        assert found.expected_next_mean - found.expected_entry_mean == pytest.approx(
            10 * (like.expected_entry_mean - like.expected_next_mean)
        )
        assert (found.better, found.entry, found.rows[0].expected_change > 0) == (
            Better.HIGHER.value,
            "60 or less",
            True,
        )
        assert round(100 * found.rows[0].expected_share) == 17

    def test_whole_points_and_a_strict_rule(self):
        above = Criterion(column="baseline.pain", above=Decimal(3), look_back_days=5, unknown="keep")
        at_least = entered(shape="whole points")
        assert entered(shape="whole points", entry=above).expected_entry_mean == pytest.approx(
            at_least.expected_entry_mean
        )
        assert entered(entry=above).entry == "above 3"

    def test_the_screened_read_off_those_let_in(self):
        unknown = {"screened": "behind those let in", "population_mean": None, "population_sd": None}
        let_in = Rows()
        for number, pain in enumerate((4.0, 5.0, 5.0, 6.0, 6.0, 7.0, 8.0)):
            write(let_in, f"c{number}", relief=None, pain=(pain, 4.0))
        found = entered(rows=let_in, **unknown)
        assert found.reasons == ()
        assert found.expected_entry_mean == pytest.approx(found.observed_entry_mean)  # there and back
        rows = Rows()
        for number, pain in enumerate((4.0, 4.0, 4.0, 4.0, 10.0)):
            write(rows, f"c{number}", relief=None, pain=(pain, 4.0))
        refused = entered(rows=rows, **unknown)
        assert "no normal distribution cut off" in refused.reasons[0]
        assert (refused.expected_entry_mean, refused.rows) == (None, ())

    def test_the_hardest_rule_counts(self):
        def rule(**changes):
            return Criterion(column="baseline.pain", look_back_days=30, unknown="keep", **changes)

        four, below_five, nine = rule(at_least=Decimal(4)), rule(below=Decimal(5)), rule(at_most=Decimal(9))
        assert entry_rule((four,), (), PAIN_SCALE) == EntryRule(
            Decimal(4), strict=False, look_back_days=30, beyond=False
        )
        assert entry_rule((four, nine), (below_five,), PAIN_SCALE).cut == 5
        assert entry_rule((four, nine), (), PAIN_SCALE).beyond
        assert entry_rule((), (rule(at_most=Decimal(4)),), PAIN_SCALE).strict
        assert entry_rule((nine,), (), PAIN_SCALE) is None
        assert entry_rule((four,), (), FUNCTION) is None


def test_what_is_missing_is_said():
    result = marrow()
    strict = result.protocol.conduct.model_copy(update={"entry_minimum_score": True})
    changed = replace(result, protocol=result.protocol.model_copy(update={"conduct": strict}))
    (item,) = (each for each in told(changed) if each.item == "Regression to the mean")
    assert "test-retest correlation of the people screened are missing" in item.answer
