"""Two means compared: against R's t.test (reference/welch.R), by hand, laws and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import DataError, MethodError
from equipoise.stats.welch import welch
from reference.saved import rows

ROWS = rows("welch")
means, spreads, sizes = st.floats(-50, 50), st.floats(0.01, 50), st.integers(2, 40)


def test_agrees_with_r():
    assert len(ROWS) == 8
    for row in ROWS:
        one = float(row["mean"]), float(row["sd"]), int(row["n"])
        other = float(row["other_mean"]), float(row["other_sd"]), int(row["other_n"])
        found = welch(*one, *other, level=float(row["level"]))
        wanted = [float(row[name]) for name in ("error", "degrees", "lower", "upper", "p_value")]
        ours = [found.standard_error, found.degrees, found.lower, found.upper, found.p_value]
        assert ours == pytest.approx(wanted, rel=1e-10)


def test_two_pairs_by_hand():
    # values 1, 3 and 0, 2: both variances 2, error sqrt 2, df 2; t(2) at 97.5 % is 0.95 sqrt(2 / (1 - 0.95^2))
    found = welch(2, np.sqrt(2), 2, 1, np.sqrt(2), 2)
    t = 0.95 * np.sqrt(2 / (1 - 0.95**2))
    assert (found.difference, found.degrees) == (1, pytest.approx(2))
    assert (found.lower, found.upper) == pytest.approx((1 - t * np.sqrt(2), 1 + t * np.sqrt(2)))


@given(means, spreads, sizes, means, spreads, sizes)
def test_changing_places_changes_the_sign_and_nothing_else(m, s, n, other_m, other_s, other_n):
    found, turned = welch(m, s, n, other_m, other_s, other_n), welch(other_m, other_s, other_n, m, s, n)
    assert (found.difference, found.lower, found.upper) == pytest.approx(
        (-turned.difference, -turned.upper, -turned.lower), abs=1e-9
    )
    assert found.p_value == pytest.approx(turned.p_value)
    assert min(n, other_n) - 1 <= found.degrees * (1 + 1e-12)
    assert found.degrees <= (n + other_n - 2) * (1 + 1e-12)


@pytest.mark.parametrize(("sd", "n", "other_n"), [(1.0, 1, 9), (1.0, 9, 1), (0.0, 9, 9)])
def test_without_spread_there_is_no_error_to_tell(sd, n, other_n):
    with pytest.raises(MethodError, match="values themselves"):
        welch(4.0, sd, n, 5.0, 0.0, other_n)


@pytest.mark.parametrize(("mean", "sd", "level"), [(np.nan, 1.0, 0.95), (1.0, -1.0, 0.95), (1.0, 1.0, 1.0)])
def test_what_is_no_summary_is_refused(mean, sd, level):
    with pytest.raises(DataError):
        welch(mean, sd, 5, 1.0, 1.0, 5, level=level)
