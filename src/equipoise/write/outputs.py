"""The answer as files: all of them appear, or none."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.domain.cohort import Outcome
from equipoise.domain.result import CaseOutcomes, CaseScores
from equipoise.errors import OutputError, Problem

if TYPE_CHECKING:
    import polars as pl

REPORT, RESULTS, CASES = "report.html", "results.json", "cases.csv"
OURS = (REPORT, RESULTS, CASES)
LEFT_ALONE = ("thumbs.db", "desktop.ini")
"""What systems put into folders by themselves; so are names that begin with a dot or, from Office, with ~$."""

_REMEDIES = {
    errno.EACCES: "name a folder you may write to with --out",
    errno.EPERM: "name a folder you may write to with --out",
    errno.EROFS: "name a folder on a disk that can be written to with --out",
    errno.ENOSPC: "free some space, or name a folder on another disk with --out",
    errno.ENAMETOOLONG: "name a shorter path with --out",
}


def write_outputs(out: Path, *, report: str, results: str, outcomes: CaseOutcomes) -> tuple[Path, ...]:
    """Write report.html, results.json and cases.csv into ``out``, replacing an earlier answer of ours whole.

    ``out`` may be a link to a folder, the current folder, or a folder that cannot be renamed.

    Raises
    ------
    OutputError : ``out`` is not a folder, holds files that are not ours, or cannot be written
    """
    try:
        target = out.resolve()
        _refuse_what_is_not_ours(target, out)
        with _whole_or_nothing(target) as folder:
            (folder / REPORT).write_text(report, encoding="utf-8")
            (folder / RESULTS).write_text(results, encoding="utf-8")
            cases_table(outcomes).write_csv(folder / CASES)
    except (OSError, RuntimeError) as error:  # before Python 3.13 a loop of links is a RuntimeError
        raise OutputError(_cannot_write(out, error)) from error
    return tuple(out / name for name in OURS)


def cases_table(outcomes: CaseOutcomes) -> "pl.DataFrame":
    """One row a case, one column a reading ("estimand | visit | strategy"), in words: the way back to the cases."""
    import polars as pl

    words = pl.Series([_in_words(bits) for bits in range(32)])
    responses = {name: words.gather(pl.Series(bits)) for name, bits in outcomes.columns.items()}
    scores = {name: _scores_in_words(each) for name, each in outcomes.scores.items()}
    return pl.DataFrame({"case_id": outcomes.case_ids, "group": outcomes.group, **responses, **scores})


def _scores_in_words(scores: CaseScores) -> "pl.Series":
    """The score, or the range of it where the chart is vague, and what else the case may be."""
    import polars as pl

    others = pl.Series(["", *(_in_words(bits & ~Outcome.YES) for bits in range(1, 32))]).gather(pl.Series(scores.bits))
    table = pl.DataFrame({"low": scores.low, "high": scores.high, "other": others})
    low, high = pl.col("low").round(10).cast(pl.String), pl.col("high").round(10).cast(pl.String)
    score = (
        pl.when(pl.col("low") == pl.col("high"))
        .then(low)
        .when(pl.col("low") < pl.col("high"))
        .then(low + " to " + high)
    )
    other = pl.when(pl.col("other") != "").then("other")
    return table.select(pl.concat_str(score, other, separator=" or ", ignore_nulls=True).alias("score"))["score"]


def _in_words(bits: int) -> str:
    return " or ".join(str(each.name).lower().replace("_", " ") for each in Outcome if bits & each)


def _refuse_what_is_not_ours(target: Path, out: Path) -> None:
    """Raise where the answer would have to take the place of something; ``out`` is the path as it was asked for."""
    around = next(each for each in (target, *target.parents) if each.exists())
    if not around.is_dir():
        where, what = (out, "stands where the folder should be") if around == target else (around, "is in the way")
        remedy = "move the file away, or name another folder with --out"
        raise OutputError(Problem(str(where), f"a file {what}", remedy))
    if around != target:
        return
    foreign = sorted(each.name for each in target.iterdir() if not _is_ours(each) and not _is_left_alone(each))
    if foreign:
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        problem = f"it holds other files ({', '.join(foreign[:3])}{more})"
        raise OutputError(Problem(str(out), problem, "name an empty or a new folder with --out"))


def _is_ours(file: Path) -> bool:
    return file.name in OURS and not file.is_dir()


def _is_left_alone(file: Path) -> bool:
    return file.name.startswith((".", "~$")) or file.name.lower() in LEFT_ALONE


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[Path]:
    """A temporary folder whose files become those of ``target`` only when all of them are written."""
    missing = [each for each in (target, *target.parents) if not each.exists()]
    temporary: list[Path] = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder, beside = _temporary(target)
        temporary.append(folder)
        yield folder
        if not (beside and _took_the_name(folder, target)):
            if beside:  # into the same mount first: only there is a file moved in one step
                temporary.append(_new_folder(target))
                folder = shutil.copytree(folder, temporary[-1], dirs_exist_ok=True)
            _take_the_files(folder, target)
    except BaseException:
        for each in temporary:
            shutil.rmtree(each, ignore_errors=True)
        for each in missing:
            with suppress(OSError):
                each.rmdir()  # refuses what is not empty
        raise
    for each in temporary:
        shutil.rmtree(each, ignore_errors=True)


def _temporary(target: Path) -> tuple[Path, bool]:
    """(a new folder, whether it lies beside ``target`` and may take its name; else it lies within)."""
    if not target.exists():
        return _new_folder(target.parent), True
    stays = target == Path.cwd() or os.path.ismount(target) or any(_is_left_alone(each) for each in target.iterdir())
    if not stays:
        with suppress(OSError):  # the folder around it may not be ours to write to
            return _new_folder(target.parent), True
    return _new_folder(target), False


def _new_folder(around: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=".equipoise-", dir=around))


def _took_the_name(folder: Path, target: Path) -> bool:
    """Swap the new folder in; false, and nothing changed, where ``target`` cannot be renamed.

    The earlier answer stays until the new one stands, and comes back if it cannot.
    """
    folder.chmod(0o755)
    if not target.exists():
        folder.rename(target)
        return True
    earlier = _new_folder(target.parent)
    try:
        os.replace(target, earlier)
    except OSError:
        earlier.rmdir()
        return False
    try:
        os.replace(folder, target)
    except BaseException:
        os.replace(earlier, target)
        raise
    shutil.rmtree(earlier, ignore_errors=True)
    return True


def _take_the_files(folder: Path, target: Path) -> None:
    """Move the new files into ``target`` one by one; if one cannot be moved, those before it are put back."""
    kept = folder / "earlier"
    kept.mkdir()
    for name in OURS:
        if (target / name).exists():
            shutil.copy2(target / name, kept / name)
    moved: list[str] = []
    try:
        for name in OURS:
            os.replace(folder / name, target / name)
            moved.append(name)
    except BaseException:
        for name in moved:
            if (kept / name).exists():
                os.replace(kept / name, target / name)
            else:
                (target / name).unlink()
        raise


def _cannot_write(out: Path, error: OSError | RuntimeError) -> Problem:
    number = error.errno if isinstance(error, OSError) else None
    reason = error.strerror if isinstance(error, OSError) else "its links lead in a circle"
    remedy = _REMEDIES.get(number or 0, "name another folder with --out")
    return Problem(str(out), f"cannot be written: {reason or 'the system refused'}", remedy)
