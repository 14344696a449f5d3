"""Firth's regression on the data of Heinze and Schemper (2002), read from beside the checkout, as logistf prints it."""

from pathlib import Path

import numpy as np
import pytest

from equipoise.stats.firth import firth_logistic

DATA = Path(__file__).parents[3] / "shared" / "data" / "reference" / "sex2.csv"
NAMES = ["age", "oc", "vic", "vicl", "vis", "dia"]


@pytest.fixture(scope="module")
def data():
    assert DATA.is_file(), (
        "the data of logistf are not part of this project: put sex2.csv (R: write.csv(logistf::sex2, row.names = FALSE)) "
        "into ../shared/data/reference beside the checkout"
    )
    return np.loadtxt(DATA, delimiter=",", skiprows=1)


def test_printed_by_logistf(data):
    # summary(logistf(case ~ age + oc + vic + vicl + vis + dia, data = sex2)), its standard errors left out: newer
    # versions print those of augmented data. Coefficients are logistf's to its own convergence, about 2e-7.
    fit = firth_logistic(data[:, 0], data[:, 1:], NAMES)
    printed = [0.12025405, -1.10598131, -0.06881673, 2.26887464, -2.11140817, -0.78831694, 3.09601166]
    lower = [-0.8185591, -1.9737884, -0.9414363, 1.2730216, -3.2608611, -1.6080879, 0.7745682]
    upper = [1.07315122, -0.30742514, 0.78920202, 3.43543273, -1.11773495, 0.01518468, 8.03029352]
    chi_squared = [0.06286298, 7.50773092, 0.02467044, 22.93139022, 19.10407252, 3.69740975, 7.89693139]
    assert fit.coefficient == pytest.approx(printed, abs=5e-7)
    assert fit.lower == pytest.approx(lower, abs=1e-6)
    assert fit.upper == pytest.approx(upper, abs=1e-6)
    assert fit.chi_squared == pytest.approx(chi_squared, abs=1e-7)
    assert fit.p_value[6] == pytest.approx(4.951873e-03, rel=1e-6)
    assert (fit.model_chi_squared, fit.model_degrees) == (pytest.approx(49.09064, abs=1e-5), 6)
    assert fit.model_p_value == pytest.approx(7.15089e-09, rel=1e-5)
    assert fit.n == 239


def test_printed_limits_at_90_percent(data):
    fit = firth_logistic(data[:, 0], data[:, 1:], NAMES, level=0.9)
    assert [fit.lower[6], fit.upper[6]] == pytest.approx([1.0835108, 6.8752016], abs=1e-6)
    assert [fit.lower[0], fit.upper[0]] == pytest.approx([-0.6673577, 0.9177303], abs=1e-6)
