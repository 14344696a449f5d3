"""Which rows of the answer a section speaks of, in the order a reader meets them."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from equipoise.domain.estimand import Assumption, Estimand, Missing, Strategy
from equipoise.domain.instrument import Better
from equipoise.domain.result import EstimateRow, StudyResult
from equipoise.report.row_words import PROPORTION, in_a_line

EVERYONE = "all"

STRATEGY_MEANS = {
    Strategy.TREATMENT_POLICY.value: "everyone, whatever came later",
    Strategy.COMPOSITE_BY_VISIT.value: "an event by the visit counts as no",
    Strategy.COMPOSITE_BY_END.value: "an event at any time in follow-up counts as no; descriptive only",
    Strategy.WHILE_ON_TREATMENT.value: "the last answer before the event",
    Strategy.HYPOTHETICAL.value: "had the event not happened; what follows it is unknown",
    Strategy.PRINCIPAL_STRATUM.value: "only those without the event; selected after treatment, no control counterpart",
}

GIVEN_TOGETHER_MEANS = "only those given the treatment without it; defined by what was given, no control counterpart"
"""The principal stratum where every event lies on day 0: nobody was selected by what came later."""

MISSING_MEANS = {
    Missing.OBSERVED.value: "only the answers that are known",
    Missing.BOUNDS.value: "the unknown may be yes or no: no assumption",
    Missing.NON_RESPONDER.value: "unknown counts as no",
    Assumption.MISSING_AT_RANDOM.value: "a model takes the unknown to be like the others it finds alike",
    Assumption.RETURN_TO_BASELINE.value: "no effect is left in those not seen again",
    Assumption.JUMP_TO_REFERENCE.value: "those not seen again go on as the reference group does",
    Assumption.COPY_REFERENCE.value: "those not seen again as if in the reference group throughout",
    Assumption.COPY_INCREMENTS_IN_REFERENCE.value: "those not seen again change from then on as the reference group",
    Assumption.LAST_MEAN_CARRIED_FORWARD.value: "those not seen again stay where their group last was",
}
"""What each way of treating the unknown means of a yes-or-no answer; a visit missed in between is taken at random."""

OF_SCORES_MEANS = MISSING_MEANS | {
    Missing.OBSERVED.value: "only the scores that are known",
    Missing.BOUNDS.value: "the unknown may be any score of the scale: no assumption",
}
"""The same of a score."""

MISSING_SHORT = {
    Missing.OBSERVED.value: "known answers only",
    Missing.BOUNDS.value: "unknown may be either",
    Missing.NON_RESPONDER.value: "unknown counts as no",
}

STRATEGY_ORDER = [each.value for each in Strategy]
MISSING_ORDER = [
    Missing.OBSERVED.value,
    Missing.BOUNDS.value,
    Missing.NON_RESPONDER.value,
    *(each.value for each in Assumption),
]


def of_estimand(result: StudyResult, name: str) -> tuple[EstimateRow, ...]:
    """The rows of one estimand, as the engine gave them."""
    return tuple(row for row in result.estimates if row.estimand == name)


def direction_words(result: StudyResult, estimand: str) -> str:
    """Which way a score estimand's numbers are better, so that the sign of a change or difference can be read."""
    asked = next(each for each in result.protocol.estimand if each.name == estimand)
    if result.protocol.instrument_of(asked).better is Better.LOWER:
        return "Lower is better: a change or a difference below 0 is for the better."
    return "Higher is better: a change or a difference above 0 is for the better."


def groups_of(rows: Iterable[EstimateRow]) -> tuple[str, ...]:
    """The groups in order of appearance."""
    return tuple(dict.fromkeys(row.group for row in rows))


def visits_of(rows: Iterable[EstimateRow]) -> tuple[str, ...]:
    """The visits in order of time."""
    return tuple(dict.fromkeys(row.visit for row in sorted(rows, key=lambda each: each.month)))


def strategies_of(rows: Iterable[EstimateRow]) -> tuple[str, ...]:
    """The strategies in the order of ICH E9(R1) as this project lists them; mixed ones first."""
    return tuple(sorted(dict.fromkeys(row.strategy for row in rows), key=_place(STRATEGY_ORDER)))


def missings_of(rows: Iterable[EstimateRow]) -> tuple[str, ...]:
    """The ways of treating the unknown, the known answers first."""
    found = sorted(dict.fromkeys(row.missing for row in rows), key=_place(MISSING_ORDER))
    return tuple(sorted(found, key=lambda words: words not in MISSING_ORDER))


def pick(
    rows: Iterable[EstimateRow],
    *,
    group: str | None = None,
    visit: str | None = None,
    strategy: str | None = None,
    missing: str | None = None,
) -> EstimateRow | None:
    """The first row that has all of these, if there is one."""
    wanted = {"group": group, "visit": visit, "strategy": strategy, "missing": missing}
    return next(
        (row for row in rows if all(value is None or getattr(row, name) == value for name, value in wanted.items())),
        None,
    )


def declared_strategy(estimand: Estimand) -> str:
    """The estimand's own strategies as its rows name them."""
    distinct = list(dict.fromkeys(estimand.strategies.values()))
    if not distinct:
        return Strategy.TREATMENT_POLICY.value
    if len(distinct) == 1:
        return distinct[0].value
    return "; ".join(f"{event}: {strategy.value}" for event, strategy in estimand.strategies.items())


def group_words(group: str, groups: Sequence[str]) -> str:
    """The group as a prefix; empty where there is only one."""
    return "" if len(groups) == 1 else f"{group}, "


def says(row: EstimateRow, groups: Sequence[str]) -> str:
    """What a mark and a cell that show this row both say; it links them."""
    short = MISSING_SHORT.get(row.missing, row.missing)
    return f"{group_words(row.group, groups)}{row.visit}, {row.strategy}, {short}: {in_a_line(row)}"


def headline(result: StudyResult, group: str, visit: str) -> EstimateRow | None:
    """The reading a paper would print: those without the event whose answer is known (principal stratum, observed).

    Where the panel has no principal stratum, the known answers of treatment policy. None where nobody is left.
    """
    rows = of_estimand(result, result.protocol.primary.name)
    for strategy in (Strategy.PRINCIPAL_STRATUM, Strategy.TREATMENT_POLICY):
        row = pick(rows, group=group, visit=visit, strategy=strategy.value, missing=Missing.OBSERVED.value)
        if row is not None and row.unit == PROPORTION and row.estimate is not None:
            return row
    return None


def group_size(result: StudyResult, group: str) -> int:
    """How many cases a group has."""
    return next((each.n for each in result.groups if each.group == group), 0)


def event_words(result: StudyResult) -> str:
    """The intercurrent events that may have happened, by name; where none did, all that were declared."""
    happened = {each.event for each in result.incidence if each.with_event or each.vague}
    declared = [event.name for event in result.protocol.intercurrent_event]
    names = [name for name in declared if name in happened] or declared
    return " or ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} or {names[-1]}"


def given_together(result: StudyResult) -> bool:
    """Whether every event that anyone had was given with the treatment, on day 0."""
    had = [each for each in result.incidence if each.with_event or each.vague]
    return bool(had) and all(each.all_on_day_zero for each in had)


def strategy_means(result: StudyResult) -> Mapping[str, str]:
    """What each strategy means in this study, in a few words."""
    if not given_together(result):
        return STRATEGY_MEANS
    return STRATEGY_MEANS | {Strategy.PRINCIPAL_STRATUM.value: GIVEN_TOGETHER_MEANS}


def _place(order: list[str]) -> Callable[[str], tuple[int, str]]:
    return lambda name: (order.index(name) if name in order else -1, name)
