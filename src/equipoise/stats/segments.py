"""Small kernels over an array sorted by case: one segment a case."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def segment_starts(case: Ints) -> Ints:
    """Where each case begins; ``case`` : (m,) ascending."""
    if case.size == 0:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate([[True], case[1:] != case[:-1]]))


def rank_within(case: Ints) -> Ints:
    """The place of each entry within its case, from 0; ``case`` : (m,) ascending."""
    starts = segment_starts(case)
    sizes = np.diff(np.append(starts, case.size))
    ranks: Ints = np.arange(case.size) - np.repeat(starts, sizes)
    return ranks


def least_of_the_others(case: Ints, value: Ints, *, alone: int) -> Ints:
    """For each entry the least ``value`` among the other entries of its case; ``alone`` where it has none."""
    if case.size == 0:
        return value
    starts = segment_starts(case)
    sizes = np.diff(np.append(starts, case.size))
    least = np.repeat(np.minimum.reduceat(value, starts), sizes)
    is_least = value == least
    only_one = np.repeat(np.add.reduceat(is_least.astype(np.int64), starts), sizes) == 1
    second = np.repeat(np.minimum.reduceat(np.where(is_least, alone, value), starts), sizes)
    others: Ints = np.where(is_least & only_one, second, least)
    return others
