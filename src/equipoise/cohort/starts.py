"""When the clocks of a cohort start, on the case book's own days: what alignment and immortal time are judged by."""

import numpy as np
import polars as pl

from equipoise.cohort.timeline import by_the_cut, find_time_zero, records_of
from equipoise.domain.arm import Starts
from equipoise.domain.cohort import Cohort
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook, Clock, Status
from equipoise.errors import Problem, ProtocolError


def starts_of(protocol: Protocol, casebook: CaseBook, cohort: Cohort) -> Starts:
    """Time zero of every case of the cohort, how long its chart waited for it, and whether it was assessed by then.

    Raises
    ------
    ProtocolError : a study day starts the clock, and the case book has dates
    """
    if protocol.treatment.index is not None and casebook.clock is Clock.CALENDAR:
        problem = "a study day starts the clock of a comparison, and its case book has dates"
        remedy = "name a procedure, or give the case book study days"
        raise ProtocolError(Problem("study.toml: treatment.index", problem, remedy))
    casebook = by_the_cut(casebook)
    cases = pl.DataFrame({"case_id": cohort.case_ids.tolist()}, schema={"case_id": pl.String}).with_row_index("case")
    cases = cases.with_columns(pl.col("case").cast(pl.Int64))
    zero = find_time_zero(protocol, casebook, cases)
    wait = np.zeros(cohort.n, dtype=np.int64)
    seen_before = np.zeros(cohort.n, dtype=np.bool_)
    done = casebook.assessments.filter(pl.col("status") == Status.DONE.value).select("case_id", "low", "high")
    for table in (done, casebook.procedures, casebook.imaging):
        records = records_of(table.select("case_id", "low", "high"), cases, zero)
        np.maximum.at(wait, records.case[records.dated], np.maximum(-records.high[records.dated], 0))
        if table is done:
            seen_before[records.case[records.dated & (records.low <= 0)]] = True
    return Starts(zero.low, zero.high, wait, seen_before, casebook.clock is Clock.CALENDAR)
