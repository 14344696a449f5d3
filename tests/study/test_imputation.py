"""What nobody saw, filled in under named assumptions: through the whole study, worked by hand."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.estimand import Endpoint, ImprovementRule, Strategy
from equipoise.errors import ProtocolError
from equipoise.read.casebook import read_casebook
from equipoise.read.protocol import read_protocol
from equipoise.study import run_study
from imputed_studies import CHANGE, FIRST, RELIEF, SECOND, VALUE, Cases, declared, of_responses, review, row
from laws import examples

EXAMPLES = Path(__file__).parents[2] / "examples"
MAR, BACK = "missing at random", "return to baseline"
HALF = Endpoint(instrument="pain", percent_change=ImprovementRule(at_least=Decimal(50)), baseline_look_back_days=10)


def relief_of_ten() -> Cases:
    """Six seen without an event, four of them better; four had an event before the visit, all better since."""
    cases = Cases("relief")
    for value in (1, 1, 1, 1, 0, 0):
        cases.add({"first": value})
    for _ in range(4):
        cases.add({"first": 1}, event=(10, 10))
    return cases


def test_a_return_to_baseline_of_yes_or_no_is_a_non_responder():
    found = row(
        review(relief_of_ten(), RELIEF, of_responses(after_event=BACK)), f"{BACK} after the event, {MAR} otherwise"
    )
    assert (found.responders, found.n, found.unknown, found.estimate) == (4, 10, 4, 0.4)
    assert (found.lower, found.upper) == pytest.approx(
        (0.16818, 0.68733), abs=1e-5
    )  # Wilson: R prop.test(4, 10, correct=FALSE)


def test_the_named_assumption_takes_the_place_of_the_refusal():
    def refused(*sections):
        return [each.why for each in review(relief_of_ten(), RELIEF, *sections).sensitivity.refused]

    assert any("no assumption is named" in why for why in refused())
    assert refused(of_responses()) == []
    assert any("no assumption is named" in why for why in refused(of_responses(strategies=("treatment policy",))))


def test_missing_at_random_with_nothing_to_predict_from_repeats_the_rate_that_was_seen():
    result = review(relief_of_ten(), RELIEF, of_responses(imputations=400))
    found = row(result, MAR)
    assert found.responders is None
    assert found.estimate == pytest.approx((4 + 4 * 4.5 / 7) / 10, abs=0.03)  # 4 of 6, Jeffreys for the four
    [answer] = result.imputations
    assert (answer.nothing_to_predict_from, answer.imputed_cells, answer.assumed_cells) == (True, 4, 0)
    assert found.lower < 4 / 10 < 8 / 10 < found.upper  # the doubt about the four is in the limits


def test_the_marrow_cases_missing_at_random_give_their_headline_again():
    protocol = read_protocol(EXAMPLES / "marrow-2013")
    section = of_responses(imputations=200)
    result = run_study(protocol.model_copy(update={"imputation": (section,)}), read_casebook(protocol))
    [four] = [
        each
        for each in result.estimates
        if (each.missing, each.visit, each.estimand) == (MAR, "4 months", protocol.primary.name)
    ]
    assert (four.n, four.unknown) == (24, 12)
    assert four.estimate == pytest.approx(10 / 12, abs=0.04)  # METHODS 10: missing at random reproduces 83 %


def test_a_return_to_baseline_of_a_change_is_a_mean_with_noughts():
    cases = Cases("pain")
    for after in (2, 3, 5, 4):
        cases.add({"first": after}, before=7)
    for _ in range(2):
        cases.add({"first": None}, event=(5, 5), before=8)
    found = row(review(cases, CHANGE, declared(after_event=BACK)), f"{BACK} after the event, {MAR} otherwise")
    assert found.estimate == pytest.approx((-5 - 4 - 2 - 3 + 0 + 0) / 6)
    assert (found.n, found.unknown, found.method) == (6, 2, "conditional mean, jackknife")
    value = row(review(cases, VALUE, declared(after_event=BACK)), f"{BACK} after the event, {MAR} otherwise")
    assert value.estimate == pytest.approx((2 + 3 + 5 + 4 + 8 + 8) / 6)


def two_groups() -> Cases:
    cases = Cases("pain")
    for value in (1, 2, 3, 2):
        cases.add({"first": value}, group="treated")
    cases.add({"first": None}, group="treated")
    for value in (5, 6, 7, 8, 6):
        cases.add({"first": value}, group="usual")
    return cases


def test_a_jump_to_reference_at_one_visit_is_the_mean_of_the_reference():
    section = declared(after_event="jump to reference", after_last_seen="jump to reference", reference="usual")
    result = review(two_groups(), VALUE, section)
    found = row(result, "jump to reference", group="treated")
    assert found.estimate == pytest.approx((1 + 2 + 3 + 2 + 32 / 5) / 5)
    [difference] = [each for each in result.imputations[0].quantities if each.kind == "difference"]
    assert (difference.group, difference.reference) == ("treated", "usual")
    assert difference.estimate == pytest.approx((8 + 32 / 5) / 5 - 32 / 5)
    at_random = row(review(two_groups(), VALUE, declared(reference="usual")), MAR, group="treated")
    assert at_random.estimate == pytest.approx(2.0)
    assert difference.degrees is None  # the jackknife's limits are normal


def test_the_jackknife_stands_beside_what_borrows_from_a_reference():
    words = {"method": "approximate bayesian", "imputations": 50, "reference": "usual"}
    jump = declared(after_event="jump to reference", after_last_seen="jump to reference", **words)
    drawn, plain = review(two_groups(), VALUE, jump, declared(name="plain", **words)).imputations
    assert all(each.jackknife_standard_error > 0 for each in drawn.quantities)
    assert all(each.jackknife_estimate is None for each in plain.quantities)
    [difference] = [each for each in drawn.quantities if each.kind == "difference"]
    assert difference.estimate == pytest.approx(
        difference.jackknife_estimate, abs=0.4
    )  # 50 draws of one score of spread 1


def test_points_are_added_to_what_is_filled_in_and_to_nothing_else():
    shift = {"group": "treated", "visit": "first", "by": 1.5}
    plain = row(review(two_groups(), VALUE, declared()), MAR, group="treated")
    moved = review(two_groups(), VALUE, declared(delta=(shift,)))
    assert row(moved, f"{MAR}, shifted", group="treated").estimate == pytest.approx(plain.estimate + 1.5 / 5)
    assert row(moved, f"{MAR}, shifted", group="usual").estimate == pytest.approx(32 / 5)


def test_a_factor_of_the_odds_moves_the_unseen_by_about_that_factor():
    def rate(factor):
        section = of_responses(imputations=400, delta=({"visit": "first", "by": factor},))
        return (row(review(relief_of_ten(), RELIEF, section), f"{MAR}, shifted").estimate * 10 - 4) / 4

    plain = rate(1.0)
    odds = plain / (1 - plain)
    assert rate(0.25) == pytest.approx(odds / 4 / (1 + odds / 4), abs=0.05)
    assert rate(4.0) == pytest.approx(4 * odds / (1 + 4 * odds), abs=0.05)


@pytest.mark.parametrize(("endpoint", "section"), [(RELIEF, of_responses()), (VALUE, declared(reference=None))])
def test_where_nothing_is_missing_the_answer_is_what_was_seen(endpoint, section):
    cases = Cases(endpoint.instrument)
    for value in (1, 0, 1, 1, 0):
        cases.add({"first": value})
    result = review(cases, endpoint, section)
    imputed, seen = row(result, MAR), row(result, "observed", "treatment policy")
    for name in ("n", "responders", "unknown", "estimate", "sd", "lower", "upper"):
        assert getattr(imputed, name) == pytest.approx(getattr(seen, name)), name
    assert imputed.method.startswith("nothing was missing")
    assert result.imputations[0].nothing_missing


def test_who_has_not_reached_a_visit_leaves_its_denominator_and_informs_the_others():
    cases = Cases("pain")
    first, second = np.array([4.0, 5, 6, 7, 3, 8, 5, 6]), np.array([2.0, 3, 5, 5, 2, 7, 4, 3])
    for one, two in zip(first, second, strict=True):
        cases.add({"first": float(one), "second": float(two)})
    cases.add({"first": 5, "second": None})
    cases.add({"first": 9, "second": "late"})
    result = review(cases, VALUE, declared(), visits=(FIRST, SECOND))
    assert (row(result, MAR).n, row(result, MAR).estimate) == (10, pytest.approx(5.8))
    found = row(result, MAR, visit="second")
    slope, level = np.polyfit(first, second, 1)  # of those who have both; restricted likelihood is near it
    assert (found.n, found.unknown) == (9, 1)
    assert found.estimate == pytest.approx((31 + level + slope * 5) / 9, abs=0.02)


def test_a_visit_a_group_has_not_reached_does_not_stop_the_others():
    cases = Cases("relief")
    for first, second in ((1, 1), (0, 0), (1, None)):
        cases.add({"first": first, "second": second}, group="early")
    for first in (1, None):
        cases.add({"first": first, "second": "late"}, group="late")
    cases.add({"first": 0, "second": "late"}, group="late")
    result = review(cases, RELIEF, of_responses(reference="early"), visits=(FIRST, SECOND))
    assert refusals(result) == []
    late = row(result, MAR, visit="second", group="late")
    assert (late.n, late.estimate, late.method) == (0, None, "nobody to count")
    assert (row(result, MAR, group="late").n, row(result, MAR, visit="second", group="early").unknown) == (3, 1)
    [no_second] = [
        each for each in result.imputations[0].quantities if (each.kind, each.visit) == ("difference", "second")
    ]
    assert (no_second.estimate, no_second.why) == (None, "nobody counts there")


def test_a_gap_between_two_seen_visits_is_at_random_whatever_is_assumed_of_the_end():
    cases = Cases("relief")
    for _ in range(6):
        cases.add({"first": 1, "second": 1})
    cases.add({"first": None, "second": 1})
    cases.add({"first": 1, "second": None})
    section = of_responses(after_event=BACK, after_last_seen=BACK, strategies=("as declared",))
    result = review(cases, RELIEF, section, visits=(FIRST, SECOND))
    assert row(result, BACK, "treatment policy").estimate > 7 / 8  # the gap is mostly yes
    assert row(result, BACK, "treatment policy", "second").responders == 7  # the end is no
    assert result.imputations[0].assumed_cells == 1


def test_a_composite_has_seen_its_failures():
    result = review(relief_of_ten(), RELIEF, of_responses(strategies=("as declared",)), own=Strategy.COMPOSITE_BY_VISIT)
    found = row(result, MAR, "composite by visit")
    assert (found.responders, found.n, found.unknown) == (4, 10, 0)
    assert result.imputations[0].nothing_missing


def pain_of_ten(gone: int = 2) -> Cases:
    cases = Cases("pain")
    for after in (1, 2, 3, 6, 5, 8, 4, 3):
        cases.add({"first": after}, before=8)
    for _ in range(gone):
        cases.add({"first": None}, before=8, event=(5, 5))
    return cases


def test_a_responder_rule_is_applied_to_the_score_that_was_filled_in():
    words = {"method": "approximate bayesian", "imputations": 400, "responders_from": "scores"}
    result = review(pain_of_ten(), HALF, declared(**words))
    found = row(result, MAR)
    assert found.estimate == pytest.approx((5 + 2 * 0.5) / 10, abs=0.04)  # the mean is 4, half of the baseline
    assert result.imputations[0].filled_in == "scores, and the responder rule applied to them"
    back = row(review(pain_of_ten(), HALF, declared(**words, after_event=BACK, after_last_seen=BACK)), BACK)
    assert (back.responders, back.n) == (5, 10)  # back at the baseline nobody has improved


def test_a_further_section_changes_no_other_numbers():
    one = review(relief_of_ten(), RELIEF, of_responses(name="one")).imputations
    both = review(relief_of_ten(), RELIEF, of_responses(name="other"), of_responses(name="one")).imputations
    assert both[1] == one[0]
    assert both[0].quantities[0].estimate != one[0].quantities[0].estimate


def refusals(result) -> list[str]:
    return [each.why for each in result.sensitivity.refused if "imputation" in each.where]


def test_a_vague_event_is_refused_only_where_the_assumptions_differ():
    cases = Cases("relief")
    for value in (1, 1, 0, 0):
        cases.add({"first": value})
    cases.add({"first": None}, event=(10, 50))  # by the visit or after it
    same = review(cases, RELIEF, of_responses(strategies=("treatment policy",)))
    assert refusals(same) == []
    assert row(same, MAR, "treatment policy").unknown == 1
    [why] = refusals(review(cases, RELIEF, of_responses(strategies=("treatment policy",), after_event=BACK)))
    assert why.startswith("a vague date leaves open in 1 of")


def test_a_value_the_chart_leaves_open_is_not_filled_in():
    cases = relief_of_ten()
    cases.add({"first": 1}, event=(10, 50))  # before the assessment, or after it
    [why] = refusals(review(cases, RELIEF, of_responses()))
    assert why.startswith("the charts of 1 of 11 allow more than one answer")


def bad(**kind) -> Cases:
    """A few cases of pain, spoilt in one way."""
    cases = Cases("pain")
    for place, value in enumerate(kind.get("values", (1, 3, 4, 6, 7))):
        cases.add({"first": value, "second": kind.get("second", 5 + place % 3)}, before=8, sex="male")
    cases.add(
        {"first": kind.get("last"), "second": None}, before=kind.get("before"), sex="male", **kind.get("columns", {})
    )
    return cases


SEX = {"covariate": (CovariateDeclared(name="sex", column="cases.sex"),)}


@pytest.mark.parametrize(
    ("cases", "section", "parts", "says"),
    [
        (bad(second=None), declared(), {}, "'second': nobody was seen there"),
        (bad(values=()), declared(), {}, "nobody was seen there"),
        (bad(values=(4, 4, 4, 4), second=4), declared(), {}, "vary"),
        (bad(values=(1, 3)), declared(), {}, ""),
        (bad(columns={"group": "alone"}), declared(), {}, "nobody of group 'alone' was seen there"),
        (bad(), declared(covariates=("baseline",)), {}, "covariate 'baseline' is not known of 1 of the 6 cases"),
        (bad(), declared(covariates=("sex",)), SEX, "covariate 'sex' is the same for everybody"),
        (bad(), declared(after_last_seen=BACK), {}, "a return to baseline is assumed, and of 1 the baseline"),
        (
            bad(before=8),
            declared(after_last_seen="last mean carried forward"),
            {},
            "the last mean is carried forward in a case affected from the first visit on",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_words_and_the_review_goes_on(cases, section, parts, says):
    result = review(cases, VALUE, section, visits=(FIRST, SECOND), **parts)
    assert any(says in why for why in refusals(result))
    assert not any("counted from 0" in why for why in refusals(result))
    assert result.imputations == ()
    assert all(each.instead for each in result.sensitivity.refused)


def test_one_case_seen_in_a_group_of_yes_or_no_is_answered_with_all_its_doubt():
    cases = Cases("relief")
    cases.add({"first": 1})
    cases.add({"first": None})
    found = row(review(cases, RELIEF, of_responses(imputations=200)), MAR)
    assert found.n == 2
    assert found.upper - found.lower > 0.7


def test_a_group_nobody_is_in_is_a_mistake_in_the_study_file():
    with pytest.raises(ProtocolError, match="no case of the cohort is in the group 'sham'"):
        review(two_groups(), VALUE, declared(reference="sham"))


@settings(max_examples=examples(12), deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0, 1, None, "late"]), st.booleans()), min_size=3, max_size=9),
    st.sampled_from([(MAR, MAR), (BACK, MAR), (BACK, BACK)]),
)
def test_an_assumption_never_leaves_the_bounds(seen, words):
    cases = Cases("relief")
    cases.add({"first": 1})
    cases.add({"first": 0})
    for value, had in seen:
        cases.add({"first": value}, event=(5, 5) if had else None)
    section = of_responses(after_event=words[0], after_last_seen=words[1], imputations=4)
    result = review(cases, RELIEF, section)
    found, bounds = row(result, section.assumption), row(result, "bounds")
    assert bounds.lower - 1e-12 <= (found.estimate * found.n) / bounds.n
    assert (found.estimate * found.n + bounds.n - found.n) / bounds.n <= bounds.upper + 1e-12
    assert 0 <= found.lower <= found.estimate <= found.upper <= 1


def test_missing_at_random_recovers_the_mean_that_the_seen_alone_miss():
    """Seen at the second visit only where the first was low: the seen mean is off, the filled-in one is not."""
    rng = np.random.default_rng(5)
    first = rng.normal(5.0, 1.0, 400).clip(0, 10)
    second = (first - 1.0 + rng.normal(0.0, 0.5, 400)).clip(0, 10)
    cases = Cases("pain")
    for one, two in zip(first, second, strict=True):
        cases.add({"first": float(one), "second": float(two) if one < 5.5 else None})
    result = review(cases, VALUE, declared(method="approximate bayesian", imputations=30), visits=(FIRST, SECOND))
    truth = float(second.mean())
    assert row(result, "observed", "treatment policy", "second").estimate < truth - 0.3
    assert row(result, MAR, visit="second").estimate == pytest.approx(truth, abs=0.08)


RUN = """
import sys
from equipoise.read.casebook import read_casebook
from equipoise.read.comparators import read_comparators
from equipoise.read.protocol import read_protocol
from equipoise.report.results import results_json
from equipoise.study import run_study
protocol = read_protocol(sys.argv[1])
sys.stdout.write(results_json(run_study(protocol, read_casebook(protocol), read_comparators(protocol))))
"""


def test_one_thread_and_two_give_the_same_numbers():
    def answer(threads):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS")
        command = [sys.executable, "-c", RUN, str(EXAMPLES / "disc-series-synthetic")]
        environment = os.environ | dict.fromkeys(names, str(threads))
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    one = answer(1)
    assert json.loads(one)["imputations"]
    assert one == answer(2)


@pytest.mark.parametrize(
    "words", [{}, {"method": "bootstrap", "imputations": 99}, {"method": "approximate bayesian", "imputations": 9}]
)
def test_a_group_with_nothing_missing_keeps_its_own_limits_and_spread_whatever_the_method(words):
    """Limits of resampling once stood under the words "t interval", and their error times the root of n under "SD"."""
    cases = Cases("pain")
    for place in range(10):
        seen = {"first": float(place * 7 % 9), "second": None if place == 2 else float(place * 5 % 8)}
        cases.add(seen, group="whole" if place % 2 else "usual")
    section = declared(strategies=("treatment policy",), reference="usual", **words)
    result = review(cases, VALUE, section, visits=(FIRST, SECOND))
    for visit in ("first", "second"):
        seen, filled = (row(result, each, "treatment policy", visit, "whole") for each in ("observed", MAR))
        assert (filled.sd, filled.lower, filled.upper) == pytest.approx((seen.sd, seen.lower, seen.upper))
        assert filled.method == "nothing was missing: t interval"
    [answer] = result.imputations
    differences = {each.visit: each for each in answer.quantities if each.kind == "difference"}
    assert differences["first"].imputed == 0
    assert differences["first"].degrees == 8  # 10 cases, two means
    assert differences["second"].imputed == 1
    assert differences["second"].degrees != 8


FILLED = {  # the mean from the event on: own first, own second, reference first, reference second, the case's baseline
    "missing at random": lambda own, later, ref, ref_later, before: (own, later),
    "return to baseline": lambda own, later, ref, ref_later, before: (own, before),
    "jump to reference": lambda own, later, ref, ref_later, before: (own, ref_later),
    "copy reference": lambda own, later, ref, ref_later, before: (ref, ref_later),
    "copy increments in reference": lambda own, later, ref, ref_later, before: (own, own + ref_later - ref),
    "last mean carried forward": lambda own, later, ref, ref_later, before: (own, own),
}


@pytest.mark.parametrize("word", FILLED)
def test_each_assumption_by_pencil(word):
    """Two drop out after an event. With drop-out alone the mixed model's slope and means are those of least squares."""
    cases, before = Cases("pain"), 8.0
    ours = [(5.0, 4.0), (6.0, 4.5), (7.0, 6.5), (4.0, 3.5), (6.5, None), (3.5, None)]
    theirs = [(6.0, 6.5), (7.0, 6.0), (8.0, 7.5), (5.0, 6.0), (6.5, 7.0)]
    for group, pairs in (("ours", ours), ("theirs", theirs)):
        for first, second in pairs:
            event = (45, 45) if second is None else None
            cases.add({"first": first, "second": second}, event=event, before=before, group=group)
    based = {"reference": "theirs"} if "reference" in word else {}
    section = declared(strategies=("treatment policy",), after_event=word, **based)
    said = word if word == MAR else f"{word} after the event, {MAR} otherwise"
    found = row(review(cases, VALUE, section, visits=(FIRST, SECOND)), said, "treatment policy", "second", "ours")

    complete = np.array([pair for pair in ours if pair[1] is not None])
    reference = np.array(theirs)
    spread = [each - each.mean(axis=0) for each in (complete, reference)]
    slope = sum(each[:, 0] @ each[:, 1] for each in spread) / sum(each[:, 0] @ each[:, 0] for each in spread)
    own = np.mean([first for first, _ in ours])
    later = complete[:, 1].mean() + slope * (own - complete[:, 0].mean())
    at_first, at_second = FILLED[word](own, later, *reference.mean(axis=0), before)
    filled = [at_second + slope * (first - at_first) for first, second in ours if second is None]
    assert (found.n, found.unknown) == (6, 2)
    assert found.estimate == pytest.approx(np.mean([*complete[:, 1], *filled]), abs=1e-6)
