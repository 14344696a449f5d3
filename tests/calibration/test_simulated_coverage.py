"""Coverage by simulation: fresh samples must agree with the printed counts, and the printed words with the counts."""

import numpy as np
import pytest

from calibration.measure import EXPERIMENTS, kept
from calibration.measured import SIZES, Count, Experiment, Fate, counted, fate
from calibration.page import PAGE, page, span

KEPT = {(count.experiment, count.estimated, count.method, count.n): count for count in kept()}
TOLERATED = 4.0  # Monte Carlo standard errors of a difference


def differ(one: int, of_one: int, other: int, of_other: int) -> float:
    """The difference of two shares in standard errors, at a pooled rate kept from 0 and 1 by half a data set."""
    rate = (one + other + 0.5) / (of_one + of_other + 1)
    return abs(one / of_one - other / of_other) / (rate * (1 - rate) * (1 / of_one + 1 / of_other)) ** 0.5


@pytest.mark.parametrize(
    ("experiment", "n"), [pytest.param(each, n, id=f"{each.name}-{n}") for each in EXPERIMENTS for n in each.sizes]
)
def test_a_fresh_sample_agrees_with_the_printed_counts(experiment, n):
    fresh = counted(experiment, n, experiment.sample, stream=1)
    assert len(fresh) == sum(name == experiment.name and size == n for name, _, _, size in KEPT)
    for count in fresh:
        printed = KEPT[count.experiment, count.estimated, count.method, count.n]
        assert printed.replicates == experiment.replicates
        assert differ(count.refused, count.replicates, printed.refused, printed.replicates) <= TOLERATED
        if count.answered:
            assert differ(count.held, count.answered, printed.held, printed.answered) <= TOLERATED


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(kept(), EXPERIMENTS), (
        "run: cd tests && python -m calibration.measure"
    )


RIGHT = ("one arm, unstructured", "two arms, unstructured")
ALIKE = ("one arm, compound symmetry", "two arms, compound symmetry")


@pytest.mark.parametrize("method", ["satterthwaite", "kenward-roger-linear"])
@pytest.mark.parametrize("experiment", [*RIGHT, *ALIKE])
def test_small_sample_inference_holds_where_the_covariance_is_right(method, experiment):
    found = [count.coverage for count in KEPT.values() if (count.experiment, count.method) == (experiment, method)]
    assert len(found) in {3, 6}
    assert 0.93 <= min(found) <= max(found) <= 0.96


def test_kenward_roger_as_mmrm_computes_it_is_short_for_a_change():
    ten, more = (
        KEPT["one arm, unstructured", "change from visit 1 to 4", "kenward-roger", n].coverage for n in (10, 24)
    )
    assert (round(ten, 2), round(more, 2)) == (0.90, 0.92)


def test_only_the_empirical_methods_mend_a_covariance_that_is_too_simple():
    wrong = [count for count in KEPT.values() if "though the truth" in count.experiment]
    by_model = [count.coverage for count in wrong if not count.method.startswith("empirical")]
    assert max(by_model) < 0.91
    many = [count.coverage for count in wrong if count.n == 100 and not count.method.startswith("empirical")]
    assert (round(min(many), 2), round(max(many), 2)) == (0.86, 0.90)
    mended = [count.coverage for count in wrong if count.method in {"empirical bias-reduced", "empirical jackknife"}]
    assert (round(min(mended), 2), round(max(mended), 2)) == (0.94, 0.97)
    assert all(count.too_low > count.too_high for count in wrong if count.experiment.startswith("one arm"))


def test_the_plain_sandwich_is_short_at_10():
    plain = {
        n: [count.coverage for count in KEPT.values() if (count.method, count.n) == ("empirical", n)] for n in SIZES
    }
    assert 0.91 < min(plain[10]) <= max(plain[10]) <= 0.94
    assert min(plain[24] + plain[100]) > 0.93


def test_log_log_limits_hold_where_there_are_any():
    assert min(count.coverage for count in KEPT.values() if count.method.startswith("Aalen-Johansen")) >= 0.94
    what = "cumulative incidence at day 365", "Aalen-Johansen, log-log, greenwood"
    rare = KEPT["competing events, incidence 0.05", *what, 10]
    assert rare.refused > 0.5 * rare.replicates


def test_symmetric_limits_of_mean_days_are_short_where_events_are_few():
    lost = {
        (name, n): count
        for (name, what, _, n), count in KEPT.items()
        if name.startswith("competing events") and what.startswith("mean days lost")
    }
    common, rare = "competing events, incidence 0.25", "competing events, incidence 0.05"
    found = [round(lost[each].coverage, 2) for each in ((common, 24), (common, 100), (rare, 100))]
    assert found == [0.90, 0.94, 0.89]
    assert all(count.too_low > 3 * count.too_high for count in lost.values())


def test_differences_and_grays_test():
    apart = [
        count.coverage
        for count in KEPT.values()
        if count.estimated.startswith("difference of") and count.method == "Wald"
    ]
    assert len(apart) == 6
    assert {round(each, 2) for each in apart} == {0.93, 0.94}
    sizes = [count.coverage for count in KEPT.values() if count.method.startswith("Gray")]
    assert len(sizes) == 3
    assert all(abs(each - 0.95) < 0.0066 for each in sizes)  # three Monte Carlo standard errors


def test_student_on_ratings_that_crowd_at_0():
    ten, more = (KEPT["ratings of 0 to 10, most near 0", "mean", "Student's t", n] for n in (10, 24))
    assert (round(ten.coverage, 2), round(more.coverage, 2)) == (0.91, 0.94)
    assert ten.too_low > 10 * ten.too_high


def test_fate_and_count_by_hand():
    assert [fate(*limits, 2.0) for limits in ((1, 3), (2, 2), (2.5, 3), (1, 1.5), (np.nan, np.nan), (1, np.inf))] == [
        Fate.HELD, Fate.HELD, Fate.TOO_HIGH, Fate.TOO_LOW, Fate.REFUSED, Fate.REFUSED,
    ]  # fmt: skip
    count = Count("e", "what", "how", 10, replicates=100, refused=20, too_high=5, too_low=3)
    assert (count.answered, count.held, count.coverage) == (80, 72, 0.9)
    assert count.standard_error == pytest.approx((0.9 * 0.1 / 80) ** 0.5)
    assert span([count]) == ".90"


def test_another_stream_draws_others_and_the_same_the_same():
    coin = Experiment("t", "coin", "", lambda n, rng: {("a", "b"): fate(0, 0, rng.integers(2))}, 50, 50)
    first = counted(coin, 10, 50, stream=1)
    assert first == counted(coin, 10, 50, stream=1)
    assert first != counted(coin, 10, 50, stream=2)
