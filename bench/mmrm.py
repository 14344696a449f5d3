"""Scores over time: Equipoise beside R's nlme (and mmrm, where it is installed), in one run.

    python bench/mmrm.py

Unstructured covariance of six visits by REML, two arms, a mean for each arm and visit, a covariate; scores lost
after dropping out. Ours includes the covariance and degrees of freedom of the six differences; nlme has neither, so
its time is the fit alone, and only of 200 cases (2,000 take it minutes). One BLAS thread: the matrices are small, and
a second thread waits for the first on a busy machine. The result is printed and kept in ``bench/results/mmrm.md``.
"""

import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is imported

import numpy as np

from equipoise.stats.mmrm import fit_mmrm
from equipoise.stats.mmrm_inference import Contrasts, Method, contrasts, infer

RUNS = 7
VISITS = 6
RESULT = Path(__file__).parent / "results" / "mmrm.md"
HEAD = """| tool | milliseconds | ratio to ours | last difference | standard error | df |
| --- | ---: | ---: | ---: | ---: | ---: |"""
Scores = dict[str, np.ndarray]


def scores(cases: int, *, intermittent: float = 0.0) -> Scores:
    """Two arms; a tenth lost before each visit after the first, and a share unseen here and there."""
    rng = np.random.default_rng(2013)
    case, visit = np.repeat(np.arange(cases), VISITS), np.tile(np.arange(VISITS), cases)
    arm = case % 2
    baseline = np.repeat(rng.normal(45, 10, cases), VISITS)
    root = np.linalg.cholesky(16 * 0.7 ** np.abs(np.subtract.outer(np.arange(VISITS), np.arange(VISITS))) + 9)
    score = 0.5 * baseline - visit - 0.5 * arm * visit + (rng.normal(size=(cases, VISITS)) @ root.T).ravel()
    last = np.repeat(rng.geometric(0.1, cases), VISITS)
    seen = (visit < last) & ((visit == 0) | (rng.random(case.size) >= intermittent))
    return {
        name: values[seen]
        for name, values in {"score": score, "case": case, "visit": visit, "arm": arm, "baseline": baseline}.items()
    }


def design(data: Scores) -> np.ndarray:
    later = (data["visit"][:, None] == np.arange(1, VISITS)).astype(float)
    arm = data["arm"][:, None].astype(float)
    return np.hstack([np.ones_like(arm), data["baseline"][:, None], later, arm, later * arm])


def differences() -> np.ndarray:
    rows = np.zeros((VISITS, 2 * VISITS + 1))
    rows[:, VISITS + 1] = 1.0
    rows[np.arange(1, VISITS), VISITS + 1 + np.arange(1, VISITS)] = 1.0
    return rows


def ours(data: Scores, method: Method) -> tuple[float, Contrasts]:
    taken = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        fit = fit_mmrm(data["score"], data["case"], data["visit"], design(data))
        found = contrasts(infer(fit, method), differences())
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:]), found


def of_r(data: Scores) -> list[list[str]]:
    if shutil.which("Rscript") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        table = np.column_stack([data[name] for name in ("score", "case", "visit", "arm", "baseline")])
        names = "score,case,visit,arm,baseline"
        np.savetxt(Path(folder, "scores.csv"), table, delimiter=",", header=names, comments="")
        command = ["Rscript", str(Path(__file__).with_suffix(".R")), folder]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.split(",") for line in said.splitlines()]


def compare(cases: int, intermittent: float) -> str:
    data = scores(cases, intermittent=intermittent)
    lost = "drop-out" if intermittent == 0.0 else f"drop-out and {intermittent:.0%} unseen here and there"
    patterns = fit_mmrm(data["score"], data["case"], data["visit"], design(data)).patterns.seen.shape[0]
    lines = [f"### {cases:,} cases, {VISITS} visits, {lost} ({patterns} patterns)\n\n{HEAD}"]
    base = 0.0
    for method in ("kenward-roger", "kenward-roger-linear", "satterthwaite"):
        seconds, found = ours(data, method)
        base = base or seconds
        answer = f"{found.estimate[-1]:.5f} | {found.standard_error[-1]:.5f} | {found.degrees_of_freedom[-1]:.2f}"
        lines.append(f"| Equipoise, {method} | {1e3 * seconds:,.1f} | {seconds / base:.1f} | {answer} |")
    for name, taken, estimate, error, degrees in of_r(data) if cases < 1000 else []:
        ratio = float(taken) / base
        lines.append(f"| {name} | {1e3 * float(taken):,.0f} | {ratio:,.0f} | {estimate} | {error} | {degrees} |")
    return "\n".join(lines)


def main() -> None:
    parts = [
        "# Scores over time",
        f"Medians of {RUNS} runs after one that is not counted (R: one run). Python {platform.python_version()}, "
        f"NumPy {np.__version__}, {platform.machine()}.",
        *(compare(cases, intermittent) for cases in (200, 2000) for intermittent in (0.0, 0.1)),
    ]
    text = "\n\n".join(parts) + "\n"
    RESULT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
