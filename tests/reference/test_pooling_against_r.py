"""Numbers: pooling.R and its saved output (metafor's rma.glmm and rma; the likelihood from first principles).

The sets "pritz 1997" (14 case series of a treatment) and "bcg controls" (13 trials) are the data sets
dat.pritz1997 and dat.bcg that come with metafor.
"""

import pytest

from equipoise.stats.pooling import PooledLogit, pool_binomial_normal, reml_logit
from reference.saved import rows

ROWS = rows("pooling")
SETS = sorted({row["set"] for row in ROWS})
FIELDS = ("mu", "tau", "standard_error", "lower", "upper", "prediction_lower", "prediction_upper")


def of(name: str, method: str) -> dict[str, str]:
    (row,) = [row for row in ROWS if row["set"] == name and row["method"] == method]
    return row


def arms(row: dict[str, str]) -> tuple[list[int], list[int]]:
    return [int(count) for count in row["responders"].split()], [int(count) for count in row["n"].split()]


def agrees(pooled: PooledLogit, row: dict[str, str], *, within: float) -> None:
    for field in FIELDS:
        ours = getattr(pooled, field)
        if row[field] == "":
            assert ours is None
        else:
            assert ours == pytest.approx(float(row[field]), rel=within, abs=within), field


@pytest.mark.parametrize("name", SETS)
def test_maximum_likelihood_is_that_of_the_likelihood_written_out(name):
    row = of(name, "likelihood")
    pooled = pool_binomial_normal(*arms(row))
    for field, within in (("mu", 2e-6), ("tau", 2e-6), ("standard_error", 2e-5)):
        assert getattr(pooled, field) == pytest.approx(float(row[field]), abs=within), field


@pytest.mark.parametrize("name", SETS)
def test_maximum_likelihood_is_that_of_metafor(name):
    row = of(name, "glmm")
    agrees(pool_binomial_normal(*arms(row)), row, within=1e-4)  # lme4's optimiser and differencing stop there


@pytest.mark.parametrize("name", SETS)
def test_reml_is_that_of_metafor(name):
    """Where the arms differ more than chance, plain Hartung-Knapp; where less, metafor's "adhoc": scale kept at 1."""
    two = name.startswith("two arms")
    row = of(name, "reml z" if two else "reml adhoc")
    agrees(reml_logit(*arms(row)), row, within=1e-8)


def test_the_unmodified_scale_would_have_been_narrower_where_arms_agree():
    rescaled = [name for name in SETS if not name.startswith("two arms")]
    knha = {name: float(of(name, "reml knha")["standard_error"]) for name in rescaled}
    ours = {name: reml_logit(*arms(of(name, "reml knha"))).standard_error for name in rescaled}
    assert sum(ours[name] == pytest.approx(knha[name], rel=1e-8) for name in rescaled) >= 4
    assert ours["four arms; no spread"] > knha["four arms; no spread"]
