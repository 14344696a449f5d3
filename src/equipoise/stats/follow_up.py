"""Follow-up as arrays: what a kernel may be given, and what happened at each distinct event time.

A case is followed from its entry (day 0, or later: delayed entry) to its exit, and is at risk at day t when
entry < t <= exit. An event and a censoring on one day are a tie of kinds: the censored case is still at risk.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import NEVER, Flags, Floats, Ints
from equipoise.errors import DataError, Problem

OF_THIS, OF_ANOTHER, CENSORED, ENTRY = range(4)
"""Why a case leaves the risk set, in the order they are taken within a day; an entry comes last."""


@dataclass(frozen=True)
class FollowUpArrays:
    """Checked input: n cases, each array (n,).

    ``time_days`` : days from time zero to exit, >= 0, as given (whole or fractional)
    ``this``, ``another`` : whether the case left by the cause of interest, or by another
    ``entry_days`` : the day after which the case is at risk, None where all are from the start
    ``weights`` : case weights > 0, None where each case counts once
    ``cluster`` : whole-number label of the cluster, None where each case is its own
    """

    time_days: npt.NDArray[np.int64] | Floats
    this: Flags
    another: Flags
    entry_days: Floats | None
    weights: Floats | None
    cluster: Ints | None

    @property
    def n(self) -> int:
        """How many cases."""
        return int(self.time_days.size)


@dataclass(frozen=True)
class EventTable:
    """What happened at each distinct day with an event of any cause, ascending; each (m,) float.

    ``at_risk``, ``of_this`` and ``of_any`` are counts, or sums of weights. Where the risk set is emptied by
    events, ``at_risk`` equals ``of_any`` exactly.
    """

    at_days: Floats
    at_risk: Floats
    of_this: Floats
    of_any: Floats


def check_follow_up(
    time_days: npt.ArrayLike,
    cause: npt.ArrayLike,
    *,
    of: int,
    entry_days: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
) -> FollowUpArrays:
    """The input of a time-to-event kernel, or a refusal that names every fault of it.

    Parameters
    ----------
    time_days : (n,) int or float, days to event or censoring, >= 0, finite, below ``NEVER``
    cause : (n,) int, 0 for censored, 1, 2, ... for the cause that happened
    of : the cause of interest, >= 1
    entry_days : (n,) float, >= 0, each before its time
    weights : (n,) float, >= 0, finite, not all zero; a case of weight zero leaves
    cluster : (n,) int

    Raises
    ------
    DataError : no case, a length that differs, or a value outside what is said above
    """
    time = _days(time_days)
    causes = np.asarray(cause)
    entry = None if entry_days is None else np.asarray(entry_days, dtype=np.float64)
    weight = None if weights is None else np.asarray(weights, dtype=np.float64)
    group = None if cluster is None else np.asarray(cluster)
    beside = {"cause": causes, "entry_days": entry, "weights": weight, "cluster": group}
    problems = _shape_problems(time, beside) or [
        *_time_problems(time, entry),
        *_cause_problems(causes, of),
        *_weight_problems(weight, group),
    ]
    if problems:
        raise DataError(problems)
    this = causes == of
    checked = FollowUpArrays(
        time_days=time,
        this=this,
        another=(causes != 0) & ~this,
        entry_days=entry if entry is not None and entry.any() else None,
        weights=weight,
        cluster=None if group is None else group.astype(np.int64),
    )
    return checked if weight is None or bool(weight.all()) else _without(checked, weight == 0.0)


def _days(days: npt.ArrayLike) -> npt.NDArray[np.int64] | Floats:
    given = np.asarray(days)
    return given.astype(np.int64, copy=False) if given.dtype.kind in "iu" else given.astype(np.float64, copy=False)


def _without(follow_up: FollowUpArrays, gone: Flags) -> FollowUpArrays:
    stay = ~gone
    return FollowUpArrays(
        time_days=follow_up.time_days[stay],
        this=follow_up.this[stay],
        another=follow_up.another[stay],
        entry_days=None if follow_up.entry_days is None else follow_up.entry_days[stay],
        weights=None if follow_up.weights is None else follow_up.weights[stay],
        cluster=None if follow_up.cluster is None else follow_up.cluster[stay],
    )


def _shape_problems(
    time: npt.NDArray[np.int64] | Floats, beside: dict[str, npt.NDArray[np.generic] | None]
) -> list[Problem]:
    if time.ndim != 1:
        return [Problem("time_days", "is not a list of days, one a case", "give one day for each case")]
    if time.size == 0:
        return [Problem("time_days", "no case: nothing was followed", "check which cases the cohort keeps")]
    return [
        Problem(name, f"has shape {array.shape}, but there are {time.size} times", "give one entry for each case")
        for name, array in beside.items()
        if array is not None and array.shape != time.shape
    ]


def _time_problems(time: npt.NDArray[np.int64] | Floats, entry: Floats | None) -> list[Problem]:
    # A comparison with NaN is false, so each test is written for what is allowed.
    if not (time.min() >= 0 and time.max() < NEVER):
        return [
            Problem(
                "time_days",
                "a time is negative, missing, or has no end",
                "count days from time zero; a case whose follow-up has no end needs a data cut",
            )
        ]
    if entry is None or bool(np.all((entry >= 0) & (entry < time))):
        return []
    remedy = "a case enters on day 0 or later, before it leaves; exclude those that leave on the day they enter"
    return [Problem("entry_days", "an entry is negative, missing, or not before the time of its case", remedy)]


def _cause_problems(cause: npt.NDArray[np.generic], of: int) -> list[Problem]:
    remedy = "code 0 for censored, and 1, 2, ... for the cause that happened"
    problems = [] if of >= 1 else [Problem("of", f"{of} is not the number of a cause", remedy)]
    if cause.dtype.kind not in "biu":
        return [*problems, Problem("cause", "is not a whole number", remedy)]
    if cause.min() < 0:
        return [*problems, Problem("cause", "is negative for some case", remedy)]
    return problems


def _weight_problems(weight: Floats | None, cluster: npt.NDArray[np.generic] | None) -> list[Problem]:
    problems = []
    if weight is not None and not (weight.min() >= 0 and 0 < weight.max() < np.inf):
        remedy = "give each case a weight of 0 or more, and some case more than 0"
        problems.append(Problem("weights", "a weight is negative or missing, or all are zero", remedy))
    if cluster is not None and cluster.dtype.kind not in "biu":
        problems.append(Problem("cluster", "is not a whole number", "number the clusters"))
    return problems
