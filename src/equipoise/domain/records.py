"""The case book: five plain tables, read and checked, with vague dates kept as intervals.

Every date or day column ``x`` of the files becomes two columns ``x_low`` and ``x_high``: the first and last
day it may mean (Int32; days since 1970-01-01 on the calendar clock, study days as written on the study-day
clock). Both are null where the chart does not say when: unknown within follow-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import dataframely as dy
import polars as pl


class Clock(StrEnum):
    """What the days of a case book count from."""

    CALENDAR = "calendar"
    STUDY_DAY = "study day"


class Status(StrEnum):
    """What became of an assessment. Not asked, not done, not reached and no are four different things."""

    DONE = "done"
    NOT_DONE = "not_done"
    NOT_ASKED = "not_asked"
    NOT_REACHED = "not_reached"


class Kind(StrEnum):
    """How the cells of a file's column are to be read."""

    NAME = "name"
    """A word other tables or the protocol refer to."""
    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole number"
    YES_NO = "yes or no"
    WHEN = "date or day"
    WHEN_OR_YES = "date or day, or yes"


@dataclass(frozen=True)
class FileColumn:
    """A column of a case-book file: its name, how it is read, and what it may hold (bounds inclusive)."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    at_least: float | None = None
    at_most: float | None = None


def _when(of: str) -> tuple[FileColumn, FileColumn]:
    """The two ways to say when; a case book uses one of them throughout."""
    return (
        FileColumn("date", Kind.WHEN, f"calendar date of the {of}; a case book uses date or day, not both"),
        FileColumn("day", Kind.WHEN, f"study day of the {of}; a case book uses date or day, not both"),
    )


_CASE = FileColumn("case_id", Kind.NAME, "the clinic's own key for the case; no name, no record number", required=True)

FILE_COLUMNS: Mapping[str, tuple[FileColumn, ...]] = {
    "cases": (
        _CASE,
        FileColumn("group", Kind.NAME, "the arm, where the study has more than one"),
        FileColumn("sex", Kind.TEXT, "female, male, other"),
        FileColumn("age_years", Kind.NUMBER, "age at treatment, in years", at_least=0, at_most=120),
        FileColumn("birth_year", Kind.WHOLE, "year of birth, where the age is not stated", at_least=1850, at_most=2200),
        FileColumn("pain_years", Kind.NUMBER, "years of pain before treatment", at_least=0, at_most=120),
        FileColumn("pain_onset", Kind.WHEN, "when the pain began"),
        FileColumn("site", Kind.TEXT, "hospital or clinic"),
        FileColumn("last_contact", Kind.WHEN, "when the case was last known of"),
        FileColumn("withdrawal", Kind.WHEN_OR_YES, "when the case withdrew; yes if it did and no date is known"),
        FileColumn("death", Kind.WHEN_OR_YES, "when the case died; yes if it did and no date is known"),
    ),
    "procedures": (
        _CASE,
        FileColumn("procedure", Kind.NAME, "what was done, the index procedure included", required=True),
        *_when("procedure"),
        FileColumn("level", Kind.TEXT, "spinal level, such as L4/5"),
        FileColumn("harvest_site", Kind.TEXT, "where the marrow was taken"),
        FileColumn("aspirate_ml", Kind.NUMBER, "marrow aspirated, in millilitres", at_least=0),
        FileColumn("concentrate_ml", Kind.NUMBER, "concentrate obtained, in millilitres", at_least=0),
        FileColumn("injected_ml", Kind.NUMBER, "injected, in millilitres", at_least=0),
        FileColumn("nucleated_cells_million", Kind.NUMBER, "nucleated cells injected, in millions", at_least=0),
        FileColumn("cfu_f_per_ml", Kind.NUMBER, "fibroblast colony-forming units a millilitre", at_least=0),
        FileColumn("co_injection", Kind.TEXT, "what was injected with it"),
    ),
    "assessments": (
        _CASE,
        FileColumn("instrument", Kind.NAME, "the instrument, by the protocol's name for it", required=True),
        FileColumn("value", Kind.NUMBER, "the value; blank unless the status is done"),
        *_when("assessment"),
        FileColumn("visit", Kind.NAME, "the protocol's visit it was planned for; required unless done"),
        FileColumn("status", Kind.NAME, "done, not_done, not_asked or not_reached"),
    ),
    "imaging": (
        _CASE,
        FileColumn("modality", Kind.TEXT, "such as MRI"),
        FileColumn("level", Kind.TEXT, "spinal level, such as L4/5"),
        FileColumn("finding", Kind.TEXT, "what was seen"),
        FileColumn("grade", Kind.TEXT, "such as Pfirrmann IV"),
        *_when("image"),
    ),
    "adverse_events": (
        _CASE,
        FileColumn("term", Kind.NAME, "what happened, as a MedDRA term or in plain words", required=True),
        FileColumn("ctcae_grade", Kind.WHOLE, "CTCAE grade, 1 to 5", at_least=1, at_most=5),
        FileColumn("serious", Kind.YES_NO, "yes or no; blank where the chart does not say"),
        FileColumn("relation", Kind.TEXT, "relation to the treatment, as the chart words it"),
        *_when("start of the event"),
        FileColumn("date_end", Kind.WHEN, "when the event ended: a date, or a study day where the book counts days"),
    ),
}
"""The five tables as files have them. A file's date column ``x`` is read into ``x_low`` and ``x_high``."""


class Cases(dy.Schema):
    """One row a case. A case book may carry further columns; eligibility can name them."""

    case_id = dy.String(primary_key=True)
    group = dy.String(nullable=True)
    sex = dy.String(nullable=True)
    age_years = dy.Float64(nullable=True)
    birth_year = dy.Int32(nullable=True)
    pain_years = dy.Float64(nullable=True)
    pain_onset_low = dy.Int32(nullable=True)
    pain_onset_high = dy.Int32(nullable=True)
    site = dy.String(nullable=True)
    last_contact_low = dy.Int32(nullable=True)
    last_contact_high = dy.Int32(nullable=True)
    withdrawal_low = dy.Int32(nullable=True)
    withdrawal_high = dy.Int32(nullable=True)
    withdrawn = dy.Bool()
    death_low = dy.Int32(nullable=True)
    death_high = dy.Int32(nullable=True)
    died = dy.Bool()


class Procedures(dy.Schema):
    """One row a procedure done, the index procedure included."""

    case_id = dy.String()
    procedure = dy.String()
    low = dy.Int32(nullable=True)
    high = dy.Int32(nullable=True)
    level = dy.String(nullable=True)
    harvest_site = dy.String(nullable=True)
    aspirate_ml = dy.Float64(nullable=True)
    concentrate_ml = dy.Float64(nullable=True)
    injected_ml = dy.Float64(nullable=True)
    nucleated_cells_million = dy.Float64(nullable=True)
    cfu_f_per_ml = dy.Float64(nullable=True)
    co_injection = dy.String(nullable=True)


class Assessments(dy.Schema):
    """One row an instrument at a date; ``value`` is null unless done."""

    case_id = dy.String()
    instrument = dy.String()
    value = dy.Float64(nullable=True)
    low = dy.Int32(nullable=True)
    high = dy.Int32(nullable=True)
    visit = dy.String(nullable=True)
    status = dy.String()


class Imaging(dy.Schema):
    """One row an image finding."""

    case_id = dy.String()
    modality = dy.String(nullable=True)
    level = dy.String(nullable=True)
    finding = dy.String(nullable=True)
    grade = dy.String(nullable=True)
    low = dy.Int32(nullable=True)
    high = dy.Int32(nullable=True)


class AdverseEvents(dy.Schema):
    """One row an adverse event."""

    case_id = dy.String()
    term = dy.String()
    ctcae_grade = dy.Int32(nullable=True)
    serious = dy.Bool(nullable=True)
    relation = dy.String(nullable=True)
    low = dy.Int32(nullable=True)
    high = dy.Int32(nullable=True)
    end_low = dy.Int32(nullable=True)
    end_high = dy.Int32(nullable=True)


@dataclass(frozen=True)
class Cut:
    """The data cut: what was frozen, when, and a digest anyone can check."""

    source: str
    date: date | None
    digest: str
    rows: Mapping[str, int]


@dataclass(frozen=True)
class CaseBook:
    """A case book as read: five typed tables, the clock they count on, and the cut they were frozen at.

    ``adverse_events_recorded`` is false where the case book has no such table at all: then nothing is
    known about harms, which is not the same as none. Rows are in canonical order (case, then when, then
    the rest), whatever the order in the files. ``notes`` are things a reader of the answer should know about
    how the files were read.
    """

    clock: Clock
    cases: dy.DataFrame[Cases]
    procedures: dy.DataFrame[Procedures]
    assessments: dy.DataFrame[Assessments]
    imaging: dy.DataFrame[Imaging]
    adverse_events: dy.DataFrame[AdverseEvents]
    adverse_events_recorded: bool
    cut: Cut
    notes: tuple[str, ...] = ()

    def table(self, name: str) -> pl.DataFrame:
        """A table by its file name."""
        found = getattr(self, name)
        assert isinstance(found, pl.DataFrame)
        return found
