"""What people will hand in: nobody, everybody, one patient, values all alike, arms that contradict each other."""

import pytest

from equipoise import render_html
from equipoise.errors import ProtocolError
from study.borrowing_studies import SCORE, YES, answered, borrowing, counted, measured, with_moments

TREATED, PLACEBO = with_moments(-75, 80, 12), with_moments(-30, 80, 12)
OF_SCORES = {"patient_sd": 88, "vague_mean": -50, "threshold": 0.9}
POWER = {"prior": "power", "power": 0.5} | OF_SCORES
LEARNT = {"prior": "power", "power": {"a": 0.5, "b": 2}}
MAP = {"prior": "MAP", "mean_sd": 2, "spread_scale": 1, "vague_weight": 0, "threshold": 0.9}
ARM = (measured("A", -50, 88, 40),)


def page_of(folder, words, arms=ARM, treated=TREATED, placebo=PLACEBO, of=SCORE, *, reference=True):
    given = words | ({"reference": "placebo"} if reference else {})
    groups = {"treated": treated, "placebo": placebo}
    result = answered(folder, borrowing("b", **given), arms=list(arms), groups=groups, of=of)
    (found,) = result.borrowings
    return found, render_html(result)


@pytest.mark.parametrize(
    ("arms", "treated", "placebo", "words"),
    [
        ([counted("A", 0, 30), counted("B", 0, 1), counted("C", 50, 50)], [1.0, None], [0.0, None, 1.0], MAP),
        ([counted("A", 30, 30)], [1.0] * 5, [1.0] * 4, LEARNT | {"threshold": 0.9}),
        ([counted("A", 0, 1)], [1.0], [0.0], LEARNT | {"threshold": 0.9}),
        ([counted("A", 0, 40), counted("B", 0, 25)], [0.0] * 6, [0.0], MAP),
    ],
)
def test_nobody_everybody_and_one_patient_are_counts_like_others(tmp_path, arms, treated, placebo, words):
    found, page = page_of(tmp_path, words, arms, treated, placebo, YES)
    (answer,) = found.answers
    assert found.status == "borrowed"
    assert 0 <= answer.lower <= answer.upper <= 1
    assert (found.prior.size is None) == ("Its size in patients is not told" in page)
    assert found.prior.size is None or found.prior.size > 0
    assert "nan" not in page.replace("nance", "").partition('id="borrowing"')[2].partition("</section>")[0].lower()


@pytest.mark.parametrize(
    ("arms", "told"),
    [
        ([measured("A", -50, "", 1)], "none prints a mean with a standard deviation above 0 and the number behind it"),
        ([measured("A", -50, 0, 20)], "find the standard deviations, or read the means side by side"),
        ([measured("A", -50, 0, 20), measured("B", -40, 80, 20)], "prints a standard deviation of 0"),
        ([measured("A", -250, 80, 60), measured("B", 100, 80, 60)], "The arms contradict each other"),
    ],
)
def test_what_is_wrong_with_the_arms_is_said(tmp_path, arms, told):
    found, page = page_of(tmp_path, POWER, arms)
    assert told in page
    assert (found.prior is None) == ("none prints" in found.explanation)


@pytest.mark.parametrize(
    ("treated", "placebo", "told"),
    [
        ([-20.0], PLACEBO, "treated, last, treatment policy, as observed: no probability, since one patient"),
        ([-20.0] * 5, PLACEBO, "all the values are the same"),
        (TREATED, [-20.0] * 5, "leave reference out to read the published arms alone"),
        ([-20.0, -40.0], PLACEBO, "fewer than four patients is not near normal"),
    ],
)
def test_what_is_wrong_with_our_own_is_said(tmp_path, treated, placebo, told):
    found, page = page_of(tmp_path, POWER, treated=treated, placebo=placebo)
    assert told in page
    assert bool(found.answers) == (told.startswith("fewer"))


def test_a_wide_unknown_is_a_wide_range_and_leaves_the_observed_as_they_are(tmp_path):
    treated, placebo = [*TREATED, *[None] * 15], [*PLACEBO, *[None] * 20]
    found, page = page_of(tmp_path, POWER | {"power": {"a": 1, "b": 1}}, treated=treated, placebo=placebo)
    observed, bounds = found.answers
    assert (observed.missing, bounds.missing) == ("observed", "bounds")
    assert bounds.lower < 0.01 < observed.lower == observed.upper < 0.99 < bounds.upper
    assert bounds.control.power_low < bounds.control.power_high
    assert "depends on the unknown scores" in page


@pytest.mark.parametrize(
    ("words", "where", "problem"),
    [
        ({"power": 5}, "power", "5 is not between 0 and 1"),
        ({"power": {"a": 1}}, "power", "'b' is missing"),
        ({"power": {"a": 0, "b": 1}}, "power.a", "0 is out of range"),
        ({"reference": "treated"}, "reference", "'treated' is the treated group of benchmark 'published'"),
        ({"reference": "placbo"}, "reference", "no case of the cohort is in the group 'placbo'"),
        ({"mean_centre": 3}, "", "prior 'power' has no use for mean_centre"),
    ],
)
def test_a_wrong_word_is_refused_with_its_place(tmp_path, words, where, problem):
    with pytest.raises(ProtocolError) as refused:
        page_of(tmp_path, POWER | words, reference=False)
    (found,) = refused.value.problems
    assert found.where == f"study.toml: borrowing 'b'{'.' if where else ''}{where}"
    assert found.problem == problem
