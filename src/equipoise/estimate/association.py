"""What went with response: Firth's logistic regression on declared covariates, always exploratory."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from equipoise.domain.association import AssociationDeclared
from equipoise.domain.association_answer import Association, AssociationRow
from equipoise.domain.cohort import Cohort, Covariate, Flags, Floats, Outcome, Outcomes
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Refusal
from equipoise.domain.subgroup_answer import EXPLORATORY
from equipoise.errors import MethodError
from equipoise.estimate.in_words import endpoint_in_words
from equipoise.estimate.panel import Panel, Reading, readings_asked
from equipoise.estimate.refusing import refusals
from equipoise.stats.firth import FirthFit, firth_logistic

YES, NO, UNKNOWN = Outcome.YES.value, Outcome.NO.value, Outcome.UNKNOWN.value
COUNTS = YES | NO | UNKNOWN
FARTHEST_LOG = 300.0
"""A log ratio beyond this has no ratio that a reader, or a float, can hold."""


def describe_associations(
    protocol: Protocol, cohort: Cohort, panel: Panel
) -> tuple[tuple[Association, ...], list[Refusal]]:
    """Every declared association, under the estimand's own strategies."""
    refused: list[Refusal] = []
    return tuple(_association(protocol, cohort, panel, each, refused) for each in protocol.association), refused


@dataclass(frozen=True)
class _Responses:
    """The cases of an association: who may enter its model, and with which response."""

    enters: Flags
    yes: Flags
    cases: int
    not_counted: int
    unknown: int
    vague: int


def _association(
    protocol: Protocol, cohort: Cohort, panel: Panel, declared: AssociationDeclared, refused: list[Refusal]
) -> Association:
    reading = _reading(protocol, declared)
    mine = np.ones(cohort.n, dtype=np.bool_)
    if declared.group is not None:
        mine = cohort.group == cohort.groups.index(declared.group)
    who = _responses(panel.outcomes[reading.where], mine, declared.missing)
    rows: list[AssociationRow] = []
    fit: FirthFit | None = None
    for factors in [declared.factors] if declared.together else [(each,) for each in declared.factors]:
        where = f"association '{declared.name}' | {', '.join(factors)}"
        fit, found = _fit(protocol, cohort, who, factors, where, refused)
        rows += found
    model = fit if declared.together else None
    return Association(
        name=declared.name,
        estimand=declared.estimand,
        endpoint=endpoint_in_words(reading.estimand.endpoint, protocol.instrument_of(reading.estimand)),
        visit=declared.visit,
        month=reading.visit.month,
        strategy=reading.label,
        group=declared.group,
        missing=declared.missing,
        together=declared.together,
        label=EXPLORATORY,
        cases=who.cases,
        not_counted=who.not_counted,
        unknown=who.unknown,
        vague=who.vague,
        rows=tuple(rows),
        model_chi_squared=None if model is None else model.model_chi_squared,
        model_degrees=None if model is None else model.model_degrees,
        model_p_value=None if model is None else model.model_p_value,
        level=protocol.sensitivity.level,
    )


def _reading(protocol: Protocol, declared: AssociationDeclared) -> Reading:
    """The estimand at that visit under its own strategies; the cross-checks have made sure there is one."""
    return next(
        reading
        for reading in readings_asked(protocol)
        if reading.own and (reading.estimand.name, reading.visit.name) == (declared.estimand, declared.visit)
    )


def _responses(bits: Outcomes, mine: Flags, missing: str) -> _Responses:
    """A vague response is an unknown one; who may lie outside the question or not have reached the visit leaves."""
    counts = mine & ((bits & COUNTS) > 0) & ((bits & ~np.uint8(COUNTS)) == 0)
    seen = counts & np.isin(bits, (YES, NO))
    return _Responses(
        enters=seen if missing == "observed" else counts,
        yes=seen & (bits == YES),
        cases=int(mine.sum()),
        not_counted=int((mine & ~counts).sum()),
        unknown=int((counts & (bits == UNKNOWN)).sum()),
        vague=int((counts & ~seen & (bits != UNKNOWN)).sum()),
    )


def _fit(
    protocol: Protocol, cohort: Cohort, who: _Responses, factors: Sequence[str], where: str, refused: list[Refusal]
) -> tuple[FirthFit | None, list[AssociationRow]]:
    """One model of these factors, over the cases that have all of them."""
    known = np.logical_and.reduce([cohort.covariates[name].known for name in factors])
    used = who.enters & known
    designs = [_Design.of(name, _per(protocol, name), cohort.covariates[name], used) for name in factors]
    columns = np.column_stack([design.columns for design in designs])
    names = [term for design in designs for term in design.terms]
    try:
        fit = firth_logistic(who.yes[used].astype(np.float64), columns, names, level=protocol.sensitivity.level)
    except MethodError as error:
        refused += refusals(where, error)
        return None, []
    lost = int((who.enters & ~known).sum())
    terms = [(design.factor, per) for design in designs for per in design.per]
    return fit, [_row(fit, place, factor, per, lost) for place, (factor, per) in enumerate(terms, start=1)]


def _per(protocol: Protocol, name: str) -> str:
    declared = next(each for each in protocol.covariate if each.name == name)
    return "a doubling" if declared.log2 else "one unit more"


@dataclass(frozen=True)
class _Design:
    """The columns of one factor: (n, k); what a refusal calls each, and what its odds ratio is for."""

    factor: str
    columns: Floats
    terms: tuple[str, ...]
    per: tuple[str, ...]

    @classmethod
    def of(cls, name: str, per: str, covariate: Covariate, used: Flags) -> "_Design":
        """A number as it is; categories against the first of those there are."""
        value = covariate.value[used]
        if not covariate.labels:
            return cls(name, value[:, None], (name,), (per,))
        there = [place for place in range(len(covariate.labels)) if (value == place).any()]
        if len(there) < 2:  # left to the kernel, which refuses a column that is the same in every case
            return cls(name, np.zeros((value.size, 1)), (name,), (per,))
        first, *others = there
        return cls(
            name,
            np.column_stack([value == place for place in others]).astype(np.float64),
            tuple(f"{name}: {covariate.labels[place]}" for place in others),
            tuple(f"{covariate.labels[place]} against {covariate.labels[first]}" for place in others),
        )


def _row(fit: FirthFit, place: int, factor: str, per: str, lost: int) -> AssociationRow:
    return AssociationRow(
        factor=factor,
        per=per,
        n=fit.n,
        responders=fit.responders,
        factor_unknown=lost,
        log_odds_ratio=float(fit.coefficient[place]),
        standard_error=float(fit.standard_error[place]),
        odds_ratio=_ratio(fit.coefficient[place]),
        lower=_ratio(fit.lower[place]),
        upper=_ratio(fit.upper[place]),
        chi_squared=float(fit.chi_squared[place]),
        p_value=float(fit.p_value[place]),
    )


def _ratio(log_ratio: float) -> float | None:
    return exp(log_ratio) if abs(log_ratio) <= FARTHEST_LOG else None
