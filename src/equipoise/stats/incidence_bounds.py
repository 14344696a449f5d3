"""How many cases certainly had an event by a day, and how many could have: vague dates, no assumption."""

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import NEVER, Ints
from equipoise.errors import DataError, Problem


def incidence_bounds(
    event_low_days: npt.ArrayLike,
    event_high_days: npt.ArrayLike,
    follow_up_low_days: npt.ArrayLike,
    days: npt.ArrayLike,
    *,
    competing_low_days: npt.ArrayLike | None = None,
    competing_high_days: npt.ArrayLike | None = None,
) -> tuple[Ints, Ints]:
    """Cases that certainly had the event by each day, and cases that could have had it, over all readings.

    A case certainly had it by t if the latest day it may have happened is t or earlier. It could have had it by t
    if the earliest such day is t or earlier, or if the event may not have been seen and the case was last known of
    before t: what happened after that, nobody knows. A case whose event certainly came after t could not.

    Where competing events are given the event counts only if it came first. Days are whole, so of two events on
    one day either may have been first; and after a competing event nothing unseen counts.

    Parameters
    ----------
    event_low_days, event_high_days : (n,) int, the earliest and latest day of the event; ``NEVER`` as low if it
        certainly was not seen, as high if perhaps not
    follow_up_low_days : (n,) int, the earliest day follow-up may have ended; ``NEVER`` for a case that cannot have
        the event unseen (one who died)
    days : (k,) the days asked about
    competing_low_days, competing_high_days : (n,) int, the first competing event, in the same way

    Returns
    -------
    certain, possible : (k,) int, ``certain <= possible <= n``, both non-decreasing in ``days``

    Raises
    ------
    DataError : no case, lengths differ, a negative or missing day, an interval that ends before it starts, or one
        end of the competing events without the other

    References
    ----------
    Worst-case bounds as in Manski (1990), American Economic Review 80:319-323.
    """
    low, high, seen_to, first, last = _checked(
        event_low_days, event_high_days, follow_up_low_days, competing_low_days, competing_high_days
    )
    asked = np.atleast_1d(np.asarray(days, dtype=np.float64))
    if not bool(np.all((asked >= 0) & (asked < NEVER))):
        raise DataError(Problem("days", "a day is negative, missing or has no end", "count days from time zero"))
    certain_from = np.where(high < first, high, NEVER)
    seen_from = np.where(low <= last, low, NEVER)
    unseen_from = np.where((high == NEVER) & (last == NEVER), seen_to + 1, NEVER)
    possible_from = np.minimum(seen_from, unseen_from)
    return _reached(certain_from, asked), _reached(possible_from, asked)


def _reached(from_day: Ints, asked: npt.NDArray[np.float64]) -> Ints:
    return np.searchsorted(np.sort(from_day), np.floor(asked), side="right").astype(np.int64)


def _checked(
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    seen_to: npt.ArrayLike,
    competing_low: npt.ArrayLike | None,
    competing_high: npt.ArrayLike | None,
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    if (competing_low is None) != (competing_high is None):
        remedy = "give both ends, or neither"
        raise DataError(Problem("competing events", "only one end of their interval is given", remedy))
    size = np.size(low)
    none = np.full(size, NEVER)
    given = {
        "event_low_days": np.asarray(low),
        "event_high_days": np.asarray(high),
        "follow_up_low_days": np.asarray(seen_to),
        "competing_low_days": none if competing_low is None else np.asarray(competing_low),
        "competing_high_days": none if competing_high is None else np.asarray(competing_high),
    }
    if size == 0:
        remedy = "check which cases the cohort keeps"
        raise DataError(Problem("event_low_days", "no case: nothing was followed", remedy))
    remedy = "give one whole number a case, NEVER for no day"
    problems = [
        Problem(name, "is not one whole day, 0 or later, for each case", remedy)
        for name, array in given.items()
        if array.shape != (size,) or array.dtype.kind not in "iu" or array.min() < 0
    ]
    if problems:
        raise DataError(problems)
    e_low, e_high, seen, c_low, c_high = (array.astype(np.int64) for array in given.values())
    for name, start, end in (("event", e_low, e_high), ("competing event", c_low, c_high)):
        if bool(np.any(start > end)):
            raise DataError(Problem(name, "an interval ends before it starts", "order its ends"))
    return e_low, e_high, seen, c_low, c_high
