"""The command line as a person meets it: what bad input gets, exit codes, and nothing written half-way."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from equipoise.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / "marrow-2013", tmp_path / "study"))


@pytest.fixture
def dated(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / "disc-series-synthetic", tmp_path / "dated"))


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    def called(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["equipoise", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        return int(stopped.value.code or 0), said.out, said.err

    return called


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} has no {old!r}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def append(file: Path, line: str) -> None:
    file.write_text(file.read_text(encoding="utf-8").rstrip("\n") + "\n" + line + "\n", encoding="utf-8")


def cells(file: Path, **named: str) -> str:
    """A row for ``file`` with these cells and the others blank."""
    header = file.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(named) <= set(header)
    return ",".join(named.get(column, "") for column in header)


def first_id(study: Path) -> str:
    lines = (study / "casebook" / "cases.csv").read_text(encoding="utf-8").splitlines()
    return lines[1].split(",")[lines[0].split(",").index("case_id")]


def merged_workbook(study: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for table in ("cases", "procedures", "assessments"):
        sheet = book.create_sheet(table)
        for line in (study / "casebook" / f"{table}.csv").read_text(encoding="utf-8").splitlines():
            sheet.append(line.split(","))
    book["cases"].merge_cells("A2:A3")
    del book["Sheet"]
    book.save(study / "book.xlsx")
    edit(study / "study.toml", 'path = "casebook"', 'path = "book.xlsx"')


def on(table: str, **named: str) -> Callable[[Path], None]:
    def change(study: Path) -> None:
        file = study / "casebook" / f"{table}.csv"
        filled = {key: value.replace("FIRST", first_id(study)) for key, value in named.items()}
        append(file, cells(file, **filled))

    return change


def in_study(old: str, new: str) -> Callable[[Path], None]:
    return lambda study: edit(study / "study.toml", old, new)


def in_table(table: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda study: edit(study / "casebook" / f"{table}.csv", old, new)


BAD_DATA = {
    "a missing table": (lambda study: (study / "casebook" / "assessments.csv").unlink(), "assessments"),
    "a misspelt table": (
        lambda study: (study / "casebook" / "assessments.csv").rename(study / "casebook" / "assesments.csv"),
        "assess",
    ),
    "a misspelt column": (in_table("assessments", "instrument", "instrumnet"), "instrument"),
    "a misspelt instrument": (
        on("assessments", case_id="FIRST", instrument="releif", value="1", day="700", status="done"),
        "relief",
    ),
    "a value out of range": (
        on("assessments", case_id="FIRST", instrument="relief", value="7", day="700", status="done"),
        "value",
    ),
    "a day that is no day": (on("procedures", case_id="FIRST", procedure="other_procedure", day="soon"), "day"),
    "two index procedures on a day": (
        on("procedures", case_id="FIRST", procedure="marrow_injection", day="0"),
        "procedure",
    ),
    "an assessment before time zero standing for a visit": (
        on("assessments", case_id="FIRST", instrument="relief", value="1", day="-3", visit="24 months", status="done"),
        "visit",
    ),
    "a case that is not in cases": (
        on("procedures", case_id="stranger-77", procedure="other_procedure", day="9"),
        "case_id",
    ),
    "a duplicate case": (on("cases", case_id="FIRST"), "case_id"),
    "an empty case book": (
        lambda study: [
            file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
            for file in (study / "casebook").glob("*.csv")
        ],
        "cases",
    ),
    "a workbook with merged cells": (merged_workbook, "merge"),
    "10 MB of garbage": (
        lambda study: (study / "casebook" / "cases.csv").write_bytes(bytes(range(256)) * 40_000),
        "cases",
    ),
}


@pytest.mark.parametrize("what", BAD_DATA)
@pytest.mark.parametrize("command", ["review", "check"])
def test_bad_data_is_one_clear_error_and_nothing_is_written(what, command, run, study, tmp_path):
    spoil, named = BAD_DATA[what]
    stranger = {first_id(study), "stranger-77"}
    spoil(study)
    code, out, err = run(command, study)
    assert code == 4, err
    assert named in err
    assert out == ""
    assert "Traceback" not in err
    assert not any(re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", err) for each in stranger if len(each) > 2)
    assert not (tmp_path / "review").exists()


BAD_PROTOCOL = {
    "a misspelt strategy": (in_study('"composite by visit"', '"composit by visit"'), "composite by visit"),
    "an undeclared event": (in_study('strategies = { "other procedure"', 'strategies = { "fusion"'), "fusion"),
    "no primary estimand": (in_study("primary = true", "primary = false"), "primary"),
    "overlapping windows": (in_study("window = [304, 426]", "window = [100, 426]"), "window"),
    "a zero-width window": (in_study("window = [304, 426]", "window = [426, 304]"), "window"),
    "a misspelt key": (in_study("margin", "margni"), "margin"),
    "an unknown instrument": (in_study('instrument = "relief"', 'instrument = "releif"'), "relief"),
    "an unknown visit": (in_study('visits = ["4 months"', 'visits = ["5 months"'), "5 months"),
    "no toml": (lambda study: (study / "study.toml").write_text("this is = = not toml"), "study.toml"),
    "10 MB of garbage": (lambda study: (study / "study.toml").write_bytes(bytes(range(256)) * 40_000), "study.toml"),
}


@pytest.mark.parametrize("what", BAD_PROTOCOL)
def test_a_bad_protocol_is_refused_in_words(what, run, study, tmp_path):
    spoil, named = BAD_PROTOCOL[what]
    spoil(study)
    code, out, err = run("review", study)
    assert code == 3, err
    assert named in err
    assert (out, "Traceback" in err) == ("", False)
    assert len(err) < 20_000
    assert not (tmp_path / "review").exists()


def test_every_problem_at_once(run, study):
    edit(study / "study.toml", "primary = true", "primary = false")
    edit(study / "study.toml", "window = [304, 426]", "window = [100, 426]")
    edit(study / "study.toml", 'visits = ["4 months"', 'visits = ["5 months"')
    _, _, err = run("review", study)
    assert all(named in err for named in ("primary", "window", "5 months"))


def test_a_date_after_the_cut_or_that_is_no_date(run, dated):
    file = dated / "casebook" / "procedures.csv"
    for day in ("2999-01-01", "31/12/2021"):
        append(file, cells(file, case_id=first_id(dated), procedure="discectomy", date=day))
    code, _, err = run("check", dated)
    assert code == 4
    assert err.count("date") >= 2
    assert "31/12/2021" not in err


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace(",", ";").encode("latin-1", "replace"),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
    ids=["BOM", "Latin-1 and semicolons", "CRLF"],
)
def test_the_same_cases_in_other_clothes_give_the_same_answer(rewrite, run, study):
    code, plain, err = run("review", study, "--json", "--out", "a")
    assert code == 0, err
    for file in (study / "casebook").glob("*.csv"):
        file.write_bytes(rewrite(file.read_text(encoding="utf-8")))
    code, again, err = run("review", study, "--json", "--out", "b")
    assert code == 0, err
    assert json.loads(again)["estimates"] == json.loads(plain)["estimates"]
    assert json.loads(again)["cut"]["digest"] == json.loads(plain)["cut"]["digest"]


def test_review_answers_with_zero_even_when_the_answer_is_unknown(run, study, tmp_path):
    code, out, err = run("review", study, "--out", "answer")
    assert code == 0, err
    assert "Unknown" in out
    assert "83 %" in out
    assert sorted(each.name for each in (tmp_path / "answer").iterdir()) == ["cases.csv", "report.html", "results.json"]


def test_the_same_study_twice_is_the_same_bytes(run, study, tmp_path):
    for out in ("one", "two"):
        assert run("review", study, "--quiet", "--out", out)[:2] == (0, "")
    for name in ("cases.csv", "report.html", "results.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_usage_output_and_method_have_their_own_codes(run, study, tmp_path):
    assert run("review")[0] == 2
    assert run("reveiw", study)[0] == 2
    (tmp_path / "answer").mkdir()
    (tmp_path / "answer" / "thesis.txt").write_text("mine")
    code, _, err = run("review", study, "--out", "answer")
    assert (code, "thesis.txt" in err) == (6, True)
    edit(study / "study.toml", 'at_least = 0.5, unknown = "keep"', 'at_least = 0.5, unknown = "exclude"')
    code, _, err = run("review", study, "--out", "other")
    assert code == 5
    assert "nobody is left" in err


def test_new_then_check_says_only_that_it_is_empty(run, tmp_path):
    assert run("new", tmp_path / "clinic")[0] == 0
    code, _, err = run("check", tmp_path / "clinic")
    assert code == 4
    assert err.count("\n") <= 4
    assert run("new", tmp_path / "clinic")[0] == 6


def test_schema_is_json(run):
    for words in (("schema",), ("schema", "--results")):
        code, out, _ = run(*words)
        assert code == 0
        assert json.loads(out)["$schema"]


def test_what_is_deferred_still_works_when_somebody_asks(study, tmp_path):
    code = (
        "import sys; sys.argv = ['equipoise', 'review', sys.argv[1], '--quiet', '--out', sys.argv[2]]\n"
        "from equipoise.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "assert 'numpy.f2py.f2py2e' not in sys.modules\n"
        "import numpy; print(numpy.ma.array([1, 2]).sum(), numpy.polynomial.Polynomial([1, 2])(3))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(study), str(tmp_path / "out")], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["3", "7.0"]
