import time
from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart
from polars.testing import assert_frame_equal

from casebook_files import (
    GOOD,
    TODAY,
    as_csv,
    as_parquet,
    as_workbook,
    csv_text,
    problems,
    read,
    study,
)
from equipoise.domain.records import FILE_COLUMNS, Clock
from equipoise.errors import DataError
from equipoise.read.casebook import read_casebook


def raised(protocol, source):
    with pytest.raises(DataError) as error:
        read_casebook(protocol, source, today=TODAY)
    return error.value.problems


def day(text):
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def test_the_case_book_as_typed_tables(tmp_path):
    book = read(tmp_path, GOOD)
    assert book.clock is Clock.CALENDAR
    assert book.cases.select("case_id", "age_years", "pain_onset_low", "pain_onset_high", "died").rows() == [
        ("A-1", 45.5, day("2010-01-01"), day("2010-12-31"), False),
        ("A-2", 61.0, None, None, True),
    ]
    assert book.procedures.select("case_id", "procedure", "low", "high", "level").rows() == [
        ("A-1", "marrow_injection", day("2012-03-05"), day("2012-03-05"), "L4/5"),
        ("A-2", "fusion", None, None, "L5/S1"),
        ("A-2", "marrow_injection", day("2012-03-01"), day("2012-03-31"), None),
    ]
    assert book.assessments.rows() == [
        ("A-1", "pain_nrs", 7.1, day("2012-03-01"), day("2012-03-01"), None, "done"),
        ("A-1", "pain_nrs", 4.9, day("2012-07-05"), day("2012-07-05"), "4 months", "done"),
        ("A-1", "relief", None, None, None, "12 months", "not_asked"),
        ("A-2", "odi", 40.0, day("2012-07-01"), day("2012-08-31"), "4 months", "done"),
    ]
    assert book.adverse_events.rows() == [
        ("A-1", "bruise", 1, False, None, day("2012-03-06"), day("2012-03-06"), day("2012-03-09"), day("2012-03-09"))
    ]
    assert (book.imaging.height, book.adverse_events_recorded) == (0, True)
    assert (book.cut.source, book.cut.date) == ("book", date(2014, 12, 31))
    assert book.cut.rows == {"cases": 2, "procedures": 3, "assessments": 4, "imaging": 0, "adverse_events": 1}
    assert book.table("cases").height == 2


def test_every_format_gives_the_same_tables_and_the_same_digest(tmp_path):
    protocol = study(tmp_path)
    sources = [
        as_csv(tmp_path / "plain", GOOD),
        as_csv(tmp_path / "bom", GOOD, encoding="utf-8-sig"),
        as_csv(tmp_path / "utf16", GOOD, encoding="utf-16"),
        as_csv(tmp_path / "semicolon", GOOD, separator=";", line_end="\r\n"),
        as_csv(tmp_path / "tab", GOOD, separator="\t"),
        as_csv(tmp_path / "mac", GOOD, line_end="\r"),
        as_workbook(tmp_path / "book.xlsx", GOOD),
        as_parquet(tmp_path / "parquet", GOOD),
    ]
    first, *others = (read_casebook(protocol, source, today=TODAY) for source in sources)
    for other in others:
        for table in FILE_COLUMNS:
            assert_frame_equal(other.table(table), first.table(table))
        assert other.cut.digest == first.cut.digest


def test_the_path_in_the_study_is_read_from_the_study_folder(tmp_path):
    as_csv(tmp_path / "book", GOOD)
    assert read_casebook(study(tmp_path), today=TODAY).cases.height == 2


def test_the_order_of_rows_and_columns_and_the_spelling_of_headers_do_not_matter(tmp_path):
    turned = {
        name: [
            list(reversed([f"  {cell.upper().replace('_', ' ')} " for cell in header])),
            *(list(reversed(row)) for row in reversed(rows)),
        ]
        for name, (header, *rows) in GOOD.items()
    }
    assert read(tmp_path / "a", turned).cut.digest == read(tmp_path / "b", GOOD).cut.digest


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "Windows-1252"), ("latin-1", "Latin-1")])
def test_another_encoding_is_read_and_noted(tmp_path, encoding, name):
    tables = {
        **GOOD,
        "cases": [[*GOOD["cases"][0], "site"], [*GOOD["cases"][1], "Zürich"], [*GOOD["cases"][2], "Zürich"]],
    }
    folder = as_csv(tmp_path / "book", tables)
    odd = csv_text(tables["cases"]).replace("A-2", "A-2\x81" if encoding == "latin-1" else "A-2")
    (folder / "cases.csv").write_bytes(odd.replace("A-2\x81", "A-2").encode(encoding))
    if encoding == "latin-1":  # byte 0x81 has no letter in Windows-1252
        (folder / "cases.csv").write_bytes(
            csv_text(tables["cases"]).encode(encoding).replace(b"male,61", b"m\x81le,61")
        )
    book = read_casebook(study(tmp_path), folder, today=TODAY)
    assert book.cases["site"].to_list() == ["Zürich", "Zürich"]
    assert book.notes == (f"cases.csv is not UTF-8; it was read as {name}",)


def test_a_decimal_comma_is_one_only_where_the_separator_is_a_semicolon(tmp_path):
    header, first, *rest = GOOD["assessments"]
    with_comma = {**GOOD, "assessments": [header, [first[0], first[1], "7,1", *first[3:]], *rest]}
    protocol = study(tmp_path)
    book = read_casebook(protocol, as_csv(tmp_path / "semicolon", with_comma, separator=";"), today=TODAY)
    assert book.assessments["value"].to_list()[0] == 7.1
    (problem,) = raised(protocol, as_csv(tmp_path / "comma", with_comma))
    assert (problem.where, problem.problem) == ("assessments.csv: column 'value', row 2", "not a number")


def test_quoted_line_breaks_separators_and_blank_lines_keep_spreadsheet_rows(tmp_path):
    folder = as_csv(tmp_path / "book", GOOD)
    text = 'case_id,instrument,value,date,visit,status\nA-1,pain_nrs,"\n3",2012-07-05,,\n\n,,,,,\nA-2,pain_nrs,99,2012-07-05\n\n'
    (folder / "assessments.csv").write_text(text)
    (problem,) = raised(study(tmp_path), folder)
    assert problem.where == "assessments.csv: column 'value', row 5"


def test_a_lone_quotation_mark_inside_a_cell_is_text(tmp_path):
    folder = as_csv(tmp_path / "book", GOOD)
    (folder / "imaging.csv").write_text('case_id,finding,modality\nA-1,5" protrusion,MRI\n\nA-2,"a ""tear""",MRI\n')
    assert read_casebook(study(tmp_path), folder, today=TODAY).imaging["finding"].to_list() == [
        '5" protrusion',
        'a "tear"',
    ]


def test_a_quotation_mark_never_closed(tmp_path):
    folder = as_csv(tmp_path / "book", GOOD)
    (folder / "imaging.csv").write_text('case_id,finding\nA-1,"torn\nA-2,torn\n')
    (problem,) = raised(study(tmp_path), folder)
    assert (problem.where, problem.problem) == ("imaging.csv", "a quotation mark is opened and never closed")


def test_a_row_with_more_cells_than_the_header(tmp_path):
    folder = as_csv(tmp_path / "book", GOOD)
    (folder / "imaging.csv").write_text("case_id,finding\nA-1,torn,\nA-1,frayed, at L4\nA-2,whole\n")
    (problem,) = raised(study(tmp_path), folder)
    assert (problem.where, problem.problem) == ("imaging.csv: row 3", "more cells than the header has columns")


def test_a_huge_malformed_file_is_not_read_patiently(tmp_path, monkeypatch):
    monkeypatch.setattr("equipoise.read.delimited.PATIENT_BYTES", 10)
    folder = as_csv(tmp_path / "book", GOOD)
    (folder / "imaging.csv").write_text('case_id,finding\nA-1,5" protrusion\n')
    (problem,) = raised(study(tmp_path), folder)
    assert problem.problem == "a row has more cells than the header, or a lone quotation mark"


def test_texts_that_mean_not_recorded_are_blank(tmp_path):
    tables = {
        **GOOD,
        "cases": [GOOD["cases"][0], ["A-1", "<undefined>", "?", "?", "?"], ["A-2", "male", "61", "", "yes"]],
    }
    book = read(tmp_path, tables, cases={"path": "book", "cut": date(2014, 12, 31), "unknown": ["<undefined>", "?"]})
    assert book.cases.select("sex", "age_years", "pain_onset_low", "died").row(0) == (None, None, None, False)


def test_further_columns_of_cases_are_kept_numbers_as_numbers(tmp_path):
    header, *rows = GOOD["cases"]
    tables = {
        **GOOD,
        "cases": [[*header, "BMI", "Smoker", "late"], [*rows[0], "27.5", "yes", ""], [*rows[1], "", "3", ""]],
    }
    cases = read(tmp_path, tables).cases
    assert cases.select("BMI", "Smoker", "late").rows() == [(27.5, "yes", None), (None, "3", None)]
    assert cases.schema["BMI"] == pl.Float64


def test_further_columns_of_other_tables_are_no_problem(tmp_path):
    header, *rows = GOOD["procedures"]
    tables = {**GOOD, "procedures": [[*header, "surgeon"], *([*row, "x"] for row in rows)]}
    assert "surgeon" not in read(tmp_path, tables).procedures.columns


def test_study_days_and_day_end(tmp_path):
    tables = {
        "cases": [["case_id", "last_contact", "withdrawal"], ["1", "0/913", "400"]],
        "procedures": [["case_id", "procedure", "day"], ["1", "marrow_injection", "0"]],
        "assessments": [
            ["case_id", "instrument", "value", "day"],
            ["1", "relief", "Yes", "100"],
            ["1", "relief", "no", "-3"],
        ],
        "adverse_events": [["case_id", "term", "day", "day_end"], ["1", "bruise", "1", "3"]],
    }
    book = read(tmp_path, tables, cases={"path": "book"})
    assert book.clock is Clock.STUDY_DAY
    assert book.cases.select("last_contact_low", "last_contact_high", "withdrawal_low", "withdrawn").row(0) == (
        0,
        913,
        400,
        True,
    )
    assert book.assessments.select("value", "low", "status").rows() == [(0.0, -3, "done"), (1.0, 100, "done")]
    assert book.adverse_events.select("low", "end_high").row(0) == (1, 3)


def test_no_table_of_adverse_events_is_not_none_seen(tmp_path):
    without = {name: rows for name, rows in GOOD.items() if name != "adverse_events"}
    book = read(tmp_path / "a", without)
    assert (book.adverse_events_recorded, book.adverse_events.height, book.notes) == (False, 0, ())
    empty = read(tmp_path / "b", {**without, "adverse_events": [GOOD["adverse_events"][0]]})
    assert (empty.adverse_events_recorded, empty.adverse_events.height) == (True, 0)
    assert empty.notes == ("the table adverse_events has no rows: read as harms recorded, and none seen",)
    assert empty.cut.digest != book.cut.digest


# --- workbooks -----------------------------------------------------------------------------------------------------


def workbook(tmp_path, edit):
    path = as_workbook(tmp_path / "book.xlsx", GOOD)
    book = load_workbook(path)
    edit(book)
    book.save(path)
    return path


def test_excel_keeps_digits_dates_and_keys(tmp_path):
    def edit(book):
        book["assessments"]["C2"] = 4.9
        book["assessments"]["D2"] = datetime(2012, 3, 1, 14, 30)
        book["cases"]["C2"] = 45.12345678901234
        book["cases"].append([7.0, "male", 50])
        book["procedures"].append([7, "marrow_injection", date(2012, 1, 2)])
        book.create_chartsheet("cases chart").add_chart(BarChart())

    book = read_casebook(study(tmp_path), workbook(tmp_path, edit), today=TODAY)
    assert book.cases.select("case_id", "age_years").rows() == [("7", 50.0), ("A-1", 45.12345678901234), ("A-2", 61.0)]
    assert book.assessments.select("value", "low").row(0) == (4.9, day("2012-03-01"))


def test_merged_cells_are_refused_by_sheet_and_range(tmp_path):
    (found,) = raised(study(tmp_path), workbook(tmp_path, lambda book: book["procedures"].merge_cells("A3:A4")))
    assert (found.where, found.problem) == ("book.xlsx, sheet 'procedures': range A3:A4", "merged cells")


def test_one_slip_in_a_sheet_gives_one_problem(tmp_path):
    def formulas(book):
        for row in (2, 3, 5):
            book["assessments"][f"C{row}"] = "=3+4"

    def title(book):
        book["assessments"].insert_rows(1)
        book["assessments"]["A1"] = "What they said"

    def merged_title(book):
        title(book)
        book["assessments"].merge_cells("A1:F1")

    def nameless(book):
        book["assessments"]["C1"] = None

    slips = {
        formulas: ("book.xlsx, sheet 'assessments': cells C2, C3, C5", "a formula whose result is not stored"),
        title: ("book.xlsx, sheet 'assessments'", "the header is probably row 2"),
        merged_title: ("book.xlsx, sheet 'assessments'", "the header is probably row 2"),
        nameless: ("book.xlsx, sheet 'assessments': row 1", "column 3 has no name"),
    }
    for slip, said in slips.items():
        (found,) = raised(study(tmp_path), workbook(tmp_path, slip))
        assert (found.where, found.problem) == said


def test_a_slip_in_one_sheet_hides_nothing_in_another(tmp_path):
    def edit(book):
        book["procedures"].merge_cells("A3:A4")
        book["cases"]["C2"] = -1

    found = raised(study(tmp_path), workbook(tmp_path, edit))
    assert [each.problem for each in found] == ["merged cells", "out of range"]


def test_a_formula_without_a_stored_result_and_an_error_cell_are_refused(tmp_path):
    def edit(book):
        book["cases"]["C2"] = "=1+1"
        book["cases"]["C3"] = "#N/A"

    found = raised(study(tmp_path), workbook(tmp_path, edit))
    assert [(problem.where, problem.problem) for problem in found] == [
        ("book.xlsx, sheet 'cases': cell C2", "a formula whose result is not stored"),
        ("book.xlsx, sheet 'cases': cell C3", "an Excel error"),
    ]


def test_other_sheets_are_left_alone_and_an_empty_one_is_a_problem(tmp_path):
    def edit(book):
        book.create_sheet("notes").merge_cells("A1:C1")
        book.create_sheet("imaging")

    (problem,) = raised(study(tmp_path), workbook(tmp_path, edit))
    assert (problem.where, problem.problem) == ("book.xlsx, sheet 'imaging'", "the sheet is empty")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"\xd0\xcf\x11\xe0" * 100])
def test_a_broken_workbook(tmp_path, content):
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    (problem,) = raised(study(tmp_path), path)
    assert problem.problem == "this is not an .xlsx workbook"


def test_a_zip_that_is_no_workbook(tmp_path):
    from zipfile import ZipFile

    with ZipFile(tmp_path / "book.xlsx", "w") as parts:
        parts.writestr("xl/workbook.xml", "<nonsense")
    (problem,) = raised(study(tmp_path), tmp_path / "book.xlsx")
    assert problem.problem == "the workbook is damaged"


def test_an_old_workbook_says_how_to_save_it(tmp_path):
    (tmp_path / "book.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (problem,) = raised(study(tmp_path), tmp_path / "book.xls")
    assert "Excel Workbook (.xlsx)" in problem.remedy


# --- Parquet -------------------------------------------------------------------------------------------------------


def test_parquet_types_are_read_as_what_they_mean(tmp_path):
    folder = as_parquet(tmp_path / "book", GOOD)
    pl.DataFrame(
        {
            "case_id": pl.Series([1, 2], dtype=pl.Int64),
            "group": pl.Series(["a", "b"], dtype=pl.Categorical),
            "age_years": pl.Series([45.1, float("nan")], dtype=pl.Float32),
            "death": pl.Series([None, date(2013, 1, 2)], dtype=pl.Date),
            "withdrawal": pl.Series([True, False]),
        }
    ).write_parquet(folder / "cases.parquet")
    pl.DataFrame(
        {"case_id": [1.0, 2.0], "procedure": ["marrow_injection"] * 2, "date": [datetime(2012, 3, 5, 9)] * 2}
    ).write_parquet(folder / "procedures.parquet")
    pl.DataFrame({"case_id": [1], "instrument": ["relief"], "value": [True], "date": ["2012-04"]}).write_parquet(
        folder / "assessments.parquet"
    )
    (folder / "adverse_events.parquet").unlink()
    book = read_casebook(study(tmp_path), folder, today=TODAY)
    columns = ["case_id", "group", "age_years", "died", "death_low", "withdrawn", "withdrawal_low"]
    assert book.cases.select(columns).rows() == [
        ("1", "a", 45.1, False, None, True, None),
        ("2", "b", None, True, day("2013-01-02"), False, None),
    ]
    assert book.procedures["low"].to_list() == [day("2012-03-05")] * 2
    assert book.assessments.select("value", "low", "high").row(0) == (1.0, day("2012-04-01"), day("2012-04-30"))


def test_broken_parquet_and_nested_columns(tmp_path):
    folder = as_parquet(tmp_path / "book", GOOD)
    (folder / "procedures.parquet").write_bytes(b"PAR1 no")
    pl.DataFrame({"case_id": ["A-1"], "finding": [["a", "b"]]}).write_parquet(folder / "imaging.parquet")
    found = {problem.where: problem.problem for problem in raised(study(tmp_path), folder)}
    assert found["procedures.parquet"] == "this is not a Parquet file that can be read"
    assert found["imaging.parquet: column 'finding'"] == "not a plain column"


# --- what is no case book ------------------------------------------------------------------------------------------


def garbage(kind):
    rng = np.random.default_rng(1)
    if kind == "bytes":
        return rng.integers(0, 256, 10_000_000, dtype=np.uint8).tobytes()
    if kind == "one line":
        return b"x" * 10_000_000
    if kind == "letters":
        return rng.integers(32, 127, 10_000_000, dtype=np.uint8).tobytes()
    if kind == "accents":
        return rng.integers(160, 256, 10_000_000, dtype=np.uint8).tobytes()
    return (b'",\n' * 4_000_000)[:10_000_000]


@pytest.mark.parametrize("kind", ["bytes", "one line", "letters", "accents", "quotes"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_ten_megabytes_of_garbage_give_one_problem_fast(tmp_path, kind, suffix):
    folder = as_csv(tmp_path / "book", GOOD)
    (folder / "cases.csv").unlink()
    (folder / f"cases{suffix}").write_bytes(garbage(kind))
    began = time.perf_counter()
    (problem,) = raised(study(tmp_path), folder)
    assert time.perf_counter() - began < 2
    assert problem.where == f"cases{suffix}"


@pytest.mark.parametrize("name", ["book.xlsx", "book.csv", "book"])
def test_garbage_or_nothing_where_the_case_book_should_be(tmp_path, name):
    (tmp_path / name).write_bytes(garbage("bytes"))
    assert len(raised(study(tmp_path), tmp_path / name)) == 1
    (tmp_path / name).unlink()
    (problem,) = raised(study(tmp_path), tmp_path / name)
    assert (problem.where, problem.problem) == (str(tmp_path / name), "there is no such file or folder")


def test_a_missing_path_is_said_as_it_was_written(tmp_path):
    protocol = study(tmp_path, cases={"path": "../shared/book.csv", "cut": date(2014, 12, 31)})
    (problem,) = raised(protocol, None)
    assert problem.where == "../shared/book.csv"
    assert "in a study file it starts from that file's folder" in problem.remedy


def test_an_empty_folder_lacks_every_required_table(tmp_path):
    (tmp_path / "book").mkdir()
    found = raised(study(tmp_path), tmp_path / "book")
    assert [problem.problem for problem in found] == [
        f"the table '{table}' is missing" for table in ("cases", "procedures", "assessments")
    ]


def test_an_empty_file_and_an_empty_case_book(tmp_path):
    folder = as_csv(tmp_path / "book", GOOD)
    (folder / "cases.csv").write_bytes(b"")
    (problem,) = raised(study(tmp_path), folder)
    assert (problem.where, problem.problem) == ("cases.csv", "the file is empty")
    headers = {name: rows[:1] for name, rows in GOOD.items()}
    (problem,) = problems(tmp_path, headers)
    assert (problem.where, problem.problem) == ("cases.csv", "the case book is empty")


def test_one_table_in_two_files(tmp_path):
    folder = as_csv(tmp_path / "book", GOOD)
    as_parquet(folder, {"procedures": GOOD["procedures"]})
    (problem,) = raised(study(tmp_path), folder)
    assert (problem.where, problem.problem) == ("book: procedures", "the table is there more than once")


def test_a_misspelt_table(tmp_path):
    folder = as_csv(tmp_path / "book", GOOD)
    (folder / "assessments.csv").rename(folder / "asessments.csv")
    (folder / "adverse_events.csv").rename(folder / "adverse_event.csv")
    found = raised(study(tmp_path), folder)
    assert [(problem.where, problem.remedy) for problem in found] == [
        ("book: asessments", "call it 'assessments'"),
        ("book: adverse_event", "call it 'adverse_events'"),
    ]


def test_files_that_are_no_tables_are_left_alone(tmp_path):
    folder = as_csv(tmp_path / "book", GOOD)
    (folder / "README.txt").write_text("about these data")
    (folder / "notes.csv").write_text("anything")
    (folder / "~$cases.xlsx").write_text("Excel's lock")
    (folder / ".cases.csv").write_text("hidden")
    assert read_casebook(study(tmp_path), folder, today=TODAY).cases.height == 2


def test_a_header_below_the_first_row(tmp_path):
    book = Workbook()
    book.active.title = "cases"
    book.active.append(["Our cases"])
    book.active.append(["case_id"])
    book.active.append(["A-1"])
    book.save(tmp_path / "book.xlsx")
    found = raised(study(tmp_path), tmp_path / "book.xlsx")
    assert [problem.problem for problem in found if "cases" in problem.where] == ["the header is probably row 2"]
