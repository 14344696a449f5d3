"""Coverage and bias of adjusted contrasts: two cohorts that differ in three covariates, a known effect, every method.

cd tests && python -m calibration.comparisons      # the biases again (comparison_bias.csv), half an hour on two cores
"""

import csv
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np

from calibration.measured import Experiment, Fate, Fates, fate
from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError
from equipoise.stats.adjusted import AdjustedContrast, Contrast, weighted_contrast
from equipoise.stats.adjusted_bootstrap import bootstrap_contrast
from equipoise.stats.adjusted_bootstrap_models import bootstrap_augmented, bootstrap_entropy, bootstrap_regression
from equipoise.stats.adjusted_outcome import OutcomeRegression, augmented_contrast, regression_contrast
from equipoise.stats.adjusted_weighted import entropy_contrast, propensity_contrast
from equipoise.stats.matching import match_nearest
from equipoise.stats.matching_variance import matched_contrast
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

    @cache
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


def found_by(call: Callable[[], AdjustedContrast]) -> Contrast | None:
    """The difference; None where it was refused, or has no limits."""
    try:
        found = call().difference
    except MethodError:
        return None
    return None if found.lower is None or found.upper is None else found


def truth_of(what: str) -> float:
    """The true difference of means, or of risks."""
    return POINTS if what == "difference of means" else RISK


def fate_of(call: Callable[[], AdjustedContrast], truth: float) -> Fate:
    """What became of the limits of one answer."""
    found = found_by(call)
    if found is None or found.lower is None or found.upper is None:
        return Fate.REFUSED
    return fate(found.lower, found.upper, truth)


def adjusted(n: int, rng: np.random.Generator) -> Fates:
    """Every method on one pair of cohorts."""
    return {(what, how): fate_of(call, truth_of(what)) for (what, how), call in answers(*drawn(n, rng)).items()}


def matched_again(n: int, rng: np.random.Generator) -> Fates:
    """Matching with replacement on the score, one match and two, and the weights of risks that are the most skewed."""
    arm, x, score, response = drawn(n, rng)

    @cache
    def fit() -> Propensity:
        return fit_propensity(arm, x, NAMES, penalty="firth")

    def matched(outcome: Floats, ratio: int) -> AdjustedContrast:
        found = match_nearest(arm, fit().logit, replace=True, ratio=ratio)
        return matched_contrast(outcome, fit(), found, check_weights(found.weight, arm, "ATT"))

    mean, risk = "difference of means", "difference of risks"
    return {
        (mean, "matching 1:1 with replacement"): fate_of(lambda: matched(score, 1), POINTS),
        (mean, "matching 1:2 with replacement"): fate_of(lambda: matched(score, 2), POINTS),
        (risk, "matching 1:1 with replacement"): fate_of(lambda: matched(response, 1), RISK),
        (risk, "matching 1:2 with replacement"): fate_of(lambda: matched(response, 2), RISK),
        (risk, "ATE weights"): fate_of(lambda: propensity_contrast(response, fit(), target="ATE"), RISK),
    }


def resampled(n: int, rng: np.random.Generator) -> Fates:
    """Every method that has bootstrap limits; the score, the weights and the regressions refitted in every resample."""
    arm, x, score, response = drawn(n, rng)
    linear, logistic = OutcomeRegression("linear"), OutcomeRegression("logistic", penalty="ridge", ridge=1.0)

    @cache
    def fit() -> Propensity:
        return fit_propensity(arm, x, NAMES, penalty="firth")

    def augmented(outcome: Floats, form: OutcomeRegression) -> AdjustedContrast:
        return bootstrap_augmented(outcome, fit(), target="ATT", regression=form, replicates=199, rng=rng)

    def weighted(outcome: Floats) -> AdjustedContrast:
        return bootstrap_contrast(outcome, fit(), target="overlap", replicates=199, rng=rng)

    def balanced() -> AdjustedContrast:
        balance = entropy_balance(arm, x, NAMES, target="ATT")
        return bootstrap_entropy(score, balance, replicates=199, rng=rng)

    mean, risk = "difference of means", "difference of risks"
    return {
        (mean, "overlap weights, bootstrap of 199"): fate_of(lambda: weighted(score), POINTS),
        (mean, "entropy balancing, ATT, bootstrap of 199"): fate_of(balanced, POINTS),
        (mean, "outcome regression, ATT, bootstrap of 199"): fate_of(
            lambda: bootstrap_regression(score, fit(), target="ATT", regression=linear, replicates=199, rng=rng), POINTS
        ),
        (mean, "AIPW, ATT, bootstrap of 199"): fate_of(lambda: augmented(score, linear), POINTS),
        (risk, "overlap weights, bootstrap of 199"): fate_of(lambda: weighted(response), RISK),
        (risk, "AIPW, ATT, logistic with a ridge, bootstrap of 199"): fate_of(
            lambda: augmented(response, logistic), RISK
        ),
    }


WHO = (
    "The cohorts differ by .4 and .2 standard deviations and .15 in a yes or no; effects of -10 points (SD about 20) and of "
    ".15 in risk."
)
FEW = f"n treated against 20, 50 and 1,000 comparators. {WHO} The score by Firth's method."
TOPIC, SMALL, LARGE = "Cohort against cohort", "two cohorts, adjusted", "two large cohorts, adjusted"
EXPERIMENTS = (
    Experiment(TOPIC, SMALL, FEW, adjusted, replicates=2000, sample=20),
    Experiment(
        TOPIC,
        LARGE,
        f"10,000 treated against 100,000 comparators. {WHO} The score without a penalty.",
        adjusted,
        replicates=2000,
        sample=2,
        sizes=(10_000,),
    ),
    Experiment(TOPIC, "two cohorts, matched with replacement", FEW, matched_again, replicates=2000, sample=20),
    Experiment(TOPIC, "two cohorts, resampled", FEW, resampled, replicates=500, sample=5),
)


@dataclass(frozen=True)
class Bias:
    """Over the data sets a method answered: the mean of estimate less truth, and what its standard errors are worth.

    ``spread`` : the standard deviation of the estimates; ``claimed`` : the root mean square of their standard errors
    """

    estimated: str
    method: str
    n: int
    data_sets: int
    bias: float
    spread: float
    claimed: float

    @property
    def standard_error(self) -> float:
        """Of the bias, from simulating (Monte Carlo)."""
        return self.spread / self.data_sets**0.5


BIAS = Path(__file__).parent / "comparison_bias.csv"
DATA_SETS = {10: 2000, 24: 2000, 100: 2000, 10_000: 500}


def biases(n: int, data_sets: int, *, stream: int) -> list[Bias]:
    """The bias of every method; another ``stream`` draws others."""
    rng = np.random.default_rng([crc32(b"bias of two cohorts, adjusted"), n, stream])
    off: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(data_sets):
        for (what, how), call in answers(*drawn(n, rng)).items():
            one = found_by(call)
            if one is not None and one.standard_error is not None:
                off.setdefault((what, how), []).append((one.estimate - truth_of(what), one.standard_error))
    return [_bias(key, n, np.array(each)) for key, each in off.items()]


def _bias(key: tuple[str, str], n: int, each: Floats) -> Bias:
    error, claimed = each[:, 0], each[:, 1]
    spread = float(np.std(error, ddof=1))
    return Bias(*key, n, len(each), float(error.mean()), spread, float(np.sqrt(np.mean(claimed**2))))


def kept_biases() -> list[Bias]:
    """The biases of the last measurement."""
    with BIAS.open(encoding="utf-8", newline="") as file:
        next(file)
        kinds = [(field.name, field.type) for field in fields(Bias)]
        return [Bias(*(kind(row[name]) for name, kind in kinds)) for row in csv.DictReader(file)]


def bias_section() -> str:
    """The section of docs/calibration.md: how far the estimates are off, beside what their standard errors claim."""
    found = kept_biases()
    sizes = sorted({each.n for each in found})
    lines = [
        "\n## Simulated: bias of cohort against cohort\n",
        "The estimate less the truth, mean over data sets (Monte Carlo standard error), in points of a score and in percentage "
        "points of risk; after the semicolon the root mean square of the standard errors claimed over the standard deviation "
        "of the estimates. " + ", ".join(f"{DATA_SETS[n]:,} data sets for n = {n:,}" for n in sizes) + ".\n",
        f"| estimated | method | {' | '.join(f'n = {n:,}' for n in sizes)} |",
        f"| --- | --- | {' | '.join('---' for _ in sizes)} |",
    ]
    for what, how in dict.fromkeys((each.estimated, each.method) for each in found):
        mine = {each.n: each for each in found if (each.estimated, each.method) == (what, how)}
        cells = [_cell(mine[n], 1.0 if what == "difference of means" else 100.0) for n in sizes]
        lines.append(f"| {what} | {how} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(one: Bias, times: float) -> str:
    digits = 3 if one.n == max(DATA_SETS) else 2
    off = f"{times * one.bias:+.{digits}f} ({times * one.standard_error:.{digits}f})".replace("-", "−")
    return f"{off}; {one.claimed / one.spread:.2f}"


def _measured(n: int) -> list[Bias]:
    return biases(n, DATA_SETS[n], stream=0)


if __name__ == "__main__":
    with ProcessPoolExecutor() as workers:
        measured = [one for of in workers.map(_measured, DATA_SETS) for one in of]
    with BIAS.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# made by calibration.comparisons, NumPy {np.__version__}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow([field.name for field in fields(Bias)])
        for one in measured:
            *names, bias, spread, claimed = astuple(one)
            table.writerow([*names, f"{bias:.6f}", f"{spread:.6f}", f"{claimed:.6f}"])
