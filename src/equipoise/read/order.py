"""One order of rows, whatever the file had: so that equal data give equal tables, equal numbers and one digest.

Rows are sorted by case, then name (instrument, procedure, term), then when, then every other column; blanks
first, texts by their UTF-8 bytes. Texts are sorted through their rank among the column's distinct texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from equipoise.domain.records import FILE_COLUMNS, Kind
from equipoise.read.sheet import ROW
from equipoise.read.typed import FURTHER, Typed


@dataclass(frozen=True)
class Ranked:
    """A typed table whose texts are ranks: ``words[column][rank]`` is the text. ROW is kept; null is blank.

    ``columns`` : the canonical columns, in the order rows are sorted by
    """

    table: str
    frame: pl.DataFrame
    columns: tuple[str, ...]
    words: Mapping[str, pl.Series]

    def sorted(self) -> "Ranked":
        """The same rows in canonical order."""
        return Ranked(self.table, self.frame.sort(self.columns), self.columns, self.words)

    def plain(self) -> pl.DataFrame:
        """The canonical columns with texts as texts again."""
        return pl.DataFrame(
            [
                (
                    self.words[name].gather(self.frame[name].cast(pl.UInt32))
                    if name in self.words
                    else self.frame[name]
                ).alias(name)
                for name in self.columns
            ]
        )


def canonical_columns(typed: Typed) -> tuple[str, ...]:
    """The order of columns rows are sorted by; further columns of ``cases`` come last, by name."""
    names = [column.name for column in FILE_COLUMNS[typed.table] if column.required and column.kind is Kind.NAME]
    if typed.table != "cases":
        names += ["low", "high"]
    file_columns = {column.name for column in FILE_COLUMNS[typed.table]}
    rest = [name for name in typed.frame.columns if name not in names and name != ROW and not name.startswith(FURTHER)]
    further = sorted(name for name in rest if typed.table == "cases" and _is_further(name, file_columns))
    return (*names, *(name for name in rest if name not in further), *further)


def _is_further(name: str, file_columns: set[str]) -> bool:
    stem = name.removesuffix("_low").removesuffix("_high")
    return name not in file_columns and stem not in file_columns and name not in ("died", "withdrawn")


def rank(typed: Typed, case_ids: pl.Series) -> Ranked:
    """The table with texts as ranks.

    Parameters
    ----------
    typed : any of the five
    case_ids : (n,) the distinct keys of ``cases``, sorted; a key that is not among them ranks as blank
    """
    words: dict[str, pl.Series] = {}
    ranked: dict[str, pl.Series] = {ROW: typed.frame[ROW]}
    columns = canonical_columns(typed)
    for name in columns:
        cells = typed.frame[name]
        if cells.dtype == pl.String:
            words[name] = case_ids if name == "case_id" else cells.unique().drop_nulls().sort()
            cells = _ranks(cells, words[name])
        ranked[name] = cells
    return Ranked(typed.table, pl.DataFrame(ranked), columns, words)


def _ranks(cells: pl.Series, words: pl.Series) -> pl.Series:
    if words.len() == 0 or cells.null_count() == cells.len():
        return pl.repeat(None, cells.len(), dtype=pl.UInt32, eager=True)
    return cells.cast(pl.Enum(words), strict=False).to_physical()
