"""Scores not seen: jump to reference, its delta grid, and conditional means with the jackknife, in one run.

    python bench/imputation.py

300 cases at five visits, two arms, a baseline covariate, a quarter lost by drop-out. 100 approximate-Bayes imputations
(each with its own bootstrap sample and refit by REML), analysis of covariance at every visit, Rubin's rules; 441 cells
of a delta grid; 300 refits of the jackknife. rbmi runs beside it where R has it (one run); where it has not, the times
its users publish for a like task on a like machine are printed and labelled so. The result is printed and kept in
``bench/results/imputation.md``.
"""

import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is imported

import numpy as np

from equipoise.stats.imputation import MultipleImputation, multiple_imputation
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_delta import delta_grid
from equipoise.stats.imputation_fit import fit_scores
from equipoise.stats.imputation_mean import conditional_mean_bootstrap, conditional_mean_jackknife
from equipoise.stats.imputation_scores import check_scores

RUNS = 7
CASES, VISITS, IMPUTATIONS = 300, 5, 100
RESULT = Path(__file__).parent / "results" / "imputation.md"
PUBLISHED = {"approximate Bayes": 13.2, "jackknife": 44.0, "grid": 780.0}
"""Seconds of rbmi, published on a like machine."""
Trial = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def trial() -> Trial:
    """Scores (NaN where lost), arm, covariate, assumption: a jump to reference of everybody lost."""
    rng = np.random.default_rng(2013)
    arm, baseline = np.arange(CASES) % 2, rng.normal(45, 10, CASES)
    root = np.linalg.cholesky(16 * 0.7 ** np.abs(np.subtract.outer(np.arange(VISITS), np.arange(VISITS))) + 9)
    change = -1.0 * np.arange(1, VISITS + 1) - 0.5 * arm[:, None] * np.arange(1, VISITS + 1)
    score = 0.5 * (baseline - 45)[:, None] + change + rng.normal(size=(CASES, VISITS)) @ root.T
    score[np.arange(VISITS) >= rng.geometric(0.07, CASES)[:, None]] = np.nan
    return score, arm, baseline[:, None], np.where(np.isnan(score), Assumption.JUMP_TO_REFERENCE, 0)


def seconds(task: Callable[[], object]) -> float:
    taken = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        task()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def imputed(data: Trial) -> MultipleImputation:
    score, arm, baseline, assumption = data
    scores = check_scores(score, arm, covariates=baseline, assumption=assumption, reference=0)
    return multiple_imputation(fit_scores(scores), imputations=IMPUTATIONS, rng=np.random.default_rng(7))


def of_rbmi(data: Trial) -> dict[str, float]:
    """Seconds of rbmi's approximate Bayes, jackknife and one cell of the grid; empty where R has it not."""
    if shutil.which("Rscript") is None:
        return {}
    if subprocess.run(["Rscript", "-e", "library(rbmi)"], capture_output=True, check=False).returncode != 0:
        return {}
    score, arm, baseline, _ = data
    with tempfile.TemporaryDirectory() as folder:
        table = np.column_stack([arm, baseline, score])
        np.savetxt(Path(folder, "scores.csv"), table, delimiter=",")
        command = ["Rscript", str(Path(__file__).with_suffix(".R")), folder]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name: float(taken) for name, taken in (line.split(",") for line in said.splitlines())}


def main() -> None:
    data = trial()
    score, arm, baseline, assumption = data
    scores = check_scores(score, arm, covariates=baseline, assumption=assumption, reference=0)
    model, found = fit_scores(scores), imputed(data)
    axis = np.linspace(-10, 10, 21)
    ours = {
        "approximate Bayes": seconds(lambda: imputed(data)),
        "grid": seconds(lambda: delta_grid(imputed(data), visit=4, group=1, delta=axis, delta_reference=axis)),
        "jackknife": seconds(lambda: conditional_mean_jackknife(fit_scores(scores))),
    }
    cells = seconds(lambda: delta_grid(found, visit=4, group=1, delta=axis, delta_reference=axis))
    bootstrap = seconds(lambda: conditional_mean_bootstrap(model, replicates=1000, rng=np.random.default_rng(7)))
    peer = of_rbmi(data)
    source = "rbmi, this run" if peer else "rbmi, published on a like machine"
    peer = peer or PUBLISHED
    task = {
        "approximate Bayes": f"jump to reference, {IMPUTATIONS} imputations, analysed and pooled",
        "grid": "the same and its 21 x 21 delta grid",
        "jackknife": f"conditional mean, {CASES} refits of the jackknife",
    }
    lines = [f"| task | Equipoise, s | {source}, s | ratio |", "| --- | ---: | ---: | ---: |"]
    for name, words in task.items():
        ratio = peer[name] / ours[name]
        lines.append(f"| {words} | {ours[name]:.3f} | {peer[name]:,.1f} | {ratio:,.0f} |")
    lost = np.isnan(score[:, -1]).mean()
    last, jackknifed = found.estimates[-1], conditional_mean_jackknife(model).estimates[-1]
    parts = [
        "# Scores not seen",
        f"Medians of {RUNS} runs after one that is not counted. Python {platform.python_version()}, NumPy "
        f"{np.__version__}, {platform.machine()}. {CASES} cases, {VISITS} visits, {lost:.0%} lost by the last.",
        "\n".join(lines),
        f"The grid's 441 cells alone: {1e3 * cells:.2f} ms. A thousand bootstrap refits with conditional means: "
        f"{bootstrap:.2f} s.",
        f"Difference at the last visit: {last.estimate:.3f}, standard error {last.standard_error:.3f} by Rubin's rules "
        f"and {jackknifed.standard_error:.3f} by the jackknife (estimate {jackknifed.estimate:.3f}).",
    ]
    text = "\n\n".join(parts) + "\n"
    RESULT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
