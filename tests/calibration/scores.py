"""Coverage of the intervals for scores over time: pain of 0 to 100 at four visits, some cases leaving at random.

Who was in more pain at the last visit seen is likelier to leave before the next; about one case in five has left by the
fourth. What is missing depends on what was seen only, as the model takes it.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from calibration.measured import Experiment, Fate, Fates, fate
from equipoise.errors import MethodError
from equipoise.stats.mean import t_interval
from equipoise.stats.mmrm import MmrmFit, fit_mmrm
from equipoise.stats.mmrm_covariance import Structure
from equipoise.stats.mmrm_inference import METHODS, contrasts, infer

TOPIC = "Scores over four visits (MMRM)"
MEANS = np.array([60.0, 50.0, 46.0, 45.0])
BETTER = np.array([0.0, 4.0, 7.0, 8.0])  # by how much less pain the second arm has
VISITS = MEANS.size
FREE = np.outer([15.0, 18.0, 20.0, 22.0], [15.0, 18.0, 20.0, 22.0]) * np.array(
    [[1.0, 0.6, 0.5, 0.4], [0.6, 1.0, 0.7, 0.6], [0.5, 0.7, 1.0, 0.8], [0.4, 0.6, 0.8, 1.0]]
)
COMPOUND = 18.0**2 * (0.6 + 0.4 * np.eye(VISITS))


def left(score: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whether each case (row) was seen at each visit: all at the first, none after leaving."""
    seen = np.ones(score.shape, dtype=bool)
    for visit in range(1, VISITS):
        leaves = expit(-2.6 + 0.04 * (score[:, visit - 1] - MEANS[visit - 1]))
        seen[:, visit] = seen[:, visit - 1] & (rng.random(score.shape[0]) >= leaves)
    return seen


def fitted(n: int, arms: int, sigma: np.ndarray, structure: Structure, rng: np.random.Generator) -> MmrmFit:
    """A mean for each arm and visit, ``n`` cases in each arm."""
    arm = np.arange(n * arms) % arms
    score = MEANS - BETTER * arm[:, None] + rng.normal(size=(arm.size, VISITS)) @ np.linalg.cholesky(sigma).T
    case, visit = np.nonzero(left(score, rng))
    design = (visit + VISITS * arm[case])[:, None] == np.arange(VISITS * arms)
    return fit_mmrm(score[case, visit], case, visit, design.astype(float), structure=structure, visits=VISITS)


def asked_of(arms: int) -> dict[str, tuple[np.ndarray, float]]:
    """What is estimated: the row of coefficients, and its true value."""
    last = np.eye(VISITS * arms)[-1]
    if arms == 2:
        return {"difference of two arms at visit 4": (last - np.eye(VISITS * arms)[VISITS - 1], -BETTER[-1])}
    change = last - np.eye(VISITS)[0]
    return {"mean at visit 4": (last, MEANS[-1]), "change from visit 1 to 4": (change, MEANS[-1] - MEANS[0])}


def repeated(name: str, drawn: str, arms: int, sigma: np.ndarray, structure: Structure) -> Experiment:
    """An experiment whose intervals are those of every method of inference on one fit."""
    asked = asked_of(arms)

    def each(n: int, rng: np.random.Generator) -> Fates:
        found = {(what, method): Fate.REFUSED for what in asked for method in METHODS}
        try:
            fit = fitted(n, arms, sigma, structure, rng)
        except MethodError:
            return found
        for what, method in found:
            row, truth = asked[what]
            try:
                answer = contrasts(infer(fit, method), row)
            except MethodError:
                continue
            found[what, method] = fate(answer.lower[0], answer.upper[0], truth)
        return found

    return Experiment(TOPIC, name, drawn, each, replicates=2000, sample=40)


def mean_of(name: str, drawn: str, draw: Callable[[int, np.random.Generator], np.ndarray], truth: float) -> Experiment:
    """The t interval of one mean."""

    def each(n: int, rng: np.random.Generator) -> Fates:
        score = draw(n, rng)
        lower, upper = t_interval(score.mean(), score.std(ddof=1), n)
        return {("mean", "Student's t"): fate(float(lower), float(upper), truth)}

    return Experiment("The mean of one visit", name, drawn, each, replicates=10000, sample=1000)


RATINGS = np.array([0.30, 0.20, 0.14, 0.10, 0.07, 0.05, 0.04, 0.03, 0.03, 0.02, 0.02])  # of pain 0 to 10

LEAVING = (
    "About one case in five leaves before visit 4, likelier those in more pain when last seen. Standard deviations 15 to 22, "
    "correlations .4 to .8."
)
ALIKE = "The same, but with one standard deviation, 18, and one correlation, .6, and fitted so."
WRONG = "The first scores again, unlike at every visit, fitted as if all were alike."

EXPERIMENTS = (
    mean_of("normal scores", "Normal.", lambda n, rng: rng.normal(45.0, 20.0, n), 45.0),
    mean_of(
        "ratings of 0 to 10, most near 0",
        "Whole ratings of pain, 0 the commonest, mean 2.4.",
        lambda n, rng: rng.choice(11, n, p=RATINGS).astype(float),
        float(RATINGS @ np.arange(11)),
    ),
    repeated("one arm, unstructured", LEAVING, 1, FREE, "unstructured"),
    repeated("two arms, unstructured", LEAVING, 2, FREE, "unstructured"),
    repeated("one arm, compound symmetry", ALIKE, 1, COMPOUND, "compound symmetry"),
    repeated("two arms, compound symmetry", ALIKE, 2, COMPOUND, "compound symmetry"),
    repeated("one arm, compound symmetry though the truth is unstructured", WRONG, 1, FREE, "compound symmetry"),
    repeated("two arms, compound symmetry though the truth is unstructured", WRONG, 2, FREE, "compound symmetry"),
)
