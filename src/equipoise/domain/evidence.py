"""Published results as data: the arms a case series may be set beside, and the rule each one counted by."""

from enum import StrEnum

from pydantic import BaseModel, Field

from equipoise.domain.estimand import Endpoint
from equipoise.domain.instrument import Instrument


class Role(StrEnum):
    """What a published arm was given, from the comparison's side."""

    TREATMENT = "treatment"
    SHAM = "sham"
    USUAL_CARE = "usual_care"
    FUSION = "fusion"


class PublishedArm(BaseModel, frozen=True, extra="forbid"):
    """One row of evidence: a study's arm, one outcome at one time.

    ``responders`` of ``n`` is a count; ``percent`` is a printed percentage whose denominator was not
    given, which is never pooled. ``patients`` names the people: rows that share it are never pooled.
    """

    study_id: str
    patients: str = Field(description="who was measured; two rows with the same value are the same people")
    year: int | None
    arm: str
    role: Role
    intervention: str
    outcome: str
    definition_key: str = Field(description="our name for the rule the arm counted by")
    month: float | None
    responders: int | None
    n: int | None
    percent: float | None = Field(description="0 to 100, where only a percentage was printed")
    count_source: str = Field(description="stated, computed from a printed percentage, or none")
    mean: float | None = None
    sd: float | None = None
    unit: str
    design: str
    url: str
    notes: str = ""

    @property
    def has_count(self) -> bool:
        """Whether the row gives responders and the denominator behind them."""
        return self.responders is not None and self.n is not None


def definition_key(endpoint: Endpoint, instrument: Instrument) -> str | None:
    """The shared name of an endpoint's responder rule; ``None`` where nothing published can share it."""
    if endpoint.definition is not None:
        return endpoint.definition
    if instrument.family is None or not endpoint.is_responder:
        return None
    if endpoint.percent_change is not None:
        rule = endpoint.percent_change
        if rule.at_least is not None:
            return f"{instrument.family}_improved_{rule.at_least.normalize():f}_percent"
        return f"{instrument.family}_improved_over_{rule.more_than:f}_percent"
    if endpoint.change is not None:
        rule = endpoint.change
        if rule.at_least is not None:
            return f"{instrument.family}_improved_{rule.at_least.normalize():f}_of_{instrument.high:f}"
        return f"{instrument.family}_improved_over_{rule.more_than:f}_of_{instrument.high:f}"
    assert endpoint.value is not None
    comparison, number = endpoint.value.comparison
    return f"{instrument.family}_{comparison}_{number.normalize():f}_of_{instrument.high:f}"
