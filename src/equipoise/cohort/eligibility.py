"""Eligibility: one attrition row per criterion; what the chart leaves open is unknown, not false."""

from collections.abc import Callable
from decimal import Decimal
from difflib import get_close_matches

import numpy as np
import polars as pl

from equipoise.cohort.timeline import Records
from equipoise.domain.cohort import AttritionRow, Candidates, Flags, Floats
from equipoise.domain.predicate import Criterion
from equipoise.errors import Problem, ProtocolError

COMPARE: dict[str, Callable[[Floats, float], Flags]] = {
    "at_least": lambda value, number: value >= number,
    "at_most": lambda value, number: value <= number,
    "above": lambda value, number: value > number,
    "below": lambda value, number: value < number,
    "equals": lambda value, number: value == number,
}


def judge(
    criterion: Criterion, cases: pl.DataFrame, procedures: Records, baseline: Candidates | None
) -> tuple[Flags, Flags]:
    """``(certain, possible)``, (n,) each: whether a case certainly meets a criterion, and whether it possibly does."""
    if criterion.procedure is not None:
        return _done_before(criterion, procedures, cases.height)
    assert criterion.column is not None
    if criterion.column.startswith("baseline."):
        assert baseline is not None
        return _baseline_meets(criterion, baseline)
    column = column_of(cases, criterion.column.removeprefix("cases."))
    known = column.is_not_null().to_numpy()
    met = _column_meets(criterion, column)
    if criterion.recorded:
        return known, known
    return met & known, met | ~known


def apply(
    criterion: Criterion, certain: Flags, possible: Flags, still_in: Flags, *, require: bool
) -> tuple[Flags, AttritionRow]:
    """Take out whom the criterion excludes; ``still_in`` : (n,) who has passed so far."""
    against = ~possible if require else certain
    unknown = possible & ~certain
    out = against | unknown if criterion.unknown == "exclude" else against
    remaining = still_in & ~out
    return remaining, AttritionRow(
        criterion=criterion.in_words if require else f"not: {criterion.in_words}",
        entering=int(still_in.sum()),
        excluded=int((still_in & out).sum()),
        unknown=int((still_in & unknown).sum()),
        unknown_kept=criterion.unknown == "keep",
        remaining=int(remaining.sum()),
    )


def column_of(cases: pl.DataFrame, name: str) -> pl.Series:
    """A column of ``cases``, or a refusal that names the nearest one."""
    if name in cases.columns:
        return cases[name]
    near = get_close_matches(name, cases.columns, n=1)
    raise ProtocolError(
        Problem(
            where=f"study.toml: population, column 'cases.{name}'",
            problem="the case book has no such column",
            remedy=f"did you mean 'cases.{near[0]}'?" if near else f"the columns are {', '.join(cases.columns)}",
        )
    )


def _column_meets(criterion: Criterion, column: pl.Series) -> Flags:
    comparison, wanted = criterion.comparison
    if comparison == "one_of":
        assert isinstance(wanted, tuple)
        met = column.cast(pl.String).is_in(list(wanted))
    elif comparison == "equals" and not column.dtype.is_numeric():
        met = column.cast(pl.String) == str(wanted)
    elif comparison == "recorded":
        met = column.is_not_null()
    else:
        return COMPARE[comparison](_numbers(criterion, column), _number(criterion, wanted))
    flags: Flags = met.fill_null(False).to_numpy()
    return flags


def _numbers(criterion: Criterion, column: pl.Series) -> Floats:
    if not column.dtype.is_numeric() and column.null_count() < len(column):
        raise ProtocolError(
            Problem(
                where=f"study.toml: population, '{criterion.in_words}'",
                problem=f"column '{column.name}' holds text, which has no order",
                remedy="compare it with equals or one_of",
            )
        )
    numbers: Floats = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return numbers


def _number(criterion: Criterion, wanted: Decimal | str | tuple[str, ...] | bool) -> float:
    try:
        return float(str(wanted))
    except ValueError:
        raise ProtocolError(
            Problem(
                where=f"study.toml: population, '{criterion.in_words}'",
                problem="a column of numbers is compared with text",
                remedy="give a number",
            )
        ) from None


def _baseline_meets(criterion: Criterion, baseline: Candidates) -> tuple[Flags, Flags]:
    comparison, wanted = criterion.comparison
    n = baseline.none.size
    may_meet, may_not = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    if comparison == "recorded":
        has = np.zeros(n, dtype=np.bool_)
        has[baseline.case] = True
        return ~baseline.none, has
    if comparison == "one_of":
        assert isinstance(wanted, tuple)
        met = np.isin(baseline.value, [_number(criterion, each) for each in wanted])
    else:
        met = COMPARE[comparison](baseline.value, _number(criterion, wanted))
    may_meet[baseline.case[met]] = True
    may_not[baseline.case[~met]] = True
    return may_meet & ~may_not & ~baseline.none, may_meet | baseline.none


def _done_before(criterion: Criterion, procedures: Records, n: int) -> tuple[Flags, Flags]:
    earliest = -(2**40) if criterion.look_back_days is None else -criterion.look_back_days
    of_kind = procedures.rows["procedure"].is_in(list(criterion.procedure or ())).to_numpy() & procedures.dated
    certain, possible = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    certain[procedures.case[of_kind & (procedures.low >= earliest) & (procedures.high <= -1)]] = True
    may_lie_before = np.maximum(procedures.low, earliest) <= np.minimum(procedures.high, -1)
    possible[procedures.case[of_kind & may_lie_before]] = True
    return certain, possible
