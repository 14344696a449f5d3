"""One cohort against another through a whole study, from 10^3 against 10^4 cases to 10^5 against 10^6, 50 covariates.

    python bench/comparison_study.py [largest exponent of the treated]

Each size runs in a process of its own: the study and two Parquet case books (a row of 50 covariates a case, two
assessments) are read, then ``run_study`` answers: overlap weighting and AIPW with balance, overlap, distance from
random allocation and the gate, over the nine cases in ten whose outcome was seen. Wall time of each part, and the peak
memory of the process. Printed and kept in ``bench/results/comparison_study.md``.
"""

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

RESULT = Path(__file__).parent / "results" / "comparison_study.md"
COVARIATES = 50
COMPARATORS = 10
"""For each treated case."""
DAY = date(2026, 6, 30)

HEAD = """\
title = "A synthetic registry beside another, for timing"
question = "What does the injection add to usual surgery?"
written = "before outcomes were seen"
seed = 1

[cases]
path = "treated"
cut = 2026-06-30

[population]
require = [{ column = "baseline.pain_nrs", at_least = 0, look_back_days = 30, unknown = "exclude" }]

[treatment]
procedure = "disc_injection"

[[visit]]
name = "12 months"
month = 12
day = 365
window = [320, 410]

[[estimand]]
name = "pain at a year"
primary = true
visits = ["12 months"]
endpoint = { instrument = "pain_nrs", score = "value" }
strategies = {}

[sensitivity]
strategies = []
missing = ["observed"]

[conduct]
consecutive = "yes"
captured = "all of them; the cases are synthetic"
co_interventions = []
rescue_medication = "not recorded"
harms = "solicited"
self_report_blinded = false
entry_minimum_score = false
"""
COMPARISON = """
[[comparison]]
name = "beside fusion"
allocation = "not randomised"
comparator = { name = "fusion", cases = { path = "fusion", cut = 2026-06-30 }, treatment = { procedure = "fusion" } }
not_recorded = []
methods = ["overlap weighting", "AIPW"]
target = "ATT"
propensity = "logistic"
interval = "robust"
"""
GATE = """
[comparison.gate]
standardized_difference = 0.1
randomisation_share = 0.95
common_support = 0.8
effective_sample_size = 10
largest_weight = 0.2
"""


def study_text() -> str:
    """The protocol: pain before, and numbers of the table of cases."""
    columns = {"pain before": "baseline.pain_nrs"} | {f"x{k:02d}": f"cases.x{k:02d}" for k in range(1, COVARIATES)}
    parts = [HEAD]
    for name, column in columns.items():
        look_back = "look_back_days = 30\n" if column.startswith("baseline") else ""
        parts.append(f'\n[[covariate]]\nname = "{name}"\ncolumn = "{column}"\n{look_back}')
    listed = ", ".join(f'"{name}"' for name in columns)
    return "".join([*parts, COMPARISON, f"covariates = [{listed}]\n", GATE])


def make_case_book(book: Path, procedure: str, n: int, shift: float, rng: np.random.Generator) -> None:
    """``n`` cases with ``shift`` standard deviations in every other covariate, one outcome in ten never seen."""
    book.mkdir(parents=True)
    ids = pl.Series("case_id", np.arange(n)).cast(pl.String).str.zfill(8)
    zero = np.datetime64(date(2020, 1, 1)) + rng.integers(0, 1400, n)
    x = rng.standard_normal((n, COVARIATES - 1))
    x[:, ::2] += shift
    before = rng.integers(3, 11, n)
    columns = {f"x{k + 1:02d}": x[:, k].round(4) for k in range(COVARIATES - 1)}
    cases = {"case_id": ids, "last_contact": zero + 500, **columns}
    pl.DataFrame(cases).write_parquet(book / "cases.parquet")
    pl.DataFrame({"case_id": ids, "procedure": [procedure] * n, "date": zero}).write_parquet(
        book / "procedures.parquet"
    )
    after = np.clip(np.round(before - 1 + x.mean(axis=1) - 3 * shift + rng.normal(0, 2, n)), 0, 10).astype(np.int64)
    seen = rng.random(n) < 0.9
    rows = [
        pl.DataFrame({"case_id": ids, "instrument": "pain_nrs", "value": before, "date": zero, "status": "done"}),
        pl.DataFrame(
            {"case_id": ids, "instrument": "pain_nrs", "value": after, "date": zero + 365, "status": "done"}
        ).filter(pl.Series(seen)),
        pl.DataFrame({"case_id": ids, "instrument": "pain_nrs", "visit": "12 months", "status": "not_done"}).filter(
            pl.Series(~seen)
        ),
    ]
    pl.concat(rows, how="diagonal").write_parquet(book / "assessments.parquet")


def make_study(folder: Path, treated: int) -> None:
    """The protocol and both case books."""
    rng = np.random.default_rng(20134)
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(study_text())
    make_case_book(folder / "treated", "disc_injection", treated, 0.5 / COVARIATES**0.5, rng)
    make_case_book(folder / "fusion", "fusion", COMPARATORS * treated, 0.0, rng)


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def alone(folder: Path) -> None:
    """Read and answer in this process; seconds and GiB printed for the parent to read."""
    from equipoise.read.casebook import read_casebook
    from equipoise.read.comparators import read_comparators
    from equipoise.read.protocol import read_protocol
    from equipoise.study import run_study

    start = time.perf_counter()
    protocol = read_protocol(folder / "study.toml")
    casebook, comparators = read_casebook(protocol), read_comparators(protocol)
    read, after_reading = time.perf_counter(), peak_gib()
    busy_before = time.process_time()
    began: dict[str, float] = {}
    result = run_study(
        protocol, casebook, comparators, progress=lambda stage: began.__setitem__(stage, time.perf_counter())
    )
    done, busy = time.perf_counter(), time.process_time() - busy_before
    contrast = result.contrasts[0]
    shown = [row.estimate is not None and not row.withheld for row in contrast.rows]
    if shown != [True, True] or not all(each.passes for each in contrast.diagnostics):
        raise SystemExit("the comparison was not answered")
    print(read - start, done - read, done - began["comparison"], busy, after_reading, peak_gib())


def measured(folder: Path) -> list[float]:
    run = subprocess.run(
        [sys.executable, __file__, str(folder)], check=True, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    return [float(each) for each in run.stdout.split()]


def main(largest: int) -> None:
    lines = [
        "# One cohort against another: the whole study",
        "",
        f"Written by `bench/comparison_study.py`; Python {platform.python_version()}, NumPy {np.__version__}, Polars "
        f"{pl.__version__}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores. {COVARIATES} covariates, "
        "overlap weighting and AIPW, their diagnostics and gate; one run each, cold, in a process of its own. "
        "Processor time is that of `run_study`, on all cores, and does not count what else the machine does.",
        "",
        "| treated | comparators | reading, s | `run_study`, s | of which the comparison, s | processor, s "
        "| processor, µs a case | peak after reading, GiB | peak, GiB |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for exponent in range(3, largest + 1):
        n = 10**exponent
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "study"
            make = "import sys; from pathlib import Path; from comparison_study import make_study; "
            call = f"make_study(Path({str(folder)!r}), {n})"  # in a process of its own: its memory is not ours
            subprocess.run([sys.executable, "-c", make + call], check=True, cwd=Path(__file__).parent)
            read, study, compared, busy, at_first, peak = measured(folder)
        each = 1e6 * busy / (n * (1 + COMPARATORS))
        lines.append(
            f"| {n:,} | {COMPARATORS * n:,} | {read:.2f} | {study:.2f} | {compared:.2f} | {busy:.2f} | {each:.1f} "
            f"| {at_first:.2f} | {peak:.2f} |"
        )
        print(lines[-1], flush=True)
    load = f"The machine's load average when it ended: {os.getloadavg()[0]:.1f}."
    RESULT.write_text("\n".join([*lines, "", load]) + "\n")


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else "5"
    if given.isdigit():
        main(int(given))
    else:
        alone(Path(given))
