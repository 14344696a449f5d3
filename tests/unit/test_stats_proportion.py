import numpy as np
import pytest

from equipoise.errors import DataError
from equipoise.stats.proportion import INTERVALS, clopper_pearson, jeffreys, mid_p, one_sided_upper, wilson


def percent(limits):
    return tuple(int(np.floor(100 * float(limit) + 0.5)) for limit in limits)


@pytest.mark.parametrize(
    ("responders", "n", "lower", "upper"),
    [(10, 12, 52, 98), (8, 11, 39, 94), (10, 24, 22, 63), (8, 23, 16, 57)],
)
def test_the_marrow_cases(responders, n, lower, upper):
    # the published review's own counts, exact limits as the project's statement prints them
    assert percent(clopper_pearson(responders, n)) == (lower, upper)


def test_the_outer_limits_of_the_marrow_bounds():
    # 10/24 to 22/24 at four months, 8/24 to 21/24 at twelve
    assert percent((clopper_pearson(10, 24)[0], clopper_pearson(22, 24)[1])) == (22, 99)
    assert percent((clopper_pearson(8, 24)[0], clopper_pearson(21, 24)[1])) == (16, 97)


@pytest.mark.parametrize(
    ("responders", "n", "printed"),
    [
        (6, 18, (16, 56)),  # sham, ODI at 3 months; the same count is printed 15-56 for pain
        (7, 18, (20, 61)),  # sham, pain at 6 months
        (10, 18, (34, 75)),  # sham, pain at 12 months
        (20, 45, (31, 59)),  # treated, pain at 12 months
        (23, 45, (37, 65)),  # treated, ODI at 3 months
        (24, 45, (39, 67)),  # treated, ODI at 6 months
        (18, 45, (27, 55)),  # treated, pain at 3 months: printed 27-50, where 50 is taken for a misprint
    ],
)
def test_wilson_gives_the_intervals_a_trial_printed(responders, n, printed):
    # Levi et al. (2025), doi 10.1016/j.inpm.2025.100611
    assert percent(wilson(responders, n)) == printed


@pytest.mark.parametrize(
    ("responders", "n", "exact", "score", "mid"),
    [
        (81, 263, (0.2527, 0.3676), (0.2553, 0.3662), (0.2544, 0.3658)),
        (15, 148, (0.0578, 0.1617), (0.0624, 0.1605), (0.0601, 0.1581)),
        (0, 20, (0.0, 0.1684), (0.0, 0.1611), (0.0, 0.1391)),
        (1, 29, (0.0009, 0.1776), (0.0061, 0.1718), (0.0017, 0.1585)),
    ],
)
def test_newcombes_table(responders, n, exact, score, mid):
    # Newcombe (1998), Statist. Med. 17:857-872, Table I, methods 5 (Clopper-Pearson), 3 (score), 6 (mid-P)
    for interval, printed in ((clopper_pearson, exact), (wilson, score), (mid_p, mid)):
        assert [round(float(limit), 4) for limit in interval(responders, n)] == list(printed)


def test_one_patient_by_hand():
    # P(X >= 1) = p = 0.025; Wilson: z^2 / (1 + z^2) from 0; mid-P: p / 2 = 0.025
    assert clopper_pearson(1, 1)[0] == pytest.approx(0.025)
    assert mid_p(1, 1)[0] == pytest.approx(0.05)
    assert wilson(0, 1)[1] == pytest.approx(3.841458820694124 / 4.841458820694124)
    # Jeffreys: Beta(3/2, 1/2) has distribution function (2/pi) (a - sin a cos a) at sin^2 a; all responders end at 1
    lower, upper = jeffreys(1, 1)
    angle = np.arcsin(np.sqrt(lower))
    assert 2 / np.pi * (angle - np.sin(angle) * np.cos(angle)) == pytest.approx(0.025)
    assert upper == 1


def test_no_event_in_24_by_hand():
    assert one_sided_upper(0, 24) == pytest.approx(1 - 0.05 ** (1 / 24))
    assert clopper_pearson(0, 24)[1] == pytest.approx(1 - 0.025 ** (1 / 24))
    assert mid_p(0, 24)[1] == pytest.approx(1 - 0.05 ** (1 / 24))
    assert one_sided_upper(24, 24) == 1


@pytest.mark.parametrize("interval", INTERVALS.values(), ids=INTERVALS)
def test_nobody_counted_means_nothing_known(interval):
    assert tuple(float(limit) for limit in interval(0, 0)) == (0, 1)


def test_nobody_counted_leaves_any_rate_of_harm():
    assert one_sided_upper(0, 0) == 1


@pytest.mark.parametrize("interval", INTERVALS.values(), ids=INTERVALS)
def test_arrays_give_what_scalars_give(interval):
    counts = np.array([[0, 1, 5], [10, 9, 3]])
    lower, upper = interval(counts, 10, level=0.9)
    assert lower.shape == upper.shape == (2, 3)
    for at in np.ndindex(2, 3):
        alone = [float(limit) for limit in interval(counts[at], 10, level=0.9)]
        assert [float(lower[at]), float(upper[at])] == pytest.approx(alone, rel=1e-12)


def test_the_names_are_those_of_the_protocol():
    assert list(INTERVALS) == ["clopper-pearson", "wilson", "jeffreys", "mid-p"]


@pytest.mark.parametrize(
    ("responders", "n", "says"),
    [
        (-1, 5, "negative"),
        (6, 5, "greater"),
        (float("nan"), 5, "not a number"),
        (2, float("inf"), "not a number"),
        (2.5, 5, "whole"),
        ([1, 2], [3, 4, 5], "denominators"),
    ],
)
@pytest.mark.parametrize("interval", [*INTERVALS.values(), one_sided_upper])
def test_what_is_no_count_is_refused(interval, responders, n, says):
    with pytest.raises(DataError, match=says):
        interval(responders, n)


@pytest.mark.parametrize("level", [0, 1, -0.5, 95])
@pytest.mark.parametrize("interval", [*INTERVALS.values(), one_sided_upper])
def test_a_level_lies_between_0_and_1(interval, level):
    with pytest.raises(DataError, match="level"):
        interval(1, 2, level=level)


def test_every_complaint_is_made_at_once():
    with pytest.raises(DataError) as raised:
        clopper_pearson([-1, 2.5, 9], [4, 4, 4])
    assert len(raised.value.problems) == 3
