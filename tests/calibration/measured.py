"""How often limits hold the truth, counted over simulated data sets: the shape every experiment has, and its count."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

import numpy as np

LEVEL = 0.95
SIZES = (10, 24, 100)


class Fate(StrEnum):
    """What became of one interval on one data set."""

    HELD = "held"
    TOO_HIGH = "too high"  # the whole interval lies above the truth
    TOO_LOW = "too low"
    REFUSED = "refused"  # the method refused in words, or gave an estimate without limits


Fates = Mapping[tuple[str, str], Fate]
"""By (what was estimated, method)."""


@dataclass(frozen=True)
class Experiment:
    """One kind of data set, and the intervals it is answered with.

    ``topic`` : the heading it stands under on the page; ``name`` : in a few words, also the seed of its draws
    ``drawn`` : what is drawn, in a sentence for the page
    ``each`` : n cases (in each arm, where there are two) and a generator in, the fate of every interval out
    ``replicates`` : data sets behind the printed page; ``sample`` : behind each run of the tests
    ``sizes`` : every n it is done at
    """

    topic: str
    name: str
    drawn: str
    each: Callable[[int, np.random.Generator], Fates]
    replicates: int
    sample: int
    sizes: tuple[int, ...] = SIZES


@dataclass(frozen=True)
class Count:
    """One row of the page: a method at one n. ``too_high``, ``too_low`` and ``refused`` are data sets."""

    experiment: str
    estimated: str
    method: str
    n: int
    replicates: int
    refused: int
    too_high: int
    too_low: int

    @property
    def answered(self) -> int:
        """Data sets on which the method gave limits."""
        return self.replicates - self.refused

    @property
    def held(self) -> int:
        """Data sets whose limits held the truth."""
        return self.answered - self.too_high - self.too_low

    @property
    def coverage(self) -> float:
        """Share of the intervals given that held the truth; a refusal gives none."""
        return self.held / self.answered

    @property
    def standard_error(self) -> float:
        """Of the coverage, from simulating (Monte Carlo)."""
        return (self.coverage * (1.0 - self.coverage) / self.answered) ** 0.5


def fate(lower: float, upper: float, truth: float) -> Fate:
    """Where the truth lies; limits that are not numbers count as a refusal."""
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return Fate.REFUSED
    return Fate.TOO_HIGH if lower > truth else Fate.TOO_LOW if upper < truth else Fate.HELD


def counted(experiment: Experiment, n: int, replicates: int, *, stream: int) -> list[Count]:
    """``replicates`` data sets of ``n`` cases; another ``stream`` draws others."""
    rng = np.random.default_rng([crc32(experiment.name.encode()), n, stream])
    tally: dict[tuple[str, str], Counter[Fate]] = {}
    for _ in range(replicates):
        for key, found in experiment.each(n, rng).items():
            tally.setdefault(key, Counter())[found] += 1
    return [
        Count(experiment.name, *key, n, replicates, fates[Fate.REFUSED], fates[Fate.TOO_HIGH], fates[Fate.TOO_LOW])
        for key, fates in tally.items()
    ]
