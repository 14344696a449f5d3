"""The balance and the scores of two cohorts as the answer holds them, for the tables and the pictures."""

from collections.abc import Iterator

import numpy as np

from equipoise.domain.contrast_answer import BalanceRow, ShareOfScores
from equipoise.stats.balance import Balance
from equipoise.stats.propensity import Propensity
from equipoise.stats.weights import Weights

STEP = 0.1


def balance_rows(table: Balance, *, weighted: bool) -> Iterator[BalanceRow]:
    """One covariate (a category: one of its levels) before, and where there are weights after."""
    for each in table.covariates:
        one, two = each.before, each.after
        yield BalanceRow(
            covariate=each.name,
            treated_before=one.mean_treated,
            comparator_before=one.mean_comparator,
            difference_before=one.difference,
            variance_ratio_before=one.variance_ratio,
            as_unbalanced_before=one.as_unbalanced,
            treated_after=two.mean_treated if weighted else None,
            comparator_after=two.mean_comparator if weighted else None,
            difference_after=two.difference if weighted else None,
            variance_ratio_after=two.variance_ratio if weighted else None,
            as_unbalanced_after=two.as_unbalanced if weighted else None,
        )


def shares_of_scores(fit: Propensity, weights: Weights | None) -> Iterator[ShareOfScores]:
    """Scores by tenths, how many and which share of each cohort's weight."""
    place = np.clip(np.ceil(fit.probability / STEP).astype(np.int64) - 1, 0, 9)
    weight = np.ones(place.size) if weights is None else weights.weight
    arm = fit.treated
    counts = [np.bincount(place[of], minlength=10) for of in (arm, ~arm)]
    shares = [np.bincount(place[of], weights=weight[of], minlength=10) / weight[of].sum() for of in (arm, ~arm)]
    for k in range(10):
        yield ShareOfScores(
            lower=round(k * STEP, 1),
            upper=round((k + 1) * STEP, 1),
            treated=int(counts[0][k]),
            comparator=int(counts[1][k]),
            treated_weight=float(shares[0][k]),
            comparator_weight=float(shares[1][k]),
        )
