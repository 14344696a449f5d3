"""One cohort beside another, case by case, as ``[[comparison]]`` declares it, and what of it does not fit the rest."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field, model_validator

from equipoise.domain.cases_declared import CasesSource, Columns, Population, Treatment
from equipoise.domain.covariate import CovariateDeclared, named_covariate_problems
from equipoise.domain.declared import Declared
from equipoise.domain.difference import named_estimand_problems
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

ComparisonMethod = Literal[
    "overlap weighting",
    "ATT weighting",
    "ATE weighting",
    "entropy balancing",
    "matching",
    "matching with replacement",
    "outcome regression",
    "AIPW",
]
About = Literal["ATT", "ATE", "overlap"]
WEIGHTED: Mapping[str, About] = {"overlap weighting": "overlap", "ATT weighting": "ATT", "ATE weighting": "ATE"}
"""The methods that weight by the propensity score, and whom each is about."""
MATCHED = ("matching", "matching with replacement")
Allocation = Literal["randomised", "not randomised"]
ABOUT_SOMEBODY = ("entropy balancing", "outcome regression", "AIPW")
"""The methods that must be told whom they are about."""


class ComparatorDeclared(Declared):
    """The other cohort. What is left out is as in the study itself."""

    name: str = Field(min_length=1, description="what the report calls the other cohort")
    cases: CasesSource | None = Field(default=None, description="its case book; absent, the study's own")
    columns: Columns | None = Field(default=None, description="the mapping of its one wide file onto the case book")
    treatment: Treatment | None = Field(default=None, description="what starts its clock; absent, as in the study")
    group: str | None = Field(default=None, description="the group of its case book; absent, everybody")
    population: Population | None = Field(default=None, description="who is eligible; absent, as in the study")

    @model_validator(mode="after")
    def _columns_of_cases(self) -> "ComparatorDeclared":
        if self.columns is not None and self.cases is None:
            raise ValueError("columns are given without cases", "name the case book they map, or leave them out")
        return self


class GateDeclared(Declared):
    """What a comparison must meet before its number is shown."""

    standardized_difference: float = Field(
        gt=0,
        description="no covariate farther apart than this after weighting, in standard deviations, such as 0.1 ...",
    )
    randomisation_share: float = Field(
        gt=0.5,
        lt=1,
        description="... unless this share of random allocations, such as 0.95, does not reach as far as it",
    )
    common_support: float = Field(
        gt=0, le=1, description="the least share of cases within the other cohort's range of scores, such as 0.8"
    )
    effective_sample_size: float = Field(ge=2, description="the least effective sample size of either cohort")
    largest_weight: float = Field(
        gt=0, le=1, description="the largest share of its cohort's weight one case may carry, such as 0.2"
    )
    unmatched_share: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="of matching: the largest share of the cohort without a match, such as 0.2; required by a caliper",
    )
    negative_control_error: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="the largest mean error of the negative controls, as a difference of risks, such as 0.05; "
        "absent, any",
    )


class MatchingDeclared(Declared):
    """How cases are matched: nearest neighbours on the propensity score's logit."""

    ratio: int = Field(ge=1, description="comparators for each treated case")
    caliper: float | Literal["none"] = Field(
        description="the farthest match, in standard deviations of the logit, such as 0.2; or none"
    )

    @model_validator(mode="after")
    def _positive(self) -> "MatchingDeclared":
        if not isinstance(self.caliper, str) and self.caliper <= 0:
            raise ValueError("caliper is not above 0", "give a number of standard deviations, or 'none'")
        return self


class NegativeControlsDeclared(Declared):
    """Outcomes the treatment cannot change: what they show is the comparison's own error."""

    estimands: tuple[str, ...] = Field(default=(), description="responder estimands by name, at their last visit")
    adverse_events: tuple[str, ...] = Field(default=(), description="terms of the table adverse_events")
    by_day: int | None = Field(
        default=None, ge=1, description="the day by which adverse events count in both cohorts; required by them"
    )


class ComparisonDeclared(Declared):
    """The cases of the study beside another cohort, made alike in declared covariates, or withheld."""

    name: str = Field(min_length=1, description="what the report calls the comparison")
    estimands: tuple[str, ...] = Field(default=(), description="estimands by name; absent, the primary one")
    group: str | None = Field(default=None, description="the group of the study's cases; absent, everybody")
    comparator: ComparatorDeclared = Field(description="the other cohort: a table with name and what differs")
    allocation: Allocation = Field(
        description="whether chance decided who was in which cohort; then adjustment is for precision only"
    )
    covariates: tuple[str, ...] = Field(min_length=1, description="[[covariate]] names the cohorts are made alike in")
    not_recorded: tuple[str, ...] = Field(
        description="what would matter and nobody recorded, in words; [] where nothing is known of"
    )
    methods: tuple[ComparisonMethod, ...] = Field(min_length=1, description="how they are made alike, each in turn")
    target: About | None = Field(
        default=None,
        description="whom entropy balancing, outcome regression and AIPW are about: ATT, ATE, or (AIPW) overlap",
    )
    propensity: Literal["logistic", "firth", "ridge"] = Field(
        description="how the propensity score is fitted: firth or ridge where there are few cases"
    )
    ridge: float | None = Field(default=None, gt=0, description="the weight of the ridge, such as 1; with ridge only")
    matching: MatchingDeclared | None = Field(default=None, description="ratio and caliper; required by matching")
    interval: Literal["robust", "bootstrap"] = Field(
        description="robust limits, or bootstrap limits, which matching has none of"
    )
    bootstraps: int | None = Field(
        default=None, ge=39, le=100_000, description="resamples; required by bootstrap limits and by events"
    )
    events: tuple[str, ...] = Field(
        default=(), description="intercurrent events whose cumulative incidence and mean days lost are compared"
    )
    horizon_day: int | None = Field(default=None, ge=1, description="the day by which events are compared")
    negative_controls: NegativeControlsDeclared | None = Field(
        default=None, description="outcomes the treatment cannot change: estimands, adverse_events"
    )
    gate: GateDeclared = Field(description="what the comparison must meet before its number is shown")
    margin: float | None = Field(default=None, gt=-1, lt=1, description="the risk difference its limits lie beside")

    @model_validator(mode="after")
    def _makes_sense(self) -> "ComparisonDeclared":
        for problem, remedy in (*_methods_wrong(self), *_gate_wrong(self), *_words_wrong(self)):
            raise ValueError(problem, remedy)
        return self


def _methods_wrong(each: ComparisonDeclared) -> Iterator[tuple[str, str]]:
    """What of the methods and what they need contradicts itself."""
    asked = set(each.methods)
    if len(asked) < len(each.methods):
        yield "a method is named twice", "name each once"
    if (each.propensity == "ridge") != (each.ridge is not None):
        yield "ridge and propensity = 'ridge' belong together", "give both, or neither"
    if bool(asked & set(MATCHED)) != (each.matching is not None):
        yield (
            "matching is asked for and described in two places that differ",
            ("give matching = { ratio, caliper } where methods name matching, and only there"),
        )
    if bool(asked & set(ABOUT_SOMEBODY)) != (each.target is not None):
        yield f"target belongs to {', '.join(ABOUT_SOMEBODY)}", "give it where methods name one of them, and only there"
    if each.target == "overlap" and asked & {"entropy balancing", "outcome regression"}:
        yield "entropy balancing and outcome regression have no overlap population", "write target = 'ATT' or 'ATE'"
    if each.interval == "bootstrap" and asked & set(MATCHED):
        yield (
            "matching has no bootstrap limits: resampling does not repeat what matching does",
            "leave matching out, or write interval = 'robust'",
        )
    if each.events and not asked & set(WEIGHTED):
        yield "events are compared by weighting, and methods has none", f"add one of {', '.join(WEIGHTED)}"
    if (each.interval == "bootstrap" or bool(each.events)) != (each.bootstraps is not None):
        yield "bootstraps belong to bootstrap limits and to events", "give how many, or leave it out"


def _gate_wrong(each: ComparisonDeclared) -> Iterator[tuple[str, str]]:
    """Thresholds that have nothing to judge, or are wanted and missing."""
    gate, matching = each.gate, each.matching
    if matching is not None and matching.caliper != "none" and gate.unmatched_share is None:
        yield (
            "a caliper leaves cases unmatched, and the gate does not say how many may be",
            "give gate.unmatched_share, such as 0.2: beyond it the answer is about other people",
        )
    if gate.unmatched_share is not None and matching is None:
        yield "gate.unmatched_share belongs to matching", "name a matching method, or leave it out"
    if gate.negative_control_error is not None and each.negative_controls is None:
        yield "gate.negative_control_error has no negative controls", "give negative_controls, or leave it out"


def _words_wrong(each: ComparisonDeclared) -> Iterator[tuple[str, str]]:
    """What else contradicts itself."""
    if bool(each.events) != (each.horizon_day is not None):
        yield "events and horizon_day belong together", "give both, or neither"
    other = each.comparator
    same = other.cases is None and other.treatment is None and other.population is None
    if same and (other.group is None or other.group == each.group):
        yield "the comparator is the study's own cohort", "give it a group, treatment, population or cases of its own"
    if each.allocation == "randomised" and other.population is not None:
        yield (
            "a comparator with criteria of its own was not formed by chance",
            "give both cohorts one population, or write allocation = 'not randomised'",
        )
    controls = each.negative_controls
    if controls is not None and bool(controls.adverse_events) != (controls.by_day is not None):
        yield "adverse_events and by_day of negative_controls belong together", "give both, or neither"
    if controls is not None and not (*controls.estimands, *controls.adverse_events):
        yield "negative_controls names none", "name estimands or adverse_events, or leave it out"


def comparison_problems(
    declared: Sequence[ComparisonDeclared],
    responders: Mapping[str, bool | None],
    events: Sequence[str],
    covariates: Sequence[CovariateDeclared],
    covariate_names: Sequence[str],
) -> Iterator[Problem]:
    """What is wrong with the comparisons.

    ``responders`` : the declared estimands, and whether each is yes or no; None where that could not be read
    """
    of_treatment = [each.name for each in covariates if each.column.startswith("procedures.")]
    for each in declared:
        where = f"comparison '{each.name}'"
        yield from named_estimand_problems(f"{where}.estimands", each.estimands, tuple(responders))
        yield from named_covariate_problems(f"{where}.covariates", each.covariates, covariate_names)
        for name in each.covariates:
            if name in of_treatment:
                problem = f"'{name}' describes the treatment itself, which the comparator did not have"
                yield Problem(f"{where}.covariates", problem, "name what was known before treatment")
        for event in each.events:
            if event not in events:
                remedy = closest_or_all(event, events, everything="declare it as [[intercurrent_event]]")
                yield Problem(f"{where}.events", f"'{event}' is no declared intercurrent event", remedy)
        if each.negative_controls is not None:
            yield from _controls_wrong(each, f"{where}.negative_controls", responders)


def _controls_wrong(each: ComparisonDeclared, where: str, responders: Mapping[str, bool | None]) -> Iterator[Problem]:
    assert each.negative_controls is not None
    names = each.negative_controls.estimands
    yield from named_estimand_problems(f"{where}.estimands", names, tuple(responders))
    for name in names:
        if name in each.estimands:
            problem = f"'{name}' is compared, and at once an outcome the treatment cannot change"
            yield Problem(f"{where}.estimands", problem, "let it be one of the two")
        if responders.get(name) is False:
            problem = f"'{name}' is a score, and controls are calibrated as differences of risks"
            yield Problem(f"{where}.estimands", problem, "name a responder estimand")
