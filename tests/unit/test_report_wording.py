"""Numbers into words: the rules, worked by hand and as laws."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.rounding import percent_of, points
from equipoise.report import row_words, wording
from report_results import point, span


def test_a_half_is_rounded_up_from_the_counts():
    assert wording.percent(5, 8) == "63 %"  # 62.5 exactly; Python's round() says 62
    assert wording.percent(1, 200) == "1 %"  # 0.5 exactly
    assert wording.percent(0, 24) == "0 %"
    assert wording.percent(0, 0) == wording.DASH


@given(st.integers(1, 999).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_percentages_agree_with_decimals_and_with_the_verdict(counts):
    k, n = counts
    exact = (Decimal(100 * k) / Decimal(n)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert wording.percent(k, n) == f"{exact} %" == f"{percent_of(k, n)} %"


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_proportion_finds_back_to_its_counts(counts):
    k, n = counts
    assert wording.exact_share(k / n, n) == Fraction(k, n)
    assert wording.share(k / n, n) == wording.percent(k, n)


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 3))
def test_half_up_is_decimals_half_up(value, decimals):
    expected = f"{value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP):,}"
    expected = expected.lstrip("-") if Decimal(expected.replace(",", "")) == 0 else expected
    assert wording.half_up(value, decimals) == expected.replace("-", "−")


def test_more_people_earn_more_decimals():
    assert wording.percent(1, 3) == "33 %"
    assert wording.percent(1_000, 3_000) == "33.3 %"
    assert wording.percent(100_000, 300_000) == "33.33 %"


def test_the_two_answers_of_the_seed_case_as_design_prints_them():
    failed = point(Strategy.COMPOSITE_BY_END, Missing.OBSERVED, "4 months", 10, 24)
    assert row_words.in_a_line(failed) == "10/24 = 42 % (95 % CI 22 to 63)"
    everyone = span(Strategy.TREATMENT_POLICY, Missing.BOUNDS, "12 months", 8, 21, 24)
    assert row_words.in_a_line(everyone) == "8/24 to 21/24, 33 % to 88 % (95 % limits 16 to 97)"
    assert row_words.brief(everyone) == "8–21/24 (16–97)"


def test_a_range_that_changes_its_denominator_claims_no_upper_count():
    row = span(Strategy.PRINCIPAL_STRATUM, Missing.OBSERVED, "4 months", 10, 12, 24)
    moved = type(row)(**{**row.__dict__, "upper": 11 / 13})
    assert row_words.in_a_line(moved) == "24 cases at most, 42 % to 85 % (95 % limits 22 to 71)"


def test_nobody_is_a_dash_with_a_reason():
    row = point(Strategy.TREATMENT_POLICY, Missing.OBSERVED, "4 months", 0, 0)
    assert row_words.answer(row) == ("—", "nobody whose answer counts here")


@pytest.mark.parametrize(
    ("days", "said"),
    [(1, "1 day"), (30, "30 days"), (60, "60 days"), (61, "2 months"), (365, "12 months"), (913, "30 months")],
)
def test_days_become_months(days, said):
    assert wording.days(days) == said


def test_probabilities_never_read_as_certain():
    assert wording.probability(0.9996) == "above 0.99"
    assert wording.probability(0.0004) == "below 0.01"
    assert wording.probability(0.125) == "0.13"
    assert wording.probability(0.0) == "0.00"
    assert wording.probability_range(0.41, 0.9996) == "0.41 to above 0.99"


def test_counts_in_words():
    assert wording.none_of(0, 24) == "none of 24"
    assert wording.none_of(24, 24) == "all 24"
    assert wording.none_of(10, 24) == "10 of 24"
    assert wording.counted(1, "case") == "1 case"
    assert wording.counted(1_000_000, "case") == "1,000,000 cases"


def test_a_long_rule_is_cut_at_a_word():
    assert wording.cut("at least 30 percent less pain", 60) == "at least 30 percent less pain"
    assert wording.cut("at least 30 percent less pain", 20) == "at least 30 percent…"
    assert wording.cut("indivisible", 5) == "indi…"


def test_a_month_has_its_noun():
    assert wording.months(1.0) == "1 month"
    assert wording.months(1.5) == "1.5 months"
    assert wording.months(None) == "month not stated"


def test_our_names_become_words_and_studies_keep_theirs():
    said = wording.plain("counts by pain_improved_50_percent in LEVI_2025")
    assert said == "counts by “pain improved 50 percent” in LEVI_2025"


def test_the_level_is_said_as_declared():
    assert wording.level_words(0.95) == "95 %"
    assert wording.level_words(0.999) == "99.9 %"
    assert wording.interval(0.9, 0.125, 0.875, 24) == "90 % CI 13 to 88"
    assert wording.interval(0.9, None, None, 24) == "no interval"


def test_points_have_a_true_minus_and_nought_has_no_sign():
    assert [points(value) for value in (-1.75, -0.04, 0.0, 2.25)] == ["−1.8", "0.0", "0.0", "2.3"]
    assert [points(value, sign=True) for value in (-0.04, 2.0)] == ["0.0", "+2.0"]


def test_a_negative_whole_number_has_a_true_minus():
    assert wording.count(-1234) == "−1,234"
    assert wording.day_span(-2, 0) == "some day from −2 to 0"
