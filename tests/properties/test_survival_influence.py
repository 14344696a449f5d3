"""The infinitesimal-jackknife variance against the derivative it is named for, taken numerically."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.stats.survival import cumulative_incidence
from laws import examples

IJ = "infinitesimal jackknife"


@settings(max_examples=examples(25))
@given(st.integers(0, 2**32), st.integers(2, 15), st.booleans(), st.booleans())
def test_it_is_the_summed_square_of_weighted_derivatives(seed: int, n: int, late: bool, clustered: bool) -> None:
    rng = np.random.default_rng(seed)
    time, cause = rng.integers(2, 12, n), rng.integers(0, 3, n)
    entry = rng.integers(0, 2, n) * (time // 2) if late else None
    weights = rng.integers(1, 9, n) / 4
    cluster = rng.integers(0, 4, n) if clustered else np.arange(n)
    curve = cumulative_incidence(time, cause, of=1, entry_days=entry, weights=weights, cluster=cluster, variance=IJ)
    step = 1e-5

    def moved(i: int, by: float) -> np.ndarray:
        other = weights + by * (np.arange(n) == i)
        return cumulative_incidence(time, cause, of=1, entry_days=entry, weights=other, variance=IJ).incidence

    influence = np.array([(moved(i, step) - moved(i, -step)) / (2 * step) for i in range(n)])
    total = np.array([(weights[:, None] * influence)[cluster == c].sum(axis=0) for c in np.unique(cluster)])
    np.testing.assert_allclose(curve.standard_error**2, (total**2).sum(axis=0), rtol=1e-6, atol=1e-9)
