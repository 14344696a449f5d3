"""A published baseline table as numbers: means, shares and standard deviations that do not contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem

WHERE = "published baseline table"


@dataclass(frozen=True)
class PublishedRow:
    """One covariate of a published arm, as printed: a mean (with its SD where there is one), or a count of n.

    ``mean``, ``sd`` : in the unit of the case book; ``sd`` None where the table prints none
    ``count``, ``n`` : how many had it, of how many it was known for; give these or the mean, not both
    ``percent`` : as printed beside the count, only to be checked against it
    """

    name: str
    mean: float | None = None
    sd: float | None = None
    count: int | None = None
    n: int | None = None
    percent: float | None = None


@dataclass(frozen=True)
class PublishedBaseline:
    """``names`` (k,); ``mean`` (k,), shares as 0 to 1; ``sd`` (k,), None where it is not to be matched."""

    names: tuple[str, ...]
    mean: Floats
    sd: tuple[float | None, ...]


def published_baseline(
    rows: Sequence[PublishedRow], *, patients: int, spreads: Sequence[str] = ()
) -> PublishedBaseline:
    """The table's means and shares, and of the covariates in ``spreads`` the SD too; every contradiction at once.

    Parameters
    ----------
    rows : one a covariate
    patients : the size of the published arm
    spreads : names of covariates whose SD is to be matched as well as their mean

    Raises
    ------
    MethodError : there is no row, or an SD is to be matched that the table does not print
    DataError : a row has both a mean and a count or neither, a count above its n, an n above the patients of the arm, a
        printed percentage that its count does not give, or a negative SD; two rows of one name
    """
    if not rows:
        raise MethodError(no_covariates())
    problems = [problem for row in rows for problem in _contradictions(row, patients)]
    names = [row.name for row in rows]
    problems += [_at(name, "has two rows", "keep one") for name in dict.fromkeys(names) if names.count(name) > 1]
    if problems:
        raise DataError(problems)
    unmatched = [name for name in spreads if name not in names or rows[names.index(name)].sd is None]
    if unmatched:
        remedy = "match its mean alone, and say that its spread was not matched"
        raise MethodError(_at(name, "no standard deviation is published", remedy) for name in unmatched)
    mean = [row.mean if row.mean is not None else _share(row) for row in rows]
    spread = [row.sd if row.name in spreads else None for row in rows]
    return PublishedBaseline(tuple(names), np.array(mean, dtype=np.float64), tuple(spread))


def no_covariates() -> Problem:
    """Why nothing can be adjusted for where no covariate is both recorded and published."""
    return Problem(
        "comparison with published figures",
        "withheld: no covariates",
        "record the baseline covariates that the published table prints, or show both results side by side, unadjusted",
    )


def _share(row: PublishedRow) -> float:
    return (row.count or 0) / (row.n or 1)


def _contradictions(row: PublishedRow, patients: int) -> list[Problem]:
    """What is wrong with one row, each with its remedy."""
    counted = row.count is not None or row.n is not None
    if counted == (row.mean is not None) or (counted and (row.count is None or row.n is None)):
        return [
            _at(row.name, "is neither a mean nor a count with its denominator", "give a mean, or a count and its n")
        ]
    given = [value for value in (row.mean, row.sd, row.percent) if value is not None]
    if not np.isfinite(given).all() or (row.sd is not None and row.sd < 0):
        return [_at(row.name, "a number is missing or an SD is negative", "give finite numbers and sd >= 0")]
    if row.count is None or row.n is None:
        return []
    if not 0 <= row.count <= row.n or row.n == 0:
        return [_at(row.name, f"counts {row.count} of {row.n}", "give 0 <= count <= n, n at least 1")]
    problems = []
    if row.n > patients:
        why = f"its denominator {row.n} is larger than the arm's {patients} patients"
        problems.append(_at(row.name, why, "check which arm or visit the row belongs to"))
    if row.percent is not None and abs(100 * row.count / row.n - row.percent) > _rounding(row.percent):
        why = f"prints {row.percent:g} % for {row.count} of {row.n}, which is {100 * row.count / row.n:.1f} %"
        problems.append(_at(row.name, why, "find the denominator the percentage was made with"))
    return problems


def _rounding(percent: float) -> float:
    """Half a unit of the last printed digit: a whole percent, or a tenth where a tenth is printed."""
    return 0.5 + 1e-9 if float(percent).is_integer() else 0.05 + 1e-9


def _at(name: str, problem: str, remedy: str) -> Problem:
    return Problem(f"{WHERE}, '{name}'", problem, remedy)
