"""The cases made like a published arm and set beside it (``docs/maic.md``): diagnostics always, a number if they pass.

The kernels are opened only where there is something to weight: a comparison without covariates is withheld before.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from equipoise.domain.adjusted_benchmark import AdjustedBenchmarkDeclared
from equipoise.domain.adjusted_benchmark_answer import (
    AdjustedBenchmark,
    AdjustedRow,
    Reason,
)
from equipoise.domain.cohort import Cohort
from equipoise.domain.estimand import Estimand, Missing, Strategy
from equipoise.domain.protocol import Protocol, Visit
from equipoise.domain.wrong import groups_there
from equipoise.errors import DataError, MethodError, Problem, ProtocolError
from equipoise.estimate.adjusted_benchmark_arms import Found, contradictions, find_arms
from equipoise.estimate.adjusted_benchmark_cases import (
    Entered,
    Responses,
    covariate_problems_of,
    entered,
    responses_of,
    unknown_levels,
)
from equipoise.estimate.adjusted_benchmark_rows import balance, described, unadjusted, with_weights
from equipoise.estimate.in_words import endpoint_in_words, strategies_in_words

if TYPE_CHECKING:
    from equipoise.estimate.adjusted_benchmark_effect import Setting
    from equipoise.stats.maic import MatchingWeights
    from equipoise.stats.published_table import PublishedBaseline

WAYS = (Missing.OBSERVED, Missing.NON_RESPONDER, Missing.BOUNDS)
NEVER_BENCHMARKED = {Strategy.COMPOSITE_BY_END, Strategy.PRINCIPAL_STRATUM, Strategy.HYPOTHETICAL}
NO_COVARIATES = Reason(
    "withheld: no covariates",
    "record the baseline covariates that the published table prints, or read both results side by side, unadjusted",
)
NOT_AT_ITS_ENDS = Reason(
    "some answers are open, and a regression is not at its ends where the unseen are",
    "read the range of MAIC, whose weights do not depend on the answers",
)


@dataclass(frozen=True)
class _Asked:
    """One declaration resolved: its estimand, visit, arms, groups, and why it cannot be answered, if it cannot."""

    declared: AdjustedBenchmarkDeclared
    estimand: Estimand
    visit: Visit
    found: Found
    group: int
    control: int | None
    level: float
    seed: int
    reasons: tuple[Reason, ...]


def compare_adjusted(cohort: Cohort, protocol: Protocol) -> tuple[AdjustedBenchmark, ...]:
    """Every adjusted benchmark the protocol declares, one for each of its groups.

    Raises
    ------
    ProtocolError : a group nobody of the cohort is in; a level of a number, or a category without one
    """
    problems = [problem for each in protocol.adjusted_benchmark for problem in _problems(cohort, each)]
    if problems:
        raise ProtocolError(problems)
    return tuple(
        _one(cohort, protocol, asked)
        for each in protocol.adjusted_benchmark
        for asked in _asked(cohort, protocol, each)
    )


def _problems(cohort: Cohort, declared: AdjustedBenchmarkDeclared) -> Iterator[Problem]:
    named = [("group", declared.group), ("anchor.group", declared.anchor.group if declared.anchor else None)]
    for field, group in named:
        if group is not None and group not in cohort.groups:
            where = f"study.toml: adjusted benchmark '{declared.name}'.{field}"
            problem = f"no case of the cohort is in the group '{group}'"
            yield Problem(where, problem, groups_there(cohort.groups))
    yield from covariate_problems_of(cohort, declared)


def _asked(cohort: Cohort, protocol: Protocol, declared: AdjustedBenchmarkDeclared) -> Iterator[_Asked]:
    estimand = next((each for each in protocol.estimand if each.name == declared.estimand), protocol.primary)
    visit = protocol.visit_named(declared.visit)
    found = find_arms(protocol, declared, estimand, visit)
    reasons = [
        *([] if declared.baseline else [NO_COVARIATES]),
        *found.reasons,
        *contradictions(declared, found),
        *unknown_levels(cohort, declared.baseline),
    ]
    never = NEVER_BENCHMARKED & set(estimand.strategies.values())
    if never:
        why = f"no published arm counts under '{', '.join(sorted(never))}': it asks of what came, or might come, later"
        reasons.append(Reason(why, "ask for an estimand under treatment policy or composite by visit"))
    for place, group in enumerate(cohort.groups):
        if declared.group in (None, group):
            control = None if declared.anchor is None else cohort.groups.index(declared.anchor.group)
            level = protocol.sensitivity.level
            yield _Asked(declared, estimand, visit, found, place, control, level, protocol.seed, tuple(reasons))


def _one(cohort: Cohort, protocol: Protocol, asked: _Asked) -> AdjustedBenchmark:
    declared, estimand = asked.declared, asked.estimand
    responder = estimand.endpoint.is_responder
    ways = [each for each in WAYS if each in protocol.sensitivity.missing] if responder else [Missing.OBSERVED]
    rows = tuple(_row(cohort, asked, responses_of(cohort, protocol, estimand, asked.visit, way), way) for way in ways)
    return AdjustedBenchmark(
        name=declared.name,
        estimand=estimand.name,
        endpoint=endpoint_in_words(estimand.endpoint, protocol.instrument_of(estimand)),
        visit=asked.visit.name,
        month=asked.visit.month,
        strategy=strategies_in_words(estimand.strategies),
        group=cohort.groups[asked.group],
        reference_group=None if asked.control is None else cohort.groups[asked.control],
        form="unanchored" if declared.anchor is None else "anchored",
        method=declared.method,
        measure=(declared.measure or "risk difference") if responder else "difference of means",
        study=declared.study,
        arm=declared.arm,
        control_arm=None if declared.anchor is None else declared.anchor.arm,
        published=asked.found.arm,
        control=asked.found.control,
        patients=declared.patients,
        baseline_source=declared.baseline_source,
        wanted_effective_sample_size=declared.gate.effective_sample_size,
        wanted_largest_share=declared.gate.largest_weight,
        reasons=asked.reasons,
        rows=rows,
    )


def _row(cohort: Cohort, asked: _Asked, response: Responses, missing: Missing) -> AdjustedRow:
    """One way of treating the unknown: who enters, the diagnostics, and the number if nothing speaks against it."""
    usable = () if unknown_levels(cohort, asked.declared.baseline) else asked.declared.baseline
    cases = entered(cohort, usable, response, asked.group, asked.control)
    row = described(
        cases, missing, asked.level, responder=asked.estimand.endpoint.is_responder, anchored=asked.control is not None
    )
    reasons = [*asked.reasons, *_membership(cohort, asked, response), *_nobody(cases, asked)]
    if not usable or cases.arm.size == 0:
        return replace(row, reasons=tuple(dict.fromkeys(reasons)))
    return _weighed(asked, cases, row, reasons)


def _membership(cohort: Cohort, asked: _Asked, response: Responses) -> Iterator[Reason]:
    """Whether a chart leaves open that a case counts at all, or which score it has."""
    inside = (cohort.group == asked.group) | (cohort.group == (-1 if asked.control is None else asked.control))
    unclear = int((response.open & inside).sum())
    if unclear:
        who = "1 case" if unclear == 1 else f"{unclear} cases"
        why = f"{who} may or may not count, or may have more than one answer: a vague chart"
        yield Reason(why, "mend the dates, or read the bounds of the panel, which keep every reading")


def _nobody(cases: Entered, asked: _Asked) -> Iterator[Reason]:
    arms = [("treated group", 1), *([("control group", 0)] if asked.control is not None else [])]
    for name, arm in arms:
        if not (cases.arm == arm).any():
            yield Reason(
                f"nobody of the {name} has a response and every covariate", "match fewer covariates, and say so"
            )


def _weighed(asked: _Asked, cases: Entered, row: AdjustedRow, reasons: list[Reason]) -> AdjustedRow:
    from equipoise.estimate.adjusted_benchmark_effect import Setting, baseline_of_table, refusal_reasons, weigh
    from equipoise.estimate.adjusted_benchmark_gate import effective_sizes, gate_reasons

    weights: MatchingWeights | None = None
    try:
        published = baseline_of_table(asked.declared)
    except (DataError, MethodError) as error:
        return replace(row, reasons=(*reasons, *refusal_reasons(error)))
    if asked.declared.method == "MAIC":
        try:
            weights = weigh(cases, published)
        except (DataError, MethodError) as error:
            reasons.extend(refusal_reasons(error))
    weight = None if weights is None else weights.weight
    row = replace(row, covariates=balance(asked.declared, cases, published, weight))
    if asked.declared.method == "STC" or weights is not None:
        sizes = effective_sizes(cases, weights)
        reasons.extend(gate_reasons(asked.declared, sizes, weights))
        row = with_weights(row, sizes, weights)
    if asked.declared.method == "STC" and not np.array_equal(cases.low, cases.high):
        reasons.append(NOT_AT_ITS_ENDS)
    if reasons:
        return replace(row, reasons=tuple(dict.fromkeys(reasons)))
    setting = Setting(asked.declared, asked.estimand, asked.found, asked.level, _stream(asked))
    return _numbered(row, cases, weights, published, setting)


def _numbered(
    row: AdjustedRow,
    cases: Entered,
    weights: "MatchingWeights | None",
    published: "PublishedBaseline",
    setting: "Setting",
) -> AdjustedRow:
    from equipoise.estimate.adjusted_benchmark_effect import effects, refusal_reasons

    try:
        found = effects(cases, weights, published, setting)
    except (DataError, MethodError) as error:
        return replace(row, reasons=refusal_reasons(error))
    one = bool(np.array_equal(cases.low, cases.high)) and row.missing != Missing.BOUNDS.value
    low, high, ratio = found.low, found.high, found.ratio
    return replace(
        row,
        adjusted_low=found.adjusted_low,
        adjusted_high=found.adjusted_high,
        unadjusted=unadjusted(row, setting) if one else None,
        estimate=low.estimate if one else None,
        lower=low.lower if one else low.estimate,
        upper=low.upper if one else high.estimate,
        outer_lower=None if one else low.lower,
        outer_upper=None if one else high.upper,
        risk_ratio=None if ratio is None or not one else ratio.estimate,
        risk_ratio_lower=None if ratio is None or not one else ratio.lower,
        risk_ratio_upper=None if ratio is None or not one else ratio.upper,
        method=found.method if one else f"{found.method}; range over the unknown",
    )


def _stream(asked: _Asked) -> np.random.Generator:
    """A generator from the seed and the names alone: a further section changes no other's numbers, nor does a way."""
    names = f"{asked.declared.name}\x1f{asked.group}"
    digest = hashlib.sha256(names.encode("utf-8")).digest()
    key = tuple(int(word) for word in np.frombuffer(digest, dtype="<u4"))
    return np.random.default_rng(np.random.SeedSequence(entropy=asked.seed, spawn_key=key))
