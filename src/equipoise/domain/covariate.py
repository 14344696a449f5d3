"""What was known of a case before treatment, or of the treatment itself: declared once, named wherever it is used."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from pydantic import Field, model_validator

from equipoise.domain.declared import Declared
from equipoise.domain.endpoint_check import unknown_instrument
from equipoise.domain.instrument import Instrument
from equipoise.domain.records import FILE_COLUMNS, Kind
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

SOURCES = ("cases", "baseline", "procedures", "imaging")
FORMULA_SIGNS = "+*:~|()"
RESERVED = ("visit", "group", "baseline")
DOSES = tuple(
    column.name for column in FILE_COLUMNS["procedures"] if column.kind in (Kind.NUMBER, Kind.WHOLE, Kind.TEXT)
)
LEVELS = "levels"
"""``procedures.levels``: how many different levels were treated at time zero."""
GRADE = "grade"
"""``imaging.grade``: the worst grade on or before time zero."""


class CovariateDeclared(Declared):
    """A covariate: a column of the case book by the name the other sections use for it."""

    name: str = Field(min_length=1, description="the name formulas, subgroups and associations use")
    column: str = Field(
        description="cases.<column>, baseline.<instrument>, procedures.<column> of the index procedure, "
        "procedures.levels, or imaging.grade"
    )
    look_back_days: int | None = Field(
        default=None, ge=0, description="how many days before time zero a baseline may lie; required by a baseline"
    )
    finding: str | None = Field(default=None, description="of imaging.grade: the finding graded; absent, any")
    log2: bool = Field(default=False, description="true to count doublings: the logarithm to base 2 of the number")
    cut_points: tuple[float, ...] = Field(
        default=(), description="subgroups of a number: below the first, from it to below the second, and so on"
    )

    @model_validator(mode="after")
    def _of_a_source(self) -> "CovariateDeclared":
        source, _, name = self.column.partition(".")
        if source not in SOURCES or not name:
            raise ValueError(
                f"column '{self.column}' names no column of cases, procedures, imaging, and no baseline",
                "write cases.<column>, baseline.<instrument>, procedures.<column> or imaging.grade",
            )
        if (source == "baseline") != (self.look_back_days is not None):
            if source == "baseline":
                problem, remedy = "a baseline has no look_back_days", "give how many days before time zero it may lie"
            else:
                problem, remedy = f"look_back_days has no meaning for {self.column}", "leave it out"
            raise ValueError(problem, remedy)
        if self.finding is not None and source != "imaging":
            raise ValueError(f"finding has no meaning for {self.column}", "leave it out")
        if any(later <= first for first, later in pairwise(self.cut_points)):
            raise ValueError("cut_points do not ascend", "write each cut point once, the smallest first")
        return self


def covariate_problems(
    declared: Sequence[CovariateDeclared], instruments: Mapping[str, Instrument], unread: Collection[str]
) -> Iterator[Problem]:
    """What is wrong with the covariates; ``unread`` : instruments the file declares that could not be read."""
    for each in declared:
        where = f"covariate '{each.name}'"
        signs = [sign for sign in FORMULA_SIGNS if sign in each.name]
        if signs:
            yield Problem(f"{where}.name", f"holds {' '.join(signs)}, a sign of formulas", "give it a plain name")
        if each.name in RESERVED:
            yield Problem(f"{where}.name", "has a meaning of its own in formulas", "give it another name")
        source, _, name = each.column.partition(".")
        if source == "baseline" and name not in instruments and name not in unread:
            yield unknown_instrument(f"{where}.column", name, instruments)
        if source == "procedures" and name not in (*DOSES, LEVELS):
            remedy = closest_or_all(name, (*DOSES, LEVELS))
            yield Problem(f"{where}.column", f"'{name}' is no column of procedures that describes one", remedy)
        if source == "imaging" and name != GRADE:
            yield Problem(f"{where}.column", f"'{name}' is no grade", "write imaging.grade")


def named_covariate_problems(where: str, names: Sequence[str], declared: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with a list of covariates by name."""
    for name in names:
        if name not in declared:
            remedy = closest_or_all(name, declared, everything="declare it as [[covariate]]")
            yield Problem(where, f"'{name}' is no declared covariate", remedy)
    if len(set(names)) < len(names):
        yield Problem(where, "a covariate is named twice", "name each once")
