"""Values of the parameters to impute with: from resampled cases, or from all cases but one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.imputation_refit import FLOATS_AT_ONCE, Parameters, ScoreModel, refit
from equipoise.stats.imputation_scores import WHERE, Scores

REDRAWN_AT_MOST = 0.2
"""Resamples that may turn out to leave the model undetermined, as a share of those asked for."""
SIMPLER = "ask for a simpler covariance, such as compound symmetry, fewer covariates, or fewer visits"


@dataclass(frozen=True)
class Replicates:
    """Refits of the model to weighted cases.

    ``parameters`` : B values; ``weights`` (B, n) : how often each case counted
    ``redrawn`` : resamples thrown away because they left the model undetermined
    """

    parameters: Parameters
    weights: Floats
    redrawn: int


def resampled(model: ScoreModel, replicates: int, rng: np.random.Generator) -> Iterator[Replicates]:
    """The model refitted to as many bootstrap samples of cases, drawn within groups, some at a time.

    Random imputation of the original scores under such parameters is "approximate Bayesian": their spread stands for
    a posterior without a prior. A resample that leaves the model undetermined is drawn again.

    Raises
    ------
    MethodError : fewer than one replicate, or more than ``REDRAWN_AT_MOST`` of the resamples had to be drawn again

    References
    ----------
    Efron (1994), J. Am. Stat. Assoc. 89:463-475. Honaker and King (2010), Am. J. Polit. Sci. 54:561-581. R package
    rbmi, ``method_approxbayes``.
    """
    if replicates < 1:
        raise MethodError(
            Problem(WHERE, f"{replicates} resamples were asked for", "ask for one or more; 100 are usual")
        )
    allowed = max(REDRAWN_AT_MOST * replicates, 1.0)
    at_once = max(1, FLOATS_AT_ONCE // model.scores.cases)
    for start in range(0, replicates, at_once):
        weights = _resample(model.scores, min(at_once, replicates - start), rng)
        parameters, found = refit(model, weights)
        redrawn = 0
        while not np.all(found):
            missing = np.flatnonzero(~found)
            redrawn, allowed = redrawn + missing.size, allowed - missing.size
            if allowed < 0.0:
                raise MethodError(_too_many(replicates))
            weights[missing] = _resample(model.scores, missing.size, rng)
            again, found[missing] = refit(model, weights[missing])
            parameters.coefficients[missing], parameters.sigma[missing] = again.coefficients, again.sigma
        yield Replicates(parameters, weights, redrawn)


def left_out(model: ScoreModel) -> Iterator[Replicates]:
    """The model refitted without each case in turn, in their order, some at a time.

    Raises
    ------
    MethodError : without some case the model is undetermined
    """
    n = model.scores.cases
    at_once = max(1, FLOATS_AT_ONCE // n)
    for start in range(0, n, at_once):
        weights = 1.0 - np.eye(min(at_once, n - start), n, start)
        parameters, found = refit(model, weights)
        if not np.all(found):
            problem = "the model hangs on single cases: without one of them it is undetermined"
            raise MethodError(Problem(WHERE, problem, SIMPLER))
        yield Replicates(parameters, weights, 0)


def _too_many(replicates: int) -> Problem:
    most = f"more than {100 * REDRAWN_AT_MOST:.0f} % of {replicates} resamples"
    problem = f"{most} of the cases leave the model undetermined"
    return Problem(WHERE, problem, SIMPLER)


def _resample(scores: Scores, replicates: int, rng: np.random.Generator) -> Floats:
    weights = np.zeros((replicates, scores.cases))
    for g in range(scores.groups):
        of = np.flatnonzero(scores.group == g)
        weights[:, of] = rng.multinomial(of.size, np.full(of.size, 1.0 / of.size), size=replicates)
    return weights
