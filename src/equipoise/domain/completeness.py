"""What a protocol leaves open or contradicts, part against part: every cross-check, each problem with its remedy.

The checks take ``Parts``, not a whole protocol, so that they can also speak of a file some of whose parts did not
parse: a name that was declared but could not be read is known by ``declared`` and is not reported as unknown.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from equipoise.domain.cases_declared import Columns
from equipoise.domain.conduct_check import appraisal_problems, entry_problems, rescue_problems
from equipoise.domain.endpoint_check import criterion_problems, endpoint_problems
from equipoise.domain.estimand import Endpoint, Missing, Strategy
from equipoise.domain.evidence import PublishedArm, is_standard_key, key_problem, standard_key
from equipoise.domain.instrument import Instrument
from equipoise.domain.parts import NAMED, WORDS, Parts, Question
from equipoise.domain.protocol import Benchmark, IntercurrentEvent, Visit
from equipoise.domain.section_checks import section_problems
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem


def completeness_problems(
    parts: Parts,
    instruments: Mapping[str, Instrument],
    arms: Sequence[PublishedArm] | None,
    defined: Collection[str],
) -> list[Problem]:
    """Everything the parts leave open or contradict; empty when the protocol is complete.

    ``instruments`` : every instrument that may be named; ``arms`` : all the evidence, None where it could not be read;
    ``defined`` : the definition keys of the evidence that ships
    """
    return [
        *_names(parts),
        *_events(parts.events),
        *_visits(parts.visits),
        *_estimands(parts, instruments),
        *_criteria(parts, instruments),
        *_columns(parts.columns, instruments, parts.declared),
        *_sensitivity(parts),
        *_benchmarks(parts, instruments, arms),
        *section_problems(parts, instruments, arms),
        *_definitions(parts, instruments, arms, defined),
        *_conduct(parts, instruments),
    ]


def _names(parts: Parts) -> Iterator[Problem]:
    for section in NAMED:
        for name, times in Counter(parts.declared.get(section, ())).items():
            if not name.strip():
                yield Problem(WORDS[section], "its name is blank", "give it the name a reader sees")
            elif times > 1:
                where = f"{WORDS[section]} '{name}'"
                yield Problem(where, f"{times} of them have this name", "give each a name of its own")


def _events(events: Sequence[IntercurrentEvent]) -> Iterator[Problem]:
    claimed: dict[str, str] = {}
    for event in events:
        sources = event.procedures if isinstance(event.procedures, tuple) else (event.procedures or event.column or "",)
        for source in sources:
            if source in claimed and claimed[source] != event.name:
                where = f"intercurrent event '{event.name}'"
                problem = f"'{source}' already belongs to '{claimed[source]}'"
                yield Problem(where, problem, "let each procedure and each column belong to one event")
            claimed.setdefault(source, event.name)


def _visits(visits: Sequence[Visit]) -> Iterator[Problem]:
    for visit in visits:
        where, (first, last) = f"visit '{visit.name}'.window", visit.window
        if first < 1:
            yield Problem(where, f"starts on day {first}", "start it on day 1 or later: day 0 belongs to the baseline")
        if first == last:
            remedy = "give the first and the last day an assessment may stand for the visit, the last one later"
            yield Problem(where, f"is zero days wide (day {first} to day {last})", remedy)
        elif first > last:
            yield Problem(where, f"ends on day {last}, before it starts on day {first}", "write [first day, last day]")
        elif not first <= visit.day <= last:
            problem = f"days {first} to {last} do not hold the nominal day {visit.day}"
            yield Problem(where, problem, "move the window or the day")
    yield from _overlaps([visit for visit in visits if visit.window[0] <= visit.window[1]])


def _overlaps(visits: Sequence[Visit]) -> Iterator[Problem]:
    """Each window against the one that reaches furthest of those that start before it."""
    in_order = sorted(visits, key=lambda visit: visit.window)
    furthest = in_order[0] if in_order else None
    for later in in_order[1:]:
        assert furthest is not None
        first, last = later.window[0], furthest.window[1]
        if first <= last:
            problem = f"overlaps visit '{furthest.name}', which runs to day {last}"
            remedy = f"start it on day {last + 1} or later, or end the other before day {first}"
            yield Problem(f"visit '{later.name}'.window", problem, remedy)
        furthest = max(furthest, later, key=lambda visit: visit.window[1])


def _estimands(parts: Parts, instruments: Mapping[str, Instrument]) -> Iterator[Problem]:
    primary = [question.where for question in parts.questions if question.primary]
    if parts.questions and not primary:
        yield Problem("estimand", "none is primary", "write primary = true in the one the verdict is to speak of")
    if len(primary) > 1:
        problem = f"{len(primary)} are primary: {', '.join(primary)}"
        yield Problem("estimand", problem, "leave primary = true in one of them")
    for question in parts.questions:
        yield from _strategies(question, parts.declared.get("intercurrent_event", ()))
        yield from _visits_named(question, parts.declared.get("visit", ()))
        if question.endpoint is not None and question.endpoint.instrument not in parts.unread(instruments):
            where = f"{question.where}.endpoint"
            yield from endpoint_problems(question.endpoint, where, question.strategies or {}, instruments)


def _criteria(parts: Parts, instruments: Mapping[str, Instrument]) -> Iterator[Problem]:
    for where, criterion in parts.criteria:
        if (criterion.column or "").removeprefix("baseline.") not in parts.unread(instruments):
            yield from criterion_problems(criterion, where, instruments)


def _strategies(question: Question, events: Sequence[str]) -> Iterator[Problem]:
    if question.strategies is None:
        return
    where = f"{question.where}.strategies"
    for event in dict.fromkeys(events):
        if event not in question.strategies:
            yield Problem(where, f"no strategy for '{event}'", f"give it one of: {', '.join(Strategy)}")
    for event in question.strategies:
        if event not in events:
            nothing = "declare it as [[intercurrent_event]], or leave it out"
            remedy = closest_or_all(event, events, everything=nothing)
            yield Problem(where, f"'{event}' is no declared intercurrent event", remedy)


def _visits_named(question: Question, visits: Sequence[str]) -> Iterator[Problem]:
    where = f"{question.where}.visits"
    for name, times in Counter(question.visits or ()).items():
        if name not in visits:
            yield Problem(where, f"'{name}' is no declared visit", closest_or_all(name, visits))
        if times > 1:
            yield Problem(where, f"'{name}' is named {times} times", "name it once")


def _columns(
    columns: Columns | None, instruments: Mapping[str, Instrument], declared: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    if columns is None:
        return
    known = {*instruments, *declared.get("instrument", ())}
    for name in columns.instruments:
        if name not in known:
            remedy = closest_or_all(name, sorted(known))
            yield Problem("columns.instruments", f"'{name}' is no known instrument", remedy)
    if (columns.day is None) == (columns.date is None):
        both = "day and date are both given" if columns.day is not None else "neither day nor date is given"
        yield Problem("columns", both, "give the one column that says when a row was recorded")


def _sensitivity(parts: Parts) -> Iterator[Problem]:
    if parts.sensitivity is None or parts.sensitivity.tipping_threshold is None:
        return
    if Missing.TIPPING_POINT not in parts.sensitivity.missing:
        problem = f"a tipping_threshold is given, and '{Missing.TIPPING_POINT}' is not among them"
        yield Problem("sensitivity.missing", problem, f"add '{Missing.TIPPING_POINT}', or leave tipping_threshold out")
    name, known = parts.sensitivity.tipping_threshold.benchmark, parts.declared.get("benchmark", ())
    if name is not None and name not in known:
        nothing = "declare it as [[benchmark]], or give a rate"
        remedy = closest_or_all(name, known, everything=nothing)
        yield Problem("sensitivity.tipping_threshold", f"'{name}' is no declared benchmark", remedy)


def _benchmarks(
    parts: Parts, instruments: Mapping[str, Instrument], arms: Sequence[PublishedArm] | None
) -> Iterator[Problem]:
    years: dict[str, int | None] = {} if arms is None else {arm.study_id: arm.year for arm in arms}
    for benchmark in parts.benchmarks:
        where, estimands = f"benchmark '{benchmark.name}'", parts.declared.get("estimand", ())
        if benchmark.estimand is not None and benchmark.estimand not in estimands:
            remedy = closest_or_all(benchmark.estimand, estimands)
            yield Problem(f"{where}.estimand", f"'{benchmark.estimand}' is no declared estimand", remedy)
        yield from _benchmark_scale(benchmark, where, parts, instruments)
        if arms is None:
            continue
        for section in ("exclude", "show_later"):
            for study in getattr(benchmark, section):
                if study not in years:
                    remedy = closest_or_all(study, sorted(years))
                    yield Problem(f"{where}.{section}", f"'{study}' is no study_id of the evidence", remedy)
        for study in benchmark.show_later:
            year = years.get(study)
            if year is not None and year <= benchmark.as_of and study not in benchmark.exclude:
                problem = f"'{study}' ({year}) is shown as found later, yet as_of = {benchmark.as_of} pools it"
                yield Problem(f"{where}.show_later", problem, "name it in exclude as well, or leave it out here")


def _benchmark_scale(
    benchmark: Benchmark, where: str, parts: Parts, instruments: Mapping[str, Instrument]
) -> Iterator[Problem]:
    """A margin and a pooling that fit what the estimand asks: a rate, or the mean of a score."""
    for question in parts.questions:
        chosen = question.primary if benchmark.estimand is None else question.name == benchmark.estimand
        if not chosen or question.endpoint is None:
            continue
        instrument = instruments.get(question.endpoint.instrument)
        if question.endpoint.is_responder:
            if benchmark.margin >= 1:
                problem = f"{benchmark.margin:g} is no margin of a rate, and {question.where} counts responders"
                yield Problem(f"{where}.margin", problem, "give a proportion: 0.10 for ten percentage points")
            continue
        if instrument is not None and benchmark.margin >= instrument.high - instrument.low:
            width = f"{instrument.low.normalize():f} to {instrument.high.normalize():f}"
            problem = f"no mean is better by {benchmark.margin:g} points: '{instrument.name}' runs from {width}"
            yield Problem(f"{where}.margin", problem, "give points of the instrument's own scale")
        if benchmark.pooling == "binomial-normal":
            problem = f"binomial-normal pools counts, and {question.where} is a score"
            yield Problem(f"{where}.pooling", problem, "leave pooling out for REML, or name another")
        threshold = None if parts.sensitivity is None else parts.sensitivity.tipping_threshold
        if threshold is not None and threshold.benchmark == benchmark.name:
            problem = f"'{benchmark.name}' is a benchmark of a score, and a tipping point counts responders"
            yield Problem("sensitivity.tipping_threshold", problem, "name a benchmark of a rate, or give a rate")


def _definitions(
    parts: Parts, instruments: Mapping[str, Instrument], arms: Sequence[PublishedArm] | None, defined: Collection[str]
) -> Iterator[Problem]:
    families = frozenset(each.family for each in instruments.values() if each.family is not None)
    in_evidence = None if arms is None else {arm.definition_key for arm in arms}
    endpoints = [(f"{each.where}.endpoint", each.endpoint) for each in parts.questions if each.endpoint is not None]
    named = [(f"{where}.definition", endpoint.definition) for where, endpoint in endpoints]
    named += [(f"benchmark '{each.name}'.match.definition", each.match.definition) for each in parts.benchmarks]
    for where, key in named:
        wrong = None if key is None else key_problem(key, defined, families)
        if wrong is not None:
            yield Problem(where, *wrong)
        elif key is not None and key.startswith("own_") and in_evidence is not None and key not in in_evidence:
            remedy = "name a file that has it in [evidence] files, or leave definition out"
            yield Problem(where, f"no published arm counts by '{key}'", remedy)
    for where, endpoint in endpoints:
        if endpoint.instrument in instruments:
            yield from _definition_contradicted(endpoint, f"{where}.definition", instruments[endpoint.instrument])


def _definition_contradicted(endpoint: Endpoint, where: str, instrument: Instrument) -> Iterator[Problem]:
    key, by_rule = endpoint.definition, standard_key(endpoint, instrument)
    if key is None or by_rule is None or key == by_rule or instrument.family is None:
        return
    if is_standard_key(key, (instrument.family,)):
        problem = f"'{key}' contradicts the endpoint, whose own rule is '{by_rule}'"
        yield Problem(where, problem, "leave definition out: a standard rule names itself")


def _conduct(parts: Parts, instruments: Mapping[str, Instrument]) -> Iterator[Problem]:
    if parts.conduct is None:
        return
    yield from entry_problems(parts.conduct, parts.criteria, instruments)
    if len(parts.events) >= len(parts.declared.get("intercurrent_event", ())):  # else one of them could not be read
        yield from rescue_problems(parts.conduct, parts.events)
    yield from appraisal_problems(parts.conduct)
