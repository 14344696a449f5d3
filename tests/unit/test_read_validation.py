"""One fault at a time in a case book that is otherwise good: what it gets, and that no key or value is said."""

from datetime import date

import pytest

from casebook_files import GOOD, TODAY, as_csv, changed, problems, read, study, with_row
from equipoise.errors import DataError
from equipoise.read.casebook import read_casebook

SECRETS = ("A-1", "A-2", "4.9", "7.1", "2012", "77", "secret")


def assert_discreet(found):
    """No case's key, no clinical value; a date only as the form wanted."""
    for problem in found:
        said = f"{problem.where} {problem.problem}"
        assert not [secret for secret in SECRETS if secret in said], said
        assert problem.remedy


FAULTS = {
    "duplicate case": (with_row("cases", "A-1", "male", "30", "", ""), "cases.csv: column 'case_id', rows 2, 4", "the same case_id in more than one row"),
    "blank case_id in cases": (with_row("cases", "", "male", "30", "", ""), "cases.csv: column 'case_id', row 4", "blank"),
    "negative age": (changed("cases", 2, "age_years", "-1"), "cases.csv: column 'age_years', row 2", "out of range"),
    "absurd age": (changed("cases", 2, "age_years", "450"), "cases.csv: column 'age_years', row 2", "out of range"),
    "age in words": (changed("cases", 2, "age_years", "secret"), "cases.csv: column 'age_years', row 2", "not a number"),
    "infinite age": (changed("cases", 2, "age_years", "inf"), "cases.csv: column 'age_years', row 2", "not a number"),
    "no date": (changed("procedures", 2, "date", "31/12/2012"), "procedures.csv: column 'date', row 2", "not a date"),
    "impossible date": (changed("procedures", 2, "date", "2012-13-40"), "procedures.csv: column 'date', row 2", "not a date"),
    "reversed": (changed("procedures", 2, "date", "2012-09/2012-03"), "procedures.csv: column 'date', row 2", "the interval ends before it begins"),
    "after the cut": (changed("procedures", 4, "date", "2015-01-01"), "procedures.csv: column 'date', row 4", "lies after the data cut"),
    "death after the cut": (changed("cases", 2, "death", "2015"), "cases.csv: column 'death', row 2", "lies after the data cut"),
    "death in words": (changed("cases", 2, "death", "secret"), "cases.csv: column 'death', row 2", "not a date"),
    "stray procedure": (with_row("procedures", "B-77", "fusion", "2013", ""), "procedures.csv: column 'case_id', row 5", "a case that is not in the table cases"),
    "stray assessment": (with_row("assessments", "B-77", "odi", "1", "2013", "", ""), "assessments.csv: column 'case_id', row 6", "a case that is not in the table cases"),
    "stray event": (with_row("adverse_events", "B-77", "pain", "", "", "", ""), "adverse_events.csv: column 'case_id', row 3", "a case that is not in the table cases"),
    "blank procedure": (changed("procedures", 4, "procedure", ""), "procedures.csv: column 'procedure', row 4", "blank"),
    "duplicate row": (with_row("procedures", *GOOD["procedures"][3]), "procedures.csv: rows 4, 5", "the same row more than once"),
    "misspelt procedure": (changed("procedures", 3, "procedure", "marow_injection"), "procedures.csv: column 'procedure', row 3", "probably a misspelling of 'marrow_injection'"),
    "two index procedures": (with_row("procedures", "A-1", "marrow_injection", "2012-03-05", "L5/S1"), "procedures.csv: column 'procedure', rows 2, 5", "two index procedures of a case on one day"),
    "misspelt instrument": (changed("assessments", 2, "instrument", "pain_nsr"), "assessments.csv: column 'instrument', row 2", "probably a misspelling of 'pain_nrs'"),
    "out of range": (changed("assessments", 3, "value", "77"), "assessments.csv: column 'value', row 3", "out of the range of 'pain_nrs'"),
    "not whole": (changed("assessments", 5, "value", "40.5"), "assessments.csv: column 'value', row 5", "not a whole number for 'odi'"),
    "not a number": (changed("assessments", 3, "value", "secret"), "assessments.csv: column 'value', row 3", "not a number"),
    "yes for a score": (changed("assessments", 3, "value", "yes"), "assessments.csv: column 'value', row 3", "not a number"),
    "half a yes": (with_row("assessments", "A-1", "relief", "0.5", "2013", "", ""), "assessments.csv: column 'value', row 6", "neither yes nor no for 'relief'"),
    "not a status": (changed("assessments", 3, "status", "finished"), "assessments.csv: column 'status', row 3", "not a status"),
    "done without a value": (changed("assessments", 3, "value", ""), "assessments.csv: column 'value', row 3", "done, without a value"),
    "a value though not done": (changed("assessments", 4, "value", "1"), "assessments.csv: column 'value', row 4", "a value although the status is not done"),
    "neither value nor status": (changed("assessments", 5, "value", ""), "assessments.csv: column 'status', row 5", "neither a value nor a status"),
    "not done, no visit": (changed("assessments", 4, "visit", ""), "assessments.csv: column 'visit', row 4", "not done, and no visit named"),
    "unknown visit": (changed("assessments", 3, "visit", "baseline"), "assessments.csv: column 'visit', row 3", "not a visit of the protocol"),
    "a visit on the day of time zero": (changed("assessments", 3, "date", "2012-03-05"), "assessments.csv: column 'visit', row 3", "an assessment on or before time zero stands for a visit"),
    "a visit certainly before a vague time zero": (changed("assessments", 5, "date", "2012-02"), "assessments.csv: column 'visit', row 5", "an assessment on or before time zero stands for a visit"),
    "two values on a day": (with_row("assessments", "A-1", "pain_nrs", "5", "2012-07-05", "", "done"), "assessments.csv: column 'value', rows 3, 6", "two different values of one instrument on one day"),
    "not reached and done": (with_row("assessments", "A-2", "odi", "", "", "4 months", "not_reached"), "assessments.csv: column 'status', rows 5, 6", "a visit not reached, yet an assessment of the same case is done for it"),
    "not reached, and another instrument done": (with_row("assessments", "A-1", "odi", "", "", "4 months", "not_reached"), "assessments.csv: column 'status', rows 3, 6", "a visit not reached, yet an assessment of the same case is done for it"),
    "grade 6": (changed("adverse_events", 2, "ctcae_grade", "6"), "adverse_events.csv: column 'ctcae_grade', row 2", "out of range"),
    "grade 0": (changed("adverse_events", 2, "ctcae_grade", "0"), "adverse_events.csv: column 'ctcae_grade', row 2", "out of range"),
    "grade 1.5": (changed("adverse_events", 2, "ctcae_grade", "1.5"), "adverse_events.csv: column 'ctcae_grade', row 2", "not a whole number"),
    "perhaps serious": (changed("adverse_events", 2, "serious", "perhaps"), "adverse_events.csv: column 'serious', row 2", "not yes or no"),
    "an event that ends before it starts": (changed("adverse_events", 2, "date_end", "2012-03-05"), "adverse_events.csv: column 'date_end', row 2", "the event ends before it starts"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_gets_one_problem(tmp_path, fault):
    tables, where, problem = FAULTS[fault]
    found = problems(tmp_path, tables)
    assert [(each.where, each.problem) for each in found] == [(where, problem)]
    assert_discreet(found)


def test_every_fault_at_once(tmp_path):
    tables = {name: [list(row) for row in rows] for name, rows in GOOD.items()}
    tables["cases"][1][2] = "-5"
    tables["procedures"][1][2] = "soon"
    tables["assessments"][1][1] = "pain_nsr"
    tables["assessments"][4][2] = "900"
    tables["adverse_events"][1][3] = "maybe"
    found = problems(tmp_path, tables)
    assert {each.where.split(":")[0] for each in found} == {
        "cases.csv",
        "procedures.csv",
        "assessments.csv",
        "adverse_events.csv",
    }
    assert len(found) == 5
    assert_discreet(found)


def test_many_rows_are_counted_after_the_first_five(tmp_path):
    rows = [["A-1", "pain_nrs", "77", f"2013-01-{day:02}", "", ""] for day in range(1, 18)]
    (found,) = problems(tmp_path, {**GOOD, "assessments": [GOOD["assessments"][0], *rows]})
    assert found.where == "assessments.csv: column 'value', rows 2, 3, 4, 5, 6 and 12 more"


@pytest.mark.parametrize("column", ["case_id", "instrument"])
def test_a_missing_or_misspelt_required_column(tmp_path, column):
    header, *rows = GOOD["assessments"]
    misspelt = [cell.replace(column, column + "s") for cell in header]
    (found,) = problems(tmp_path / "a", {**GOOD, "assessments": [misspelt, *rows]})
    assert (found.where, found.remedy) == ("assessments.csv: row 1", f"call it '{column}'")
    (found,) = problems(
        tmp_path / "b", {**GOOD, "assessments": [[cell.replace(column, "zzz") for cell in header], *rows]}
    )
    assert (found.where, found.problem) == ("assessments.csv: row 1", f"the column '{column}' is missing")


def test_a_misspelt_optional_column_is_not_lost_in_silence(tmp_path):
    header, *rows = GOOD["cases"]
    tables = {**GOOD, "cases": [["deaths" if cell == "death" else cell for cell in header], *rows]}
    (found,) = problems(tmp_path / "a", tables)
    assert (found.where, found.remedy) == ("cases.csv: row 1", "call it 'death'")
    criterion = {"column": "cases.deaths", "recorded": True, "unknown": "exclude"}
    assert read(tmp_path / "b", tables, population={"require": [criterion]}).cases["deaths"].to_list() == [None, "yes"]


@pytest.mark.parametrize("written", ["valeu", "values", "vallue"])
def test_a_misspelt_value_column_is_one_slip(tmp_path, written):
    header, *rows = GOOD["assessments"]
    tables = {**GOOD, "assessments": [[written if cell == "value" else cell for cell in header], *rows]}
    (found,) = problems(tmp_path / "a", tables)
    assert (found.where, found.remedy) == ("assessments.csv: row 1", "call it 'value'")
    tables["assessments"][2] = ["A-1", "pain_nrs", "77", "2012-07-05", "4 months", "done"]  # and another slip
    assert [each.problem for each in problems(tmp_path / "b", tables)] == [
        f"no column is called '{written}'",
        "out of the range of 'pain_nrs'",
    ]


def test_assessments_without_a_column_of_values(tmp_path):
    header, *rows = GOOD["assessments"]
    tables = {**GOOD, "assessments": [["result" if cell == "value" else cell for cell in header], *rows]}
    (found,) = problems(tmp_path, tables)
    assert (found.where, found.problem) == ("assessments.csv: row 1", "the column 'value' is missing")


def test_an_index_procedure_without_a_date_beside_a_dated_one_is_noted(tmp_path):
    tables = with_row("procedures", "A-1", "marrow_injection", "", "L5/S1")
    note = "1 case has an index procedure without a date beside a dated one; the dated one starts its clock"
    assert read(tmp_path / "a", tables).notes == (note,)
    tables["procedures"].append(["A-2", "marrow_injection", "", "L5/S1"])
    note = "2 cases have an index procedure without a date beside a dated one; the dated one starts their clock"
    assert read(tmp_path / "b", tables).notes == (note,)
    lost = changed("procedures", 2, "date", "")  # the only one of its case
    assert read(tmp_path / "c", lost).notes == ()


def test_not_reached_contradicts_nothing_of_another_visit_or_case(tmp_path):
    tables = with_row("assessments", "A-1", "odi", "", "", "12 months", "not_reached")
    tables["assessments"].append(["A-2", "odi", "", "", "12 months", "not_reached"])
    assert problems(tmp_path, tables) == ()


def test_columns_of_one_name_and_reserved_names(tmp_path):
    header, *rows = GOOD["cases"]
    twice = {**GOOD, "cases": [[*header, "Case-ID"], *([*row, "x"] for row in rows)]}
    assert [each.problem for each in problems(tmp_path / "a", twice)] == ["two columns mean 'case_id'"]
    same = {**GOOD, "cases": [[*header, "bmi", "bmi"], *([*row, "1", "2"] for row in rows)]}
    assert [each.problem for each in problems(tmp_path / "b", same)] == ["columns 6 and 7 have the same name"]
    nameless = {**GOOD, "cases": [[*header, ""], *([*row, "1"] for row in rows)]}
    assert [each.problem for each in problems(tmp_path / "c", nameless)] == ["column 6 has no name"]
    reserved = {**GOOD, "cases": [[*header, "died"], *([*row, "1"] for row in rows)]}
    assert [each.problem for each in problems(tmp_path / "d", reserved)] == ["'died' is a reserved name"]


def test_spelling_that_differs_in_case_or_hyphen_is_forgiven(tmp_path):
    tables = changed("assessments", 3, "visit", "4 Months")
    tables["assessments"][2][1] = "Pain NRS"
    tables["assessments"][3][5] = "Not asked"
    tables["procedures"][1][1] = "Marrow injection"
    book = read(tmp_path, tables)
    assert book.cut.digest == read(tmp_path / "good", GOOD).cut.digest


def test_instruments_no_question_reads_are_kept_and_noted(tmp_path):
    tables = with_row("assessments", "A-1", "pain_vas", "900", "2013", "", "")
    tables["assessments"].append(["A-1", "pain_nrs_leg", "12", "2013", "", ""])
    book = read(tmp_path, tables)
    assert book.assessments["instrument"].to_list().count("pain_nrs_leg") == 1
    assert book.notes == (
        "2 assessments are of instruments that no question of the study reads; they are kept and not used",
    )


def test_a_name_with_another_number_is_no_misspelling(tmp_path):
    tables = with_row("procedures", "A-1", "fusion2", "2013", "")
    assert read(tmp_path, tables).procedures.height == 4


def test_no_index_procedure_names_the_closest(tmp_path):
    tables = {**GOOD, "procedures": [GOOD["procedures"][0], ["A-1", "marrow", "2012-03-05", ""]]}
    (found,) = problems(tmp_path, tables)
    assert found.problem == "the index procedure 'marrow_injection' does not occur"
    assert found.remedy.startswith("is it 'marrow' here?")


def test_vagueness_is_not_a_fault(tmp_path):
    tables = with_row("procedures", "A-1", "fusion", "2012/2099", "")  # may lie before the cut
    tables["procedures"].append(["A-2", "marrow_injection", "2012-03", "L3/4"])  # may be another day than the first
    tables["assessments"].append(["A-2", "odi", "3", "2012-03", "4 months", ""])  # may lie after time zero
    tables["assessments"].append(["A-2", "odi", "4", "2012-07/2012-08", "", ""])  # may be another day
    assert problems(tmp_path, tables) == ()


def test_a_visit_not_reached_may_say_when_it_is_due(tmp_path):
    tables = with_row("assessments", "A-2", "odi", "", "2015-03-01", "12 months", "not_reached")
    assert problems(tmp_path / "a", tables) == ()
    (found,) = problems(tmp_path / "b", with_row("assessments", "A-2", "odi", "1", "2015-03-01", "", ""))
    assert (found.where, found.problem) == ("assessments.csv: column 'date', row 6", "lies after the data cut")


def test_a_column_of_names_that_holds_something_else(tmp_path):
    rows = [["A-1", f"{k:x}", "1", "2013", "", ""] for k in range(20_010)]
    (found,) = problems(tmp_path, {**GOOD, "assessments": [GOOD["assessments"][0], *rows]})
    assert found.where == "assessments.csv: column 'instrument', rows 2, 3, 4, 5, 6 and 20005 more"
    assert found.problem == "more than 20,000 different names"


def test_rows_told_apart_by_a_column_of_ones_own_are_not_duplicates(tmp_path):
    header, *rows = GOOD["procedures"]
    rows = [[*row, "1"] for row in rows]
    told_apart = {**GOOD, "procedures": [[*header, "entry"], *rows, [*rows[2][:-1], "2"]]}
    assert read(tmp_path / "a", told_apart).procedures.height == 4
    same = {**GOOD, "procedures": [[*header, "entry"], *rows, rows[2]]}
    assert [each.where for each in problems(tmp_path / "b", same)] == ["procedures.csv: rows 4, 5"]


def test_one_clock_a_case_book(tmp_path):
    tables = changed("procedures", 1, "date", "day")
    (found,) = problems(tmp_path / "a", tables)
    assert found.problem == (
        "a case book has one clock, and 'date' is filled in assessments.csv, adverse_events.csv, 'day' in procedures.csv"
    )
    assert found.where == "assessments.csv, adverse_events.csv, procedures.csv"
    both_headed = {
        **GOOD,
        "procedures": [[*GOOD["procedures"][0], "day"], *([*row, ""] for row in GOOD["procedures"][1:])],
    }
    assert problems(tmp_path / "b", both_headed) == ()


def test_calendar_dates_need_a_cut_that_has_come(tmp_path):
    (found,) = problems(tmp_path / "a", GOOD, cases={"path": "book"})
    assert (found.where, found.problem) == ("study.toml: cases.cut", "calendar dates need the data cut")
    (found,) = problems(tmp_path / "b", GOOD, cases={"path": "book", "cut": date(2030, 1, 1)})
    assert found.problem == "the data cut lies after today"


def test_a_date_after_today(tmp_path):
    protocol = study(cases={"path": "book", "cut": date(2012, 7, 31)})
    folder = as_csv(tmp_path / "book", changed("cases", 2, "pain_onset", "2013"))
    with pytest.raises(DataError) as error:
        read_casebook(protocol, folder, today=date(2012, 7, 4))
    assert [(each.where, each.problem) for each in error.value.problems] == [
        ("study.toml: cases.cut", "the data cut lies after today"),
        ("cases.csv: column 'pain_onset', row 2", "lies after today"),
        ("assessments.csv: column 'date', row 3", "lies after today"),
    ]


def test_a_study_day_as_time_zero_needs_study_days(tmp_path):
    found = problems(tmp_path, GOOD, treatment={"index": {"day": 0}})
    assert [each.problem for each in found] == ["a study day, but the case book has dates"]


def test_eligibility_on_a_column_the_case_book_lacks(tmp_path):
    criterion = {"column": "cases.bmi_kg", "at_most": 40, "unknown": "keep"}
    header, *rows = GOOD["cases"]
    tables = {**GOOD, "cases": [[*header, "bmi"], *([*row, "30"] for row in rows)]}
    (found,) = problems(tmp_path / "a", tables, population={"require": [criterion]})
    assert found.problem == "eligibility asks for a column 'bmi_kg' that is not there"
    assert found.remedy.startswith("is it 'cases.bmi'?")
    known = {"column": "cases.pain_years", "at_least": 1, "unknown": "keep"}
    book = read(tmp_path / "b", GOOD, population={"require": [known]})
    assert book.notes == (
        "the case book has no column cases.pain_years, which eligibility asks for: unknown for every case",
    )


def test_more_years_of_pain_than_of_life_and_a_birth_to_come(tmp_path):
    rows = [
        ["case_id", "age_years", "pain_years", "birth_year"],
        ["A-1", "40", "41", "1970"],
        ["A-2", "40", "39", "2027"],
    ]
    found = problems(tmp_path, {**GOOD, "cases": rows})
    assert [(each.where, each.problem) for each in found] == [
        ("cases.csv: column 'birth_year', row 3", "out of range"),
        ("cases.csv: column 'pain_years', row 2", "more years of pain than of life"),
    ]


def test_today_is_the_day_it_is_run(tmp_path):
    folder = as_csv(tmp_path / "book", GOOD)
    assert read_casebook(study(tmp_path), folder).cut == read_casebook(study(tmp_path), folder, today=TODAY).cut
