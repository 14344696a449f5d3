"""The design of a model of scores over time: who is in it, and the columns its formula makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Cohort, Covariate, Flags, Floats, Ints
from equipoise.domain.estimand import Estimand
from equipoise.domain.formula import Formula
from equipoise.domain.protocol import Protocol
from equipoise.domain.scores_over_time import BASELINE, GROUP, VISIT, ScoresOverTimeDeclared
from equipoise.domain.scores_over_time_answer import HeldAt, LeftOut
from equipoise.errors import MethodError, Problem
from equipoise.estimate.endpoint import certain_baseline
from equipoise.estimate.over_visits import OverVisits, over_visits

EVERYONE = "all"
DEPENDENT = 1e-9  # of a column's length, as the kernel's own check


@dataclass(frozen=True)
class InModel:
    """Who a model of n cases and m visits speaks of, and what it knows of them.

    ``use`` : (n, m) the scores of the model; ``stays`` : (n,) every covariate of the case is known
    ``group`` : (n,) index into ``groups``, the groups the formula tells apart; ``known`` : covariates by name
    ``asked`` : (n,) inside the question at some visit
    """

    over: OverVisits
    use: Flags
    stays: Flags
    group: Ints
    groups: tuple[str, ...]
    known: Mapping[str, Covariate]
    weights: Floats | None
    asked: Flags
    left_out: tuple[LeftOut, ...]

    @property
    def cases(self) -> Ints:
        """The cases of the model: those with a score in it."""
        return np.flatnonzero(self.use.any(axis=1))


def find_in_model(cohort: Cohort, protocol: Protocol, declared: ScoresOverTimeDeclared, estimand: Estimand) -> InModel:
    """The scores of the estimand under its own strategies, less the cases a covariate is not known of.

    Raises
    ------
    MethodError : nobody has a score at a visit or in a group, or a weight is not above zero
    """
    over = over_visits(cohort, protocol, estimand, dict(estimand.strategies))
    names = [name for name in declared.mean.names if name not in (VISIT, GROUP)]
    known = {name: _covariate(cohort, estimand, name) for name in names}
    asked: Flags = np.any(over.counts | over.vague, axis=1)
    stays = np.ones(cohort.n, dtype=np.bool_)
    left_out, weights = [], None
    wanted = dict(known)
    if declared.weights is not None:
        wanted |= {declared.weights: cohort.covariates[declared.weights]}
    for name, covariate in wanted.items():
        stays &= covariate.known
        without = int((asked & ~covariate.known).sum())
        if without:
            why = "no certain baseline" if name == BASELINE else f"no {name} in the chart"
            left_out.append(LeftOut(why, without))
    without_score = int((asked & stays & ~over.seen.any(axis=1)).sum())
    if without_score:
        left_out.append(LeftOut("no score that is certain at any visit", without_score))
    if declared.weights is not None:
        weights = _weights(declared.weights, cohort.covariates[declared.weights], stays & asked)
    apart = GROUP in declared.mean.names
    found = InModel(
        over=over,
        use=over.seen & stays[:, None],
        stays=stays,
        group=cohort.group if apart else np.zeros(cohort.n, dtype=np.int64),
        groups=cohort.groups if apart or len(cohort.groups) == 1 else (EVERYONE,),
        known=known,
        weights=weights,
        asked=asked,
        left_out=tuple(left_out),
    )
    _check(found, cohort, by_group=declared.covariance_by_group)
    return found


def _covariate(cohort: Cohort, estimand: Estimand, name: str) -> Covariate:
    if name != BASELINE:
        return cohort.covariates[name]
    value, known = certain_baseline(estimand.endpoint, cohort)
    return Covariate(np.where(known, value, 0.0), known, ())


def _weights(name: str, covariate: Covariate, who: Flags) -> Floats:
    if covariate.labels or bool(np.any(covariate.value[who] <= 0)):
        problem = f"'{name}' is to weigh the scores, and is not a number above zero in every case"
        raise MethodError(Problem("weights", problem, "name a covariate above zero, or leave weights out"))
    return covariate.value


def _check(found: InModel, cohort: Cohort, *, by_group: bool) -> None:
    """Refuse in words what would leave a column of the design, or a covariance, without a score."""
    problems = []
    if not found.use.any():
        problem = "nobody has a score that the model could use"
        raise MethodError(
            Problem("scores", problem, "read the no-assumption bounds, and check baseline and covariates")
        )
    for place, visit in enumerate(found.over.visits):
        if not found.use[:, place].any():
            problem = f"nobody has a score at {visit.name} that the model could use"
            problems.append(Problem("visits", problem, "leave that visit out of the estimand the model asks"))
    for name, covariate in found.known.items():
        if covariate.labels and len(_levels(covariate, found.cases)) == 1:
            problem = f"every case of the model has the same {name}"
            problems.append(Problem("formula", problem, f"leave {name} out of the formula"))
    if len(found.groups) > 1 or by_group:
        for index, group in enumerate(cohort.groups):
            if not found.use[cohort.group == index].any():
                problem = f"nobody in the group '{group}' has a score that the model could use"
                problems.append(Problem("groups", problem, "leave that group out by a criterion of [population]"))
    if problems:
        raise MethodError(problems)


@dataclass(frozen=True)
class Coded:
    """A name of the formula as columns: ``values`` (r, k); a category has a column for each of its levels."""

    columns: tuple[str, ...]
    values: Floats
    category: bool


def coded_scores(found: InModel) -> dict[str, Coded]:
    """Every name as columns, a row for each score of the model, case by case."""
    case, visit = np.nonzero(found.use)
    coded = {name: _coded(name, each, found.cases, case) for name, each in found.known.items()}
    coded[VISIT] = _category([each.name for each in found.over.visits], visit)
    coded[GROUP] = _category(found.groups, found.group[case])
    return coded


def coded_means(found: InModel) -> tuple[dict[str, Coded], tuple[HeldAt, ...]]:
    """The same, a row for each group and visit (visits within groups), and where the covariates are held.

    A covariate is held at its mean over the cases of the model, a category at the shares of its levels among them.
    """
    groups, visits = len(found.groups), len(found.over.visits)
    group, visit = np.divmod(np.arange(groups * visits), visits)
    coded = {
        VISIT: _category([each.name for each in found.over.visits], visit),
        GROUP: _category(found.groups, group),
    }
    held: list[HeldAt] = []
    for name, covariate in found.known.items():
        each = _coded(name, covariate, found.cases, found.cases)
        mean = each.values.mean(axis=0)
        coded[name] = Coded(each.columns, np.tile(mean, (group.size, 1)), each.category)
        labels = _levels(covariate, found.cases) if each.category else (None,)
        held += [HeldAt(name, label, float(value)) for label, value in zip(labels, mean, strict=True)]
    return coded, tuple(held)


def _coded(name: str, covariate: Covariate, cases: Ints, rows: Ints) -> Coded:
    if not covariate.labels:
        return Coded((name,), covariate.value[rows, None], category=False)
    present = np.unique(covariate.value[cases]).astype(np.int64)
    values = (covariate.value[rows, None] == present).astype(np.float64)
    return Coded(tuple(f"{name} {covariate.labels[each]}" for each in present), values, category=True)


def _levels(covariate: Covariate, cases: Ints) -> tuple[str, ...]:
    return tuple(covariate.labels[each] for each in np.unique(covariate.value[cases]).astype(np.int64))


def _category(levels: list[str] | tuple[str, ...], place: Ints) -> Coded:
    return Coded(tuple(levels), (place[:, None] == np.arange(len(levels))).astype(np.float64), category=True)


def design(mean: Formula, coded: Mapping[str, Coded]) -> tuple[tuple[str, ...], Floats]:
    """The names of the columns and the design (r, p) of a formula: treatment contrasts, of full rank where data allow.

    The first level of a category is the one the others are set against, as R's ``contr.treatment``.
    """
    rows = next(iter(coded.values())).values.shape[0]
    names, columns = ["intercept"], [np.ones((rows, 1))]
    for term in mean.terms:
        made, block = [""], np.ones((rows, 1))
        for name in term:
            each = coded[name]
            first = 1 if each.category and not mean.coded_in_full(term, name) else 0
            part = each.values[:, first:]
            block = (block[:, :, None] * part[:, None, :]).reshape(rows, -1)
            made = [f"{one} : {two}".removeprefix(" : ") for one in made for two in each.columns[first:]]
        names += made
        columns.append(block)
    return tuple(names), np.hstack(columns)


def check_columns(names: tuple[str, ...], columns: Floats) -> None:
    """Refuse a design whose columns depend on one another, by their names; the kernel knows only their numbers."""
    if columns.shape[1] >= columns.shape[0]:
        problem = f"the formula makes {columns.shape[1]} columns, and there are {columns.shape[0]} scores"
        raise MethodError(Problem("formula", problem, "ask for fewer covariates or interactions"))
    triangle = np.linalg.qr(columns, mode="r")
    dependent = np.flatnonzero(np.abs(np.diag(triangle)) <= DEPENDENT * np.linalg.norm(columns, axis=0))
    if dependent.size:
        named = ", ".join(f"'{names[each]}'" for each in dependent)
        why = "nobody is there, all are alike, or another term says the same"
        problem = f"the scores cannot tell {named} from the other terms of the formula: {why}"
        raise MethodError(Problem("formula", problem, "leave it out of the formula, or take groups or levels together"))
