"""The digest of a cut: the bytes the documentation says, and nothing else."""

import hashlib
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casebook_files import GOOD, changed, read
from equipoise.domain.records import FILE_COLUMNS
from laws import examples

NAMES = {"cases": 1, "procedures": 2, "assessments": 2, "imaging": 1, "adverse_events": 2}


def ordered_columns(table, frame):
    """Key and name, then when, then the rest in the order of the layout, then further columns by name."""
    key = [column.name for column in FILE_COLUMNS[table]][: NAMES[table]]
    when = [] if table == "cases" else ["low", "high"]
    rest = []
    for column in FILE_COLUMNS[table]:
        stem = {"date_end": "end"}.get(column.name, column.name)
        happened = {"death": "died", "withdrawal": "withdrawn"}.get(column.name)
        rest += [name for name in (stem, f"{stem}_low", f"{stem}_high", happened) if name in frame.columns]
    rest = [name for name in rest if name not in key]
    return [*key, *when, *rest, *sorted(set(frame.columns) - {*key, *when, *rest})]


def digest_by_hand(book):
    """docs/case-book.md, "The digest", in plain Python."""
    recorded = "recorded" if book.adverse_events_recorded else "not recorded"
    data = f"equipoise case book 1\n{book.clock}\nadverse events {recorded}\n".encode()
    keys = sorted(book.cases["case_id"].to_list())
    for table in FILE_COLUMNS:
        frame = book.table(table)
        columns = ordered_columns(table, frame)
        rows = frame.select(columns).rows()
        rows.sort(key=lambda row: [(cell is not None, cell) for cell in row])
        data += f"{table} {len(rows)}\n".encode()
        for place, name in enumerate(columns):
            cells = [row[place] for row in rows]
            data += column_bytes(
                name, str(frame.schema[name]), cells, keys, with_words=name != "case_id" or table == "cases"
            )
    return hashlib.sha256(data).hexdigest()


def column_bytes(name, kind, cells, keys, *, with_words):
    if kind == "String":
        words = keys if name == "case_id" else sorted({cell for cell in cells if cell is not None})
        width = "B" if len(words) < 2**8 else "H"
        encoded = [word.encode() for word in words]
        table = struct.pack(f"<I{len(words)}I", len(words), *map(len, encoded)) + b"".join(encoded)
        ranks = [0 if cell is None else words.index(cell) + 1 for cell in cells]
        return f"{name} text\n".encode() + (table if with_words else b"") + struct.pack(f"<{len(cells)}{width}", *ranks)
    if kind == "Boolean":
        return f"{name} flag\n".encode() + bytes(2 if cell is None else int(cell) for cell in cells)
    there = bytes(cell is not None for cell in cells)
    letter, word = ("d", "number") if kind == "Float64" else ("i", "day")
    return f"{name} {word}\n".encode() + there + struct.pack(f"<{len(cells)}{letter}", *(cell or 0 for cell in cells))


def test_the_digest_is_the_documented_bytes(tmp_path):
    book = read(tmp_path, GOOD)
    assert book.cut.digest == digest_by_hand(book)
    # pinned: a digest written down today must still be found in ten years
    assert book.cut.digest == "7547fe022e3d6700d303ea778726416b262f0dcde95a7a81b1348498c0d3bf76"


def test_further_columns_and_no_adverse_events_are_in_the_digest(tmp_path):
    header, *rows = GOOD["cases"]
    tables = {**GOOD, "cases": [[*header, "zeta", "bmi"], [*rows[0], "é", "-0.0"], [*rows[1], "", "31.5"]]}
    del tables["adverse_events"]
    book = read(tmp_path, tables)
    assert book.cut.digest == digest_by_hand(book)


@pytest.mark.parametrize(
    ("table", "row", "column", "value"),
    [
        ("cases", 2, "sex", "male"),
        ("cases", 2, "sex", ""),
        ("cases", 3, "death", ""),
        ("procedures", 3, "date", "2012-03-01"),
        ("assessments", 3, "value", "4.8"),
        ("assessments", 4, "status", "not_done"),
        ("adverse_events", 2, "serious", ""),
    ],
)
def test_any_change_changes_it(tmp_path, table, row, column, value):
    before = read(tmp_path / "before", GOOD).cut.digest
    assert read(tmp_path / "after", changed(table, row, column, value)).cut.digest != before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(10))
@given(st.data())
def test_no_order_of_rows_changes_it(tmp_path: Path, data):
    turned = {name: [rows[0], *data.draw(st.permutations(rows[1:]))] for name, rows in GOOD.items()}
    assert read(tmp_path / "turned", turned).cut.digest == read(tmp_path / "good", GOOD).cut.digest
