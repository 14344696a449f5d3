"""The empty case book as a workbook: a sheet a table, drop-downs, and a first sheet that says how to fill it in."""

from pathlib import Path
from typing import Any

from equipoise.domain.records import FILE_COLUMNS, FileColumn, Kind, Status

NOTES = "read me first"
LISTS = "lists"
LAST_ROW = 5000
"""How far down the drop-downs reach."""

CHOICES: dict[str, tuple[str, ...]] = {
    "procedure": ("marrow_injection", "fusion", "epidural", "radiofrequency", "discectomy", "other_injection"),
    "instrument": ("pain_nrs", "odi", "relief", "pain_vas", "roland_morris", "pgic"),
    "visit": ("3 months", "12 months", "24 months"),
    "status": tuple(Status),
    "sex": ("female", "male", "other"),
    "serious": ("yes", "no"),
    "ctcae_grade": ("1", "2", "3", "4", "5"),
    "level": ("L1/2", "L2/3", "L3/4", "L4/5", "L5/S1"),
    "harvest_site": ("posterior iliac crest", "anterior iliac crest", "other"),
    "modality": ("MRI", "CT", "X-ray"),
    "relation": ("unrelated", "unlikely", "possible", "probable", "definite"),
}
"""The drop-downs, by column. Those in ``CLOSED`` admit nothing else; the others can be added to."""

CLOSED = {"status", "serious", "ctcae_grade"}

HOW_TO = (
    "How to fill in this case book",
    "",
    "One row a case in 'cases'; one row a procedure, an assessment, an image, an adverse event in the other sheets.",
    "case_id is a key of your own. Write no names, no record numbers, no birthdays.",
    "Leave blank what the chart does not say. Blank is not 'no', and 'no' is not blank.",
    "",
    "When: use the column date throughout (calendar), or the column day throughout (days since the treatment; the"
    " day before it is -1). Not both.",
    "A date may be as vague as the chart: 2012-03-05, or 2012-03 (some day of that month), or 2012, or"
    " 2012-03/2012-09 (some day between).",
    "A day may be 30, or -7, or 0/913 (some day between). Blank means: at some time, nobody knows when.",
    "With calendar dates, write the day the case book was frozen into study.toml: [cases] cut.",
    "withdrawal and death hold the date, or yes where it happened and no date is known.",
    "",
    "status: done (there is a value), not_done (it was due, and was not made), not_asked (this question was not put),"
    " not_reached (the visit's day has not come yet).",
    "A row that is not done needs its visit. An assessment before treatment has no visit: it is found by its date.",
    "relief: 1 or yes, 0 or no. pain_nrs: 0 to 10. odi: 0 to 100.",
    "",
    "No complications? Then leave 'adverse_events' empty: it says they were looked for, and none was seen.",
    "Complications were not recorded? Then delete the sheet 'adverse_events': it says that nothing is known.",
    "",
    "Do not merge cells. Do not put anything above the header. Columns of your own are welcome.",
    f"The drop-downs come from the sheet '{LISTS}'; add your procedures, instruments and visits there.",
)


def write_workbook(path: Path) -> None:
    """The workbook at ``path``: notes, the five tables under frozen headers, and the lists behind the drop-downs."""
    from openpyxl import Workbook

    book: Any = Workbook()
    _write_notes(book.active)
    lists = book.create_sheet(LISTS)
    ranges = _write_lists(lists)
    for table, columns in FILE_COLUMNS.items():
        _write_table(book.create_sheet(table, len(book.sheetnames) - 1), columns, ranges)
    book.save(path)


def _write_notes(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = NOTES
    sheet.column_dimensions["A"].width = 18
    sheet.column_dimensions["B"].width = 26
    sheet.column_dimensions["C"].width = 90
    for line in HOW_TO:
        sheet.append([line])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    sheet.append(["sheet", "column (* required)", "meaning"])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for table, columns in FILE_COLUMNS.items():
        for column in columns:
            sheet.append([table, column.name + (" *" if column.required else ""), column.meaning])
            sheet.cell(sheet.max_row, 3).alignment = Alignment(wrap_text=True, vertical="top")


def _write_lists(sheet: Any) -> dict[str, str]:
    """The choices, a column each; where each drop-down finds them. Open lists have room for more."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    ranges = {}
    for place, (name, choices) in enumerate(CHOICES.items(), start=1):
        letter = get_column_letter(place)
        sheet.cell(1, place, name).font = Font(bold=True)
        sheet.column_dimensions[letter].width = 22
        for row, choice in enumerate(choices, start=2):
            sheet.cell(row, place, choice)
        last = len(choices) + 1 if name in CLOSED else 40
        ranges[name] = f"'{LISTS}'!${letter}$2:${letter}${last}"
    sheet.freeze_panes = "A2"
    return ranges


def _write_table(sheet: Any, columns: tuple[FileColumn, ...], ranges: dict[str, str]) -> None:
    """A header, frozen; a drop-down where a column has one; cells that Excel leaves as they are typed."""
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.freeze_panes = "B2"
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        cell = sheet.cell(1, place, column.name)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="D9E2EC" if column.required else "F0F4F8")
        sheet.column_dimensions[letter].width = max(12, len(column.name) + 3)
        if column.kind not in (Kind.NUMBER, Kind.WHOLE):
            # as text: Excel would turn 2012-03 into the 1st of March, 4/5 into the 5th of April, 007 into 7
            sheet.column_dimensions[letter].number_format = "@"
        if column.name in ranges:
            choice = DataValidation(type="list", formula1=ranges[column.name], allow_blank=True)
            choice.showErrorMessage = True  # without it Excel checks nothing
            choice.errorStyle = "stop" if column.name in CLOSED else "warning"
            choice.errorTitle = column.name
            choice.error = f"{column.name} is not in the sheet '{LISTS}'"
            choice.add(f"{letter}2:{letter}{LAST_ROW}")
            sheet.add_data_validation(choice)
