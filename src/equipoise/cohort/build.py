"""The cohort of a protocol in a case book: who is in, when, and what came after."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from equipoise.cohort import eligibility
from equipoise.cohort.covariates import find_covariates
from equipoise.cohort.intercurrent import find_events, happened_to_case
from equipoise.cohort.timeline import Records, TimeZero, by_the_cut, find_follow_up, find_time_zero, records_of
from equipoise.cohort.visits import dated_by_visit, labelled_outside, nearest, reached, series_of
from equipoise.domain.cohort import (
    AdverseEventRecords,
    AttritionRow,
    Candidates,
    Cohort,
    Flags,
    FollowUp,
    Ints,
    Series,
)
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook, Status
from equipoise.domain.wrong import EVERYONE

NOT_STATED = "not stated"


def build_cohort(protocol: Protocol, casebook: CaseBook) -> Cohort:
    """Time zero, eligibility, events, follow-up, visits: everything the estimators may know.

    Raises
    ------
    ProtocolError : a criterion names a column the case book does not have, or compares text with a number
    """
    casebook = by_the_cut(casebook)
    everyone = casebook.cases.sort("case_id")
    zero = find_time_zero(protocol, casebook, everyone)
    rows = [
        _step("in the case book", np.ones(everyone.height, dtype=np.bool_), np.ones(everyone.height, dtype=np.bool_))
    ]
    if protocol.treatment.procedure is not None:
        rows.append(
            _step(f"had the index procedure ({protocol.treatment.procedure})", np.ones_like(zero.treated), zero.treated)
        )
        rows.append(_step("with a date for it", zero.treated, zero.dated))
    treated = _Treated.of(protocol, casebook, *_keep(everyone, zero, zero.treated & zero.dated))
    still_in, criteria_rows = _eligible(protocol, treated)
    return _assemble(protocol, casebook, treated.only(casebook, still_in), (*rows, *criteria_rows))


@dataclass(frozen=True)
class _Treated:
    """The cases with a time zero, and their records in days from it."""

    cases: pl.DataFrame
    zero: TimeZero
    procedures: Records
    assessments: Records
    adverse_events: Records
    follow_up: FollowUp

    @classmethod
    def of(cls, protocol: Protocol, casebook: CaseBook, cases: pl.DataFrame, zero: TimeZero) -> "_Treated":
        asked = casebook.assessments.select("case_id", "instrument", "value", "low", "high", "visit", "status")
        procedures = records_of(casebook.procedures.select("case_id", "procedure", "low", "high"), cases, zero)
        assessments = dated_by_visit(records_of(asked, cases, zero), protocol.visit)
        adverse_events = records_of(casebook.adverse_events, cases, zero)
        return cls._with_follow_up(casebook, cases, zero, procedures, assessments, adverse_events)

    @classmethod
    def _with_follow_up(
        cls,
        casebook: CaseBook,
        cases: pl.DataFrame,
        zero: TimeZero,
        procedures: Records,
        assessments: Records,
        adverse_events: Records,
    ) -> "_Treated":
        """Follow-up lasts at least to the last record that shows the case was still seen."""
        seen = (
            (procedures, procedures.dated),
            (assessments, (assessments.rows["status"] == Status.DONE.value).to_numpy()),
            (adverse_events, adverse_events.dated),
        )
        follow_up = find_follow_up(casebook, cases, zero, seen)
        return cls(cases, zero, procedures, assessments, adverse_events, follow_up)

    def only(self, casebook: CaseBook, keep: Flags) -> "_Treated":
        """Those of ``keep``, numbered anew."""
        if keep.all():
            return self
        cases, zero = _keep(self.cases, self.zero, keep)
        records = (each.of_cases(keep) for each in (self.procedures, self.assessments, self.adverse_events))
        return self._with_follow_up(casebook, cases, zero, *records)


def _eligible(protocol: Protocol, treated: _Treated) -> tuple[Flags, list[AttritionRow]]:
    """Apply the criteria in order, required ones first."""
    still_in, rows = np.ones(treated.cases.height, dtype=np.bool_), []
    for criteria, require in ((protocol.population.require, True), (protocol.population.exclude, False)):
        for criterion in criteria:
            baseline = _criterion_baseline(criterion, protocol, treated.assessments, treated.follow_up)
            certain, possible = eligibility.judge(criterion, treated.cases, treated.procedures, baseline)
            still_in, row = eligibility.apply(criterion, certain, possible, still_in, require=require)
            rows.append(row)
    return still_in, rows


def _criterion_baseline(
    criterion: Criterion, protocol: Protocol, assessments: Records, follow_up: FollowUp
) -> Candidates | None:
    if criterion.column is None or not criterion.column.startswith("baseline."):
        return None
    instrument = criterion.column.removeprefix("baseline.")
    series = series_of(assessments, instrument, follow_up)
    return _baseline(series, criterion.look_back_days, follow_up.low.size)


def _assemble(protocol: Protocol, casebook: CaseBook, treated: _Treated, attrition: tuple[AttritionRow, ...]) -> Cohort:
    cases, zero, follow_up = treated.cases, treated.zero, treated.follow_up
    assessments = treated.assessments
    endpoints = [estimand.endpoint for estimand in protocol.estimand]
    series = {
        name: series_of(assessments, name, follow_up)
        for name in dict.fromkeys(endpoint.instrument for endpoint in endpoints)
    }
    n = cases.height
    groups, group = _groups(cases)
    return Cohort(
        case_ids=cases["case_id"].to_numpy(),
        groups=groups,
        group=group,
        attrition=attrition,
        follow_up=follow_up,
        events=find_events(protocol, treated.procedures, cases, zero, follow_up),
        death=happened_to_case("death", cases, zero, follow_up),
        reached={visit.name: reached(visit, assessments, casebook, zero) for visit in protocol.visit},
        series=series,
        stand_ins={
            (name, visit.name): nearest(one, visit.day, visit.window, n)
            for name, one in series.items()
            for visit in protocol.visit
        },
        baselines={
            (endpoint.instrument, endpoint.baseline_look_back_days): _baseline(
                series[endpoint.instrument], endpoint.baseline_look_back_days, n
            )
            for endpoint in endpoints
            if endpoint.baseline_look_back_days is not None
        },
        covariates=find_covariates(protocol, casebook, cases, zero, assessments, follow_up),
        adverse_events=_adverse_events(casebook, treated.adverse_events, follow_up),
        notes=_notes(zero, labelled_outside(assessments, protocol.visit)),
    )


def _baseline(series: Series, look_back_days: int | None, n: int) -> Candidates:
    """The last assessment on or before day 0 within the look-back."""
    return nearest(series, 0, (-(2**31) if look_back_days is None else -look_back_days, 0), n)


def _adverse_events(casebook: CaseBook, records: Records, follow_up: FollowUp) -> AdverseEventRecords:
    """Those on or after time zero, certainly or possibly; a blank date lies within follow-up."""
    after = records.where(~records.dated | (records.high >= 0))
    return AdverseEventRecords(
        case=after.case,
        term=after.rows["term"].to_numpy(),
        grade=after.rows["ctcae_grade"].fill_null(0).to_numpy().astype(np.int8),
        serious=after.rows["serious"].cast(pl.Int8).fill_null(-1).to_numpy(),
        certain=~after.dated | (after.low >= 0),
        low=np.where(after.dated, np.maximum(after.low, 0), 0),
        high=np.where(after.dated, after.high, follow_up.high[after.case]),
        recorded=casebook.adverse_events_recorded,
    )


def _groups(cases: pl.DataFrame) -> tuple[tuple[str, ...], Ints]:
    if cases["group"].null_count() == cases.height:
        return (EVERYONE,), np.zeros(cases.height, dtype=np.int64)
    label = cases["group"].fill_null(NOT_STATED)
    groups = tuple(label.unique().sort().to_list())
    codes = label.replace_strict(list(groups), list(range(len(groups))), return_dtype=pl.Int64)
    return groups, codes.to_numpy()


def _keep(cases: pl.DataFrame, zero: TimeZero, keep: Flags) -> tuple[pl.DataFrame, TimeZero]:
    chosen = cases if keep.all() else cases.filter(pl.Series(keep))
    kept = chosen.drop("case", strict=False).with_row_index("case")
    return kept.with_columns(pl.col("case").cast(pl.Int64)), replace(
        zero, low=zero.low[keep], high=zero.high[keep], treated=zero.treated[keep], dated=zero.dated[keep]
    )


def _step(criterion: str, entering: Flags, passing: Flags) -> AttritionRow:
    remaining = int((entering & passing).sum())
    return AttritionRow(
        criterion=criterion,
        entering=int(entering.sum()),
        excluded=int(entering.sum()) - remaining,
        unknown=0,
        unknown_kept=False,
        remaining=remaining,
    )


def _of(noun: str, number: int) -> str:
    return noun if number == 1 else f"{noun}s"


def _notes(zero: TimeZero, outside: int) -> tuple[str, ...]:
    notes = []
    vague = int((zero.low != zero.high).sum())
    if vague:
        notes.append(
            f"Time zero is vague for {vague} of {zero.low.size} {_of('case', zero.low.size)}: ranges may be wider than "
            "the chart allows, never narrower."
        )
    if outside:
        notes.append(
            f"{outside} {_of('assessment', outside)} labelled with a visit but dated outside its window: the window "
            "decides, so none of these stands for it."
        )
    return tuple(notes)
