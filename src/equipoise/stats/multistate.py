"""Histories through several states, as rows: one for each stay of a case in a state, checked and put in order.

A row says that a case was seen in ``from_state`` after ``start_day`` up to ``stop_day``, and went to ``to_state`` on
that day (0: it was seen no longer, or the next row goes on). It is at risk at day t when start < t <= stop. Any
diagram is allowed, with returns or without; a case may enter late, and cases may begin in different states.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import NEVER, Flags, Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.multistate_faults import history_problems, row_problems, shape_problems


@dataclass(frozen=True)
class TransitionRows:
    """Checked rows of n cases, sorted by case and day; each array (r,).

    ``case`` : 0 to n - 1, ascending
    ``origin``, ``target`` : states 0 to K - 1 (the caller's 1 to K, less one); target -1 where the row ends in no move
    ``start_day``, ``stop_day`` : days, start < stop
    ``weights`` : of the case, > 0; None where each case counts once
    ``states`` : K
    """

    case: Ints
    origin: Ints
    target: Ints
    start_day: Ints | Floats
    stop_day: Ints | Floats
    weights: Floats | None
    states: int

    @property
    def n(self) -> int:
        """How many cases."""
        return int(self.case[-1]) + 1

    @property
    def followed_to_days(self) -> float:
        """The last day any case was followed to."""
        return float(self.stop_day.max())


def transition_rows(
    case: npt.ArrayLike,
    from_state: npt.ArrayLike,
    to_state: npt.ArrayLike,
    start_day: npt.ArrayLike,
    stop_day: npt.ArrayLike,
    *,
    states: int,
    weights: npt.ArrayLike | None = None,
    possible: npt.ArrayLike | None = None,
) -> TransitionRows:
    """The rows of a multi-state analysis, or a refusal that names every fault of them.

    Parameters
    ----------
    case : (r,) int, any labels; the rows may come in any order
    from_state : (r,) int, 1 to ``states``
    to_state : (r,) int, the state entered on ``stop_day``, or 0 where none was
    start_day, stop_day : (r,) int or float, 0 <= start < stop; a case's rows follow each other without gap or overlap,
        each in the state the one before led to
    states : how many states there are, K
    weights : (r,) float >= 0, the same in all rows of a case; a case of weight zero leaves
    possible : (K, K) bool, whether a move from the row's state to the column's may happen; every move, if not given

    Raises
    ------
    DataError : no row; lengths that differ; a state, day or weight outside what is said above; rows of a case that
        overlap, leave a gap or contradict each other; a move the diagram does not have
    """
    columns: dict[str, npt.NDArray[Any]] = {
        "case": np.asarray(case),
        "from_state": np.asarray(from_state),
        "to_state": np.asarray(to_state),
        "start_day": _days(start_day),
        "stop_day": _days(stop_day),
    }
    if weights is not None:
        columns["weights"] = np.asarray(weights, dtype=np.float64)
    problems = shape_problems(columns) or row_problems(columns, states, possible, float(NEVER))
    if problems:
        raise DataError(problems)
    order = _order(columns["case"], columns["start_day"])
    if order is not None:
        columns = {name: column[order] for name, column in columns.items()}
    problems = history_problems(columns, order)
    if problems:
        raise DataError(problems)
    weight = columns.get("weights")
    if weight is not None and not bool(weight.all()):
        columns = {name: column[weight > 0.0] for name, column in columns.items()}
    new_case = columns["case"][1:] != columns["case"][:-1]
    return TransitionRows(
        case=np.concatenate([[0], np.cumsum(new_case, dtype=np.int64)]),
        origin=columns["from_state"].astype(np.int64) - 1,
        target=columns["to_state"].astype(np.int64) - 1,
        start_day=columns["start_day"],
        stop_day=columns["stop_day"],
        weights=columns.get("weights"),
        states=states,
    )


def landmark_rows(rows: TransitionRows, day: float, in_state: int | None = None) -> TransitionRows:
    """The cases under observation just after ``day`` (in state ``in_state``, 1 to K, if given), followed from then on.

    Raises
    ------
    MethodError : no such case
    """
    present = (rows.start_day <= day) & (rows.stop_day > day)
    if in_state is not None:
        present &= rows.origin == in_state - 1
    chosen = np.zeros(rows.n, dtype=np.bool_)
    chosen[rows.case[present]] = True
    if not bool(chosen.any()):
        where = f"day {day:g}" if in_state is None else f"day {day:g}, state {in_state}"
        remedy = "choose a landmark day on which cases are under observation in that state"
        raise MethodError(Problem(where, "no case is there to be followed on", remedy))
    return _kept(rows, chosen[rows.case] & (rows.stop_day > day), day)


def _kept(rows: TransitionRows, keep: Flags, from_day: float) -> TransitionRows:
    case = rows.case[keep]
    return TransitionRows(
        case=np.concatenate([[0], np.cumsum(case[1:] != case[:-1], dtype=np.int64)]),
        origin=rows.origin[keep],
        target=rows.target[keep],
        start_day=np.maximum(rows.start_day[keep], from_day),
        stop_day=rows.stop_day[keep],
        weights=None if rows.weights is None else rows.weights[keep],
        states=rows.states,
    )


def _days(days: npt.ArrayLike) -> Ints | Floats:
    given = np.asarray(days)
    return given.astype(np.int64, copy=False) if given.dtype.kind in "iu" else given.astype(np.float64, copy=False)


def _order(case: npt.NDArray[Any], start: npt.NDArray[Any]) -> Ints | None:
    """How to put the rows in order of case and day; None where they are."""
    same, later = case[1:] == case[:-1], case[1:] > case[:-1]
    if bool(np.all(later | (same & (start[1:] > start[:-1])))):
        return None
    return np.lexsort((start, case))
