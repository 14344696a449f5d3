"""A comparator from another case book, by the command line: read, compared, reported; or refused in words."""

import csv
import json
import random
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from equipoise import read_casebook, read_comparators, read_protocol, run_study
from equipoise.cli import app
from equipoise.errors import DataError

STUDY = """
title = "A series beside a registry"
question = "Is it better than fusion?"
written = "before outcomes were seen"
seed = 7

[cases]
path = "ours"

[treatment]
procedure = "marrow_injection"

[[visit]]
name = "12 months"
month = 12
day = 365
window = [300, 430]

[[estimand]]
name = "relief"
primary = true
visits = ["12 months"]
endpoint = { instrument = "relief", value = { equals = 1 } }
strategies = {}

[[covariate]]
name = "age"
column = "cases.age_years"

[[comparison]]
name = "beside the fusion registry"
comparator = { name = "fusion registry", cases = { path = "theirs" }, treatment = { procedure = "fusion" } }
allocation = "not randomised"
covariates = ["age"]
not_recorded = ["smoking"]
methods = ["overlap weighting"]
propensity = "firth"
interval = "robust"

[comparison.gate]
standardized_difference = 0.1
randomisation_share = 0.95
common_support = 0.5
effective_sample_size = 10
largest_weight = 0.3

[sensitivity]
strategies = "all"
missing = ["bounds", "observed", "non-responder"]

[conduct]
consecutive = "yes"
captured = "all"
co_interventions = []
rescue_medication = "not recorded"
harms = "not stated"
self_report_blinded = false
entry_minimum_score = false
"""


def write_book(folder: Path, procedure: str, n: int, seed: int) -> None:
    """Cases of 30 to 60 years, every second one better."""
    drawn = random.Random(seed)
    folder.mkdir()
    tables: dict[str, list[list[object]]] = {
        "cases": [["case_id", "age_years"]],
        "procedures": [["case_id", "procedure", "day"]],
        "assessments": [["case_id", "instrument", "day", "status", "value"]],
    }
    for number in range(n):
        tables["cases"].append([f"K{number}", drawn.randint(30, 60)])
        tables["procedures"].append([f"K{number}", procedure, 0])
        tables["assessments"].append([f"K{number}", "relief", 365, "done", number % 2])
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    write_book(tmp_path / "ours", "marrow_injection", 30, 1)
    write_book(tmp_path / "theirs", "fusion", 40, 2)
    return tmp_path


def test_review_reads_the_comparator_and_tells_of_it(study: Path):
    out = study / "out"
    ran = CliRunner().invoke(app, ["review", str(study), "--out", str(out)], catch_exceptions=False)
    assert ran.exit_code == 0
    assert "Compared with fusion registry" in ran.output
    (found,) = json.loads((out / "results.json").read_text(encoding="utf-8"))["contrasts"]
    assert found["comparator"] == "fusion registry"
    assert found["source"] == "theirs"
    assert found["in_both"] is None  # the two case books share no keys, though both say K0
    row = next(each for each in found["rows"] if each["measure"] == "risk difference" and each["missing"] == "observed")
    assert (row["n"], row["comparator_n"]) == (30, 40)
    assert row["lower"] < 0 < row["upper"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Propensity scores of the two cohorts" in page
    assert "smoking" in page


def test_python_says_the_same(study: Path):
    protocol = read_protocol(study)
    comparators = read_comparators(protocol)
    assert list(comparators) == ["beside the fusion registry"]
    (found,) = run_study(protocol, read_casebook(protocol), comparators).contrasts
    assert found.losses[-1].remaining == 30
    assert found.comparator_losses[-1].remaining == 40


def test_every_problem_of_the_comparators_book_names_the_comparison(study: Path):
    (study / "theirs" / "procedures.csv").write_text(
        "case_id,procedure,day\nK0,fusoin,0\nKX,fusion,0\n", encoding="utf-8"
    )
    with pytest.raises(DataError) as caught:
        read_comparators(read_protocol(study))
    assert all(each.where.startswith("comparison 'beside the fusion registry'") for each in caught.value.problems)
    assert CliRunner().invoke(app, ["check", str(study)]).exit_code != 0


def test_a_comparator_that_is_not_there(study: Path):
    (study / "study.toml").write_text(STUDY.replace('path = "theirs"', 'path = "nowhere"'), encoding="utf-8")
    with pytest.raises(DataError, match="beside the fusion registry"):
        read_comparators(read_protocol(study))


def test_where_a_comparators_case_book_is_wrong_the_remedy_is_in_the_comparison(study: Path):
    (study / "study.toml").write_text(STUDY.replace('path = "theirs"', 'path = "nowhere"'), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_comparators(read_protocol(study))
    (told,) = caught.value.problems
    assert told.remedy == "correct the path (in a study file it starts from that file's folder)"
    dated = (study / "theirs" / "procedures.csv").read_text(encoding="utf-8").replace(",day", ",date")
    (study / "theirs" / "procedures.csv").write_text(dated.replace("fusion,0", "fusion,2020-01-01"), encoding="utf-8")
    (study / "theirs" / "assessments.csv").write_text("case_id,instrument,value\n", encoding="utf-8")
    (study / "study.toml").write_text(STUDY, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_comparators(read_protocol(study))
    (told,) = caught.value.problems
    assert told.where == "comparison 'beside the fusion registry': study.toml: cases.cut"
    assert told.remedy.startswith("write cases.cut = ")


@pytest.mark.parametrize("place", ["ours", "a copy"])
def test_the_same_cases_twice_are_no_comparison(study: Path, place: str):
    if place != "ours":
        shutil.copytree(study / "ours", study / place)
    same = STUDY.replace('path = "theirs" }, treatment = { procedure = "fusion" }', f'path = "{place}" }}')
    (study / "study.toml").write_text(same, encoding="utf-8")
    with pytest.raises(DataError, match="its case book is the study's own, and it takes the same cases of it"):
        CliRunner().invoke(app, ["review", str(study), "--out", str(study / "out")], catch_exceptions=False)
    assert not (study / "out").exists()
    with pytest.raises(DataError, match="each would be its own comparator"):
        CliRunner().invoke(app, ["check", str(study)], catch_exceptions=False)


def test_the_studys_own_book_by_another_path_still_shares_its_keys(study: Path):
    """A person in both cohorts is counted once, however the book is named."""
    book = study / "ours" / "procedures.csv"
    lines = book.read_text(encoding="utf-8").splitlines()
    book.write_text("\n".join([*lines, *(f"K{number},fusion,90" for number in range(12))]) + "\n", encoding="utf-8")
    (study / "study.toml").write_text(STUDY.replace('path = "theirs"', 'path = "./ours"'), encoding="utf-8")
    protocol = read_protocol(study)
    (found,) = run_study(protocol, read_casebook(protocol), read_comparators(protocol)).contrasts
    assert found.in_both == 12
    assert not any("do not share their keys" in note for note in found.notes)
