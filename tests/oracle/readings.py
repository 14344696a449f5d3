"""Every reading of a chart: each vague date takes each whole day of its interval, one at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from equipoise.domain.protocol import Protocol, Visit
from oracle.chart import Chart, Entry

ENDS = ("death", "withdrawal", "last contact")
LIMIT = 20_000
"""More readings of one case than this and the example is too large for this oracle."""


@dataclass(frozen=True)
class Reading:
    """A chart with every date settled; days count from time zero.

    ``procedures`` : (name, day), without the one that is time zero
    ``assessments`` : (instrument, day, value)
    ``ends`` : death, withdrawal or last contact -> its day, as far as recorded
    ``dated_ends`` : the days of those with a date: the others bound no follow-up
    ``cut`` : the data cut
    ``last_record`` : the last day of any other record
    """

    time_zero: int
    procedures: tuple[tuple[str, int], ...]
    assessments: tuple[tuple[str, int, Fraction], ...]
    ends: dict[str, int]
    dated_ends: tuple[int, ...]
    cut: int | None
    last_record: int
    not_reached: frozenset[str]

    def reached(self, visit: Visit) -> bool:
        """Methods, Readings 6."""
        after_the_cut = self.cut is not None and visit.day > self.cut
        return visit.name not in self.not_reached and not after_the_cut


def everything(_: Entry) -> bool:
    """Nothing in the chart may be left aside."""
    return True


def readings(chart: Chart, protocol: Protocol, matters: Callable[[Entry], bool] = everything) -> Iterator[Reading]:
    """All readings; none where there is no time zero. An entry that does not matter stays on its first day."""
    index = _index_entries(chart, protocol)
    others = [entry for entry in chart.entries if entry not in index]
    for days_of_index in product(*(range(entry.low, entry.high + 1) for entry in index)):
        time_zero = _time_zero(days_of_index, protocol)
        if time_zero is None:
            return
        spans = [_span(entry, chart, protocol, time_zero, matters) for entry in others]
        assert 0 < prod(len(span) for span in spans) <= LIMIT
        for days in product(*spans):
            settled = zip([*index, *others], [*days_of_index, *days], strict=True)
            yield _reading(chart, time_zero, [(entry, day - time_zero) for entry, day in settled], protocol)


def time_zeros(chart: Chart, protocol: Protocol) -> set[int]:
    """The days time zero may be, on the case book's clock; empty where there is none."""
    index = _index_entries(chart, protocol)
    days = product(*(range(entry.low, entry.high + 1) for entry in index))
    return {_time_zero(day, protocol) for day in days} - {None}


def _index_entries(chart: Chart, protocol: Protocol) -> list[Entry]:
    """The index procedures that have a date."""
    name = protocol.treatment.procedure
    return [e for e in chart.entries if e.kind == "procedure" and e.name == name and e.low is not None]


def _time_zero(days_of_index: tuple[int, ...], protocol: Protocol) -> int | None:
    """The day of the first index procedure, or the day the protocol names."""
    if protocol.treatment.index is not None:
        return protocol.treatment.index.day
    return min(days_of_index, default=None)


def _span(
    entry: Entry, chart: Chart, protocol: Protocol, time_zero: int, matters: Callable[[Entry], bool]
) -> list[int]:
    """The days an entry may take, on the case book's clock (Methods, Readings 1)."""
    if entry.low is not None:
        low, high = entry.low, entry.high
    elif entry.visit is not None:
        first, last = protocol.visit_named(entry.visit).window
        low, high = time_zero + first, time_zero + last
    else:
        low, high = time_zero, _latest_end(chart, protocol, time_zero)
    return list(range(low, high + 1)) if matters(entry) else [low]


def _latest_end(chart: Chart, protocol: Protocol, time_zero: int) -> int:
    """The end of follow-up at its latest (Readings 3); where nothing bounds it, later than every day asked about."""
    dated = [entry for entry in chart.entries if entry.high is not None]
    ends = [entry.high for entry in dated if entry.kind in ENDS]
    records = [entry.high for entry in dated if entry.kind not in ENDS]
    windows = {visit.name: time_zero + visit.window[1] for visit in protocol.visit}
    records += [windows[entry.visit] for entry in chart.entries if entry.low is None and entry.visit is not None]
    if ends:
        return max([min(ends), *records])
    if chart.cut_day is not None:
        return max([chart.cut_day, *records])
    return max([late_day(chart, protocol, time_zero), *records])


def bounded(chart: Chart) -> bool:
    """Whether anything bounds the end of follow-up."""
    return chart.cut_day is not None or any(e.kind in ENDS and e.high is not None for e in chart.entries)


def late_day(chart: Chart, protocol: Protocol, time_zero: int) -> int:
    """A day later than every day asked about and every date in the chart; it stands for all later ones."""
    asked = [time_zero + visit.window[1] for visit in protocol.visit]
    asked += [time_zero + (protocol.sensitivity.stratum_horizon_day or 0)]
    return max(asked + [entry.high for entry in chart.entries if entry.high is not None]) + 1


def _reading(chart: Chart, time_zero: int, settled: list[tuple[Entry, int]], protocol: Protocol) -> Reading:
    procedures = sorted((day, entry.name) for entry, day in settled if entry.kind == "procedure")
    if protocol.treatment.procedure is not None:
        procedures.remove((0, protocol.treatment.procedure))
    return Reading(
        time_zero=time_zero,
        procedures=tuple((name, day) for day, name in procedures),
        assessments=tuple((e.name, day, e.value) for e, day in settled if e.kind == "assessment"),
        ends={entry.kind: day for entry, day in settled if entry.kind in ENDS},
        dated_ends=tuple(day for entry, day in settled if entry.kind in ENDS and entry.low is not None),
        cut=None if chart.cut_day is None else chart.cut_day - time_zero,
        last_record=max([0] + [day for entry, day in settled if entry.kind not in ENDS]),
        not_reached=chart.not_reached,
    )
