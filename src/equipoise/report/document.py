"""The report as data: one document that the page and the terminal both render, so that they tell one story."""

from equipoise.domain.result import StudyResult
from equipoise.report.clean import without_controls
from equipoise.report.parts import Document, Section
from equipoise.report.sections.back_matter import methods, provenance, reader_must_know
from equipoise.report.sections.comparison import comparison
from equipoise.report.sections.course import incidence_section, scores_section, swimlane_section
from equipoise.report.sections.durability import durability
from equipoise.report.sections.flow import flow
from equipoise.report.sections.front import question, stamp, verdict
from equipoise.report.sections.harms import safety
from equipoise.report.sections.headline import left_out
from equipoise.report.sections.imputation import imputation
from equipoise.report.sections.panel import other_panels, primary_panel, strip_section
from equipoise.report.sections.refused import refusals
from equipoise.report.sections.sensitivity import tipping


def compose(result: StudyResult) -> Document:
    """The sections in the order a reader needs them; one that has nothing to say is left out."""
    sections = (
        verdict(result),
        question(result),
        left_out(result),
        flow(result),
        primary_panel(result),
        other_panels(result),
        strip_section(result),
        swimlane_section(result),
        incidence_section(result),
        durability(result),
        scores_section(result),
        _scores_over_time(result),
        imputation(result),
        tipping(result),
        *_within(result),
        comparison(result),
        *_beside_published(result),
        *_contrasts(result),
        *_adjusted_and_hidden(result),
        safety(result),
        refusals(result),
        reader_must_know(result),
        methods(result),
        provenance(result),
    )
    kept = tuple(section for section in sections if section is not None)
    return without_controls(Document(result.study.title, stamp(result), kept, result.study.version))


def _scores_over_time(result: StudyResult) -> Section | None:
    """The mixed models; the section is opened only where the protocol asks for one."""
    if not result.protocol.scores_over_time:
        return None
    from equipoise.report.sections.scores_over_time import scores_over_time

    return scores_over_time(result)


def _beside_published(result: StudyResult) -> tuple[Section | None, ...]:
    """The control rate one would have to assume, borrowing, the study's own evidence; opened where there are any."""
    found: list[Section | None] = []
    if result.control_rates:
        from equipoise.report.sections.control_rate import control_rates

        found.append(control_rates(result))
    if result.borrowings or result.evidence:
        from equipoise.report.sections.borrowing import borrowing

        found.append(borrowing(result))
    return tuple(found)


def _adjusted_and_hidden(result: StudyResult) -> tuple[Section | None, ...]:
    """Adjusted benchmarks, hidden causes and the entry rule; opened only where the study asks for one."""
    found: list[Section | None] = []
    if result.adjusted_benchmarks:
        from equipoise.report.sections.adjusted_benchmark import adjusted_benchmarks

        found.append(adjusted_benchmarks(result))
    if result.hidden_causes or result.regression_to_mean:
        from equipoise.report.sections.hidden_cause import hidden_causes

        found.append(hidden_causes(result))
    return tuple(found)


def _contrasts(result: StudyResult) -> tuple[Section, ...]:
    """Comparisons with other cohorts, case by case; opened only where there is one."""
    if not result.contrasts:
        return ()
    from equipoise.report.sections.contrast import contrasts

    return contrasts(result)


def _within(result: StudyResult) -> tuple[Section | None, ...]:
    """What is compared within the case book; opened only where the study asks for it."""
    if not (result.differences or result.subgroups or result.associations):
        return ()
    from equipoise.report.sections.associations import associations
    from equipoise.report.sections.differences import differences
    from equipoise.report.sections.subgroups import subgroups

    return differences(result), subgroups(result), associations(result)
