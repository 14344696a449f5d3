"""Cross-checks of the sections that ask for a method, each against what it names; the rules stand with the sections."""

from collections.abc import Iterator, Mapping, Sequence

from equipoise.domain.adjusted_benchmark import AskedOf, adjusted_benchmark_problems
from equipoise.domain.association import association_problems
from equipoise.domain.borrowing import borrowing_problems
from equipoise.domain.comparison import comparison_problems
from equipoise.domain.covariate import covariate_problems
from equipoise.domain.difference import difference_problems
from equipoise.domain.durability_check import durability_problems
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.hidden_cause import regression_to_mean_problems
from equipoise.domain.imputation_check import imputation_problems
from equipoise.domain.instrument import Instrument
from equipoise.domain.parts import Parts
from equipoise.domain.protocol import Benchmark
from equipoise.domain.scores_over_time import scores_over_time_problems
from equipoise.domain.subgroup import subgroup_problems
from equipoise.domain.tipping import Asked, Grounds, tipping_grid_problems
from equipoise.errors import Problem


def section_problems(
    parts: Parts, instruments: Mapping[str, Instrument], arms: Sequence[PublishedArm] | None
) -> Iterator[Problem]:
    """What the sections beyond the panel contradict or leave open; arguments as ``completeness_problems``."""
    yield from covariate_problems(parts.covariates, instruments, parts.unread(instruments))
    yield from _durability(parts)
    yield from _compared(parts)
    yield from _scores_over_time(parts)
    yield from _imputations(parts, instruments)
    yield from _comparisons(parts)
    yield from _tipping_grids(parts, instruments)
    yield from _borrowings(parts)
    yield from _adjusted_benchmarks(parts, arms)
    unread = sorted(parts.unread(instruments))
    yield from regression_to_mean_problems(parts.regressions, parts.criteria, instruments, unread)


def _durability(parts: Parts) -> Iterator[Problem]:
    yield from durability_problems(
        parts.durability,
        estimands=[(each.name, each.endpoint, each.visits) for each in parts.questions],
        events=parts.events,
        event_names=parts.declared.get("intercurrent_event", ()),
        visits=parts.visits,
        covariates=parts.declared.get("covariate", ()),
    )


def _compared(parts: Parts) -> Iterator[Problem]:
    """Differences, subgroups and associations, against the estimands, events and covariates they name."""
    declared, asked = parts.declared, {each.name: each for each in parts.questions if each.name is not None}
    responders = {name: None if each.endpoint is None else each.endpoint.is_responder for name, each in asked.items()}
    visits, covariates = {name: each.visits for name, each in asked.items()}, declared.get("covariate", ())
    yield from difference_problems(parts.differences, responders, declared.get("intercurrent_event", ()))
    yield from subgroup_problems(parts.subgroups, responders, parts.covariates, covariates)
    yield from association_problems(parts.associations, responders, visits, covariates)


def _imputations(parts: Parts, instruments: Mapping[str, Instrument]) -> Iterator[Problem]:
    """The named assumptions, against the estimands, events and covariates they speak of."""
    events, covariates = (parts.declared.get(section, ()) for section in ("intercurrent_event", "covariate"))
    yes_no = [name for name, each in instruments.items() if each.yes_no]
    asked = {each.name: (each.visits, each.endpoint) for each in parts.questions if each.name is not None}
    yield from imputation_problems(parts.imputations, asked, events, covariates, yes_no)


def _comparisons(parts: Parts) -> Iterator[Problem]:
    """The other cohorts, against the estimands, events and covariates they are compared in."""
    declared = parts.declared
    responders = {
        each.name: None if each.endpoint is None else each.endpoint.is_responder
        for each in parts.questions
        if each.name is not None
    }
    events, covariates = (declared.get(section, ()) for section in ("intercurrent_event", "covariate"))
    yield from comparison_problems(parts.comparisons, responders, events, parts.covariates, covariates)


def _scores_over_time(parts: Parts) -> Iterator[Problem]:
    """The mixed models, against the estimands and covariates they name."""
    names = parts.declared.get("estimand", ()), parts.declared.get("covariate", ())
    yield from scores_over_time_problems(parts.scores_over_time, parts.questions, *names)


def _tipping_grids(parts: Parts, instruments: Mapping[str, Instrument]) -> Iterator[Problem]:
    """The grids, against the estimands, imputations and instruments they start from."""
    asked = {
        each.name: Asked(each.visits, each.endpoint, each.strategies)
        for each in parts.questions
        if each.name is not None
    }
    unread = dict.fromkeys(parts.declared.get("imputation", ()))
    grounds = Grounds(
        estimands=asked,
        imputations=unread | {each.name: each for each in parts.imputations},
        tips=parts.sensitivity is None or parts.sensitivity.tipping_threshold is not None,
        instruments=instruments,
    )
    yield from tipping_grid_problems(parts.tipping_grids, grounds)


def _borrowings(parts: Parts) -> Iterator[Problem]:
    """The borrowings, against the benchmarks they name."""
    groups = {each.name: each.group for each in parts.benchmarks}
    of_scores = {each.name: _is_of_a_score(parts, each) for each in parts.benchmarks}
    yield from borrowing_problems(parts.borrowings, groups, parts.declared.get("benchmark", ()), of_scores)


def _is_of_a_score(parts: Parts, benchmark: Benchmark) -> bool | None:
    """Whether the estimand a benchmark speaks of is a score; None where it could not be read."""
    for question in parts.questions:
        chosen = question.primary if benchmark.estimand is None else question.name == benchmark.estimand
        if chosen and question.endpoint is not None:
            return not question.endpoint.is_responder
    return None


def _adjusted_benchmarks(parts: Parts, arms: Sequence[PublishedArm] | None) -> Iterator[Problem]:
    """The adjusted benchmarks, against the estimands, covariates and published arms they name."""
    asked = {
        each.name: AskedOf(each.primary, each.visits, each.endpoint)
        for each in parts.questions
        if each.name is not None
    }
    covariates = parts.covariates, parts.declared.get("covariate", ())
    yield from adjusted_benchmark_problems(parts.adjusted_benchmarks, asked, *covariates, arms)
