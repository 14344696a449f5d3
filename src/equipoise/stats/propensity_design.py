"""The covariates of two cohorts side by side: checked once, standardised a block of cases at a time, not copied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import DataError, MethodError, Problem

BLOCK = 2**10
"""Cases standardised at once: half a megabyte of fifty covariates, too few for a linear-algebra library to split."""
VALUES = 51 * BLOCK
"""Of fewer covariates as many cases as make the same half megabyte."""
DEPENDENT = 1e-9
"""Least eigenvalue of a correlation matrix that counts as more than rounding."""

Values = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Design:
    """Covariates of n cases, an intercept before them; p = k + 1.

    ``values`` : (n, k) as given, in single or double precision; ``centre``, ``scale`` : (k,) mean and SD of all cases
    """

    values: Values
    names: tuple[str, ...]
    centre: Floats
    scale: Floats

    @property
    def n(self) -> int:
        """Cases."""
        return int(self.values.shape[0])

    @property
    def p(self) -> int:
        """Columns, the intercept included."""
        return int(self.values.shape[1]) + 1

    def blocks(self, weight: Floats | None = None) -> Iterator[tuple[slice, Floats]]:
        """Rows, and their standardised covariates after a column of ones; not those of which every weight is 0."""
        at_once = max(BLOCK, VALUES // self.p)
        for start in range(0, self.n, at_once):
            rows = slice(start, min(start + at_once, self.n))
            if weight is not None and not weight[rows].any():
                continue
            block = np.ones((rows.stop - start, self.p))
            np.subtract(self.values[rows], self.centre, out=block[:, 1:])
            block[:, 1:] /= self.scale
            yield rows, block

    def dense(self, rows: Flags | None = None) -> Floats:
        """The standardised matrix itself, (n, p) or of the ``rows`` wanted: for small samples only."""
        whole = np.concatenate([block for _, block in self.blocks()])
        return whole if rows is None else whole[rows]

    def times(self, coefficient: Floats) -> Floats:
        """The design times ``coefficient`` (p,) or (p, m): (n,) or (n, m)."""
        return np.concatenate([block @ coefficient for _, block in self.blocks()])

    def sums(self, weight: Floats) -> Floats:
        """Each column summed with ``weight`` (n,) or (n, m): (p,) or (p, m)."""
        total = np.zeros((self.p, *weight.shape[1:]))
        for rows, block in self.blocks(weight):
            total += block.T @ weight[rows]
        return total

    def gram(self, weight: Floats) -> Floats:
        """Products of the columns summed with ``weight`` (n,) >= 0: (p, p)."""
        total = np.zeros((self.p, self.p))
        for rows, block in self.blocks(weight):
            scaled = block * np.sqrt(weight[rows])[:, None]
            total += scaled.T @ scaled
        return total

    @cached_property
    def correlation(self) -> Floats:
        """Of the covariates over all cases, (k, k)."""
        return np.asarray((self.gram(np.ones(self.n)) / self.n)[1:, 1:])

    def in_units(self, coefficient: Floats) -> Floats:
        """Coefficients (p,) of the standardised columns as coefficients of the covariates in their own units."""
        slope = coefficient[1:] / self.scale
        return np.concatenate([[coefficient[0] - slope @ self.centre], slope])


def check_design(
    treated: npt.ArrayLike, covariates: npt.ArrayLike, names: Sequence[str], *, least: int = 2
) -> tuple[Flags, Design]:
    """Who was treated, (n,), and the design, or a refusal.

    Parameters
    ----------
    treated : (n,) 0 or 1
    covariates : (n, k) finite; single precision is kept as it is
    names : (k,) what a refusal calls them
    least : cases an arm must have

    Raises
    ------
    DataError : the shapes differ, a value is missing, or ``treated`` is neither 0 nor 1
    MethodError : an arm of fewer than ``least``, no covariate, one without variation, or some determined by the others
    """
    arm = check_arms(treated, least=least)
    given = np.asarray(covariates)
    values: Values = given if given.dtype in (np.float32, np.float64) else given.astype(np.float64)
    if values.ndim != 2 or values.shape != (arm.size, len(names)):
        problem = "are not one row a case and one column a covariate"
        raise DataError(Problem("covariates", problem, "give as many rows as cases and as many names as columns"))
    if values.shape[1] == 0:
        raise MethodError(
            Problem("covariates", "there is none", "name at least one covariate; without, compare crudely")
        )
    centre, scale = _moments(values, names)
    same = scale <= 1e-7 * np.abs(centre) if values.dtype == np.float32 else scale <= 1e-12 * np.abs(centre)
    remedy = "leave it out: it cannot tell one case from another"
    constant = [name for name, alike in zip(names, same | (scale == 0.0), strict=True) if alike]
    if constant:
        raise MethodError(Problem(f"covariate '{name}'", "is the same in every case", remedy) for name in constant)
    design = Design(values, tuple(names), centre, scale)
    if arm.size <= values.shape[1] or _least_eigenvalue(design) < DEPENDENT:
        problem = "some are determined by the others"
        raise MethodError(Problem("covariates", problem, "leave one of them out, or name fewer than there are cases"))
    return arm, design


def check_arms(treated: npt.ArrayLike, *, least: int = 2) -> Flags:
    """Who was treated, (n,) true or false, where both arms have at least ``least`` cases."""
    given = np.asarray(treated)
    if given.ndim != 1 or not bool(np.isin(given, (0, 1)).all()):
        raise DataError(Problem("treated", "is not 0 or 1 for each case", "say of every case which cohort it is of"))
    arm = given.astype(bool)
    sizes = {"treated": int(arm.sum()), "comparator": int((~arm).sum())}
    counted = {0: "there is none", 1: "there is one case"}
    problems = [
        Problem(
            f"{name} cohort", counted.get(size, f"there are {size} cases"), "describe the cases; do not compare them"
        )
        for name, size in sizes.items()
        if size < least
    ]
    if problems:
        raise MethodError(problems)
    return arm


def check_outcome(outcome: npt.ArrayLike, n: int) -> Floats:
    """The outcome (n,) as floats, none missing."""
    y = np.asarray(outcome, dtype=np.float64)
    if y.shape != (n,):
        raise DataError(Problem("outcome", "is not one value a case", "give as many outcomes as cases"))
    if not bool(np.isfinite(y).all()):
        remedy = "leave out the cases that lack it and say so, or impute it first"
        raise DataError(Problem("outcome", "a value is missing", remedy))
    return y


def _moments(values: Values, names: Sequence[str]) -> tuple[Floats, Floats]:
    """Mean and SD (over n) of each column; a refusal where a value is missing."""
    total = np.zeros(values.shape[1])
    for start in range(0, values.shape[0], BLOCK):
        total += values[start : start + BLOCK].sum(axis=0, dtype=np.float64)
    missing = [name for name, sum_ in zip(names, total, strict=True) if not np.isfinite(sum_)]
    if missing:
        remedy = "leave out the cases that lack it and say so, impute it, or leave the covariate out"
        raise DataError(Problem(f"covariate '{name}'", "a value is missing", remedy) for name in missing)
    centre = total / values.shape[0]
    squares = np.zeros(values.shape[1])
    for start in range(0, values.shape[0], BLOCK):
        squares += ((values[start : start + BLOCK] - centre) ** 2).sum(axis=0)
    return centre, np.sqrt(squares / values.shape[0])


def _least_eigenvalue(design: Design) -> float:
    return float(np.linalg.eigvalsh(design.correlation)[0])
