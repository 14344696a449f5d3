import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.mean import t_interval
from equipoise.stats.rate import poisson_exact, poisson_upper


def test_no_event_by_hand():
    # exp(-rate x 50) = 0.05, and 0.025 two-sided
    assert poisson_upper(0, 50) == pytest.approx(-np.log(0.05) / 50)
    assert [float(limit) for limit in poisson_exact(0, 50)] == pytest.approx([0, -np.log(0.025) / 50])


def test_one_event_by_hand():
    # lower: 1 - exp(-rate) = 0.025; upper: exp(-rate) (1 + rate) = 0.025
    lower, upper = (float(limit) for limit in poisson_exact(1, 1))
    assert lower == pytest.approx(-np.log(0.975))
    assert np.exp(-upper) * (1 + upper) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("events", "lower", "upper"), [(1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (20, 12.217, 30.888)]
)
def test_the_published_table(events, lower, upper):
    # exact 95 % limits of a Poisson count: Garwood (1936), as tabulated in Armitage and Berry and most textbooks
    assert [round(float(limit), 3) for limit in poisson_exact(events, 1)] == [lower, upper]


def test_without_time_at_risk_there_is_no_rate():
    with pytest.raises(MethodError, match="no time at risk") as raised:
        poisson_exact([0, 1], [3.0, 0.0])
    assert raised.value.problems[0].remedy
    with pytest.raises(MethodError):
        poisson_upper(0, 0)


@pytest.mark.parametrize(
    ("events", "exposure"), [(-1, 1), (0.5, 1), (1, -1), (np.nan, 1), (1, np.inf), ([1, 2], [1, 2, 3])]
)
def test_what_is_no_count_or_no_time_is_refused(events, exposure):
    with pytest.raises(DataError):
        poisson_exact(events, exposure)


def test_two_values_by_hand():
    # values 1 and 3: mean 2, sd sqrt 2, t(1) at 97.5 % is tan(0.475 pi)
    lower, upper = (float(limit) for limit in t_interval(2, np.sqrt(2), 2))
    assert (lower, upper) == pytest.approx((2 - np.tan(0.475 * np.pi), 2 + np.tan(0.475 * np.pi)))


def test_equal_values_have_an_interval_of_no_width():
    assert [float(limit) for limit in t_interval(4.5, 0, 3)] == [4.5, 4.5]


def test_one_value_has_no_interval():
    with pytest.raises(MethodError, match="fewer than two"):
        t_interval([4.0, 4.0], [1.0, 0.0], [12, 1])


@pytest.mark.parametrize(
    ("mean", "sd", "n"), [(np.nan, 1, 5), (1, -1, 5), (1, np.inf, 5), (1, 1, 2.5), ([1, 2], [1, 1, 1], 5)]
)
def test_what_is_no_summary_is_refused(mean, sd, n):
    with pytest.raises(DataError):
        t_interval(mean, sd, n)


@pytest.mark.parametrize(
    "kernel", [lambda level: poisson_exact(1, 1, level=level), lambda level: t_interval(1, 1, 3, level=level)]
)
def test_a_level_lies_between_0_and_1(kernel):
    with pytest.raises(DataError, match="level"):
        kernel(1.0)
