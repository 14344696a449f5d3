"""State occupation with its variance: Equipoise beside R's survfit, in one run.

    python bench/state_occupation.py

A diagram of five states with a return (waiting, responding, response lost, other procedure, dead), whole days. Ours
is timed from the raw columns (checks included) to limits on every day; R's ``survfit`` from its data frame, without a
standard error for all sizes and with one for the smallest (it keeps an influence for each case). The table gives
medians, the ratio to ours, the largest difference and the peak memory of our process. It is printed and kept in
``bench/results/state_occupation.md``.
"""

import gc
import platform
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from equipoise.stats.multistate import transition_rows
from equipoise.stats.occupation import StateOccupation, state_occupation

RUNS = 3
SIZES = (10**3, 10**4, 10**5, 10**6)
WITH_STANDARD_ERROR_UP_TO = 10**4
STATES = 5
RESULT = Path(__file__).parent / "results" / "state_occupation.md"

Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]

WHERE_TO = np.array(
    [  # from waiting, responding, response lost, other procedure, dead; 0 is censored
        [0.25, 0.0, 0.55, 0.0, 0.15, 0.05],
        [0.35, 0.0, 0.0, 0.50, 0.10, 0.05],
        [0.35, 0.0, 0.20, 0.0, 0.35, 0.10],
        [0.70, 0.0, 0.0, 0.0, 0.0, 0.30],
    ]
)


def histories(n: int) -> Columns:
    """Rows of n cases followed for at most 1,500 whole days, at most five rows each."""
    rng = np.random.default_rng(20133)
    case, state, day = np.arange(n), np.ones(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    parts = []
    for _ in range(5):
        stop = day + np.ceil(rng.exponential(400.0, case.size)).astype(np.int64)
        drawn = rng.random(case.size)[:, None]
        target = (np.cumsum(WHERE_TO[state - 1], axis=1) <= drawn).sum(axis=1).clip(0, STATES)
        target[stop > 1500] = 0
        stop = np.minimum(stop, 1500)
        parts.append((case, state, target, day, stop))
        goes_on = (target > 0) & (target < STATES) & (stop < 1500)
        case, state, day = case[goes_on], target[goes_on], stop[goes_on]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[3], columns[0]))
    return tuple(column[order] for column in columns)


def ours(columns: Columns) -> StateOccupation:
    return state_occupation(transition_rows(*columns, states=STATES))


def median_seconds(columns: Columns) -> tuple[float, StateOccupation]:
    """Median over RUNS, after one run that is not counted, and the answer."""
    answer, taken = ours(columns), []
    for _ in range(RUNS):
        gc.collect()
        start = time.perf_counter()
        answer = ours(columns)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), answer


def by_r(columns: Columns, days: np.ndarray, with_error: bool) -> tuple[str, float, np.ndarray, np.ndarray]:
    """R's version, median seconds, probabilities and standard errors (m, K) at our days."""
    program = str(Path(__file__).with_suffix(".R"))
    with tempfile.TemporaryDirectory() as folder:
        np.stack(columns).astype(np.float64).tofile(Path(folder, "rows.bin"))
        days.tofile(Path(folder, "days.bin"))
        asked = ["Rscript", program, folder, str(RUNS), str(int(with_error))]
        said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
        version, seconds = said.strip().splitlines()[-1].split(",")
        answer = np.fromfile(Path(folder, "answer.bin")).reshape(2, STATES, -1)
    return version, float(seconds), answer[0].T, answer[1].T


def lines_for(n: int) -> list[str]:
    columns = histories(n)
    own, answer = median_seconds(columns)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    head = f"| {n:,} | {columns[0].size:,}"
    lines = [f"{head} | Equipoise | covariance, limits | {own:,.3f} | 1.0 | | | {peak:,.0f} |"]
    if shutil.which("Rscript") is None:
        return lines
    for with_error in (False, True)[: 2 if n <= WITH_STANDARD_ERROR_UP_TO else 1]:
        version, seconds, probability, error = by_r(columns, answer.at_days, with_error)
        off = f"{np.abs(probability - answer.probability).max():.1e}"
        off_error = f"{np.abs(error - answer.standard_error).max():.1e}" if with_error else ""
        gives = "standard error" if with_error else "nothing"
        lines.append(
            f"{head} | R survival {version} | {gives} | {seconds:,.3f} | {seconds / own:,.1f} | {off} | {off_error} | |"
        )
    return lines


def main() -> None:
    parts = [
        "# State occupation with its variance: time and agreement",
        "",
        f"Written by `bench/state_occupation.py`. Median of {RUNS} runs, after one of ours that is not counted; "
        f"Python {platform.python_version()}, NumPy {np.__version__}. Five states with a return, whole days to 1,500.",
        "",
        "| cases | rows | tool | gives beside the estimate | seconds | ratio to ours | largest difference | "
        "of the standard error | our peak MiB |",
        "| ---: | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for n in SIZES:
        parts += lines_for(n)
    text = "\n".join(parts) + "\n"
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
