"""From a cohort to what an imputation starts from: who counts where, what was seen, what is assumed of the rest.

A chart that is vague about a value, or about which assumption a missing value falls under, is refused in words: an
imputation fills in what nobody saw, not what a chart says vaguely.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.domain import estimand as words
from equipoise.domain.cohort import Cohort, Flags, Floats, Ints
from equipoise.domain.estimand import Endpoint, Estimand, Strategy
from equipoise.domain.imputation import BASELINE, ImputationDeclared
from equipoise.domain.protocol import Protocol, Visit
from equipoise.errors import MethodError, Problem
from equipoise.estimate.endpoint import baseline_of, each_baseline
from equipoise.estimate.over_visits import OverVisits, events_by_visit, over_visits
from equipoise.stats.imputation_assumptions import Assumption

BOUNDS = "read the no-assumption bounds of the same question"
COUNTED = re.compile(r"(visit|group) (\d+)( of \d+| \(counted from 0\))")
"""How the kernels speak of a visit or group, which they do not know by name."""


@dataclass(frozen=True)
class Question:
    """One estimand under one assignment of strategies, as the panel labels it."""

    estimand: Estimand
    strategies: Mapping[str, Strategy]
    label: str


@dataclass(frozen=True)
class Cells:
    """The k cases that count at one visit or more, over the m visits at which anybody counts, in the order of time.

    ``groups`` : those that have a case; ``case`` (k,) : index into the cohort; ``group`` (k,) : index into ``groups``
    ``value`` (k, m) : the score, or 1 for yes and 0 for no; zero where it was not ``seen``
    ``counts`` (k, m) : the case is inside the question and reached the visit
    ``codes`` (k, m) : the ``Assumption`` of what is missing
    ``covariates`` (k, q) : complete; ``baseline`` (k,) : the endpoint's own, zero where not ``baseline_known``
    """

    visits: tuple[Visit, ...]
    groups: tuple[str, ...]
    case: Ints
    group: Ints
    value: Floats
    seen: Flags
    counts: Flags
    codes: Ints
    covariates: Floats
    baseline: Floats
    baseline_known: Flags

    @property
    def unseen(self) -> Flags:
        """What is filled in and counts, (k, m)."""
        return self.counts & ~self.seen

    def tally(self, which: Flags) -> Ints:
        """How many of ``which`` (k, m) each group has at each visit, (groups, m)."""
        found = np.zeros((len(self.groups), len(self.visits)), dtype=np.int64)
        np.add.at(found, self.group, which)
        return found

    def index_of(self, group: str | None) -> int | None:
        """The group's place, None where none is named or it has no case that counts."""
        return self.groups.index(group) if group in self.groups else None

    def delta(self, declared: ImputationDeclared, nothing: float) -> Floats:
        """What is declared to be added, (groups, m); ``nothing`` where nothing is."""
        found = np.full((len(self.groups), len(self.visits)), nothing)
        for each in declared.delta:
            at = [place for place, visit in enumerate(self.visits) if visit.name == each.visit]
            of = [place for place, name in enumerate(self.groups) if each.group in (None, name)]
            found[np.ix_(of, at)] = each.by
        return found


def find_cells(cohort: Cohort, protocol: Protocol, declared: ImputationDeclared, question: Question) -> Cells:
    """The cells of a question, coded by what the section assumes.

    Raises
    ------
    MethodError : nobody counts; a value, an event's day or a covariate that the charts leave open
    """
    over = over_visits(cohort, protocol, question.estimand, question.strategies)
    vague = int(over.vague.any(axis=1).sum())
    if vague:
        problem = (
            f"the charts of {vague} of {cohort.n} allow more than one answer (a vague date, or two values); an "
            "imputation fills in what nobody saw, not what a chart says vaguely"
        )
        raise MethodError(Problem("charts", problem, f"{BOUNDS}, which keep every reading"))
    who, at = (np.asarray(over.counts.any(axis=axis)) for axis in (1, 0))
    if not who.any():
        raise MethodError(Problem("cases", "nobody reached a visit of the question", BOUNDS))
    codes = _codes(cohort, protocol, declared, question, over)
    baseline, known = _baseline(cohort, question.estimand.endpoint)
    case = np.flatnonzero(who)
    present, group = np.unique(cohort.group[case], return_inverse=True)
    return Cells(
        visits=tuple(visit for visit, kept in zip(over.visits, at, strict=True) if kept),
        groups=tuple(cohort.groups[each] for each in present),
        case=case,
        group=group.astype(np.int64),
        value=over.value[np.ix_(who, at)],
        seen=over.seen[np.ix_(who, at)],
        counts=over.counts[np.ix_(who, at)],
        codes=codes[np.ix_(who, at)],
        covariates=_covariates(cohort, declared, case, baseline, known),
        baseline=baseline[case],
        baseline_known=known[case],
    )


def in_names(problem: Problem, cells: Cells) -> Problem:
    """A kernel's problem with the visits and groups, which it counts, by their names."""
    names = {"visit": [each.name for each in cells.visits], "group": list(cells.groups)}

    def named(found: re.Match[str]) -> str:
        place = int(found[2]) - (0 if found[3].endswith("from 0)") else 1)
        return f"{found[1]} '{names[found[1]][place]}'"

    where, said = (COUNTED.sub(named, text) for text in (problem.where, problem.problem))
    return Problem(where, said, problem.remedy)


def score_behind(question: Question) -> Question:
    """The score a responder rule reads: the value, scores after an event that counts as failure left out."""
    endpoint = question.estimand.endpoint
    score = Endpoint(
        instrument=endpoint.instrument,
        score="value",
        baseline_look_back_days=endpoint.baseline_look_back_days,
    )
    composites = (Strategy.COMPOSITE_BY_VISIT, Strategy.COMPOSITE_BY_END)
    strategies = {
        event: Strategy.HYPOTHETICAL if strategy in composites else strategy
        for event, strategy in question.strategies.items()
    }
    return Question(question.estimand.model_copy(update={"endpoint": score}), strategies, question.label)


def assumptions_of(declared: ImputationDeclared) -> tuple[Assumption, Assumption]:
    """What the kernels call the assumption after an event, and otherwise."""
    otherwise = _code(declared.after_last_seen)
    return (otherwise if declared.after_event is None else _code(declared.after_event)), otherwise


def _code(assumed: words.Assumption) -> Assumption:
    return Assumption[assumed.name]


def _codes(
    cohort: Cohort, protocol: Protocol, declared: ImputationDeclared, question: Question, over: OverVisits
) -> Ints:
    """The assumption of each missing cell: after an event, or after the last one seen; a gap is at random.

    A visit is after an event where an assessment was made after it and does not answer the question, else by its
    nominal day. Which of the two holds may rest on a vague date: refused where the assumptions then differ.
    """
    after_event, otherwise = assumptions_of(declared)
    whatever = dict.fromkeys(question.strategies, Strategy.TREATMENT_POLICY)
    lost = over_visits(cohort, protocol, question.estimand, whatever).seen & ~over.seen
    certain, possible = events_by_visit(cohort, over.visits)
    seen_later = np.cumsum(over.seen[:, ::-1], axis=1)[:, ::-1] > 0
    missing = over.counts & ~seen_later
    least, most = (
        _held(np.where(missing, np.where(event | lost, after_event, otherwise), Assumption.MISSING_AT_RANDOM), missing)
        for event in (certain, possible)
    )
    open_ = int((least != most).any(axis=1).sum())
    if open_:
        problem = (
            f"a vague date leaves open in {open_} of {len(least)} whether a missing value comes after an event, and "
            "the two assumptions differ"
        )
        raise MethodError(Problem("events", problem, f"assume the same of both, or {BOUNDS}"))
    return least


def _held(codes: Ints, missing: Flags) -> Ints:
    """An assumption other than at random, once begun, holds for what is missing later in the same case."""
    begun = codes != Assumption.MISSING_AT_RANDOM
    first = np.where(begun.any(axis=1), begun.argmax(axis=1), 0)
    kind = codes[np.arange(codes.shape[0]), first][:, None]
    return np.where(missing & (np.cumsum(begun, axis=1) > 0), kind, codes).astype(np.int64)


def _baseline(cohort: Cohort, endpoint: Endpoint) -> tuple[Floats, Flags]:
    """The endpoint's baseline, (n,), and where the chart states exactly one."""
    least, greatest = np.full(cohort.n, np.inf), np.full(cohort.n, -np.inf)
    if endpoint.baseline_look_back_days is None:
        return np.zeros(cohort.n), np.zeros(cohort.n, dtype=np.bool_)
    baseline = baseline_of(endpoint, cohort)
    for has, value in each_baseline(baseline, cohort.n):
        least[has], greatest[has] = np.minimum(least[has], value[has]), np.maximum(greatest[has], value[has])
    known = (least == greatest) & ~baseline.none
    return np.where(known, least, 0.0), known


def _covariates(
    cohort: Cohort, declared: ImputationDeclared, case: Ints, baseline: Floats, baseline_known: Flags
) -> Floats:
    """The covariates of the cases that count, (k, q): a number, or a column for each category but the first."""
    columns: list[Floats] = []
    problems: list[Problem] = []
    for name in declared.covariates:
        values, known = list(_columns_of(cohort, name, case, baseline)), baseline_known[case]
        if name != BASELINE:
            known = cohort.covariates[name].known[case]
        varying = [each for each in values if np.ptp(each) > 0.0]
        unknown = int((~known).sum())
        if unknown:
            problem = f"covariate '{name}' is not known of {unknown} of the {case.size} cases that count"
            problems.append(Problem("covariates", problem, "leave it out, or require it in [population]"))
        elif not varying:
            problem = f"covariate '{name}' is the same for everybody who counts"
            problems.append(Problem("covariates", problem, "leave it out"))
        columns += varying
    if problems:
        raise MethodError(problems)
    return np.stack(columns, axis=1) if columns else np.zeros((case.size, 0))


def _columns_of(cohort: Cohort, name: str, case: Ints, baseline: Floats) -> Iterator[Floats]:
    if name == BASELINE:
        yield baseline[case]
        return
    covariate = cohort.covariates[name]
    value = covariate.value[case]
    if not covariate.labels:
        yield value
    present = np.unique(value) if covariate.labels else value[:0]
    for label in present[1:]:
        yield (value == label).astype(np.float64)
