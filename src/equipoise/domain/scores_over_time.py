"""Scores over time: a model of the mean by visit that the protocol asks for, and what may be wrong with the asking."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol

from pydantic import Field, model_validator

from equipoise.domain.covariate import named_covariate_problems
from equipoise.domain.declared import Declared
from equipoise.domain.estimand import Endpoint
from equipoise.domain.formula import Formula, FormulaFault, formula_problems, parse
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

VISIT, GROUP, BASELINE = "visit", "group", "baseline"

CovarianceWord = Literal[
    "unstructured",
    "heterogeneous Toeplitz",
    "Toeplitz",
    "heterogeneous AR(1)",
    "AR(1)",
    "heterogeneous compound symmetry",
    "compound symmetry",
]
DegreesWord = Literal[
    "satterthwaite",
    "kenward-roger",
    "kenward-roger-linear",
    "kenward-roger-first-order",
    "empirical",
    "empirical bias-reduced",
    "empirical jackknife",
]


class ScoresOverTimeDeclared(Declared):
    """A mixed model for repeated measures of one score estimand, under its own strategies."""

    name: str = Field(min_length=1, description="what the report calls the model")
    estimand: str = Field(description="the score estimand, by name; its own visits and strategies")
    formula: str = Field(
        description="what the mean depends on: visit, group, baseline (the endpoint's own) and covariates by name, "
        'joined by + : *, such as "group * visit + baseline * visit"; the intercept is always there'
    )
    covariance: CovarianceWord = Field(description="how the scores of one case at different visits hang together")
    covariance_by_group: bool = Field(description="true for a covariance of its own in each group")
    degrees_of_freedom: DegreesWord = Field(description="how standard errors and degrees of freedom are found")
    fall_back: tuple[CovarianceWord, ...] = Field(
        description="covariances tried in this order where the first does not converge; [] for none"
    )
    groups_together: bool = Field(
        default=False, description="true where the case book has several groups and the model takes them as one"
    )
    reference: str | None = Field(default=None, description="the group the others are compared with; absent, none is")
    allocation: Literal["randomised", "not randomised"] | None = Field(
        default=None, description="whether chance decided who was in which group; required by a reference"
    )
    weights: str | None = Field(
        default=None, description="a covariate above zero: the variance of a score is divided by it; absent, all alike"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "ScoresOverTimeDeclared":
        tried = (self.covariance, *self.fall_back)
        if len(set(tried)) < len(tried):
            raise ValueError("a covariance is named twice", "name each once, covariance first and then fall_back")
        if (self.reference is None) != (self.allocation is None):
            if self.reference is None:
                raise ValueError("allocation has no meaning without a reference", "leave it out, or name the reference")
            words = 'write allocation = "randomised" or "not randomised"'
            raise ValueError("a reference is named, and not whether chance decided who was in which group", words)
        return self

    @property
    def mean(self) -> Formula:
        """The formula as its terms; the cross-checks have made sure that it can be read."""
        return parse(self.formula)


class AskedQuestion(Protocol):
    """What the checks need to know of an estimand; None is what could not be read."""

    @property
    def name(self) -> str | None:
        """The name the estimand is asked for by."""

    @property
    def visits(self) -> Sequence[str] | None:
        """The visits it is asked at, by name."""

    @property
    def endpoint(self) -> Endpoint | None:
        """What is read at them."""


def scores_over_time_problems(
    asked: Sequence[ScoresOverTimeDeclared],
    questions: Sequence[AskedQuestion],
    estimands: Sequence[str],
    covariates: Sequence[str],
) -> Iterator[Problem]:
    """What is wrong with the models asked for.

    ``questions`` : the estimands, as far as they could be read; ``estimands``, ``covariates`` : every name declared
    """
    named = {question.name: question for question in questions if question.name is not None}
    for each in asked:
        where = f"scores over time '{each.name}'"
        question = named.get(each.estimand)
        yield from _estimand(where, each.estimand, named, estimands)
        yield from formula_problems(f"{where}.formula", each.formula)
        try:
            mean = each.mean
        except FormulaFault:
            mean = None
        if mean is not None:
            yield from _mean(where, each, mean, covariates)
            yield from _against_estimand(where, each, mean, question)
        if each.weights is not None:
            yield from named_covariate_problems(f"{where}.weights", (each.weights,), covariates)


def _estimand(where: str, name: str, named: Mapping[str, AskedQuestion], estimands: Sequence[str]) -> Iterator[Problem]:
    endpoint = named[name].endpoint if name in named else None
    if name not in estimands:
        yield Problem(f"{where}.estimand", f"'{name}' is no declared estimand", closest_or_all(name, estimands))
    elif endpoint is not None and endpoint.is_responder:
        scores = [other for other, one in named.items() if one.endpoint is not None and not one.endpoint.is_responder]
        remedy = f"name a score estimand: {', '.join(scores)}" if scores else 'declare one with score = "value"'
        yield Problem(f"{where}.estimand", f"'{name}' is answered yes or no, and has no mean over time", remedy)


def _mean(where: str, each: ScoresOverTimeDeclared, mean: Formula, covariates: Sequence[str]) -> Iterator[Problem]:
    known = (VISIT, GROUP, BASELINE, *covariates)
    for name in mean.names:
        if name not in known:
            nothing = "declare it as [[covariate]]; a formula may also name visit, group and baseline"
            remedy = closest_or_all(name, known, everything=nothing)
            yield Problem(f"{where}.formula", f"'{name}' is no declared covariate", remedy)
    if each.groups_together and GROUP in mean.names:
        problem = "the formula tells groups apart, and groups_together takes them as one"
        yield Problem(f"{where}.groups_together", problem, "leave one of the two out")
    if each.groups_together and each.covariance_by_group:
        problem = "one mean with a covariance of each group would weigh the groups by how little their scores spread"
        remedy = "write covariance_by_group = false, or tell the groups apart in the formula"
        yield Problem(f"{where}.covariance_by_group", problem, remedy)
    if each.reference is not None and GROUP not in mean.names:
        problem = "a reference group is named, and the formula does not tell groups apart"
        yield Problem(f"{where}.reference", problem, "add group to the formula, or leave reference out")


def _against_estimand(
    where: str, each: ScoresOverTimeDeclared, mean: Formula, question: AskedQuestion | None
) -> Iterator[Problem]:
    if question is None:
        return
    visits, endpoint = question.visits, question.endpoint
    if VISIT not in mean.names and visits is not None and len(visits) > 1:
        problem = "visit is not in it, so the mean could not change"
        yield Problem(f"{where}.formula", problem, "add visit, or ask for one visit in the estimand")
    if BASELINE in mean.names and endpoint is not None and endpoint.baseline_look_back_days is None:
        problem = f"baseline is in it, and the endpoint of '{each.estimand}' has no baseline_look_back_days"
        yield Problem(f"{where}.formula", problem, "give the endpoint baseline_look_back_days, or leave baseline out")
