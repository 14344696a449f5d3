"""Rosenbaum bounds of matched pairs: how biased the choice within pairs would have to be."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.domain.hidden_cause_answer import GammaRow, NotWeighed, PairsBounded
from equipoise.errors import DataError, MethodError
from equipoise.stats.rosenbaum import (
    bounds_signed_rank,
    bounds_yes_no,
    gamma_to_explain_signed_rank,
    gamma_to_explain_yes_no,
)


def bound_pairs(
    comparison: str,
    estimand: str,
    visit: str,
    missing: str,
    *,
    better_by: Floats,
    kind: Literal["yes or no", "score"],
    gammas: Sequence[float],
) -> PairsBounded | NotWeighed:
    """The bounds at each gamma, and the gamma that explains all.

    Parameters
    ----------
    better_by : (p,) by how much the treated of each pair did better: of yes or no 1, 0 or -1; of a score in points,
        positive for better
    kind : which test
    gammas : each >= 1; 1 is added
    """
    asked = sorted({1.0, *gammas})
    wins, losses = int((better_by > 0).sum()), int((better_by < 0).sum())
    try:
        if kind == "yes or no":
            found = bounds_yes_no(wins, losses, np.array(asked))
            explained = gamma_to_explain_yes_no(wins, losses)
        else:
            found = bounds_signed_rank(better_by, np.array(asked))
            explained = gamma_to_explain_signed_rank(better_by)
    except (DataError, MethodError) as error:
        return NotWeighed(
            f"{comparison} | {estimand} | {visit} | {missing}", error.problems[0].problem, error.problems[0].remedy
        )
    rows = [
        GammaRow(float(gamma), float(low), float(high))
        for gamma, low, high in zip(found.gamma, found.lower, found.upper, strict=True)
    ]
    return PairsBounded(comparison, estimand, visit, missing, found.pairs, found.method, tuple(rows), explained)
