"""Like with like: which published arms may be pooled, which are near, which are held out, and why."""

from dataclasses import replace
from pathlib import Path

import pytest

from equipoise import read_casebook, read_comparators, read_protocol, run_study
from equipoise.compare.benchmark import Counts, compare_with_published
from equipoise.compare.verdict import reach_verdict
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.protocol import BenchmarkMatch
from published_arms import arm, protocol_of

COUNTS = {"asked": (Counts("all", "12 months", 12, "treatment policy", 20, 25, 40),)}


def compared(*arms: PublishedArm, **benchmark):
    protocol = protocol_of(*arms, **benchmark)
    (found,) = compare_with_published(protocol, protocol.benchmark[0], COUNTS)
    return found


def test_two_like_arms_are_pooled_and_give_a_probability():
    found = compared(arm("A"), arm("B", 12, 50))
    assert found.status == "pooled"
    assert [each.arm.study_id for each in found.matched] == ["A", "B"]
    assert found.pooled is not None
    assert found.pooled.estimate == pytest.approx(22 / 90, abs=0.01)
    assert found.pooled.prediction_lower is None  # two arms give no prediction interval
    assert {each.prior for each in found.probabilities} == {"Jeffreys", "sceptical"}
    for each in found.probabilities:
        assert 0 < each.lower < each.upper < 1  # 20 of 40 against 25 of 40: the unknown give a range
    jeffreys, sceptical = sorted(found.probabilities, key=lambda each: each.prior)
    assert sceptical.upper < jeffreys.upper


def test_one_study_is_not_pooled():
    found = compared(arm("A"))
    assert (found.status, found.pooled) == ("one comparable arm, not pooled", None)
    assert found.probabilities


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"year": 2021}, "published in 2021, after 2020"),
        ({"year": None}, "no year of publication given"),
        (
            {"responders": None, "n": None, "percent": 30.0, "count_source": "none"},
            "a percentage without a denominator",
        ),
        ({"design": "meta-analysis"}, "a review, which sums up other studies"),
        ({"study_id": "HELD", "patients": "HELD"}, "held out by the protocol"),
    ],
)
def test_an_arm_that_may_not_be_pooled_is_listed_with_its_reason(other, reason):
    found = compared(arm("A"), arm("B"), arm(**({"study_id": "C"} | other)), exclude=("HELD",))
    assert len(found.matched) == 2
    assert [each.mismatches for each in found.excluded] == [(reason,)]


def test_rows_of_the_same_patients_are_never_pooled():
    found = compared(arm("A", 10, 40), arm("A_LATER", 11, 45, patients="A"), arm("B"))
    assert [each.arm.study_id for each in found.matched] == ["A_LATER", "B"]
    assert [each.mismatches for each in found.excluded] == [("the same patients as A_LATER",)]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (
            {"definition_key": "pain_improved_30_percent"},
            "counts by “pain improved 30 percent”, not by “pain improved 50 percent”",
        ),
        ({"month": 6}, "month 6, not 12"),
        ({"role": "usual_care"}, "role usual care, not sham"),
    ],
)
def test_a_near_arm_is_unpooled_and_its_mismatch_named(other, named):
    found = compared(arm("C", **other))
    assert found.status == "no comparable published arm"
    assert found.probabilities == ()
    assert any(named in each for each in found.near[0].mismatches)


def test_a_definition_that_is_not_the_studys_own_pools_nothing():
    match = BenchmarkMatch(role="sham", definition="global_improvement", months=(12,))
    found = compared(
        arm("A", definition_key="global_improvement"), arm("B", definition_key="global_improvement"), match=match
    )
    assert found.status == "no comparable published arm"
    assert "like is only compared with like" in found.explanation


def test_the_verdict_is_unknown_unless_every_prior_and_reading_agree():
    protocol = protocol_of(arm("A", 10, 100), arm("B", 12, 110))
    (pooled,) = compare_with_published(protocol, protocol.benchmark[0], COUNTS)
    sure = tuple(replace(each, lower=0.98, upper=0.99) for each in pooled.probabilities)
    assert reach_verdict(protocol, (), (), (replace(pooled, probabilities=sure),)).word.startswith("Likely better")
    one_doubts = (replace(sure[0], lower=0.97), *sure[1:])
    assert reach_verdict(protocol, (), (), (replace(pooled, probabilities=one_doubts),)).word == "Unknown"
    hopeless = tuple(replace(each, lower=0.0, upper=0.02) for each in pooled.probabilities)
    assert "not better" in reach_verdict(protocol, (), (), (replace(pooled, probabilities=hopeless),)).word
    assert reach_verdict(protocol, (), (), ()).word == "Unknown"


def test_a_body_of_like_controls_can_convince_even_the_sceptic():
    arms = [arm(f"TRIAL_{number}", 150, 500) for number in range(20)]
    protocol = protocol_of(*arms)
    everybody = {"asked": (Counts("all", "12 months", 12, "treatment policy", 24, 24, 24),)}
    comparisons = compare_with_published(protocol, protocol.benchmark[0], everybody)
    assert all(each.lower > 0.975 for each in comparisons[0].probabilities)
    assert reach_verdict(protocol, (), (), comparisons).word.startswith("Likely better")


def test_few_controls_cannot_and_the_answer_says_so():
    found = compared(arm("A", 15, 50), arm("B", 15, 50))
    sceptical = next(each for each in found.probabilities if each.prior == "sceptical")
    assert sceptical.upper <= sceptical.most < 0.975


def test_arms_that_match_without_a_case_to_set_beside_them_are_not_called_missing():
    protocol = protocol_of(arm("A"), arm("B"))
    nobody = {"asked": (Counts("all", "12 months", 12, "treatment policy", 0, 0, 0),)}
    comparisons = compare_with_published(protocol, protocol.benchmark[0], nobody)
    assert "no case here has an answer at month 12" in reach_verdict(protocol, (), (), comparisons).sentence


def test_a_benchmark_may_speak_of_one_group():
    counts = {"asked": tuple(Counts(group, "12 months", 12, "treatment policy", 20, 25, 40) for group in ("a", "b"))}
    protocol = protocol_of(arm("A"), arm("B"), group="b")
    (found,) = compare_with_published(protocol, protocol.benchmark[0], counts)
    assert {each.group for each in found.probabilities} == {"b"}


def test_a_tipping_threshold_counts_for_its_own_month_only():
    protocol = read_protocol(Path(__file__).parents[2] / "examples" / "disc-series-synthetic")
    points = run_study(protocol, read_casebook(protocol), read_comparators(protocol)).sensitivity.tipping_points
    told = {(each.visit, each.threshold is not None) for each in points if each.estimand == protocol.primary.name}
    assert told == {("3 months", False), ("6 months", False), ("12 months", True)}


@pytest.mark.parametrize(
    "row",
    [
        {"definition_key": "complication_any"},
        {
            "definition_key": "between_groups_odi",
            "responders": None,
            "mean_change": 2.0,
            "unit": "points, between groups",
        },
        {"definition_key": "crossed_over_to_surgery"},
        {"definition_key": "mean_pain", "responders": None, "mean": 51.0, "unit": "points 0-100", "month": 0},
        {"definition_key": "no_figure", "responders": None},
        {"definition_key": "global_improvement", "year": 2021},
        {"definition_key": "global_improvement", "year": None},
        {"definition_key": "global_improvement", "study_id": "HELD"},
        {"definition_key": "global_improvement", "role": "fusion"},
    ],
)
def test_what_is_no_near_arm(row):
    assert compared(arm(**({"study_id": "C"} | row)), exclude=("HELD",)).near == ()


def test_a_near_arm_that_prints_a_mean_comes_after_those_that_print_rates():
    mean = {"responders": None, "definition_key": "mean_odi", "mean": 34.0, "sd": 21.1, "unit": "points 0-100"}
    found = compared(
        arm("A_MEAN", **mean, outcome="ODI"), arm("FAR", month=24), arm("Z_RATE", month=6), arm("NEAR", month=13)
    )
    assert [each.arm.study_id for each in found.near] == ["NEAR", "Z_RATE", "FAR", "A_MEAN"]
    assert found.near[-1].mismatches == ("prints a mean of ODI, not a count",)


def test_a_further_procedure_is_near_only_where_it_is_asked_for():
    row = arm("C", definition_key="further_procedure", month=24)
    assert compared(row).near == ()
    match = BenchmarkMatch(role="sham", definition="further_procedure", months=(12,))
    assert [each.arm.study_id for each in compared(row, match=match).near] == ["C"]
