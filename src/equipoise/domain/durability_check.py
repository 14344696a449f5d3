"""Whether a question about durability agrees with the estimand, the visits and the events it speaks of."""

from collections.abc import Iterator, Sequence

from equipoise.domain.covariate import named_covariate_problems
from equipoise.domain.durability import DEAD, STATES, DurabilityDeclared
from equipoise.domain.estimand import Endpoint
from equipoise.domain.protocol import IntercurrentEvent, Visit
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

Asked = tuple[str | None, Endpoint | None, Sequence[str] | None]
"""What could be read of an estimand: its name, endpoint and visits."""


def durability_problems(
    declared: Sequence[DurabilityDeclared],
    *,
    estimands: Sequence[Asked],
    events: Sequence[IntercurrentEvent],
    event_names: Sequence[str],
    visits: Sequence[Visit],
    covariates: Sequence[str],
) -> Iterator[Problem]:
    """What is wrong with the questions about durability; the names are every one written, read or not."""
    for each in declared:
        where = f"durability '{each.name}'"
        yield from _estimand(each, where, estimands, visits)
        yield from _events(each, where, events, event_names)
        if each.landmark_day is not None and each.landmark_day >= each.horizon_day:
            problem = f"day {each.landmark_day} is not before the horizon, day {each.horizon_day}"
            yield Problem(f"{where}.landmark_day", problem, "choose an earlier landmark, or a later horizon")
        if each.weights is not None:
            yield from named_covariate_problems(f"{where}.weights", (each.weights,), covariates)


def _estimand(
    each: DurabilityDeclared, where: str, estimands: Sequence[Asked], visits: Sequence[Visit]
) -> Iterator[Problem]:
    names = [name for name, _, _ in estimands if name is not None]
    if each.estimand not in names:
        remedy = closest_or_all(each.estimand, names)
        yield Problem(f"{where}.estimand", f"'{each.estimand}' is no declared estimand", remedy)
        return
    endpoint, asked_at = next((end, at) for name, end, at in estimands if name == each.estimand)
    if endpoint is not None and not endpoint.is_responder:
        counting = [f"'{name}'" for name, end, _ in estimands if name and end is not None and end.is_responder]
        remedy = f"name a responder estimand: {', '.join(counting)}" if counting else "declare a responder estimand"
        yield Problem(f"{where}.estimand", f"'{each.estimand}' is a score, and nobody responds to it or not", remedy)
    at = [visit for visit in visits if visit.name in (asked_at or ())]
    if at and len(at) == len(asked_at or ()):
        first, last = min(visit.day for visit in at), max(visit.window[1] for visit in at)
        if not first <= each.horizon_day <= last:
            problem = f"day {each.horizon_day} lies outside the visits of '{each.estimand}'"
            remedy = f"choose a day from {first}, its first visit, to {last}: later, nobody is asked about the response"
            yield Problem(f"{where}.horizon_day", problem, remedy)


def _events(
    each: DurabilityDeclared, where: str, events: Sequence[IntercurrentEvent], names: Sequence[str]
) -> Iterator[Problem]:
    for name in each.events:
        if name not in names:
            remedy = closest_or_all(name, names, everything="declare it as [[intercurrent_event]], or leave it out")
            yield Problem(f"{where}.events", f"'{name}' is no declared intercurrent event", remedy)
    taken = (*STATES, DEAD)
    of_death = [event.name for event in events if event.column == "cases.death"]
    for name in each.events:
        if name in taken and name not in of_death:
            problem = f"'{name}' is already a state of its own"
            yield Problem(f"{where}.events", problem, "give the intercurrent event another name")
    for name in of_death:
        if name not in each.events:
            problem = f"'{name}' is left out, and the dead are in no other state"
            yield Problem(f"{where}.events", problem, f"name '{name}', last")
        elif each.events[-1] != name:
            problem = f"'{each.events[-1]}' is named after '{name}', and nothing follows it"
            yield Problem(f"{where}.events", problem, f"name '{name}' last")
