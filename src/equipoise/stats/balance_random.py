"""What random allocation would have left: the whole vector of differences judged at once, by shuffling who is who."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.balance import standardiser
from equipoise.stats.propensity_design import Design
from equipoise.stats.weights import Weights

AT_ONCE = 2**20
VALUES_AT_MOST = 2 * 10**7


@dataclass(frozen=True)
class RandomAllocations:
    """This comparison among random ones.

    ``largest`` : the largest absolute standardised difference; ``usual_largest``, ``rare_largest`` : its median and
        95th percentile over random allocations
    ``distance`` : Mahalanobis' distance of the means, squared, over what a random allocation is expected to leave of
        one covariate: about the number of covariates on average
    ``by_largest``, ``by_distance`` : the share of random allocations at least as unbalanced, this one counted
    """

    draws: int
    largest: float
    usual_largest: float
    rare_largest: float
    by_largest: float
    distance: float
    by_distance: float


def random_allocations(design: Design, weights: Weights, *, draws: int, rng: np.random.Generator) -> RandomAllocations:
    """Shuffle who was treated, and with which weight, over the cases, and see how unbalanced that leaves them.

    With all weights 1 this is the randomisation distribution of the raw differences at these numbers. With other
    weights it is that of as many cases so weighted, if treatment and weight had nothing to do with the covariates.

    Parameters
    ----------
    design : the covariates; weights : of the same cases
    draws : allocations, at least 19
    rng : where they come from

    Raises
    ------
    MethodError : too few draws; too many cases to shuffle (``distance_chance`` then answers)

    References
    ----------
    Hansen and Bowers (2008), Stat. Sci. 23:219-236 (distance). Phipson and Smyth (2010), Stat. Appl. Genet. Mol. Biol.
    9:39 (this one counted).
    """
    if draws < 19:
        raise MethodError(Problem("draws", f"{draws} are too few to call a share small", "ask for at least 19"))
    if design.n * design.p > VALUES_AT_MOST:
        remedy = "refer the distance to the chi-squared distribution instead"
        raise MethodError(Problem("random allocations", "too many cases to shuffle", remedy))
    compare = _Compare(design, weights)
    at_once = max(1, AT_ONCE // design.n)
    found = [compare(np.arange(design.n)[None, :])]
    for start in range(0, draws, at_once):
        order = np.tile(np.arange(design.n), (min(at_once, draws - start), 1))
        found.append(compare(rng.permuted(order, axis=1)))
    largest, distance = np.concatenate(found).T
    # Allocations that differ only by rounding are equally unbalanced.
    as_far = [int((each[1:] >= each[0] * (1.0 - 1e-9)).sum()) for each in (largest, distance)]
    usual, rare = np.quantile(largest[1:], [0.5, 0.95]).tolist()
    return RandomAllocations(
        draws=draws,
        largest=float(largest[0]),
        usual_largest=usual,
        rare_largest=rare,
        by_largest=(1 + as_far[0]) / (draws + 1),
        distance=float(distance[0]),
        by_distance=(1 + as_far[1]) / (draws + 1),
    )


def distance_chance(design: Design, weights: Weights) -> tuple[float, float]:
    """The squared distance of the means, and the share of random allocations beyond it, by chi-squared."""
    arm = weights.treated
    apart = np.where(arm, weights.weight, 0.0) / weights.weight[arm].sum()
    apart = apart - np.where(arm, 0.0, weights.weight) / weights.weight[~arm].sum()
    distance = float(_distance(design.sums(apart)[None, 1:], design.correlation, weights)[0])
    return distance, float(chdtrc(design.p - 1, distance))


def _distance(apart: Floats, correlation: Floats, weights: Weights) -> Floats:
    expected = 1.0 / weights.effective_treated + 1.0 / weights.effective_comparator
    return np.asarray((apart * np.linalg.solve(correlation, apart.T).T).sum(axis=1) / expected)


class _Compare:
    """The largest standardised difference and the distance of the means, for each order of the cases."""

    def __init__(self, design: Design, weights: Weights) -> None:
        self.x = design.dense()[:, 1:]
        self.squares = self.x**2
        self.correlation, self.weights = design.correlation, weights
        arm, w = weights.treated, weights.weight
        self.arm, self.target = arm.astype(np.float64), weights.target
        self.signed = np.where(arm, w / w[arm].sum(), -w / w[~arm].sum())

    def __call__(self, order: np.typing.NDArray[np.int64]) -> Floats:
        """(b, 2) for ``order`` (b, n)."""
        apart = self.signed[order] @ self.x
        scale = self._scale(self.arm[order])
        largest = np.abs(apart / scale).max(axis=1)
        return np.column_stack([largest, _distance(apart, self.correlation, self.weights)])

    def _scale(self, arm: Floats) -> Floats:
        total, squares = self.x.sum(axis=0), self.squares.sum(axis=0)
        mine, my_squares = arm @ self.x, arm @ self.squares
        n = self.arm.sum()
        m = self.arm.size - n
        variance = (my_squares - mine**2 / n) / (n - 1.0)
        others = (squares - my_squares - (total - mine) ** 2 / m) / (m - 1.0)
        return standardiser(variance, others, self.target)
