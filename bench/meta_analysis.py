"""Meta-analysis and borrowing: Equipoise beside R's metafor and Python's PyMARE where they are present.

    python bench/meta_analysis.py

The result is printed and kept in ``bench/results/meta_analysis.md``.
"""

import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from equipoise.stats.binomial_normal import pool_odds_ratios
from equipoise.stats.map_prior import map_prior_mean, map_prior_rate
from equipoise.stats.map_prior_fit import fit_mixture
from equipoise.stats.meta_analysis import pool_effects
from equipoise.stats.mixture_prior_size import rate_prior_size
from equipoise.stats.posterior import _predictive

RUNS = 9
STUDIES, METAS = 13, 1000
RESULT = Path(__file__).parent / "results" / "meta_analysis.md"
AS = [23, 12, 19, 9, 39, 6, 9, 10], [107, 44, 51, 39, 139, 20, 78, 35]
RARE = (
    ([0, 1, 2, 0, 5, 1, 1, 1], [116, 44, 208, 130, 151, 98, 174, 74]),
    ([3, 3, 9, 7, 6, 4, 3, 2], [117, 35, 195, 136, 157, 139, 177, 39]),
)


def median_milliseconds(call: Callable[[], object]) -> float:
    call()
    taken = []
    for _ in range(RUNS):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return 1e3 * statistics.median(taken)


def studies() -> tuple[np.ndarray, np.ndarray]:
    """(METAS, STUDIES) effects and standard errors."""
    rng = np.random.default_rng(2013)
    error = rng.uniform(0.1, 0.8, (METAS, STUDIES))
    return rng.normal(-0.5, np.hypot(error, 0.5)), error


def of_metafor(effect: np.ndarray, error: np.ndarray) -> dict[str, float]:
    if not shutil.which("Rscript"):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for name, count in (("one", 1), ("many", METAS)):
            rows = np.column_stack(
                [np.repeat(np.arange(count), STUDIES), effect[:count].ravel(), error[:count].ravel() ** 2]
            )
            header = "meta,effect,variance"
            np.savetxt(Path(folder) / f"{name}.csv", rows, delimiter=",", header=header, comments="")
        program = Path(__file__).with_suffix(".R")
        run = subprocess.run(["Rscript", program, folder, "3"], capture_output=True, text=True, check=False)
    return {line.split(",")[0]: float(line.split(",")[2]) for line in run.stdout.splitlines()}


def of_pymare(effect: np.ndarray, error: np.ndarray) -> dict[str, float]:
    """REML alone: PyMARE has no Hartung-Knapp; each column of its input is a meta-analysis."""
    if find_spec("pymare") is None:
        return {}
    from pymare import Dataset
    from pymare.estimators import VarianceBasedLikelihoodEstimator

    def fit(count: int) -> object:
        data = Dataset(effect[:count].T, error[:count].T ** 2)
        return VarianceBasedLikelihoodEstimator(method="REML").fit_dataset(data).summary()

    return {"one": median_milliseconds(lambda: fit(1)), "many": median_milliseconds(lambda: fit(METAS))}


def pooling_table(effect: np.ndarray, error: np.ndarray) -> str:
    ours = {
        "one": median_milliseconds(lambda: pool_effects(effect[0], error[0])),
        "many": median_milliseconds(lambda: pool_effects(effect, error)),
    }
    peers = {"Equipoise": ours, "R metafor": of_metafor(effect, error), "PyMARE": of_pymare(effect, error)}
    lines = ["### REML with Hartung-Knapp and prediction, 13 studies, milliseconds"]
    lines += [f"| | one | {METAS:,} at once |", "| --- | ---: | ---: |"]
    for peer, taken in peers.items():
        cells = [f"{taken[job]:,.2f}" if job in taken else "not here" for job in ("one", "many")]
        lines.append(f"| {peer} | {' | '.join(cells)} |")
    lines.append(
        "\nEquipoise's time includes the Q-profile limits of the variance, metafor's does not; metafor's includes the "
        "few on which\nits Fisher scoring does not converge within 1,000 steps."
    )
    return "\n".join(lines)


def borrowing_table() -> str:
    error = 88 / np.sqrt([74, 166, 328, 20, 25, 58])
    mean = [-51, -49, -36, -47, -90, -54]

    def rate() -> object:
        _predictive.cache_clear()
        return fit_mixture(map_prior_rate(*AS))

    fitted = fit_mixture(map_prior_rate(*AS)).mixture
    jobs = {
        "MAP prior of a rate, 8 studies, and its mixture": rate,
        "MAP prior of a mean, 6 studies, and its mixture": lambda: fit_mixture(
            map_prior_mean(mean, error, mu_mean=0, mu_sd=88, tau_scale=44)
        ),
        "effective sample size, ELIR": lambda: rate_prior_size(fitted),
        "rare events, 8 studies, conditional": lambda: pool_odds_ratios(*RARE[0], *RARE[1]),
    }
    lines = ["### Borrowing and rare events, milliseconds", "| | Equipoise |", "| --- | ---: |"]
    return "\n".join(lines + [f"| {job} | {median_milliseconds(call):,.1f} |" for job, call in jobs.items()])


def main() -> None:
    effect, error = studies()
    parts = [
        "# Meta-analysis and borrowing: time",
        f"Written by `bench/meta_analysis.py`. Processor time, so that a busy machine does not count: "
        f"median of {RUNS} runs after one to warm up; Python "
        f"{platform.python_version()}, NumPy {np.__version__}, {platform.system()} {platform.machine()}.",
        pooling_table(effect, error),
        borrowing_table(),
    ]
    text = "\n\n".join(parts) + "\n"
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
