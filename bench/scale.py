"""The whole review on a synthetic case book, from 10^3 to 10^6 cases with ten assessments each: time and memory.

Run: ``python bench/scale.py [largest exponent]``. Writes bench/results/scale.md and scale.svg.
Each size runs as its own process, cold, the way a person runs it; wall time and peak memory are the
operating system's own figures for that process.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

RESULTS = Path(__file__).parent / "results"
CUT = date(2026, 6, 30)
VISITS = {182: "6 months", 365: "12 months", 730: "24 months"}
ASSESSED_ON = (0, 30, 91, 182, 274, 365, 456, 547, 638, 730)

STUDY = """\
title = "A synthetic registry, for timing"
question = "How many have half the pain a year on?"
written = "before outcomes were seen"
seed = 1

[cases]
path = "cases"
cut = 2026-06-30

[population]
require = [{ column = "baseline.pain_nrs", at_least = 4, look_back_days = 30, unknown = "exclude" }]

[treatment]
procedure = "disc_injection"

[[intercurrent_event]]
name = "other procedure"
procedures = "any other"
[[intercurrent_event]]
name = "death"
column = "cases.death"

[[visit]]
name = "6 months"
month = 6
day = 182
window = [137, 227]
[[visit]]
name = "12 months"
month = 12
day = 365
window = [320, 410]
[[visit]]
name = "24 months"
month = 24
day = 730
window = [685, 775]

[[estimand]]
name = "half the pain"
primary = true
visits = ["6 months", "12 months", "24 months"]
endpoint = { instrument = "pain_nrs", percent_change = { at_least = 50 }, baseline_look_back_days = 30 }
strategies = { "other procedure" = "composite by visit", death = "composite by visit" }

[sensitivity]
strategies = "all"
missing = ["bounds", "observed", "non-responder", "tipping point"]

[conduct]
consecutive = "yes"
captured = "all of them; the cases are synthetic"
co_interventions = []
rescue_medication = "not recorded"
harms = "solicited"
self_report_blinded = false
entry_minimum_score = true
"""


def make_case_book(folder: Path, n: int, seed: int = 7) -> None:
    """A study and a Parquet case book of ``n`` cases and 10 ``n`` assessments, a tenth of them missing."""
    rng = np.random.default_rng(seed)
    book = folder / "cases"
    book.mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY)
    ids = pl.Series("case_id", np.arange(n)).cast(pl.String).str.zfill(8)
    epoch = np.datetime64(date(2020, 1, 1))
    zero = epoch + rng.integers(0, 1600, n)
    followed = zero + rng.integers(100, 900, n)
    cut = np.datetime64(CUT)
    last_contact = np.minimum(followed, cut)
    died = rng.random(n) < 0.01
    pl.DataFrame(
        {
            "case_id": ids,
            "sex": rng.choice(["female", "male"], n),
            "age_years": rng.integers(18, 80, n),
            "last_contact": last_contact,
            "death": pl.Series(np.where(died, last_contact, np.datetime64("NaT"))),
        }
    ).write_parquet(book / "cases.parquet")
    other = rng.random(n) < 0.2
    other_date = zero[other] + rng.integers(1, 700, int(other.sum()))
    seen = other_date <= last_contact[other]
    pl.DataFrame(
        {
            "case_id": pl.concat([ids, ids.filter(pl.Series(other)).filter(pl.Series(seen))]),
            "procedure": ["disc_injection"] * n + ["fusion"] * int(seen.sum()),
            "date": np.concatenate([zero, other_date[seen]]),
        }
    ).write_parquet(book / "procedures.parquet")
    baseline = rng.integers(3, 11, n)
    rows = []
    for day in ASSESSED_ON:
        value = baseline if day == 0 else np.clip(baseline - rng.integers(-1, 7, n), 0, 10)
        when = zero + day + (rng.integers(-20, 21, n) if day else 0)
        done = rng.random(n) < (0.9 if day in VISITS else 1.0)
        rows.append(
            pl.DataFrame(
                {
                    "case_id": ids,
                    "instrument": "pain_nrs",
                    "value": value,
                    "date": when,
                    "visit": VISITS.get(day),
                    "status": np.where(done, "done", "not_done"),
                },
                schema_overrides={"visit": pl.String},
            )
        )
    is_done = pl.col("status") == "done"
    assessments = pl.concat(rows).with_columns(
        value=pl.when(is_done).then("value"),
        date=pl.when(is_done).then("date"),
        visit=pl.when(~is_done).then("visit"),
    )
    assessments.write_parquet(book / "assessments.parquet")
    harmed = rng.random(n) < 0.03
    pl.DataFrame(
        {
            "case_id": ids.filter(pl.Series(harmed)),
            "term": rng.choice(["back pain flare", "haematoma", "infection"], int(harmed.sum())),
            "ctcae_grade": rng.integers(1, 4, int(harmed.sum())),
            "date": np.minimum(zero[harmed] + 10, cut),
        }
    ).write_parquet(book / "adverse_events.parquet")


def measure(study: Path, out: Path) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak GiB of one cold review, its summary printed to nowhere."""
    command = [sys.executable, "-m", "equipoise", "review", str(study), "--out", str(out)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"the review of {study.name} failed")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20


def main(largest: int) -> None:
    """Measure every size, and write the table and the plot."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for exponent in range(3, largest + 1):
            n = 10**exponent
            folder = Path(scratch) / f"n{exponent}"
            make_case_book(folder, n)
            runs = sorted(measure(folder, Path(scratch) / "out") for _ in range(3 if exponent < 6 else 1))
            wall, processor, gib = runs[len(runs) // 2]
            rows.append({"cases": n, "assessments": 10 * n, "wall": wall, "processor": processor, "gib": gib})
            print(rows[-1], flush=True)
    write_results(rows)


def write_results(rows: list[dict[str, float]]) -> None:
    """The table as Markdown and the plot as SVG."""
    import vl_convert

    RESULTS.mkdir(exist_ok=True)
    lines = [
        "| cases | assessments | wall s | processor s | peak GiB | µs a case |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['cases']:,} | {row['assessments']:,} | {row['wall']:.2f} | {row['processor']:.2f} | {row['gib']:.2f} "
        f"| {1e6 * row['wall'] / row['cases']:.1f} |"
        for row in rows
    ]
    (RESULTS / "scale.md").write_text("\n".join(lines) + "\n")
    axis = {"type": "quantitative", "scale": {"type": "log"}}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": "The whole review, cold: wall seconds by cases (ten assessments each)",
        "width": 420,
        "height": 260,
        "data": {"values": rows},
        "mark": {"type": "line", "point": True},
        "encoding": {"x": {"field": "cases", **axis}, "y": {"field": "wall", "title": "wall seconds", **axis}},
    }
    (RESULTS / "scale.svg").write_text(vl_convert.vegalite_to_svg(spec))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6)
