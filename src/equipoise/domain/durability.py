"""How long a response lasts, as a protocol asks for it: a responder estimand, and the events that are states."""

from typing import Literal

from pydantic import Field, model_validator

from equipoise.domain.declared import Declared

STATES = ("waiting", "responding", "response lost")
"""The states every case may be in before an event; the events follow, in order of severity."""
DEAD = "dead"
BETWEEN_VISITS = "between visits"
LANDMARK_WORDS = ("landmark_day", "markov_level", "markov_replicates")


class DurabilityDeclared(Declared):
    """One question about time: who is in response when, for how long, and what ends it."""

    name: str = Field(min_length=1, description="what the report calls the question")
    estimand: str = Field(
        description="a responder estimand: its rule at its visits says who is in response; its strategies do not apply "
        "here, since events are states of their own"
    )
    events: tuple[str, ...] = Field(
        description="intercurrent events that are states, in order of severity: a later one may follow an earlier one; "
        "those left out change nothing; an empty list where there is none"
    )
    response_may_return: bool = Field(
        description="true: a case whose response was lost and comes back responds again; false: it stays lost"
    )
    dated: Literal["at the visit", "between visits"] = Field(
        description="'at the visit': a change of response is dated where it was seen; 'between visits': as well, how "
        "long a response lasts from when it was first seen, the end known only to lie between two visits (Turnbull)"
    )
    horizon_day: int = Field(ge=1, description="mean times run from day 0 to this day")
    landmark_day: int | None = Field(
        default=None, ge=1, description="transition probabilities from this day on; absent, none"
    )
    markov_level: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="below this p of the Markov test the landmark estimator answers; required with landmark_day",
    )
    markov_replicates: int | None = Field(
        default=None, ge=99, le=100_000, description="of the Markov test's wild bootstrap; required with landmark_day"
    )
    bootstrap_replicates: int | None = Field(
        default=None, ge=99, le=100_000, description="limits of the band between visits; absent, a band without limits"
    )
    weights: str | None = Field(
        default=None, description="a declared covariate that weights the cases; absent, equally"
    )

    @model_validator(mode="after")
    def _whole(self) -> "DurabilityDeclared":
        missing = [word for word in LANDMARK_WORDS if getattr(self, word) is None]
        if missing and len(missing) < len(LANDMARK_WORDS):
            given = [word for word in LANDMARK_WORDS if word not in missing]
            problem = f"{', '.join(given)} without {', '.join(missing)}"
            raise ValueError(problem, "give landmark_day, markov_level and markov_replicates together, or none of them")
        if self.bootstrap_replicates is not None and self.dated != BETWEEN_VISITS:
            problem = "bootstrap_replicates are of the analysis between visits, which is not asked for"
            raise ValueError(problem, 'write dated = "between visits", or leave bootstrap_replicates out')
        if len(set(self.events)) < len(self.events):
            raise ValueError("an event is named twice", "name each event once, the most severe last")
        return self
