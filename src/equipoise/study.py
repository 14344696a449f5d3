"""A study is a pure function of a protocol and a data cut."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from equipoise import __version__
from equipoise.cohort.build import build_cohort
from equipoise.cohort.drawn import draw_timelines
from equipoise.compare.benchmark import Counts, compare_with_published
from equipoise.compare.verdict import reach_verdict
from equipoise.domain.cohort import NEVER, Cohort
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook
from equipoise.domain.result import CaseOutcomes, Comparison, CutAnswered, Sensitivity, StudyAnswered, StudyResult
from equipoise.errors import MethodError, Problem, ProtocolError, UsageError
from equipoise.estimate.describe import describe_groups, describe_scores
from equipoise.estimate.incidence import describe_incidence
from equipoise.estimate.panel import Panel, readings_asked, work_through
from equipoise.estimate.responder import possible_counts
from equipoise.estimate.safety import describe_safety
from equipoise.estimate.sensitivity import Thresholds, tipping_points

Progress = Callable[[str], None]


def run_study(
    protocol: Protocol,
    casebook: CaseBook,
    comparators: Mapping[str, CaseBook] | None = None,
    *,
    progress: Progress = lambda stage: None,
) -> StudyResult:
    """Who was treated, what came after under every defensible reading, compared with what, how safe, how sure.

    Parameters
    ----------
    protocol : a complete protocol, from ``read_protocol``
    casebook : a checked case book, from ``read_casebook``
    comparators : further case books by name; a protocol cannot declare one yet, so any is refused
    progress : told the name of each stage as it begins

    Raises
    ------
    ProtocolError : a criterion does not fit the case book
    MethodError : nobody is left in the cohort
    UsageError : a comparator was given that the protocol does not declare
    """
    if comparators:
        problem = "the protocol declares no comparison with another case book"
        raise UsageError(Problem("comparators", problem, "leave them out"))
    progress("cohort")
    cohort = _cohort_of_somebody(protocol, casebook)
    progress("estimates")
    panel = work_through(cohort, protocol)
    described = describe_scores(cohort, protocol)
    estimates = (*panel.rows, *described.rows)
    progress("incidence and safety")
    incidence = describe_incidence(cohort, protocol)
    safety = describe_safety(cohort, level=protocol.sensitivity.level)
    progress("comparison")
    comparisons = _comparisons(protocol, cohort, panel)
    thresholds = _tipping_thresholds(protocol, comparisons)
    return StudyResult(
        protocol=protocol,
        study=_study(protocol),
        cut=CutAnswered(
            source=casebook.cut.source,
            date=None if casebook.cut.date is None else casebook.cut.date.isoformat(),
            digest=casebook.cut.digest,
            rows=dict(casebook.cut.rows),
        ),
        groups=describe_groups(cohort),
        attrition=cohort.attrition,
        flow=tuple(panel.flow),
        estimates=estimates,
        sensitivity=Sensitivity(tipping_points(panel, cohort, protocol, thresholds), tuple(panel.refused)),
        incidence=incidence,
        durability=None,
        safety=safety,
        comparisons=comparisons,
        design=None,
        verdict=reach_verdict(protocol, estimates, incidence, comparisons),
        timelines=draw_timelines(cohort, np.random.default_rng(protocol.seed)),
        notes=(*casebook.notes, *cohort.notes, *_given_together(cohort)),
        case_outcomes=CaseOutcomes(
            case_ids=cohort.case_ids,
            group=np.asarray(cohort.groups)[cohort.group],
            columns=panel.outcomes,
            scores=panel.scores | described.scores,
        ),
    )


def _study(protocol: Protocol) -> StudyAnswered:
    return StudyAnswered(
        title=protocol.title,
        question=protocol.question,
        written=protocol.written,
        seed=protocol.seed,
        protocol_digest=protocol.digest,
        level=protocol.sensitivity.level,
        interval=protocol.sensitivity.interval,
        version=__version__,
    )


def _cohort_of_somebody(protocol: Protocol, casebook: CaseBook) -> Cohort:
    cohort = build_cohort(protocol, casebook)
    if cohort.n:
        return cohort
    losses = "; ".join(f"{row.criterion}: {row.remaining} of {row.entering} left" for row in cohort.attrition)
    raise MethodError(
        Problem(
            where="study.toml: population and treatment",
            problem=f"nobody is left in the cohort ({losses})",
            remedy="check the name of the index procedure and the criteria against the case book",
        )
    )


def _given_together(cohort: Cohort) -> Iterator[str]:
    """Events that all lie on day 0 were part of the treatment: who lacks one was not selected by what came later."""
    for name, event in cohort.events.items():
        had = event.low < NEVER
        if had.any() and (event.high[had] == 0).all():
            yield (
                f"Every '{name}' lies on day 0: it was given with the treatment. The {int((~had).sum())} cases without "
                "one are a group defined by what was given, not by what came later; in the others the two treatments "
                "cannot be told apart."
            )


def _comparisons(protocol: Protocol, cohort: Cohort, panel: Panel) -> tuple[Comparison, ...]:
    for benchmark in protocol.benchmark:
        if benchmark.group is not None and benchmark.group not in cohort.groups:
            problem = f"no case of the cohort is in the group '{benchmark.group}'"
            where = f"study.toml: benchmark '{benchmark.name}'.group"
            raise ProtocolError(Problem(where, problem, f"the groups are {', '.join(cohort.groups)}"))
    counts: dict[str, list[Counts]] = {}
    for name, each in _counts(protocol, cohort, panel):
        counts.setdefault(name, []).append(each)
    fixed = {name: tuple(each) for name, each in counts.items()}
    return tuple(
        comparison
        for benchmark in protocol.benchmark
        for comparison in compare_with_published(protocol, benchmark, fixed)
    )


def _counts(protocol: Protocol, cohort: Cohort, panel: Panel) -> Iterator[tuple[str, Counts]]:
    """What a benchmark may be set beside: the estimand as declared and treatment policy, at each visit."""
    for reading in readings_asked(protocol):
        if not reading.may_be_benchmarked:
            continue
        for group in cohort.groups:
            tally = panel.tallies.get((reading.where, group))
            if tally is not None:
                low, high, n = possible_counts(tally)
                visit = reading.visit
                yield reading.estimand.name, Counts(group, visit.name, visit.month, reading.label, low, high, n)


def _tipping_thresholds(protocol: Protocol, comparisons: tuple[Comparison, ...]) -> Thresholds:
    """The declared fixed rate; or a benchmark's pooled rate plus its margin, for its own estimand and month only."""
    declared = protocol.sensitivity.tipping_threshold
    if declared is None:
        return Thresholds(None, {})
    if declared.rate is not None:
        return Thresholds((declared.rate, "a fixed rate declared in the protocol"), {})
    return Thresholds(
        None,
        {
            (each.estimand, each.month): (
                each.pooled.estimate + each.margin,
                f"benchmark '{each.name}' plus its margin",
            )
            for each in comparisons
            if each.name == declared.benchmark and each.pooled is not None
        },
    )
