"""The cases to be drawn in time: all of them, or above 200 a sample the seed decides."""

import numpy as np

from equipoise.domain.cohort import NEVER, Cohort, EventTimes, Ints, Series, Timeline
from equipoise.domain.result import Timelines

LIMIT = 200


def draw_timelines(cohort: Cohort, rng: np.random.Generator) -> Timelines:
    """One timeline per case, longest known follow-up last within its group; above ``LIMIT`` a sample."""
    chosen = np.arange(cohort.n) if cohort.n <= LIMIT else np.sort(rng.choice(cohort.n, LIMIT, replace=False))
    order = chosen[np.lexsort((chosen, cohort.follow_up.low[chosen], cohort.group[chosen]))]
    return Timelines(drawn=tuple(_timeline(cohort, int(case)) for case in order), of=cohort.n)


def _timeline(cohort: Cohort, case: int) -> Timeline:
    ends_at = int(cohort.follow_up.high[case])
    return Timeline(
        case_id=str(cohort.case_ids[case]),
        group=None if len(cohort.groups) == 1 else cohort.groups[cohort.group[case]],
        events=tuple(
            (*_named(name, event, case), _last(min(int(event.high[case]), ends_at)))
            for name, event in cohort.events.items()
            if event.low[case] < NEVER
        ),
        assessments=tuple(
            (name, int(series.low[i]), _last(int(series.high[i])))
            for name, series in cohort.series.items()
            for i in _of_case(series, case)
        ),
        follow_up_low=int(cohort.follow_up.low[case]),
        follow_up_high=_last(ends_at),
    )


def _named(name: str, event: EventTimes, case: int) -> tuple[str, int]:
    """An event and its first day; one whose date reaches back before time zero is told apart: it may be none."""
    return f"{name}, perhaps before time zero" if event.high[case] == NEVER else name, int(event.low[case])


def _last(day: int) -> int | None:
    """A last day, None where nothing bounds it: day 2 147 483 646 is a mark of ours and no day."""
    return day if day < NEVER - 1 else None


def _of_case(series: Series, case: int) -> Ints:
    first, last = np.searchsorted(series.case, [case, case + 1])
    return np.arange(first, last)
