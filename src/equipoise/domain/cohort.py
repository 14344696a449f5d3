"""The cohort: who is in, when their clock starts, what happened after, and which value may stand for a visit.

Arrays are indexed by case, 0 to n - 1, in the order of ``case_ids``; days count from time zero. Where a
chart is vague a quantity is an interval, and every quantity derived from it keeps all the readings the
interval allows (``docs/methods.md``, "Readings").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Outcomes = npt.NDArray[np.uint8]

NEVER = np.int64(2**31)
"""The day of something that did not happen: later than every day."""


REACHED = np.uint8(1)
"""The visit's day lies on or before the data cut."""
NOT_REACHED_YET = np.uint8(2)
"""The visit's day lies after the data cut: administrative, nobody's failure."""


class Outcome(IntFlag):
    """What a case's response may be, over all readings of its chart; one bit each, several where it is vague."""

    YES = 1
    NO = 2
    UNKNOWN = 4
    NOT_REACHED = 8
    OUTSIDE = 16
    """Not in the stratum the question is about."""


@dataclass(frozen=True)
class EventTimes:
    """The first of an intercurrent event after time zero, per case.

    ``low`` : (n,) the earliest day it may have happened, >= 0, ``NEVER`` if it certainly did not
    ``high`` : (n,) the latest day it may have happened, ``NEVER`` if it may not have happened at all
    ``spans`` : between those days it may have happened only within these
    """

    low: Ints
    high: Ints
    spans: "Spans"


@dataclass(frozen=True)
class Spans:
    """Runs of days on which an event may have been the first: (k,) each, ascending by case; a case may have several."""

    case: Ints
    low: Ints
    high: Ints


@dataclass(frozen=True)
class FollowUp:
    """When a case was last known of: (n,) days from time zero, as an interval.

    ``high`` is ``NEVER`` where the chart does not bound it. Death, withdrawal, the last contact and the data cut
    end it; a later record of any kind extends ``low``.
    """

    low: Ints
    high: Ints


@dataclass(frozen=True)
class Candidates:
    """The assessments that may stand for a visit (or for the baseline), over all readings.

    ``case`` : (m,) index of the case; ascending for a visit's and a baseline's
    ``value`` : (m,) the value
    ``low``, ``high`` : (m,) the days it may have been made if it is the one that stands
    ``none`` : (n,) whether it may be that no assessment stands
    """

    case: Ints
    value: Floats
    low: Ints
    high: Ints
    none: Flags


@dataclass(frozen=True)
class Series:
    """All done assessments of one instrument in the cohort, sorted by case then day.

    ``case`` : (m,), ``value`` : (m,), ``low`` and ``high`` : (m,) days from time zero
    """

    case: Ints
    value: Floats
    low: Ints
    high: Ints


@dataclass(frozen=True)
class AttritionRow:
    """One step of the flow: how many cases a criterion met, and how many went.

    ``unknown`` of those entering have a chart that does not say; the criterion declares whether they stay.
    """

    criterion: str
    entering: int
    excluded: int
    unknown: int
    unknown_kept: bool
    remaining: int


@dataclass(frozen=True)
class AdverseEventRecords:
    """Adverse events on or after time zero (certainly or possibly), one entry each.

    ``case`` : (m,); ``term``, ``grade`` (0 unknown), ``serious`` (1 yes, 0 no, -1 not stated)
    ``certain`` : (m,) whether it certainly lies on or after time zero
    ``low``, ``high`` : (m,) first and last day it may have been, from time zero on
    """

    case: Ints
    term: npt.NDArray[np.str_]
    grade: npt.NDArray[np.int8]
    serious: npt.NDArray[np.int8]
    certain: Flags
    low: Ints
    high: Ints
    recorded: bool


@dataclass(frozen=True)
class Timeline:
    """One case in time, for the swimlane: what happened, as (label, low day, high day); high None: no last day."""

    case_id: str
    group: str | None
    events: tuple[tuple[str, int, int | None], ...]
    assessments: tuple[tuple[str, int, int | None], ...]
    follow_up_low: int
    follow_up_high: int | None


@dataclass(frozen=True)
class Covariate:
    """A declared covariate, case by case.

    ``value`` : (n,) the number, or the index into ``labels``; zero where it is not ``known``
    ``known`` : (n,) whether the chart states one value
    ``labels`` : the categories in order; empty for a number
    """

    value: Floats
    known: Flags
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Cohort:
    """Everything the estimators may know of the cases.

    ``group`` : (n,) index into ``groups``; one group named "all" where the case book has none
    ``reached`` : visit name -> (n,) REACHED, NOT_REACHED_YET, or both bits where the chart is vague
    ``death`` : recorded, whether or not the protocol declares it an event
    ``stand_ins`` : (instrument, visit) -> the assessments that may stand for it
    ``baselines`` : (instrument, look-back days) -> the assessments that may be the baseline
    ``covariates`` : by the name the protocol declares
    """

    case_ids: npt.NDArray[np.str_]
    groups: tuple[str, ...]
    group: Ints
    attrition: tuple[AttritionRow, ...]
    follow_up: FollowUp
    events: Mapping[str, EventTimes]
    death: EventTimes
    reached: Mapping[str, Outcomes]
    series: Mapping[str, Series]
    stand_ins: Mapping[tuple[str, str], Candidates]
    baselines: Mapping[tuple[str, int], Candidates]
    covariates: Mapping[str, Covariate]
    adverse_events: AdverseEventRecords
    notes: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many cases."""
        return int(self.group.size)
