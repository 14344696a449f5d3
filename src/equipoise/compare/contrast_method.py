"""One method at a time: from the covariates of two cohorts to weights, from weights and outcomes to a contrast."""

from dataclasses import dataclass, replace

import numpy as np

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.domain.comparison import WEIGHTED, About, ComparisonDeclared
from equipoise.stats.adjusted import AdjustedContrast, weighted_contrast
from equipoise.stats.adjusted_bootstrap import bootstrap_contrast
from equipoise.stats.adjusted_bootstrap_models import bootstrap_augmented, bootstrap_entropy, bootstrap_regression
from equipoise.stats.adjusted_outcome import OutcomeRegression, augmented_contrast, regression_contrast
from equipoise.stats.adjusted_weighted import entropy_contrast, propensity_contrast
from equipoise.stats.matching import Matching, match_nearest
from equipoise.stats.matching_variance import matched_contrast
from equipoise.stats.propensity import Propensity, fit_score
from equipoise.stats.propensity_design import Design
from equipoise.stats.propensity_logistic import Penalty
from equipoise.stats.weights import Weights, check_weights, propensity_weights
from equipoise.stats.weights_entropy import EntropyBalance, entropy_balance


@dataclass(frozen=True, eq=False)
class Weighed:
    """What a method made of the covariates; ``weights`` None: it has none (outcome regression).

    ``pair`` : (n,) clusters of cases matched without replacement; ``unmatched`` : treated cases without a match
    ``matching`` : with replacement; ``by_row_order`` : matched treated cases whose match was one of several as near
    """

    method: str
    target: About
    fit: Propensity
    weights: Weights | None
    entropy: EntropyBalance | None = None
    pair: Ints | None = None
    unmatched: int | None = None
    matching: Matching | None = None
    by_row_order: int = 0


def penalty_of(declared: ComparisonDeclared) -> Penalty:
    """How the score is fitted, in the kernel's word."""
    return "none" if declared.propensity == "logistic" else declared.propensity


def target_of(declared: ComparisonDeclared, method: str) -> About:
    """Whom a method is about: its own name says it, matching is about the treated, else the protocol says it."""
    if method in WEIGHTED:
        return WEIGHTED[method]
    return "ATT" if method.startswith("matching") else declared.target or "ATT"


def score_of(declared: ComparisonDeclared, treated: Flags, design: Design) -> Propensity:
    """The propensity score as the comparison declares it."""
    return fit_score(treated, design, penalty=penalty_of(declared), ridge=declared.ridge or 0.0)


def weigh(declared: ComparisonDeclared, method: str, fit: Propensity) -> Weighed:
    """The weights of a method; raises MethodError where there are none."""
    target, arm = target_of(declared, method), fit.treated
    if method == "outcome regression":
        return Weighed(method, target, fit, None)
    if method == "entropy balancing":
        entropy = entropy_balance(arm, fit.design.values, fit.names, target=target)
        return Weighed(method, target, fit, entropy.weights, entropy=entropy)
    if method.startswith("matching"):
        assert declared.matching is not None
        caliper = None if isinstance(declared.matching.caliper, str) else declared.matching.caliper
        again = method == "matching with replacement"
        found = match_nearest(arm, fit.logit, replace=again, ratio=declared.matching.ratio, caliper=caliper)
        weights, left = check_weights(found.weight, arm, "ATT"), int(found.unmatched.size)
        ties = found.by_row_order
        if again:
            return Weighed(method, target, fit, weights, unmatched=left, matching=found, by_row_order=ties)
        return Weighed(method, target, fit, weights, pair=found.pair, unmatched=left, by_row_order=ties)
    return Weighed(method, target, fit, propensity_weights(fit, target=target))


def contrast_by(
    declared: ComparisonDeclared,
    weighed: Weighed,
    outcome: Floats,
    *,
    yes_no: bool,
    level: float,
    rng: np.random.Generator,
) -> AdjustedContrast:
    """The contrast of an outcome by a method that has its weights; raises MethodError where it cannot be had."""
    fit, target = weighed.fit, weighed.target
    regression = OutcomeRegression("linear")
    if yes_no:
        regression = OutcomeRegression("logistic", penalty_of(declared), declared.ridge or 0.0)
    if weighed.weights is not None and weighed.matching is not None:
        found = matched_contrast(outcome, fit, weighed.matching, weighed.weights, level=level)
        return _of_the_matched(found, weighed)
    if weighed.weights is not None and weighed.pair is not None:
        found = weighted_contrast(outcome, weighed.weights, cluster=weighed.pair, level=level)
        return _of_the_matched(found, weighed)
    flat = any(np.ptp(outcome[of]) == 0.0 for of in (fit.treated, ~fit.treated))
    if declared.interval == "bootstrap" and not flat:  # what does not vary has no limits either way, and says so
        assert declared.bootstraps is not None
        return _resampled(weighed, outcome, regression, replicates=declared.bootstraps, rng=rng, level=level)
    if weighed.method == "outcome regression":
        return regression_contrast(outcome, fit.treated, fit.design, target=target, regression=regression, level=level)
    if weighed.method == "AIPW":
        return augmented_contrast(outcome, fit, target=target, regression=regression, level=level)
    if weighed.entropy is not None:
        return entropy_contrast(outcome, weighed.entropy, level=level)
    return propensity_contrast(outcome, fit, target=target, level=level)


def _of_the_matched(found: AdjustedContrast, weighed: Weighed) -> AdjustedContrast:
    """The contrast, whom it is of where some found no match, and how often the order of the rows chose one."""
    treated, notes = int(weighed.fit.treated.sum()), list(found.notes)
    matched = treated - (weighed.unmatched or 0)
    if matched < treated:
        notes.append(f"it is of the {matched:,} of {treated:,} treated cases who found a match")
    if weighed.by_row_order:
        notes.append(
            f"for {weighed.by_row_order:,} of {matched:,} another comparator was as near as one taken, and the order "
            "of the rows decided; weighting has no such choice"
        )
    return replace(found, notes=tuple(notes))


def _resampled(
    weighed: Weighed,
    outcome: Floats,
    regression: OutcomeRegression,
    *,
    replicates: int,
    rng: np.random.Generator,
    level: float,
) -> AdjustedContrast:
    """With bootstrap limits: all that was fitted is fitted again in each resample."""
    fit, target = weighed.fit, weighed.target
    if weighed.entropy is not None:
        return bootstrap_entropy(outcome, weighed.entropy, replicates=replicates, rng=rng, level=level)
    if weighed.method in WEIGHTED:
        return bootstrap_contrast(outcome, fit, target=target, replicates=replicates, rng=rng, level=level)
    models = bootstrap_augmented if weighed.method == "AIPW" else bootstrap_regression
    return models(outcome, fit, target=target, regression=regression, replicates=replicates, rng=rng, level=level)
