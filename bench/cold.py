"""The main job, cold: ``equipoise review examples/marrow-2013`` as a whole process, seven times; the median counts."""

import compileall
import statistics
import sys
import tempfile
from pathlib import Path

from scale import measure

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Measure and write bench/results/cold.md."""
    compileall.compile_dir(ROOT / "src", quiet=2)  # as an installed package is; else each run compiles it anew
    with tempfile.TemporaryDirectory() as scratch:
        runs = [measure(ROOT / "examples" / "marrow-2013", Path(scratch) / "review") for _ in range(7)]
    wall = [run[0] for run in runs]
    lines = [
        "| runs | wall s, median (least to most) | processor s | peak MiB |",
        "| --- | --- | --- | --- |",
        f"| {len(runs)} | {statistics.median(wall):.2f} ({min(wall):.2f} to {max(wall):.2f}) "
        f"| {statistics.median(run[1] for run in runs):.2f} | {1024 * max(run[2] for run in runs):.0f} |",
    ]
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "cold.md").write_text("\n".join(lines) + "\n")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
