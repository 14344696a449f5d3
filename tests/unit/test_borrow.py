"""Borrowing from like arms: the protocol's words, priors by hand, decisions, conflict, sliders, Reverse-Bayes, files."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.special import betainc, betaln, digamma, ndtr, polygamma

from equipoise.compare.benchmark import Counts, compare_with_published
from equipoise.compare.borrow import borrow
from equipoise.compare.published import beside_published
from equipoise.domain.borrowing import BorrowingDeclared, borrowing_problems
from equipoise.domain.evidence import EvidenceRead
from equipoise.errors import Problem, ProtocolError
from laws import examples
from published_arms import arm, protocol_of
from reference.saved import rows

SAVED = {(row["what"], row["name"]): float(row["value"]) for row in rows("borrowing")}
MAP = {"prior": "MAP", "mean_sd": 2.0, "spread_scale": 1.0, "vague_weight": 0.2}
POWER = {"prior": "power", "power": 0.5}
COMMENSURATE = {"prior": "commensurate", "distance_scale": 0.5}
TREATED = Counts("treated", "12 months", 12, "treatment policy", 20, 25, 40)
CONTROL = Counts("control", "12 months", 12, "treatment policy", 9, 12, 30)
TWO = (arm("A", 10, 40), arm("B", 14, 60))


def declared(**words):
    given = {"name": "sham as a prior", "benchmark": "sham", "threshold": 0.9}
    return BorrowingDeclared(**(given | words))


def borrowed(*arms, counts=(TREATED,), margin=0.1, **words):
    protocol = protocol_of(*arms, margin=margin).model_copy(update={"borrowing": (declared(**words),)})
    comparisons = compare_with_published(protocol, protocol.benchmark[0], {})
    (found,) = borrow(protocol, comparisons, {"asked": tuple(counts)}, {})
    return found


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"prior": "MAP"}, "prior 'MAP' has no mean_sd and no spread_scale and no vague_weight"),
        ({"prior": "power"}, "prior 'power' has no power"),
        ({**POWER, "vague_weight": 0.2}, "prior 'power' has no use for vague_weight"),
        ({**COMMENSURATE, "power": 0.5}, "prior 'commensurate' has no use for power"),
    ],
)
def test_a_prior_has_its_own_words_and_no_other(words, problem):
    with pytest.raises(ValidationError) as refused:
        declared(**words)
    assert problem in str(refused.value)


@pytest.mark.parametrize("words", [{"power": 1.5}, {"threshold": 0.5}, {"threshold": 1.0}])
def test_a_word_out_of_its_range_is_refused(words):
    with pytest.raises(ValidationError):
        declared(**(POWER | words))


def test_a_benchmark_nobody_declared_gets_the_nearest_and_the_treated_group_is_no_control():
    wrong = declared(**POWER, benchmark="shan"), declared(**POWER, name="own", reference="treated")
    found = list(borrowing_problems(wrong, {"sham": "treated"}, ("sham",), {"sham": False}))
    assert found == [
        Problem("borrowing 'sham as a prior'.benchmark", "'shan' is no declared benchmark", "did you mean 'sham'?"),
        Problem(
            "borrowing 'own'.reference",
            "'treated' is the treated group of benchmark 'sham'",
            "name the group that is the control, or leave it out",
        ),
    ]


@pytest.mark.parametrize("words", [MAP, POWER, COMMENSURATE])
def test_without_a_like_arm_nothing_is_borrowed(words):
    found = borrowed(arm("A", definition_key="pain_improved_30_percent"), **words)
    assert (found.status, found.prior, found.answers, found.curve) == ("nothing is borrowed", None, (), ())
    assert "So nothing is borrowed" in found.explanation


def test_the_power_prior_by_hand():
    found = borrowed(*TWO, **POWER)
    (part,) = found.prior.parts
    assert (part.a, part.b) == (1 + 0.5 * 24, 1 + 0.5 * 76)
    assert found.prior.mean == pytest.approx(13 / 52)
    assert found.prior.size == pytest.approx(52)
    assert (found.prior.arms, found.prior.people, found.prior.divergence) == (2, 100, None)


def test_nothing_known_of_the_control_leaves_the_mean_of_the_treated():
    # c ~ Beta(1, 1): P(p_T > c) is the expectation of p_T, (k + 1/2) / (n + 1)
    (answer,) = borrowed(*TWO, margin=0.0, prior="power", power=0.0).answers
    assert (answer.lower, answer.upper) == pytest.approx((20.5 / 41, 25.5 / 41), abs=1e-6)


def test_the_decision_by_a_dense_sum():
    (answer,) = borrowed(*TWO, **POWER).answers
    rate = (np.arange(200_000) + 0.5) / 200_000
    density = np.exp(19.5 * np.log(rate) + 19.5 * np.log1p(-rate) - betaln(20.5, 20.5)) / 200_000
    assert answer.lower == pytest.approx(float(density @ betainc(13, 39, np.clip(rate - 0.1, 0, 1))), abs=1e-6)
    assert answer.decision == "reached"


@pytest.mark.parametrize(
    ("threshold", "decision"), [(0.55, "reached"), (0.98, "depends on the unknown responses"), (0.9999, "not reached")]
)
def test_the_decision_counts_every_unknown(threshold, decision):
    (answer,) = borrowed(*TWO, **(POWER | {"threshold": threshold})).answers
    assert answer.decision == decision, (answer.lower, answer.upper)


def test_the_sliders_hold_the_declared_answer_and_its_ends():
    (answer,) = borrowed(*TWO, **MAP).answers
    at = {each.weight: each for each in answer.by_weight}
    assert (at[0.8].lower, at[0.8].upper) == pytest.approx((answer.lower, answer.upper), abs=1e-6)
    (taken,) = borrowed(*TWO, **(MAP | {"vague_weight": 0.0})).answers
    assert (at[1.0].lower, at[1.0].upper) == pytest.approx((taken.lower, taken.upper), abs=1e-6)
    (alone,) = borrowed(*TWO, prior="power", power=0.0).answers
    assert (at[0.0].lower, at[0.0].upper) == pytest.approx((alone.lower, alone.upper), abs=1e-6)
    assert [each.weight for each in answer.by_weight] == [step / 20 for step in range(21)]


def test_own_controls_that_agree_are_no_conflict_and_others_lose_the_published_their_weight():
    alike = borrowed(*TWO, counts=(TREATED, CONTROL), reference="control", **MAP).answers[0].control
    other = replace(CONTROL, responders_low=29, responders_high=30)
    conflict = borrowed(*TWO, counts=(TREATED, other), reference="control", **MAP).answers[0].control
    assert alike.conflict_low > 0.3
    assert conflict.conflict_high < 0.1
    assert conflict.published_weight_high < 0.2 < 0.8 < alike.published_weight_low
    assert alike.mean_low < alike.mean_high
    assert alike.lower < alike.mean_low
    assert alike.upper > alike.mean_high


def test_the_reference_is_a_control_and_no_treated_group():
    found = borrowed(*TWO, counts=(TREATED, CONTROL), reference="control", **POWER)
    assert [each.group for each in found.answers] == ["treated"]
    (answer,) = found.answers
    # Beta(13 + 9, 39 + 21), the least the unknown allow
    assert answer.control.mean_low == pytest.approx(22 / 82)
    assert (answer.control.published_weight_low, answer.control.seen.n) == (1.0, 30)


@pytest.mark.parametrize("own", [4, 12])
def test_a_power_that_is_not_fixed_is_that_of_integrate(own):
    # tests/reference/borrowing.R: 20 of 100 published, 20 of our own, power ~ Beta(1, 1), by R's integrate
    words = {"prior": "power", "power": {"a": 1, "b": 1}}
    counts = (TREATED, replace(CONTROL, responders_low=own, responders_high=own, n=20))
    found = borrowed(arm("A", 20, 100), counts=counts, reference="control", **words)
    control = found.answers[0].control
    assert control.power_low == control.power_high == pytest.approx(SAVED[f"power 20 100 {own} 20", "power"], rel=1e-7)
    assert control.mean_low == pytest.approx(SAVED[f"power 20 100 {own} 20", "mean"], rel=1e-7)
    assert (found.prior.power.expected, found.prior.power.a) == (0.5, 1)
    assert len(found.prior.parts) == 64


def test_without_own_controls_a_power_has_only_its_expectation_beforehand():
    found = borrowed(*TWO, prior="power", power={"a": 1, "b": 3})
    assert found.prior.power.expected == 0.25
    assert found.answers[0].control is None
    alone = borrowed(*TWO, prior="power", power=0.0).answers[0]
    assert found.answers[0].by_weight[0] == alone.by_weight[0]


def test_a_range_of_counts_that_passes_through_the_expected_is_no_conflict():
    # 24 of 100 published; of 40 own nobody, or everybody, would be a conflict, and ten would not
    wide = replace(CONTROL, responders_low=0, responders_high=40, n=40)
    control = borrowed(*TWO, counts=(TREATED, wide), reference="control", **POWER).answers[0].control
    assert control.conflict_low < 0.01
    assert control.conflict_high > 0.9


def test_arms_that_contradict_each_other_are_no_single_arm():
    apart = arm("A", 2, 60), arm("B", 55, 60)
    (told,) = borrowed(*apart, **POWER).cautions
    assert told.startswith("The arms contradict each other (Cochran's Q, P below 0.001)")
    assert borrowed(*apart, **MAP).cautions == ()
    assert borrowed(*TWO, **POWER).cautions == ()


def test_a_reference_that_is_everybody_leaves_nobody_treated():
    protocol = protocol_of(*TWO).model_copy(update={"borrowing": (declared(**POWER, reference="all"),)})
    with pytest.raises(ProtocolError) as refused:
        beside_published(protocol, ("all",), {})
    assert "nobody is left as treated" in refused.value.problems[0].problem


def test_it_takes_a_sceptic_by_the_printed_formula():
    # Matthews (2018), R. Soc. Open Sci. 5:171047: scepticism limit (U - L)^2 / (4 sqrt(U L)); advocacy limit
    # -(U + L) (U - L)^2 / (2 U L); U, L the limits of the log odds ratio
    treated = replace(TREATED, responders_low=20, responders_high=31)
    unsure, sure = borrowed(*TWO, counts=(treated,), prior="power", power=0.1).answers[0].disbelief
    lower, upper = np.log([sure.lower, sure.upper])
    assert sure.convincing
    assert np.log(sure.scepticism) == pytest.approx((upper - lower) ** 2 / (4 * (upper * lower) ** 0.5))
    lower, upper = np.log([unsure.lower, unsure.upper])
    assert not unsure.convincing
    assert np.log(unsure.advocacy) == pytest.approx(-(upper + lower) / (2 * upper * lower) * (upper - lower) ** 2)


def test_the_odds_ratio_by_hand_and_no_opinion_is_the_result_alone():
    (answer,) = borrowed(*TWO, prior="power", power=1.0).answers
    estimate = digamma(20.5) - digamma(20.5) - (digamma(25) - digamma(77))
    error = (2 * polygamma(1, 20.5) + polygamma(1, 25) + polygamma(1, 77)) ** 0.5
    first = answer.disbelief[0]
    assert first.effect == pytest.approx(float(np.exp(estimate)))
    assert answer.by_scepticism[-1].effect is None
    assert answer.by_scepticism[-1].lower == pytest.approx(float(ndtr(estimate / error)))
    rising = [each.lower for each in answer.by_scepticism]
    assert rising == sorted(rising)  # of a result above 1, the more is held possible the likelier it is better


@settings(deadline=None, max_examples=examples(12))
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=4),
    st.integers(1, 9),
    st.sampled_from([MAP, POWER, COMMENSURATE]),
)
def test_zeros_all_and_one_patient_are_normal_input(pairs, n, words):
    arms = [arm(f"S{at}", k, max(k + more, 1)) for at, (k, more) in enumerate(pairs)]
    for k in (0, n):
        counts = replace(TREATED, responders_low=k, responders_high=k, n=n), replace(CONTROL, responders_low=0, n=12)
        found = borrowed(*arms, counts=counts, reference="control", **words)
        (answer,) = found.answers
        assert 0 <= answer.lower <= answer.upper <= 1
        assert sum(each.prior for each in found.curve) == pytest.approx(1, abs=1e-6)
        assert sum(each.weight for each in found.prior.parts) == pytest.approx(1, abs=1e-6)
        numbers = [each.upper for each in (*answer.by_weight, *answer.by_scepticism)]
        assert np.isfinite(numbers).all()


def test_an_empty_group_is_left_out_and_a_visit_nobody_reached_gives_no_answer():
    empty = replace(TREATED, responders_low=0, responders_high=0, n=0)
    assert borrowed(*TWO, counts=(empty,), **POWER).answers == ()
    assert borrowed(*TWO, counts=(), **POWER).prior is not None


def test_a_group_nobody_is_in_is_told_with_every_other():
    protocol = protocol_of(*TWO, group="treatd").model_copy(
        update={"borrowing": (declared(**POWER, reference="control"),)}
    )
    with pytest.raises(ProtocolError) as refused:
        beside_published(protocol, ("treated", "other"), {})
    assert [each.where for each in refused.value.problems] == [
        "study.toml: benchmark 'sham'.group",
        "study.toml: borrowing 'sham as a prior'.reference",
    ]
    assert refused.value.problems[0].remedy == "did you mean 'treated'?"


def test_every_arm_of_a_file_says_what_became_of_it():
    late, other, held = arm("LATE", year=2021), arm("NEAR", month=6), arm("HELD")
    protocol = protocol_of(*TWO, late, other, held, exclude=("HELD",))
    file = EvidenceRead(file="arms.csv", digest="ab", rows=9, arms=(TWO[0], late, other, held))
    (used,) = beside_published(protocol.model_copy(update={"evidence_read": (file,)}), ("all",), {}).evidence
    assert (used.file, used.digest, used.rows) == ("arms.csv", "ab", 9)
    assert [(each.study_id, each.use) for each in used.arms] == [
        ("A", "matched"),
        ("LATE", "new since"),
        ("NEAR", "near"),
        ("HELD", "not used"),
    ]
