"""The largest probability of extreme tables over every rate of the control arm."""

import numpy as np
from scipy.special import gammaln

from equipoise.domain.cohort import Floats, Ints
from equipoise.stats.difference_score import Measure

PEAKS, POINTS, ZOOMS = 3, 9, 3
NEARLY = 0.95
"""The grid alone misses at most a hundredth of a tail."""
AT_ONCE = 2_000_000
"""Probabilities held in memory at once."""


def largest_tail(
    measure: Measure,
    sizes: tuple[int, int],
    contrasts: tuple[Floats, Floats],
    above: Ints,
    below: Ints | None,
    *,
    allowed: float | None = None,
) -> Floats:
    """The maximum, over the control rate, of P(table far above) + P(table far below), at most 1.

    Parameters
    ----------
    sizes : patients in the treated and in the control arm
    contrasts : (k,) each, low and high; tables far above are judged at ``high``, those far below at ``low``
    above : (k, control_n + 1) treated responders from which a table is far above, by control responders
    below : (k, control_n + 1) treated responders up to which it is far below; None where that side is not asked for
    allowed : what the tails are to be compared with; one that is clearly above or below it is not closed in on

    Returns
    -------
    tail : (k,); the maximum is found on a grid even in the angle arcsin(sqrt(rate)), finer than the standard error
        of a rate, then by closing in on its three highest peaks: within about 2e-7
    """
    count = int(16 + 12 * np.sqrt(sum(sizes)))
    each = max(1, AT_ONCE // (count * (max(sizes) + 1)))
    parts = []
    for start in range(0, above.shape[0], each):
        part = slice(start, start + each)
        limits = contrasts[0][part], contrasts[1][part]
        angle = _angles(measure, limits, count, one_sided=below is None)
        extreme = above[part], None if below is None else below[part]
        tail = _tail(measure, sizes, limits, angle, *extreme)
        largest = tail.max(axis=1)
        close = np.ones(largest.size, dtype=np.bool_)
        if allowed is not None:
            close = (largest > NEARLY * allowed) & (largest <= allowed)
        if close.any():
            limits = limits[0][close], limits[1][close]
            extreme = extreme[0][close], None if extreme[1] is None else extreme[1][close]
            largest[close] = _closed_in(measure, sizes, limits, extreme, angle[close], tail[close])
        parts.append(largest)
    return np.asarray(np.minimum(np.concatenate(parts), 1.0))


def _closed_in(
    measure: Measure,
    sizes: tuple[int, int],
    contrasts: tuple[Floats, Floats],
    extreme: tuple[Ints, Ints | None],
    angle: Floats,
    tail: Floats,
) -> Floats:
    """The maximum of each row's tail, from its values (k, rates) at the angles (k, rates)."""
    padded = np.pad(tail, ((0, 0), (1, 1)), constant_values=-1.0)
    peak = (tail >= padded[:, :-2]) & (tail >= padded[:, 2:])
    chosen = np.argsort(np.where(peak, tail, -1.0), axis=1)[:, -PEAKS:]
    centre = np.take_along_axis(angle, chosen, axis=1)
    largest = tail.max(axis=1)
    gap = np.diff(angle, axis=1)
    reach = np.take_along_axis(np.maximum(np.pad(gap, ((0, 0), (1, 0))), np.pad(gap, ((0, 0), (0, 1)))), chosen, axis=1)
    for _ in range(ZOOMS):
        around = centre[:, :, None] + reach[:, :, None] * np.linspace(-1.0, 1.0, POINTS)
        around = np.clip(around, angle[:, :1, None], angle[:, -1:, None])
        found = _tail(measure, sizes, contrasts, around.reshape(around.shape[0], -1), *extreme)
        found = found.reshape(around.shape)
        best = found.argmax(axis=2)[:, :, None]
        centre = np.take_along_axis(around, best, axis=2)[:, :, 0]
        largest = np.maximum(largest, found.max(axis=(1, 2)))
        reach = reach * 2.0 / (POINTS - 1)
    return np.asarray(largest)


def _angles(measure: Measure, contrasts: tuple[Floats, Floats], count: int, *, one_sided: bool) -> Floats:
    """Control rates possible at the contrasts, as angles arcsin(sqrt(rate)), ascending, (k, rates).

    Even in the angle of either arm: where odds differ much the one rate hardly moves while the other runs from 0 to 1.
    """
    low, high = contrasts
    least, most = np.zeros(high.shape), np.ones(high.shape)
    if measure == "risk difference":
        least, most = np.maximum(0.0, -high), np.minimum(1.0, 1.0 - (high if one_sided else low))
    elif measure == "risk ratio":
        most = np.minimum(1.0, np.exp(-(high if one_sided else low)))
    start, end = np.arcsin(np.sqrt(least)), np.arcsin(np.sqrt(most))
    angle = start[:, None] + (end - start)[:, None] * np.linspace(0.0, 1.0, count)
    if measure != "odds ratio":
        return angle
    of_other = np.arctan(np.exp(-high / 2)[:, None] * np.tan(angle))
    return np.sort(np.concatenate([angle, of_other], axis=1), axis=1)


def _tail(
    measure: Measure,
    sizes: tuple[int, int],
    contrasts: tuple[Floats, Floats],
    angle: Floats,
    above: Ints,
    below: Ints | None,
) -> Floats:
    """P(far above) + P(far below) at each control rate sin(angle)^2, (k, rates)."""
    control_rate = np.sin(angle) ** 2
    control = _binomial(sizes[1], control_rate)
    at_high = _binomial(sizes[0], _treated_rate(measure, control_rate, contrasts[1][:, None]))
    reached = np.zeros((*at_high.shape[:2], sizes[0] + 2))
    np.cumsum(at_high[:, :, ::-1], axis=2, out=reached[:, :, 1:])
    tail = _weighted(control, reached, sizes[0] + 1 - above)
    if below is not None:
        at_low = _binomial(sizes[0], _treated_rate(measure, control_rate, contrasts[0][:, None]))
        np.cumsum(at_low, axis=2, out=reached[:, :, 1:])
        tail += _weighted(control, reached, below + 1)
    return tail


def _weighted(control: Floats, reached: Floats, slot: Ints) -> Floats:
    """The sum over control responders of their probability times ``reached`` at their slot."""
    picked = np.take_along_axis(reached, slot[:, None, :], axis=2)
    return np.asarray(np.einsum("krj,krj->kr", control, picked))


def _treated_rate(measure: Measure, control_rate: Floats, contrast: Floats) -> Floats:
    if measure == "risk difference":
        return np.clip(control_rate + contrast, 0.0, 1.0)
    ratio = np.exp(contrast)
    if measure == "risk ratio":
        return np.clip(control_rate * ratio, 0.0, 1.0)
    return control_rate * ratio / (1.0 - control_rate + control_rate * ratio)


def _binomial(n: int, rate: Floats) -> Floats:
    """P(X = 0), ..., P(X = n) at each rate, in a new last axis."""
    k = np.arange(n + 1.0)
    tiny = np.finfo(np.float64).tiny
    log_yes, log_no = np.log(np.maximum(rate, tiny)), np.log(np.maximum(1.0 - rate, tiny))
    log_choose = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return np.asarray(np.exp(log_choose + log_yes[..., None] * k + log_no[..., None] * (n - k)))
