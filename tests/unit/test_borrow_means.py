"""Borrowing of means: priors by hand, both directions of a score, the unknown, one patient, values all alike."""

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, stdtr

from equipoise.compare.borrow import borrow
from equipoise.domain.benchmark_answer import ArmMean, Comparison, PooledMean
from equipoise.domain.borrowing import BorrowingDeclared, borrowing_problems
from equipoise.domain.estimand import Endpoint, Estimand, Missing
from equipoise.domain.instrument import Better
from equipoise.domain.own_mean import OwnMean, PossibleMean
from equipoise.domain.protocol import Benchmark, BenchmarkMatch, Visit
from equipoise.estimate.score import KNOWN, NOT_REACHED, OUTSIDE, UNKNOWN, Readings
from equipoise.estimate.score_fillings import possible_means
from equipoise.stats.student_mixture import see_mean, update_mean_with
from laws import examples
from published_arms import arm
from study_parts import PAIN, study

POINTS = {"patient_sd": 20.0, "vague_mean": 40.0}
POWER = {"prior": "power", "power": 0.5} | POINTS
MAP = {
    "prior": "MAP", "mean_centre": 40.0, "mean_sd": 30.0, "spread_scale": 8.0, "vague_weight": 0.2,
} | POINTS  # fmt: skip
COMMENSURATE = {"prior": "commensurate", "distance_scale": 5.0} | POINTS


def mean_arm(name="A", mean=50.0, sd=20.0, n=25, why=None):
    return ArmMean(arm(name, None, n, count_source="none"), "value", mean, sd, n, None, None, why)


TWO = (mean_arm(), mean_arm("B", 46.0, 18.0, 36))


def own(group="treated", *possible, missing="observed", strategy="treatment policy"):
    return OwnMean(group, "12 months", 12, strategy, missing, possible or (PossibleMean(35.0, 15.0, 24),))


OWN = (own(),)


def borrowed(*arms, means=OWN, margin=0.0, better=Better.LOWER, pooled=None, **words):
    visit = Visit(name="12 months", month=12, day=365, window=(320, 410))
    score = Endpoint(instrument="pain", score="value")
    estimand = Estimand(name="asked", primary=True, visits=("12 months",), endpoint=score, strategies={})
    benchmark = Benchmark(
        name="sham", match=BenchmarkMatch(role="sham", months=(12,)), as_of=2020, margin=margin, group="treated"
    )
    declared = BorrowingDeclared(**({"name": "prior", "benchmark": "sham", "threshold": 0.9} | words))
    plain = study(visits=[visit], estimands=[estimand])
    pain = PAIN.model_copy(update={"high": Decimal(100), "better": better})
    protocol = plain.model_copy(
        update={
            "borrowing": (declared,),
            "benchmark": (benchmark,),
            "instruments": dict(plain.instruments) | {"pain": pain},
        }
    )
    comparison = Comparison(
        name="sham", estimand="asked", visit="12 months", month=12, role="sham", definition="mean_pain", as_of=2020,
        margin=margin, status="pooled", explanation="Arms match.", matched=(), near=(), excluded=(), later=(),
        pooled=None, probabilities=(), of="value", matched_means=arms, pooled_mean=pooled,
    )  # fmt: skip
    (found,) = borrow(protocol, (comparison,), {}, {"asked": tuple(means)})
    return found


def test_the_power_prior_of_a_mean_by_hand():
    # 50 with standard error 4 and 46 with 3: precisions 1/16 and 1/9; half of both beside N(40, 20^2)
    found = borrowed(*TWO, **POWER)
    precision = 1 / 400 + 0.5 * (1 / 16 + 1 / 9)
    (part,) = found.prior.parts
    assert part.sd == pytest.approx(precision**-0.5)
    assert part.mean == pytest.approx((40 / 400 + 0.5 * (50 / 16 + 46 / 9)) / precision)
    assert (part.a, part.b, found.scale, found.prior.people) == (None, None, "mean", 61)
    assert found.prior.size == pytest.approx(precision * 400)  # a normal is worth (SD of a patient / its own)^2


def test_the_decision_is_students_t_against_a_normal():
    # nothing borrowed: control ~ N(40, 20^2), treated 35 + 15/sqrt(24) t(23); lower by more than 3 wanted
    (answer,) = borrowed(*TWO, margin=3.0, **(POWER | {"power": 0.0})).answers
    control = np.linspace(40 - 160, 40 + 160, 400_001)
    density = np.exp(-(((control - 40) / 20) ** 2) / 2)
    chance = stdtr(23, (control - 3 - 35) / (15 / 24**0.5)) @ density / density.sum()
    assert answer.lower == answer.upper == pytest.approx(float(chance), abs=1e-7)


@pytest.mark.parametrize("words", [POWER, MAP, COMMENSURATE])
def test_a_score_turned_round_gives_the_same_probability(words):
    turned = {"vague_mean": 60.0} | ({"mean_centre": 60.0} if words is MAP else {})
    lower = borrowed(*TWO, margin=2.0, **words).answers[0]
    arms = tuple(replace(each, mean=100 - each.mean) for each in TWO)
    means = (own("treated", PossibleMean(65.0, 15.0, 24)),)
    higher = borrowed(*arms, margin=2.0, means=means, better=Better.HIGHER, **(words | turned)).answers[0]
    assert higher.lower == pytest.approx(lower.lower, abs=2e-5)
    assert higher.disbelief[0].effect == pytest.approx(lower.disbelief[0].effect, abs=1e-3)
    assert lower.disbelief[0].effect > 0  # 35 beside about 47 is better where lower is


def test_the_weight_slider_is_the_prior_with_that_weight_own_controls_or_none():
    control = own("control", PossibleMean(44.0, 21.0, 18))
    for means in ((own(),), (own(), control)):
        words = MAP | ({"reference": "control"} if len(means) > 1 else {})
        (answer,) = borrowed(*TWO, means=means, **words).answers
        at = {each.weight: each.lower for each in answer.by_weight}
        assert len(at) == 21
        assert at[0.8] == pytest.approx(answer.lower)
        for vague in (0.0, 0.5, 0.95):
            (other,) = borrowed(*TWO, means=means, **(words | {"vague_weight": vague})).answers
            assert at[round(1 - vague, 2)] == pytest.approx(other.lower, abs=1e-9)


def test_own_controls_are_taken_in_and_a_conflict_is_told():
    alike = own("control", PossibleMean(48.0, 20.0, 20))
    other = own("control", PossibleMean(0.0, 12.0, 20))
    kept, lost = (
        borrowed(*TWO, means=(own(), each), reference="control", **MAP).answers[0].control for each in (alike, other)
    )
    assert kept.conflict_low > 0.5
    assert lost.conflict_high < 0.05
    assert lost.published_weight_high < 0.1 < 0.8 < kept.published_weight_low
    assert 0 < lost.mean_low < 5


def test_a_power_that_is_not_fixed_moves_with_how_alike_our_controls_are():
    learnt = POWER | {"power": {"a": 1, "b": 1}}
    alone = borrowed(*TWO, **learnt)
    assert (alone.prior.power.expected, alone.answers[0].control) == (0.5, None)
    alike = own("control", PossibleMean(47.4, 20.0, 60))
    other = own("control", PossibleMean(15.0, 20.0, 60))
    up, down = (
        borrowed(*TWO, means=(own(), each), reference="control", **learnt).answers[0].control for each in (alike, other)
    )
    assert down.power_high < 0.3 < 0.5 < up.power_low


def test_it_takes_a_sceptic_of_the_difference_by_the_printed_formula():
    # Matthews (2018), R. Soc. Open Sci. 5:171047: scepticism limit (U - L)^2 / (4 sqrt(U L))
    (one,) = borrowed(*TWO, means=(own("treated", PossibleMean(20.0, 15.0, 24)),), **POWER).answers[0].disbelief
    assert one.convincing
    assert one.scepticism == pytest.approx((one.upper - one.lower) ** 2 / (4 * (one.upper * one.lower) ** 0.5))
    sd = (15**2 / 24 * 23 / 21 + 1 / (1 / 400 + 0.5 * (1 / 16 + 1 / 9))) ** 0.5  # of t(23), and of the prior
    assert one.upper - one.lower == pytest.approx(2 * 1.959963985 * sd)
    assert one.mean == 20.0


def test_no_opinion_of_the_difference_is_the_result_alone():
    (answer,) = borrowed(*TWO, **POWER).answers
    (one,) = answer.disbelief
    error = (one.upper - one.effect) / 1.959963985
    assert answer.by_scepticism[-1].effect is None
    assert answer.by_scepticism[-1].lower == pytest.approx(float(ndtr(one.effect / error)))
    assert [each.effect for each in answer.by_scepticism[:2]] == [2.0, 4.0]  # a tenth and a fifth of 20


@pytest.mark.parametrize(
    ("possible", "why"),
    [
        (PossibleMean(35.0, None, 1), "one patient has no standard deviation"),
        (PossibleMean(35.0, 0.0, 9), "all the values are the same"),
    ],
)
def test_a_mean_without_a_spread_has_no_probability(possible, why):
    found = borrowed(*TWO, means=(own("treated", possible),), **MAP)
    assert (found.status, found.answers) == ("borrowed", ())
    (refused,) = found.unanswered
    assert why in refused.why
    assert refused.instead
    both = borrowed(*TWO, means=(own(), own("control", possible)), reference="control", **MAP)
    assert both.answers == ()
    assert both.unanswered[0].instead.startswith("leave reference out")


@pytest.mark.parametrize("n", [2, 3])
def test_two_or_three_patients_have_a_probability_and_no_reverse_bayes(n):
    (answer,) = borrowed(*TWO, means=(own("treated", PossibleMean(35.0, 9.0, n)),), **MAP).answers
    assert 0 < answer.lower < 1
    assert (answer.disbelief, answer.by_scepticism) == ((), ())


def test_an_arm_without_a_spread_is_left_out_and_named():
    bare = mean_arm("BARE", 12.0, None, 30, "prints no standard deviation of its mean")
    found = borrowed(*TWO, bare, **MAP)
    assert found.prior.arms == 2
    assert found.cautions == ("Left out: BARE, sham, which prints no standard deviation of its mean.",)
    none = borrowed(bare, **MAP)
    assert (none.status, none.prior) == ("nothing is borrowed", None)
    assert "find the standard deviations" in none.explanation


def test_arms_that_contradict_each_other_are_no_single_arm():
    pooled = PooledMean(2, 61, "value", 40, 20, 60, 20, 5, 80, 0.9, 20, 0.00001, None, None, "Wald", "REML")
    (told,) = borrowed(*TWO, pooled=pooled, **POWER).cautions
    assert told.startswith("The arms contradict each other (Cochran's Q, P below 0.001)")
    assert borrowed(*TWO, pooled=pooled, **MAP).cautions == ()


def test_a_prior_of_means_says_what_a_prior_of_rates_may_not():
    mean, rate = ({"name": "p", "benchmark": "sham", "threshold": 0.9} | each for each in (MAP, MAP))
    for word in ("patient_sd", "mean_centre"):
        del mean[word]
    wrong = borrowing_problems((BorrowingDeclared(**mean),), {"sham": None}, ("sham",), {"sham": True})
    (problem,) = wrong
    assert problem.problem == "benchmark 'sham' is of a score, and there is no patient_sd and no mean_centre"
    (problem,) = borrowing_problems((BorrowingDeclared(**rate),), {"sham": None}, ("sham",), {"sham": False})
    assert "has no use for patient_sd, vague_mean, mean_centre" in problem.problem
    assert not list(borrowing_problems((BorrowingDeclared(**rate),), {"sham": None}, ("sham",), {"sham": True}))


def test_the_borrowing_of_means_in_the_reference_is_one():
    text = (Path(__file__).parents[2] / "docs" / "study-file.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml alternative\n(\[\[borrowing\]\].*?)^```$", text, re.M | re.S)
    (declared,) = (BorrowingDeclared(**each) for block in blocks for each in tomllib.loads(block)["borrowing"])
    assert not list(borrowing_problems((declared,), {}, (declared.benchmark,), {declared.benchmark: True}))


def test_a_mean_meets_a_prior_as_by_a_dense_sum():
    found = borrowed(*TWO, means=(own(), own("control", PossibleMean(41.0, 9.0, 4))), reference="control", **POWER)
    control = found.answers[0].control
    prior, (part,) = np.linspace(-100, 200, 600_001), found.prior.parts
    t = (1 + ((prior - 41) / 4.5) ** 2 / 3) ** -2
    density = np.exp(-(((prior - part.mean) / part.sd) ** 2) / 2) * t
    assert control.mean_low == pytest.approx(float(density @ prior / density.sum()), abs=1e-5)


@pytest.mark.parametrize(("n", "off"), [(2, 5e-5), (3, 1e-6), (5, 1e-6), (12, 1e-6), (2000, 1e-6)])
def test_a_mean_of_unknown_spread_is_students_t(n, off):
    seen = see_mean(1.0, 2.0, n)
    at = np.linspace(-9, 11, 41)
    assert seen.flat.below(at) == pytest.approx(stdtr(n - 1, (at - 1) / (2 / n**0.5)), abs=off)
    posterior = update_mean_with(seen.flat, seen)
    assert posterior.mean == pytest.approx(1.0)


def readings(*ranges, bits=None):
    """Cases whose scores may lie anywhere between two numbers, on a scale from 0 to 10."""
    low, high = (np.array(each, dtype=float) for each in zip(*ranges, strict=True))
    bits = np.where(low < high, UNKNOWN, KNOWN).astype(np.uint8) if bits is None else np.array(bits, dtype=np.uint8)
    floor, ceiling = np.zeros(low.size), np.full(low.size, 10.0)
    return Readings(bits, np.where(low < high, np.inf, low), np.where(low < high, -np.inf, high), floor, ceiling)


EVERY = np.linspace(0, 10, 21)


@settings(deadline=None, max_examples=examples(20))
@given(st.lists(st.integers(0, 10), max_size=6), st.integers(1, 2), st.sampled_from([20.0, 47.0, 60.0]))
@example([], 2, 47.0)
@example([5, 5], 1, 47.0)
def test_no_filling_of_the_unknown_lies_outside_what_is_told(known, unknown, centre):
    assume(len(known) + unknown > 1)
    scores = readings(*((each, each) for each in known), *([(0, 10)] * unknown))
    possible = possible_means(scores, np.ones(len(known) + unknown, dtype=bool), Missing.BOUNDS)
    words = POWER | {"vague_mean": centre / 10, "patient_sd": 2.0, "power": 0.0}
    (answer,) = borrowed(*TWO, means=(own("treated", *possible, missing="bounds"),), **words).answers
    every = []
    for filled in product(EVERY, repeat=unknown):
        values = np.array([*known, *filled])
        if values.std() > 0:
            alone = (own("treated", PossibleMean(values.mean(), values.std(ddof=1), values.size)),)
            every.append(alone)
    picked = every[:: max(1, len(every) // 12)]
    chances = [borrowed(*TWO, means=each, **words).answers[0].lower for each in picked]
    assert all(answer.lower - 0.005 <= each <= answer.upper + 0.005 for each in chances)
    means = [each.mean for each in possible]
    assert means == sorted(means)
    least, greatest = sum(known), sum(known) + 10 * unknown
    assert (means[0], means[-1]) == pytest.approx(
        (least / len(known + [0] * unknown), greatest / (len(known) + unknown))
    )


@pytest.mark.parametrize("reference", [None, "control"])
def test_where_nobody_was_seen_every_probability_is_possible(reference):
    """All of them at the best of the scale, or all at the worst, is as good a reading as any between."""
    nobody = (PossibleMean(0.0, 0.0, 2), PossibleMean(50.0, 5000.0**0.5, 2), PossibleMean(100.0, 0.0, 2))
    means = (own("treated", *nobody, missing="bounds"), own("control", PossibleMean(41.0, 9.0, 4), missing="bounds"))
    words = POWER if reference is None else POWER | {"reference": reference}
    answer = borrowed(*TWO, means=means, **words).answers[0]
    assert answer.lower < 0.01
    assert answer.upper > 0.99
    assert answer.decision == "depends on the unknown scores"


def test_who_may_leave_may_leave_and_the_least_mean_keeps_whom_it_needs():
    both = [KNOWN, KNOWN, KNOWN | OUTSIDE, KNOWN | OUTSIDE]
    possible = possible_means(readings((4, 4), (6, 6), (1, 1), (9, 9), bits=both), np.ones(4, bool), Missing.BOUNDS)
    assert {(each.mean, each.n) for each in possible} == {(5.0, 4), (5.0, 2), (11 / 3, 3), (19 / 3, 3)}
    late = possible_means(readings((4, 4), (6, 6), bits=[KNOWN, NOT_REACHED]), np.ones(2, bool), Missing.OBSERVED)
    assert late == (PossibleMean(4.0, None, 1),)
    nobody = possible_means(readings((4, 4), bits=[NOT_REACHED]), np.ones(1, bool), Missing.OBSERVED)
    assert nobody == ()
