"""One case as a person would hold it: a sheet of dated entries, some dates vague, some blank."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Entry:
    """A record (Readings 3) or an end of follow-up; ``low`` and ``high`` are None where the chart does not say when.

    ``kind`` is procedure, assessment, adverse event, death, withdrawal or last contact. Days as in the case book.
    """

    kind: str
    name: str
    low: int | None
    high: int | None
    value: Fraction | None = None
    visit: str | None = None


@dataclass(frozen=True)
class Chart:
    """All that is known of one case. ``cut_day`` is the data cut on the case book's clock, if it has one."""

    case_id: str
    group: str
    columns: Mapping[str, object]
    entries: tuple[Entry, ...]
    not_reached: frozenset[str]
    cut_day: int | None


def exact(value: float) -> Fraction:
    """The number as it was written: 4.9 is 49/10."""
    return Fraction(Decimal(repr(value)))


def charts(protocol: Protocol, book: CaseBook) -> list[Chart]:
    """The case book's rows, sorted into one chart a case."""
    assert book.cut.date == protocol.cases.cut
    cut_day = None if book.cut.date is None else (book.cut.date - EPOCH).days
    tables = {name: book.table(name).to_dicts() for name in ("procedures", "assessments", "adverse_events")}
    return [
        _chart(
            row, {name: [r for r in rows if r["case_id"] == row["case_id"]] for name, rows in tables.items()}, cut_day
        )
        for row in book.cases.to_dicts()
    ]


def by_the_cut(entry: Entry, cut_day: int | None) -> Entry:
    """Nothing in a case book happened after its cut: a vague date reaches to it at most."""
    if cut_day is None or entry.high is None:
        return entry
    return replace(entry, high=min(entry.high, cut_day))


def _chart(case: Mapping, rows: Mapping[str, list], cut_day: int | None) -> Chart:
    entries = [Entry("procedure", row["procedure"], row["low"], row["high"]) for row in rows["procedures"]]
    entries += [
        Entry("assessment", row["instrument"], row["low"], row["high"], exact(row["value"]), row["visit"])
        for row in rows["assessments"]
        if row["status"] == "done"
    ]
    entries += [Entry("adverse event", row["term"], row["low"], row["high"]) for row in rows["adverse_events"]]
    if case["died"]:
        entries.append(Entry("death", "death", case["death_low"], case["death_high"]))
    if case["withdrawn"]:
        entries.append(Entry("withdrawal", "withdrawal", case["withdrawal_low"], case["withdrawal_high"]))
    if case["last_contact_low"] is not None:
        entries.append(Entry("last contact", "last contact", case["last_contact_low"], case["last_contact_high"]))
    entries = [by_the_cut(entry, cut_day) for entry in entries]
    not_reached = frozenset(row["visit"] for row in rows["assessments"] if row["status"] == "not_reached")
    return Chart(case["case_id"], case["group"] or "all", case, tuple(entries), not_reached, cut_day)
