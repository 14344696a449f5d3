"""Eligibility: a closed table of comparisons, each with what to do when the chart does not say."""

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from equipoise.domain.declared import Declared
from equipoise.domain.wrong import one_of_problem

COMPARISONS = ("at_least", "at_most", "above", "below", "equals", "one_of", "recorded")


class Criterion(Declared):
    """One eligibility criterion. Exactly one subject (column or procedure) and, for a column, one comparison.

    ``column`` is ``cases.<column>`` or ``baseline.<instrument>`` (the last value on or before time
    zero within ``look_back_days``). ``procedure`` asks whether one of the named procedures was done before
    time zero, within ``look_back_days`` when given.
    """

    label: str | None = Field(default=None, description="the criterion in words, for the flow diagram")
    column: str | None = None
    procedure: tuple[str, ...] | None = None
    look_back_days: int | None = Field(default=None, ge=0)
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    equals: Decimal | str | None = None
    one_of: tuple[str, ...] | None = None
    recorded: Literal[True] | None = None
    unknown: Literal["keep", "exclude"] = Field(description="what to do with a case whose chart does not say")

    @model_validator(mode="after")
    def _one_subject_one_comparison(self) -> "Criterion":
        given = [name for name in COMPARISONS if getattr(self, name) is not None]
        if (self.column is None) == (self.procedure is None):
            raise ValueError(one_of_problem(self, ("column", "procedure")), "give exactly one of column, procedure")
        if self.column is not None and len(given) != 1:
            raise ValueError(one_of_problem(self, COMPARISONS), f"give exactly one of {', '.join(COMPARISONS)}")
        if self.procedure is not None and given:
            raise ValueError(
                f"a criterion on a procedure takes no comparison ({', '.join(given)})",
                "leave it out: the criterion asks whether the procedure was done before time zero",
            )
        if self.column is not None and not self.column.startswith(("cases.", "baseline.")):
            raise ValueError(
                f"column '{self.column}' names neither a column of cases nor a baseline",
                "write cases.<column> or baseline.<instrument>",
            )
        return self

    @property
    def comparison(self) -> tuple[str, Decimal | str | tuple[str, ...] | bool]:
        """The comparison's name and what it compares with; for a procedure, ``("done", True)``."""
        if self.procedure is not None:
            return "done", True
        name = next(name for name in COMPARISONS if getattr(self, name) is not None)
        wanted = getattr(self, name)
        assert isinstance(wanted, Decimal | str | tuple | bool)
        return name, wanted

    @property
    def in_words(self) -> str:
        """The criterion as a reader sees it."""
        if self.label is not None:
            return self.label
        name, wanted = self.comparison
        if self.procedure is not None:
            within = "" if self.look_back_days is None else f" within {self.look_back_days} days"
            return f"{' or '.join(self.procedure)} before time zero{within}"
        if name == "recorded":
            return f"{self.column} is recorded"
        shown = ", ".join(wanted) if isinstance(wanted, tuple) else f"{wanted}"
        return f"{self.column} {name.replace('_', ' ')} {shown}"
