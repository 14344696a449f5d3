"""What multiple imputation makes of values that were not seen, where its own assumption is true: coverage and bias.

    cd tests && python -m calibration.unseen          # the biases again (bias.csv), some minutes on two cores

Scores and their leaving are those of ``calibration.scores``. The bias is that of the estimate less what the complete
data give, the values nobody saw included: those were drawn by the assumption the imputation makes.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from scipy.special import ndtr, ndtri

from calibration.measured import Experiment, Fate, Fates, fate
from calibration.scores import BETTER, COMPOUND, MEANS, VISITS, left
from equipoise.errors import MethodError
from equipoise.stats.imputation import multiple_imputation
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_binary import impute_yes_no
from equipoise.stats.imputation_binary_rates import imputed_counts, imputed_rates
from equipoise.stats.imputation_fit import fit_scores
from equipoise.stats.imputation_mean import conditional_mean_jackknife
from equipoise.stats.imputation_scores import check_scores

TOPIC = "What was not seen, filled in under the assumption that is true"
BIAS = Path(__file__).parent / "bias.csv"
IMPUTATIONS = 20
RATES = np.array([0.6, 0.5, 0.45])
ALIKE = 0.6  # correlation of the latent responses between visits
RUBIN, JACKKNIFE, PROBIT = "approximate Bayesian, Rubin", "conditional mean, jackknife", "probit, Lott-Reiter"


@dataclass(frozen=True)
class Answer:
    """One estimate with its limits, what the complete data give, and the truth (None where it is not known)."""

    estimate: float
    lower: float
    upper: float
    complete: float
    truth: float | None


Answers = Mapping[tuple[str, str], Answer | None]
"""By (what was estimated, method); None is a refusal."""


def at_random(n: int, rng: np.random.Generator) -> Answers:
    """One arm; who was in more pain leaves likelier."""
    score = MEANS + rng.normal(size=(n, VISITS)) @ np.linalg.cholesky(COMPOUND).T
    seen = left(score, rng)
    what, complete = "mean at visit 4", float(score[:, -1].mean())
    found: dict[tuple[str, str], Answer | None] = {(what, RUBIN): None, (what, JACKKNIFE): None}
    try:
        model = fit_scores(check_scores(np.where(seen, score, np.nan)), structure="compound symmetry")
        for method, answer in (
            (RUBIN, multiple_imputation(model, imputations=IMPUTATIONS, rng=rng)),
            (JACKKNIFE, conditional_mean_jackknife(model)),
        ):
            one = answer.estimates[-1]
            found[what, method] = Answer(one.estimate, one.lower, one.upper, complete, float(MEANS[-1]))
    except MethodError:
        return found
    return found


def jumping(n: int, rng: np.random.Generator) -> Answers:
    """Two arms; the treated who leave go on as the reference does, given what they had been like."""
    arm = np.arange(2 * n) % 2
    score = MEANS - BETTER * arm[:, None] + rng.normal(size=(arm.size, VISITS)) @ np.linalg.cholesky(COMPOUND).T
    seen = left(score, rng)
    score = score + np.where(seen | (arm == 0)[:, None], 0.0, BETTER)
    codes = np.where(seen | (arm == 0)[:, None], Assumption.MISSING_AT_RANDOM, Assumption.JUMP_TO_REFERENCE)
    what = "difference of two arms at visit 4"
    complete = float(score[arm == 1, -1].mean() - score[arm == 0, -1].mean())
    found: dict[tuple[str, str], Answer | None] = {(what, RUBIN): None, (what, JACKKNIFE): None}
    try:
        scores = check_scores(np.where(seen, score, np.nan), arm, assumption=codes, reference=0)
        model = fit_scores(scores, structure="compound symmetry")
        for method, answer in (
            (RUBIN, multiple_imputation(model, imputations=IMPUTATIONS, rng=rng)),
            (JACKKNIFE, conditional_mean_jackknife(model)),
        ):
            one = answer.estimates[-1]
            found[what, method] = Answer(one.estimate, one.lower, one.upper, complete, None)
    except MethodError:
        return found
    return found


def yes_or_no(n: int, rng: np.random.Generator) -> Answers:
    """One arm, three visits; who answered no leaves likelier."""
    latent = ALIKE**0.5 * rng.normal(size=(n, 1)) + (1.0 - ALIKE) ** 0.5 * rng.normal(size=(n, RATES.size))
    yes = latent + ndtri(RATES) > 0.0
    seen = np.ones(yes.shape, dtype=bool)
    for visit in range(1, RATES.size):
        stays = rng.random(n) >= np.where(yes[:, visit - 1], 0.05, 0.25)
        seen[:, visit] = seen[:, visit - 1] & stays
    what, key = "rate at visit 3", ("rate at visit 3", PROBIT)
    complete = float(yes[:, -1].mean())
    try:
        codes = np.where(seen, yes, -1).astype(np.int64)
        drawn = impute_yes_no(codes, np.zeros(n, dtype=np.int64), rng=rng, imputations=IMPUTATIONS)
    except MethodError:
        return {(what, PROBIT): None}
    rate = imputed_rates(imputed_counts(drawn)).proportion
    at = (0, -1)
    limits = float(rate.lower[at]), float(rate.upper[at])
    return {key: Answer(float(rate.estimate[at]), *limits, complete, float(ndtr(ndtri(RATES[-1]))))}


def fates(answers: Callable[[int, np.random.Generator], Answers]) -> Callable[[int, np.random.Generator], Fates]:
    """The fate of each interval."""

    def each(n: int, rng: np.random.Generator) -> Fates:
        found = answers(n, rng).items()
        return {
            key: Fate.REFUSED if one is None or one.truth is None else fate(one.lower, one.upper, one.truth)
            for key, one in found
        }

    return each


SCORES, JUMP, RESPONSES = (
    "scores left at random and filled in",
    "scores of a group that jumps to the reference, filled in",
    "responses left at random and filled in",
)
DRAWN: Mapping[str, tuple[Callable[[int, np.random.Generator], Answers], str, float]] = {
    SCORES: (at_random, "points of 0 to 100", 1.0),
    JUMP: (jumping, "points of 0 to 100", 1.0),
    RESPONSES: (yes_or_no, "percentage points", 100.0),
}
"""What is filled in -> how it is drawn, the unit of its bias, and how many of that unit are 1."""

EXPERIMENTS = (
    Experiment(
        TOPIC,
        SCORES,
        "One arm of the scores with one standard deviation and one correlation, about one case in five gone by visit 4; "
        f"{IMPUTATIONS} imputations.",
        fates(at_random),
        replicates=400,
        sample=6,
    ),
    Experiment(
        TOPIC,
        RESPONSES,
        "Rates .60, .50 and .45, latent correlation .6; one in twenty who said yes leaves before the next visit, one in "
        f"four who said no; {IMPUTATIONS} imputations.",
        fates(yes_or_no),
        replicates=200,
        sample=3,
    ),
)


@dataclass(frozen=True)
class Bias:
    """The mean of estimate less complete data over the data sets answered, and its Monte Carlo standard error."""

    assumed: str
    estimated: str
    method: str
    n: int
    data_sets: int
    bias: float
    standard_error: float


def biases(name: str, n: int, data_sets: int, *, stream: int) -> list[Bias]:
    """The bias of each method over simulated data sets; another ``stream`` draws others."""
    answers = DRAWN[name][0]
    rng = np.random.default_rng([crc32(name.encode()), n, stream])
    off: dict[tuple[str, str], list[float]] = {}
    for _ in range(data_sets):
        for key, one in answers(n, rng).items():
            if one is not None:
                off.setdefault(key, []).append(one.estimate - one.complete)
    return [
        Bias(name, *key, n, len(each), float(np.mean(each)), float(np.std(each, ddof=1) / len(each) ** 0.5))
        for key, each in off.items()
    ]


def kept_biases() -> list[Bias]:
    """The biases of the last measurement."""
    with BIAS.open(encoding="utf-8", newline="") as file:
        next(file)
        return [
            Bias(
                row["assumed"],
                row["estimated"],
                row["method"],
                int(row["n"]),
                int(row["data_sets"]),
                float(row["bias"]),
                float(row["standard_error"]),
            )
            for row in csv.DictReader(file)
        ]


def bias_section() -> str:
    """The section of docs/calibration.md: the bias of what was filled in, beside its Monte Carlo error."""
    lines = [
        "\n## Simulated: bias of what was filled in\n",
        "The estimate less what the complete data give, the values nobody saw included, where they follow the assumption: "
        "mean over data sets (Monte Carlo standard error).\n",
        "| filled in | estimated | method | unit | n = 10 | n = 24 | n = 100 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    found = kept_biases()
    for key in dict.fromkeys((each.assumed, each.estimated, each.method) for each in found):
        _, unit, times = DRAWN[key[0]]
        mine = sorted((each for each in found if (each.assumed, each.estimated, each.method) == key), key=lambda e: e.n)
        cells = [f"{times * each.bias:+.2f} ({times * each.standard_error:.2f})".replace("-", "−") for each in mine]
        lines.append(f"| {key[0]} | {key[1]} | {key[2]} | {unit} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sets = {SCORES: 400, JUMP: 200, RESPONSES: 200}
    measured = [one for name, of in sets.items() for n in (10, 24, 100) for one in biases(name, n, of, stream=0)]
    with BIAS.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# made by calibration.unseen, NumPy {np.__version__}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["assumed", "estimated", "method", "n", "data_sets", "bias", "standard_error"])
        for one in measured:
            told = f"{one.bias:.6f}", f"{one.standard_error:.6f}"
            table.writerow([one.assumed, one.estimated, one.method, one.n, one.data_sets, *told])
