"""What is asked of completed scores: means of groups and differences between them, visit by visit.

Each answer is a linear regression at one visit, of the cases that count there: a group's mean, or the analysis of
covariance of group and covariates. Estimates are linear in the scores and residual sums of squares quadratic.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.stats.imputation_scores import Scores

Kind = Literal["mean", "difference"]


@dataclass(frozen=True)
class Quantity:
    """A mean of a group, or its difference from the reference, at a visit (both counted from 0).

    ``n`` : cases that count, in that group (mean) or in all (difference); ``unseen`` : of them, filled in
    """

    kind: Kind
    visit: int
    group: int
    n: int
    unseen: int


@dataclass(frozen=True)
class Regression:
    """A regression at one visit with p columns, k cases and c quantities.

    ``members`` (k,), ``design`` (k, p), ``contrast`` (c, p) ; ``degrees`` : k - p
    ``basis`` (k, p) : orthonormal, of the design; ``estimators`` (c, k) : the estimates are these times the scores
    ``spread`` (c,) : variance of an estimate over the residual variance
    """

    visit: int
    quantities: tuple[Quantity, ...]
    members: Ints
    design: Floats
    contrast: Floats
    degrees: int
    basis: Floats
    estimators: Floats
    spread: Floats


@dataclass(frozen=True)
class Unanswered:
    """A quantity the cases that count cannot answer, and why."""

    quantity: Quantity
    why: str


def regressions(scores: Scores, counted: Flags) -> tuple[tuple[Regression, ...], tuple[Unanswered, ...]]:
    """The regressions that answer for every visit and group, and what none can answer.

    Parameters
    ----------
    counted : (n, m) who counts at a visit
    """
    answered: list[Regression] = []
    refused: list[Unanswered] = []
    for visit in range(scores.visits):
        tried = [_mean(scores, counted[:, visit], visit, g) for g in range(scores.groups)]
        if scores.reference is not None and scores.groups > 1:
            tried += [*_differences(scores, counted[:, visit], visit, scores.reference)]
        for each in tried:
            if isinstance(each, Regression):
                answered.append(each)
            else:
                refused.append(each)
    return tuple(answered), tuple(refused)


def weighted_estimates(regression: Regression, weights: Floats, scores: Floats) -> tuple[Floats, Flags]:
    """Estimates (B, c) by least squares with weights (B, k), scores (B, k), and where they exist (B,)."""
    p = regression.design.shape[1]
    products = (regression.design[:, :, None] * regression.design[:, None, :]).reshape(-1, p * p)
    shape = (weights @ products).reshape(-1, p, p)
    size = np.sqrt(np.maximum(np.diagonal(shape, axis1=1, axis2=2), 1e-300))
    scaled = shape / (size[:, :, None] * size[:, None, :])
    exists = np.linalg.eigvalsh(scaled)[:, 0] > 1e-10
    scaled[~exists] = np.eye(p)
    across = ((weights * scores) @ regression.design) / size
    return (np.linalg.solve(scaled, across[:, :, None])[:, :, 0] / size) @ regression.contrast.T, exists


def _mean(scores: Scores, counted: Flags, visit: int, group: int) -> Regression | Unanswered:
    members = np.flatnonzero(counted & (scores.group == group))
    quantity = Quantity("mean", visit, group, members.size, int(np.sum(~scores.seen[members, visit])))
    if members.size < 2:
        why = "one case has no spread" if members.size else "no case counts at this visit"
        return Unanswered(quantity, why)
    return _regression(visit, (quantity,), members, np.ones((members.size, 1)), np.ones((1, 1)))


def _differences(scores: Scores, counted: Flags, visit: int, reference: int) -> list[Regression | Unanswered]:
    members = np.flatnonzero(counted)
    of, n = scores.group[members], members.size
    unseen = int(np.sum(~scores.seen[members, visit]))
    others = [g for g in range(scores.groups) if g != reference]
    present = [g for g in others if np.any(of == g)]
    asked = {g: Quantity("difference", visit, g, n, unseen) for g in others}
    refused: list[Regression | Unanswered] = [
        Unanswered(asked[g], "no case of the group counts at this visit") for g in others if g not in present
    ]
    if not np.any(of == reference):
        return [Unanswered(asked[g], "no case of the reference counts at this visit") for g in others]
    if not present:
        return refused
    beside = scores.covariates[members]
    design = np.column_stack([np.ones(n), *((of == g).astype(float) for g in present), beside - beside.mean(axis=0)])
    why = _unanswerable(design)
    if why:
        return refused + [Unanswered(asked[g], why) for g in present]
    contrast = np.eye(design.shape[1])[1 : 1 + len(present)]
    return [*refused, _regression(visit, tuple(asked[g] for g in present), members, design, contrast)]


def _unanswerable(design: Floats) -> str:
    k, p = design.shape
    if k <= p:
        return f"too few cases for the coefficients: {k} for {p}"
    size = np.linalg.norm(design, axis=0)
    triangle = np.linalg.qr(design / np.where(size > 0.0, size, 1.0), mode="r")
    if np.any(np.abs(np.diag(triangle)) <= 1e-9):
        return "the cases that count do not tell the covariates and groups apart"
    return ""


def _regression(
    visit: int, quantities: tuple[Quantity, ...], members: Ints, design: Floats, contrast: Floats
) -> Regression:
    basis, triangle = np.linalg.qr(design)
    half = np.linalg.solve(triangle.T, contrast.T).T
    return Regression(
        visit=visit,
        quantities=quantities,
        members=members,
        design=design,
        contrast=contrast,
        degrees=design.shape[0] - design.shape[1],
        basis=basis,
        estimators=half @ basis.T,
        spread=np.sum(half**2, axis=1),
    )
