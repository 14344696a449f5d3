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
    known about harms, which is not the same as none.
    """

    clock: Clock
    cases: dy.DataFrame[Cases]
    procedures: dy.DataFrame[Procedures]
    assessments: dy.DataFrame[Assessments]
    imaging: dy.DataFrame[Imaging]
    adverse_events: dy.DataFrame[AdverseEvents]
    adverse_events_recorded: bool
    cut: Cut

    def table(self, name: str) -> pl.DataFrame:
        """A table by its file name."""
        found = getattr(self, name)
        assert isinstance(found, pl.DataFrame)
        return found
