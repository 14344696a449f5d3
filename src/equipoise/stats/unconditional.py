"""Exact unconditional intervals for the contrast of two small arms: Chan and Zhang, Agresti and Min.

A contrast is excluded where, whatever the control rate, tables as extreme as the one seen have at most the allowed
probability. How extreme a table is depends on the contrast, so the probability jumps as tables come and go, and the
contrasts that are not excluded need not be one stretch. The interval is the shortest that holds all of them: it is
searched from outside, stretch by stretch, and a stretch is passed over only where a bound excludes all of it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.counts import check_level
from equipoise.stats.difference import checked_arms, unlimited
from equipoise.stats.difference_score import Measure, check_measure, score_statistic
from equipoise.stats.unconditional_tail import largest_tail

Method = Literal["chan-zhang", "agresti-min"]
FARTHEST = {"risk difference": 1.0, "risk ratio": 20.0, "odds ratio": 20.0}
STRETCHES, PARTS = 128, 16
AT_FIRST = 16
RESOLUTION = 1e-6
"""How finely a limit is found: of a difference, or relative of a ratio."""
TIE = 1e-7
"""Statistics nearer than this, relative to 1 + their size, are equal but for rounding; an equal table is as extreme."""
MOST_TABLES = 40_000


@dataclass(frozen=True)
class _Question:
    """Two arms, what is asked of them, and ``allowed``: the probability above which a contrast is kept."""

    yes: int
    n: int
    control_yes: int
    control_n: int
    measure: Measure
    two_sided: bool
    allowed: float

    def exchanged(self) -> "_Question":
        """The arms exchanged: its lower limit is the upper limit of this, with the other sign."""
        arms = (self.control_yes, self.control_n, self.yes, self.n)
        return _Question(*arms, self.measure, self.two_sided, self.allowed)


def unconditional_interval(
    responders: int,
    n: int,
    control_responders: int,
    control_n: int,
    *,
    method: Method = "chan-zhang",
    measure: Measure = "risk difference",
    level: float = 0.95,
) -> tuple[float, float]:
    """Exact unconditional interval of one pair of arms; it covers at least ``level`` at every pair of rates.

    Tables are ordered by Miettinen and Nurminen's score statistic. "chan-zhang" inverts two one-sided tests, each at
    (1 - level) / 2; "agresti-min" inverts one two-sided test at 1 - level and is usually shorter.

    Parameters
    ----------
    responders, n, control_responders, control_n : whole numbers, 0 <= responders <= n, n >= 1
    measure : "risk difference" (treated - control), "risk ratio" or "odds ratio" (treated over control)
    level : two-sided confidence, between 0 and 1

    Returns
    -------
    lower, upper : correct to about 1e-6 (a ratio: relative), on the side of a longer interval. A ratio has lower
        limit 0, or upper limit inf, where the counts set none.

    Raises
    ------
    DataError : the counts are not counts, an arm has no patient, or the level is not between 0 and 1
    MethodError : no such method or measure, or arms so large that the approximate interval serves as well

    References
    ----------
    Chan and Zhang (1999), Biometrics 55:1202-1209. Agresti and Min (2001), Biometrics 57:963-971; (2002),
    Biostatistics 3:379-386 (odds ratio). Fay and Hunsberger (2021), Statist. Surv. 15:72-110 (non-interval sets).
    """
    question = _question((responders, n, control_responders, control_n), method, measure, level)
    lower, upper = _lower(question), -_lower(question.exchanged())
    if measure == "risk difference":
        return lower, upper
    return float(np.exp(lower)), float(np.exp(upper))


def unconditional_p_value(
    responders: int,
    n: int,
    control_responders: int,
    control_n: int,
    *,
    contrast: float = 0.0,
    measure: Measure = "risk difference",
) -> float:
    """Two-sided exact P value of a contrast: the test that "agresti-min" inverts; at no contrast, Barnard's.

    Parameters
    ----------
    contrast : a difference in [-1, 1], or the logarithm of a ratio; 0 is no contrast for every measure
    responders, n, control_responders, control_n, measure : as ``unconditional_interval``; errors likewise

    References
    ----------
    Barnard (1947), Biometrika 34:123-138; Suissa and Shuster (1985), J. R. Statist. Soc. A 148:317-327.
    """
    counts = (responders, n, control_responders, control_n)
    question = _question(counts, "agresti-min", measure, 0.95)
    at = np.array([contrast])
    if not abs(contrast) <= FARTHEST[measure]:
        raise DataError(Problem("contrast", "lies outside what is possible", "give a difference, or a log ratio"))
    above, below = _extreme(question, at)
    return float(largest_tail(measure, (question.n, question.control_n), (at, at), above, below)[0])


def _question(counts: tuple[int, int, int, int], method: Method, measure: Measure, level: float) -> _Question:
    check_measure(measure)
    check_level(level, where="interval for a contrast")
    if method not in ("chan-zhang", "agresti-min"):
        raise MethodError(Problem("method", f"no method is called '{method}'", "choose chan-zhang or agresti-min"))
    arms = checked_arms(*counts)
    if arms[0].ndim:
        raise DataError(Problem("the two arms", "are lists of counts", "ask for one pair of arms at a time"))
    yes, n, control_yes, control_n = (int(part) for part in arms)
    if n == 0 or control_n == 0:
        raise DataError(Problem("the two arms", "an arm has no patients", "leave out the arm nobody was counted in"))
    if (n + 1) * (control_n + 1) > MOST_TABLES:
        why = f"{(n + 1) * (control_n + 1)} tables are possible, too many to go through for every rate"
        raise MethodError(Problem("the two arms", why, "take the Miettinen-Nurminen interval: the arms are large"))
    two_sided = method == "agresti-min"
    return _Question(yes, n, control_yes, control_n, measure, two_sided, 1 - level if two_sided else (1 - level) / 2)


def _lower(question: _Question) -> float:
    """The smallest contrast that is not excluded; minus infinity where a ratio has none."""
    farthest = FARTHEST[question.measure]
    counts = checked_arms(question.yes, question.n, question.control_yes, question.control_n)
    if question.measure != "risk difference" and bool(unlimited(question.measure, *counts)[0]):
        return -np.inf
    edges = np.linspace(-farthest, farthest, STRETCHES + 1)
    waiting = [edges[start : start + AT_FIRST + 1] for start in range(0, STRETCHES, AT_FIRST)][::-1]
    while waiting:
        edges = waiting.pop()
        kept = _kept(question, edges)
        if not kept.any():
            continue
        first = int(np.argmax(kept))
        low, high = edges[first], edges[first + 1]
        if high - low <= RESOLUTION:
            return float(low)
        if first + 2 < edges.size:
            waiting.append(edges[first + 1 :])
        waiting.append(np.linspace(low, high, PARTS + 1))
    raise AssertionError("the estimate itself is never excluded")


def _kept(question: _Question, edges: Floats) -> Flags:
    """Whether some contrast in each stretch between ``edges`` (k + 1,) may be kept, (k,).

    Tables that are extreme at either end are taken as extreme all along. Those far above the contrast gain
    probability as it rises and those far below as it falls, so each kind is judged at the end that favours it.
    """
    above, below = _extreme(question, edges)
    return np.asarray(
        largest_tail(
            question.measure,
            (question.n, question.control_n),
            (edges[:-1], edges[1:]),
            np.minimum(above[:-1], above[1:]),
            np.maximum(below[:-1], below[1:]) if question.two_sided else None,
            allowed=question.allowed,
        )
        > question.allowed
    )


def _extreme(question: _Question, edges: Floats) -> tuple[Ints, Ints]:
    """From how many treated responders up, and up to how many, a table is as extreme: (edges, control_n + 1) each.

    One for each number of control responders; n + 1 and -1 where no table is.
    """
    yes, control_yes = np.arange(question.n + 1.0), np.arange(question.control_n + 1.0)
    size, control_size = np.asarray(question.n + 0.0), np.asarray(question.control_n + 0.0)
    at = edges[:, None, None]
    every = score_statistic(question.measure, at, yes[:, None], size, control_yes, control_size)
    seen = every[:, question.yes, question.control_yes][:, None, None]
    if question.two_sided:
        seen = np.abs(seen)
    nearly = seen - TIE * (1.0 + np.minimum(np.abs(seen), 1e6))
    is_above = every >= nearly
    above = np.where(is_above.any(axis=1), is_above.argmax(axis=1), question.n + 1)
    is_below = every[:, ::-1] <= -nearly
    below = np.where(is_below.any(axis=1), question.n - is_below.argmax(axis=1), -1)
    return above.astype(np.int64), below.astype(np.int64)
