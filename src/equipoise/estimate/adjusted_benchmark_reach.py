"""The outermost limits of a weighted comparison over whatever became of the unseen."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from equipoise.domain.cohort import Flags, Floats

STEPS = 16
"""Where more are unseen, more and more are turned together: a limit lies farther out near an end, or nowhere."""

Limits = tuple[float | None, float | None]
"""Lower and upper; None without end."""


def outermost_limits(
    ends: tuple[Floats, Floats],
    at_ends: Limits,
    weight: Floats,
    sides: Sequence[Flags],
    limits: Callable[[Floats], Limits | None],
) -> Limits:
    """The limits at the two ends, or those farther out on the way between them.

    A group that is nearly all of one kind has a larger spread a little further in, so a limit can lie beyond that of
    its end. What a case adds to the spread grows with the square of its weight and what it takes from the mean with the
    weight, so the heaviest are turned first; the lightest first, and each side by itself, are gone through as well.

    Parameters
    ----------
    ends : (n,) each: the readings that make the comparison least and greatest
    at_ends : the lower limit at the first, the upper at the second
    weight : (n,) >= 0
    sides : (n,) each: the groups weighted by themselves
    limits : of one reading; None where it has none
    """
    lower, upper = at_ends
    shares = sum(np.where(side, weight / weight[side].sum(), 0.0) for side in sides)
    for reading in _between(ends, np.asarray(shares), sides):
        found = limits(reading)
        if found is None:
            continue
        lower = None if lower is None or found[0] is None else min(lower, found[0])
        upper = None if upper is None or found[1] is None else max(upper, found[1])
    return lower, upper


def _between(ends: tuple[Floats, Floats], share: Floats, sides: Sequence[Flags]) -> Iterator[Floats]:
    """Readings on the way from either end to the other."""
    open_ = ends[0] != ends[1]
    groups = [open_, *(open_ & side for side in sides)] if len(sides) > 1 else [open_]
    for start, other in (ends, ends[::-1]):
        for group in groups:
            lightest = np.flatnonzero(group)[np.argsort(share[group], kind="stable")]
            for order in (lightest[::-1], lightest):
                for count in _counts(order.size):
                    turned = start.copy()
                    turned[order[:count]] = other[order[:count]]
                    yield turned


def _counts(most: int) -> list[int]:
    """How many are turned: each in turn where they are few, else 1, 2, 3, 5 and so on up to all."""
    if most <= STEPS:
        return list(range(1, most + 1))
    return [int(count) for count in np.unique(np.geomspace(1, most, STEPS).round())]
