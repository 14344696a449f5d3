"""What every kernel for counts asks of its input, said once."""

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, Problem


def check_counts(count: npt.ArrayLike, n: npt.ArrayLike, *, where: str) -> tuple[Floats, Floats]:
    """Counts out of n, as floats of one shape.

    Parameters
    ----------
    count, n : whole numbers, scalars or arrays that broadcast, 0 <= count <= n
    where : what the numbers are for, as the error names it

    Raises
    ------
    DataError : a count is not finite, not whole, negative or greater than its n, or the shapes do not fit
    """
    given = np.asarray(count, dtype=np.float64), np.asarray(n, dtype=np.float64)
    try:
        counts, totals = np.broadcast_arrays(*given)
    except ValueError:
        raise DataError(
            Problem(where, "there are not as many counts as denominators", "give one denominator for every count")
        ) from None
    with np.errstate(invalid="ignore"):
        complaints = (
            (~(np.isfinite(counts) & np.isfinite(totals)), "a count or a denominator is missing or not a number"),
            ((counts < 0) | (totals < 0), "a count or a denominator is negative"),
            ((counts % 1 != 0) | (totals % 1 != 0), "a count or a denominator is not a whole number"),
            (counts > totals, "a count is greater than its denominator"),
        )
    found = [text for wrong, text in complaints if np.any(wrong)]
    if found:
        raise DataError(Problem(where, text, "give whole numbers with 0 <= count <= n") for text in found)
    return counts, totals


def check_arms(responders: npt.ArrayLike, n: npt.ArrayLike, *, where: str) -> tuple[Floats, Floats]:
    """Responders of n in each arm, one-dimensional, every arm with at least one patient.

    Raises
    ------
    DataError : as ``check_counts``, or an arm has no patient
    """
    counts, totals = check_counts(responders, n, where=where)
    counts, totals = np.atleast_1d(counts), np.atleast_1d(totals)
    if counts.ndim != 1:
        raise DataError(Problem(where, "the arms are not a list", "give one count and one denominator an arm"))
    if np.any(totals == 0):
        raise DataError(Problem(where, "an arm has no patients", "leave out the arms nobody was counted in"))
    return counts, totals


def check_level(level: float, *, where: str) -> None:
    """A confidence level lies strictly between 0 and 1.

    Raises
    ------
    DataError : it does not
    """
    if not 0 < level < 1:
        raise DataError(Problem(where, "the confidence level is not between 0 and 1", "give a level such as 0.95"))
