"""Measure the coverage of every simulated interval and print it in docs/calibration.md.

    cd tests && python -m calibration.measure                             # all again, a quarter of an hour on two cores
    cd tests && python -m calibration.measure "events between visits"     # these experiments; the others as kept
    cd tests && python -m calibration.measure --page                      # the page, from the counts in measured.csv

An experiment is added by naming its module below. Its draws are seeded by its name and n, so the others keep theirs.
"""

import csv
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, fields
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is imported: the matrices are small

import numpy as np

from calibration import comparisons, durations, responses, scores, unseen
from calibration.measured import Count, Experiment, counted
from calibration.page import PAGE, page

EXPERIMENTS: tuple[Experiment, ...] = (
    *scores.EXPERIMENTS,
    *unseen.EXPERIMENTS,
    *durations.EXPERIMENTS,
    *responses.EXPERIMENTS,
    *comparisons.EXPERIMENTS,
)
MEASURED = Path(__file__).parent / "measured.csv"


def kept() -> list[Count]:
    """The counts of the last measurement, in the order of the page; none before the first."""
    if not MEASURED.exists():
        return []
    with MEASURED.open(encoding="utf-8", newline="") as file:
        next(file)
        return [
            Count(*(row[field.name] if field.type is str else int(row[field.name]) for field in fields(Count)))
            for row in csv.DictReader(file)
        ]


def keep(counts: Iterable[Count]) -> None:
    """Write the counts, one row for each method and n."""
    with MEASURED.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# made by calibration.measure, NumPy {np.__version__}; data sets out of replicates\n")
        table = csv.DictWriter(file, [field.name for field in fields(Count)], lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(count) for count in counts)


def measured(task: tuple[int, int]) -> list[Count]:
    """One experiment at one n, in full."""
    place, n = task
    return counted(EXPERIMENTS[place], n, EXPERIMENTS[place].replicates, stream=0)


def remeasured(names: Iterable[str]) -> list[Count]:
    """All counts, those of the named experiments made again."""
    again = set(names)
    tasks = [(place, n) for place, each in enumerate(EXPERIMENTS) if each.name in again for n in each.sizes]
    with ProcessPoolExecutor() as workers:
        fresh = [count for counts in workers.map(measured, tasks) for count in counts]
    counts = fresh + [count for count in kept() if count.experiment not in again]
    return [count for each in EXPERIMENTS for count in counts if count.experiment == each.name]


if __name__ == "__main__":
    names = [each.name for each in EXPERIMENTS]
    asked = sys.argv[1:] or names
    if asked != ["--page"]:
        unknown = [name for name in asked if name not in names]
        if unknown:
            sys.exit(f"no experiment is called {', '.join(unknown)}; there are: {'; '.join(names)}")
        keep(remeasured(asked))
    PAGE.write_text(page(kept(), EXPERIMENTS), encoding="utf-8")
