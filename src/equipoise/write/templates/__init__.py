"""``equipoise new``: a commented study and an empty case book that a clinic can fill in today."""

import csv
import os
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

from equipoise.domain.records import FILE_COLUMNS
from equipoise.errors import OutputError, Problem
from equipoise.write.templates.workbook import write_workbook

STUDY = "study.toml"
WORKBOOK = "case-book.xlsx"
FOLDER = "case-book"


def write_new_study(directory: Path) -> tuple[Path, ...]:
    """A new study in ``directory``: ``study.toml``, and its case book as a workbook and as a folder of CSV.

    Everything is made in a sibling folder that is renamed at the end, so nothing appears half-written.

    Returns
    -------
    The files written

    Raises
    ------
    OutputError : something is there already, or the place cannot be written to
    """
    where = str(directory)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        remedy = "name a new folder: nothing is ever overwritten"
        raise OutputError(Problem(where, "something is there already", remedy))
    parent = directory.absolute().parent
    if not parent.is_dir():
        raise OutputError(Problem(where, "the folder around it does not exist", "make it first, or name another place"))
    try:
        staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=parent))
    except OSError as error:
        raise _cannot_write(where, error) from error
    try:
        written = _write_into(staging)
        staging.chmod(0o777 & ~_umask())
        if directory.exists():
            directory.rmdir()
        staging.rename(directory)
    except OSError as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise _cannot_write(where, error) from error
    return tuple(directory / name for name in written)


def _write_into(folder: Path) -> list[str]:
    """Every file of a new study, in a folder of its own; their names."""
    template = files("equipoise.write.templates").joinpath(STUDY).read_text(encoding="utf-8")
    (folder / STUDY).write_text(template, encoding="utf-8")
    write_workbook(folder / WORKBOOK)
    (folder / FOLDER).mkdir()
    names = [STUDY, WORKBOOK]
    for table, columns in FILE_COLUMNS.items():
        name = f"{FOLDER}/{table}.csv"
        # with a byte-order mark, so that Excel takes the file for UTF-8
        with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerow([column.name for column in columns])
        names.append(name)
    return names


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _cannot_write(where: str, error: OSError) -> OutputError:
    reason = error.strerror or "the system refused"
    return OutputError(Problem(where, f"cannot be written: {reason}", "name a place you may write to"))
