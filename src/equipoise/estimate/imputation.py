"""What nobody saw, under the named assumptions of the ``[[imputation]]`` sections: rows, answers, and refusals."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Cohort
from equipoise.domain.estimand import Endpoint, Strategy
from equipoise.domain.imputation import AS_DECLARED, ImputationDeclared
from equipoise.domain.imputation_answer import FilledIn, ImputedQuantity, ImputedQuestion
from equipoise.domain.imputed import Imputed
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import EstimateRow, Refusal
from equipoise.domain.wrong import groups_there
from equipoise.errors import MethodError, Problem, ProtocolError
from equipoise.estimate.imputation_cells import Cells, Question, find_cells, in_names
from equipoise.estimate.imputation_means import means, means_as_seen, method_in_words
from equipoise.estimate.imputation_rates import rates
from equipoise.estimate.imputation_responses import counts_as_seen, counts_from_responses, counts_from_scores
from equipoise.estimate.imputation_scores import FittedScores, as_declared, checked, fit_cells
from equipoise.estimate.in_words import endpoint_in_words
from equipoise.stats.imputation_assumptions import Assumption

NOTHING_MISSING = "nothing was missing"


def impute_the_unseen(cohort: Cohort, protocol: Protocol) -> Imputed:
    """Every question every section asks; one that cannot be answered is refused and the others go on.

    Raises
    ------
    ProtocolError : a section names a group of which the cohort has no case
    """
    _check_groups(cohort, protocol)
    rows: list[EstimateRow] = []
    answers: list[ImputedQuestion] = []
    refused: list[Refusal] = []
    for declared in protocol.imputation:
        for question in questions_asked(protocol, declared):
            try:
                found = _answer(cohort, protocol, declared, question)
            except MethodError as error:
                refused += _refusals(declared, question, error)
                continue
            answers.append(found)
            rows += _rows(cohort, protocol, question, found)
    return Imputed(tuple(rows), tuple(answers), tuple(refused))


def questions_asked(protocol: Protocol, declared: ImputationDeclared) -> Iterator[Question]:
    """The estimands a section covers, each under the strategies it names, each once."""
    events = [event.name for event in protocol.intercurrent_event]
    for estimand in protocol.estimand:
        if declared.estimands and estimand.name not in declared.estimands:
            continue
        own, told = as_declared(estimand), set()
        for word in declared.strategies:
            question = own if word in (AS_DECLARED, own.label) else _uniform(own, events, Strategy(word))
            if question.label not in told:
                yield question
            told.add(question.label)


def _uniform(own: Question, events: list[str], strategy: Strategy) -> Question:
    return Question(own.estimand, dict.fromkeys(events, strategy), strategy.value)


def _check_groups(cohort: Cohort, protocol: Protocol) -> None:
    problems = [
        Problem(
            f"study.toml: imputation '{declared.name}'.{key}",
            f"no case of the cohort is in the group '{name}'",
            groups_there(cohort.groups),
        )
        for declared in protocol.imputation
        for key, name in (("reference", declared.reference), *(("delta", each.group) for each in declared.delta))
        if name is not None and name not in cohort.groups
    ]
    if problems:
        raise ProtocolError(dict.fromkeys(problems))


def _answer(cohort: Cohort, protocol: Protocol, declared: ImputationDeclared, question: Question) -> ImputedQuestion:
    """One question under one section; raises MethodError where the data cannot bear it."""
    cells = find_cells(cohort, protocol, declared, question)
    try:
        found = _filled_in(cohort, protocol, declared, question, cells)
    except MethodError as error:
        raise MethodError(in_names(each, cells) for each in error.problems) from None
    return _told(protocol, declared, question, cells, found)


@dataclass(frozen=True)
class _FilledIn:
    """What the kernels gave; ``fitted`` : the model of scores, where there is one."""

    quantities: tuple[ImputedQuantity, ...]
    method: str
    fitted: FittedScores | None = None
    redrawn: int = 0


def _filled_in(
    cohort: Cohort, protocol: Protocol, declared: ImputationDeclared, question: Question, cells: Cells
) -> _FilledIn:
    endpoint, missing = question.estimand.endpoint, bool(cells.unseen.any())
    is_change = endpoint.score == "change"
    if not missing and endpoint.is_responder:
        return _FilledIn(rates(counts_as_seen(cells), cells, declared, protocol, NOTHING_MISSING), NOTHING_MISSING)
    if not missing:
        scores = checked(cells, declared, change=is_change)
        return _FilledIn(means_as_seen(scores, cells, declared, protocol.sensitivity.level), NOTHING_MISSING)
    if not endpoint.is_responder:
        fitted = fit_cells(cells, declared, change=is_change)
        found = means(fitted, protocol, declared, question)
        return _FilledIn(found.quantities, method_in_words(declared), fitted, found.redrawn)
    if declared.fills_scores(endpoint):
        method = f"approximate Bayesian scores, {declared.imputations} imputations, Lott-Reiter"
        counts, fitted, redrawn = counts_from_scores(cohort, protocol, declared, question, cells)
        return _FilledIn(rates(counts, cells, declared, protocol, method), method, fitted, redrawn)
    method = f"Bayesian probit, {declared.imputations} imputations, Lott-Reiter"
    counts = counts_from_responses(cells, protocol, declared, question)
    return _FilledIn(rates(counts, cells, declared, protocol, method), method)


def _told(
    protocol: Protocol, declared: ImputationDeclared, question: Question, cells: Cells, found: _FilledIn
) -> ImputedQuestion:
    """The answer with what a reader must know of how it came about."""
    endpoint, unseen, fitted = question.estimand.endpoint, cells.unseen, found.fitted
    assumed = unseen & (cells.codes != Assumption.MISSING_AT_RANDOM)
    alone = not cells.seen[unseen.any(axis=1)].any() and not cells.covariates.shape[1]
    return ImputedQuestion(
        name=declared.name,
        estimand=question.estimand.name,
        endpoint=endpoint_in_words(endpoint, protocol.instrument_of(question.estimand)),
        strategy=question.label,
        missing=declared.assumption,
        after_event=None if declared.after_event is None else declared.after_event.value,
        after_last_seen=declared.after_last_seen.value,
        reference=declared.reference,
        method=found.method,
        filled_in=_filled_in_words(declared, endpoint),
        covariates=declared.covariates,
        imputations=declared.imputations,
        imputed_cells=int(unseen.sum()),
        assumed_cells=int(assumed.sum()),
        nothing_missing=not unseen.any(),
        nothing_to_predict_from=bool(alone),
        redrawn=found.redrawn,
        covariance=None if fitted is None else fitted.model.structure,
        tried=() if fitted is None else fitted.model.tried,
        level=protocol.sensitivity.level,
        quantities=found.quantities,
    )


def _filled_in_words(declared: ImputationDeclared, endpoint: Endpoint) -> FilledIn:
    if not endpoint.is_responder:
        return "scores"
    return "scores, and the responder rule applied to them" if declared.fills_scores(endpoint) else "responses"


def _rows(cohort: Cohort, protocol: Protocol, question: Question, found: ImputedQuestion) -> Iterator[EstimateRow]:
    """A row for every group and visit of the estimand; one nobody counts at has no number."""
    by_place = {(each.group, each.visit): each for each in found.quantities if each.kind != "difference"}
    for name in question.estimand.visits:
        month = protocol.visit_named(name).month
        for group in cohort.groups:
            yield _row(found, question.estimand.endpoint, group, name, month, by_place.get((group, name)))


def _row(
    found: ImputedQuestion, endpoint: Endpoint, group: str, visit: str, month: float, each: ImputedQuantity | None
) -> EstimateRow:
    """A count stands beside a rate only where every completed table has the same one."""
    estimate = None if each is None else each.estimate
    alike = each is not None and endpoint.is_responder and each.missing_information == 0.0
    return EstimateRow(
        estimand=found.estimand,
        endpoint=found.endpoint,
        group=group,
        visit=visit,
        month=month,
        strategy=found.strategy,
        missing=found.missing,
        n=0 if each is None else each.n,
        responders=round(estimate * each.n) if alike and each is not None and estimate is not None else None,
        unknown=0 if each is None else each.imputed,
        estimate=estimate,
        sd=None if endpoint.is_responder or each is None else _spread(each),
        lower=None if each is None else each.lower,
        upper=None if each is None else each.upper,
        outer_lower=None,
        outer_upper=None,
        level=found.level,
        method="nobody to count" if each is None or each.n == 0 else each.method,
        unit="proportion" if endpoint.is_responder else "points",
    )


def _spread(each: ImputedQuantity) -> float | None:
    """The standard deviation of scores that were all seen; of filled-in ones none is told."""
    if each.imputed or each.standard_error is None:
        return None
    return float(each.standard_error * np.sqrt(each.n))


def _refusals(declared: ImputationDeclared, question: Question, error: MethodError) -> Iterator[Refusal]:
    where = f"{question.estimand.name} | {question.label} | imputation '{declared.name}'"
    for each in dict.fromkeys(error.problems):
        place = f"{each.where}: " if each.where.startswith(("'", "visit '", "group '")) else ""
        yield Refusal(where, f"{place}{each.problem}", each.remedy)
