"""The case that made the project: the table of the 24 cases comes out to the digit, and the verdict is unknown."""

from pathlib import Path

import pytest

from equipoise import read_casebook, read_protocol, run_study
from equipoise.domain.rounding import percent

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def result():
    protocol = read_protocol(EXAMPLES / "marrow-2013")
    return run_study(protocol, read_casebook(protocol))


@pytest.fixture(scope="module")
def together():
    protocol = read_protocol(EXAMPLES / "marrow-2013-together")
    return run_study(protocol, read_casebook(protocol))


def row(result, visit, strategy, missing):
    (found,) = (
        each
        for each in result.estimates
        if (each.visit, each.strategy, each.missing) == (visit, strategy, missing) and each.unit == "proportion"
    )
    return found


# The four lines of the table: published counts, limits computed by hand from the beta quantiles.
@pytest.mark.parametrize(
    ("visit", "strategy", "count", "share", "limits"),
    [
        ("4 months", "principal stratum", (10, 12), 83, (52, 98)),
        ("12 months", "principal stratum", (8, 11), 73, (39, 94)),
        ("4 months", "composite by end of follow-up", (10, 24), 42, (22, 63)),
        ("12 months", "composite by end of follow-up", (8, 23), 35, (16, 57)),
    ],
)
def test_the_points(result, visit, strategy, count, share, limits):
    found = row(result, visit, strategy, "observed")
    assert (found.responders, found.n) == count
    assert percent(found.estimate) == share
    assert (percent(found.lower), percent(found.upper)) == limits


@pytest.mark.parametrize(
    ("visit", "ends", "outer"), [("4 months", (42, 92), (22, 99)), ("12 months", (33, 88), (16, 97))]
)
@pytest.mark.parametrize("strategy", ["composite by visit", "treatment policy"])
def test_the_ranges(result, visit, ends, outer, strategy):
    found = row(result, visit, strategy, "bounds")
    assert found.estimate is None
    assert found.n == 24
    assert (percent(found.lower), percent(found.upper)) == ends
    assert (percent(found.outer_lower), percent(found.outer_upper)) == outer


def test_the_verdict_says_unknown_and_why(result):
    assert result.verdict.word == "Unknown"
    assert "no published control was counted by the same rule" in result.verdict.sentence
    assert {each.status for each in result.comparisons} == {"no comparable published arm"}
    assert any("near arms are listed in the report" in reason for reason in result.verdict.reasons)


def test_it_runs_as_of_then_and_as_of_now_with_the_later_trial_held_out_and_shown(result):
    sham = [each for each in result.comparisons if each.role == "sham"]
    assert {each.as_of for each in sham} == {2013, 2026}
    for each in result.comparisons:
        assert not any(near.arm.study_id == "LEVI_2025" for near in each.near)
        later = {(arm.arm.arm, arm.arm.responders, arm.arm.n) for arm in each.later}
        assert {("BMC", 20, 45), ("sham", 10, 18)} <= later


def test_no_sham_count_was_known_in_2013(result):
    then = next(each for each in result.comparisons if each.role == "sham" and each.as_of == 2013)
    assert not any(near.arm.has_count for near in then.near)


def near(result, name):
    (found,) = [each for each in result.comparisons if each.name == name]
    return found.near


def test_the_near_arms_of_fusion_are_told_whether_they_print_rates_or_means(result):
    # fusion and its non-surgical arms; the figures are those of the evidence, each with its address there
    fusion = near(result, "spinal fusion, as of 2013")
    printed = {(each.arm.study_id, each.arm.role.value): each for each in fusion}
    for study in ("FRITZELL_2001", "BROX_2003", "BROX_2006", "FAIRBANK_2005", "MIRZA_2013"):
        assert {role for name, role in printed if name == study} == {"fusion", "usual_care"}
    fairbank = printed["FAIRBANK_2005", "fusion"]
    assert (fairbank.arm.mean, fairbank.arm.sd) == (34.0, 21.1)
    assert fairbank.mismatches == ("prints a mean of ODI, not a count", "month 24, not 12")
    assert printed["FRITZELL_2001", "fusion"].arm.percent == 63


def test_the_natural_course_known_by_then_is_told(result):
    usual = near(result, "usual care or none, as of 2013")
    named = {each.arm.study_id for each in usual}
    assert {"COSTA_2009", "COSTA_2012_META", "PENG_NATURAL_2012", "RHYNE_1995", "FRITZELL_2001"} <= named
    assert not named & {"ARTUS_2014_META", "ATLURI_2022", "VAST_INTERIM_2020"}  # later
    assert not named & {"VAD_BACKRX", "NO_TREATMENT_META"}  # of no year
    review = next(each for each in usual if each.arm.study_id == "COSTA_2012_META" and each.arm.month == 12)
    assert (review.arm.mean, review.mismatches[-1]) == (23.0, "a review, which sums up other studies")


def test_near_arms_are_arms_rates_first_and_nearest_first(result):
    for comparison in result.comparisons:
        rates = [each.arm.has_count or each.arm.percent is not None for each in comparison.near]
        assert rates == sorted(rates, reverse=True)
        for kind in (True, False):
            differ = [len(each.mismatches) for each, rate in zip(comparison.near, rates, strict=True) if rate is kind]
            assert differ == sorted(differ)
        for each in comparison.near:
            assert each.arm.month != 0  # a baseline
            assert each.arm.year is not None
            assert each.arm.year <= comparison.as_of
            assert not each.arm.definition_key.startswith(("complication", "between_groups", "crossed_over"))
            assert "between groups" not in each.arm.unit


def test_the_other_account_makes_the_composites_points(together):
    for strategy in ("composite by visit", "composite by end of follow-up"):
        assert (row(together, "4 months", strategy, "observed").responders, 24) == (10, 24)
        found = row(together, "12 months", strategy, "observed")
        assert (found.responders, found.n) == (8, 23)
    assert any("given with the treatment" in note for note in together.notes)


def test_no_harm_seen_is_not_no_harm(result):
    none = result.safety.rows[0]
    assert (none.cases_with_event, none.n, none.lower) == (0, 24, None)
    assert none.upper == pytest.approx(1 - 0.05 ** (1 / 24))  # one-sided, by hand: 11.7 %


def test_incidence_is_a_band_and_holds_the_counts(result):
    other = next(each for each in result.incidence if each.event == "other procedure")
    assert (other.kind, other.with_event, other.vague) == ("bounds", 12, 12)
    at = {point.day: (point.lower * 24, point.upper * 24) for point in other.points}
    assert at[122] == pytest.approx((0, 12))
    # One case had not got to 12 months: it could have had a procedure nobody has heard of.
    assert at[365] == pytest.approx((0, 13))
    assert at[913][0] == pytest.approx(12)


def test_every_number_leads_back_to_its_cases(result):
    for each in result.estimates:
        bits = result.case_outcomes.columns[f"{each.estimand} | {each.visit} | {each.strategy}"]
        assert bits.size == 24
    assert len(result.cut.digest) == 64


def test_the_control_rate_one_would_have_to_assume(result):
    """R 4.2.2: qbeta(c(.025, .975), 8.5, 15.5) and (20.5, 3.5) less the margin; integrate and uniroot for the sceptic."""
    found = {(each.visit, each.strategy): each for each in result.control_rates}
    assert len(found) == len(result.control_rates) == 6
    year = found["12 months", "composite by visit"]
    assert (year.responders_low, year.responders_high, year.n, year.margin, year.sure) == (8, 20, 23, 0.1, 0.975)
    assert (year.better_from, year.better_to) == (None, None)  # the sceptic is never sure, whatever the control rate
    assert year.jeffreys_better_to == pytest.approx(0.0802227, abs=1e-6)
    assert year.not_better_from == pytest.approx(0.8618532, abs=1e-6)
    assert year.not_better_if_no_from == pytest.approx(0.4511234, abs=1e-6)
    assert (year.better_if_yes_from, year.better_if_yes_to) == pytest.approx((0.01674009, 0.383681), abs=1e-5)
    assert all(each.better_to is None for each in result.control_rates)


def test_nothing_is_borrowed_where_nobody_is_alike(result):
    assert result.borrowings == ()
    assert all(each.apart is None and each.matched == () for each in result.comparisons)
    assert "Deciding control rates" in {method.name for method in result.methods}
