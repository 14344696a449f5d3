"""The bootstrap of a cumulative incidence, 2,000 replicates: Equipoise beside R's boot, in one run.

    python bench/bootstrap.py

R's boot gets two statistics: the least R can do for the number, and cmprsk's ``cuminc``. Draws differ between the
two languages, so the answers agree to the error of 2,000 replicates. The result is printed and kept in
``bench/results/bootstrap.md``.
"""

import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from equipoise.stats.resampling import BootstrapIncidence, bootstrap_incidence

RUNS = 5
REPLICATES = 2000
DAY = 365.0
RESULT = Path(__file__).parent / "results" / "bootstrap.md"
HEAD = """| tool | milliseconds | ratio to ours | mean | standard deviation | 2.5 % | 97.5 % |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |"""


def cases(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole days to an event of cause 1 or 2, or to censoring, a third each."""
    rng = np.random.default_rng(20132)
    return np.ceil(rng.exponential(500.0, n)).astype(np.int64), rng.integers(0, 3, n)


def ours(days: np.ndarray, cause: np.ndarray, replicates: int) -> tuple[float, BootstrapIncidence]:
    taken = []
    for run in range(RUNS + 1):
        rng = np.random.default_rng(run)
        start = time.perf_counter()
        found = bootstrap_incidence(days, cause, of=1, at_days=[DAY], replicates=replicates, rng=rng)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:]), found


def of_r(days: np.ndarray, cause: np.ndarray) -> list[list[str]]:
    if shutil.which("Rscript") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        days.astype(np.float64).tofile(Path(folder, "time.bin"))
        cause.astype(np.int32).tofile(Path(folder, "cause.bin"))
        program = str(Path(__file__).with_suffix(".R"))
        command = ["Rscript", program, folder, str(RUNS), str(REPLICATES), str(DAY)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.split(",") for line in said.splitlines()]


def compare(n: int) -> str:
    days, cause = cases(n)
    seconds, found = ours(days, cause, REPLICATES)
    drawn = found.replicates[:, 0]
    lines = [
        f"### n = {n:,}, {REPLICATES:,} replicates, incidence at day {DAY:.0f}\n\n{HEAD}",
        f"| Equipoise | {1e3 * seconds:,.1f} | 1.0 | {drawn.mean():.4f} | {drawn.std(ddof=1):.4f} "
        f"| {found.lower[0]:.4f} | {found.upper[0]:.4f} |",
    ]
    for name, number, taken, *answers in of_r(days, cause):
        ratio = float(taken) / seconds
        lines.append(f"| R boot {number}, {name} | {1e3 * float(taken):,.0f} | {ratio:,.0f} | {' | '.join(answers)} |")
    return "\n".join(lines)


def by_size() -> str:
    lines = ["### Ours by size\n\n| n | milliseconds |\n| ---: | ---: |"]
    lines += [f"| {n:,} | {1e3 * ours(*cases(n), REPLICATES)[0]:,.1f} |" for n in (24, 100, 1000, 10_000, 100_000)]
    return "\n".join(lines)


def main() -> None:
    parts = [
        "# Bootstrap of a cumulative incidence: time and agreement",
        f"Written by `bench/bootstrap.py`. Median of {RUNS} runs; Python {platform.python_version()}, "
        f"NumPy {np.__version__}, {platform.system()} {platform.machine()}.",
        compare(24),
        compare(1000),
        by_size(),
        "Where cases far outnumber the days of events (here at n = 100,000) the program draws how often each day and "
        "cause comes up, instead of each case.",
    ]
    text = "\n\n".join(parts) + "\n"
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
