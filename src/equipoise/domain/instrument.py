"""An instrument: its range, which way is better, and the published thresholds for a responder."""

from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from equipoise.domain.declared import Declared


class Better(StrEnum):
    """The direction in which a score improves."""

    LOWER = "lower"
    HIGHER = "higher"


class Threshold(BaseModel, frozen=True, extra="forbid"):
    """A published cut-off: what counts as better, by whom, for which setting."""

    kind: Literal["MCID", "SCB", "PASS", "responder"]
    value: Decimal
    unit: str
    absolute_or_percent: Literal["absolute", "percent"]
    url: str


class Instrument(Declared):
    """A scale or a question, as the case book names it.

    ``family`` says which published rules it may share (``pain`` for NRS and VAS, ``disability_odi``
    for ODI); ``None`` keeps it apart from everything published.
    """

    name: str = Field(description="the name used in assessments.instrument")
    label: str = Field(description="the name a reader sees")
    low: Decimal = Field(description="smallest possible value")
    high: Decimal = Field(description="largest possible value")
    better: Better = Field(description="which direction is improvement")
    yes_no: bool = Field(default=False, description="true for a reported yes (1) or no (0)")
    whole: bool = Field(default=False, description="true where only whole numbers are possible")
    zero_is_none: bool = Field(
        default=True,
        description="false where zero does not mean none of it, so that a percent of baseline means nothing",
    )
    family: str | None = Field(default=None, description="which published definitions it may share")
    citation: str | None = Field(default=None, description="where the instrument is described")
    thresholds: tuple[Threshold, ...] = Field(default=(), description="published cut-offs, shown and never applied")

    @model_validator(mode="after")
    def _range_is_a_range(self) -> "Instrument":
        if not self.low < self.high:
            raise ValueError(
                "low is not below high", "give low and high as the smallest and the largest possible value"
            )
        if self.yes_no and not (self.low == 0 and self.high == 1 and self.better == Better.HIGHER):
            raise ValueError("a yes/no question does not run from 0 to 1", 'give low = 0, high = 1, better = "higher"')
        return self

    @property
    def takes_percent_rules(self) -> bool:
        """Whether a percent of baseline means something: a score whose zero is none of it."""
        return not self.yes_no and self.low == 0 and self.zero_is_none
