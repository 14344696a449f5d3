"""Whose cases they are: where they lie, who of them is eligible, and what starts their clock."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field, model_validator

from equipoise.domain.declared import Declared
from equipoise.domain.predicate import Criterion
from equipoise.domain.wrong import one_of_problem


class CasesSource(Declared):
    """Where the case book lies and how its blanks and dates are to be read."""

    path: str = Field(description="a folder of CSV or Parquet, an .xlsx workbook, or one wide file with [columns]")
    cut: date | None = Field(default=None, description="the data cut; required where the case book has calendar dates")
    unknown: tuple[str, ...] = Field(default=(), description="texts that mean: not recorded")


class ColumnMapping(Declared):
    """A column of somebody else's file, and how its codes translate."""

    source: str = Field(alias="from", description="the column's name in the file")
    values: Mapping[str, str | int | float] | None = Field(default=None, description="code = meaning")


class Columns(Declared):
    """The mapping of one wide file (a row a case and visit) onto the case book."""

    case_id: str = Field(description="the column that names the case")
    group: str | ColumnMapping | None = Field(default=None, description="the column that names the arm")
    day: str | ColumnMapping | None = Field(default=None, description="the column that holds the study day")
    date: str | ColumnMapping | None = Field(default=None, description="the column that holds the calendar date")
    cases: Mapping[str, str | ColumnMapping] = Field(default={}, description="case column = file column")
    instruments: Mapping[str, str | ColumnMapping] = Field(default={}, description="instrument = file column")


class Population(Declared):
    """Who is eligible. Order matters: each criterion has its own row in the attrition."""

    require: tuple[Criterion, ...] = Field(default=(), description="what a case must meet")
    exclude: tuple[Criterion, ...] = Field(default=(), description="what takes a case out")


class IndexDay(Declared):
    """Time zero for arms without a procedure."""

    day: int = Field(description="the study day that is time zero for every case")


class Treatment(Declared):
    """What starts the clock: the first of a procedure, or a study day for arms without one."""

    procedure: str | None = Field(default=None, description="time zero is the day of the first one")
    index: IndexDay | None = None

    @model_validator(mode="after")
    def _one_time_zero(self) -> "Treatment":
        if (self.procedure is None) == (self.index is None):
            raise ValueError(one_of_problem(self, ("procedure", "index")), "give exactly one of procedure, index")
        return self
