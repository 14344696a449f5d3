"""The bias of what was filled in under its own assumption: printed, none to speak of, and the same in a fresh sample."""

import pytest

from calibration.unseen import JUMP, RESPONSES, SCORES, biases, kept_biases

KEPT = {(each.assumed, each.estimated, each.method, each.n): each for each in kept_biases()}
FRESH = {SCORES: 12, JUMP: 8, RESPONSES: 3}


@pytest.mark.parametrize("name", FRESH)
@pytest.mark.parametrize("n", [10, 24])
def test_a_fresh_sample_agrees_with_the_printed_bias(name, n):
    for fresh in biases(name, n, FRESH[name], stream=1):
        printed = KEPT[name, fresh.estimated, fresh.method, n]
        spread = printed.standard_error * printed.data_sets**0.5  # of one data set
        assert abs(fresh.bias - printed.bias) <= 4.0 * spread * (1 / fresh.data_sets + 1 / printed.data_sets) ** 0.5


@pytest.mark.parametrize("name", [SCORES, JUMP])
def test_scores_filled_in_under_their_own_assumption_are_not_off(name):
    for each in (one for one in KEPT.values() if one.assumed == name):
        assert abs(each.bias) <= 3.5 * each.standard_error


def test_rates_filled_in_are_off_by_their_prior_at_most():
    """A prior worth one response between visits: two percentage points at 10 cases, less than one from 24 on."""
    for each in (one for one in KEPT.values() if one.assumed == RESPONSES):
        assert abs(each.bias) <= (0.02 if each.n == 10 else 0.01) + 3.5 * each.standard_error
