"""Gauss-Legendre quadrature, panel by panel."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.special import roots_legendre

from equipoise.domain.cohort import Floats


def panels(ends: Sequence[float] | Floats, each: int) -> tuple[Floats, Floats]:
    """Nodes and weights on the panels between neighbouring ends.

    Parameters
    ----------
    ends : (m,) ascending, m >= 2
    each : nodes in a panel, >= 1

    Returns
    -------
    nodes, weights : ((m - 1) * each,), ascending
    """
    nodes, weights = _rule(each)
    at = np.asarray(ends, dtype=np.float64)
    centre, half = (at[1:] + at[:-1]) / 2, np.diff(at) / 2
    return (centre[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


@lru_cache(maxsize=8)
def _rule(each: int) -> tuple[Floats, Floats]:
    """The rule on [-1, 1]."""
    nodes, weights = roots_legendre(each)
    return nodes, weights
