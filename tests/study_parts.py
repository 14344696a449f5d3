"""The parts of a small study, built by hand: a protocol, rows of the five tables, and the case book of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from equipoise.domain.cases_declared import CasesSource, Population, Treatment
from equipoise.domain.estimand import Estimand, Missing
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.protocol import Conduct, IntercurrentEvent, Protocol, Sensitivity, Visit
from equipoise.domain.records import (
    AdverseEvents,
    Assessments,
    CaseBook,
    Cases,
    Clock,
    Cut,
    Imaging,
    Procedures,
)

EPOCH = date(1970, 1, 1)
INDEX = "marrow_injection"

PAIN = Instrument(name="pain", label="Pain", low=Decimal(0), high=Decimal(10), better=Better.LOWER)
DISABILITY = Instrument(name="disability", label="Disability", low=Decimal(0), high=Decimal(100), better=Better.LOWER)
FUNCTION = Instrument(name="function", label="Function", low=Decimal(0), high=Decimal(100), better=Better.HIGHER)
RELIEF = Instrument(
    name="relief", label="Felt better", low=Decimal(0), high=Decimal(1), better=Better.HIGHER, yes_no=True, whole=True
)
INSTRUMENTS = (PAIN, DISABILITY, FUNCTION, RELIEF)

CONDUCT = Conduct(
    consecutive="not stated",
    captured="all generated cases",
    co_interventions=(),
    rescue_medication="not recorded",
    harms="not stated",
    self_report_blinded=False,
    entry_minimum_score=False,
)


def study(
    *,
    visits: Sequence[Visit],
    estimands: Sequence[Estimand],
    events: Sequence[IntercurrentEvent] = (),
    cut: date | None = None,
    treatment: Treatment | None = None,
    population: Population | None = None,
    horizon: int | None = None,
) -> Protocol:
    """A protocol of these parts, with everything else as plain as it can be."""
    return Protocol(
        title="A generated study",
        question="Does it work?",
        written="after outcomes were seen",
        seed=2013,
        cases=CasesSource(path="cases", cut=cut),
        population=population or Population(),
        treatment=treatment or Treatment(procedure=INDEX),
        intercurrent_event=tuple(events),
        visit=tuple(visits),
        estimand=tuple(estimands),
        sensitivity=Sensitivity(
            strategies="all",
            missing=(Missing.BOUNDS, Missing.OBSERVED, Missing.NON_RESPONDER),
            stratum_horizon_day=horizon,
        ),
        conduct=CONDUCT,
        instruments={instrument.name: instrument for instrument in INSTRUMENTS},
        published=(),
        folder="",
        digest="",
    )


@dataclass
class Rows:
    """The rows of a case book while it is being written."""

    cases: list[dict[str, Any]] = field(default_factory=list)
    procedures: list[dict[str, Any]] = field(default_factory=list)
    assessments: list[dict[str, Any]] = field(default_factory=list)
    imaging: list[dict[str, Any]] = field(default_factory=list)
    adverse_events: list[dict[str, Any]] = field(default_factory=list)


Interval = tuple[int, int] | None
"""First and last day, or None for a blank date."""


def case(case_id: str, **columns: Any) -> dict[str, Any]:
    """A row of ``cases``; death, withdrawal and last_contact are given as (low, high), or True for no date."""
    row: dict[str, Any] = {"case_id": case_id, "withdrawn": False, "died": False}
    for name, flag in (("death", "died"), ("withdrawal", "withdrawn"), ("last_contact", None)):
        when = columns.pop(name, None)
        if when is not None and flag is not None:
            row[flag] = True
        row[f"{name}_low"], row[f"{name}_high"] = when if isinstance(when, tuple) else (None, None)
    return row | columns


def done(case_id: str, what: str, when: Interval) -> dict[str, Any]:
    """A row of ``procedures``."""
    low, high = when or (None, None)
    return {"case_id": case_id, "procedure": what, "low": low, "high": high}


def asked(
    case_id: str,
    instrument: str,
    value: float | None,
    when: Interval = None,
    visit: str | None = None,
    status: str = "done",
) -> dict[str, Any]:
    """A row of ``assessments``."""
    low, high = when or (None, None)
    row = {"case_id": case_id, "instrument": instrument, "value": value, "low": low, "high": high}
    return row | {"visit": visit, "status": status}


def book(rows: Rows, *, cut: date | None = None) -> CaseBook:
    """The typed case book of these rows; a calendar one where there is a cut."""

    def table(schema: Any, records: Iterable[Mapping[str, Any]]) -> Any:
        types = {name: column.dtype for name, column in schema.columns().items()}
        columns = {name: [record.get(name) for record in records] for name in types}
        return schema.validate(pl.DataFrame(columns, schema=types))

    tables = {name: list(getattr(rows, name)) for name in ("cases", "procedures", "assessments", "imaging")}
    return CaseBook(
        clock=Clock.STUDY_DAY if cut is None else Clock.CALENDAR,
        cases=table(Cases, rows.cases),
        procedures=table(Procedures, rows.procedures),
        assessments=table(Assessments, rows.assessments),
        imaging=table(Imaging, rows.imaging),
        adverse_events=table(AdverseEvents, rows.adverse_events),
        adverse_events_recorded=True,
        cut=Cut("generated", cut, "", {name: len(found) for name, found in tables.items()}),
    )
