"""The sections a study may ask for, each beside the panel; their kernels are opened only where one is declared."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from equipoise.cohort.build import build_cohort
from equipoise.compare.benchmark import Counts
from equipoise.compare.published import BesidePublished, beside_published
from equipoise.domain.benchmark_answer import Comparison
from equipoise.domain.cohort import Cohort
from equipoise.domain.comparator import is_same_book, protocol_of_comparator
from equipoise.domain.compared import Compared
from equipoise.domain.contrast_answer import CohortContrast
from equipoise.domain.durability_answer import Durability
from equipoise.domain.imputed import Imputed
from equipoise.domain.modelled import ScoresModelled
from equipoise.domain.own_mean import OwnMean
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook
from equipoise.domain.result import Refusal, StudyResult, TippingPoint
from equipoise.domain.tipping_answer import TippingMap
from equipoise.estimate.panel import Panel, readings_asked
from equipoise.estimate.responder import possible_counts
from equipoise.estimate.sensitivity import Thresholds


def imputed(protocol: Protocol, cohort: Cohort) -> Imputed:
    """What nobody saw, under the named assumptions; their kernels are opened only where one is declared."""
    if not protocol.imputation:
        return Imputed()
    from equipoise.estimate.imputation import impute_the_unseen

    return impute_the_unseen(cohort, protocol)


def scores_over_time(protocol: Protocol, cohort: Cohort) -> ScoresModelled:
    """The mixed models of the protocol; their kernels are opened only where one is declared."""
    if not protocol.scores_over_time:
        return ScoresModelled()
    from equipoise.estimate.scores_over_time import model_scores_over_time

    return model_scores_over_time(cohort, protocol)


def durability(protocol: Protocol, cohort: Cohort) -> tuple[tuple[Durability, ...], tuple[Refusal, ...]]:
    """How long a response lasts, and what was refused; its kernels are opened only where it is asked for."""
    if not protocol.durability:
        return (), ()
    from equipoise.estimate.durability import describe_durability

    return describe_durability(cohort, protocol, np.random.default_rng(protocol.seed))


def compared_within(protocol: Protocol, cohort: Cohort, panel: Panel) -> Compared:
    """One group less another, subgroups and associations; their kernels are opened only where one is declared."""
    if not (protocol.difference or protocol.subgroup or protocol.association):
        return Compared()
    from equipoise.estimate.compared import compare_within

    return compare_within(protocol, cohort, panel)


def contrasts(
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
        same = declared.name not in others or is_same_book(book, casebook)
        answer, why = contrast_cohorts(protocol, declared, (own_arm, other_arm), book.cut, same_book=same, rng=rng)
        answers.append(answer)
        refused += why
    return tuple(answers), tuple(refused)


def tipping_maps(
    panel: Panel, cohort: Cohort, protocol: Protocol, points: tuple[TippingPoint, ...]
) -> tuple[tuple[TippingMap, ...], tuple[Refusal, ...]]:
    """The tipping grids of the protocol; their kernels are opened only where one is declared."""
    if not protocol.tipping_grid:
        return (), ()
    from equipoise.estimate.tipping import tipping_maps as maps_of

    return maps_of(panel, cohort, protocol, points)


def adjusted_and_hidden(protocol: Protocol, cohort: Cohort, answered: StudyResult) -> StudyResult:
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


def published(protocol: Protocol, cohort: Cohort, panel: Panel) -> BesidePublished:
    """The benchmarks, the control rates one would have to assume, and what is borrowed."""
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


def tipping_thresholds(protocol: Protocol, comparisons: tuple[Comparison, ...]) -> Thresholds:
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
