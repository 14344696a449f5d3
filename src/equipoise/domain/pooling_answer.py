"""How far matching arms differ, and what each of them does to the pooled rate."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WithoutArm:
    """The pooled rate without one arm; ``refused`` says why there is none."""

    study_id: str
    arm: str
    estimate: float | None
    lower: float | None
    upper: float | None
    tau: float | None
    refused: str | None


@dataclass(frozen=True)
class FunnelPoint:
    """An arm in the funnel: its log-odds of response and their standard error, 0.5 added where a cell is empty."""

    study_id: str
    arm: str
    log_odds: float
    standard_error: float


@dataclass(frozen=True)
class FunnelLine:
    """Egger's line log_odds = ``at_no_error`` + ``slope`` x standard error; ``p`` None below ten arms."""

    common_log_odds: float
    at_no_error: float
    slope: float
    p: float | None


@dataclass(frozen=True)
class ArmsApart:
    """The spread between matching arms, on the log-odds.

    ``tau`` by ``tau_method``, with its Q-profile limits; ``i_squared`` : the share of the variation that is between
    arms, 0 to 1; ``q`` with its P value of no spread. ``without`` and ``funnel`` are empty below three
    arms; ``line`` is None there, and where no line can be drawn.
    """

    tau_method: str
    tau: float
    tau_lower: float
    tau_upper: float
    i_squared: float
    q: float
    q_p: float
    without: tuple[WithoutArm, ...]
    funnel: tuple[FunnelPoint, ...]
    line: FunnelLine | None
