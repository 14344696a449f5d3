"""Responses that were not seen: filled in as yes or no, or as the score a responder rule reads."""

from dataclasses import replace

import numpy as np

from equipoise.domain.cohort import Cohort, Flags, Floats, Ints
from equipoise.domain.estimand import Endpoint
from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.protocol import Protocol
from equipoise.errors import MethodError, Problem
from equipoise.estimate.endpoint import compare
from equipoise.estimate.imputation_cells import BOUNDS, Cells, Question, find_cells, score_behind
from equipoise.estimate.imputation_scores import FittedScores, fit_cells
from equipoise.estimate.imputation_stream import stream
from equipoise.stats.imputation import completed
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_binary import ImputedYesNo, impute_yes_no
from equipoise.stats.imputation_binary_rates import ImputedCounts, imputed_counts, shift_of_odds
from equipoise.stats.imputation_draws import resampled
from equipoise.stats.imputation_refit import Parameters

UNSEEN = -1


def counts_as_seen(cells: Cells) -> ImputedCounts:
    """Responders where nothing is missing: every completed table is the one that was seen."""
    yes = cells.tally(cells.counts & (cells.value == 1.0))
    return ImputedCounts(np.stack([yes, yes]), cells.tally(cells.counts), cells.tally(cells.unseen))


def counts_from_responses(
    cells: Cells, protocol: Protocol, declared: ImputationDeclared, question: Question
) -> ImputedCounts:
    """Responders with the unseen drawn as yes or no; raises as ``impute_yes_no``."""
    assert declared.imputations is not None
    imputed = impute_yes_no(
        np.where(cells.seen, cells.value, UNSEEN).astype(np.int64),
        cells.group,
        rng=stream(protocol, declared, question),
        covariates=cells.covariates if cells.covariates.shape[1] else None,
        assumption=_not_drawn(cells),
        reference=cells.index_of(declared.reference),
        groups=len(cells.groups),
        imputations=declared.imputations,
    )
    shift = _shift(imputed, cells, cells.delta(declared, nothing=1.0))
    return imputed_counts(imputed, counts=cells.counts, delta=shift)


def _not_drawn(cells: Cells) -> Ints:
    """The codes, with what a case has not reached yet as a certain no: it counts nowhere and need not be drawn.

    Else a group that nobody of has reached a visit in would be refused for a rate nobody asks of it.
    """
    ended = np.cumsum(cells.counts[:, ::-1], axis=1)[:, ::-1] == 0
    plain: Flags = np.all(np.isin(cells.codes, [Assumption.MISSING_AT_RANDOM, Assumption.RETURN_TO_BASELINE]), axis=1)
    return np.where(ended & plain[:, None], int(Assumption.RETURN_TO_BASELINE), cells.codes)


def _shift(imputed: ImputedYesNo, cells: Cells, factor: Floats) -> Floats:
    """The latent shift, (groups, m), that multiplies the odds of what was drawn and counts by ``factor``."""
    shift = np.zeros(factor.shape)
    for group, visit in np.argwhere(factor != 1.0):
        drawn = (imputed.visit == visit) & (cells.group[imputed.case] == group)
        drawn &= cells.counts[imputed.case, imputed.visit]
        yes = imputed.latent[:, drawn] > 0.0
        if yes.size:
            least = 0.5 / yes.size
            shift[group, visit] = float(shift_of_odds(factor[group, visit], np.clip(yes.mean(), least, 1.0 - least)))
    return shift


def counts_from_scores(
    cohort: Cohort, protocol: Protocol, declared: ImputationDeclared, question: Question, cells: Cells
) -> tuple[ImputedCounts, FittedScores, int]:
    """Responders with the score filled in and the rule applied to it; a response that was seen stays as it is.

    What returns to baseline has not improved and is no. ``cells`` : those of the responses. Also the fit, and how many
    resamples were drawn again.

    Raises
    ------
    MethodError : as ``fit_cells``; a rule on change and a case without a baseline
    """
    endpoint, instrument = question.estimand.endpoint, protocol.instrument_of(question.estimand)
    _check_baselines(endpoint, cells)
    behind = replace(find_cells(cohort, protocol, declared, score_behind(question)), codes=cells.codes)
    fitted = fit_cells(behind, declared, change=False)
    assert declared.imputations is not None
    rng = stream(protocol, declared, question)
    drawn = list(resampled(fitted.model, declared.imputations, rng))
    parameters = Parameters(
        np.concatenate([each.parameters.coefficients for each in drawn]),
        np.concatenate([each.parameters.sigma for each in drawn]),
    )
    certain_no = cells.codes == Assumption.RETURN_TO_BASELINE
    responders = np.concatenate(
        [
            _responders(cells, met & ~certain_no)
            for complete in completed(fitted.model.scores, parameters, fitted.delta, rng)
            for met in [improves(endpoint, instrument, complete, cells.baseline[:, None])]
        ]
    )
    counts = ImputedCounts(responders, cells.tally(cells.counts), cells.tally(cells.unseen))
    return counts, fitted, sum(each.redrawn for each in drawn)


def improves(endpoint: Endpoint, instrument: Instrument, score: Floats, baseline: Floats) -> Flags:
    """Whether filled-in scores meet the endpoint's rule; by floats, since they are no decimals anybody wrote."""
    if endpoint.value is not None:
        comparison, number = endpoint.value.comparison
        return compare(score, comparison, float(number))
    rule = endpoint.change or endpoint.percent_change
    assert rule is not None
    comparison, number = rule.comparison
    towards_better = 1.0 if instrument.better is Better.HIGHER else -1.0
    wanted = float(number) if endpoint.change is not None else float(number) / 100.0 * baseline
    gained = towards_better * (score - baseline)
    return np.asarray(gained >= wanted if comparison == "at_least" else gained > wanted)


def _responders(cells: Cells, met: Flags) -> Ints:
    """Responders of each completed table, (b, groups, m), from whether each filled-in score meets the rule."""
    yes = np.where(cells.seen, cells.value == 1.0, met) & cells.counts
    member = cells.group[:, None] == np.arange(len(cells.groups))
    return np.asarray(np.einsum("bkm,kg->bgm", yes.astype(np.int64), member.astype(np.int64)))


def _check_baselines(endpoint: Endpoint, cells: Cells) -> None:
    if not endpoint.needs_baseline:
        return
    fit = cells.baseline_known if endpoint.percent_change is None else cells.baseline_known & (cells.baseline > 0.0)
    without = int((cells.unseen.any(axis=1) & ~fit).sum())
    if without:
        problem = f"the rule needs a baseline above zero, and of {without} with something missing there is none"
        remedy = f'write responders_from = "responses", or {BOUNDS}'
        raise MethodError(Problem("baseline", problem, remedy))
