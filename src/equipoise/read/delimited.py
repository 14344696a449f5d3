"""Text tables: comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; every column as text."""

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from equipoise.errors import Problem
from equipoise.read.cells import cleaned, fold
from equipoise.read.sheet import Found, at_rows, numbered, refused

HEAD_BYTES = 65_536
"""How far into a file its header is looked for."""

PATIENT_BYTES = 200_000_000
"""How large a file the patient reader takes on; it needs some twenty times as much memory."""

_CHUNK = 1 << 24
_AS_TEXT = "save the table as 'CSV UTF-8 (comma delimited)' from the spreadsheet it was made in"


def read_delimited(path: Path, known: set[str], unknown: tuple[str, ...]) -> Found:
    """A CSV or TSV file as a sheet of texts.

    Parameters
    ----------
    path : the file
    known : the folded column names of which the header must have at least one
    unknown : texts that mean "not recorded"
    """
    label = path.name
    try:
        data = path.read_bytes()
    except OSError:
        return refused(label, "the file cannot be opened", "check that it is a file you may read")
    if not data[:HEAD_BYTES].strip():
        return refused(label, "the file is empty", "give it a header line, even where the table has no rows")
    text, note = _as_utf8(data)
    if text is None:
        return refused(label, "this is not a text table", _AS_TEXT)
    separator, header = _header(text, known)
    if not known & {fold(name) for name in header}:
        return refused(
            label,
            "none of the columns expected here is in its first row",
            f"make the first row the header; it may name: {', '.join(sorted(known))}",
        )
    frame, problems = _rows(text, separator, label)
    if frame is None:
        return Found(None, tuple(problems))
    sheet_columns, header_problems = under_header(frame, label, unknown)
    notes = (f"{label} is not UTF-8; it was read as {note}",) if note else ()
    sheet = numbered(sheet_columns, label, decimal_comma=separator == ";")
    return Found(sheet, (*problems, *header_problems), notes)


def under_header(
    frame: pl.DataFrame, label: str, unknown: tuple[str, ...]
) -> tuple[dict[str, pl.Series], list[Problem]]:
    """The columns of a frame whose first row is the header, cleaned; columns blank throughout are left out.

    A problem names a column by its place: where the header is missing, what stands in row 1 is somebody's data.
    """
    columns: dict[str, pl.Series] = {}
    places: dict[str, int] = {}
    problems: list[Problem] = []
    for place, (header, cells) in enumerate(zip(frame.row(0), frame.iter_columns(), strict=True), start=1):
        name = " ".join((header or "").split())
        body = cleaned(cells.slice(1), unknown)
        if not name and body.null_count() == body.len():
            continue
        if not name:
            problems.append(Problem(f"{label}: row 1", f"column {place} has no name", "name it, or empty the column"))
        elif name in columns:
            what = f"columns {places[name]} and {place} have the same name"
            problems.append(Problem(f"{label}: row 1", what, "rename or remove one"))
        else:
            columns[name], places[name] = body, place
    return columns, problems


def _as_utf8(data: bytes) -> tuple[bytes | None, str | None]:
    """(the text as UTF-8, the encoding worth a note); ``None`` where the bytes are no text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return _with_newlines(data.decode("utf-16").encode()), "UTF-16"
        except UnicodeDecodeError:
            return None, None
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        return None, None
    if _is_utf8(data):
        return _with_newlines(data), None
    try:
        return _with_newlines(data.decode("cp1252").encode()), "Windows-1252"
    except UnicodeDecodeError:
        return _with_newlines(data.decode("latin-1").encode()), "Latin-1"


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(view[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _with_newlines(data: bytes) -> bytes:
    """Old Macintosh line ends (a lone carriage return) as newlines."""
    head = data[:HEAD_BYTES]
    return data.replace(b"\r", b"\n") if b"\r" in head and b"\n" not in head else data


def _header(text: bytes, known: set[str]) -> tuple[str, list[str]]:
    """(the separator, the header): the separator under which most known columns, then most columns, are seen."""
    head = text[:HEAD_BYTES].decode("utf-8", errors="ignore")
    if "\n" not in head and len(text) > HEAD_BYTES:
        return ",", []
    readings = []
    for separator in (",", ";", "\t"):
        try:
            header = next(csv.reader(io.StringIO(head, newline=""), delimiter=separator), [])
        except csv.Error:
            header = []
        readings.append((len(known & {fold(name) for name in header}), len(header), separator, header))
    best = max(readings, key=lambda reading: reading[:2])
    return best[2], best[3]


def _rows(text: bytes, separator: str, label: str) -> tuple[pl.DataFrame | None, list[Problem]]:
    """Header and rows as texts. What the fast reader refuses, the patient one reads or explains."""
    try:
        return pl.read_csv(text, has_header=False, infer_schema=False, separator=separator), []
    except pl.exceptions.PolarsError:
        if len(text) > PATIENT_BYTES:
            what = "a row has more cells than the header, or a lone quotation mark"
            return None, [
                Problem(label, what, "write the table again with every text in quotation marks, or as Parquet")
            ]
    try:
        rows = list(_patiently(text, separator, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            remedy = 'look for a lone " and close or remove it'
            return None, [Problem(label, "a quotation mark is opened and never closed", remedy)]
        try:
            rows = list(_patiently(text, separator, strict=False))
        except csv.Error:
            return None, [Problem(label, "this is not a text table", _AS_TEXT)]
    width = len(rows[0])
    ragged = [place for place, row in enumerate(rows, start=1) if any(cell.strip() for cell in row[width:])]
    columns = {f"column_{k}": [row[k] if k < len(row) else None for row in rows] for k in range(width)}
    where = pl.Series(ragged, dtype=pl.UInt32)
    remedy = 'put "quotation marks" around a text that holds the separator, or name the further columns'
    problems = at_rows(label, None, where, "more cells than the header has columns", remedy)
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), problems


def _patiently(text: bytes, separator: str, *, strict: bool) -> Iterator[list[str]]:
    """The rows by Python's reader; a blank line is a row, so that row numbers stay those of a spreadsheet."""
    return iter(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=separator, strict=strict))
