"""Somebody else's wide file through ``[columns]``."""

from pathlib import Path

import polars as pl
import pytest

from casebook_files import TODAY, as_workbook, study
from equipoise.domain.records import Clock
from equipoise.errors import DataError
from equipoise.read.casebook import read_casebook
from equipoise.read.columns import translations

WIDE = [
    ["id", "time", "arm", "pain", "odi", "age", "answer"],
    ["7", "1.0", "1", "7.5", "40", "50", ""],
    ["7", "2", "", "3", "", "50.0", "1"],
    ["8", "1", "2.0", "6", "30", "", ""],
    ["8", "2", "2", "", "", "61", "2"],
    ["9", "1", "", "", "", "", ""],
]
COLUMNS = {
    "case_id": "id",
    "group": {"from": "arm", "values": {"1": "therapy", "2": "placebo"}},
    "day": {"from": "Time", "values": {"1": 0, "2": 30}},
    "cases": {"age_years": "age"},
    "instruments": {"pain_nrs": "pain", "odi": "odi", "relief": {"from": "answer", "values": {"1": 1, "2": 0}}},
}
CHANGES = {"cases": {"path": "wide.csv"}, "treatment": {"index": {"day": 0}}, "intercurrent_event": []}


def wide_study(folder, **columns):
    return study(folder, **CHANGES, columns={**COLUMNS, **columns})


def write(folder, rows=WIDE):
    (folder / "wide.csv").write_text("\n".join(",".join(row) for row in rows))
    return folder / "wide.csv"


def found(folder, rows=WIDE, **columns):
    write(folder, rows)
    with pytest.raises(DataError) as error:
        read_casebook(wide_study(folder, **columns), today=TODAY)
    return [(each.where, each.problem) for each in error.value.problems]


def with_cell(row, column, value):
    rows = [list(cells) for cells in WIDE]
    rows[row - 1][WIDE[0].index(column)] = value
    return rows


def test_a_row_a_case_and_visit_becomes_cases_and_assessments(tmp_path):
    write(tmp_path)
    book = read_casebook(wide_study(tmp_path), today=TODAY)
    assert book.clock is Clock.STUDY_DAY
    assert book.cases.select("case_id", "group", "age_years").rows() == [
        ("7", "therapy", 50.0),
        ("8", "placebo", 61.0),
        ("9", None, None),
    ]
    assert book.assessments.select("case_id", "instrument", "low", "value").rows() == [
        ("7", "odi", 0, 40.0),
        ("7", "pain_nrs", 0, 7.5),
        ("7", "pain_nrs", 30, 3.0),
        ("7", "relief", 30, 1.0),
        ("8", "odi", 0, 30.0),
        ("8", "pain_nrs", 0, 6.0),
        ("8", "relief", 30, 0.0),
    ]
    assert book.cut.source == "wide.csv"


def test_a_workbook_or_parquet_will_do_as_well(tmp_path):
    protocol = wide_study(tmp_path)
    from_text = read_casebook(protocol, write(tmp_path), today=TODAY)
    from_sheet = read_casebook(protocol, as_workbook(tmp_path / "wide.xlsx", {"data": WIDE}), today=TODAY)
    columns = {name: pl.Series([row[k] or None for row in WIDE[1:]]).cast(pl.Float64) for k, name in enumerate(WIDE[0])}
    pl.DataFrame(columns).write_parquet(tmp_path / "wide.parquet")
    from_parquet = read_casebook(protocol, tmp_path / "wide.parquet", today=TODAY)
    assert from_text.cut.digest == from_sheet.cut.digest == from_parquet.cut.digest


def test_codes_are_compared_as_numbers_where_both_are(tmp_path):
    assert translations(["1.0", "01", "2", "x"], {"1": "a", "x": "b"}) == ({"1.0": "a", "01": "a", "x": "b"}, ["2"])
    assert translations(["nan", "1e0"], {"1": 0.5}) == ({"1e0": "0.5"}, ["nan"])


def test_a_code_without_a_meaning(tmp_path):
    assert found(tmp_path, with_cell(3, "time", "3")) == [
        ("wide.csv: column 'time', row 3", "a code without a meaning")
    ]


def test_a_case_that_contradicts_itself(tmp_path):
    assert found(tmp_path, with_cell(3, "age", "51")) == [
        ("wide.csv, as cases: column 'age_years', row 3", "not what an earlier row of the case says")
    ]
    assert found(tmp_path, with_cell(3, "arm", "2")) == [
        ("wide.csv, as cases: column 'group', row 3", "not what an earlier row of the case says")
    ]


def test_a_column_the_file_has_not_names_the_closest(tmp_path):
    write(tmp_path)
    with pytest.raises(DataError) as error:
        read_casebook(wide_study(tmp_path, cases={"age_years": "ages"}), today=TODAY)
    (problem,) = error.value.problems
    assert (problem.where, problem.problem) == (
        "study.toml: [columns] cases.age_years",
        "the file has no column 'ages'",
    )
    assert problem.remedy == "did you mean 'age'?"


def test_a_blank_key_and_a_value_out_of_range(tmp_path):
    rows = with_cell(6, "id", "")
    rows[1][3] = "11"
    assert found(tmp_path, rows) == [
        ("wide.csv: column 'id', row 6", "blank"),
        ("wide.csv, as assessments: column 'value', row 2", "out of the range of 'pain_nrs'"),
    ]


def test_the_same_visit_twice(tmp_path):
    rows = [*WIDE, ["8", "2", "", "", "", "", "2"]]
    assert found(tmp_path, rows) == [("wide.csv, as assessments: rows 5, 7", "the same row more than once")]
    rows = [*WIDE, ["8", "2", "", "", "", "", "1"]]
    assert found(tmp_path, rows) == [
        ("wide.csv, as assessments: column 'value', rows 5, 7", "two different values of one instrument on one day")
    ]


def test_when_must_be_said_once(tmp_path):
    assert found(tmp_path, day=None) == [("study.toml: [columns]", "give exactly one of day, date")]
    assert ("study.toml: [columns]", "give exactly one of day, date") in found(tmp_path, date="time")


def test_dates_may_be_vague_here_too(tmp_path):
    path = write(tmp_path, [["id", "on", "pain"], ["7", "2012-03", "4"]])
    columns = {"case_id": "id", "date": "on", "instruments": {"pain_nrs": "pain"}}
    with pytest.raises(DataError) as error:
        read_casebook(study(tmp_path, **CHANGES, columns=columns), path, today=TODAY)
    # a wide file with dates has no time zero as a study day, and needs a cut: both are said
    assert [each.problem for each in error.value.problems] == [
        "calendar dates need the data cut",
        "a study day, but the case book has dates",
    ]


def test_a_wide_file_holds_no_procedures(tmp_path):
    write(tmp_path)
    protocol = study(tmp_path, columns=COLUMNS, cases={"path": "wide.csv"})
    with pytest.raises(DataError) as error:
        read_casebook(protocol, today=TODAY)
    assert [each.problem for each in error.value.problems] == [
        "one wide file holds no procedures, and time zero is one"
    ]


def test_one_file_without_a_mapping(tmp_path):
    write(tmp_path)
    with pytest.raises(DataError) as error:
        read_casebook(study(tmp_path, cases={"path": "wide.csv"}), today=TODAY)
    assert "[columns]" in error.value.problems[0].remedy


BOULDER = Path(__file__).parents[3] / "shared" / "data" / "boulder" / "boulder_2022.csv"


def test_the_boulder_trial_as_its_paper_prints_it():
    """Ashar et al. (2022), JAMA Psychiatry 79:13-23: randomised, pain 0 or 1 after treatment, mean (SD) pain."""
    assert BOULDER.is_file(), f"the Boulder data (CC0, not copied into this project) are not at {BOULDER}"
    columns = {
        "case_id": "id",
        "group": {"from": "group", "values": {"1": "therapy", "2": "placebo injection", "3": "usual care"}},
        "day": {"from": "time", "values": {"1": 0, "2": 30}},
        "cases": {"age_years": "age", "sex": {"from": "gender", "values": {"1": "male", "2": "female"}}},
        "instruments": {"pain_nrs": "pain_avg"},
    }
    changes = {**CHANGES, "cases": {"path": str(BOULDER), "unknown": ["<undefined>"]}}
    book = read_casebook(study(columns=columns, **changes), BOULDER, today=TODAY)
    randomised = dict(book.cases.drop_nulls("group")["group"].value_counts().rows())
    assert randomised == {"therapy": 50, "placebo injection": 51, "usual care": 50}
    after = book.assessments.filter(pl.col("low") == 30).join(book.cases, on="case_id")
    printed = {
        "therapy": (44, 33, 1.18, 1.24),
        "placebo injection": (44, 10, 2.84, 1.64),
        "usual care": (47, 5, 3.13, 1.45),
    }
    for (group,), rows in after.group_by("group"):
        value = rows["value"]
        read = (value.len(), (value <= 1).sum(), value.mean(), value.std())
        assert read == pytest.approx(printed[group], abs=0.005)
