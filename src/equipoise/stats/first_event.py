"""The first of several vague events: on which days it may lie."""

import numpy as np

from equipoise.domain.cohort import NEVER, EventTimes, Ints, Spans


def first_within(spans: Spans, latest: Ints) -> EventTimes:
    """The first event on or after day 0, when it may lie in ``spans`` and no later than ``latest``.

    Parameters
    ----------
    spans : (k,) the days each occurrence may lie on, in any order, before day 0 too
    latest : (n,) the day by which one of them certainly has happened, ``NEVER`` where perhaps none has
    """
    low, high = np.maximum(spans.low, 0), np.minimum(spans.high, latest[spans.case])
    may_be_first = low <= high
    order = np.argsort(spans.case[may_be_first], kind="stable")
    case, low, high = spans.case[may_be_first][order], low[may_be_first][order], high[may_be_first][order]
    earliest = np.full(latest.size, NEVER)
    np.minimum.at(earliest, case, low)
    return EventTimes(earliest, latest, Spans(case, low, high))


def first_of_all(events: list[EventTimes], n: int) -> EventTimes:
    """The first of several events; one that never happens where there are none."""
    latest = np.full(n, NEVER)
    for event in events:
        latest = np.minimum(latest, event.high)
    none: Ints = np.zeros(0, dtype=np.int64)
    parts = [event.spans for event in events] or [Spans(none, none, none)]
    together = Spans(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("case", "low", "high")))
    return first_within(together, latest)
