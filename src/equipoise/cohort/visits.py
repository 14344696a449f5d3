"""Which assessment stands for a visit, which is the baseline, and whether the visit was reached at all."""

from dataclasses import replace

import numpy as np

from equipoise.cohort.timeline import Records, TimeZero, cut_days
from equipoise.domain.cohort import NOT_REACHED_YET, REACHED, Candidates, FollowUp, Ints, Outcomes, Series
from equipoise.domain.protocol import Visit
from equipoise.domain.records import CaseBook, Status
from equipoise.stats.segments import least_of_the_others

FAR = np.int64(2**40)


def dated_by_visit(assessments: Records, visits: tuple[Visit, ...]) -> Records:
    """An assessment that names its visit and has no date lies in that visit's window."""
    blank = ~assessments.dated
    if not blank.any():
        return assessments
    label = assessments.rows["visit"].to_numpy()
    low, high, dated = assessments.low.copy(), assessments.high.copy(), assessments.dated.copy()
    for visit in visits:
        here = blank & (label == visit.name)
        low[here], high[here] = visit.window
        dated |= here
    return replace(assessments, low=low, high=high, dated=dated)


def series_of(records: Records, instrument: str, follow_up: FollowUp) -> Series:
    """The done assessments of one instrument; one with neither date nor visit lies somewhere in follow-up."""
    rows = records.rows
    wanted = (rows["instrument"] == instrument) & (rows["status"] == Status.DONE.value) & rows["value"].is_not_null()
    done = wanted.to_numpy()
    case, low, high = records.case[done], records.low[done], records.high[done]
    blank = ~records.dated[done]
    low[blank], high[blank] = 0, follow_up.high[case[blank]]
    return Series(case, rows["value"].to_numpy()[done], low, high)


def nearest(series: Series, nominal: int, window: tuple[int, int], n: int) -> Candidates:
    """The assessments that may be the one nearest ``nominal`` inside ``window``, over all readings.

    One may stand if, at its own best day, every other may lie outside the window or no nearer. The order of
    nearness is 2·distance, plus 1 before the nominal day: of two equally near the later stands.
    """
    first, last = window
    touches = (series.high >= first) & (series.low <= last)
    case, low, high = series.case[touches], series.low[touches], series.high[touches]
    inside = (low >= first) & (high <= last)
    best = _nearness(np.clip(nominal, np.maximum(low, first), np.minimum(high, last)), nominal)
    worst = np.where(inside, np.maximum(_nearness(low, nominal), _nearness(high, nominal)), FAR)
    rival = least_of_the_others(case, worst, alone=int(FAR))
    stands = best <= rival
    earliest = nominal - np.maximum((rival - 1) // 2, 0)
    none = np.ones(n, dtype=np.bool_)
    none[case[inside]] = False
    return Candidates(
        case=case[stands],
        value=series.value[touches][stands],
        low=np.maximum(np.maximum(low, first), earliest)[stands],
        high=np.minimum(np.minimum(high, last), nominal + rival // 2)[stands],
        none=none,
    )


def reached(visit: Visit, records: Records, casebook: CaseBook, zero: TimeZero) -> Outcomes:
    """REACHED, NOT_REACHED_YET or both, per case (``docs/methods.md``, Readings 6)."""
    cut_low, cut_high = cut_days(casebook, zero)
    bits = np.zeros(zero.low.size, dtype=np.uint8)
    bits[visit.day <= cut_high] |= REACHED
    bits[visit.day > cut_low] |= NOT_REACHED_YET
    said = (records.rows["status"] == Status.NOT_REACHED.value) & (records.rows["visit"] == visit.name)
    bits[records.case[said.fill_null(False).to_numpy()]] = NOT_REACHED_YET
    return bits


def labelled_outside(records: Records, visits: tuple[Visit, ...]) -> int:
    """How many done assessments carry a visit's name but certainly lie outside its window."""
    outside = 0
    for visit in visits:
        here = (records.rows["visit"] == visit.name).fill_null(False).to_numpy() & records.dated
        outside += int(((records.high[here] < visit.window[0]) | (records.low[here] > visit.window[1])).sum())
    return outside


def _nearness(day: Ints, nominal: int) -> Ints:
    return 2 * np.abs(day - nominal) + (day < nominal)
