"""The digest of a data cut: SHA-256 over the typed tables in canonical order, whatever file they came from.

The bytes, in order (integers little-endian):

1. the line ``equipoise case book 1``, the clock's name, and ``adverse events recorded`` or ``adverse events not
   recorded``, a newline each;
2. for each of cases, procedures, assessments, imaging, adverse_events: a line ``<table> <number of rows>``; then for
   each column, in the order rows are sorted by (``read/order``): a line ``<column> <text|number|day|flag>``, and
   - text: the distinct texts sorted by their UTF-8 bytes (for ``case_id`` those of ``cases``, written with that table
     alone): uint32 how many, uint32 the byte length of each, then all their bytes; then one number a row, 0 where
     blank, else 1 + the text's rank, as uint8, uint16 or uint32, the smallest that holds the number of texts;
   - number: one byte a row, 1 where there is a value; then float64 a row, 0.0 where blank;
   - day (a day, or a whole number): one byte a row, 1 where there is a value; then int32 a row, 0 where blank;
   - flag: one byte a row: 0 no, 1 yes, 2 blank.
"""

import hashlib
from collections.abc import Iterable
from typing import Protocol as Shape

import numpy as np
import polars as pl

from equipoise.domain.records import Clock
from equipoise.read.order import Ranked


class _Hash(Shape):
    def update(self, data: bytes, /) -> None: ...


def digest(clock: Clock, tables: Iterable[Ranked], *, adverse_events_recorded: bool) -> str:
    """SHA-256, as 64 hexadecimal digits, of tables that are already in canonical order."""
    sha = hashlib.sha256()
    recorded = "recorded" if adverse_events_recorded else "not recorded"
    sha.update(f"equipoise case book 1\n{clock}\nadverse events {recorded}\n".encode())
    for table in tables:
        sha.update(f"{table.table} {table.frame.height}\n".encode())
        for name in table.columns:
            if name in table.words:
                sha.update(f"{name} text\n".encode())
                words = table.words[name]
                if name != "case_id" or table.table == "cases":
                    _words(sha, words)
                sha.update(_ranks(table.frame[name], words.len()))
            else:
                _plain(sha, name, table.frame[name])
    return sha.hexdigest()


def _words(sha: _Hash, words: pl.Series) -> None:
    sha.update(np.array([words.len()], dtype="<u4").tobytes())
    sha.update(words.str.len_bytes().to_numpy().astype("<u4").tobytes())
    sha.update("".join(words.to_list()).encode())


def _ranks(ranks: pl.Series, distinct: int) -> bytes:
    width = "<u1" if distinct < 2**8 else "<u2" if distinct < 2**16 else "<u4"
    return (ranks.cast(pl.UInt32) + 1).fill_null(0).to_numpy().astype(width).tobytes()


def _plain(sha: _Hash, name: str, cells: pl.Series) -> None:
    if cells.dtype == pl.Boolean:
        sha.update(f"{name} flag\n".encode())
        sha.update(cells.cast(pl.UInt8).fill_null(2).to_numpy().tobytes())
        return
    is_number = cells.dtype == pl.Float64
    sha.update(f"{name} {'number' if is_number else 'day'}\n".encode())
    sha.update(cells.is_not_null().cast(pl.UInt8).to_numpy().tobytes())
    filled = cells.fill_null(0).to_numpy()
    # + 0.0 turns a negative zero into zero: they are equal, so they must be the same bytes
    sha.update((filled + 0.0).astype("<f8").tobytes() if is_number else filled.astype("<i4").tobytes())
