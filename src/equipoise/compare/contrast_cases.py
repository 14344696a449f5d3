"""Two cohorts side by side: who is in both, whose covariates are known, and the matrix the methods take."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.domain.arm import Arm, Course
from equipoise.domain.cohort import AttritionRow, Covariate, Flags, Floats
from equipoise.errors import MethodError, Problem

EARLIER = "in both cohorts: counted where time zero came first"
AT_ONCE = 2**12


@dataclass(frozen=True, eq=False)
class Pair:
    """The cases compared, (n,): those of the cohort first, then the comparator's.

    ``x`` : (n, k) the covariates as numbers, a category as one column a level but the first; ``names`` : (k,)
    ``levels`` : of the columns that are levels, what they say in words
    ``in_both`` : people of both cohorts, None where the case books do not share their keys
    """

    own: Arm
    other: Arm
    treated: Flags
    x: Floats
    names: tuple[str, ...]
    levels: Mapping[str, str]
    losses: tuple[AttritionRow, ...]
    other_losses: tuple[AttritionRow, ...]
    in_both: int | None

    def course(self, key: tuple[str, str]) -> Course:
        """What became of every case of an estimand at a visit."""
        one, two = self.own.courses[key], self.other.courses[key]
        names = one.__dataclass_fields__
        return Course(*(np.concatenate([getattr(one, name), getattr(two, name)]) for name in names))


def pair_up(own: Arm, other: Arm, covariates: tuple[str, ...], *, same_book: bool) -> Pair:
    """The two cohorts without people twice and without blanks.

    A person in both is counted in the cohort whose time zero came first, and treated after that as the estimand's
    strategies say; where the charts do not say which was first, in neither.

    Raises
    ------
    MethodError : a covariate that is a number in one case book and text in the other; text that tells cases apart
    """
    in_both = None
    rows: list[AttritionRow] = []
    other_rows: list[AttritionRow] = []
    if same_book:
        keep, other_keep, in_both = _first_of_both(own, other)
        rows.append(_step(EARLIER, keep))
        other_rows.append(_step(EARLIER, other_keep))
        own, other = own.of(keep), other.of(other_keep)
    own, steps = _recorded(own, covariates)
    other, other_steps = _recorded(other, covariates)
    rows += steps
    other_rows += other_steps
    x, names, levels = _matrix(own, other, covariates)
    treated = np.arange(own.n + other.n) < own.n
    return Pair(own, other, treated, x, names, levels, tuple(rows), tuple(other_rows), in_both)


def _recorded(arm: Arm, covariates: tuple[str, ...]) -> tuple[Arm, list[AttritionRow]]:
    """Those of whom every covariate is known, and who left for want of which, in order."""
    stay = np.ones(arm.n, dtype=np.bool_)
    steps: list[AttritionRow] = []
    for name in covariates:
        known = arm.covariates[name].known
        steps.append(_step(f"{name} recorded", known[stay], unknown=True))
        stay = stay & known
    return (arm if stay.all() else arm.of(stay)), steps


def _first_of_both(own: Arm, other: Arm) -> tuple[Flags, Flags, int]:
    """Who stays on either side, and how many people were in both."""
    place = {case_id: number for number, case_id in enumerate(other.case_ids)}
    keep, other_keep, both = np.ones(own.n, dtype=np.bool_), np.ones(other.n, dtype=np.bool_), 0
    for mine, case_id in enumerate(own.case_ids):
        theirs = place.get(case_id)
        if theirs is None:
            continue
        both += 1
        keep[mine] = own.starts.high[mine] < other.starts.low[theirs]
        other_keep[theirs] = other.starts.high[theirs] < own.starts.low[mine]
    return keep, other_keep, both


def _step(criterion: str, keep: Flags, *, unknown: bool = False) -> AttritionRow:
    stay = int(keep.sum())
    gone = keep.size - stay
    return AttritionRow(criterion, keep.size, gone, gone if unknown else 0, unknown_kept=False, remaining=stay)


def _matrix(own: Arm, other: Arm, covariates: tuple[str, ...]) -> tuple[Floats, tuple[str, ...], Mapping[str, str]]:
    columns: list[Floats] = []
    names: list[str] = []
    in_words: dict[str, str] = {}
    for name in covariates:
        one, two = own.covariates[name], other.covariates[name]
        if one.labels or two.labels:
            levels = sorted({*one.labels, *two.labels})
            if (own.n and not one.labels) or (other.n and not two.labels):
                problem = "is a number in one case book and text in the other"
                raise MethodError(Problem(f"covariate '{name}'", problem, "record it in one way in both"))
            if len(levels) > 2 and 2 * len(levels) > own.n + other.n:
                problem = f"has {len(levels):,} values in {own.n + other.n:,} cases: it tells cases apart, no more"
                remedy = "record it in a few categories, or leave it out"
                raise MethodError(Problem(f"covariate '{name}'", problem, remedy))
            for level in levels[1:]:
                columns.append(np.concatenate([_is_level(one, level), _is_level(two, level)]))
                names.append(f"{name}: {level}")
                in_words[names[-1]] = f"'{name}' being '{level}'"
        else:
            columns.append(np.concatenate([one.value, two.value]))
            names.append(name)
    return _side_by_side(columns, own.n + other.n), tuple(names), in_words


def _side_by_side(columns: list[Floats], n: int) -> Floats:
    """(n, k), some cases at a time, so that what is written stays in the processor's cache."""
    x = np.empty((n, len(columns)))
    for start in range(0, n, AT_ONCE):
        for place, column in enumerate(columns):
            x[start : start + AT_ONCE, place] = column[start : start + AT_ONCE]
    return x


def _is_level(covariate: Covariate, level: str) -> Floats:
    if level not in covariate.labels:
        return np.zeros(covariate.value.size)
    return np.asarray(covariate.value == covariate.labels.index(level), dtype=np.float64)
