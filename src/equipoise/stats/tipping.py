"""How many of the unseen would have to respond, in either of two arms, for the conclusion to flip: every cell."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.difference import checked_arms, miettinen_nurminen
from equipoise.stats.difference_score import score_statistic

WHERE = "tipping grid of two arms"
MOST_SHOWN = 201
"""Most counts of either arm that are shown with their limits."""
MOST_CELLS = 4_000_000
"""Most cells whose conclusion is worked out: 2,000 unseen in each arm."""
CELLS_AT_ONCE = 200_000


@dataclass(frozen=True)
class Corner:
    """A named cell: this many of the unseen respond, with the difference, its limits and the conclusion there."""

    treated: int
    control: int
    difference: float
    lower: float
    upper: float
    holds: bool


@dataclass(frozen=True)
class TippingGrid:
    """Every way the unseen of two arms may have responded.

    ``treated`` : (A,), ``control`` : (B,) how many of the unseen respond: all counts, or where an arm has more than 200
        unseen an even selection with both ends, and with both sides of the flip of every shown control count
    ``difference``, ``lower``, ``upper`` : (A, B) treated less control, with Miettinen and Nurminen's limits
    ``holds`` : (A, B) whether the lower limit exceeds the margin
    ``least`` : (u_C + 1,) for every count of the controls, thinned or not, the fewest treated unseen that must respond
        for the conclusion to hold; -1 where it never does
    ``monotone`` : the conclusion, once it holds, holds for more treated and for fewer control responders
    ``worst``, ``best`` : none of the treated and all of the controls, and the reverse
    ``as_seen`` : the unseen respond at their own arm's seen rate, rounded half up to a count; None where an arm has
        nobody seen
    ``thinned`` : whether counts were left out of ``treated`` or ``control``
    """

    treated: Ints
    control: Ints
    difference: Floats
    lower: Floats
    upper: Floats
    holds: Flags
    least: Ints
    monotone: bool
    worst: Corner
    best: Corner
    as_seen: Corner | None
    thinned: bool


@dataclass(frozen=True)
class _Arms:
    yes: int
    n: int
    control_yes: int
    control_n: int


def tipping_grid(
    responders: int,
    unseen: int,
    n: int,
    control_responders: int,
    control_unseen: int,
    control_n: int,
    *,
    margin: float = 0.0,
    level: float = 0.95,
) -> TippingGrid:
    """The conclusion "the lower limit of the risk difference exceeds the margin" in every cell of the unseen.

    Cell (a, b): a of the treated unseen and b of the control unseen responded. Exact in that no model is assumed of the
    unseen and no cell is left out of the conclusion: whether the lower limit exceeds the margin is the score test at
    the margin, one evaluation a cell. Limits are worked out for the cells shown.

    Parameters
    ----------
    responders, unseen, n : of the treated arm: seen to respond, not seen, and all cases, seen or not;
        responders + unseen <= n, n >= 1
    control_responders, control_unseen, control_n : of the control arm
    margin : between -1 and 1, on the scale of the difference
    level : two-sided confidence, between 0 and 1

    Raises
    ------
    DataError : the counts are not counts or do not fit, an arm is empty, or margin or level is out of range
    MethodError : more than 4,000,000 cells

    References
    ----------
    Hollis (2002), Statist. Med. 21:3823-3834; Liublinska and Rubin (2014), Statist. Med. 33:4170-4185 (every allocation
    of the missing responses). Miettinen and Nurminen (1985), Statist. Med. 4:213-226 (the limits).
    """
    arms, unseen, control_unseen = _checked(
        (responders, unseen, n), (control_responders, control_unseen, control_n), margin, level
    )
    least, monotone = _flips(arms, unseen, control_unseen, margin, level)
    control = _spaced(control_unseen)
    flips = least[control]
    flips = flips[flips >= 0]
    treated = _spaced(unseen)
    if treated.size <= unseen:
        treated = np.unique(np.concatenate([treated, flips, np.maximum(flips - 1, 0)]))
    difference, lower, upper, holds = _cells(arms, treated[:, None], control[None, :], margin, level)
    seen, control_seen = arms.n - unseen, arms.control_n - control_unseen
    as_seen = None
    if seen and control_seen:
        rounded = _rounded(unseen, arms.yes, seen), _rounded(control_unseen, arms.control_yes, control_seen)
        as_seen = _corner(arms, *rounded, margin, level)
    return TippingGrid(
        treated=treated,
        control=control,
        difference=difference,
        lower=lower,
        upper=upper,
        holds=holds,
        least=least,
        monotone=monotone,
        worst=_corner(arms, 0, control_unseen, margin, level),
        best=_corner(arms, unseen, 0, margin, level),
        as_seen=as_seen,
        thinned=treated.size <= unseen or control.size <= control_unseen,
    )


def _checked(
    treated: tuple[int, int, int], control: tuple[int, int, int], margin: float, level: float
) -> tuple[_Arms, int, int]:
    check_level(level, where=WHERE)
    yes, n, control_yes, control_n = checked_arms(treated[0], treated[2], control[0], control[2])
    unseen, _, control_unseen, _ = checked_arms(treated[1], treated[2], control[1], control[2])
    if n.ndim:
        raise DataError(Problem(WHERE, "the arms are lists of counts", "ask for one pair of arms at a time"))
    if n == 0 or control_n == 0:
        raise DataError(Problem(WHERE, "an arm has no patients", "leave out the arm nobody was counted in"))
    if yes + unseen > n or control_yes + control_unseen > control_n:
        problem = "an arm has more responders and unseen together than patients"
        raise DataError(Problem(WHERE, problem, "count every patient once: responder, not a responder, or unseen"))
    if not -1.0 < margin < 1.0:
        problem = "the margin is not between -1 and 1"
        raise DataError(Problem(WHERE, problem, "give it as a difference of rates, such as 0.10"))
    cells = (int(unseen) + 1) * (int(control_unseen) + 1)
    if cells > MOST_CELLS:
        problem = f"{cells:,} cells are possible, above the {MOST_CELLS:,} that are gone through"
        remedy = "report the no-assumption bounds, or multiple imputation with a range of deltas"
        raise MethodError(Problem(WHERE, problem, remedy))
    return _Arms(int(yes), int(n), int(control_yes), int(control_n)), int(unseen), int(control_unseen)


def _cells(
    arms: _Arms, treated: Ints, control: Ints, margin: float, level: float
) -> tuple[Floats, Floats, Floats, Flags]:
    """Difference, limits and conclusion where so many of the unseen respond; the counts broadcast."""
    yes, control_yes = np.broadcast_arrays(arms.yes + treated, arms.control_yes + control)
    lower, upper = miettinen_nurminen(yes, arms.n, control_yes, arms.control_n, level=level)
    return (
        yes / arms.n - control_yes / arms.control_n,
        lower,
        upper,
        _holds(arms, treated, control, margin, level),
    )


def _holds(arms: _Arms, treated: Ints, control: Ints, margin: float, level: float) -> Flags:
    """Whether the lower limit exceeds the margin: the statistic falls as the contrast rises, so it is still above."""
    parts = (arms.yes + treated, arms.n, arms.control_yes + control, arms.control_n)
    counts = [np.asarray(part, dtype=np.float64) for part in np.broadcast_arrays(*parts)]
    statistic = score_statistic("risk difference", np.full(counts[0].shape, margin), *counts)
    return np.asarray(statistic > float(ndtri((1 + level) / 2)))


def _flips(arms: _Arms, unseen: int, control_unseen: int, margin: float, level: float) -> tuple[Ints, bool]:
    """For each control count the fewest treated that suffice (-1: none do), and whether every flip is the only one."""
    treated = np.arange(unseen + 1)[:, None]
    together = max(CELLS_AT_ONCE // (unseen + 1), 1)
    least = np.empty(control_unseen + 1, dtype=np.int64)
    before = np.ones((unseen + 1, 1), dtype=np.bool_)
    monotone = True
    for first in range(0, control_unseen + 1, together):
        control = np.arange(first, min(first + together, control_unseen + 1))
        holds = _holds(arms, treated, control[None, :], margin, level)
        least[control] = np.where(holds.any(axis=0), holds.argmax(axis=0), -1)
        fewer = np.concatenate([before, holds], axis=1)
        monotone &= bool(np.all(holds[1:] >= holds[:-1]) and np.all(fewer[:, 1:] <= fewer[:, :-1]))
        before = holds[:, -1:]
    return least, monotone


def _corner(arms: _Arms, treated: int, control: int, margin: float, level: float) -> Corner:
    difference, lower, upper, holds = _cells(arms, np.array(treated), np.array(control), margin, level)
    return Corner(treated, control, float(difference), float(lower), float(upper), bool(holds))


def _spaced(unseen: int) -> Ints:
    """Every count from 0 to ``unseen``, or an even selection with both ends."""
    if unseen < MOST_SHOWN:
        return np.arange(unseen + 1)
    return np.unique(np.rint(np.linspace(0, unseen, MOST_SHOWN)).astype(np.int64))


def _rounded(unseen: int, responders: int, seen: int) -> int:
    """``unseen`` times the seen rate, rounded half up, in whole numbers."""
    return (2 * unseen * responders + seen) // (2 * seen)
