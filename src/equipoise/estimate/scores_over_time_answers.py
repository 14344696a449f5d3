"""From a fitted model to its answers: least-squares means, changes, contrasts and tests; and who was seen when."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from equipoise.domain.cohort import Cohort, Flags, Floats
from equipoise.domain.estimand import Estimand
from equipoise.domain.scores_over_time import BASELINE, ScoresOverTimeDeclared
from equipoise.domain.scores_over_time_answer import (
    HeldAt,
    LeastSquaresMean,
    ScoreContrast,
    ScoreTest,
    SeenAtVisit,
)
from equipoise.errors import MethodError
from equipoise.estimate.scores_over_time_design import InModel
from equipoise.estimate.scores_over_time_fit import Fitted

ZERO = 1e-12


@dataclass(frozen=True)
class Said:
    """The answers of one model; ``refused`` : the hypotheses whose test the method could not give, with its reason."""

    baseline_mean: float | None
    means: tuple[LeastSquaresMean, ...]
    contrasts: tuple[ScoreContrast, ...]
    tests: tuple[ScoreTest, ...]
    refused: tuple[tuple[str, MethodError], ...]


def answers_of(
    fitted: Fitted,
    found: InModel,
    declared: ScoresOverTimeDeclared,
    estimand: Estimand,
    across: Floats,
    held: tuple[HeldAt, ...],
    *,
    level: float,
) -> Said:
    """Everything a model says; ``across`` (groups * visits, p) : the rows of the least-squares means.

    Raises
    ------
    MethodError : so few cases that the method gives no variance
    """
    rows = across.reshape(len(found.groups), len(found.over.visits), -1)
    baseline = next((each.value for each in held if each.covariate == BASELINE), None)
    tests, refused = _tests(fitted, rows)
    return Said(
        baseline_mean=baseline,
        means=_means(fitted, found, across, _change_from(estimand, baseline), level),
        contrasts=(
            *_between_groups(fitted, found, declared.reference, rows, level),
            *_between_visits(fitted, found, rows, level),
        ),
        tests=tests,
        refused=refused,
    )


def _change_from(estimand: Estimand, baseline: float | None) -> float | None:
    """What a mean is to be taken from for the mean change: 0 where the endpoint is a change already."""
    return 0.0 if estimand.endpoint.score == "change" else baseline


def _means(
    fitted: Fitted, found: InModel, across: Floats, start: float | None, level: float
) -> tuple[LeastSquaresMean, ...]:
    table = fitted.contrast(across, level)
    answers = []
    for place in range(across.shape[0]):
        group, at = divmod(place, len(found.over.visits))
        visit = found.over.visits[at]
        scores = found.over.value[found.use[:, at] & (found.group == group), at]
        estimate, lower, upper = (float(each[place]) for each in (table.estimate, table.lower, table.upper))
        answers.append(
            LeastSquaresMean(
                group=found.groups[group],
                visit=visit.name,
                month=visit.month,
                scores=scores.size,
                observed=float(scores.mean()) if scores.size else None,
                estimate=estimate,
                standard_error=float(table.standard_error[place]),
                degrees_of_freedom=float(table.degrees_of_freedom[place]),
                lower=lower,
                upper=upper,
                change=None if start is None else estimate - start,
                change_lower=None if start is None else lower - start,
                change_upper=None if start is None else upper - start,
            )
        )
    return tuple(answers)


def _between_groups(
    fitted: Fitted, found: InModel, reference: str | None, rows: Floats, level: float
) -> list[ScoreContrast]:
    if reference is None or len(found.groups) < 2:
        return []
    base = found.groups.index(reference)
    asked = [
        (ScoreAsked("between groups", group, visit.name, reference), rows[index, at] - rows[base, at])
        for index, group in enumerate(found.groups)
        if group != reference
        for at, visit in enumerate(found.over.visits)
    ]
    return _contrasts(fitted, asked, level)


def _between_visits(fitted: Fitted, found: InModel, rows: Floats, level: float) -> list[ScoreContrast]:
    first = found.over.visits[0].name
    asked = [
        (ScoreAsked("between visits", group, visit.name, first), rows[index, at] - rows[index, 0])
        for index, group in enumerate(found.groups)
        for at, visit in enumerate(found.over.visits)
        if at
    ]
    return _contrasts(fitted, asked, level)


@dataclass(frozen=True)
class ScoreAsked:
    """Which difference a row of coefficients is."""

    kind: Literal["between groups", "between visits"]
    group: str
    visit: str
    against: str


def _contrasts(fitted: Fitted, asked: list[tuple[ScoreAsked, Floats]], level: float) -> list[ScoreContrast]:
    asked = [(what, row) for what, row in asked if np.any(np.abs(row) > ZERO)]
    if not asked:
        return []
    table = fitted.contrast(np.array([row for _, row in asked]), level)
    return [
        ScoreContrast(
            **vars(what),
            estimate=float(table.estimate[place]),
            standard_error=float(table.standard_error[place]),
            degrees_of_freedom=float(table.degrees_of_freedom[place]),
            t=float(table.t[place]),
            p_value=float(table.p_value[place]),
            lower=float(table.lower[place]),
            upper=float(table.upper[place]),
        )
        for place, (what, _) in enumerate(asked)
    ]


def _tests(fitted: Fitted, rows: Floats) -> tuple[tuple[ScoreTest, ...], tuple[tuple[str, MethodError], ...]]:
    """The joint tests the formula leaves open; one that the method cannot give is refused by itself."""
    apart = rows[1:] - rows[:1]
    same = "the mean is the same at every visit"
    hypotheses = {
        "the groups differ by the same at every visit": apart[:, 1:] - apart[:, :1],
        "the groups do not differ at any visit": apart,
        same if len(rows) == 1 else f"within each group {same}": rows[:, 1:] - rows[:, :1],
    }
    tests, refused = [], []
    for hypothesis, differences in hypotheses.items():
        flat = differences.reshape(-1, rows.shape[2])
        kept = flat[np.any(np.abs(flat) > ZERO, axis=1)]
        if not kept.size:
            continue
        try:
            found = fitted.together(kept)
        except MethodError as error:
            refused.append((f"test that {hypothesis}", error))
            continue
        tests.append(ScoreTest(hypothesis, found.f, found.numerator, found.denominator, found.p_value))
    return tuple(tests), tuple(refused)


def seen_at_visits(found: InModel, cohort: Cohort) -> tuple[SeenAtVisit, ...]:
    """What became of every case of the cohort at every visit, the groups as the model tells them apart."""
    over = found.over
    left_out = over.seen & ~found.stays[:, None]
    missing = over.counts & ~over.seen & ~over.vague
    not_counted = ~over.counts & ~over.vague & ~over.seen

    def count(flags: Flags, who: Flags, at: int) -> int:
        return int((flags[:, at] & who).sum())

    return tuple(
        SeenAtVisit(
            group=group,
            visit=visit.name,
            month=visit.month,
            cases=int(who.sum()),
            in_model=count(found.use, who, at),
            left_out=count(left_out, who, at),
            missing=count(missing, who, at),
            vague=count(over.vague, who, at),
            not_counted=count(not_counted, who, at),
        )
        for index, group in enumerate(found.groups)
        for who in (found.group == index,)
        for at, visit in enumerate(over.visits)
    )
