"""What is assumed of the values nobody saw, as ``[[imputation]]`` declares it; the words an imputed row carries."""

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from equipoise.domain.declared import Declared
from equipoise.domain.estimand import Assumption, Endpoint, Strategy
from equipoise.domain.scores_over_time import CovarianceWord

BASELINE = "baseline"
"""The covariate that is the endpoint's own baseline."""
AS_DECLARED = "as declared"


OF_A_REFERENCE = (Assumption.JUMP_TO_REFERENCE, Assumption.COPY_REFERENCE, Assumption.COPY_INCREMENTS_IN_REFERENCE)


class ImputationMethod(StrEnum):
    """How the unseen is filled in, and where the limits come from."""

    APPROXIMATE_BAYESIAN = "approximate bayesian"
    BOOTSTRAP = "bootstrap"
    JACKKNIFE = "conditional mean with jackknife"


Read = Literal["as declared", "treatment policy", "hypothetical"]


class DeltaDeclared(Declared):
    """What is added to the values filled in for a group at a visit."""

    group: str | None = Field(default=None, description="the group, by name; absent, every group")
    visit: str = Field(description="the visit, by name")
    by: float = Field(
        description="points added to each score filled in; of yes or no, what the odds of yes are multiplied by"
    )


class ImputationDeclared(Declared):
    """A named assumption about what was not seen, and how it is carried out."""

    name: str = Field(min_length=1, description="what the report calls the assumption")
    estimands: tuple[str, ...] = Field(default=(), description="estimands by name; absent, every one")
    strategies: tuple[Read, ...] = Field(
        min_length=1,
        description='which questions are imputed: "as declared" (the estimand\'s own strategies), "hypothetical", '
        '"treatment policy"',
    )
    after_event: Assumption | None = Field(
        default=None,
        description="of a value missing after an intercurrent event: missing at random, return to baseline, jump to "
        "reference, copy reference, copy increments in reference, or last mean carried forward; required by events",
    )
    after_last_seen: Assumption = Field(
        description="the same of a value missing after the last one seen, without an event; a gap between two seen "
        "values is always missing at random"
    )
    reference: str | None = Field(
        default=None,
        description="the group jumped to or copied, and the one the others are compared with; absent, no differences",
    )
    method: ImputationMethod = Field(
        description="approximate bayesian (many draws, pooled), bootstrap or conditional mean with jackknife "
        "(both fill in the mean and resample cases; scores only)"
    )
    imputations: int | None = Field(
        default=None,
        ge=2,
        le=100_000,
        description="how many completed tables, or bootstrap samples; 100 or more are usual; none for the jackknife",
    )
    responders_from: Literal["responses", "scores"] | None = Field(
        default=None,
        description="of a responder rule on a score: fill in the response, or the score and apply the rule to it",
    )
    covariates: tuple[str, ...] = Field(
        description="what the unseen is predicted from besides group and other visits: declared covariates, "
        'and "baseline" for the endpoint\'s own; [] for nothing'
    )
    covariance: CovarianceWord | None = Field(
        default=None, description="of scores: how those of one case at different visits hang together"
    )
    covariance_by_group: bool | None = Field(
        default=None, description="of scores: true for a covariance of its own in each group"
    )
    fall_back: tuple[CovarianceWord, ...] = Field(
        default=(), description="of scores: covariances tried in this order where the first does not converge"
    )
    delta: tuple[DeltaDeclared, ...] = Field(
        default=(), description="what is added to the values filled in, by group and visit; absent, nothing"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "ImputationDeclared":
        for words in (self.strategies, self.estimands, self.covariates, (self.covariance, *self.fall_back)):
            if len(set(words)) < len(words):
                twice = next(word for word in words if words.count(word) > 1)
                raise ValueError(f"'{twice}' is named twice", "name each once")
        if self.speaks_of_reference and self.reference is None:
            remedy = "give reference, the group jumped to or copied; one group alone can return to baseline"
            raise ValueError("a reference group is assumed and none is named", remedy)
        if self.method is ImputationMethod.JACKKNIFE and self.imputations is not None:
            raise ValueError("the jackknife leaves out each case once, and imputations is given", "leave it out")
        if self.method is not ImputationMethod.JACKKNIFE and self.imputations is None:
            raise ValueError(f"method {self.method} has no imputations", "give how many, such as 200")
        places = [(each.group, each.visit) for each in self.delta]
        if len(set(places)) < len(places):
            raise ValueError("delta has two entries for one group and visit", "give one")
        return self

    @property
    def speaks_of_reference(self) -> bool:
        """Whether an assumption needs a reference group."""
        return any(each in OF_A_REFERENCE for each in (self.after_event, self.after_last_seen))

    @property
    def assumption(self) -> str:
        """The words a row's ``missing`` holds."""
        words = self.after_last_seen.value
        if self.after_event is not None and self.after_event is not self.after_last_seen:
            words = f"{self.after_event.value} after the event, {words} otherwise"
        return f"{words}, shifted" if self.delta else words

    def covers(self, estimand: str, strategies: frozenset[Strategy], *, own: bool) -> bool:
        """Whether it answers an estimand by name, as declared or with these strategies for every event."""
        if self.estimands and estimand not in self.estimands:
            return False
        uniform = {strategy.value for strategy in strategies} if len(strategies) == 1 else set()
        return (own and AS_DECLARED in self.strategies) or bool(uniform & set(self.strategies))

    def fills_scores(self, endpoint: Endpoint) -> bool:
        """Whether what is filled in is a score: that of the endpoint, or the one its responder rule reads."""
        return not endpoint.is_responder or self.responders_from == "scores"
