"""Against a published arm, adjusted: a known effect, by hand, withheld, refused, and what a reader sees."""

import shutil
from itertools import product
from pathlib import Path

import pytest

from adjusted_studies import GATE, PAIN, THIRD, confounded, declared, protocol, published, write
from equipoise import read_casebook, read_protocol, run_study
from equipoise.domain.adjusted_benchmark import BaselineRow
from equipoise.domain.estimand import Strategy
from equipoise.errors import ProtocolError
from equipoise.report.html import render_html
from equipoise.report.results import results_json
from study_parts import Rows, book

ROOT = Path(__file__).parents[2]
CONFOUNDED = book(confounded())
STC = {"method": "STC", "limits": None, "gate": {"effective_sample_size": 10}}


def answer(rows=None, *, arms=(), estimands=None, **changes):
    """The one adjusted benchmark of a study."""
    parts = {"estimands": estimands} if estimands else {}
    asked = protocol(arms=arms, adjusted_benchmark=(declared(**changes),), **parts)
    result = run_study(asked, CONFOUNDED if rows is None else book(rows))
    results_json(result)  # no NaN anywhere
    (found,) = result.adjusted_benchmarks
    return found


def row(found, missing="observed"):
    return next(each for each in found.rows if each.missing == missing)


def words(found, missing="observed"):
    return " ".join(f"{each.why} {each.instead}" for each in row(found, missing).reasons)


def two_ages(young=(6, 2), old=(3, 5), **columns):
    """So many yes and no at 40 and at 60."""
    rows = Rows()
    for age, (yes, no) in ((40.0, young), (60.0, old)):
        for number in range(yes + no):
            write(rows, f"{age}-{number}", relief=float(number < yes), age_years=age, **columns)
    return rows


class TestKnownEffect:
    """Half of those aged 50 respond (tests/adjusted_studies.py), 20 of the 80 published do: the effect is +25 points."""

    def test_crude_is_wrong_and_weighting_is_right(self):
        found = row(answer())
        assert found.unadjusted > 0.40
        assert found.lower < 0.25 < found.upper
        assert found.upper < found.unadjusted

    @pytest.mark.parametrize("limits", ["weights as estimated", "bootstrap"])
    def test_whichever_way_its_limits_are_made(self, limits):
        replicates = {"bootstrap_replicates": 300} if limits == "bootstrap" else {}
        found = row(answer(limits=limits, **replicates))
        assert found.lower < 0.25 < found.upper
        assert found.estimate == row(answer()).estimate

    def test_the_regression_agrees(self):
        found = row(answer(**STC, measure="odds ratio"))
        assert found.lower < (0.5 / 0.5) / (0.25 / 0.75) < found.upper
        assert found.unadjusted > 6

    def test_a_change_of_pain_is_that_of_the_published_ages(self):
        # at 50 pain falls by 5 - 0.1 x 10 = 4 points, the published fell by 1
        arm = published(
            definition_key="own_pain", responders=None, n=80, mean_change=-1.0, sd_change=2.0, unit="points 0-10"
        )
        for changes in ({"measure": None}, {"measure": None, **STC}):
            found = row(answer(arms=(arm,), estimands=(PAIN.model_copy(update={"primary": True}),), **changes))
            assert found.lower < -3 < found.upper
            assert found.unadjusted == pytest.approx(-4, abs=0.25)

    def test_a_mean_in_millimetres_is_brought_to_points(self):
        shared = {"definition_key": "own_pain", "responders": None, "n": 80}
        points = published(**shared, mean_change=-1.0, sd_change=2.0, unit="points 0-10")
        millimetres = published(**shared, mean_change=-10.0, sd_change=20.0, unit="mm 0-100")
        score = (PAIN.model_copy(update={"primary": True}),)
        one, other = (answer(arms=(arm,), estimands=score, measure=None) for arm in (points, millimetres))
        assert row(one).estimate is not None
        assert row(one) == row(other)
        assert other.published.unit == "points 0-10, printed in mm 0-100"

    def test_the_weighted_cases_have_the_published_table(self):
        table = (
            {"covariate": "age", "mean": 45.0, "sd": 8.0, "match_sd": True},
            {"covariate": "sex", "level": "female", "mean": 0.6},
        )
        age, women = row(answer(baseline=table)).covariates
        assert (age.weighted_mean, age.weighted_sd) == (pytest.approx(45), pytest.approx(8))
        assert (women.covariate, women.weighted_mean, women.mean) == ("sex: female", pytest.approx(0.6), 0.5)
        assert row(answer(baseline=table)).weights[0].lower == 0

    def test_a_published_table_like_the_cases_changes_nothing(self):
        rows = two_ages()
        found = row(answer(rows, baseline=({"covariate": "age", "mean": 50.0},)))
        assert found.effective_sample_size == pytest.approx(16)
        assert found.estimate == pytest.approx(found.unadjusted) == pytest.approx(9 / 16 - 20 / 80)


class TestByHand:
    """Eight of 40 years (6 yes) and eight of 60 (3 yes); a mean of 45 needs weights 3 to 1: 0.75 x 6/8 + 0.25 x 3/8."""

    TABLE = ({"covariate": "age", "mean": 45.0},)

    def test_the_weighted_rate(self):
        found = row(answer(two_ages(), baseline=self.TABLE))
        assert found.adjusted_low == pytest.approx(0.75 * 6 / 8 + 0.25 * 3 / 8)
        assert found.estimate == pytest.approx(0.65625 - 0.25)
        assert found.effective_sample_size == pytest.approx(16**2 / (8 * 1.5**2 + 8 * 0.5**2))
        assert found.largest_share == pytest.approx(1.5 / 16)
        assert sum(each.cases for each in found.weights) == 16

    def test_ratios(self):
        ours = 0.65625
        ratio = row(answer(two_ages(), baseline=self.TABLE, measure="risk ratio"))
        assert ratio.estimate == pytest.approx(ours / 0.25) == ratio.risk_ratio
        odds = row(answer(two_ages(), baseline=self.TABLE, measure="odds ratio"))
        assert odds.estimate == pytest.approx(ours / (1 - ours) * 3)
        assert odds.unadjusted == pytest.approx(9 / 7 * 3)

    def test_the_unknown_are_a_range(self):
        rows = two_ages()
        write(rows, "unseen", relief=None, age_years=40.0)
        found = answer(rows, baseline=self.TABLE)
        assert (row(found).n, row(found).left_response) == (16, 1)
        bounds = row(found, "bounds")
        # nine at 40 and eight at 60: weights a to 40, b to 60 with (9a 40 + 8b 60) / (9a + 8b) = 45, 9a = 3 x 8b
        assert bounds.adjusted_low == pytest.approx(0.75 * 6 / 9 + 0.25 * 3 / 8)
        assert bounds.adjusted_high == pytest.approx(0.75 * 7 / 9 + 0.25 * 3 / 8)
        assert (bounds.estimate, bounds.lower) == (None, pytest.approx(bounds.adjusted_low - 0.25))
        assert bounds.outer_lower < bounds.lower < bounds.upper < bounds.outer_upper
        assert row(found, "non-responder").adjusted_low == bounds.adjusted_low

    def test_a_regression_has_no_range(self):
        # the prediction of a regression can fall when an answer rises, so the ends of the answers do not bound it
        rows = two_ages()
        write(rows, "unseen", relief=None, age_years=40.0)
        found = answer(rows, baseline=self.TABLE, measure="odds ratio", **STC)
        assert row(found).estimate is not None
        assert row(found, "bounds").lower is None
        assert "not at its ends" in words(found, "bounds")

    def test_a_covariate_nobody_wrote_down_takes_the_case_out(self):
        rows = two_ages()
        write(rows, "ageless", relief=1.0, age_years=None)
        assert (row(answer(rows, baseline=self.TABLE)).n, row(answer(rows, baseline=self.TABLE)).left_covariate) == (
            16,
            1,
        )

    def test_the_share_of_a_level_is_its_count(self):
        one = BaselineRow.model_validate({"covariate": "sex", "level": "female", "count": 29, "n": 52, "percent": 56})
        assert one.named == "sex: female"
        table = ({"covariate": "sex", "level": "female", "count": 29, "n": 52, "percent": 56},)
        (women,) = row(answer(baseline=table)).covariates
        assert women.published_mean == pytest.approx(29 / 52) == women.weighted_mean


class TestAnchored:
    def rows(self):
        """Treated: 12 of 16; the shared control: 4 of 16; both as old as the published."""
        rows = Rows()
        for group, yes in (("treated", 6), ("control", 2)):
            for age in (40.0, 60.0):
                for number in range(8):
                    write(rows, f"{group}{age}{number}", relief=float(number < yes), age_years=age, group=group)
        return rows

    def anchored(self, **changes):
        arms = published(arm="rival", responders=40), published(responders=20)
        parts = {"group": "treated", "arm": "rival", "anchor": {"arm": "sham", "group": "control"}}
        return answer(self.rows(), arms=arms, baseline=({"covariate": "age", "mean": 50.0},), **parts | changes)

    def test_a_difference_of_differences(self):
        found = self.anchored()
        assert (found.form, found.control.arm, found.reference_group) == ("anchored", "sham", "control")
        one = row(found)
        assert one.estimate == pytest.approx((12 / 16 - 4 / 16) - (40 / 80 - 20 / 80))
        assert (one.n, one.reference_n, one.reference_effective_sample_size) == (16, 16, pytest.approx(16))

    def test_the_regression_gives_the_ratio_of_odds_ratios(self):
        one = row(self.anchored(**STC, measure="odds ratio"))
        published_ratio = (40 / 40) / (20 / 60)
        assert one.estimate == pytest.approx((12 / 4) / (4 / 12) / published_ratio, rel=1e-6)
        assert one.adjusted_low is None

    def test_an_arm_with_nobody_is_withheld(self):
        rows = self.rows()
        for each in rows.cases:
            if each["group"] == "control":
                each["age_years"] = None
        arms = published(arm="rival", responders=40), published(responders=20)
        found = answer(rows, arms=arms, group="treated", arm="rival", anchor={"arm": "sham", "group": "control"})
        assert row(found).estimate is None
        assert "nobody of the control group" in words(found)


class TestWithheld:
    def test_no_covariates(self):
        found = answer(baseline=())
        assert row(found).estimate is None
        assert "withheld: no covariates" in words(found)
        assert (row(found).n, row(found).crude_low) == (400, pytest.approx(0.74))  # a description never is

    def test_the_marrow_cases(self):
        asked = read_protocol(ROOT / "examples" / "marrow-2013")
        result = run_study(asked, read_casebook(asked))
        (found,) = result.adjusted_benchmarks
        assert found.reasons[0].why == "withheld: no covariates"
        assert "not like with like" in found.reasons[1].why
        assert all(each.estimate is None and each.lower is None for each in found.rows)
        assert "Withheld: no covariates" in render_html(result)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"baseline": ({"covariate": "age", "mean": 90.0},)}, "at or beyond the most extreme case"),
            ({"baseline": ({"covariate": "age", "mean": 62.0},)}, "effective sample size"),
            (
                {"baseline": ({"covariate": "age", "mean": 55.0},), "gate": GATE | {"largest_weight": 0.01}},
                "one case carries",
            ),
            (
                {"baseline": ({"covariate": "age", "mean": 45.0, "match_sd": True},)},
                "no standard deviation is published",
            ),
            (
                {"baseline": ({"covariate": "sex", "level": "female", "count": 60, "n": 90},)},
                "larger than the arm's 80 patients",
            ),
            (
                {"baseline": ({"covariate": "sex", "level": "female", "count": 20, "n": 80, "percent": 40},)},
                "which is 25.0 %",
            ),
            (
                {
                    "baseline": (
                        {"covariate": "sex", "level": "female", "count": 50, "n": 80},
                        {"covariate": "sex", "level": "male", "count": 50, "n": 80},
                    )
                },
                "levels of 'sex' add to 125 %",
            ),
            ({"patients": 60}, "an outcome of 80, and a baseline table of 60 patients"),
            ({"baseline": ({"covariate": "sex", "level": "women", "mean": 0.5},)}, "no case has 'women'"),
            ({"baseline": ({"covariate": "age", "mean": 75.0},), "measure": "odds ratio", **STC}, "extrapolated"),
        ],
    )
    def test_in_words(self, changes, said):
        found = answer(**changes)
        assert row(found).estimate is None
        assert said in words(found)

    @pytest.mark.parametrize(
        ("arm", "said"),
        [
            (published(month=3.0), "at month 3, not at month 1"),
            (published(definition_key="own_other"), "not like with like"),
            (published(responders=None, n=None, percent=25.0), "no count with its denominator"),
        ],
    )
    def test_unlike_arms(self, arm, said):
        found = answer(arms=(arm,))
        assert said in words(found)
        assert row(found).covariates  # the diagnostics are shown all the same

    def test_thirty_percent_is_not_fifty(self):
        third = (THIRD.model_copy(update={"primary": True}),)
        found = answer(arms=(published(definition_key="pain_improved_50_percent"),), estimands=third)
        assert row(found).estimate is None
        assert "counts by “pain improved 50 percent”, the study by “Pain: improved by at least 30 %" in words(found)

    def test_a_mean_without_its_spread_or_on_another_scale(self):
        mean = {"definition_key": "own_pain", "responders": None, "mean_change": -1.0}
        score = (PAIN.model_copy(update={"primary": True}),)
        for changes, said in (
            ({"unit": "points 0-10"}, "no standard deviation"),
            ({"unit": "percent of baseline"}, "scores 0-10"),
        ):
            found = answer(arms=(published(**mean, **changes),), estimands=score, measure=None)
            assert said in words(found)

    @pytest.mark.parametrize("yes", [0, 8])
    def test_nobody_or_everybody_responded(self, yes):
        found = answer(two_ages((yes, 8 - yes), (yes, 8 - yes)), baseline=TestByHand.TABLE)
        assert "nobody or everybody responded" in words(found)
        assert row(found).crude_low == yes / 8

    def test_one_case_and_no_case(self):
        rows = Rows()
        write(rows, "one", relief=1.0, age_years=44.0)
        assert "same in every case" in words(answer(rows))
        rows = Rows()
        write(rows, "one", relief=None, age_years=44.0)
        assert "nobody of the treated group" in words(answer(rows))

    def test_what_counts_by_what_came_later_is_never_set_beside_an_arm(self):
        from adjusted_studies import RELIEF
        from equipoise.domain.protocol import IntercurrentEvent

        asked = protocol(
            adjusted_benchmark=(declared(),),
            estimands=(RELIEF.model_copy(update={"strategies": {"fusion": Strategy.COMPOSITE_BY_END}}),),
        ).model_copy(update={"intercurrent_event": (IntercurrentEvent(name="fusion", procedures=("fusion",)),)})
        (found,) = run_study(asked, CONFOUNDED).adjusted_benchmarks
        assert "no published arm counts under" in words(found)


class TestWords:
    """Which side is less which, and which way is better, so that the sign can be read."""

    def lead(self, **changes):
        parts = {"estimands": changes.pop("estimands")} if "estimands" in changes else {}
        arms = changes.pop("arms", ())
        asked = protocol(arms=arms, adjusted_benchmark=(declared(**changes),), **parts)
        return render_html(run_study(asked, CONFOUNDED))

    def test_rates(self):
        assert "Risk difference, the cases less TRIAL (sham), adjusted by MAIC: +" in self.lead()
        assert "Risk ratio, the cases over TRIAL (sham), adjusted by MAIC" in self.lead(measure="risk ratio")

    def test_means(self):
        fell = {"mean_change": -1.0, "sd_change": 2.0, "unit": "points 0-10"}
        arm = published(definition_key="own_pain", responders=None, **fell)
        page = self.lead(arms=(arm,), estimands=(PAIN.model_copy(update={"primary": True}),), measure=None)
        assert "Difference of means, the cases less TRIAL (sham), adjusted by MAIC: −" in page
        assert "Lower is better: a change or a difference below 0 is for the better." in page


class TestProtocol:
    def test_a_level_of_a_number_is_a_mistake_of_the_protocol(self):
        table = ({"covariate": "age", "level": "old", "mean": 0.5}, {"covariate": "sex", "mean": 0.5})
        with pytest.raises(ProtocolError) as error:
            answer(baseline=table)
        assert [each.problem for each in error.value.problems] == [
            "'age' is a number, and the row names a level",
            "'sex' is a category, and the row names no level",
        ]

    def test_a_group_nobody_is_in(self):
        with pytest.raises(ProtocolError, match="no case of the cohort is in the group 'sham'"):
            answer(group="sham")

    @pytest.mark.parametrize(
        ("line", "instead", "said"),
        [
            ('study = "SYNTHETIC_B"', 'study = "SYNTHETIC_X"', "did you mean 'SYNTHETIC_"),
            ('arm = "sham (synthetic)"', 'arm = "sham"', "is no arm of SYNTHETIC_B"),
            ('{ covariate = "age", mean', '{ covariate = "agee", mean', "did you mean 'age'?"),
            ('limits = "weights as fixed"', "", "MAIC has no limits"),
            ('measure = "risk difference"\nlimits', "limits", "'measure' is missing"),
            ('visit = "12 months"\nstudy', 'visit = "24 months"\nstudy', "is no visit of the estimand"),
            (
                '{ covariate = "age", mean = 43.1, sd = 9.6 }',
                '{ covariate = "nucleated cells", mean = 90 }',
                "counts doublings",
            ),
            ('instrument = "pain_nrs"\nscreened', 'instrument = "odi"\nscreened', "no criterion of the population"),
            ("prevalences = [0.1, 0.3", "prevalences = [0.3, 0.1", "prevalences do not ascend"),
        ],
    )
    def test_a_study_file_is_told_what_to_mend(self, tmp_path, line, instead, said):
        folder = tmp_path / "study"
        shutil.copytree(ROOT / "examples" / "disc-series-synthetic", folder)
        text = (folder / "study.toml").read_text(encoding="utf-8")
        assert line in text
        (folder / "study.toml").write_text(text.replace(line, instead), encoding="utf-8")
        with pytest.raises(ProtocolError) as error:
            read_protocol(folder)
        assert said in str(error.value)


def test_a_reader_sees_the_weights_the_table_and_the_sentence():
    result = run_study(protocol(adjusted_benchmark=(declared(),)), CONFOUNDED)
    page = render_html(result).replace("\u00a0", " ")
    for said in (
        "Against a published arm, adjusted",
        "Effective sample size",
        "Unanchored",
        "20/80 = 25 %",
        "how alike",
    ):
        assert said in page
    assert "Matching-adjusted indirect comparison" in [each.name for each in result.methods]


def test_a_further_section_changes_no_others_numbers():
    one = declared(limits="bootstrap", bootstrap_replicates=200)
    alone = run_study(protocol(adjusted_benchmark=(one,)), CONFOUNDED).adjusted_benchmarks[0]
    both = run_study(protocol(adjusted_benchmark=(declared(name="first"), one)), CONFOUNDED).adjusted_benchmarks[1]
    assert alone == both


class TestTheRange:
    """What is printed of a range holds for every way the unseen may have answered, its limits as much as its ends."""

    def study(self, answers, ages, **changes):
        rows = Rows()
        for number, (yes, age) in enumerate(zip(answers, ages, strict=True)):
            group = {"group": "new" if number % 2 else "old"} if "anchor" in changes else {}
            write(rows, f"c{number}", relief=yes, age_years=age, sex="female", **group)
        return answer(rows, **changes)

    @pytest.mark.parametrize("measure", ["risk difference", "risk ratio", "odds ratio"])
    @pytest.mark.parametrize("limits", ["weights as fixed", "weights as estimated"])
    @pytest.mark.parametrize("anchored", [False, True])
    def test_no_reading_has_a_limit_outside(self, measure, limits, anchored):
        """Brute force: nearly everybody answers alike, so the widest limits do not belong to the two ends.

        The published are older: the two who answered otherwise are young and weigh little, the unseen weigh much.
        """
        ages = [36.0, 37.0, 58.0, 59.0, *(41.0 + 1.5 * number for number in range(10))]
        gate = {"effective_sample_size": 2, "largest_weight": 0.9}
        changes = {"measure": measure, "limits": limits, "gate": gate}
        if anchored:
            changes |= {"anchor": {"arm": "sham", "group": "old"}, "arm": "drug", "group": "new"}
            changes |= {"arms": (published("drug", 45, 80), published())}
        wider = False
        for kind in (0.0, 1.0):
            answers = [1.0 - kind if number in (0, 1) else kind for number in range(14)]
            for number in (2, 3, 13):
                answers[number] = None
            range_ = row(self.study(answers, ages, **changes), "bounds")
            every = []
            for filled in product((0.0, 1.0), repeat=3):
                whole = list(answers)
                for place, yes in zip((2, 3, 13), filled, strict=True):
                    whole[place] = yes
                every.append(row(self.study(whole, ages, **changes)))
            given = [each for each in every if each.estimate is not None]
            assert range_.lower == pytest.approx(min(each.estimate for each in given))
            assert range_.upper == pytest.approx(max(each.estimate for each in given))
            assert range_.outer_lower <= min(each.lower for each in given) + 1e-12
            assert range_.outer_upper >= max(each.upper for each in given) * (1 - 1e-12)
            wider |= range_.outer_lower < min(given, key=lambda each: each.estimate).lower
            wider |= range_.outer_upper > max(given, key=lambda each: each.estimate).upper
        assert wider or anchored or measure != "risk difference"  # the ends alone would not have done

    def test_both_ends_see_the_same_resamples(self):
        gate = {"effective_sample_size": 2, "largest_weight": 0.9}
        changes = {"limits": "bootstrap", "bootstrap_replicates": 200, "gate": gate}
        ages = [38.0 + 1.5 * number for number in range(14)]
        answers = [float(number % 3 == 0) for number in range(14)]
        range_ = row(self.study([*answers[:13], None], ages, **changes), "bounds")
        ends = [row(self.study([*answers[:13], last], ages, **changes)) for last in (0.0, 1.0)]
        assert (range_.outer_lower, range_.outer_upper) == (ends[0].lower, ends[1].upper)

    def test_a_difference_of_rates_stays_within_one(self):
        answers, ages = [1.0] * 6 + [0.0], [42.0, 44.0, 47.0, 50.0, 53.0, 55.0, 48.0]
        arms = (published(responders=1, n=4),)
        changes = {"gate": {"effective_sample_size": 2, "largest_weight": 0.9}, "patients": 4, "arms": arms}
        found = row(self.study(answers, ages, **changes))
        assert found.upper == 1.0
        assert found.estimate < 1.0
