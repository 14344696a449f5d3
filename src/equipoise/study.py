"""A study is a pure function of a protocol and a data cut."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from equipoise import __version__
from equipoise import study_sections as sections
from equipoise.cohort.build import build_cohort
from equipoise.cohort.drawn import draw_timelines
from equipoise.compare.verdict import reach_verdict
from equipoise.domain.cohort import NEVER, Cohort
from equipoise.domain.comparator import check_comparators
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook
from equipoise.domain.result import CaseOutcomes, CutAnswered, Sensitivity, StudyAnswered, StudyResult
from equipoise.errors import MethodError, Problem
from equipoise.estimate.catalogue import methods_used
from equipoise.estimate.describe import describe_groups, describe_scores
from equipoise.estimate.incidence import describe_incidence
from equipoise.estimate.panel import work_through
from equipoise.estimate.safety import describe_safety
from equipoise.estimate.sensitivity import tipping_points

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
    DataError : a comparator's case book is the study's own, with the same cases of it
    UsageError : a comparator was given that the protocol does not declare, or one that it declares was not
    """
    others = check_comparators(protocol, casebook, comparators or {})
    progress("cohort")
    cohort = _cohort_of_somebody(protocol, casebook)
    progress("estimates")
    panel = work_through(cohort, protocol)
    described = describe_scores(cohort, protocol)
    modelled = sections.scores_over_time(protocol, cohort)
    imputed = sections.imputed(protocol, cohort)
    estimates = (*panel.rows, *imputed.rows, *modelled.rows, *described.rows)
    progress("incidence and safety")
    incidence = describe_incidence(cohort, protocol)
    durability, undurable = sections.durability(protocol, cohort)
    safety = describe_safety(cohort, level=protocol.sensitivity.level)
    progress("comparison")
    compared = sections.compared_within(protocol, cohort, panel)
    published = sections.published(protocol, cohort, panel)
    comparisons = published.comparisons
    points = tipping_points(panel, cohort, protocol, sections.tipping_thresholds(protocol, comparisons))
    maps, unmapped = sections.tipping_maps(panel, cohort, protocol, points)
    contrasts, uncontrasted = sections.contrasts(protocol, cohort, casebook, others)
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
    answered = sections.adjusted_and_hidden(protocol, cohort, answered)
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
