"""Rows of a saved reference output: a CSV beside the R program that made it, its first line naming the versions."""

import csv
from pathlib import Path


def rows(name: str) -> list[dict[str, str]]:
    """The rows of ``<name>.csv`` in this folder, as text."""
    with (Path(__file__).parent / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        versions = next(file)
        assert versions.startswith("# R version")
        return list(csv.DictReader(file))
