"""A study is a pure function of a protocol and a data cut."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from equipoise import __version__
from equipoise.cohort.build import build_cohort
from equipoise.cohort.drawn import draw_timelines
from equipoise.compare.benchmark import Counts
from equipoise.compare.published import BesidePublished, beside_published
from equipoise.compare.verdict import reach_verdict
from equipoise.domain.benchmark_answer import Comparison
from equipoise.domain.cohort import NEVER, Cohort
from equipoise.domain.comparator import check_comparators, protocol_of_comparator
from equipoise.domain.compared import Compared
from equipoise.domain.contrast_answer import CohortContrast
from equipoise.domain.durability_answer import Durability
from equipoise.domain.imputed import Imputed
from equipoise.domain.modelled import ScoresModelled
from equipoise.domain.own_mean import OwnMean
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook
from equipoise.domain.result import (
    CaseOutcomes,
    CutAnswered,
    Refusal,
    Sensitivity,
    StudyAnswered,
    StudyResult,
    TippingPoint,
)
from equipoise.domain.tipping_answer import TippingMap
from equipoise.errors import MethodError, Problem
from equipoise.estimate.catalogue import methods_used
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
    comparators : the case books of comparisons that have one of their own, by the comparison's name, from
        ``read_comparators``
    progress : told the name of each stage as it begins

    Raises
    ------
    ProtocolError : a criterion does not fit the case book
    MethodError : nobody is left in the cohort
    UsageError : a comparator was given that the protocol does not declare, or one that it declares was not
    """
    others = check_comparators(protocol, comparators or {})
    progress("cohort")
    cohort = _cohort_of_somebody(protocol, casebook)
    progress("estimates")
    panel = work_through(cohort, protocol)
    described = describe_scores(cohort, protocol)
    modelled = _scores_over_time(protocol, cohort)
    imputed = _imputed(protocol, cohort)
    estimates = (*panel.rows, *imputed.rows, *modelled.rows, *described.rows)
    progress("incidence and safety")
    incidence = describe_incidence(cohort, protocol)
    durability, undurable = _durability(protocol, cohort)
    safety = describe_safety(cohort, level=protocol.sensitivity.level)
    progress("comparison")
    compared = _compared(protocol, cohort, panel)
    published = _beside_published(protocol, cohort, panel)
    comparisons = published.comparisons
    points = tipping_points(panel, cohort, protocol, _tipping_thresholds(protocol, comparisons))
    maps, unmapped = _tipping_maps(panel, cohort, protocol, points)
    contrasts, uncontrasted = _contrasts(protocol, cohort, casebook, others)
    refused = (*panel.refused, *imputed.refused, *modelled.refused, *undurable, *compared.refused, *unmapped)
    refused = (*refused, *uncontrasted)
    answered = StudyResult(
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
        sensitivity=Sensitivity(points, refused, maps),
        incidence=incidence,
        durability=durability,
        safety=safety,
        scores_over_time=modelled.answers,
        imputations=imputed.answers,
        differences=compared.differences,
        subgroups=compared.subgroups,
        associations=compared.associations,
        comparisons=comparisons,
        contrasts=contrasts,
        control_rates=published.control_rates,
        borrowings=published.borrowings,
        evidence=published.evidence,
        design=None,
        verdict=reach_verdict(protocol, estimates, incidence, comparisons),
        timelines=draw_timelines(cohort, np.random.default_rng(protocol.seed)),
        notes=(*casebook.notes, *cohort.notes, *_given_together(cohort)),
        methods=(),
        case_outcomes=CaseOutcomes(
            case_ids=cohort.case_ids,
            group=np.asarray(cohort.groups)[cohort.group],
            columns=panel.outcomes,
            scores=panel.scores | described.scores,
        ),
    )
    answered = _adjusted_and_hidden(protocol, cohort, answered)
    return replace(answered, methods=methods_used(answered))


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


def _imputed(protocol: Protocol, cohort: Cohort) -> Imputed:
    """What nobody saw, under the named assumptions; their kernels are opened only where one is declared."""
    if not protocol.imputation:
        return Imputed()
    from equipoise.estimate.imputation import impute_the_unseen

    return impute_the_unseen(cohort, protocol)


def _scores_over_time(protocol: Protocol, cohort: Cohort) -> ScoresModelled:
    """The mixed models of the protocol; their kernels are opened only where one is declared."""
    if not protocol.scores_over_time:
        return ScoresModelled()
    from equipoise.estimate.scores_over_time import model_scores_over_time

    return model_scores_over_time(cohort, protocol)


def _durability(protocol: Protocol, cohort: Cohort) -> tuple[tuple[Durability, ...], tuple[Refusal, ...]]:
    """How long a response lasts, and what was refused; its kernels are opened only where it is asked for."""
    if not protocol.durability:
        return (), ()
    from equipoise.estimate.durability import describe_durability

    return describe_durability(cohort, protocol, np.random.default_rng(protocol.seed))


def _compared(protocol: Protocol, cohort: Cohort, panel: Panel) -> Compared:
    """One group less another, subgroups and associations; their kernels are opened only where one is declared."""
    if not (protocol.difference or protocol.subgroup or protocol.association):
        return Compared()
    from equipoise.estimate.compared import compare_within

    return compare_within(protocol, cohort, panel)


def _contrasts(
    protocol: Protocol, cohort: Cohort, casebook: CaseBook, others: Mapping[str, CaseBook]
) -> tuple[tuple[CohortContrast, ...], tuple[Refusal, ...]]:
    """The cohort beside others, case by case; the methods are opened only where one is declared."""
    if not protocol.comparison:
        return (), ()
    from equipoise.cohort.starts import starts_of
    from equipoise.compare.contrast import contrast_cohorts
    from equipoise.estimate.arm import gather_arm

    rng = np.random.default_rng(protocol.seed)
    answers: list[CohortContrast] = []
    refused: list[Refusal] = []
    for declared in protocol.comparison:
        book, theirs = others.get(declared.name, casebook), protocol_of_comparator(protocol, declared)
        other = build_cohort(theirs, book)
        own_arm = gather_arm(cohort, protocol, declared, starts_of(protocol, casebook, cohort), of_comparator=False)
        other_arm = gather_arm(other, theirs, declared, starts_of(theirs, book, other), of_comparator=True)
        same = declared.name not in others
        answer, why = contrast_cohorts(protocol, declared, (own_arm, other_arm), book.cut, same_book=same, rng=rng)
        answers.append(answer)
        refused += why
    return tuple(answers), tuple(refused)


def _tipping_maps(
    panel: Panel, cohort: Cohort, protocol: Protocol, points: tuple[TippingPoint, ...]
) -> tuple[tuple[TippingMap, ...], tuple[Refusal, ...]]:
    """The tipping grids of the protocol; their kernels are opened only where one is declared."""
    if not protocol.tipping_grid:
        return (), ()
    from equipoise.estimate.tipping import tipping_maps

    return tipping_maps(panel, cohort, protocol, points)


def _adjusted_and_hidden(protocol: Protocol, cohort: Cohort, answered: StudyResult) -> StudyResult:
    """Adjusted benchmarks, the entry rule's own effect, hidden causes; each opened only where it is declared."""
    if protocol.adjusted_benchmark:
        from equipoise.estimate.adjusted_benchmark import compare_adjusted

        answered = replace(answered, adjusted_benchmarks=compare_adjusted(cohort, protocol))
    if protocol.regression_to_mean:
        from equipoise.estimate.regression_to_mean import regress

        answered = replace(answered, regression_to_mean=regress(cohort, protocol))
    if protocol.hidden_cause is not None:
        from equipoise.compare.hidden_cause import weigh_hidden_causes

        weighed = weigh_hidden_causes(
            protocol.hidden_cause,
            level=protocol.sensitivity.level,
            comparisons=answered.comparisons,
            adjusted=answered.adjusted_benchmarks,
            differences=answered.differences,
            contrasts=answered.contrasts,
            pairs=[pairs for each in answered.contrasts for pairs in each.pairs],
        )
        answered = replace(answered, hidden_causes=weighed)
    return answered


def _given_together(cohort: Cohort) -> Iterator[str]:
    """Events that all lie on day 0 were part of the treatment: who lacks one was not selected by what came later."""
    for name, event in cohort.events.items():
        had = event.low < NEVER
        if had.any() and (event.high[had] == 0).all():
            without = int((~had).sum())
            begins = f"Every '{name}' lies on day 0: it was given with the treatment"
            if not without:
                yield f"{begins}, to everyone, and the two cannot be told apart."
                continue
            who = "The one case without one is" if without == 1 else f"The {without} cases without one are"
            yield (
                f"{begins}. {who} a group defined by what was given, not by what came later; in the others the two "
                "treatments cannot be told apart."
            )


def _beside_published(protocol: Protocol, cohort: Cohort, panel: Panel) -> BesidePublished:
    counts: dict[str, list[Counts]] = {}
    for name, each in _counts(protocol, cohort, panel):
        counts.setdefault(name, []).append(each)
    gathered = {name: tuple(each) for name, each in counts.items()}
    return beside_published(protocol, cohort.groups, gathered, _own_means(protocol, cohort, panel))


def _own_means(protocol: Protocol, cohort: Cohort, panel: Panel) -> dict[str, tuple[OwnMean, ...]]:
    """The cases' own means, for what is borrowed of published means."""
    if not (protocol.borrowing and panel.scores):
        return {}
    from equipoise.estimate.score_fillings import own_means

    found: dict[str, tuple[OwnMean, ...]] = {}
    for name, each in own_means(cohort, protocol, panel):
        found[name] = (*found.get(name, ()), each)
    return found


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
