"""Exact unconditional tests that two arms respond alike: Barnard's, and Boschloo's by SciPy.

Barnard's is our own: a table whose statistic equals the one seen is as extreme as it, and SciPy's ``barnard_exact``
(1.17) compares floats without tolerance, loses such tables and gives a P value that is too small (9/11 against 4/12:
0.0210, where SAS and going through every table give 0.0215).
"""

from typing import Literal, NamedTuple

import numpy as np

from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.difference import checked_arms
from equipoise.stats.unconditional import MOST_TABLES, unconditional_p_value

Test = Literal["barnard", "boschloo"]
NUISANCE_POINTS = 64


class ExactTest(NamedTuple):
    """``statistic``: Barnard's pooled Wald z, or Boschloo's Fisher P; ``p_value``: two-sided, 0 to 1."""

    statistic: float
    p_value: float


def exact_test(responders: int, n: int, control_responders: int, control_n: int, *, test: Test) -> ExactTest:
    """Two-sided exact test that both arms respond at one rate, whatever that rate.

    "barnard" orders tables by the pooled Wald statistic, "boschloo" by Fisher's one-sided P and doubles the smaller
    side. Where nobody or everybody responded, no table says less: P is 1.

    Parameters
    ----------
    responders, n, control_responders, control_n : whole numbers, 0 <= responders <= n, n >= 1

    Raises
    ------
    DataError : the counts are not counts, or an arm has no patient
    MethodError : no such test, or arms so large that the score test serves as well

    References
    ----------
    Barnard (1947), Biometrika 34:123-138. Boschloo (1970), Statist. Neerlandica 24:1-35;
    ``scipy.stats.boschloo_exact``.
    """
    if test not in ("barnard", "boschloo"):
        raise MethodError(Problem("test", f"no test is called '{test}'", "choose barnard or boschloo"))
    arms = checked_arms(responders, n, control_responders, control_n)
    if arms[0].ndim:
        raise DataError(Problem("the two arms", "are lists of counts", "ask for one pair of arms at a time"))
    yes, total, control_yes, control_total = (int(part) for part in arms)
    if total == 0 or control_total == 0:
        raise DataError(Problem("the two arms", "an arm has no patients", "leave out the arm nobody was counted in"))
    tables = (total + 1) * (control_total + 1)
    if tables > MOST_TABLES:
        why = f"{tables} tables are possible, too many to go through for every rate"
        raise MethodError(Problem("the two arms", why, "take the Miettinen-Nurminen interval: the arms are large"))
    if yes + control_yes in (0, total + control_total):
        return ExactTest(0.0 if test == "barnard" else 1.0, 1.0)
    if test == "barnard":
        p_value = unconditional_p_value(yes, total, control_yes, control_total)
        return ExactTest(_pooled_wald(yes, total, control_yes, control_total), p_value)
    from scipy.stats import boschloo_exact  # 1 s to import: only where this test is asked for

    table = np.array([[yes, control_yes], [total - yes, control_total - control_yes]])
    found = boschloo_exact(table, n=NUISANCE_POINTS)
    return ExactTest(float(found.statistic), float(min(found.pvalue, 1.0)))


def _pooled_wald(yes: int, n: int, control_yes: int, control_n: int) -> float:
    rate = (yes + control_yes) / (n + control_n)
    return (yes / n - control_yes / control_n) / float(np.sqrt(rate * (1 - rate) * (1 / n + 1 / control_n)))
