"""Scores over time, checked and brought to sums over cases that were seen at the same visits.

The likelihood needs the data only through products of rows of [X, y], summed over the cases of one pattern of
visits (and one group), so an iteration costs as many steps as there are patterns, not cases.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, MethodError, Problem

WHERE = "scores over time"


@dataclass(frozen=True)
class Patterns:
    """Cases grouped by group and by the visits they were seen at; m visits, p columns, s patterns, n cases.

    The columns are a well-conditioned basis Q of the (weighted) design and the response a least-squares residual,
    each visit weighed by its own spread, so that nothing cancels where visits differ by orders of magnitude:
    ``basis`` (p, p) with X = Q basis, and ``least_squares`` (p,), lead back to the design as it was given.
    ``seen`` (s, m), ``group`` (s,), ``cases`` (s,) : the visits, the group and the number of cases of each pattern
    ``products`` (s, m(m+1)/2, q(q+1)/2), q = p + 1 : sums of products, symmetric in visits and in columns
    ``grid`` (n, m, q), ``pattern`` (n,) : the rows of each case, zero where it was not seen; its pattern
    ``observations``, ``groups``, ``log_weights`` (sum over observations)
    """

    basis: Floats
    least_squares: Floats
    seen: Flags
    group: Ints
    cases: Ints
    products: Floats
    grid: Floats
    pattern: Ints
    observations: int
    groups: int
    log_weights: float

    @property
    def visits(self) -> int:
        """How many visits there are."""
        return int(self.seen.shape[1])

    @property
    def columns(self) -> int:
        """How many columns the design has."""
        return int(self.basis.shape[0])

    def weighted(self, of: Floats) -> Floats:
        """Sum over patterns of Z' A Z for symmetric ``of`` (..., s, m, m), zero where unseen: (..., q, q)."""
        above = np.triu_indices(self.visits)
        flat = of[..., above[0], above[1]].reshape(*of.shape[:-3], -1)
        compact = flat @ self.products.reshape(flat.shape[-1], -1)
        size = self.columns + 1
        place = np.empty((size, size), dtype=np.int64)
        upper = np.triu_indices(size)
        place[upper] = place.T[upper] = np.arange(upper[0].size)
        return compact[..., place]

    def between_visits(self, of: Floats) -> Floats:
        """Sums K with tr(A K) = tr(F Z' A Z) for each pattern, F = ``of`` (q, q) symmetric: (s, m, m)."""
        upper = np.triu_indices(self.columns + 1)
        twice = np.where(upper[0] == upper[1], 1.0, 2.0)
        found = self.products @ (twice * of[upper])
        above = np.triu_indices(self.visits)
        found = np.where(above[0] == above[1], found, 0.5 * found)
        full = np.zeros((self.seen.shape[0], self.visits, self.visits))
        full[:, above[0], above[1]] = found
        full[:, above[1], above[0]] = found
        return full

    def residuals(self) -> Floats:
        """Least-squares residuals, weighted, case by visit, zero where unseen: (n, m)."""
        return self.grid[:, :, -1]


def check_and_gather(
    response: npt.ArrayLike,
    subject: npt.ArrayLike,
    visit: npt.ArrayLike,
    design: npt.ArrayLike,
    group: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
    visits: int | None,
) -> Patterns:
    """The arrays of ``fit_mmrm``, checked and gathered; raises what that function says it raises."""
    y, x, weight, labels = _checked(response, subject, visit, design, group, weights)
    case, at, who = labels
    n, p = int(case.max()) + 1, x.shape[1]
    m = int(at.max()) + 1 if visits is None else visits
    of_case = np.zeros(n, dtype=np.int64)
    of_case[case] = who
    if np.any(of_case[case] != who):
        raise DataError(Problem(WHERE, "a case is in two groups", "give each case one group"))
    seen = np.zeros((n, m), dtype=bool)
    _check_visits(case, at, seen)
    seen[case, at] = True
    if n < 2:
        raise MethodError(Problem(WHERE, "there is only one case", "describe the case: a mean needs two or more"))
    root = np.sqrt(weight)
    q, basis, least_squares, residual = _well_conditioned(root[:, None] * x, root * y, at, m)
    grid = np.zeros((n, m, p + 1))
    grid[case, at, :p], grid[case, at, p] = q, residual
    keys, pattern = np.unique(np.column_stack([of_case, seen]), axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    return Patterns(
        basis=basis,
        least_squares=least_squares,
        seen=keys[:, 1:].astype(bool),
        group=keys[:, 0].astype(np.int64),
        cases=np.bincount(pattern),
        products=_products(grid, keys[:, 1:].astype(bool), pattern),
        grid=grid,
        pattern=pattern,
        observations=y.size,
        groups=int(of_case.max()) + 1,
        log_weights=float(np.sum(np.log(weight))),
    )


def _checked(
    response: npt.ArrayLike,
    subject: npt.ArrayLike,
    visit: npt.ArrayLike,
    design: npt.ArrayLike,
    group: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
) -> tuple[Floats, Floats, Floats, tuple[Ints, Ints, Ints]]:
    y, x = np.asarray(response, dtype=np.float64), np.asarray(design, dtype=np.float64)
    weight = np.ones(y.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    at = np.asarray(visit)
    case, who = np.asarray(subject), np.zeros(y.shape, dtype=np.int64) if group is None else np.asarray(group)
    if y.ndim != 1 or x.ndim != 2 or x.shape[0] != y.size or any(a.shape != y.shape for a in (weight, at, case, who)):
        raise DataError(Problem(WHERE, "the lengths of the arrays differ", "give one entry for each observation"))
    if y.size == 0 or x.shape[1] == 0:
        raise DataError(Problem(WHERE, "no observation, or a design without columns", "give at least one of each"))
    if any(a.dtype.kind not in "iu" for a in (at, case, who)):
        raise DataError(Problem(WHERE, "cases, visits and groups are not whole numbers", "number them"))
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(x))):
        raise DataError(Problem(WHERE, "a score or a covariate is missing", "leave that observation out"))
    if not np.all(np.isfinite(weight) & (weight > 0)):
        raise DataError(Problem(WHERE, "a weight is missing, zero or negative", "give weights above zero"))
    numbered = np.unique(case, return_inverse=True)[1], np.unique(who, return_inverse=True)[1]
    return y, x, weight, (numbered[0], at.astype(np.int64), numbered[1])


def _check_visits(case: Ints, at: Ints, seen: Flags) -> None:
    m = seen.shape[1]
    if at.min() < 0 or at.max() >= m:
        raise DataError(Problem(WHERE, "a visit is outside the visits of the study", "number them from 0"))
    if m < 2:
        remedy = "describe the visit by its mean and t interval"
        raise MethodError(Problem(WHERE, "there is only one visit", remedy))
    if np.unique(case * m + at).size < at.size:
        raise DataError(Problem(WHERE, "a case has two scores at one visit", "keep one score for each visit"))
    empty = np.flatnonzero(np.bincount(at, minlength=m) == 0)
    if empty.size:
        named = ", ".join(str(each) for each in empty)
        raise MethodError(Problem(WHERE, f"no score at visit {named} (counted from 0)", "leave that visit out"))


def _well_conditioned(x: Floats, y: Floats, at: Ints, visits: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Basis of the design, the triangle that leads back, coefficients and residuals of weighted least squares."""
    _check_rank(x)
    spread = np.ones(visits)
    for turn in range(3):
        scale = spread[at]
        q, basis = np.linalg.qr(x / scale[:, None])
        least_squares = np.linalg.solve(basis, q.T @ (y / scale))
        residual = y - x @ least_squares
        if turn == 0:
            _check_spread(y, residual)
        mean_square = np.bincount(at, residual**2, visits) / np.bincount(at, minlength=visits)
        spread = np.sqrt(np.maximum(mean_square, 1e-20 * np.mean(mean_square)))
    return q * scale[:, None], basis, least_squares, residual


def _check_rank(x: Floats) -> None:
    n, p = x.shape
    if p >= n:
        problem = f"{p} columns in the design and {n} observations"
        raise MethodError(Problem(WHERE, problem, "ask for fewer covariates"))
    triangle = np.linalg.qr(x, mode="r")
    dependent = np.flatnonzero(np.abs(np.diag(triangle)) <= 1e-9 * np.linalg.norm(x, axis=0))
    if dependent.size:
        named = ", ".join(str(each) for each in dependent)
        problem = f"column {named} of the design (counted from 0) is empty or a combination of the columns before it"
        raise MethodError(Problem(WHERE, problem, "leave it out, or join groups that were never seen apart"))


def _check_spread(response: Floats, residual: Floats) -> None:
    if np.sum(residual**2) <= 1e-20 * np.sum(response**2):
        problem = "the scores do not vary around their fitted means"
        raise MethodError(Problem(WHERE, problem, "describe them: there is no spread to estimate from"))


def _products(grid: Floats, seen: Flags, pattern: Ints) -> Floats:
    m, size = grid.shape[1:]
    above, upper = np.triu_indices(m), np.triu_indices(size)
    place = np.zeros((m, m), dtype=np.int64)
    place[above] = np.arange(above[0].size)
    products = np.zeros((seen.shape[0], above[0].size, upper[0].size))
    order = np.argsort(pattern, kind="stable")
    ends = np.cumsum(np.bincount(pattern))
    for s, members in enumerate(np.split(order, ends[:-1])):
        at = np.flatnonzero(seen[s])
        rows = grid[members][:, at].reshape(members.size, -1)
        gram = (rows.T @ rows).reshape(at.size, size, at.size, size).swapaxes(1, 2)
        first, last = np.triu_indices(at.size)
        pairs = gram[first, last]
        pairs = np.where((first == last)[:, None, None], pairs, pairs + pairs.swapaxes(1, 2))
        products[s, place[at[first], at[last]]] = pairs[:, upper[0], upper[1]]
    return products
