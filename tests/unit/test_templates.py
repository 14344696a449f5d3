import re
import shutil
import tomllib
from datetime import date
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from equipoise.domain.records import FILE_COLUMNS, Status
from equipoise.errors import DataError, OutputError
from equipoise.read.casebook import read_casebook
from equipoise.read.evidence import REQUIRED
from equipoise.read.protocol import read_protocol
from equipoise.write.templates import write_new_study
from equipoise.write.templates.workbook import CHOICES, CLOSED, LISTS

TODAY = date(2026, 6, 30)


@pytest.fixture
def new(tmp_path):
    write_new_study(tmp_path / "new")
    return tmp_path / "new"


def test_everything_is_there_and_nothing_else(tmp_path):
    written = write_new_study(tmp_path / "new")
    assert all(path.is_file() for path in written)
    assert {path.name for path in written} == {
        "study.toml",
        "case-book.xlsx",
        *(f"{table}.csv" for table in FILE_COLUMNS),
    }
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("source", [None, "case-book", "case-book.xlsx"])
def test_all_that_is_wrong_with_a_new_study_is_that_it_has_no_cases(new, source):
    protocol = read_protocol(new)
    with pytest.raises(DataError) as error:
        read_casebook(protocol, None if source is None else new / source, today=TODAY)
    assert [problem.problem for problem in error.value.problems] == ["the case book is empty"]


def test_every_section_a_study_may_ask_for_is_there_and_holds_when_the_sign_is_taken_away(new):
    text = (new / "study.toml").read_text()
    head, rest = text.split("# What else may be asked")
    asked, tail = rest.split("# Published arms")
    asked = re.sub(r"^# (?=\[\[|[a-z_]+ = )", "", asked, flags=re.MULTILINE)
    (new / "study.toml").write_text(f"{head}# {asked}# Published arms{tail}")
    protocol = read_protocol(new)
    for section in (
        protocol.covariate,
        protocol.scores_over_time,
        protocol.imputation,
        protocol.tipping_grid,
        protocol.durability,
        protocol.difference,
        protocol.subgroup,
        protocol.association,
    ):
        assert len(section) == 1


def fill(new, rows):
    book = load_workbook(new / "case-book.xlsx")
    for table, cells in rows.items():
        header = [cell.value for cell in book[table][1]]
        for row in cells:
            book[table].append([row.get(name) for name in header])
    book.save(new / "case-book.xlsx")


def test_a_clinic_can_fill_it_in_today(new):
    fill(
        new,
        {
            "cases": [{"case_id": "007", "sex": "female", "age_years": 51, "pain_years": 3}],
            "procedures": [{"case_id": "007", "procedure": "marrow_injection", "date": "2012-03", "level": "L4/5"}],
            "assessments": [
                {"case_id": "007", "instrument": "pain_nrs", "value": 7, "date": date(2012, 2, 20), "status": "done"},
                {"case_id": "007", "instrument": "pain_nrs", "visit": "12 months", "status": "not_asked"},
            ],
        },
    )
    (new / "study.toml").write_text((new / "study.toml").read_text().replace("# cut = 2026-06-30", "cut = 2026-06-30"))
    book = read_casebook(read_protocol(new), today=TODAY)
    assert book.cut.rows == {"cases": 1, "procedures": 1, "assessments": 2, "imaging": 0, "adverse_events": 0}
    assert book.cases["case_id"].to_list() == ["007"]


def test_without_the_cut_the_remedy_is_the_line_to_uncomment(new):
    fill(
        new,
        {
            "cases": [{"case_id": "1"}],
            "procedures": [{"case_id": "1", "procedure": "marrow_injection", "date": "2012"}],
        },
    )
    with pytest.raises(DataError) as error:
        read_casebook(read_protocol(new), today=TODAY)
    assert [problem.problem for problem in error.value.problems] == ["calendar dates need the data cut"]


def test_the_workbook_has_every_column_frozen_headers_and_drop_downs(new):
    book = load_workbook(new / "case-book.xlsx")
    for table, columns in FILE_COLUMNS.items():
        sheet = book[table]
        assert [cell.value for cell in sheet[1]] == [column.name for column in columns]
        assert sheet.freeze_panes == "B2"
        offered = {str(each.sqref).split(":")[0].rstrip("2"): each for each in sheet.data_validations.dataValidation}
        for cell in sheet[1]:
            assert (cell.value in CHOICES) == (cell.column_letter in offered)
            if cell.value in CLOSED:
                assert offered[cell.column_letter].errorStyle == "stop"
    assert {column.name for columns in FILE_COLUMNS.values() for column in columns} >= set(CHOICES)


def test_every_drop_down_is_enforced(new):
    """ECMA-376, 18.3.1.32: showErrorMessage is false where it is left out, and then nothing is checked."""
    with ZipFile(new / "case-book.xlsx") as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/")]
    rules = [rule for sheet in sheets for rule in re.findall(r"<dataValidation [^>]*>", sheet)]
    columns = [column.name for columns in FILE_COLUMNS.values() for column in columns]
    assert len(rules) == sum(name in CHOICES for name in columns)
    assert all(re.search(r'showErrorMessage="(1|true)"', rule) for rule in rules)


def test_the_drop_downs_offer_what_the_study_and_the_reader_know(new):
    protocol = read_protocol(new)
    assert list(CHOICES["visit"]) == [visit.name for visit in protocol.visit]
    assert list(CHOICES["status"]) == list(Status)
    assert set(protocol.instruments) <= set(CHOICES["instrument"])
    assert protocol.treatment.procedure in CHOICES["procedure"]
    book = load_workbook(new / "case-book.xlsx")
    lists = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book[LISTS].columns}
    assert lists == {name: list(choices) for name, choices in CHOICES.items()}


def test_excel_will_leave_vague_dates_keys_and_levels_as_they_are_typed(new):
    book = load_workbook(new / "case-book.xlsx")
    for table, column in [
        ("cases", "case_id"),
        ("procedures", "date"),
        ("procedures", "day"),
        ("procedures", "level"),
        ("adverse_events", "date_end"),
    ]:
        letter = next(cell.column_letter for cell in book[table][1] if cell.value == column)
        assert book[table].column_dimensions[letter].number_format == "@"


def test_the_notes_name_every_column(new):
    notes = {row[1] for row in load_workbook(new / "case-book.xlsx").worksheets[0].iter_rows(values_only=True)}
    assert {column.name for columns in FILE_COLUMNS.values() for column in columns} <= {
        str(note).removesuffix(" *") for note in notes
    }


def test_nothing_is_overwritten(new):
    before = {path: path.read_bytes() for path in new.rglob("*") if path.is_file()}
    with pytest.raises(OutputError, match="something is there already"):
        write_new_study(new)
    assert before == {path: path.read_bytes() for path in new.rglob("*") if path.is_file()}
    (new.parent / "a file").write_text("mine")
    with pytest.raises(OutputError, match="something is there already"):
        write_new_study(new.parent / "a file")


def test_an_empty_folder_may_be_used_and_a_missing_parent_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    assert write_new_study(tmp_path / "empty")[0].read_text().startswith("# A study")
    with pytest.raises(OutputError, match="the folder around it does not exist"):
        write_new_study(tmp_path / "nowhere" / "new")


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("equipoise.write.templates.write_workbook", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_new_study(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_every_example_in_the_study_is_one(new):
    """All the examples uncommented at once are still a study."""
    text = (new / "study.toml").read_text().replace("entry_minimum_score = false", "entry_minimum_score = true")
    examples = r"^( *)# (\[.*|[a-z_]+ = .*|    \{.*|\{.*|\])$"
    (new / "study.toml").write_text(re.sub(examples, r"\1\2", text, flags=re.MULTILINE))
    (new / "published_arms.csv").write_text(",".join(REQUIRED) + "\n")
    protocol = read_protocol(new)
    assert [each.name for each in protocol.source] == ["Clinic register"]
    assert [each.name for each in protocol.instrument] == ["walking_minutes"]
    assert (protocol.sensitivity.interval, protocol.conduct.appraisal_tool) == ("wilson", "JBI case series")
    assert len(protocol.conduct.appraisal) == 2
    assert protocol.sensitivity.tipping_threshold is not None
    assert protocol.cases.cut is not None
    compared = (protocol.comparison, protocol.borrowing, protocol.adjusted_benchmark, protocol.regression_to_mean)
    assert [len(section) for section in (*compared, protocol.evidence_read)] == [1] * 5
    assert protocol.hidden_cause is not None


def test_what_only_the_clinic_can_say_is_left_to_be_filled_in(new):
    lines = (new / "study.toml").read_text().splitlines()
    (captured,) = [line for line in lines if line.startswith("captured")]
    assert "FILL IN" in captured
    assert tomllib.loads(captured) == {"captured": ""}


def test_no_score_lacks_what_the_panel_of_strategies_needs(new):
    protocol = read_protocol(new)
    assert protocol.sensitivity.strategies == "all"
    for estimand in protocol.estimand:
        assert estimand.endpoint.is_responder or estimand.endpoint.failure_value is not None


def test_a_new_study_can_be_moved(new, tmp_path):
    shutil.move(new, tmp_path / "elsewhere")
    assert read_protocol(tmp_path / "elsewhere").cases.path == "case-book.xlsx"
