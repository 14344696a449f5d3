"""The answer as files: all of them appear, or none."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.domain.cohort import Outcome
from equipoise.domain.result import CaseOutcomes, CaseScores
from equipoise.errors import OutputError, Problem

if TYPE_CHECKING:
    import polars as pl

REPORT, RESULTS, CASES = "report.html", "results.json", "cases.csv"


def write_outputs(out: Path, *, report: str, results: str, outcomes: CaseOutcomes) -> tuple[Path, ...]:
    """Write report.html, results.json and cases.csv into ``out``, replacing an earlier answer of ours whole.

    Raises
    ------
    OutputError : ``out`` is not a folder, holds files that are not ours, or cannot be written
    """
    _refuse_what_is_not_ours(out)
    with _whole_or_nothing(out) as folder:
        (folder / REPORT).write_text(report, encoding="utf-8")
        (folder / RESULTS).write_text(results, encoding="utf-8")
        cases_table(outcomes).write_csv(folder / CASES)
    return tuple(out / name for name in (REPORT, RESULTS, CASES))


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


def _refuse_what_is_not_ours(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        problem = "it is a file, and the answer is a folder"
        raise OutputError(Problem(str(out), problem, "name another folder with --out"))
    foreign = sorted(each.name for each in out.iterdir() if each.name not in (REPORT, RESULTS, CASES))
    if foreign:
        raise OutputError(
            Problem(str(out), f"it holds other files ({', '.join(foreign[:3])})", "name an empty folder with --out")
        )


@contextmanager
def _whole_or_nothing(out: Path) -> Iterator[Path]:
    """A temporary sibling that takes the name of ``out`` only when everything in it is written."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise OutputError(_cannot_write(out, error)) from error
    try:
        yield folder
        _take_the_name(folder, out)
    except OSError as error:
        raise OutputError(_cannot_write(out, error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_the_name(folder: Path, out: Path) -> None:
    """Swap the new folder in; the earlier answer stays until the new one stands, and comes back if it cannot."""
    folder.chmod(0o755)
    if not out.exists():
        folder.rename(out)
        return
    earlier = Path(tempfile.mkdtemp(prefix=f".{out.name}-earlier-", dir=out.parent))
    os.replace(out, earlier)
    try:
        os.replace(folder, out)
    except OSError:
        os.replace(earlier, out)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _cannot_write(out: Path, error: OSError) -> Problem:
    return Problem(
        str(out), f"cannot be written: {error.strerror or 'the system refused'}", "choose another with --out"
    )
