"""Two cohorts: the words on the page beside the counts and the biases."""

import pytest

from calibration.comparisons import LARGE, SMALL, biases, kept_biases
from calibration.measure import kept

COUNTS = {(count.estimated, count.method, count.n): count for count in kept() if count.experiment in (SMALL, LARGE)}
BIASES = {(each.estimated, each.method, each.n): each for each in kept_biases()}


def test_what_the_page_says():
    assert min(count.coverage for count in COUNTS.values() if count.n > 10) > 0.935
    weighted = [count.coverage for (_, method, n), count in COUNTS.items() if n == 10 and method.endswith("weights")]
    assert (round(min(weighted), 2), round(max(weighted), 2)) == (0.94, 0.97)
    wide = [
        count.coverage for (_, method, n), count in COUNTS.items() if n == 10 and method.startswith(("AIPW", "outcome"))
    ]
    assert 0.965 < min(wide) <= max(wide) < 0.995
    refused = COUNTS["difference of means", "entropy balancing, ATT", 10]
    assert 10 < refused.replicates / refused.refused < 12


def test_ten_thousand_against_a_hundred_thousand_are_neither_off_nor_short():
    large = [count for count in COUNTS.values() if count.n == 10_000]
    assert len(large) == 9
    for count in large:
        assert count.refused == 0
        assert count.coverage > 0.95 - 3 * count.standard_error
    for each in (each for each in BIASES.values() if each.n == 10_000):
        assert abs(each.bias) <= min(0.1 * each.spread, 3.5 * each.standard_error)
        assert each.claimed / each.spread == pytest.approx(1.0, abs=0.1)


def test_small_cohorts_are_hardly_off_and_ate_weights_claim_too_little_at_10():
    for each in BIASES.values():
        assert abs(each.bias) <= 0.05 * each.spread
    claims = {
        key[1]: each.claimed / each.spread for key, each in BIASES.items() if key[0].endswith("means") and key[2] == 10
    }
    assert claims["ATE weights"] == min(claims.values()) < 0.95


@pytest.mark.parametrize("n", [10, 24])
def test_a_fresh_sample_agrees_with_the_printed_bias(n):
    for fresh in biases(n, 25, stream=1):
        printed = BIASES[fresh.estimated, fresh.method, n]
        assert (
            abs(fresh.bias - printed.bias)
            <= 4.0 * printed.spread * (1 / fresh.data_sets + 1 / printed.data_sets) ** 0.5
        )
