"""Small studies, generated: every clock, endpoint, strategy and kind of vagueness the engine must answer for.

``studies()`` draws a protocol and a case book that the reader would accept. Days are few and intervals short,
so that the plain-Python oracle can take every reading of every chart.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from equipoise.domain.cases_declared import IndexDay, Population, Treatment
from equipoise.domain.estimand import Endpoint, Estimand, ImprovementRule, Strategy, ValueRule
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import IntercurrentEvent, Protocol, Visit
from equipoise.domain.records import CaseBook
from study_parts import DISABILITY, EPOCH, FUNCTION, INDEX, PAIN, RELIEF, Interval, Rows, asked, book, case, done, study

Draw = Callable
BEFORE = {"pain": (7.0, 10.0, 0.0), "disability": (7.0, 100.0, 0.0), "function": (10.0, 0.0), "relief": (0.0, 1.0)}
AFTER = {  # 7 to 4.9 is just 30 percent and 2.1 points; 10 to 13 just 30 percent, to 12.1 just 2.1 points
    "pain": (4.9, 7.0, 0.0),
    "disability": (4.9, 7.0, 0.0),
    "function": (13.0, 12.1, 10.0),
    "relief": (0.0, 1.0),
}
NAMES = ("fusion", "epidural", "ozone")
READINGS = 400
"""How many readings one case may have."""

EVENTS = (
    IntercurrentEvent(name="other procedure", procedures="any other"),
    IntercurrentEvent(name="fusion", procedures=("fusion",)),
    IntercurrentEvent(name="injection", procedures=("epidural", "ozone")),
    IntercurrentEvent(name="repeat", procedures=(INDEX,)),
    IntercurrentEvent(name="death", column="cases.death"),
    IntercurrentEvent(name="withdrawal", column="cases.withdrawal"),
)
VISITS = (
    st.builds(
        lambda day, start: Visit(name="first", month=1, day=day, window=(start, 6)),
        st.integers(3, 6),
        st.integers(1, 3),
    ),
    st.builds(
        lambda day, start: Visit(name="second", month=2, day=day, window=(start, 12)),
        st.integers(8, 11),
        st.integers(7, 8),
    ),
    st.builds(
        lambda day, end: Visit(name="third", month=3, day=day, window=(13, end)),
        st.integers(13, 16),
        st.integers(16, 18),
    ),
)
COMPOSITES = {Strategy.COMPOSITE_BY_VISIT, Strategy.COMPOSITE_BY_END}


def one_in(number: int) -> st.SearchStrategy[bool]:
    """True about once in ``number``; shrinks to False."""
    return st.integers(0, number - 1).map(lambda drawn: drawn == number - 1)


value_rules = st.one_of(
    st.sampled_from([Decimal("4.9"), Decimal(10)]).flatmap(
        lambda number: st.sampled_from(["at_most", "at_least", "above", "below", "equals"]).map(
            lambda comparison: ValueRule(**{comparison: number})
        )
    )
)
improvements = {
    "change": (ImprovementRule(at_least=Decimal("2.1")), ImprovementRule(more_than=Decimal("2.1"))),
    "percent_change": (ImprovementRule(at_least=Decimal(30)), ImprovementRule(more_than=Decimal(30))),
}


@st.composite
def endpoints(draw: Draw) -> Endpoint:
    """A responder rule or a score, of any kind and instrument."""
    instrument = draw(st.sampled_from([RELIEF, PAIN, PAIN, DISABILITY, FUNCTION])).name
    kind = draw(st.sampled_from(["value", "change", "percent_change", "percent_change", "score", "score of change"]))
    if instrument == "relief":
        return Endpoint(instrument=instrument, value=ValueRule(equals=Decimal(1)))
    look_back = draw(st.integers(0, 4))
    if kind == "value":
        return Endpoint(instrument=instrument, value=draw(value_rules))
    if kind in ("change", "percent_change"):
        return Endpoint(
            instrument=instrument,
            baseline_look_back_days=look_back,
            **{kind: draw(st.sampled_from(improvements[kind]))},
        )
    failure = draw(st.sampled_from([None, Decimal(10)]))
    if kind == "score":
        return Endpoint(instrument=instrument, score="value", failure_value=failure)
    return Endpoint(instrument=instrument, score="change", failure_value=failure, baseline_look_back_days=look_back)


@st.composite
def estimands(draw: Draw, visits: list[Visit], events: list[IntercurrentEvent], *, primary: bool) -> Estimand:
    """One estimand, its strategies uniform or mixed; composites of a score only with a failure value."""
    endpoint = draw(endpoints())
    allowed = [
        s for s in Strategy if endpoint.is_responder or endpoint.failure_value is not None or s not in COMPOSITES
    ]
    return Estimand(
        name="first question" if primary else "second question",
        primary=primary,
        visits=tuple(visit.name for visit in visits),
        endpoint=endpoint,
        strategies={event.name: draw(st.sampled_from(allowed)) for event in events},
    )


@st.composite
def criteria(draw: Draw, *, of_the_day: bool) -> Criterion:
    """One criterion; those that look back from time zero only where ``of_the_day``."""
    unknown = draw(st.sampled_from(["keep", "exclude"]))
    look_back = draw(st.sampled_from([None, 0, 2, 4]))
    choices = [
        {"column": "cases.pain_years", "at_least": Decimal("0.5")},
        {"column": "cases.sex", "equals": "female"},
        {"column": "cases.site", "one_of": ("north", "south")},
        {"column": "cases.age_years", "recorded": True},
        {"column": "cases.age_years", "below": Decimal(40)},
    ]
    if of_the_day:
        choices += [
            {"column": "baseline.pain", "above": Decimal("4.9"), "look_back_days": look_back},
            {"procedure": ("fusion", "ozone"), "look_back_days": look_back or None},
        ]
    return Criterion(unknown=unknown, **draw(st.sampled_from(choices)))


@dataclass
class Pen:
    """Writes one case, day by day; ``zero`` is time zero on the case book's clock, ``last`` the last day there is."""

    draw: Draw
    case_id: str
    zero: int
    last: int
    room: int = READINGS
    rows: Rows = field(default_factory=Rows)

    def interval(self, first: int, last: int, *, on: Iterable[int] = ()) -> tuple[int, int]:
        """Whole or vague, within ``first`` to ``last`` from time zero; every other time on one of the days ``on``."""
        days = [day for day in on if first <= day <= last]
        low = self.draw(st.sampled_from(days) if days and self.draw(st.booleans()) else st.integers(first, last))
        end = last + 4 if last == self.last else last  # a vague date may reach past the cut
        high = min(end, low + self.draw(st.integers(1, 3))) if self.draw(one_in(3)) else low
        if self.room < high - low + 1:
            high = low
        self.room //= high - low + 1
        return self.zero + low, self.zero + high

    def blank(self, days: int = 25) -> bool:
        """Whether the date is left blank, as long as there is room for its readings."""
        if self.room < days or not self.draw(one_in(6)):
            return False
        self.room //= days
        return True

    def procedure(self, what: str, first: int, last: int, on: Sequence[int] = ()) -> None:
        """One procedure, often on the day of an assessment, unless the same row is there already."""
        assessed = [row["low"] - self.zero for row in self.rows.assessments if row["low"] is not None]
        when = None if self.blank() else self.interval(first, last, on=[*on, *assessed])
        row = done(self.case_id, what, when)
        if row not in self.rows.procedures:
            self.rows.procedures.append(row)

    def assessment(self, instrument: str, first: int, last: int, visit: str | None = None) -> None:
        """One assessment, unless one of the same instrument has that very date."""
        value = self.draw(st.sampled_from(BEFORE[instrument] if last <= 0 else AFTER[instrument]))
        when: Interval = None
        if visit is None or not self.blank(6):
            visit = None
            when = None if self.blank() else self.interval(first, last)
        taken = [(r["instrument"], r["low"], r["high"], r["visit"]) for r in self.rows.assessments]
        row = asked(self.case_id, instrument, value, when, visit)
        if (instrument, row["low"], row["high"], visit) not in taken:
            self.rows.assessments.append(row)


def write_case(pen: Pen, protocol: Protocol, instruments: list[str], *, vague_start: bool, group: str | None) -> None:
    """Draw one case into ``pen.rows``."""
    draw = pen.draw
    if protocol.treatment.procedure is not None:
        _write_index(pen, vague=vague_start and draw(one_in(4)))
    horizon = protocol.sensitivity.stratum_horizon_day or 0
    end = pen.last if draw(st.booleans()) else draw(st.integers(0, pen.last))
    for instrument in instruments:
        for _ in range(draw(st.integers(0, 2))):
            pen.assessment(instrument, -4, 0)
        for visit in protocol.visit:
            _write_visit(pen, visit, instrument, end)
    for _ in range(draw(st.integers(0, 2))):
        pen.procedure(draw(st.sampled_from(NAMES)), -4, end, on=[0, horizon])
    for table in (pen.rows.adverse_events, pen.rows.imaging):
        if draw(one_in(6)):
            low, high = pen.interval(0, end)
            table.append({"case_id": pen.case_id, "term": "flare", "low": low, "high": high})
    columns: dict[str, object] = {}
    known_until = 0 if draw(one_in(4)) else end  # a record may lie after the last contact, or a contact after a death
    for kind in ("death", "withdrawal", "last_contact"):
        if draw(one_in(2 if kind == "last_contact" else 5)):
            blank = kind != "last_contact" and pen.blank()
            columns[kind] = True if blank else pen.interval(known_until, pen.last, on=[horizon, end])
    columns["group"] = group
    columns["pain_years"] = draw(st.sampled_from([None, 0.4, 0.5, 3.0]))
    columns["age_years"] = draw(st.sampled_from([None, 39.0, 40.0]))
    columns["sex"] = draw(st.sampled_from([None, "female", "male"]))
    columns["site"] = draw(st.sampled_from([None, "north", "east"]))
    pen.rows.cases.append(case(pen.case_id, **columns))


def _write_index(pen: Pen, *, vague: bool) -> None:
    if pen.draw(one_in(12)):
        if pen.draw(st.booleans()):
            pen.rows.procedures.append(done(pen.case_id, INDEX, None))
        return
    high = pen.zero + (pen.draw(st.integers(1, 2)) if vague else 0)
    pen.room //= high - pen.zero + 1
    pen.rows.procedures.append(done(pen.case_id, INDEX, (pen.zero, high)))
    if pen.draw(one_in(5)):
        pen.procedure(INDEX, 1, pen.last)


def _write_visit(pen: Pen, visit: Visit, instrument: str, end: int) -> None:
    first, last = visit.window
    how_many = pen.draw(st.integers(0, 3))
    if how_many == 3:
        status = pen.draw(st.sampled_from(["not_done", "not_asked", "not_reached"]))
        pen.rows.assessments.append(asked(pen.case_id, instrument, None, None, visit.name, status))
    for _ in range(how_many if how_many < 3 else 0):
        if first - 2 <= end:
            pen.assessment(instrument, max(first - 2, 0), min(last + 2, end), visit.name if first <= end else None)


@st.composite
def studies(draw: Draw, *, how_many_criteria: Sequence[int] = (0, 0, 0, 1)) -> tuple[Protocol, CaseBook]:
    """A protocol and a case book of one to eight cases."""
    visits = [draw(visit) for visit in VISITS[: draw(st.integers(1, 3))]]
    calendar = draw(st.booleans())
    treatment = Treatment(procedure=INDEX)
    if not calendar and draw(one_in(4)):
        treatment = Treatment(index=IndexDay(day=draw(st.integers(0, 2))))
    pool = EVENTS if treatment.procedure else [event for event in EVENTS if event.name != "repeat"]
    events = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique_by=lambda event: event.name))
    vague_start = treatment.procedure is not None and draw(one_in(4))
    asked_of_all = [draw(criteria(of_the_day=not vague_start)) for _ in range(draw(st.sampled_from(how_many_criteria)))]
    split = draw(st.integers(0, len(asked_of_all)))
    start, cut_day = (15_000, 15_000 + draw(st.integers(8, 24))) if calendar else (0, None)
    cut = None if cut_day is None else EPOCH + timedelta(days=cut_day)
    questions = [draw(estimands(visits, events, primary=True))]
    if draw(one_in(3)):
        questions.append(draw(estimands(visits, events, primary=False)))
    protocol = study(
        visits=visits,
        estimands=questions,
        events=events,
        cut=cut,
        treatment=treatment,
        population=Population(require=tuple(asked_of_all[:split]), exclude=tuple(asked_of_all[split:])),
        horizon=draw(st.sampled_from([None, 4, 6, 10])),
    )
    return protocol, _cases(draw, protocol, start, cut_day, cut, vague_start=vague_start)


def _cases(
    draw: Draw, protocol: Protocol, start: int, cut_day: int | None, cut: date | None, *, vague_start: bool
) -> CaseBook:
    """The cases of a drawn study."""
    rows = Rows()
    needed = {estimand.endpoint.instrument for estimand in protocol.estimand}
    criteria_of_all = [*protocol.population.require, *protocol.population.exclude]
    needed |= {"pain" for criterion in criteria_of_all if criterion.column == "baseline.pain"}
    arms = draw(st.booleans())
    for number in range(draw(st.integers(1, 8))):
        zero = start + draw(st.integers(0, 3))
        if protocol.treatment.index is not None:
            zero = protocol.treatment.index.day
        pen = Pen(draw, f"case {number}", zero, 22 if cut_day is None else cut_day - zero - 2)
        group = draw(st.sampled_from(["treated", "usual care"])) if arms else None
        write_case(pen, protocol, sorted(needed), vague_start=vague_start, group=group)
        for name in ("cases", "procedures", "assessments", "imaging", "adverse_events"):
            getattr(rows, name).extend(getattr(pen.rows, name))
    return book(rows, cut=cut)
