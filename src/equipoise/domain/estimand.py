"""What is to be estimated: endpoint, visits, and a strategy for every intercurrent event (ICH E9(R1))."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from equipoise.domain.declared import Declared
from equipoise.domain.wrong import one_of_problem

COMPARISONS = ("equals", "at_least", "at_most", "above", "below")
IMPROVEMENTS = ("at_least", "more_than")
KINDS = ("value", "change", "percent_change", "score")


class Strategy(StrEnum):
    """How an intercurrent event enters the question (ICH E9(R1), 2019)."""

    TREATMENT_POLICY = "treatment policy"
    COMPOSITE_BY_VISIT = "composite by visit"
    COMPOSITE_BY_END = "composite by end of follow-up"
    WHILE_ON_TREATMENT = "while on treatment"
    HYPOTHETICAL = "hypothetical"
    PRINCIPAL_STRATUM = "principal stratum"


class Missing(StrEnum):
    """How an unknown response is treated."""

    BOUNDS = "bounds"
    OBSERVED = "observed"
    NON_RESPONDER = "non-responder"
    TIPPING_POINT = "tipping point"


class Assumption(StrEnum):
    """What a model, or an imputation, assumes of what was not seen (``docs/imputation.md``).

    With ``Missing`` all the words a row's ``missing`` may hold. Of an imputation it may also hold two of these words as
    "one after the event, another otherwise", and ", shifted" after them where a delta was added to what was filled in.
    """

    MISSING_AT_RANDOM = "missing at random"
    RETURN_TO_BASELINE = "return to baseline"
    JUMP_TO_REFERENCE = "jump to reference"
    COPY_REFERENCE = "copy reference"
    COPY_INCREMENTS_IN_REFERENCE = "copy increments in reference"
    LAST_MEAN_CARRIED_FORWARD = "last mean carried forward"


class ValueRule(Declared):
    """A rule on one number; exactly one comparison. Compared in exact decimals."""

    equals: Decimal | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> "ValueRule":
        if len([name for name in COMPARISONS if getattr(self, name) is not None]) != 1:
            raise ValueError(one_of_problem(self, COMPARISONS), f"give exactly one of {', '.join(COMPARISONS)}")
        return self

    @property
    def comparison(self) -> tuple[str, Decimal]:
        """The comparison's name and its number."""
        name = next(name for name in COMPARISONS if getattr(self, name) is not None)
        number = getattr(self, name)
        assert isinstance(number, Decimal)
        return name, number


class ImprovementRule(Declared):
    """An improvement from baseline, in points or in percent of baseline; positive is better."""

    at_least: Decimal | None = Field(default=None, gt=0, description="improvement of at least this much")
    more_than: Decimal | None = Field(default=None, ge=0, description="improvement of more than this much")

    @model_validator(mode="after")
    def _one_comparison(self) -> "ImprovementRule":
        if (self.at_least is None) == (self.more_than is None):
            raise ValueError(one_of_problem(self, IMPROVEMENTS), "give exactly one of at_least, more_than")
        return self

    @property
    def comparison(self) -> tuple[str, Decimal]:
        """The comparison's name and its number."""
        if self.at_least is not None:
            return "at_least", self.at_least
        assert self.more_than is not None
        return "more_than", self.more_than


class Endpoint(Declared):
    """A responder rule (value, change, percent_change) or a score; exactly one of the four."""

    instrument: str = Field(description="the instrument, by name")
    value: ValueRule | None = Field(default=None, description="responder by the value at the visit")
    change: ImprovementRule | None = Field(default=None, description="responder by points of improvement")
    percent_change: ImprovementRule | None = Field(
        default=None, description="responder by percent of baseline improved (30 means 30 %)"
    )
    score: Literal["value", "change"] | None = Field(
        default=None, description="the mean of the score, or of its change from baseline (follow-up minus baseline)"
    )
    baseline_look_back_days: int | None = Field(
        default=None, ge=0, description="how many days before time zero a baseline may lie; required by change rules"
    )
    failure_value: Decimal | None = Field(default=None, description="the score a composite strategy gives a failure")
    definition: str | None = Field(
        default=None, description="definition key shared with published arms; derived for standard rules when absent"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> "Endpoint":
        if len([kind for kind in KINDS if getattr(self, kind) is not None]) != 1:
            raise ValueError(one_of_problem(self, KINDS), f"give exactly one of {', '.join(KINDS)}")
        if self.needs_baseline and self.baseline_look_back_days is None:
            raise ValueError(
                "a rule on change has no baseline_look_back_days",
                "give baseline_look_back_days: how many days before time zero a baseline may lie",
            )
        return self

    @property
    def is_responder(self) -> bool:
        """Whether the endpoint is yes or no (else it is a score)."""
        return self.score is None

    @property
    def needs_baseline(self) -> bool:
        """Whether a baseline value is part of the rule."""
        return self.change is not None or self.percent_change is not None or self.score == "change"


class Estimand(Declared):
    """One quantity to estimate: endpoint, visits, and a strategy for every intercurrent event."""

    name: str = Field(description="what the report calls the question")
    primary: bool = Field(default=False, description="true for the one the verdict speaks of")
    visits: tuple[str, ...] = Field(min_length=1, description="the visits it is asked at, by name")
    endpoint: Endpoint = Field(description="an instrument and one of value, change, percent_change, score")
    strategies: Mapping[str, Strategy] = Field(description="a strategy for every intercurrent event, by its name")
