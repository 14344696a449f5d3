"""Intervals for the contrast of two arms, Gray's test and Firth's regression: Equipoise beside R where it is present.

    python bench/difference.py

R's peers for the exact intervals (exact2x2, ExactCIdiff) are not part of a plain R; those rows are ours alone. The
result is printed and kept in ``bench/results/difference.md``.
"""

import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy

from equipoise.stats.difference import miettinen_nurminen
from equipoise.stats.difference_barnard import exact_test
from equipoise.stats.difference_score import MEASURES
from equipoise.stats.firth import firth_logistic
from equipoise.stats.gray import gray_test
from equipoise.stats.unconditional import unconditional_interval

RUNS = 5
PAIRS = ((8, 12, 3, 12), (17, 24, 9, 24), (33, 50, 10, 51), (55, 100, 40, 100))
RESULT = Path(__file__).parent / "results" / "difference.md"
PEERS = """
suppressMessages({library(cmprsk); library(brglm2)})
folder <- commandArgs(TRUE)[1]; runs <- as.integer(commandArgs(TRUE)[2])
middle <- function(f) median(sapply(seq_len(runs), function(i) system.time(f())["elapsed"]))
cases <- read.csv(file.path(folder, "cases.csv"))
cat("gray,", middle(function() cuminc(cases$days, cases$cause, cases$arm)), "\\n", sep = "")
rows <- read.csv(file.path(folder, "rows.csv"))
cat("firth,", middle(function() glm(response ~ dose + levels, binomial, rows, method = "brglmFit")), "\\n", sep = "")
"""


def median_seconds(call: Callable[[], object]) -> float:
    call()
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def exact_table() -> str:
    lines = ["### Exact unconditional interval, one pair of arms, milliseconds"]
    lines.append(f"| arms | {' | '.join(f'{m}, {k}' for k in ('Chan-Zhang', 'Agresti-Min') for m in MEASURES)} |")
    lines.append("| --- |" + " ---: |" * 6)
    for pair in PAIRS:
        cells = [
            f"{1e3 * median_seconds(lambda p=pair, m=m, k=k: unconditional_interval(*p, measure=m, method=k)):,.0f}"
            for k in ("chan-zhang", "agresti-min")
            for m in MEASURES
        ]
        lines.append(f"| {pair[0]}/{pair[1]} v {pair[2]}/{pair[3]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def score_table() -> str:
    rng = np.random.default_rng(20132)
    n, control_n = rng.integers(1, 200, (2, 10_000))
    yes, control_yes = rng.binomial(n, 0.5), rng.binomial(control_n, 0.4)
    lines = ["### Miettinen-Nurminen, 10,000 pairs at once, milliseconds", "| measure | time |", "| --- | ---: |"]
    for measure in MEASURES:
        taken = median_seconds(lambda m=measure: miettinen_nurminen(yes, n, control_yes, control_n, measure=m))
        lines.append(f"| {measure} | {1e3 * taken:,.0f} |")
    return "\n".join(lines)


def peer_table() -> str:
    rng = np.random.default_rng(20132)
    days, cause, arm = np.ceil(rng.exponential(500.0, 2000)), rng.integers(0, 3, 2000), rng.integers(0, 2, 2000)
    dose, levels = rng.lognormal(4.5, 0.6, 200), rng.integers(1, 4, 200)
    response = (rng.random(200) < 0.5).astype(int)
    covariates = np.column_stack([dose, levels])
    from scipy.stats import boschloo_exact

    table = [[8, 3], [4, 9]]
    peers = of_r(
        {
            "cases": np.column_stack([days, cause, arm]),
            "rows": np.column_stack([response, covariates]),
        },
        {"cases": "days,cause,arm", "rows": "response,dose,levels"},
    )
    rows = [
        (
            "Gray's test, 2,000 cases, 2 arms",
            median_seconds(lambda: gray_test(days, cause, arm, of=1)),
            peers.get("gray"),
            "R cmprsk cuminc (curves too, both causes)",
        ),
        (
            "Firth, 200 cases, 2 covariates, with profile limits and tests",
            median_seconds(lambda: firth_logistic(response, covariates, ["dose", "levels"])),
            peers.get("firth"),
            "R brglm2 (estimates only)",
        ),
        ("Barnard, 8/12 v 3/12", median_seconds(lambda: exact_test(8, 12, 3, 12, test="barnard")), None, ""),
        (
            "Boschloo, 8/12 v 3/12",
            median_seconds(lambda: exact_test(8, 12, 3, 12, test="boschloo")),
            median_seconds(lambda: boschloo_exact(table, n=64)),
            f"SciPy {scipy.__version__} (which ours calls)",
        ),
    ]
    lines = [
        "### Beside peers, milliseconds",
        "| task | ours | peer | ratio | who |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for task, ours, peer, who in rows:
        beside = f"{1e3 * peer:,.1f} | {peer / ours:,.1f}" if peer else "- | -"
        lines.append(f"| {task} | {1e3 * ours:,.1f} | {beside} | {who} |")
    return "\n".join(lines)


def of_r(tables: dict[str, np.ndarray], heads: dict[str, str]) -> dict[str, float]:
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            np.savetxt(Path(folder, f"{name}.csv"), table, delimiter=",", header=heads[name], comments="")
        program = Path(folder, "peers.R")
        program.write_text(PEERS)
        run = subprocess.run(["Rscript", str(program), folder, str(RUNS)], check=False, capture_output=True, text=True)
    return {name: float(taken) for name, taken in (line.split(",") for line in run.stdout.splitlines())}


def main() -> None:
    parts = [
        "# Two arms compared: time",
        f"Written by `bench/difference.py`. Median of {RUNS} runs after one to warm up; Python "
        f"{platform.python_version()}, NumPy {np.__version__}, {platform.system()} {platform.machine()}.",
        exact_table(),
        score_table(),
        peer_table(),
    ]
    text = "\n\n".join(parts) + "\n"
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
