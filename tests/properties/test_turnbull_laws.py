"""Laws of Turnbull's estimate."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.stats.survival import cumulative_incidence, incidence_at
from equipoise.stats.turnbull import survival_band, turnbull
from laws import examples

seeds = st.integers(0, 2**32)


def intervals(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole days, many of them shared; exact, interval-censored and right-censored."""
    rng = np.random.default_rng(seed)
    lower = rng.integers(0, 20, n).astype(float)
    upper = lower + rng.integers(0, 12, n)
    return lower, np.where(rng.random(n) < 0.3, np.inf, upper)


@settings(max_examples=examples(50), deadline=None)
@given(seeds, st.integers(1, 40))
def test_exact_days_give_kaplan_meier(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    time, event = rng.integers(0, 15, n), rng.integers(0, 2, n)
    estimate = turnbull(time, np.where(event, time, np.inf))
    days = np.arange(time.max() + 1)
    km = incidence_at(cumulative_incidence(time, event, of=1), days).incidence
    band = survival_band(estimate, days)
    np.testing.assert_allclose(band.highest, 1 - km, atol=1e-7)
    np.testing.assert_allclose(band.lowest, 1 - km, atol=1e-7)


@settings(max_examples=examples(60), deadline=None)
@given(seeds, st.integers(1, 50))
def test_kuhn_and_tucker_hold(seed: int, n: int) -> None:
    """No case's share of the masses can be bettered: checked from the definition, apart from the search."""
    lower, upper = intervals(seed, n)
    fit = turnbull(lower, upper)
    begins_in = (fit.lower_days >= lower[:, None]) & ~(
        fit.exact & (fit.lower_days == lower[:, None]) & (upper > lower)[:, None]
    )
    inside = begins_in & (fit.upper_days <= upper[:, None])
    share = inside @ fit.mass
    assert np.all(share > 0)
    gradient = (inside / share[:, None]).sum(axis=0)
    assert np.all(gradient <= n * (1 + 1e-9))
    np.testing.assert_allclose(gradient[fit.mass > 1e-6], n, rtol=1e-3)
    assert abs(fit.mass.sum() - 1) < 1e-12
    assert np.all(fit.mass >= 0)


@settings(max_examples=examples(40), deadline=None)
@given(seeds, st.integers(1, 30))
def test_no_other_masses_are_likelier(seed: int, n: int) -> None:
    lower, upper = intervals(seed, n)
    fit = turnbull(lower, upper)
    open_after = fit.exact & (fit.lower_days == lower[:, None]) & (upper > lower)[:, None]
    inside = (fit.lower_days >= lower[:, None]) & ~open_after & (fit.upper_days <= upper[:, None])
    best = np.log(inside @ fit.mass).sum()
    for other in np.random.default_rng(seed).dirichlet(np.full(fit.mass.size, 0.5), 50):
        with np.errstate(divide="ignore"):
            assert np.log(inside @ other).sum() <= best + 1e-8


@settings(max_examples=examples(40), deadline=None)
@given(seeds, st.integers(1, 30))
def test_the_band_falls_from_one_and_its_ends_are_in_order(seed: int, n: int) -> None:
    lower, upper = intervals(seed, n)
    band = survival_band(turnbull(lower, upper), np.arange(0, 40) / 2)
    assert np.all(band.lowest <= band.highest + 1e-12)
    assert np.all(np.diff(band.lowest) <= 1e-12)
    assert np.all(np.diff(band.highest) <= 1e-12)
    assert band.highest.max() <= 1
    assert band.lowest.min() >= 0
