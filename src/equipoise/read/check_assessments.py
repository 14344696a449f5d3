"""What is wrong with the assessments: names, status, values, visits, and what cannot be true together."""

import numpy as np
import numpy.typing as npt
import polars as pl

from equipoise.domain.instrument import Instrument
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import Status
from equipoise.errors import Problem
from equipoise.read.cells import as_text, fold
from equipoise.read.evidence import read_instruments
from equipoise.read.order import Ranked
from equipoise.read.sheet import ROW, Sheet, at_rows
from equipoise.read.typed import AFTER_LAST_DAY, LastDay, Typed, canonical_names
from equipoise.read.validate import check_spelling


def yes_no_values(sheet: Sheet, protocol: Protocol) -> Sheet:
    """The sheet with yes and no written as 1 and 0 where the instrument is a yes-or-no question."""
    names = {fold(name) for name, instrument in protocol.instruments.items() if instrument.yes_no}
    if "value" not in sheet.frame.columns or sheet.frame["value"].dtype != pl.String or not names:
        return sheet
    words = sheet.frame["value"].str.to_lowercase()
    if not words.is_in(["yes", "no"]).any():
        return sheet
    written = as_text(sheet.frame["instrument"])
    asked = written.is_in([text for text in written.unique().to_list() if text is not None and fold(text) in names])
    value = (
        pl.when(asked & (words == "yes")).then(pl.lit("1")).when(asked & (words == "no")).then(pl.lit("0"))
    ).otherwise(sheet.frame["value"])
    return Sheet(sheet.label, sheet.frame.with_columns(value=value), sheet.decimal_comma)


def name_assessments(assessments: Typed, protocol: Protocol) -> tuple[Typed, list[Problem]]:
    """Instruments, visits and statuses under their proper names; a blank status beside a value is done."""
    frame = assessments.frame
    instrument = canonical_names(frame["instrument"], set(protocol.instruments))
    visit = canonical_names(frame["visit"], {visit.name for visit in protocol.visit})
    status = canonical_names(frame["status"], set(Status))
    wrong = status.is_not_null() & ~status.is_in(list(Status))
    remedy = f"write one of: {', '.join(Status)}"
    problems = assessments.at(wrong, "status", "not a status", remedy)
    given = assessments.was_given("value")
    blank = frame["status"].is_null()
    if blank.any():
        status = pl.select(pl.when(blank & given).then(pl.lit(Status.DONE.value)).otherwise(status)).to_series()
    silent = blank & ~given
    remedy = "give the value, or say not_done, not_asked or not_reached, or delete the row"
    problems += assessments.at(silent, "status", "neither a value nor a status", remedy)
    named = frame.with_columns(instrument=instrument, visit=visit, status=status.alias("status"))
    return Typed("assessments", assessments.label, named, assessments.unread), problems


def check_last_day(assessments: Typed, last: LastDay | None) -> list[Problem]:
    """Assessments certainly after the data cut or today; one not reached may say when it will be due."""
    if last is None:
        return []
    late = (assessments.frame["low"] > last.day) & assessments.frame["status"].ne_missing(Status.NOT_REACHED)
    return assessments.at(late, "date", f"lies after {last.what}", AFTER_LAST_DAY)


def check_assessments(
    assessments: Typed, ranked: Ranked, protocol: Protocol, earliest: npt.NDArray[np.int64]
) -> tuple[list[Problem], list[str]]:
    """Every problem of the assessments, and what is worth a note.

    Parameters
    ----------
    assessments : as ``name_assessments`` leaves them
    ranked : the same rows, texts as ranks
    earliest : (cases,) the earliest day the clock of a case may start
    """
    problems, notes = _check_instruments(assessments, protocol)
    problems += _check_status(assessments)
    problems += _check_visits(assessments, protocol)
    for name, instrument in sorted(protocol.instruments.items()):
        problems += _check_values(assessments, name, instrument)
    problems += _check_time_zero(assessments, ranked, earliest)
    problems += _check_not_reached(assessments, ranked)
    return problems, notes


def _check_instruments(assessments: Typed, protocol: Protocol) -> tuple[list[Problem], list[str]]:
    """Misspelt instruments; those no question reads are kept and noted."""
    written = set(assessments.frame["instrument"].drop_nulls().unique().to_list())
    own = set(protocol.instruments) | {instrument.name for instrument in protocol.instrument}
    others = written - own
    if not others:
        return [], []
    known = own | set(read_instruments())
    otherwise = "an instrument of its own may be declared as [[instrument]]"
    problems, _ = check_spelling(assessments, "instrument", known, otherwise)
    rows = assessments.frame["instrument"].is_in(sorted(others)).sum()
    note = f"{rows} assessments are of instruments that no question of the study reads; they are kept and not used"
    return problems, [] if problems else [note]


def _check_status(assessments: Typed) -> list[Problem]:
    frame, given = assessments.frame, assessments.was_given("value")
    done = (frame["status"] == Status.DONE).fill_null(False)
    known = frame["status"].is_in(list(Status)).fill_null(False)
    remedy = "give the value, or say not_done, not_asked or not_reached"
    problems = assessments.at(done & ~given, "value", "done, without a value", remedy)
    remedy = "leave the value blank, or say done"
    problems += assessments.at(known & ~done & given, "value", "a value although the status is not done", remedy)
    lost = known & ~done & frame["visit"].is_null()
    remedy = "name the visit it was planned for"
    return problems + assessments.at(lost, "visit", "not done, and no visit named", remedy)


def _check_visits(assessments: Typed, protocol: Protocol) -> list[Problem]:
    names = [visit.name for visit in protocol.visit]
    visit = assessments.frame["visit"]
    strange = visit.is_not_null() & ~visit.is_in(names)
    declare = "declare a further [[visit]], or leave it blank: a baseline is found by its date"
    remedy = f"it may be: {', '.join(names)}; {declare}"
    return assessments.at(strange, "visit", "not a visit of the protocol", remedy)


def _check_values(assessments: Typed, name: str, instrument: Instrument) -> list[Problem]:
    """Values no chart can hold: out of the instrument's range, or not whole where only whole numbers are possible."""
    mine = (assessments.frame["instrument"] == name).fill_null(False)
    if not mine.any():
        return []
    value = assessments.frame["value"]
    low, high = float(instrument.low), float(instrument.high)
    outside = mine & ((value < low) | (value > high))
    remedy = f"'{name}' goes from {instrument.low:f} to {instrument.high:f}; correct it, or mark it not_done"
    problems = assessments.at(outside, "value", f"out of the range of '{name}'", remedy)
    if instrument.yes_no:
        broken = mine & ~outside & ~value.is_in([0.0, 1.0])
        return problems + assessments.at(broken, "value", f"neither yes nor no for '{name}'", "write 1 or 0")
    if instrument.whole:
        broken = mine & ~outside & (value != value.round())
        problems += assessments.at(
            broken, "value", f"not a whole number for '{name}'", "only whole numbers are possible"
        )
    return problems


def _check_time_zero(assessments: Typed, ranked: Ranked, earliest: npt.NDArray[np.int64]) -> list[Problem]:
    """Done assessments labelled for a visit although they certainly lie on or before time zero."""
    frame = assessments.frame
    labelled = frame["visit"].is_not_null() & frame["high"].is_not_null() & ranked.frame["case_id"].is_not_null()
    labelled = labelled & (frame["status"] == Status.DONE).fill_null(False)
    if not labelled.any():
        return []
    rows = frame[ROW].filter(labelled)
    case = ranked.frame["case_id"].filter(labelled).to_numpy()
    too_early = frame["high"].filter(labelled).to_numpy() <= earliest[case]
    if not too_early.any():
        return []
    early = rows.filter(pl.Series(too_early))
    remedy = "correct its date, or leave visit blank: it is a baseline"
    problem = "an assessment on or before time zero stands for a visit"
    return at_rows(assessments.label, "visit", early, problem, remedy)


def _check_not_reached(assessments: Typed, ranked: Ranked) -> list[Problem]:
    """A visit said not to be reached, for which the case has an assessment done: of any instrument, for a day has
    come for all of them or for none. The rows of both are named."""
    status = assessments.frame["status"]
    absent = (status == Status.NOT_REACHED).fill_null(False)
    if not absent.any():
        return []
    keys = ["case_id", "visit"]
    named = ranked.frame.select(ROW, *keys)
    missing, done = named.filter(absent), named.filter((status == Status.DONE).fill_null(False))
    rows = pl.concat([missing.join(done, on=keys, how="semi"), done.join(missing, on=keys, how="semi")])[ROW]
    problem = "a visit not reached, yet an assessment of the same case is done for it"
    remedy = "a visit is reached for every instrument or for none: write not_done or not_asked, or correct the visit"
    return at_rows(assessments.label, "status", rows, problem, remedy)


def check_one_value_a_day(assessments: Typed, ordered: Ranked) -> list[Problem]:
    """Two different values of one instrument of a case on one whole day.

    Parameters
    ----------
    ordered : the assessments in canonical order, where such rows are neighbours
    """
    frame = ordered.frame
    same_day = [pl.col(name) == pl.col(name).shift(1) for name in ("case_id", "instrument", "low", "high")]
    differs = (
        pl.all_horizontal(same_day) & (pl.col("low") == pl.col("high")) & (pl.col("value") != pl.col("value").shift(1))
    )
    found = frame.select(differs.fill_null(False).alias("second"))["second"]
    if not found.any():
        return []
    rows = pl.concat([frame[ROW].filter(found), frame[ROW].filter(found.shift(-1, fill_value=False))])
    remedy = "keep the value that counts, or correct a date"
    problem = "two different values of one instrument on one day"
    return at_rows(assessments.label, "value", rows, problem, remedy)
