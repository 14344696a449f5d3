"""Scores over visits of which some were not seen, checked, and what is assumed of each that was not."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.imputation_assumptions import Assumption

WHERE = "imputation of scores"
OF_A_REFERENCE = (
    Assumption.JUMP_TO_REFERENCE,
    Assumption.COPY_REFERENCE,
    Assumption.COPY_INCREMENTS_IN_REFERENCE,
)
"""What cannot be assumed without a reference group."""


@dataclass(frozen=True)
class Scores:
    """Scores of n cases at m visits, in G groups, with q covariates.

    ``response`` (n, m) : the score in its own unit, 0 where it was not seen
    ``seen`` (n, m) : whether it was
    ``group`` (n,) : 0 to G - 1
    ``covariates`` (n, q) : centred at their means
    ``assumption`` (n,) : the ``Assumption`` of each case
    ``first`` (n,) : the first visit it applies to, m where the case is at random throughout
    ``reference`` : the reference group, None where there is none
    ``baseline_mean`` (n,) : what a case returns to, 0 where nobody does
    """

    response: Floats
    seen: Flags
    group: Ints
    covariates: Floats
    assumption: Ints
    first: Ints
    reference: int | None
    baseline_mean: Floats

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return int(self.response.shape[0])

    @property
    def visits(self) -> int:
        """How many visits there are."""
        return int(self.response.shape[1])

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.group.max()) + 1

    @property
    def informative(self) -> Flags:
        """The scores the model learns from, (n, m): seen, and before the visit an assumption begins at."""
        return self.seen & (np.arange(self.visits) < self.first[:, None])

    @property
    def columns(self) -> Floats:
        """What the mean at a visit is linear in, (n, G + q): one column for each group, then the covariates."""
        return np.hstack([self.group[:, None] == np.arange(self.groups), self.covariates])


def check_scores(
    response: npt.ArrayLike,
    group: npt.ArrayLike | None = None,
    *,
    covariates: npt.ArrayLike | None = None,
    assumption: npt.ArrayLike | None = None,
    reference: int | None = None,
    baseline_mean: npt.ArrayLike | None = None,
) -> Scores:
    """Scores over visits, checked.

    Parameters
    ----------
    response : (n, m) float, the score in its own unit, visits in the order of time, NaN where it was not seen
    group : (n,) int, from 0 without a gap; one group if absent
    covariates : (n, q) float, complete; none if absent
    assumption : (n, m) codes of ``Assumption``. The first cell of a case that is not ``MISSING_AT_RANDOM`` says what
        is assumed of it there and at every later visit; a case has one assumption besides missing at random. Scores
        seen from that visit on do not enter the model, but are kept and conditioned on, as in rbmi
    reference : the group jumped to or copied
    baseline_mean : (n,) float, what the mean returns to: the baseline of the case, 0 if the response is a change

    Raises
    ------
    DataError : shapes differ, a covariate or a baseline is missing, a group or a code is not one
    MethodError : one case; a visit nobody was seen at, or a group unseen at a visit; a reference is needed and none
        named; a mean to return to is needed and none given; last mean carried forward before the first visit
    """
    score = np.asarray(response, dtype=np.float64)
    if score.ndim != 2 or 0 in score.shape or np.any(np.isinf(score)):
        raise DataError(Problem(WHERE, "the scores are not a table of cases by visits", "give finite scores or NaN"))
    n, m = score.shape
    of = np.zeros(n, dtype=np.int64) if group is None else np.asarray(group)
    beside = np.zeros((n, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    codes = np.zeros((n, m), dtype=np.int64) if assumption is None else np.asarray(assumption)
    _check_groups(of, n)
    _check_beside(beside, codes, n, m)
    affected = codes != Assumption.MISSING_AT_RANDOM
    first = np.where(affected.any(axis=1), affected.argmax(axis=1), m)
    kind = codes.max(axis=1)
    if np.any(affected & (codes != kind[:, None])):
        raise DataError(Problem(WHERE, "a case has two assumptions besides missing at random", "give it one"))
    _check_needs(kind, first, reference, int(of.max()) + 1, baseline_mean is None)
    back = np.zeros(n) if baseline_mean is None else np.asarray(baseline_mean, dtype=np.float64)
    returning = kind == Assumption.RETURN_TO_BASELINE
    if back.shape != (n,) or not np.all(np.isfinite(back[returning])):
        problem = "a case returns to a baseline that is missing"
        raise DataError(Problem(WHERE, problem, "give every such case a baseline, or assume something else of it"))
    scores = Scores(
        response=np.where(np.isnan(score), 0.0, score),
        seen=~np.isnan(score),
        group=of.astype(np.int64),
        covariates=beside - beside.mean(axis=0),
        assumption=kind.astype(np.int64),
        first=first.astype(np.int64),
        reference=reference,
        baseline_mean=np.where(returning, back, 0.0),
    )
    _check_seen(scores)
    return scores


def _check_groups(group: npt.NDArray[np.generic], n: int) -> None:
    if n < 2:
        raise MethodError(Problem(WHERE, "there is only one case", "describe the case: a mean needs two or more"))
    if group.shape != (n,) or group.dtype.kind not in "iu":
        raise DataError(Problem(WHERE, "the groups are not one whole number for each case", "number the groups"))
    if group.min() < 0 or np.unique(group).size != int(group.max()) + 1:
        raise DataError(Problem(WHERE, "a group is empty", "number the groups that have cases from 0"))


def _check_beside(covariates: Floats, codes: npt.NDArray[np.generic], n: int, m: int) -> None:
    if covariates.ndim != 2 or covariates.shape[0] != n or not np.all(np.isfinite(covariates)):
        problem = "the covariates are not a complete table of cases by covariates"
        raise DataError(Problem(WHERE, problem, "leave out the cases or the covariate that is not complete"))
    if codes.shape != (n, m) or codes.dtype.kind not in "iu" or not np.all(np.isin(codes, list(Assumption))):
        problem = "the assumptions are not one known code for each case and visit"
        raise DataError(Problem(WHERE, problem, f"give codes 0 to {max(Assumption)}"))


def _check_needs(kind: npt.NDArray[np.generic], first: Ints, reference: int | None, groups: int, no_mean: bool) -> None:
    if np.any(np.isin(kind, OF_A_REFERENCE)) and reference is None:
        problem = "a reference group is assumed and none is named"
        raise MethodError(Problem(WHERE, problem, "name the reference group, or assume a return to baseline"))
    if reference is not None and not 0 <= reference < groups:
        raise DataError(Problem(WHERE, "the reference is not one of the groups", "name a group that has cases"))
    if np.any(kind == Assumption.RETURN_TO_BASELINE) and no_mean:
        problem = "a return to baseline is assumed and no baseline is given"
        raise MethodError(Problem(WHERE, problem, "give the baseline of each case, or 0 where the score is a change"))
    if np.any((kind == Assumption.LAST_MEAN_CARRIED_FORWARD) & (first == 0)):
        problem = "the last mean is carried forward in a case affected from the first visit on: there is none before"
        raise MethodError(Problem(WHERE, problem, "assume a return to baseline, or missing at random, of such cases"))


def _check_seen(scores: Scores) -> None:
    """Every group has someone the model can learn from at every visit."""
    problems = []
    informative = scores.informative
    for visit in range(scores.visits):
        counts = np.bincount(scores.group[informative[:, visit]], minlength=scores.groups)
        which = f"at visit {visit} (counted from 0)"
        if not counts.any():
            problems.append(Problem(WHERE, f"nobody was seen {which}", "leave that visit out"))
            continue
        remedy = "leave that visit or that group out, or show bounds"
        problems += [
            Problem(WHERE, f"nobody of group {g} was seen {which} before an assumption began", remedy)
            for g in np.flatnonzero(counts == 0)
        ]
    if problems:
        raise MethodError(problems)
