"""Nearest-neighbour matching on the propensity score's logit: each treated case with the comparators most like it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.propensity_design import check_arms

SAME = 1e-10
"""Scores, and distances, that differ by less than this share of a standard deviation are ties."""
Order = Literal["largest", "smallest", "as given"]
"""Whose turn is first, without replacement: the treated hardest to match are commonly those with the largest score."""


@dataclass(frozen=True, eq=False)
class Matching:
    """Pairs of a treated case and a comparator, by their row.

    ``treated``, ``comparator`` : (m,) rows, in the order they were matched
    ``unmatched`` : rows of treated cases without a comparator within the caliper, or for whom none was left
    ``weight`` : (n,) for the ATT among the matched: 1 of a matched treated case; a comparator's sums 1 / (comparators
        of that case) over the cases it stands for; 0 of the rest
    ``pair`` : (n,) the treated row a case was matched for, its own row if none: the cluster of a robust error. With
        replacement each case is its own cluster
    ``width`` : of the caliper, on the logit; infinite if none
    ``by_row_order`` : how many of the matched treated had another comparator as near as the farthest they took (without
        replacement: one that nobody took), so that the order of the rows decided
    """

    treated: Ints
    comparator: Ints
    unmatched: Ints
    weight: Floats
    pair: Ints
    width: float
    by_row_order: int


def match_nearest(
    treated: npt.ArrayLike,
    logit: npt.ArrayLike,
    *,
    replace: bool,
    ratio: int = 1,
    caliper: float | None = None,
    order: Order = "largest",
) -> Matching:
    """Greedy matching on one distance, as R's MatchIt with ``method = "nearest"``.

    Without replacement the treated choose in turn, all their first comparator before any a second. Ties: of treated
    cases with one score the earlier row chooses first; of comparators equally near the earlier row is chosen.

    Parameters
    ----------
    treated : (n,) 0 or 1
    logit : (n,) the distance: the linear predictor of the propensity score
    replace : whether a comparator may stand for several treated cases
    ratio : comparators for each treated case, at least 1; fewer where there are no more
    caliper : the farthest match, in standard deviations of ``logit`` over all cases (n - 1); inclusive
    order : whose turn is first; without meaning where ``replace``

    Raises
    ------
    DataError : the shapes differ or a score is missing
    MethodError : an empty cohort, a ratio or caliper that makes no sense, or nobody could be matched

    References
    ----------
    Stuart (2010), Stat. Sci. 25:1-21. Ho, Imai, King and Stuart (2011), J. Stat. Softw. 42(8) (MatchIt).
    """
    arm = check_arms(treated, least=1)
    score = np.asarray(logit, dtype=np.float64)
    if score.shape != arm.shape or not bool(np.isfinite(score).all()):
        raise DataError(Problem("propensity score", "is not one finite number a case", "fit it to these very cases"))
    if ratio < 1 or (caliper is not None and not caliper >= 0.0):
        raise MethodError(Problem("matching", "ratio or caliper makes no sense", "ask for 1 or more, within 0 or more"))
    spread = float(score.std(ddof=1))
    width = np.inf if caliper is None else caliper * spread
    score, tie = _merged(score, SAME * spread), max(SAME * spread, np.finfo(np.float64).tiny)
    rows = np.flatnonzero(arm)
    if order != "as given":
        rows = rows[np.argsort(-score[rows] if order == "largest" else score[rows], kind="stable")]
    others = np.flatnonzero(~arm)
    find = _with_replacement if replace else _without_replacement
    of, match = find(score[rows], score[others], ratio, width, tie)
    if of.size == 0:
        remedy = "widen the caliper, or describe the cohorts apart"
        raise MethodError(Problem("matching", "no treated case has a comparator within the caliper", remedy))
    one, other = rows[of], others[match]
    instead = score[others] if replace else np.delete(score[others], match)
    ties = _decided_by_row(one, other, score, instead, tie, own_among=replace)
    return _matching(arm, rows, one, other, replace, width, ties)


def _decided_by_row(one: Ints, other: Ints, score: Floats, instead: Floats, tie: float, *, own_among: bool) -> int:
    """How many of the matched treated could have taken another comparator as near as the farthest they took.

    ``instead`` : the scores of those that could be taken, with ``own_among`` those they took among them
    """
    far = np.abs(score[other] - score[one])
    farthest = np.zeros(score.size)
    np.maximum.at(farthest, one, far)
    own = np.bincount(one[far >= farthest[one] - tie], minlength=score.size)
    there = np.sort(instead)

    def near(place: Floats) -> Ints:
        return np.searchsorted(there, place + tie, side="right") - np.searchsorted(there, place - tie, side="left")

    cases = np.unique(one)
    above, below = near(score[cases] + farthest[cases]), near(score[cases] - farthest[cases])
    as_near = above + np.where(farthest[cases] > tie, below, 0)
    return int((as_near > (own[cases] if own_among else 0)).sum())


def _matching(arm: Flags, rows: Ints, one: Ints, other: Ints, replace: bool, width: float, ties: int) -> Matching:
    n = arm.size
    found = np.bincount(one, minlength=n)
    weight = (found > 0).astype(np.float64)
    weight += np.bincount(other, weights=1.0 / found[one], minlength=n)
    pair = np.arange(n)
    if not replace:
        pair[other] = one
    return Matching(one, other, rows[found[rows] == 0], weight, pair, width, ties)


def _merged(score: Floats, tie: float) -> Floats:
    """The scores, those within ``tie`` of the one before them made equal: equal patients differ by rounding."""
    order = np.argsort(score, kind="stable")
    ascending = score[order]
    starts = np.concatenate([[True], np.diff(ascending) > tie])
    merged = np.empty_like(score)
    merged[order] = ascending[starts][np.cumsum(starts) - 1]
    return merged


def _sides(turn: Floats, score: Floats) -> tuple[Ints, Ints, Ints, Ints]:
    """Comparators from each treated score on and below it: two orders, nearest first, ties by row; and the starts."""
    up = np.argsort(score, kind="stable")
    down = np.argsort(-score, kind="stable")
    above = np.searchsorted(score[up], turn, side="left")
    below = np.searchsorted(-score[down], -turn, side="right")
    return up, down, above, below


def _without_replacement(turn: Floats, score: Floats, ratio: int, width: float, tie: float) -> tuple[Ints, Ints]:
    """Place of the treated in ``turn`` and of its comparator in ``score``, pair by pair."""
    up, down, above, below = (each.tolist() for each in _sides(turn, score))
    value = [*score.tolist(), np.inf]
    taken = [False] * len(value)
    up, down = [*up, len(up)], [*down, len(down)]  # past the end: a comparator infinitely far
    jump_up, jump_down = list(range(len(up))), list(range(len(down)))
    of, match = [], []
    for _ in range(ratio):
        for place, wanted in enumerate(turn.tolist()):
            right = up[_free(above[place], jump_up, up, taken)]
            left = down[_free(below[place], jump_down, down, taken)]
            to_right, to_left = abs(value[right] - wanted), abs(wanted - value[left])
            equal = abs(to_left - to_right) <= tie  # also of nan, both past the end: false, and neither is matched
            leftwards = left < right if equal else to_left < to_right
            far, nearest = (to_left, left) if leftwards else (to_right, right)
            if far <= width and far < np.inf:
                taken[nearest] = True
                of.append(place)
                match.append(nearest)
    return np.array(of, dtype=np.int64), np.array(match, dtype=np.int64)


def _free(start: int, jump: list[int], order: list[int], taken: list[bool]) -> int:
    """The first place of ``order`` from ``start`` on that is not taken; the way there is shortened for the next."""
    place = start
    while True:
        place = jump[place]
        if not taken[order[place]]:
            break
        jump[place] = place + 1
    while start < place:
        jump[start], start = place, jump[start]
    return place


def _with_replacement(turn: Floats, score: Floats, ratio: int, width: float, tie: float) -> tuple[Ints, Ints]:
    up, down, above, below = _sides(turn, score)
    step = np.arange(min(ratio, score.size))
    found = np.concatenate(
        [np.append(up, -1)[np.minimum(above[:, None] + step, score.size)],
         np.append(down, -1)[np.minimum(below[:, None] + step, score.size)]], axis=1
    )  # fmt: skip
    far = np.where(found < 0, np.inf, np.abs(np.append(score, np.nan)[found] - turn[:, None]))
    nearest = np.lexsort((found, np.rint(far / tie)), axis=1)[:, : step.size]
    far, found = np.take_along_axis(far, nearest, axis=1), np.take_along_axis(found, nearest, axis=1)
    kept = np.isfinite(far) & (far <= width)
    of = np.broadcast_to(np.arange(turn.size)[:, None], found.shape)
    return of[kept], found[kept]
