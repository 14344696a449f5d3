"""Aalen-Johansen incidence with variance and limits: Equipoise beside its peers, in one run.

    python bench/aalen_johansen.py

Every tool gets the same cases (two causes and censoring). The table gives the median of RUNS runs, the ratio to
ours, and the largest absolute difference of the incidence from ours over all event times. The peers of Python come
with the extra ``peers``; those of R run where ``Rscript`` has them. The result is printed and kept in
``bench/results/aalen_johansen.md``.
"""

import gc
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

from equipoise.stats.survival import CumulativeIncidence, cumulative_incidence

RUNS = 5
LARGE, SMALL = 10**6, 10**4
RESULT = Path(__file__).parent / "results" / "aalen_johansen.md"

Curve = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Peer:
    """A tool: how it is fitted (timed), how its curve is read (not timed), what it gives beside the estimate."""

    package: str
    gives: str
    fit: Callable[[np.ndarray, np.ndarray], object]
    curve: Callable[[object], Curve]


def cases(n: int, ties: bool) -> Curve:
    """Days to an event of cause 1 or 2, or to censoring, a third each; whole days to 1,500, or fractional ones."""
    rng = np.random.default_rng(20131)
    days = np.minimum(rng.exponential(500.0, n), 1500.0 + rng.uniform(0.0, 1.0, n))
    return (np.ceil(days).astype(np.int64) if ties else days), rng.integers(0, 3, n)


def python_peers() -> list[Peer]:
    from comprisk import CumulativeIncidence as Comprisk
    from lifelines import AalenJohansenFitter
    from polarstate import prepare_event_table
    from sksurv.nonparametric import cumulative_incidence_competing_risks
    from statsmodels.duration.survfunc import CumIncidenceRight

    def polarstate(days: np.ndarray, cause: np.ndarray) -> object:
        return prepare_event_table(pl.DataFrame({"times": days, "reals": cause}))

    def lifelines(days: np.ndarray, cause: np.ndarray) -> object:
        return AalenJohansenFitter(calculate_variance=True, seed=1).fit(days, cause, event_of_interest=1)

    return [
        Peer("statsmodels", "standard error", CumIncidenceRight, lambda fit: (fit.times, fit.cinc[0])),
        Peer(
            "polarstate",
            "nothing",
            polarstate,
            lambda fit: tuple(fit[name].to_numpy() for name in ("times", "state_occupancy_probability_1_at_times")),
        ),
        Peer(
            "comprisk",
            "variance",
            lambda days, cause: Comprisk().fit(days, cause),
            lambda fit: (fit.curves_[(None, 1)].times, fit.curves_[(None, 1)].cif),
        ),
        Peer(
            "lifelines",
            "variance, limits",
            lifelines,
            lambda fit: (fit.cumulative_density_.index.to_numpy(), fit.cumulative_density_.to_numpy()[:, 0]),
        ),
        Peer(
            "scikit-survival",
            "limits",
            lambda days, cause: cumulative_incidence_competing_risks(cause, days, conf_type="log-log"),
            lambda fit: (fit[0], fit[1][1]),
        ),
    ]


R_GIVES = {"cmprsk": "variance", "survival": "standard error, limits", "etm": "covariance"}


def seconds_of(work: Callable[[], object]) -> tuple[float, object]:
    """Median over RUNS, after one run that is not counted, and the answer."""
    answer, taken = work(), []
    for _ in range(RUNS):
        gc.collect()
        start = time.perf_counter()
        answer = work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), answer


def difference(ours: CumulativeIncidence, curve: Curve) -> float:
    """The largest absolute difference over our event times; of steps on one day the last one counts."""
    days, incidence = curve
    at = np.searchsorted(days, ours.at_days, side="right")
    return float(np.abs(np.concatenate([[0.0], incidence])[at] - ours.incidence).max())


def r_rows(names: list[str], days: np.ndarray, cause: np.ndarray) -> list[tuple[str, str, str, float, Curve]]:
    if shutil.which("Rscript") is None:
        return []
    program = str(Path(__file__).with_suffix(".R"))
    with tempfile.TemporaryDirectory() as folder:
        days.astype(np.float64).tofile(Path(folder, "time.bin"))
        cause.astype(np.int32).tofile(Path(folder, "cause.bin"))
        said = subprocess.run(
            ["Rscript", program, folder, str(RUNS), *names], check=True, capture_output=True, text=True
        ).stdout
        rows = []
        for line in said.splitlines():
            name, number, seconds = line.split(",")
            curve = np.fromfile(Path(folder, f"{name}.bin")).reshape(2, -1)
            rows.append((f"R {name}", number, R_GIVES[name], float(seconds), (curve[0], curve[1])))
    return rows


def compare(n: int, ties: bool, python: list[str], r: list[str]) -> str:
    """One table: ours first, the peers by name."""
    days, cause = cases(n, ties)
    own, ours = seconds_of(lambda: cumulative_incidence(days, cause, of=1))
    assert isinstance(ours, CumulativeIncidence)
    rows = [("Equipoise", version("equipoise"), "standard error, limits", own, (ours.at_days, ours.incidence))]
    for peer in python_peers():
        if peer.package in python:
            seconds, fit = seconds_of(lambda peer=peer: peer.fit(days, cause))
            rows.append((peer.package, version(peer.package), peer.gives, seconds, peer.curve(fit)))
    rows += r_rows(r, days, cause)
    kind = "whole days (ties)" if ties else "fractional days (no ties)"
    lines = [
        f"### n = {n:,}, {kind}, {ours.at_days.size:,} event times",
        "",
        "| tool | gives beside the estimate | milliseconds | ratio to ours | largest difference |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {name} {number} | {gives} | {1e3 * seconds:,.1f} | {seconds / own:,.1f} | {difference(ours, curve):.1e} |"
        for name, number, gives, seconds, curve in rows
    ]
    return "\n".join(lines)


def linearity() -> str:
    lines = [
        "### Ours by size",
        "",
        "| n | whole days, ms | ns a case | fractional days, ms | ns a case |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for n in (10**k for k in range(3, 8)):
        taken = []
        for ties in (True, False):
            days, cause = cases(n, ties)
            taken.append(seconds_of(lambda days=days, cause=cause: cumulative_incidence(days, cause, of=1))[0])
        whole, fractional = taken
        lines.append(
            f"| {n:,} | {1e3 * whole:,.2f} | {1e9 * whole / n:,.0f} "
            f"| {1e3 * fractional:,.2f} | {1e9 * fractional / n:,.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    warnings.simplefilter("ignore")
    every_python, every_r = [peer.package for peer in python_peers()], list(R_GIVES)
    quick = ["statsmodels", "polarstate", "comprisk"]
    parts = [
        "# Aalen-Johansen cumulative incidence: time and agreement",
        f"Written by `bench/aalen_johansen.py`. Median of {RUNS} runs, after one of Python's that is not counted; "
        f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} processors. The difference is that of the incidence, over all event times.",
        compare(LARGE, True, [*quick, "scikit-survival"], ["cmprsk", "etm"]),
        "Left out: lifelines moves tied times apart by a random amount before it starts, so that its cost is that of "
        "times without ties (below); R's survival takes most of a minute a run.",
        compare(LARGE, False, quick, ["cmprsk"]),
        "Left out, because their cost or memory grows with the square of the number of event times: lifelines (at each "
        "event time its variance goes back over all earlier ones), scikit-survival (asks for 14.6 TiB), R's survival "
        "(keeps the influence of each case at each time) and R's etm (50 s at n = 100,000). At n = 10,000 all of them:",
        compare(SMALL, True, every_python, every_r),
        compare(SMALL, False, every_python, every_r),
        "Where lifelines differs it is because tied times were moved.",
        linearity(),
    ]
    text = "\n\n".join(parts) + "\n"
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
