"""Published results as data: the arms a case series may be set beside, and the rule each one counted by."""

import re
from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from equipoise.domain.estimand import COMPARISONS, Endpoint
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.wrong import closest_or_all

CountSource = Literal["stated", "computed from a printed percentage", "none"]


class Role(StrEnum):
    """What a published arm was given, from the comparison's side."""

    TREATMENT = "treatment"
    SHAM = "sham"
    USUAL_CARE = "usual_care"
    FUSION = "fusion"


class PublishedArm(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False):
    """One row of evidence: a study's arm, one outcome at one time.

    ``responders`` of ``n`` is a count; ``percent`` is a printed percentage whose denominator was not
    given, which is never pooled. ``patients`` names the trial or cohort the people come from: rows that share it
    are never pooled with each other.
    """

    study_id: str
    patients: str = Field(description="the trial or cohort measured; rows with the same value are never pooled")
    year: int | None = Field(description="year of the report; None where it is not known")
    arm: str
    role: Role
    intervention: str
    outcome: str
    definition_key: str = Field(description="our name for the rule the arm counted by")
    month: float | None
    responders: int | None
    n: int | None
    percent: float | None = Field(description="0 to 100, where only a percentage was printed")
    count_source: CountSource = Field(description="where responders comes from")
    mean: float | None = None
    sd: float | None = None
    mean_change: float | None = None
    sd_change: float | None = None
    unit: str
    design: str
    url: str
    notes: str = ""

    @property
    def has_count(self) -> bool:
        """Whether the row gives responders and the denominator behind them."""
        return self.responders is not None and self.n is not None

    @property
    def is_review(self) -> bool:
        """Whether the row sums up other studies, some of which may be rows here; such a row is never pooled."""
        return self.design == "meta-analysis"


class EvidenceRead(BaseModel, frozen=True, extra="forbid"):
    """A file of ``[evidence]`` as it was read: how many arms it holds, and those that may concern the study."""

    file: str
    digest: str = Field(description="SHA-256 of the file")
    rows: int
    arms: tuple[PublishedArm, ...]


MEANS = {"pain": "mean_pain", "disability_odi": "mean_odi"}
"""The key under which the evidence holds the mean of a family of instruments, all of them better the lower."""


def definition_key(endpoint: Endpoint, instrument: Instrument) -> str | None:
    """The shared name of an endpoint's responder rule, or of its mean; ``None`` where nothing published can share it.

    The level of a score and its change from baseline stand under one key: an arm prints the one or the other.
    """
    if endpoint.definition is not None or endpoint.is_responder:
        return endpoint.definition or standard_key(endpoint, instrument)
    return MEANS.get(instrument.family or "") if instrument.better is Better.LOWER else None


def standard_key(endpoint: Endpoint, instrument: Instrument) -> str | None:
    """The name the rule itself gives an endpoint, whatever the protocol calls it; ``None`` where it has none.

    ``<family>_improved_<x>_percent``, ``<family>_improved_<x>_of_<high>`` ("over" before ``<x>`` where more than
    it is asked), ``<family>_<comparison>_<x>_of_<high>``; a reported yes is the family itself, a no ``not_<family>``.
    """
    family = instrument.family
    if family is None or not endpoint.is_responder:
        return None
    if endpoint.value is not None:
        comparison, number = endpoint.value.comparison
        if instrument.yes_no:
            return family if comparison == "equals" and number == 1 else f"not_{family}"
        return f"{family}_{comparison}_{_plain(number)}_of_{_plain(instrument.high)}"
    rule = endpoint.percent_change or endpoint.change
    assert rule is not None
    comparison, number = rule.comparison
    by = _plain(number) if comparison == "at_least" else f"over_{_plain(number)}"
    of = "percent" if endpoint.percent_change is not None else f"of_{_plain(instrument.high)}"
    return f"{family}_improved_{by}_{of}"


def is_standard_key(key: str, families: Collection[str]) -> bool:
    """Whether a key is one that ``standard_key`` can give an endpoint of one of the families."""
    number = r"\d+(\.\d+)?"
    improved = rf"improved_(over_)?{number}_(percent|of_{number})"
    value = rf"({'|'.join(COMPARISONS)})_{number}_of_{number}"
    return any(re.fullmatch(rf"{re.escape(family)}_({improved}|{value})", key) is not None for family in families)


def key_problem(key: str, defined: Collection[str], families: Collection[str]) -> tuple[str, str] | None:
    """What is wrong with a definition key, and its remedy; None where it is defined, standard or one's own.

    A key of one's own starts with ``own_``, so that a misspelt one is noticed and not quietly without a match.
    """
    if key in defined or is_standard_key(key, families) or re.fullmatch(r"own_[a-z0-9_]+", key) is not None:
        return None
    meant = closest_or_all(key, sorted(defined), everything="see definitions.csv of the evidence")
    return f"'{key}' is no known definition", f"{meant}; a key of your own starts with 'own_'"


def _plain(number: Decimal) -> str:
    """A number as it stands in a key: 30, not 3E+1; 2.5, not 2.50."""
    return f"{number.normalize():f}"
