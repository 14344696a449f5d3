"""Matching arms as a benchmark pools them, against R's metafor: ``matching_arms.R`` and its saved output."""

from itertools import count

import pytest
from saved import rows
from scipy.special import expit

from equipoise.compare.pooling import pool
from published_arms import arm

SAVED = rows("matching_arms")
SETS = sorted({row["set"] for row in SAVED})
METHODS = ("REML", "Paule-Mandel", "DerSimonian-Laird")


def arms(name):
    row = next(row for row in SAVED if row["set"] == name)
    pairs = zip(row["responders"].split(), row["n"].split(), strict=True)
    return [arm(f"ARM_{at}", int(k), int(n)) for at, (k, n) in zip(count(1), pairs, strict=False)]


def saved(name, method, what):
    row = next(row for row in SAVED if (row["set"], row["method"], row["what"]) == (name, method, what))
    return {
        key: float(value)
        for key, value in row.items()
        if value and key not in ("set", "method", "what") and key not in ("responders", "n")
    }


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("method", METHODS)
def test_pooled_as_declared(name, method):
    found, wanted = pool(arms(name), by=method, level=0.95), saved(name, method, "pooled")
    rate, apart = found.rate, found.apart
    assert (rate.method, rate.check_method) == (method, "binomial-normal maximum likelihood")
    assert (rate.estimate, rate.lower, rate.upper) == pytest.approx(
        [float(expit(wanted[each])) for each in ("mu", "lower", "upper")], abs=1e-6
    )
    for each in ("tau", "tau_lower", "tau_upper", "i_squared", "q", "q_p"):
        assert getattr(apart, each) == pytest.approx(wanted[each], rel=2e-4, abs=1e-6), each
    assert apart.tau_method == method


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("method", METHODS)
def test_without_each_arm(name, method):
    for at, without in enumerate(pool(arms(name), by=method, level=0.95).apart.without, start=1):
        wanted = saved(name, method, f"without {at}")
        assert without.study_id == f"ARM_{at}"
        assert (without.estimate, without.lower, without.upper) == pytest.approx(
            [float(expit(wanted[each])) for each in ("mu", "lower", "upper")], abs=1e-6
        )
        assert without.tau == pytest.approx(wanted["tau"], abs=1e-5)


@pytest.mark.parametrize("name", SETS)
def test_the_funnels_line(name):
    line = pool(arms(name), by="REML", level=0.95).apart.line
    wanted = saved(name, "egger", "line")
    assert (line.at_no_error, line.slope) == pytest.approx((wanted["mu"], wanted["lower"]), rel=1e-6)
    assert line.p is None  # four or five arms say nothing of a lopsided funnel
