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
            (name, int(event.low[case]), _day(event, case))
            for name, event in cohort.events.items()
            if event.low[case] < NEVER
        ),
        assessments=tuple(
            (name, int(series.low[i]), int(min(series.high[i], NEVER - 1)))
            for name, series in cohort.series.items()
            for i in _of_case(series, case)
        ),
        follow_up_low=int(cohort.follow_up.low[case]),
        follow_up_high=ends_at if ends_at < NEVER - 1 else None,
    )


def _day(event: EventTimes, case: int) -> int:
    """The latest day of an event; one that may not have happened ends with follow-up unknown."""
    return int(min(event.high[case], NEVER - 1))


def _of_case(series: Series, case: int) -> Ints:
    first, last = np.searchsorted(series.case, [case, case + 1])
    return np.arange(first, last)
