"""Make again what is generated and checked current: ``python tests/generate.py`` (or ``just generate``)."""

import json
from pathlib import Path

from equipoise import read_casebook, read_comparators, read_protocol, run_study
from equipoise.estimate.catalogue import CATALOGUE
from equipoise.read.protocol import protocol_schema
from equipoise.report.results import results_json, results_schema

ROOT = Path(__file__).parents[1]
GENERATED = ROOT / "docs" / "generated"
EXAMPLES = ("marrow-2013", "marrow-2013-together", "disc-series-synthetic")


def schemas() -> dict[Path, str]:
    """The two published JSON Schemas."""
    return {
        GENERATED / "study.schema.json": json.dumps(protocol_schema(), indent=2, ensure_ascii=False) + "\n",
        GENERATED / "results.schema.json": json.dumps(results_schema(), indent=2, ensure_ascii=False) + "\n",
    }


def catalogue() -> dict[Path, str]:
    """The table of every method."""
    rows = [
        f"| {entry.asks} | {entry.name} | `{entry.estimator}` | {entry.source or 'by definition'} "
        f"| {', '.join(f'`{test}`' for test in entry.checked_by)} | [{entry.docs}](../../{entry.docs}) |"
        for entry in CATALOGUE
    ]
    head = [
        "# The catalogue of methods",
        "",
        "Made from `estimate/catalogue.py`: what is asked, what answers it, whose method it is, what checks it.",
        "",
        "| asked | method | function | source | checked by | page |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return {GENERATED / "catalogue.md": "\n".join([*head, *rows]) + "\n"}


def answer(example: str) -> str:
    """What an example must answer, as results.json."""
    protocol = read_protocol(ROOT / "examples" / example)
    return results_json(run_study(protocol, read_casebook(protocol), read_comparators(protocol)))


def expected(example: str) -> Path:
    """Where the answer of an example is kept."""
    return ROOT / "examples" / example / "expected-results.json"


if __name__ == "__main__":
    GENERATED.mkdir(exist_ok=True)
    for file, text in (schemas() | catalogue()).items():
        file.write_text(text, encoding="utf-8")
    for example in EXAMPLES:
        expected(example).write_text(answer(example), encoding="utf-8")
