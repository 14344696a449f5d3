"""From completed scores to means by group and visit, and their differences from the reference."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from equipoise.domain.imputation import ImputationDeclared, ImputationMethod
from equipoise.domain.imputation_answer import ImputedQuantity
from equipoise.domain.protocol import Protocol
from equipoise.estimate.imputation_cells import Cells, Question
from equipoise.estimate.imputation_scores import FittedScores, impute
from equipoise.estimate.imputation_stream import stream
from equipoise.stats.imputation import ScoreEstimate, in_order, t_limits
from equipoise.stats.imputation_analysis import regressions
from equipoise.stats.imputation_mean import conditional_mean_bootstrap, conditional_mean_jackknife
from equipoise.stats.imputation_scores import OF_A_REFERENCE, Scores

AS_SEEN = "nothing was missing: t interval"


@dataclass(frozen=True)
class Means:
    """Means and differences, and how many resamples had to be drawn again."""

    quantities: tuple[ImputedQuantity, ...]
    redrawn: int


def means(fitted: FittedScores, protocol: Protocol, declared: ImputationDeclared, question: Question) -> Means:
    """Every group's mean at every visit and its difference from the reference, by the section's method.

    Beside an assumption that borrows from a reference group stand the same quantities by conditional means and the
    jackknife (METHODS 24).
    """
    cells, words = fitted.cells, method_in_words(declared)
    level = protocol.sensitivity.level
    if declared.method is ImputationMethod.JACKKNIFE:
        told = _told(_jackknife(fitted, level), cells, words, declared)
        return Means(_as_seen_where_complete(told, fitted, declared, level), 0)
    if declared.method is ImputationMethod.BOOTSTRAP:
        assert declared.imputations is not None
        found = conditional_mean_bootstrap(
            fitted.model,
            replicates=declared.imputations,
            rng=stream(protocol, declared, question),
            counted=cells.counts,
            delta=fitted.delta,
            level=level,
        )
        spread = {each.quantity: each.standard_error for each in found.estimates}
        limits = [replace(each, standard_error=spread[each.quantity]) for each in found.percentile]
        told, redrawn = _told(limits, cells, words, declared), found.redrawn
        told = _as_seen_where_complete(told, fitted, declared, level)
    else:
        drawn = impute(fitted, protocol, declared, question)
        told, redrawn = _told(drawn.estimates, cells, words, declared), drawn.redrawn
    if np.isin(cells.codes[cells.unseen], OF_A_REFERENCE).any():
        told = tuple(_beside(one, other) for one, other in zip(told, _jackknife(fitted, level), strict=True))
    return Means(told, redrawn)


def _jackknife(fitted: FittedScores, level: float) -> tuple[ScoreEstimate, ...]:
    counted = fitted.cells.counts
    return conditional_mean_jackknife(fitted.model, counted=counted, delta=fitted.delta, level=level).estimates


def means_as_seen(
    scores: Scores, cells: Cells, declared: ImputationDeclared, level: float
) -> tuple[ImputedQuantity, ...]:
    """The answer where nothing is missing: that of the complete data, with their own degrees of freedom."""
    return _told(_complete(scores, cells, level), cells, AS_SEEN, declared)


def _as_seen_where_complete(
    told: tuple[ImputedQuantity, ...], fitted: FittedScores, declared: ImputationDeclared, level: float
) -> tuple[ImputedQuantity, ...]:
    """Where nobody who counts was unseen nothing is resampled either: the t limits of the complete data stand."""
    complete = _told(_complete(fitted.model.scores, fitted.cells, level), fitted.cells, AS_SEEN, declared)
    at_place = {_place(each): each for each in complete if each.estimate is not None}
    return tuple(at_place.get(_place(each), each) for each in told)


def _place(each: ImputedQuantity) -> tuple[str, str, str]:
    return each.kind, each.group, each.visit


def _complete(scores: Scores, cells: Cells, level: float) -> tuple[ScoreEstimate, ...]:
    """The quantities for which everybody was seen, by least squares, and those that cannot be answered."""
    answered, refused = regressions(scores, cells.counts)
    found: list[ScoreEstimate] = []
    for regression in answered:
        if cells.unseen[:, regression.visit][regression.members].any():
            continue
        score = scores.response[regression.members, regression.visit]
        residual = score - regression.basis @ (regression.basis.T @ score)
        error = np.sqrt(residual @ residual / regression.degrees * regression.spread)
        estimate = regression.estimators @ score
        degrees = np.full(error.shape, float(regression.degrees))
        lower, upper, p_value = t_limits(estimate, error, degrees, level)
        for at, each in enumerate(regression.quantities):
            p = float(p_value[at]) if error[at] > 0.0 else None
            numbers = (float(estimate[at]), float(error[at]), degrees[at], float(lower[at]), float(upper[at]), p, 0.0)
            found.append(ScoreEstimate(each, *numbers, ""))
    return in_order(found, refused)


def method_in_words(declared: ImputationDeclared) -> str:
    """What a row of means says of its method."""
    if declared.method is ImputationMethod.JACKKNIFE:
        return "conditional mean, jackknife"
    if declared.method is ImputationMethod.BOOTSTRAP:
        return f"conditional mean, {declared.imputations} bootstrap samples, percentile limits"
    return f"approximate Bayesian, {declared.imputations} imputations, Rubin with Barnard-Rubin"


def _told(
    found: Sequence[ScoreEstimate], cells: Cells, method: str, declared: ImputationDeclared
) -> tuple[ImputedQuantity, ...]:
    return tuple(_quantity(each, cells, method, declared.reference) for each in found)


def _quantity(each: ScoreEstimate, cells: Cells, method: str, reference: str | None) -> ImputedQuantity:
    asked = each.quantity
    visit, difference = cells.visits[asked.visit], asked.kind == "difference"
    answered = each.estimate is not None
    return ImputedQuantity(
        kind=asked.kind,
        group=cells.groups[asked.group],
        reference=reference if difference else None,
        visit=visit.name,
        month=visit.month,
        n=asked.n,
        imputed=asked.unseen,
        estimate=each.estimate,
        standard_error=each.standard_error,
        degrees=None if each.degrees is None else float(each.degrees),
        lower=each.lower,
        upper=each.upper,
        p_value=each.p_value if difference else None,
        missing_information=each.missing_information,
        jackknife_estimate=None,
        jackknife_standard_error=None,
        jackknife_lower=None,
        jackknife_upper=None,
        unit="points",
        method=(AS_SEEN if asked.unseen == 0 and not difference else method) if answered else f"no answer: {each.why}",
        why=each.why,
    )


def _beside(one: ImputedQuantity, other: ScoreEstimate) -> ImputedQuantity:
    return replace(
        one,
        jackknife_estimate=other.estimate,
        jackknife_standard_error=other.standard_error,
        jackknife_lower=other.lower,
        jackknife_upper=other.upper,
    )
