"""Coverage of adjusted contrasts: two cohorts that differ in three covariates, a known effect, every way of adjusting."""

from collections.abc import Callable

import numpy as np

from calibration.measured import Experiment, Fate, Fates, fate
from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError
from equipoise.stats.adjusted import AdjustedContrast, weighted_contrast
from equipoise.stats.adjusted_bootstrap import bootstrap_contrast
from equipoise.stats.adjusted_outcome import OutcomeRegression, augmented_contrast, regression_contrast
from equipoise.stats.adjusted_weighted import entropy_contrast, propensity_contrast
from equipoise.stats.matching import match_nearest
from equipoise.stats.propensity import Propensity, fit_propensity
from equipoise.stats.weights import check_weights
from equipoise.stats.weights_entropy import entropy_balance

COMPARATORS = {10: 20, 24: 50, 100: 1_000, 10_000: 100_000}
NAMES = ["age", "smoker", "pain"]
POINTS, RISK = -10.0, 0.15
"""The effect on a score, with SD about 20, and on the chance of responding: the same for everybody, so whoever is asked about."""


def drawn(n: int, rng: np.random.Generator) -> tuple[Flags, Floats, Floats, Floats]:
    """Who was treated, covariates (in SDs; the treated differ by .4, .3 and .2), scores, responses."""
    m = COMPARATORS[n]
    arm = np.arange(n + m) < n
    age, pain = rng.normal(0.4 * arm, 1.0), rng.normal(-0.2 * arm, 1.0)
    smoker = (rng.random(n + m) < np.where(arm, 0.5, 0.35)).astype(float)
    score = 50 + 6 * age + 5 * smoker + 8 * pain + POINTS * arm + rng.normal(0.0, 16.0, n + m)
    chance = 0.35 + 0.06 * np.clip(age, -2, 2) - 0.1 * smoker + RISK * arm
    return arm, np.column_stack([age, smoker, pain]), score, (rng.random(n + m) < chance).astype(float)


def answers(
    arm: Flags, x: Floats, score: Floats, response: Floats
) -> dict[tuple[str, str], Callable[[], AdjustedContrast]]:
    """Each method, as something to call."""

    def fit() -> Propensity:
        return fit_propensity(arm, x, NAMES, penalty="firth" if arm.size < 10_000 else "none")

    def matched() -> AdjustedContrast:
        found = match_nearest(arm, fit().logit, replace=False, caliper=0.2)
        return weighted_contrast(score, check_weights(found.weight, arm, "ATT"), cluster=found.pair)

    linear, logistic = OutcomeRegression("linear"), OutcomeRegression("logistic", penalty="ridge", ridge=1.0)
    mean, risk = "difference of means", "difference of risks"
    return {
        (mean, "ATT weights"): lambda: propensity_contrast(score, fit(), target="ATT"),
        (mean, "ATE weights"): lambda: propensity_contrast(score, fit(), target="ATE"),
        (mean, "overlap weights"): lambda: propensity_contrast(score, fit(), target="overlap"),
        (mean, "entropy balancing, ATT"): lambda: entropy_contrast(score, entropy_balance(arm, x, NAMES, target="ATT")),
        (mean, "outcome regression, ATT"): lambda: regression_contrast(
            score, arm, fit().design, target="ATT", regression=linear
        ),
        (mean, "AIPW, ATT"): lambda: augmented_contrast(score, fit(), target="ATT", regression=linear),
        (mean, "matching 1:1, clusters of pairs"): matched,
        (risk, "overlap weights"): lambda: propensity_contrast(response, fit(), target="overlap"),
        (risk, "AIPW, ATT, logistic with a ridge"): lambda: augmented_contrast(
            response, fit(), target="ATT", regression=logistic
        ),
    }


def fate_of(call: Callable[[], AdjustedContrast], truth: float) -> Fate:
    try:
        found = call().difference
    except MethodError:
        return Fate.REFUSED
    if found.lower is None or found.upper is None:
        return Fate.REFUSED
    return fate(found.lower, found.upper, truth)


def adjusted(n: int, rng: np.random.Generator) -> Fates:
    """Every method on one pair of cohorts."""
    return {
        (what, how): fate_of(call, POINTS if what == "difference of means" else RISK)
        for (what, how), call in answers(*drawn(n, rng)).items()
    }


def resampled(n: int, rng: np.random.Generator) -> Fates:
    """Overlap weights, the score refitted in every resample."""
    arm, x, score, response = drawn(n, rng)

    def call(outcome: Floats) -> AdjustedContrast:
        fit = fit_propensity(arm, x, NAMES, penalty="firth")
        return bootstrap_contrast(outcome, fit, target="overlap", replicates=199, rng=rng)

    return {
        ("difference of means", "overlap weights, bootstrap of 199"): fate_of(lambda: call(score), POINTS),
        ("difference of risks", "overlap weights, bootstrap of 199"): fate_of(lambda: call(response), RISK),
    }


WHO = (
    "n treated against 20, 50 and 1,000 comparators; the cohorts differ by .4 and .2 standard deviations and .15 in a yes or no; "
    "effects of -10 points (SD about 20) and of .15 in risk. The score by Firth's method."
)
EXPERIMENTS = (
    Experiment("Cohort against cohort", "two cohorts, adjusted", WHO, adjusted, replicates=2000, sample=20),
    Experiment("Cohort against cohort", "two cohorts, resampled", WHO, resampled, replicates=500, sample=5),
)
