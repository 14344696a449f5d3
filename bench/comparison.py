"""One cohort against another: weights, matching and doubly robust contrasts, beside R where it is present.

    python bench/comparison.py [treated comparators covariates]

Times of the largest size are of one run in a process of its own, with its peak memory; the result is printed and kept
in ``bench/results/comparison.md``. R's glm and MatchIt are timed inside R, by ``comparison.R``; so is survey's svyglm,
which takes the weights as known.
"""

import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from equipoise.stats.adjusted_bootstrap import bootstrap_contrast
from equipoise.stats.adjusted_outcome import OutcomeRegression, augmented_contrast, regression_contrast
from equipoise.stats.adjusted_weighted import entropy_contrast, propensity_contrast
from equipoise.stats.balance import balance, overlap
from equipoise.stats.balance_random import distance_chance, random_allocations
from equipoise.stats.matching import match_nearest
from equipoise.stats.propensity import fit_propensity
from equipoise.stats.weights import propensity_weights
from equipoise.stats.weights_entropy import entropy_balance

SIZES = ((24, 50, 3), (100, 1_000, 10), (10_000, 100_000, 50), (100_000, 1_000_000, 50))
SHUFFLED_AT_MOST = 2_000
RESULT = Path(__file__).parent / "results" / "comparison.md"
PEER = Path(__file__).with_suffix(".R")


def drawn(treated: int, comparators: int, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Treated, covariates and outcome; every other covariate shifts treatment by up to half a standard deviation."""
    rng = np.random.default_rng(20134)
    arm = np.concatenate([np.ones(treated), np.zeros(comparators)])
    x = rng.standard_normal((arm.size, k))
    x[:treated, ::2] += 0.5 / np.sqrt(k)
    outcome = x.mean(axis=1) + 0.3 * arm + rng.standard_normal(arm.size)
    return arm, x, outcome


def steps(arm: np.ndarray, x: np.ndarray, outcome: np.ndarray) -> dict[str, float]:
    """Seconds of each step, in order."""
    taken: dict[str, float] = {}

    def timed(name: str, call: Callable[[], object]) -> object:
        start = time.perf_counter()
        answer = call()
        taken[name] = time.perf_counter() - start
        return answer

    names = [f"x{j}" for j in range(x.shape[1])]
    small = arm.size <= SHUFFLED_AT_MOST
    fit = timed("propensity", lambda: fit_propensity(arm, x, names))
    weights = timed("overlap weights", lambda: propensity_weights(fit, target="overlap"))
    timed("balance and overlap", lambda: (balance(fit.design, weights), overlap(fit.treated, fit.logit)))
    timed("distance from random", lambda: distance_chance(fit.design, weights))
    timed("weighting, stacked sandwich", lambda: propensity_contrast(outcome, fit, target="overlap"))
    linear = OutcomeRegression("linear")
    timed("AIPW, linear", lambda: augmented_contrast(outcome, fit, target="ATT", regression=linear))
    timed(
        "outcome regression",
        lambda: regression_contrast(outcome, fit.treated, fit.design, target="ATT", regression=linear),
    )
    entropy = timed("entropy balancing", lambda: entropy_balance(arm, x, names, target="ATT"))
    timed("its contrast", lambda: entropy_contrast(outcome, entropy))
    timed("matching 1:1", lambda: match_nearest(arm, fit.logit, replace=False, caliper=0.2))
    timed("matching 1:1, replacement", lambda: match_nearest(arm, fit.logit, replace=True, caliper=0.2))
    if small:
        rng = np.random.default_rng(1)
        timed("bootstrap, 999", lambda: bootstrap_contrast(outcome, fit, target="overlap", replicates=999, rng=rng))
        timed("random allocations, 999", lambda: random_allocations(fit.design, weights, draws=999, rng=rng))
    return taken


def alone(size: tuple[int, int, int]) -> None:
    """One size in this process: steps, then peak memory, printed for the parent to read."""
    data = drawn(*size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for name, seconds in steps(*data).items():
        print(f"{name};{seconds}")
    print(f"data, GiB;{before}")
    print(f"peak, GiB;{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}")


def in_process(size: tuple[int, int, int]) -> dict[str, float]:
    command = [sys.executable, __file__, *map(str, size)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    return {name: float(value) for name, value in (line.split(";") for line in run.stdout.splitlines())}


def of_r(size: tuple[int, int, int]) -> dict[str, float]:
    if shutil.which("Rscript") is None:
        return {}
    arm, x, outcome = drawn(*size)
    with tempfile.TemporaryDirectory() as folder:
        np.column_stack([arm, outcome, x]).tofile(Path(folder) / "cases.bin")
        command = ["Rscript", str(PEER), folder, str(arm.size), str(x.shape[1])]
        run = subprocess.run(command, check=False, capture_output=True, text=True)
    return {name: float(taken) for name, taken in (line.split(";") for line in run.stdout.splitlines())}


def table(size: tuple[int, int, int]) -> str:
    ours, peer = in_process(size), of_r(size) if size[0] <= 10_000 else {}
    lines = [
        f"### {size[0]:,} treated, {size[1]:,} comparators, {size[2]} covariates",
        "| step | ours, ms | R, ms |",
        "| --- | ---: | ---: |",
    ]
    for name, value in ours.items():
        if name.endswith("GiB"):
            lines.append(f"| {name} | {value:.2f} | |")
        else:
            lines.append(f"| {name} | {1e3 * value:,.1f} | {f'{1e3 * peer[name]:,.1f}' if name in peer else ''} |")
    whole = ("propensity", "overlap weights", "balance and overlap", "distance from random", "AIPW, linear")
    lines.append(
        f"| propensity, overlap weights, diagnostics and AIPW together | {1e3 * sum(map(ours.get, whole)):,.0f} | |"
    )
    return "\n".join(lines)


def main() -> None:
    parts = [
        "# One cohort against another: time",
        f"Written by `bench/comparison.py`, one run each in a process of its own; Python {platform.python_version()}, "
        f"NumPy {np.__version__}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores. R: glm, MatchIt "
        "(nearest, same score and caliper) and survey's svyglm, which takes the weights as known.",
        *(table(size) for size in SIZES),
    ]
    text = "\n\n".join(parts) + "\n"
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        alone((int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    else:
        main()
