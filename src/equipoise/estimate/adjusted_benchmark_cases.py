"""Who enters an adjusted benchmark: a response that counts and every published covariate known, case by case."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from equipoise.domain.adjusted_benchmark import AdjustedBenchmarkDeclared, BaselineRow
from equipoise.domain.adjusted_benchmark_answer import Reason
from equipoise.domain.cohort import Cohort, Flags, Floats, Ints
from equipoise.domain.estimand import Estimand, Missing
from equipoise.domain.protocol import Protocol, Visit
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem
from equipoise.estimate.over_visits import over_visits
from equipoise.estimate.responder import BITS, options, responses


@dataclass(frozen=True)
class Responses:
    """The response, or the score, of every case under one way of treating the unknown.

    ``low``, ``high`` : (n,) its ends over the readings; ``counts`` : (n,) the case enters; ``open`` :
    (n,) it may or may not, or has several possible scores
    """

    low: Floats
    high: Floats
    counts: Flags
    open: Flags


@dataclass(frozen=True)
class Entered:
    """The cases of one group (and its control) with everything that is asked for.

    ``low``, ``high`` : (n,) responses; ``x`` : (n, k) covariates; ``arm`` : (n,) 1 treated, 0 the shared control
    """

    low: Floats
    high: Floats
    x: Floats
    arm: Ints
    cases: int
    left_response: int
    left_covariate: int


def responses_of(cohort: Cohort, protocol: Protocol, estimand: Estimand, visit: Visit, missing: Missing) -> Responses:
    """Every case's response at the visit under the estimand's own strategies."""
    if not estimand.endpoint.is_responder:
        one = estimand.model_copy(update={"visits": (visit.name,)})
        over = over_visits(cohort, protocol, one, estimand.strategies)
        value, counts = over.value[:, 0], over.seen[:, 0]
        return Responses(value, value, counts, over.vague[:, 0])
    bits = responses(cohort, protocol, estimand, visit, estimand.strategies)
    allowed = np.array([options(each, missing) for each in range(BITS)])[bits]
    yes, no, out = allowed.T
    return Responses((~no).astype(np.float64), yes.astype(np.float64), (yes | no) & ~out, (yes | no) & out)


def covariate_problems_of(cohort: Cohort, declared: AdjustedBenchmarkDeclared) -> list[Problem]:
    """A level asked of a number, or a category without one: only the case book shows which a column is."""
    problems = []
    for row in declared.baseline:
        found, where = cohort.covariates[row.covariate], f"study.toml: adjusted benchmark '{declared.name}'.baseline"
        if found.known.any() and found.labels and row.level is None:
            problem = f"'{row.covariate}' is a category, and the row names no level"
            problems.append(Problem(where, problem, f"give level: {', '.join(found.labels)}"))
        if found.known.any() and not found.labels and row.level is not None:
            problem = f"'{row.covariate}' is a number, and the row names a level"
            problems.append(Problem(where, problem, "leave level out and give the mean"))
    return problems


def unknown_levels(cohort: Cohort, baseline: Sequence[BaselineRow]) -> list[Reason]:
    """Levels no case has: two populations that do not overlap, or a word misspelt."""
    found = []
    for row in baseline:
        labels = cohort.covariates[row.covariate].labels
        if row.level is not None and row.level not in labels:
            found.append(Reason(f"no case has '{row.level}' as its {row.covariate}", closest_or_all(row.level, labels)))
    return found


def entered(
    cohort: Cohort, baseline: Sequence[BaselineRow], response: Responses, group: int, control: int | None
) -> Entered:
    """The cases of the group, and of the control where there is one, that have all it takes."""
    inside = (cohort.group == group) | (np.False_ if control is None else cohort.group == control)
    known = np.ones(cohort.n, dtype=np.bool_)
    columns = []
    for row in baseline:
        covariate = cohort.covariates[row.covariate]
        known &= covariate.known
        level = None if row.level is None else float(covariate.labels.index(row.level))
        columns.append(covariate.value if level is None else (covariate.value == level).astype(np.float64))
    who = inside & response.counts & known
    x = np.column_stack(columns) if columns else np.zeros((cohort.n, 0))
    return Entered(
        low=response.low[who],
        high=response.high[who],
        x=x[who],
        arm=(cohort.group[who] == group).astype(np.int64),
        cases=int(inside.sum()),
        left_response=int((inside & ~response.counts).sum()),
        left_covariate=int((inside & response.counts & ~known).sum()),
    )
