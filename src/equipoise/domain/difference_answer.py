"""What a ``[[difference]]`` answers: responders, mean scores and events of one group less those of another."""

from dataclasses import dataclass
from typing import Literal

from equipoise.domain.difference import Measure

UNADJUSTED = "unadjusted: the groups were not formed by chance"
AgainstMargin = Literal["above", "below", "across"]


@dataclass(frozen=True)
class ResponseDifference:
    """Responders of two groups contrasted, under one strategy and one way of treating the unknown.

    A number has ``estimate`` with limits ``lower`` and ``upper``; its low and high counts are the same. A range has no
    ``estimate``: ``lower`` and ``upper`` are its ends over every reading (lower: the group's fewest against the
    reference's most), ``outer_lower`` and ``outer_upper`` the outermost limits. A ratio whose upper limit, or end, is
    infinite has None there, and ``note`` says so.
    ``against_margin`` : where the limits (of a range, the outer ones) lie beside it.
    ``label`` : empty, or what every number must be read with.
    """

    estimand: str
    endpoint: str
    visit: str
    month: float
    strategy: str
    missing: str
    measure: Measure
    responders_low: int
    n_low: int
    responders_high: int
    n_high: int
    reference_responders_low: int
    reference_n_low: int
    reference_responders_high: int
    reference_n_high: int
    estimate: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None
    outer_upper: float | None
    level: float
    method: str
    test: str | None
    p_value: float | None
    margin: float | None
    against_margin: AgainstMargin | None
    label: str
    note: str


@dataclass(frozen=True)
class MeanDifference:
    """Mean scores of two groups, group less reference, in points of the instrument; Welch's t, or a range."""

    estimand: str
    endpoint: str
    better: str
    visit: str
    month: float
    strategy: str
    missing: str
    n: int
    mean: float | None
    sd: float | None
    reference_n: int
    reference_mean: float | None
    reference_sd: float | None
    estimate: float | None
    standard_error: float | None
    degrees: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    level: float
    method: str
    label: str


@dataclass(frozen=True)
class EventDifference:
    """Cumulative incidence of one event by the horizon, group less reference, the other events competing.

    ``kind`` "Aalen-Johansen": estimates, mean days lost to the event by the horizon, Gray's test. ``kind`` "bounds":
    some date is vague; ``certain`` to ``possible`` cases had it first by then, ``lower`` to ``upper`` is the range of
    the difference and ``outer_*`` its outermost limits.
    """

    event: str
    horizon_day: int
    kind: Literal["Aalen-Johansen", "bounds"]
    n: int
    reference_n: int
    certain: int | None
    possible: int | None
    reference_certain: int | None
    reference_possible: int | None
    incidence: float | None
    reference_incidence: float | None
    difference: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None
    outer_upper: float | None
    days_lost: float | None
    reference_days_lost: float | None
    days_lost_difference: float | None
    days_lost_standard_error: float | None
    days_lost_lower: float | None
    days_lost_upper: float | None
    gray_chi_squared: float | None
    gray_p_value: float | None
    level: float
    method: str
    label: str
    note: str


@dataclass(frozen=True)
class Difference:
    """One group less another; what was refused on the way stands with the other refusals, its place named."""

    name: str
    group: str
    reference: str
    allocation: str
    label: str
    responses: tuple[ResponseDifference, ...]
    means: tuple[MeanDifference, ...]
    events: tuple[EventDifference, ...]
