"""Scores over time: the models a protocol asks for, each fitted and answered, or refused in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from equipoise.domain.cohort import Cohort, Floats
from equipoise.domain.estimand import Assumption, Estimand
from equipoise.domain.modelled import ScoresModelled
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import EstimateRow, Refusal
from equipoise.domain.scores_over_time import GROUP, ScoresOverTimeDeclared
from equipoise.domain.scores_over_time_answer import HeldAt, ScoresOverTime
from equipoise.domain.wrong import groups_there
from equipoise.errors import MethodError, Problem, ProtocolError
from equipoise.estimate.in_words import endpoint_in_words, strategies_in_words
from equipoise.estimate.refusing import refusals
from equipoise.estimate.scores_over_time_answers import Said, answers_of, seen_at_visits
from equipoise.estimate.scores_over_time_cautions import cautions
from equipoise.estimate.scores_over_time_design import (
    InModel,
    check_columns,
    coded_means,
    coded_scores,
    design,
    find_in_model,
)
from equipoise.estimate.scores_over_time_fit import Fitted, fit_one_visit, fit_visits

DEGREES = {
    "satterthwaite": "Satterthwaite",
    "kenward-roger": "Kenward-Roger",
    "kenward-roger-linear": "Kenward-Roger (linear)",
    "kenward-roger-first-order": "Kenward-Roger (first order)",
    "empirical": "sandwich CR0",
    "empirical bias-reduced": "sandwich CR2",
    "empirical jackknife": "sandwich CR3",
}


@dataclass
class _Gathered:
    """What the models gave, while they are worked through."""

    answers: list[ScoresOverTime] = field(default_factory=list)
    rows: list[EstimateRow] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def model_scores_over_time(cohort: Cohort, protocol: Protocol) -> ScoresModelled:
    """Every model of the protocol; one that does not fit the data is refused and the others go on.

    Raises
    ------
    ProtocolError : groups of the case book the protocol does not speak of, or a reference that is no group
    """
    problems = [problem for declared in protocol.scores_over_time for problem in _group_problems(declared, cohort)]
    if problems:
        raise ProtocolError(problems)
    gathered = _Gathered()
    for declared in protocol.scores_over_time:
        where = f"scores over time '{declared.name}'"
        try:
            _model(gathered, cohort, protocol, declared, where)
        except MethodError as error:
            gathered.refused += refusals(where, error)
    return ScoresModelled(tuple(gathered.answers), tuple(gathered.rows), tuple(gathered.refused))


def _group_problems(declared: ScoresOverTimeDeclared, cohort: Cohort) -> list[Problem]:
    where, problems = f"study.toml: scores over time '{declared.name}'", []
    if len(cohort.groups) > 1 and GROUP not in declared.mean.names and not declared.groups_together:
        problem = f"the case book has {len(cohort.groups)} groups, and the formula does not tell them apart"
        remedy = "add group to the formula, or write groups_together = true"
        problems.append(Problem(f"{where}.formula", problem, remedy))
    if declared.reference is not None and declared.reference not in cohort.groups:
        problem = f"no case of the cohort is in the group '{declared.reference}'"
        problems.append(Problem(f"{where}.reference", problem, groups_there(cohort.groups)))
    return problems


def _model(
    gathered: _Gathered, cohort: Cohort, protocol: Protocol, declared: ScoresOverTimeDeclared, where: str
) -> None:
    estimand = next(each for each in protocol.estimand if each.name == declared.estimand)
    found = find_in_model(cohort, protocol, declared, estimand)
    names, columns = design(declared.mean, coded_scores(found))
    check_columns(names, columns)
    try:
        fitted = _fit(found, declared, columns, cohort)
    except MethodError as error:
        visits = [visit.name for visit in found.over.visits]
        raise MethodError([_in_words(each, visits, cohort.groups) for each in error.problems]) from None
    coded, held = coded_means(found)
    across, level = design(declared.mean, coded)[1], protocol.sensitivity.level
    said = answers_of(fitted, found, declared, estimand, across, held, level=level)
    for hypothesis, fault in said.refused:
        gathered.refused += refusals(f"{where} | {hypothesis}", fault)
    endpoint = endpoint_in_words(estimand.endpoint, protocol.instrument_of(estimand))
    answer = _answer(fitted, found, declared, estimand, endpoint, names, held, said, cohort, level)
    gathered.answers.append(answer)
    if found.groups == cohort.groups:
        gathered.rows += _rows(answer)


def _fit(found: InModel, declared: ScoresOverTimeDeclared, columns: Floats, cohort: Cohort) -> Fitted:
    if len(found.over.visits) == 1:
        return fit_one_visit(found, declared, columns)
    return fit_visits(found, declared, columns, cohort)


def _answer(
    fitted: Fitted,
    found: InModel,
    declared: ScoresOverTimeDeclared,
    estimand: Estimand,
    endpoint: str,
    names: tuple[str, ...],
    held: tuple[HeldAt, ...],
    said: Said,
    cohort: Cohort,
    level: float,
) -> ScoresOverTime:
    visits = tuple(visit.name for visit in found.over.visits)
    return ScoresOverTime(
        name=declared.name,
        estimand=estimand.name,
        endpoint=endpoint,
        strategy=strategies_in_words(estimand.strategies),
        formula=declared.formula,
        groups=found.groups,
        visits=visits,
        reference=declared.reference,
        allocation=declared.allocation,
        estimator=fitted.estimator,
        covariance_asked=declared.covariance,
        covariance=fitted.covariance,
        covariance_by_group=declared.covariance_by_group,
        start=fitted.start,
        tried=tuple(_named(each, visits, cohort.groups) for each in fitted.tried),
        degrees_of_freedom=declared.degrees_of_freedom,
        weights=declared.weights,
        level=level,
        asked_about=int(found.asked.sum()),
        cases=found.cases.size,
        observations=int(found.use.sum()),
        patterns=np.unique(found.use[found.cases], axis=0).shape[0],
        left_out=found.left_out,
        baseline_mean=said.baseline_mean,
        held_at=held,
        means=said.means,
        contrasts=said.contrasts,
        tests=said.tests,
        seen=seen_at_visits(found, cohort),
        coefficients=fitted.coefficients(names),
        covariances=fitted.covariances(visits, cohort.groups),
        cautions=cautions(fitted, found, declared, estimand),
    )


def method_in_words(covariance: str | None, *, by_group: bool, degrees: str) -> str:
    """How a mean was found: "MMRM, unstructured, Kenward-Roger (linear)"."""
    if covariance is None:
        return "linear model of one visit, least squares"
    return f"MMRM, {covariance}{' in each group' if by_group else ''}, {DEGREES[degrees]}"


def _rows(answer: ScoresOverTime) -> list[EstimateRow]:
    by_group = answer.covariance_by_group and len(answer.groups) > 1
    method = method_in_words(answer.covariance, by_group=by_group, degrees=answer.degrees_of_freedom)
    unknown = {(each.group, each.visit): each.missing + each.vague + each.left_out for each in answer.seen}
    return [
        EstimateRow(
            estimand=answer.estimand,
            endpoint=answer.endpoint,
            group=mean.group,
            visit=mean.visit,
            month=mean.month,
            strategy=answer.strategy,
            missing=Assumption.MISSING_AT_RANDOM.value,
            n=mean.scores,
            responders=None,
            unknown=unknown[mean.group, mean.visit],
            estimate=mean.estimate,
            sd=None,
            lower=mean.lower,
            upper=mean.upper,
            outer_lower=None,
            outer_upper=None,
            level=answer.level,
            method=method if mean.scores else f"{method}: nobody was seen there",
            unit="points",
        )
        for mean in answer.means
    ]


def _in_words(problem: Problem, visits: Sequence[str], groups: Sequence[str]) -> Problem:
    return Problem(problem.where, _named(problem.problem, visits, groups), problem.remedy)


def _named(text: str, visits: Sequence[str], groups: Sequence[str]) -> str:
    """Visits and groups by their names, where a kernel counts them."""
    text = re.sub(r"visit (\d+) \(counted from 0\)", lambda found: visits[int(found.group(1))], text)
    return re.sub(
        r"group (\d+) \(in the order of their numbers\)", lambda found: f"'{groups[int(found.group(1))]}'", text
    )
