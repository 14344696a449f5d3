"""Who is in, criterion by criterion, and what every case may answer over all its readings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from equipoise.domain.cohort import NOT_REACHED_YET, REACHED
from equipoise.domain.estimand import Endpoint, Strategy
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import IntercurrentEvent, Protocol, Visit
from equipoise.domain.records import CaseBook
from oracle.chart import Chart, Entry, charts, exact
from oracle.readings import ENDS, Reading, bounded, late_day, readings, time_zeros
from oracle.strategies import NEVER, Answer, Stand, answers, baselines, compare, event_day, stand_ins


@dataclass(frozen=True)
class Step:
    """One criterion's row of the flow."""

    criterion: str
    entering: int
    excluded: int
    unknown: int
    remaining: int


@dataclass
class Case:
    """One case of the cohort, and the questions it can be asked."""

    chart: Chart
    protocol: Protocol
    _readings: dict = field(default_factory=dict)

    @property
    def certain_time_zero(self) -> bool:
        """Whether time zero is one whole day."""
        return len(time_zeros(self.chart, self.protocol)) == 1

    def either_side_of_day_0(self, instrument: str) -> bool:
        """Whether some assessment is on or before day 0 in one reading, after it in another."""
        of_each = zip(
            *([day <= 0 for _, day, _ in reading.assessments] for reading in self.over(instrument)), strict=True
        )
        return any(len(set(sides)) > 1 for sides in of_each)

    def over(self, instrument: str | None) -> list[Reading]:
        """All readings that can matter to a question about the instrument (None: about events only)."""
        if instrument not in self._readings:
            ends = self.protocol.sensitivity.stratum_horizon_day is not None

            def matters(entry: Entry) -> bool:
                if entry.kind == "assessment":
                    return entry.name == instrument
                return entry.kind == "procedure" or entry.kind in ENDS[:2] or (ends and entry.kind in ENDS)

            self._readings[instrument] = list(readings(self.chart, self.protocol, matters))
        return self._readings[instrument]

    def answers(self, endpoint: Endpoint, visit: Visit, strategies: Mapping[str, Strategy]) -> set[Answer]:
        """The set of answers over all readings."""
        found = [answers(r, self.protocol, endpoint, visit, strategies) for r in self.over(endpoint.instrument)]
        return set().union(*found)

    def some_day(self) -> int:
        """The day that stands for any later one, where nothing bounds follow-up; NEVER where something does."""
        zero = min(time_zeros(self.chart, self.protocol))
        return NEVER if bounded(self.chart) else late_day(self.chart, self.protocol, zero) - zero

    def event_days(self, event: IntercurrentEvent) -> set[int]:
        """The days the first such event may have happened; NEVER where it may not have."""
        return {event_day(reading, event, self.protocol) for reading in self.over(None)}

    def reached(self, visit: Visit) -> int:
        """REACHED, NOT_REACHED_YET, or both."""
        seen = {reading.reached(visit) for reading in self.over(None)}
        return sum(int(bit) for is_reached, bit in ((True, REACHED), (False, NOT_REACHED_YET)) if is_reached in seen)

    def stand_ins(self, instrument: str, visit: Visit) -> set[Stand]:
        """Every value and day that may stand for the visit; None where it may be that nothing does."""
        return set().union(*(stand_ins(reading, instrument, visit) for reading in self.over(instrument)))

    def baselines(self, instrument: str, look_back_days: int) -> set[Stand]:
        """Every value and day that may be the baseline."""
        return set().union(*(baselines(reading, instrument, look_back_days) for reading in self.over(instrument)))


def cohort(protocol: Protocol, book: CaseBook) -> tuple[list[Case], int, list[Step]]:
    """The cases that are in; how many have no time zero; and one step a criterion, in the protocol's order."""
    everyone = charts(protocol, book)
    here = [chart for chart in everyone if time_zeros(chart, protocol)]
    without_time_zero = len(everyone) - len(here)
    steps = []
    criteria = [(c, True) for c in protocol.population.require] + [(c, False) for c in protocol.population.exclude]
    for criterion, wanted in criteria:
        verdicts = [met(criterion, chart, protocol) for chart in here]
        keep_unknown = criterion.unknown == "keep"
        stay = [keep_unknown if verdict is None else verdict == wanted for verdict in verdicts]
        remaining = [chart for chart, stays in zip(here, stay, strict=True) if stays]
        steps.append(
            Step(criterion.in_words, len(here), len(here) - len(remaining), verdicts.count(None), len(remaining))
        )
        here = remaining
    return [Case(chart, protocol) for chart in here], without_time_zero, steps


def met(criterion: Criterion, chart: Chart, protocol: Protocol) -> bool | None:
    """Whether a chart meets a criterion in all its readings (True), in none (False), or cannot say (None)."""
    subject = criterion.column or "procedure"
    if subject.startswith("cases."):
        return _compared(criterion, chart.columns[subject.removeprefix("cases.")])
    verdicts: set[bool | None]
    if subject.startswith("baseline."):
        instrument = subject.removeprefix("baseline.")
        values = _over(
            chart,
            protocol,
            lambda e: e.kind == "assessment" and e.name == instrument,
            lambda r: baselines(r, instrument, criterion.look_back_days),
        )
        verdicts = {_compared(criterion, None if stand is None else stand[0]) for stand in values}
    else:
        verdicts = _over(chart, protocol, lambda e: e.kind == "procedure", lambda r: {_done_before(criterion, r)})
    return verdicts.pop() if len(verdicts) == 1 else None


def _over(chart: Chart, protocol: Protocol, matters: Callable[[Entry], bool], ask: Callable[[Reading], set]) -> set:
    return set().union(*(ask(reading) for reading in readings(chart, protocol, matters)))


def _done_before(criterion: Criterion, reading: Reading) -> bool:
    earliest = -NEVER if criterion.look_back_days is None else -criterion.look_back_days
    return any(name in criterion.procedure and earliest <= day < 0 for name, day in reading.procedures)


def _compared(criterion: Criterion, value: object) -> bool | None:
    comparison, wanted = criterion.comparison
    if comparison == "recorded":
        return value is not None
    if value is None:
        return None
    if comparison == "one_of":
        return value in wanted
    if isinstance(wanted, Decimal):
        number = exact(value) if isinstance(value, float) else Fraction(value)
        return compare(comparison, number, Fraction(wanted))
    return value == wanted
