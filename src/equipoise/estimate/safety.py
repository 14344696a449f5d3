"""Harms: cases with an event and events, per case and per person-year, and an upper limit when none was seen."""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import NEVER, Cohort, Flags
from equipoise.domain.result import Safety, SafetyRow
from equipoise.stats.proportion import clopper_pearson, one_sided_upper
from equipoise.stats.rate import poisson_exact, poisson_upper

DAYS_PER_YEAR = 365.25
MOST_TERMS = 50
ANY, ANY_SERIOUS = "any adverse event", "any serious adverse event"


def describe_safety(cohort: Cohort, *, level: float) -> Safety:
    """One row per term and group, after the rows for any event and any serious event (METHODS 13)."""
    if not cohort.adverse_events.recorded:
        return Safety(recorded=False, rows=())
    events = cohort.adverse_events
    every = np.ones(events.case.size, dtype=np.bool_)
    # Seriousness that is not stated may be either: it counts in the upper figure.
    kinds: list[tuple[str, Flags, Flags]] = [
        (ANY, every, every),
        (ANY_SERIOUS, events.serious == 1, events.serious != 0),
    ]
    terms, counts = np.unique(events.term.astype(str), return_counts=True)
    frequent = terms[np.argsort(-counts, kind="stable")][:MOST_TERMS]
    kinds += [(str(term), of_term := events.term == term, of_term) for term in frequent]
    if terms.size > MOST_TERMS:
        rarer = ~np.isin(events.term.astype(str), frequent)
        kinds.append((f"{terms.size - MOST_TERMS} rarer terms together", rarer, rarer))
    return Safety(
        recorded=True,
        rows=tuple(_row(cohort, kind, group, level) for group in range(len(cohort.groups)) for kind in kinds),
    )


def _row(cohort: Cohort, kind: tuple[str, Flags, Flags], group: int, level: float) -> SafetyRow:
    """``kind`` : its name, the events that certainly are of it, and those that may be."""
    term, is_kind, may_be_kind = kind
    events = cohort.adverse_events
    mine = cohort.group[events.case] == group
    here, certain = mine & may_be_kind, mine & is_kind & events.certain
    n = int((cohort.group == group).sum())
    cases, cases_high = np.unique(events.case[certain]).size, np.unique(events.case[here]).size
    seen, seen_high = int(certain.sum()), int(here.sum())
    years_low, years_high = _person_years(cohort, group)
    none_seen = seen_high == 0
    if none_seen:
        lower, upper = None, float(one_sided_upper(0, n, level=level)) if n else None
    else:
        lower = float(clopper_pearson(cases, n, level=level)[0])
        upper = float(clopper_pearson(cases_high, n, level=level)[1])
    rate = _rate(seen, seen_high, years_low, years_high, level)
    return SafetyRow(
        term=term,
        group=cohort.groups[group],
        n=n,
        cases_with_event=cases,
        cases_high=cases_high,
        events=seen,
        events_high=seen_high,
        lower=lower,
        upper=upper,
        person_years_low=years_low,
        person_years_high=years_high,
        events_per_case=seen / n if n and seen == seen_high else None,
        rate_per_person_year=rate.low if rate.low == rate.high else None,
        rate_low=rate.low,
        rate_high=rate.high,
        rate_lower=rate.lower,
        rate_upper=rate.upper,
        method=f"none seen: one-sided {100 * level:g} % upper limit" if none_seen else "Clopper-Pearson; exact Poisson",
    )


def _person_years(cohort: Cohort, group: int) -> tuple[float, float | None]:
    mine = cohort.group == group
    low, high = cohort.follow_up.low[mine], cohort.follow_up.high[mine]
    years_high = None if (high >= NEVER - 1).any() else float(high.sum()) / DAYS_PER_YEAR
    return float(low.sum()) / DAYS_PER_YEAR, years_high


@dataclass(frozen=True)
class _Rate:
    """Events per person-year: a range where person-years or events are, and the limits of its ends."""

    low: float | None
    high: float | None
    lower: float | None
    upper: float | None


def _rate(seen: int, seen_high: int, years_low: float, years_high: float | None, level: float) -> _Rate:
    if years_low <= 0:
        return _Rate(None, None, None, None)
    low = None if years_high is None else seen / years_high
    high = seen_high / years_low
    if seen_high == 0:
        return _Rate(low, high, None, float(poisson_upper(0, years_low, level=level)))
    upper = float(poisson_exact(seen_high, years_low, level=level)[1])
    lower = None if years_high is None else float(poisson_exact(seen, years_high, level=level)[0])
    return _Rate(low, high, lower, upper)
