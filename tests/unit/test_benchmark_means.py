"""Published means beside the cases' own: which arms match, what each prints, which are pooled, and why others are not."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.compare.benchmark import compare_with_published
from equipoise.compare.verdict import reach_verdict
from equipoise.domain.estimand import Endpoint
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.published_mean import PrintedMean, contradiction, in_points, in_points_of, scale_of
from published_arms import arm, protocol_of
from study_parts import DISABILITY, PAIN

ODI = DISABILITY.model_copy(update={"family": "disability_odi"})


def mean_arm(study_id, mean=4.0, sd=2.0, n=40, **other):
    given = {"definition_key": "mean_pain", "mean": mean, "sd": sd, "unit": "points 0-10", "count_source": "none"}
    return arm(study_id, None, n, **(given | other))


def compared(*arms, score="value", definition=None, instrument=None, **benchmark):
    asked = {"margin": 1.0} | benchmark
    protocol = protocol_of(*arms, **asked)
    endpoint = Endpoint(instrument="pain", score=score, baseline_look_back_days=30, definition=definition)
    estimand = protocol.estimand[0].model_copy(update={"endpoint": endpoint})
    changed = {"estimand": (estimand,)}
    if instrument is not None:
        changed["instruments"] = dict(protocol.instruments) | {"pain": instrument}
    protocol = protocol.model_copy(update=changed)
    (found,) = compare_with_published(protocol, protocol.benchmark[0], {})
    return found


def reasons(found):
    return {each.arm.study_id: each.mismatches for each in found.excluded}


def test_two_means_by_hand():
    # 4 and 5 with standard errors 2/sqrt(16) = 0.5 and 3/sqrt(36) = 0.5: Q = 2, so tau^2 = (2 - 1) 0.25 = 0.25; equal
    # weights, a mean of 4.5, standard error sqrt((0.25 + 0.25) / 2) = 0.5, Wald 4.5 -+ 0.98
    found = compared(mean_arm("A", 4, 2, 16), mean_arm("B", 5, 3, 36), pooling="DerSimonian-Laird")
    assert (found.of, found.status, found.visit, found.margin) == ("value", "pooled", "12 months", 1.0)
    pooled = found.pooled_mean
    assert (pooled.arms, pooled.people) == (2, 52)
    assert pooled.estimate == pytest.approx(4.5)
    assert pooled.tau == pytest.approx(0.5)
    assert (pooled.lower, pooled.upper) == pytest.approx((4.5 - 0.98, 4.5 + 0.98), abs=1e-4)
    assert (pooled.interval_method, pooled.prediction_lower, pooled.prediction_upper) == ("Wald", None, None)
    assert (found.pooled, found.probabilities, found.matched, found.apart) == (None, (), (), None)


def test_students_limits_of_an_arm_by_hand():
    (only,) = compared(mean_arm("A", 4, 2, 16)).matched_means
    assert (only.lower, only.upper) == pytest.approx((4 - 2.1314 * 0.5, 4 + 2.1314 * 0.5), abs=1e-4)  # t, 15 degrees
    assert only.not_pooled is None


def test_one_mean_is_not_pooled():
    found = compared(mean_arm("A"))
    assert (found.status, found.pooled_mean) == ("one comparable arm, not pooled", None)
    assert found.explanation == "One sham arm matches; one study is not pooled."


def test_three_means_have_a_prediction_interval_wider_than_their_limits():
    pooled = compared(mean_arm("A", 3), mean_arm("B", 5), mean_arm("C", 4)).pooled_mean
    assert (pooled.method, pooled.interval_method) == ("REML", "Hartung-Knapp")
    assert pooled.prediction_lower < pooled.lower < pooled.estimate < pooled.upper < pooled.prediction_upper


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ({"sd": None}, "no standard deviation of its mean"),
        ({"n": None}, "no number of patients"),
        ({"sd": None, "n": None}, "neither a standard deviation nor the number of patients"),
        ({"n": 1}, "one patient, whose spread is unknown"),
        ({"sd": 0.0}, "a standard deviation of 0"),
    ],
)
def test_a_mean_without_what_a_weight_needs_stands_alone(printed, why):
    alone = mean_arm("C", **printed)
    found = compared(mean_arm("A"), mean_arm("B", 5), alone)
    assert found.pooled_mean.arms == 2
    (told,) = [each for each in found.matched_means if each.arm.study_id == "C"]
    assert told.mean == 4.0
    assert why in told.not_pooled
    few = compared(mean_arm("A"), alone)
    assert (few.status, few.pooled_mean) == ("comparable arms that cannot be pooled", None)
    assert "Not pooled: one of them prints its mean with a standard deviation and n" in few.explanation


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"year": 2021}, "published in 2021, after 2020"),
        ({"year": None}, "no year of publication given"),
        ({"design": "meta-analysis"}, "a review, which sums up other studies"),
        ({"mean": 12.0}, "contradicts itself: a mean of 12 on a scale 0-10"),
        ({"mean": 0.5, "sd": 6.0}, "contradicts itself: no standard deviation of 6 about 0.5 fits a scale 0-10"),
        ({"patients": "A", "n": 12}, "the same patients as A"),
    ],
)
def test_a_mean_that_may_not_be_used_is_listed_with_its_reason(other, reason):
    found = compared(mean_arm("A"), mean_arm("B"), mean_arm("C", **other))
    assert [each.arm.study_id for each in found.matched_means] == ["A", "B"]
    assert reasons(found) == {"C": (reason,)}


def test_two_figures_of_one_arm_are_refused_and_one_that_stands_twice_is_not():
    found = compared(mean_arm("A", n=40), mean_arm("A", n=35), mean_arm("B"))
    assert [each.arm.study_id for each in found.matched_means] == ["B"]
    assert reasons(found)["A"] == ("contradicts another row of the same arm and month: keep one in the evidence",)
    again = compared(mean_arm("A"), mean_arm("A"), mean_arm("B"))
    assert [each.arm.study_id for each in again.matched_means] == ["A", "B"]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"role": "usual_care"}, "role usual care, not sham"),
        ({"month": 6}, "month 6, not 12"),
        ({"definition_key": "mean_odi"}, "a mean of “mean odi”, not of “mean pain”"),
        ({"mean": None, "mean_change": -1.0}, "prints a change from baseline, not the score"),
        ({"unit": "percent of baseline"}, "its unit, percent of baseline, is no scale to be brought to 0-10"),
        ({"unit": ""}, "its unit, not given, is no scale to be brought to 0-10"),
    ],
)
def test_a_near_mean_is_unpooled_and_its_mismatch_named(other, named):
    found = compared(mean_arm("C", **other))
    assert (found.status, found.matched_means) == ("no comparable published arm", ())
    assert found.explanation.startswith("By the end of 2020 no sham arm with a mean of “Pain” or a score of its family")
    assert found.near[0].mismatches == (named,)


def test_a_count_is_near_a_mean_and_comes_last():
    found = compared(arm("A"), mean_arm("B", month=24))
    assert [each.arm.study_id for each in found.near] == ["B", "A"]
    assert found.near[1].mismatches == ("counts by “pain improved 50 percent”, and prints no mean",)


def test_a_change_matches_a_change():
    fell = {"mean": None, "sd": None, "mean_change": -2.0, "sd_change": 2.5}
    found = compared(mean_arm("A", **fell), mean_arm("B", **fell), mean_arm("C"), score="change")
    assert {each.of for each in found.matched_means} == {"change"}
    assert found.pooled_mean.estimate == pytest.approx(-2)
    assert found.near[0].mismatches == ("prints no change of the score",)


def test_a_scale_of_a_hundred_is_brought_to_ten():
    found = compared(mean_arm("A", 40, 20, unit="mm 0-100"), mean_arm("B", 4, 2))
    one, other = found.matched_means
    assert (one.mean, one.sd, one.lower, one.upper) == (other.mean, other.sd, other.lower, other.upper)
    assert one.arm.mean == 40  # as printed


def test_a_change_keeps_its_nought_on_a_scale_that_starts_elsewhere():
    scale = Instrument(name="five", label="Five", low=1, high=5, better=Better.LOWER)
    printed = mean_arm("A", 50, 10, unit="mm 0-100")
    assert in_points(printed, "value", scale) == PrintedMean(3.0, 0.4)
    fell = mean_arm("A", mean=None, sd=None, mean_change=-50.0, sd_change=10.0, unit="mm 0-100")
    assert in_points(fell, "change", scale) == PrintedMean(-2.0, 0.4)
    assert in_points_of(fell, "change", scale).unit == "points 1-5, printed in mm 0-100"


@pytest.mark.parametrize("unit", ["points 0-100, between groups", "percent", "risk ratio", "points 10-0", ""])
def test_what_is_no_scale(unit):
    assert scale_of(unit) is None


@given(
    st.lists(st.floats(0, 10), min_size=2, max_size=40),
    st.sampled_from(["points 0-10", "mm 0-100", "points 0-24"]),
)
def test_what_scores_give_never_contradicts_itself(values, unit):
    low, high = scale_of(unit)
    there = [low + each * (high - low) / 10 for each in values]
    mean = sum(there) / len(there)
    sd = (sum((each - mean) ** 2 for each in there) / (len(there) - 1)) ** 0.5
    printed = mean_arm("A", round(mean, 1), round(sd, 1), len(there), unit=unit)
    brought = in_points(printed, "value", PAIN)
    assert brought.mean == pytest.approx(sum(values) / len(values), abs=0.051)
    assert contradiction(brought, "value", len(there), PAIN) is None


def test_no_family_no_match_unless_the_protocol_names_the_mean():
    plain = PAIN.model_copy(update={"family": None})
    assert compared(mean_arm("A"), instrument=plain).definition is None
    assert compared(mean_arm("A"), instrument=plain, definition="mean_pain").status == "one comparable arm, not pooled"


def test_a_score_that_is_better_the_higher_shares_no_mean_of_pain():
    upside_down = PAIN.model_copy(update={"family": "pain", "better": Better.HIGHER})
    assert compared(mean_arm("A"), instrument=upside_down).status == "no comparable published arm"


def test_what_was_found_later_is_shown_and_never_used():
    late = mean_arm("LATER", 3.5, year=2025)
    found = compared(mean_arm("A"), mean_arm("B"), late, exclude=("LATER",), show_later=("LATER",))
    assert [each.arm.study_id for each in found.matched_means] == ["A", "B"]
    assert [each.mean for each in found.later_means] == [3.5]
    assert reasons(found) == {"LATER": ("held out by the protocol",)}


def test_a_benchmark_of_another_mean_pools_nothing():
    match = {"role": "sham", "definition": "mean_odi", "months": (12,)}
    odi = [mean_arm(name, 40, 15, definition_key="mean_odi", unit="points 0-100") for name in "AB"]
    found = compared(*odi, match=match)
    assert found.matched_means == ()
    assert "like is only compared with like" in found.explanation


def test_the_verdict_stays_unknown_and_says_why():
    arms = [mean_arm("A"), mean_arm("B")]
    protocol = protocol_of(*arms)
    sentence = reach_verdict(protocol, (), (), (compared(*arms),)).sentence
    assert sentence.startswith("Unknown: published means stand beside the cases")
    none = reach_verdict(protocol, (), (), (compared(arm("A")),)).sentence
    assert "no published control printed the mean of the same score at the same time" in none


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-5, 15)),
            st.one_of(st.none(), st.floats(0, 8)),
            st.one_of(st.none(), st.integers(1, 500)),
            st.sampled_from(["points 0-10", "mm 0-100", "percent of baseline", ""]),
        ),
        max_size=5,
    )
)
def test_no_arm_is_lost_and_no_number_is_not_a_number(rows):
    arms = [mean_arm(f"ARM_{at}", mean, sd, n, unit=unit) for at, (mean, sd, n, unit) in enumerate(rows)]
    found = compared(*arms)
    told = [each.arm.study_id for each in (*found.matched_means, *found.excluded, *found.near)]
    assert sorted(told) == sorted(each.study_id for each in arms if each.mean is not None)
    json.dumps(asdict(found), allow_nan=False, default=str)
