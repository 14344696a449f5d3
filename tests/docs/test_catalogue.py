"""The catalogue names functions, tests and pages that exist, and every result names the methods that answered it."""

import importlib
import re
from pathlib import Path

import pytest

from equipoise import read_casebook, read_protocol, run_study
from equipoise.estimate.catalogue import CATALOGUE
from generate import catalogue

ROOT = Path(__file__).parents[2]


def anchors(page):
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: f"{entry.name}, {entry.asks}")
def test_what_an_entry_names_is_there(entry):
    module, function = entry.estimator.rsplit(".", 1)
    assert callable(getattr(importlib.import_module(f"equipoise.{module}"), function))
    assert entry.checked_by
    assert all((ROOT / test).exists() for test in entry.checked_by), entry.checked_by
    page, _, heading = entry.docs.partition("#")
    assert (ROOT / page).exists(), page
    assert not heading or heading in anchors(ROOT / page), entry.docs


def test_the_marrow_cases_name_their_methods():
    protocol = read_protocol(ROOT / "examples" / "marrow-2013")
    used = [method.name for method in run_study(protocol, read_casebook(protocol)).methods]
    assert used[:2] == ["Estimands", "Clopper–Pearson intervals"]
    assert {"Readings of a vague chart", "No-assumption bounds", "Bounds of being in response"} <= set(used)
    assert not {"Pooling", "Wilson intervals", "Scores over time", "Means"} & set(used)


def test_no_two_entries_answer_the_same_by_the_same_name():
    said = [(entry.name, entry.asks) for entry in CATALOGUE]
    assert len(set(said)) == len(said)


def test_the_printed_table_is_current():
    ((file, text),) = catalogue().items()
    assert file.read_text(encoding="utf-8") == text, "run: just generate"
