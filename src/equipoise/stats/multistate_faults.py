"""What can be wrong with the rows of a multi-state analysis, each fault with its rows and its remedy.

Rows are named by their place in the caller's columns, the first being row 1; no label of a case and no day is named.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Ints
from equipoise.errors import Problem

Columns = Mapping[str, npt.NDArray[Any]]


def shape_problems(columns: Columns) -> list[Problem]:
    """Whether there are rows, and as many entries in each column."""
    rows = columns["case"].shape
    if len(rows) != 1:
        return [Problem("case", "is not a list, one entry a row", "give the case of each row")]
    if rows == (0,):
        return [Problem("rows", "no row: no case was followed", "check which cases the cohort keeps")]
    return [
        Problem(name, f"has shape {column.shape}, but there are {rows[0]} rows", "give one entry for each row")
        for name, column in columns.items()
        if column.shape != rows
    ]


def row_problems(columns: Columns, states: int, possible: npt.ArrayLike | None, never: float) -> list[Problem]:
    """What is wrong with a row by itself."""
    remedy = f"number the states 1 to {states}, and write 0 in to_state where no state was entered"
    whole = [
        Problem(name, "is not a whole number", remedy if name != "case" else "number the cases")
        for name in ("case", "from_state", "to_state")
        if columns[name].dtype.kind not in "iu"
    ]
    if states < 1 or whole:
        none = Problem("states", f"{states} is not a number of states", "there is at least one state")
        return [*([none] if states < 1 else []), *whole]
    origin, target = columns["from_state"].astype(np.int64), columns["to_state"].astype(np.int64)
    # A comparison with NaN is false, so what is wrong is what is not allowed.
    start, stop = columns["start_day"].astype(np.float64), columns["stop_day"].astype(np.float64)
    days = "count days from time zero; a case seen on one day only, and no longer, has no row"
    maybe = [
        _problem("from_state", ~((origin >= 1) & (origin <= states)), "is a state nobody declared", remedy),
        _problem("to_state", ~((target >= 0) & (target <= states)), "is a state nobody declared", remedy),
        _problem(
            "to_state",
            target == origin,
            "leads to the state it starts in",
            "write 0 in to_state, and let the next row go on in the state",
        ),
        _problem("start_day", ~((start >= 0) & (stop < never)), "has a day that is negative, missing or endless", days),
        _problem("stop_day", ~(stop > start) & (start >= 0), "does not end after it starts", days),
        *_weight_problems(columns),
    ]
    found = [problem for problem in maybe if problem is not None]
    return found or _diagram_problems(origin, target, states, possible)


def history_problems(columns: Columns, order: Ints | None) -> list[Problem]:
    """What is wrong between one row of a case and the next; the columns are in order of case and day."""
    same = columns["case"][1:] == columns["case"][:-1]
    start, stop = columns["start_day"][1:], columns["stop_day"][:-1]
    origin, target = columns["from_state"], columns["to_state"]
    expected = np.where(target[:-1] == 0, origin[:-1], target[:-1])
    place = np.arange(columns["case"].size) if order is None else order
    overlap, gap = same & (start < stop), same & (start > stop)
    found = [
        _problem(
            "start_day",
            overlap,
            "starts before the row before it of the same case ends",
            "a case is in one state at a time; end the earlier row first",
            place[1:],
        ),
        _problem(
            "start_day",
            gap,
            "starts after a gap: the case was not under observation in between",
            "say in which state it was, or end the case before the gap",
            place[1:],
        ),
        _problem(
            "from_state",
            same & ~overlap & ~gap & (origin[1:] != expected),
            "is not the state the row before it of the same case led to",
            "let each row of a case start where the one before ended",
            place[1:],
        ),
    ]
    weights = columns.get("weights")
    if weights is not None:
        remedy = "give a case one weight, the same in all its rows"
        differs = same & (weights[1:] != weights[:-1])
        found.append(_problem("weights", differs, "has another weight than the row before it", remedy, place[1:]))
    return [problem for problem in found if problem is not None]


def _weight_problems(columns: Columns) -> list[Problem | None]:
    if "weights" not in columns:
        return []
    weights = columns["weights"].astype(np.float64)
    remedy = "give each case a weight of 0 or more, and some case more than 0"
    wrong = ~((weights >= 0) & (weights < np.inf))
    if not bool(wrong.any()) and not bool(weights.any()):
        return [Problem("weights", "all are zero", remedy)]
    return [_problem("weights", wrong, "is negative, missing or endless", remedy)]


def _diagram_problems(origin: Ints, target: Ints, states: int, possible: npt.ArrayLike | None) -> list[Problem]:
    if possible is None:
        return []
    diagram = np.asarray(possible)
    if diagram.shape != (states, states) or diagram.dtype != np.bool_:
        remedy = f"give {states} rows of {states} yes or no"
        return [Problem("possible", f"is not a table of yes or no for {states} states", remedy)]
    impossible = (target > 0) & ~diagram[origin - 1, np.maximum(target, 1) - 1]
    remedy = "correct the row, or add the move to the diagram"
    found = _problem("to_state", impossible, "is a move the diagram does not have", remedy)
    return [] if found is None else [found]


def _problem(column: str, wrong: Flags, what: str, remedy: str, place: Ints | None = None) -> Problem | None:
    rows = np.flatnonzero(wrong)
    if rows.size == 0:
        return None
    first = int((rows if place is None else place[rows]).min()) + 1
    others = "" if rows.size == 1 else f", and {rows.size - 1} more"
    return Problem(f"{column}, row {first}{others}", what, remedy)
